"""Long tables: many sessions in one CSV, JSON-lines or parquet file or data frame, handed out one session at a time.

A file is gone through twice: once for the names of its sessions, once for their rows. While the rows of each session
stand together, no more than one session is in memory, however long the table; if they do not, the table is. A table of one
session is left to the reader of single sessions, which knows more: tables without a header, rows above it, reflectkit's own.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from reflectkit.errors import TranscriptError
from reflectkit.read import read_transcript
from reflectkit.read.corpora import SPEAKERS, UTTERANCES, find_corpus, flattened, speaker_roles
from reflectkit.read.decoding import MAX_BYTES, MAX_LINE_CHARS, NOT_UTF8, announced, decode
from reflectkit.read.frames import open_frame
from reflectkit.read.json_ import parse_json
from reflectkit.read.own import COLUMNS as OWN_COLUMNS
from reflectkit.read.own import unguarded
from reflectkit.read.parquet import open_table, records_of
from reflectkit.read.tabular import MAX_ROWS, NAMES, find_columns, sniff_delimiter
from reflectkit.read.timeline import moment
from reflectkit.values import Note, Transcript

SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
"""Endings of files that may hold many sessions, and their format."""

Record: TypeAlias = "tuple[int | None, Mapping[Hashable, Any]]"
MAX_SCATTERED = 5_000_000
"""Most rows of a table whose sessions' rows do not stand together: they are all in memory."""

_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """The rows of one session of a table.

    Attributes
    ----------
    session : str or None
        Name of the session; `None` for rows that name none where others do.
    format : str
        Of the table.
    columns : mapping of str to hashable
        Which column means what.
    records : tuple of mapping
        The rows.
    rows : tuple of int
        0-based row of each in the table.
    lines : tuple of int or None
        1-based line of each in its file.
    file : str or None
        Name of the file, for error messages.
    notes : tuple of Note
        On the table as a whole.
    """

    session: str | None
    format: str
    columns: Mapping[str, Hashable]
    records: tuple[Mapping[Hashable, Any], ...]
    rows: tuple[int, ...]
    lines: tuple[int | None, ...]
    file: str | None = None
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        return f"Part({self.session!r}, {len(self.records)} rows)"


def read_part(part: Part, **roles: Any) -> Transcript:  # noqa: ANN401
    """Read one session of a table; rows are counted in the table.

    Parameters
    ----------
    part : Part
        Its rows.
    **roles
        `worker` and `client`, as for `reflectkit.read_transcript`.

    Returns
    -------
    Transcript
        As `reflectkit.read_transcript` reads it with ``session=``.

    Raises
    ------
    TranscriptError
        If the session cannot be read; it names line and row in the table.
    """
    refused = partial(TranscriptError, file=part.file, line=part.lines[0], row=part.rows[0])
    if part.session is None:
        n = len(part.records)
        problem = f"{n} row{'s'[: n != 1]} of the table name{'s'[n != 1 :]} no session (this is the first)."
        raise refused(problem, "Fill in the session's name in every row.")
    if len(part.records) > MAX_ROWS:
        raise refused(f"more than {MAX_ROWS:,} rows.", "Split it into sessions.")
    for position, record in enumerate(part.records):
        if None in record:
            raise TranscriptError(
                "more cells than column names.", "Put quotation marks around text that holds the delimiter.",
                file=part.file, line=part.lines[position], row=part.rows[position],
            )  # fmt: skip
    more = []
    if part.format == "convokit" and (order := _by_time(part)) != list(range(len(part.records))):
        part = replace(
            part, records=tuple(part.records[i] for i in order), rows=tuple(part.rows[i] for i in order),
            lines=tuple(part.lines[i] for i in order),
        )  # fmt: skip
        more = [Note("mended", "utterances were put in the order of their times.", count=len(order))]
    try:
        read = read_transcript(list(part.records), columns=part.columns, **roles)
    except TranscriptError as error:
        place = error.row or 0  # what is wrong with the session as a whole is told of its first row
        row, line = part.rows[place], part.lines[place]
        placed = TranscriptError(error.problem, error.fix, file=part.file, line=line, row=row, column=error.column)
    else:
        turns = tuple(
            replace(turn, pieces=tuple(replace(piece, row=part.rows[piece.row]) for piece in turn.pieces))
            for turn in read.turns
        )
        notes = tuple(note if note.row is None else replace(note, row=part.rows[note.row]) for note in read.notes)
        reason = "one session of a table"
        return replace(read, turns=turns, notes=(*part.notes, *notes, *more), format=part.format, format_reason=reason)
    raise placed


