"""Excel workbooks: the values that stand in the cells. Formulas are never run, macros and links never looked at.

Own code rather than openpyxl: that one fills gaps between row numbers, so that a row numbered 10¹² never ends, and it
cannot tell a formula without a saved value from an empty cell while it gives the saved ones. Its results on sound
workbooks are what the tests hold this reader against.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.archive import read_part
from reflectkit.read.cells import Cells, read_cells
from reflectkit.read.decoding import MAX_LINE_CHARS
from reflectkit.read.formats import Reading
from reflectkit.read.text import read_lines
from reflectkit.read.xml_ import Event, walk
from reflectkit.values import Note, fold

MAIN = "xl/workbook.xml"
MAX_CELLS = 20_000_000
MAX_SHEETS = 256
MAX_STRINGS = 2_000_000
MAX_COLUMNS = 16_384
"""What Excel itself can hold in a row."""

_REFERENCE = re.compile(r"([A-Z]{1,3})\d{1,8}")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE)
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)])
_DURATION_FORMATS = frozenset([46])


@dataclass(frozen=True, slots=True)
class _Book:
    strings: list[str]
    dated: frozenset[int]
    spans: frozenset[int]
    day_0: datetime


def read_xlsx(
    archive: zipfile.ZipFile,
    *,
    given: Iterable[str] = (),
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read a sheet of an Excel workbook.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The workbook.
    given : iterable of str, optional
        Speakers named by the caller; for a sheet of one column, whose cells are read as lines of text.
    columns : optional
        As for `reflectkit.read.cells.read_cells`.
    session : str, optional
        Name of a sheet, or a session named in the table. The first sheet with cells is read if it names no sheet.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        One row a table row; notes count other sheets, formulas and hidden rows.

    Raises
    ------
    TranscriptError
        If it is no workbook or the sheet holds no transcript.
    """
    if MAIN not in archive.namelist():
        raise TranscriptError("this is no Excel workbook.", "Give format= if it is something else.", file=file)
    sheets, day_0 = _sheets(archive, file)
    dated, spans = _date_styles(archive, file)
    book = _Book(_strings(archive, file), dated, spans, day_0)
    named = next((title for title in sheets if session is not None and fold(title) == fold(session)), None)
    counts: Counter[str] = Counter()
    parts = {
        part: title for title, part in reversed(sheets.items())
    }  # each is looked at once, however often it is named
    chosen = named or next(
        (t for part, t in reversed(parts.items()) if any(True for _ in _cells(archive, part, book, Counter(), file))),
        None,
    )
    if chosen is None:
        raise TranscriptError("there is nothing in it.", "Give a table with speakers and words.", file=file)
    try:
        cells = _cells(archive, sheets[chosen], book, counts, file)
        rows, notes, name = read_cells(
            cells, columns=columns, session=None if named else session, ragged=True, file=file
        )
    except TranscriptError as error:
        lines = None if columns else _one_column(_cells(archive, sheets[chosen], book, Counter(), file))
        if lines is not None:
            return read_lines("\n".join(lines), given=given, file=file)
        if named or len(sheets) == 1:
            raise
        fix = f"{error.fix} Or, if it is in another of the {len(sheets)} sheets, choose that with session= (--session)."
        raise TranscriptError(error.problem, fix, file=file, line=error.line, row=error.row) from None
    if len(sheets) > 1:
        message = "other sheets were left out; session= chooses one by its name."
        notes.append(Note("skipped", message, count=len(sheets) - 1))
    if counts["formulas"]:
        notes.append(Note("mended", "formulas were read as the values saved with them.", count=counts["formulas"]))
    if counts["unsaved"]:
        message = "formulas without a saved value were read as blank; open the file in Excel and save it."
        notes.append(Note("skipped", message, count=counts["unsaved"]))
    if counts["errors"]:
        notes.append(
            Note("skipped", "cells that hold an error (#REF! and the like) were read as blank.", count=counts["errors"])
        )
    if counts["hidden"]:
        notes.append(Note("mended", "hidden rows were read like the others.", count=counts["hidden"]))
    return Reading(rows, notes, name or named)


def _one_column(rows: Iterable[Cells]) -> list[str] | None:
    """Return the cells of a sheet that has one column only; `None` for others."""
    lines = []
    for _, cells in rows:
        filled = [str(cell) for cell in cells if cell not in (None, "")]
        if len(filled) > 1:
            return None
        lines += filled
    return lines


