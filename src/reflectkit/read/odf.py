"""OpenDocument files, as LibreOffice and Google Docs write them: texts like Word's documents, sheets like Excel's.

Walked through as XML in memory; styles, macros, pictures and links are never looked at, formulas never run.
"""

from __future__ import annotations

import zipfile
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from reflectkit.errors import TranscriptError
from reflectkit.read.archive import read_part
from reflectkit.read.cells import Cells, read_cells
from reflectkit.read.docx import Body, from_body
from reflectkit.read.formats import Reading
from reflectkit.read.times import iso_duration
from reflectkit.read.xlsx import MAX_CELLS, MAX_COLUMNS, check_length, whole
from reflectkit.read.xml_ import Event, walk
from reflectkit.values import Note, fold

_Rows: TypeAlias = tuple[int, int, list[Any]]
"""First line of a row, how often it stands there, and its cells."""

MAIN = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_LEFT_OUT = {
    "tracked-changes": "deletions of tracked changes",
    "annotation": "comments",
    "note": "footnotes",
    "text-box": "text boxes",
}
_SILENT = frozenset(["table-of-content", "sequence-decls", "forms", "title", "desc", "image"])
_PASSED_OVER = frozenset(["annotation", "shapes", "frame", "forms"])
"""The same in sheets."""

_SIGNS = {"tab": "\t", "line-break": "\n"}
_MOST_BLANKS = 1000
"""Blanks that one sign for several may stand for."""


def kind_of(archive: zipfile.ZipFile, *, file: str | None = None) -> str | None:
    """Tell what an OpenDocument file holds.

    Parameters
    ----------
    archive : zipfile.ZipFile
        With the part `MAIN`.
    file : str, optional
        Name for error messages.

    Returns
    -------
    str or None
        ``"odt"`` or ``"ods"``; `None` for drawings and the like.

    Raises
    ------
    TranscriptError
        If it is locked with a password, or its XML is broken.
    """
    if _is_locked(archive, file):
        raise TranscriptError("it is locked with a password.", "Save it without one.", file=file)
    inside = False
    for kind, tag, _ in walk(read_part(archive, MAIN, file=file), file=file):
        if kind == "start" and inside:
            return {"text": "odt", "spreadsheet": "ods"}.get(tag)
        inside = inside or (kind == "start" and tag == "body")
    return None


def _is_locked(archive: zipfile.ZipFile, file: str | None) -> bool:
    if _MANIFEST not in archive.namelist():
        return False
    try:
        return any(tag == "encryption-data" for _, tag, _ in walk(read_part(archive, _MANIFEST, file=file), file=file))
    except TranscriptError:  # old ones declare a document type
        return False


class _Text(Body):
    """Collects paragraphs and table rows as `Body` does, from OpenDocument's tags."""

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SILENT or tag in _LEFT_OUT:
            self._skipped = 1
            self.left_out.update([_LEFT_OUT[tag]] if tag in _LEFT_OUT else [])
        elif tag in ("p", "h"):
            self._in_text = True
        elif tag == "table":
            self._tables += 1
        elif tag == "table-row" and self._tables == 1:
            self.rows.append([])
        elif sign := _sign(tag, attributes):
            self._take(sign)

    def _end(self, tag: str) -> None:
        if tag in ("p", "h"):
            self._in_text = False
            self._end_paragraph()
        elif tag == "table-cell" and self._tables == 1:
            self._end_cell()
        elif tag == "table":
            self._tables -= 1


def _sign(tag: str, attributes: Mapping[str, str]) -> str:
    """Return what a tag stands for: a tab, a line break, some blanks, or nothing."""
    return " " * min(_times(attributes.get("c")), _MOST_BLANKS) if tag == "s" else _SIGNS.get(tag, "")


def _times(value: str | None) -> int:
    return max(whole(value), 1)