def _by_time(part: Part) -> list[int]:
    """Return the order of a part's records by their times, or the one they have where not all have one."""
    starts = [moment(record.get(part.columns.get("start"))) for record in part.records]
    known = [at for at in starts if at is not None]
    rows = range(len(starts))
    return sorted(rows, key=known.__getitem__) if len(known) == len(starts) else list(rows)


def parts_of_frame(frame: Any, columns: Mapping[str, Hashable] | None) -> Iterator[Part] | None:  # noqa: ANN401
    """Take a data frame apart into its sessions.

    Parameters
    ----------
    frame : pandas.DataFrame or any frame Narwhals knows
        Left as it is.
    columns : mapping of str to hashable or None
        Columns named by the caller.

    Returns
    -------
    iterator of Part or None
        In order of first appearance; `None` if it has no column for the session.

    Raises
    ------
    TranscriptError
        If text or speaker cannot be found.
    """
    names, values = open_frame(frame)
    found = _meanings(names, columns, None)
    if "session" not in found:
        return None

    def records() -> Iterator[Record]:
        rows = zip(*map(values, names), strict=True)
        return ((None, dict(zip(names, row, strict=True))) for row in rows)

    return _apart(records, found, "rows", None, ())[1]


def parts_of_file(
    path: Path, format: str, *, columns: Mapping[str, Hashable] | None, encoding: str | None, file: str
) -> tuple[int, Iterator[Part]] | None:
    """Take a table in a file apart into its sessions.

    Parameters
    ----------
    path : Path
        The file.
    format : {"csv", "tsv", "jsonl", "parquet"}
        Its format.
    columns : mapping of str to hashable or None
        Columns named by the caller.
    encoding : str or None
        Text encoding; UTF-8 or, failing that, Windows-1252 if not given.
    file : str
        Name for error messages.

    Returns
    -------
    tuple of (int, iterator of Part) or None
        How many sessions there are, and the sessions in order of first appearance; `None` if there are fewer than
        two. The iterator raises `TranscriptError` where
        the table is broken, after the sessions that are whole before it.

    Raises
    ------
    TranscriptError
        If the file cannot be read, or text or speaker cannot be found.
    """
    notes: tuple[Note, ...] = ()
    if format != "parquet" and encoding is None:
        encoding, notes = _encoding_of(path, file)
    door = _Door(path, format, columns, encoding or "utf-8", file)
    if format == "jsonl" and (roles := door.convokit_roles()) is not None:
        format, door = "convokit", replace(door, roles=roles)
    names = door.names()
    found = _meanings(names, columns, file)
    if "session" not in found:
        return None
    count, parts = _apart(door.records, found, format, file, notes)
    return None if count < 2 else (count, parts)


def _apart(
    records: Callable[[], Iterable[Record]], found: Mapping[str, Hashable], format: str, file: str | None,
    notes: tuple[Note, ...],
) -> tuple[int, Iterator[Part]]:  # fmt: skip
    """Return how many sessions the rows hold, and the sessions: one at a time where the rows of each stand together."""
    seen: set[str] = set()
    last: str | None = None
    together = True
    try:
        for _, record in records():
            here = _session(record, found)
            if here != last:
                together = together and here not in seen
                seen.add(here)
                last = here
    except TranscriptError:
        pass  # met again, and reported, when the rows are read
    gather = _streamed if together else _gathered
    parts = gather(records(), found, format, file, notes)
    return len(seen), parts if len(seen) < 2 else map(_named, parts)


