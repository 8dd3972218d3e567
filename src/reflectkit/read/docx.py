"""Word documents: what Teams exports, what people type, and tables.

The text is walked through as XML; styles, pictures, macros and links are never looked at.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.archive import read_part
from reflectkit.read.cells import read_cells
from reflectkit.read.decoding import MAX_LINE_CHARS
from reflectkit.read.formats import Reading
from reflectkit.read.furniture import SWITCHED
from reflectkit.read.text import read_lines
from reflectkit.read.times import seconds
from reflectkit.read.xlsx import whole
from reflectkit.read.xml_ import walk
from reflectkit.values import Note, Row, count_words, fold

MAIN = re.compile(r"word/document\d*\.xml")
_LEFT_OUT = {
    "del": "deletions of tracked changes",
    "moveFrom": "deletions of tracked changes",
    "txbxContent": "text boxes",
}
_SILENT = frozenset(["pPr", "rPr", "tblPr", "trPr", "sectPr", "Fallback", "instrText", "delText"])
_BESIDE = {"word/comments.xml": "comments", "word/footnotes.xml": "footnotes", "word/endnotes.xml": "endnotes"}
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_HEADING = re.compile(
    r"(?P<name>[+(]?[^\W_][^\t\n]{0,78}?)(?:[ \u00a0]{2,}|[ \u00a0]*\t[ \u00a0\t]*)(?P<time>\d{1,2}(?::\d{2}){1,2})"
)
_ARROW = re.compile(
    r"(?P<start>\d{1,3}:\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)[ \u00a0]*-->[ \u00a0]*(?P<end>\d{1,3}:\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?)"
)

_NUMBERED = frozenset("time start begin timestamp timecode tc # no nr number line turn id date".split())
"""How columns of figures that stand before the speaker are headed."""

MOST_SPANNED = 63
"""Columns a Word table can have."""

Table = list[list[str]]


def read_docx(
    archive: zipfile.ZipFile,
    *,
    given: Iterable[str] = (),
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read a Word document.

    Parameters
    ----------
    archive : zipfile.ZipFile
        The document.
    given : iterable of str, optional
        Speakers named by the caller.
    columns, session : optional
        As for `reflectkit.read.cells.read_cells`, for a transcript in a table.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        Rows are table rows, Teams' entries, or line blocks as in plain text.

    Raises
    ------
    TranscriptError
        If it is no Word document or holds no transcript.
    """
    main = next((name for name in archive.namelist() if MAIN.fullmatch(name)), None)
    if main is None:
        raise TranscriptError("this is no Word document.", "Give format= if it is something else.", file=file)
    body = Body(file)
    for event in walk(read_part(archive, main, file=file), file=file):
        body.add(*event)
    parts = archive.namelist()
    body.left_out.update(
        {what: 1 for part, what in _BESIDE.items() if part in parts and _has_words(archive, part, file)}
    )
    reading = from_body(body, given=given, columns=columns, session=session, file=file)
    beside = [Note("skipped", f"{what} were left out.", count=n) for what, n in sorted(body.left_out.items())]
    return reading._replace(notes=[*beside, *reading.notes])


def _has_words(archive: zipfile.ZipFile, part: str, file: str | None) -> bool:
    return any(
        kind == "text" and text.strip() for kind, _, text in walk(read_part(archive, part, file=file), file=file)
    )