def read_odt(
    archive: zipfile.ZipFile,
    *,
    given: Iterable[str] = (),
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read an OpenDocument text.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The document.
    given, columns, session, file : optional
        As for `reflectkit.read.docx.read_docx`.

    Returns
    -------
    Reading
        As from `reflectkit.read.docx.read_docx`.

    Raises
    ------
    TranscriptError
        If it holds no transcript.
    """
    body = _Text(file)
    for event in _in_body(archive, file):
        body.add(*event)
    reading = from_body(body, given=given, columns=columns, session=session, file=file)
    beside = [Note("skipped", f"{what} were left out.", count=n) for what, n in sorted(body.left_out.items())]
    return reading._replace(notes=[*beside, *reading.notes])


def _in_body(archive: zipfile.ZipFile, file: str | None) -> Iterator[Event]:
    """Walk through the document's body: what stands before it are styles and scripts."""
    if MAIN not in archive.namelist():
        raise TranscriptError("this is no OpenDocument file.", "Give format= if it is something else.", file=file)
    inside = False
    for kind, tag, value in walk(read_part(archive, MAIN, file=file), file=file):
        if inside:
            yield kind, tag, value
        inside = inside or (kind == "start" and tag == "body")


def read_ods(
    archive: zipfile.ZipFile,
    *,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read a sheet of an OpenDocument workbook.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The workbook.
    columns, session, file : optional
        As for `reflectkit.read.xlsx.read_xlsx`.

    Returns
    -------
    Reading
        One row a table row; a note counts other sheets.

    Raises
    ------
    TranscriptError
        If the sheet holds no transcript.
    """
    sheets = _sheets(archive, file)
    if not sheets:
        raise TranscriptError("there is nothing in it.", "Give a table with speakers and words.", file=file)
    named = next((title for title in sheets if session is not None and fold(title) == fold(session)), None)
    rows, notes, name = read_cells(
        _repeated(sheets[named or next(iter(sheets))]),
        columns=columns,
        session=None if named else session,
        ragged=True,
        file=file,
    )
    if len(sheets) > 1:
        message = "other sheets were left out; session= chooses one by its name."
        notes.append(Note("skipped", message, count=len(sheets) - 1))
    return Reading(rows, notes, name or named)


def _sheets(archive: zipfile.ZipFile, file: str | None) -> dict[str, list[_Rows]]:
    """Return the filled rows of each sheet that has any."""
    sheets: dict[str, list[_Rows]] = {}
    sheet = _Sheet(file)
    for kind, tag, value in _in_body(archive, file):
        if tag == "table" and kind == "start" and not sheet.depth:
            rows = sheets.setdefault(str(value.get("name", "")), [])
        filled = sheet.add(kind, tag, value)
        if filled is not None:
            rows.append(filled)
    return {title: rows for title, rows in sheets.items() if rows}


def _repeated(rows: Iterable[_Rows]) -> Iterator[Cells]:
    for line, times, values in rows:
        for n in range(times):
            yield line + n, values


class _Sheet:
    """Collects the rows of one sheet after the other; tables inside, and what is drawn on them, are passed over."""

    def __init__(self, file: str | None) -> None:
        self.depth = 0
        self._file = file
        self._line = self._total = 0
        self._times = 1
        self._values: list[Any] = []
        self._attributes: Mapping[str, str] = {}
        self._parts: list[str] | None = None
        self._paragraphs = self._length = self._skipped = 0

    def add(self, kind: str, tag: str, value: Any) -> _Rows | None:  # noqa: ANN401
        """Take the next event; return a row when one with content ends."""
        if tag in _PASSED_OVER:
            self._skipped += 1 if kind == "start" else -1
        elif self._skipped:
            return None
        elif tag == "table":
            self._line = self._line if self.depth else 0
            self.depth += 1 if kind == "start" else -1
        elif tag == "table-row":
            return self._row(kind, value)
        elif tag in ("table-cell", "covered-table-cell"):
            self._cell(kind, value)
        elif self._parts is not None:
            self._inside(self._parts, kind, tag, value)
        return None

    def _row(self, kind: str, value: Mapping[str, str] | None) -> _Rows | None:
        if kind == "start":
            self._values = []
            self._line += 1
            self._times = _times((value or {}).get("number-rows-repeated"))
            return None
        line, self._line = self._line, self._line + self._times - 1
        while self._values and self._values[-1] is None:
            self._values.pop()
        self._total += len(self._values) * self._times
        if self._total > MAX_CELLS:
            raise TranscriptError(
                "a sheet of too many cells.", "Keep the transcript's columns only.", file=self._file, line=line
            )
        return (line, self._times, self._values) if self._values else None

    def _cell(self, kind: str, value: Mapping[str, str] | None) -> None:
        if kind == "start":
            self._attributes, self._parts, self._paragraphs, self._length = value or {}, [], 0, 0
            return
        filled = _value("".join(self._parts or ()), self._attributes)
        times = _times(self._attributes.get("number-columns-repeated"))
        if len(self._values) + times > MAX_COLUMNS:
            if filled is not None:
                problem = "a row of too many columns."
                fix = "Keep the transcript's columns only."
                raise TranscriptError(problem, fix, file=self._file, line=self._line)
            times = 0
        self._values += [filled] * times
        self._parts = None

    def _inside(self, parts: list[str], kind: str, tag: str, value: Any) -> None:  # noqa: ANN401
        text = ""
        if kind == "text" and self._paragraphs:
            text = str(value)
        elif kind == "start" and tag == "p":
            text = "\n" * (self._paragraphs > 0)
            self._paragraphs += 1
        elif kind == "start":
            text = _sign(tag, value)
        parts.append(text)
        self._length += len(text)
        check_length(self._length, self._file, self._line)


def _value(text: str, attributes: Mapping[str, str]) -> Any:  # noqa: ANN401
    """Return what a cell holds: a number, a span of time, or its text; `None` if it is blank."""
    kind = attributes.get("value-type", "")
    if kind == "time":
        seconds = iso_duration(attributes.get("time-value"))
        return text if seconds is None else timedelta(seconds=seconds)
    if kind == "date":
        return attributes.get("date-value", text)
    if kind == "float":
        try:
            number = float(attributes.get("value", "")[:400])
        except ValueError:
            return text or None
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return text or None