def _named(part: Part) -> Part:
    """Mark rows that name no session in a table of several: together they are none."""
    return part if part.session else replace(part, session=None)


def _meanings(
    names: Sequence[Hashable], columns: Mapping[str, Hashable] | None, file: str | None
) -> dict[str, Hashable]:
    found = find_columns(names, columns, file=file, line=None if file is None else 1)
    return {meaning: name for meaning in NAMES if (name := getattr(found, meaning)) is not None}


def _session(record: Mapping[Hashable, Any], found: Mapping[str, Hashable]) -> str:
    value = record.get(found["session"])
    missing = value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ == "NAType"
    return "" if missing else " ".join(str(value).split())


def _streamed(
    records: Iterable[Record], found: Mapping[str, Hashable], format: str, file: str | None, notes: tuple[Note, ...]
) -> Iterator[Part]:
    held: list[tuple[int, int | None, Mapping[Hashable, Any]]] = []
    session = ""
    for row, (line, record) in enumerate(records):
        here = _session(record, found)
        if held and here != session:
            yield _part(session, held, found, format, file, notes)
            held = []
        session = here
        if len(held) <= MAX_ROWS:  # one too many is enough to refuse them
            held.append((row, line, record))
    if held:
        yield _part(session, held, found, format, file, notes)


def _gathered(
    records: Iterable[Record], found: Mapping[str, Hashable], format: str, file: str | None, notes: tuple[Note, ...]
) -> Iterator[Part]:
    by_session: dict[str, list[tuple[int, int | None, Mapping[Hashable, Any]]]] = {}
    for row, (line, record) in enumerate(records):
        if row == MAX_SCATTERED:
            problem = f"more than {MAX_SCATTERED:,} rows, and those of a session do not stand together."
            raise TranscriptError(problem, "Sort the table by session.", file=file, line=line, row=row)
        by_session.setdefault(_session(record, found), []).append((row, line, record))
    for session, held in by_session.items():
        yield _part(session, held, found, format, file, notes)


def _part(
    session: str, held: list[tuple[int, int | None, Mapping[Hashable, Any]]], found: Mapping[str, Hashable],
    format: str, file: str | None, notes: tuple[Note, ...],
) -> Part:  # fmt: skip
    rows, lines, records = zip(*held, strict=True)
    return Part(session, format, found, records, rows, lines, file, notes)


def _encoding_of(path: Path, file: str) -> tuple[str, tuple[Note, ...]]:
    try:
        with path.open("rb") as handle:
            head = handle.read(1 << 12)
            told = announced(head)
            if told is not None:
                return told, ()
            decoder = codecs.getincrementaldecoder("utf-8")()
            decoder.decode(head)
            while chunk := handle.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except OSError as error:
        raise TranscriptError(
            f"the file cannot be opened ({error.strerror}).", "Check the path and rights.", file=file
        ) from None
    except UnicodeDecodeError:
        return "cp1252", (NOT_UTF8,)
    return "utf-8", ()