class Body:
    """Collects the lines and table rows of a document while it is walked through.

    Parameters
    ----------
    file : str, optional
        Name for error messages.

    Attributes
    ----------
    lines : list of str
        Paragraphs outside tables, cut at line breaks.
    rows : list of list of str
        Rows of all tables; tables inside tables are text of their cell.
    left_out : collections.Counter of str
        What was left out.
    """

    def __init__(self, file: str | None = None) -> None:
        self.lines: list[str] = []
        self.rows: Table = []
        self.left_out: Counter[str] = Counter()
        self._file = file
        self._parts: list[str] = []
        self._cell: list[str] = []
        self._tables = self._skipped = self._length = 0
        self._spans = 1
        self._wide: list[int] = []
        self._in_text = False

    def add(self, kind: str, tag: str, value: Any) -> None:  # noqa: ANN401
        """Take the next event.

        Parameters
        ----------
        kind, tag, value
            From `reflectkit.read.xml_.walk`.

        Raises
        ------
        TranscriptError
            If a paragraph is longer than a line may be.
        """
        if self._skipped:
            self._skipped += (kind == "start") - (kind == "end")
        elif kind == "start":
            self._start(tag, value)
        elif kind == "end":
            self._end(tag)
        elif self._in_text:
            self._take(str(value))

    def _take(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > MAX_LINE_CHARS:
            raise TranscriptError(
                f"a paragraph of more than {MAX_LINE_CHARS:,} characters.",
                "Give one turn a paragraph.",
                file=self._file,
            )

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _SILENT or tag in _LEFT_OUT:
            self._skipped = 1
            self.left_out.update([_LEFT_OUT[tag]] if tag in _LEFT_OUT else [])
        elif tag == "t":
            self._in_text = True
        elif tag in _SIGNS:
            self._parts.append(_SIGNS[tag])
        elif tag == "tbl":
            self._tables += 1
        elif tag == "tr" and self._tables == 1:
            self.rows.append([])
        elif tag == "gridSpan" and self._tables == 1:
            self._spans = min(whole(attributes.get("val")) or 1, MOST_SPANNED)

    def _end(self, tag: str) -> None:
        if tag == "t":
            self._in_text = False
        elif tag == "p":
            self._end_paragraph()
        elif tag == "tc" and self._tables == 1:
            self._end_cell()
        elif tag == "tr" and self._tables == 1:
            self._end_row()
        elif tag == "tbl":
            self._tables -= 1

    def _end_row(self) -> None:
        """Give merged cells their blanks: after them, or before where a row of talk lost its number or time to its speaker."""
        cells = self.rows[-1]
        header = next((row for row in self.rows if sum(map(bool, row)) > 1), [])
        lost = len(cells) > 1 and len(self.rows) > 1 and header and fold(header[0]) in _NUMBERED
        made: list[str] = []
        for cell, wide in zip(cells, self._wide, strict=True):
            blank = [""] * (wide - 1)
            made += [*blank, cell] if lost and not made else [cell, *blank]
        self.rows[-1] = made
        self._wide.clear()

    def _end_paragraph(self) -> None:
        (self._cell if self._tables else self.lines).extend("".join(self._parts).split("\n"))
        self._parts.clear()
        self._length = 0

    def _end_cell(self) -> None:
        if self.rows:
            self._wide.append(self._spans)
            self.rows[-1].append("\n".join(self._cell).strip())
        self._cell.clear()
        self._spans = 1


def from_body(
    body: Body,
    *,
    given: Iterable[str],
    columns: Mapping[str, Hashable] | None,
    session: str | None,
    file: str | None,
) -> Reading:
    """Read the lines and table rows of a document.

    Parameters
    ----------
    body : Body
        The document.
    given, columns, session, file : optional
        As for `read_docx`.

    Returns
    -------
    Reading
        From the table if it holds most of the words, else from the lines and the table's rows written as lines.

    Raises
    ------
    TranscriptError
        If neither holds a transcript.
    """
    lines, table = body.lines, body.rows
    in_table = sum(count_words(cell) for cells in table for cell in cells)
    outside = sum(map(count_words, lines))
    if columns and not table:
        raise TranscriptError("the document holds no table, so it has no columns.", "Leave columns= out.", file=file)
    if not in_table and not outside:
        raise TranscriptError(
            "there is nothing in it.", "Give a transcript with the words of worker and client.", file=file
        )
    if columns or in_table > outside:
        spoken = [line for cells in table for line in _as_lines(cells)]
        if not columns and max(map(len, table)) == 1:  # a frame around the text
            return _from_lines([*lines, *spoken], given, file)
        try:
            rows, notes, name = read_cells(
                _without_header_again(table), columns=columns, session=session, ragged=True, file=file
            )
        except TranscriptError:
            talk = None if columns else _talk_in(lines, given, file)
            if talk is None:
                raise
            return _beside(talk, table)
        if outside:
            filled = sum(bool(line.strip()) for line in lines)
            notes = [*notes, Note("skipped", "lines outside the table were left out.", count=filled)]
        return Reading(rows, notes, name)
    reading = _from_lines(lines, given, file)
    return _beside(reading, table) if in_table else reading


def _talk_in(lines: Sequence[str], given: Iterable[str], file: str | None) -> Reading | None:
    """Read the lines around a table that is none of talk; `None` if they hold none either."""
    try:
        found = _from_lines(lines, given, file)
    except TranscriptError:
        return None
    return found if len({row.speaker for row in found.rows}) > 1 else None


def _beside(reading: Reading, table: Table) -> Reading:
    note = Note("skipped", "tables beside the text were left out (rows).", count=len(table))
    return reading._replace(notes=[*reading.notes, note])


def _as_lines(cells: Sequence[str]) -> list[str]:
    return "\n".join(cells).split("\n")


def _without_header_again(table: Table) -> Iterator[tuple[None, list[str]]]:
    """Word repeats the header where one transcript is cut into several tables."""
    seen: list[str] | None = None
    for cells in table:
        if seen is None:
            seen = list(map(fold, cells))
        elif list(map(fold, cells)) == seen:
            continue
        yield None, cells


def _from_lines(lines: Sequence[str], given: Iterable[str], file: str | None) -> Reading:
    kept = [line.strip() for line in lines]
    talk = [line for line in kept if not SWITCHED.fullmatch(line[:200])]
    switched = len(kept) - len(talk)
    kept = [line for line in talk if line]
    notes = (
        [Note("skipped", "lines that say when transcription started or stopped were left out.", count=switched)]
        if switched
        else []
    )
    arrows, headings = ([i for i, line in enumerate(kept) if p.fullmatch(line[:200])] for p in (_ARROW, _HEADING))
    if len(arrows) >= 2:
        rows, more = _captioned(kept, arrows, file)
        return Reading(rows, notes + more, None, units=False)
    if len(headings) >= 2 and 5 * len(headings) >= len(kept) - headings[0]:
        rows, more = _headed(kept, headings)
        return Reading(rows, notes + more, None, units=False)
    reading = read_lines("\n".join(lines if not switched else talk), given=given, file=file)
    return reading._replace(notes=notes + reading.notes)


def _above(first: int) -> list[Note]:
    return [Note("skipped", "lines above the first speaker were left out.", count=first)] if first else []


def _headed(lines: Sequence[str], at: Sequence[int]) -> tuple[list[Row], list[Note]]:
    """Read blocks headed by a name and a time."""
    rows = []
    for number, (start, end) in enumerate(zip(at, [*at[1:], len(lines)], strict=True)):
        heading = _HEADING.fullmatch(lines[start])
        if heading is not None:
            text = " ".join(lines[start + 1 : end])
            rows.append(Row(number, " ".join(heading["name"].split()), text, seconds(heading["time"])))
    return rows, _above(at[0])


def _captioned(lines: Sequence[str], at: Sequence[int], file: str | None) -> tuple[list[Row], list[Note]]:
    """Read blocks of a line with start and end, a name and the words."""
    rows = []
    unnamed = 0
    for number, (start, end) in enumerate(zip(at, [*at[1:], len(lines)], strict=True)):
        times = _ARROW.fullmatch(lines[start])
        said = lines[start + 1 : end]
        if times is None or len(said) < 2:
            unnamed += 1
            continue
        start_s, end_s = _clock(times["start"]), _clock(times["end"])
        backwards = end_s < start_s
        speaker = " ".join(said[0].split())
        rows.append(
            Row(number, speaker, " ".join(said[1:]), None if backwards else start_s, None if backwards else end_s)
        )
    if unnamed > len(at) // 2:
        raise TranscriptError(
            "the times in it are followed by no speakers.", "Export the transcript with speakers' names.", file=file
        )
    notes = _above(at[0])
    if unnamed:
        notes.append(Note("skipped", "entries without a speaker or without words were left out.", count=unnamed))
    return rows, notes


def _clock(stamp: str) -> float:
    hours, minutes, rest = stamp.replace(",", ".").split(":")
    return int(hours) * 3600.0 + int(minutes) * 60 + float(rest)