def _part(archive: zipfile.ZipFile, name: str, file: str | None) -> Iterator[Event]:
    return walk(read_part(archive, name, file=file), file=file)


def _sheets(archive: zipfile.ZipFile, file: str | None) -> tuple[dict[str, str], datetime]:
    """Return the part of each worksheet by its title, in order, and the day the workbook counts from."""
    parts = set(archive.namelist())
    targets: dict[str, str] = {}
    if "xl/_rels/workbook.xml.rels" in parts:
        for kind, tag, value in _part(archive, "xl/_rels/workbook.xml.rels", file):
            if kind == "start" and tag == "Relationship" and str(value.get("Type", "")).endswith("/worksheet"):
                target = str(value.get("Target", ""))
                targets[str(value.get("Id"))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    sheets: dict[str, str] = {}
    day_0 = datetime(1899, 12, 30)
    for kind, tag, value in _part(archive, MAIN, file):
        if kind == "start" and tag == "sheet" and targets.get(str(value.get("id"))) in parts:
            if len(sheets) == MAX_SHEETS:
                fix = "Keep the transcript's sheet only."
                raise TranscriptError(f"a workbook of more than {MAX_SHEETS:,} sheets.", fix, file=file)
            sheets.setdefault(str(value.get("name", "")), targets[str(value["id"])])
        elif kind == "start" and tag == "workbookPr" and str(value.get("date1904", "0")) in ("1", "true"):
            day_0 = datetime(1904, 1, 1)
    if not sheets:
        raise TranscriptError("the workbook holds no sheet.", "Open it in Excel and save it again.", file=file)
    return sheets, day_0


def _strings(archive: zipfile.ZipFile, file: str | None) -> list[str]:
    name = next((n for n in archive.namelist() if n.casefold() == "xl/sharedstrings.xml"), None)
    if name is None:
        return []
    strings = []
    for text in _texts(_part(archive, name, file), "si", file):
        strings.append(text)
        if len(strings) > MAX_STRINGS:
            raise TranscriptError(
                f"a workbook of more than {MAX_STRINGS:,} texts.", "Keep the transcript's sheet only.", file=file
            )
    return strings


def _texts(events: Iterable[Event], tag: str, file: str | None) -> Iterator[str]:
    """Yield the text of each element of a tag, formatting runs joined and readings (phonetic runs) left out."""
    parts: list[str] = []
    inside = phonetic = wanted = False
    length = 0
    for kind, name, value in events:
        if kind == "start":
            inside = inside or name == tag
            phonetic = phonetic or name == "rPh"
            wanted = name == "t" and inside and not phonetic
        elif kind == "text" and wanted:
            parts.append(value)
            length += len(value)
            check_length(length, file)
        elif kind == "end":
            wanted = False
            phonetic = phonetic and name != "rPh"
            if name == tag:
                yield _unescaped("".join(parts))
                parts.clear()
                inside, length = False, 0


def check_length(length: int, file: str | None, line: int | None = None) -> None:
    """Refuse a cell that is too long.

    Parameters
    ----------
    length : int
        Characters of it so far.
    file : str or None
        Name for error messages.
    line : int, optional
        Its row in the sheet.

    Raises
    ------
    TranscriptError
        If it has more than `MAX_LINE_CHARS`.
    """
    if length > MAX_LINE_CHARS:
        raise TranscriptError(
            f"a cell of more than {MAX_LINE_CHARS:,} characters.", "Give one turn a cell.", file=file, line=line
        )


def _unescaped(text: str) -> str:
    """Undo how Excel writes signs that XML cannot hold: _x000D_."""
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def _date_styles(archive: zipfile.ZipFile, file: str | None) -> tuple[frozenset[int], frozenset[int]]:
    """Return the cell styles that show numbers as dates or times, and those that show spans of time."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset(), frozenset()
    formats: dict[int, str] = {}
    dated: set[int] = set()
    spans: set[int] = set()
    style = -1
    inside = False
    for kind, tag, value in _part(archive, "xl/styles.xml", file):
        if tag == "cellXfs":
            inside = kind == "start"
        elif kind == "start" and tag == "numFmt":
            formats[whole(value.get("numFmtId"))] = str(value.get("formatCode", ""))[:255]
        elif kind == "start" and tag == "xf" and inside:
            style += 1
            number = whole(value.get("numFmtId"))
            code = _LITERAL.sub("", formats.get(number, "")).casefold().split(";")[0]
            if number in _DATE_FORMATS or (number in formats and re.search(r"[dmhysDMHYS]", code)):
                dated.add(style)
            if number in _DURATION_FORMATS or re.search(r"\[[hms]+\]", code):
                spans.add(style)
    return frozenset(dated), frozenset(spans)


def whole(value: object) -> int:
    """Read a whole number.

    Parameters
    ----------
    value : object
        Of an attribute, `None` if there is none.

    Returns
    -------
    int
        0 if it is no number of at most nine digits.
    """
    text = str(value)
    return int(text) if re.fullmatch(r"\d{1,9}", text) else 0


def _cells(archive: zipfile.ZipFile, part: str, book: _Book, counts: Counter[str], file: str | None) -> Iterator[Cells]:
    """Yield the rows that have cells, with their number in the sheet."""
    line = total = 0
    sheet: _Row | None = None
    for kind, tag, value in _part(archive, part, file):
        if tag == "row" and kind == "start":
            line = whole(value.get("r")) or line + 1
            counts["hidden"] += value.get("hidden") in ("1", "true")
            sheet = _Row(line, book, counts, file)
        elif sheet is None:
            continue
        elif tag == "row":
            total += len(sheet.values)
            if total > MAX_CELLS:
                raise TranscriptError(
                    "a sheet of too many cells.", "Keep the transcript's columns only.", file=file, line=line
                )
            if sheet.values:
                yield line, sheet.values
            sheet = None
        else:
            sheet.add(kind, tag, value)


class _Row:
    """Collects the cells of a row."""

    def __init__(self, line: int, book: _Book, counts: Counter[str], file: str | None) -> None:
        self.values: list[Any] = []
        self._line, self._book, self._counts, self._file = line, book, counts, file
        self._column = self._style = self._length = 0
        self._type = ""
        self._formula = self._wanted = self._phonetic = False
        self._parts: list[str] = []

    def add(self, kind: str, tag: str, value: Any) -> None:  # noqa: ANN401
        if kind == "start":
            self._start(tag, value)
        elif kind == "end":
            self._wanted = False
            self._phonetic = self._phonetic and tag != "rPh"
            if tag == "c":
                self._finish()
        elif self._wanted:
            self._parts.append(value)
            self._length += len(value)
            check_length(self._length, self._file, self._line)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._column = _column(attributes.get("r"), len(self.values))
            self._type, self._style = attributes.get("t", "n"), whole(attributes.get("s"))
            self._formula, self._length = False, 0
            self._parts.clear()
        self._formula = self._formula or tag == "f"
        self._phonetic = self._phonetic or tag == "rPh"
        self._wanted = tag in ("v", "t") and not self._phonetic

    def _finish(self) -> None:
        if self._column >= MAX_COLUMNS:
            raise TranscriptError(
                "a row of too many columns.", "Keep the transcript's columns only.", file=self._file, line=self._line
            )
        self._counts["formulas" if self._parts else "unsaved"] += self._formula
        self._counts["errors"] += self._type == "e"
        self.values += [None] * (self._column + 1 - len(self.values))
        self.values[self._column] = _value("".join(self._parts), self._type, self._style, self._book)


def _column(reference: str | None, after: int) -> int:
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        return after
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(text: str, kind: str, style: int, book: _Book) -> Any:  # noqa: ANN401
    if kind in ("inlineStr", "str"):
        return _unescaped(text)
    if kind == "s":
        index = whole(text)
        return book.strings[index] if index < len(book.strings) else None
    if kind == "e" or not text.strip():
        return None
    if kind == "b":
        return text.strip() == "1"
    if kind == "d":
        return text
    try:
        number = float(text[:400])
    except ValueError:
        return text
    if style in book.dated and abs(number) < 2_958_466:
        return _date(number, style in book.spans, book.day_0)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _date(number: float, span: bool, day_0: datetime) -> datetime | timedelta:
    """Turn a number of days into a date, or into a span of time where it is shown as one or would lie in the first year."""
    seconds = timedelta(milliseconds=round(number * 86_400_000))
    return seconds if span or abs(number) < 366 else day_0 + seconds