@dataclass(frozen=True, slots=True)
class _Door:
    """A table in a file that can be opened again and again."""

    path: Path
    format: str
    columns: Mapping[str, Hashable] | None
    encoding: str
    file: str
    roles: Mapping[str, str] | None = None
    """Of the speakers, if it is a ConvoKit corpus."""

    def convokit_roles(self) -> dict[str, str] | None:
        """Return the roles that a ConvoKit corpus gives its speakers; `None` if it is none."""
        first = next(self._lines(), "").lstrip()
        if (find_corpus(first) or ("", ""))[0] != "convokit":
            return None
        about, text = self.path.with_name(SPEAKERS), None
        if self.path.name in UTTERANCES and about.is_file():
            with about.open("rb") as handle:
                text, _ = decode(handle.read(MAX_BYTES + 1), file=SPEAKERS, encoding=self.encoding)
        return speaker_roles(text, SPEAKERS)

    def names(self) -> list[Hashable]:
        """Return the columns' names; of JSON lines, those of the first rows."""
        if self.format == "parquet":
            return [str(name) for name in open_table(self.path, self.file).schema_arrow.names]
        names: dict[Hashable, None] = {}
        try:
            for _, record in islice(self.records(), _LOOKED_AT):
                names |= dict.fromkeys(record)
        except TranscriptError:
            if not names:
                raise
        names.pop(None, None)
        if not names:
            raise TranscriptError("there are no rows in it.", "Check the file.", file=self.file)
        # Of CSV the header as it stands, where a name may stand twice: a row's fields would hide that.
        return list(names) if self.format == "jsonl" else list(next(self._csv_rows())[1])

    def records(self) -> Iterator[Record]:
        """Yield line and fields of every row."""
        if self.format == "parquet":
            return records_of(open_table(self.path, self.file), None, self.file)
        return self._jsonl() if self.format == "jsonl" else self._csv()

    def _lines(self) -> Iterator[str]:
        problem = ""
        n = 0
        try:
            with self.path.open(encoding=self.encoding) as handle:
                while line := handle.readline(MAX_LINE_CHARS + 1):
                    n += 1
                    if len(line) > MAX_LINE_CHARS:
                        problem = f"a line of more than {MAX_LINE_CHARS:,} characters."
                        break
                    yield line
        except OSError as error:
            problem = f"the file cannot be read ({error.strerror})."
        except (UnicodeError, LookupError):
            problem = f"the file is not in {self.encoding}."
        if problem:
            raise TranscriptError(problem, "Save it again in UTF-8.", file=self.file, line=n or None)

    def _csv(self) -> Iterator[Record]:
        rows = self._csv_rows()
        _, names = next(rows, (0, []))
        own = tuple(names) == OWN_COLUMNS
        for line, cells in rows:
            if own:
                cells = list(map(unguarded, cells))
            record: dict[Hashable, Any] = dict(zip(names, cells, strict=False))
            if any(cell.strip() for cell in cells[len(names) :]):
                record[None] = len(cells)  # told, with its place, when the session is read
            yield line, record

    def _csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line and cells, the header first."""
        lines = self._lines()
        first = next(lines, "")
        declared = first[4:5] if first.startswith("sep=") and len(first.strip()) == 5 else None
        header = next(lines, "") if declared else first
        delimiter = declared or ("\t" if self.format == "tsv" else None)
        if delimiter is None:
            delimiter = sniff_delimiter(header, (self.columns or {}).values()) or max("\t,;|", key=header.count)
        reader = csv.reader(_then(header, lines), delimiter=delimiter, strict=True)
        before = done = 1 if declared else 0
        problem = ""
        try:
            for n, cells in enumerate(reader):
                done = reader.line_num + before
                if n == 0:
                    yield done, [name.strip() for name in cells]
                elif any(cell.strip() for cell in cells):
                    yield done, cells
        except csv.Error as error:
            problem = str(error)
        if problem:
            raise TranscriptError(
                f"the table is broken ({problem}): nothing from this line on was read, so sessions are missing.",
                "Check the quotation marks there, or save it again as CSV (UTF-8).",
                file=self.file, line=done + 1,
            )  # fmt: skip

    def _jsonl(self) -> Iterator[Record]:
        for n, line in enumerate(self._lines(), 1):
            if not line.strip():
                continue
            record = parse_json(line, self.file, n)
            if not isinstance(record, dict):
                raise TranscriptError("a line that is no JSON object.", "Export it again.", file=self.file, line=n)
            yield n, record if self.roles is None else flattened(record, self.roles)


def _then(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
