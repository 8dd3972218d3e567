"""Reading: a file, a frame or rows in memory, in; a `Transcript` out.

The format is found from what the source holds; its name only settles what the content leaves open.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError, TranscriptWarning
from reflectkit.files import may_be_name, printable
from reflectkit.read.binary import find_binary, read_binary
from reflectkit.read.cha import find_cha, read_cha
from reflectkit.read.corpora import SPEAKERS, UTTERANCES, find_corpus, read_convokit, read_esconv
from reflectkit.read.decoding import MAX_BYTES, MAX_LINE_CHARS, check_lines, check_size, check_text, decode, whole
from reflectkit.read.delimited import read_delimited
from reflectkit.read.elan import find_eaf, read_eaf
from reflectkit.read.formats import BY_NAME, BY_SUFFIX, Reading, check_format
from reflectkit.read.frames import is_frame, read_frame
from reflectkit.read.json_ import parse_json, read_json, read_jsonl, read_records, written_out
from reflectkit.read.own import MARK, UNIT, are_units, is_own_json, is_own_table, read_own_json, read_own_table
from reflectkit.read.recognisers import RECOGNISERS, read_recogniser, recogniser_of
from reflectkit.read.roles import assign_roles, row_roles, shown
from reflectkit.read.subtitles import find_captions, read_sbv, read_srt, read_vtt
from reflectkit.read.swaps import swap_notes
from reflectkit.read.tabular import sniff_delimiter
from reflectkit.read.text import OWN_MARK, read_lines
from reflectkit.values import Note, RoleAssignment, Row, Transcript, Turn, join_rows, loosely

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoDataFrame

    Frame: TypeAlias = pd.DataFrame | IntoDataFrame
else:
    Frame = Any  # their libraries are not loaded to name them, and `typing.get_type_hints` needs a name

Source: TypeAlias = str | os.PathLike[str] | IO[str] | IO[bytes] | Frame | Iterable[Any] | Transcript
_LINES = {"text": read_lines, "vtt": read_vtt, "srt": read_srt, "sbv": read_sbv}
_TIERS = {"cha": read_cha, "eaf": read_eaf}
_CORPORA = {"esconv": read_esconv, "convokit": read_convokit}
_ON_ONE_LINE = frozenset(["json", "jsonl", "eaf", *_CORPORA, *RECOGNISERS])
"""Formats that programs write without line breaks; their rows are measured one by one."""

_GIVEN = "given by the caller"
LONGEST_LABEL = 200
"""Characters of the longest speaker's label: more is speech, taken for a label."""

_LIKELY_SUFFIXES = frozenset(
    [*BY_SUFFIX, *".docx .doc .xlsx .xls .pdf .rtf .md .cha .eaf .sbv .log .html .parquet".split()]
)


def read_transcript(
    source: Source,
    *,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    format: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    encoding: str | None = None,
) -> Transcript:
    """Read a session.

    Parameters
    ----------
    source : path, open file, data frame, iterable of mappings or of (speaker, text) pairs, or Transcript
        The session. A string is the path of a file (or of a ConvoKit corpus); for a string of text use
        `Transcript.from_text`.
    worker, client : str or iterable of str, optional
        Speakers by label, by number in order of appearance (``"1"``) or by pattern (``"Dr *"``). If only one side is
        named, everybody else is on the other, but for those labelled as of that side too, or of none, who are on neither; if none,
        roles are inferred from role words or, failing that, from how the speakers talk.
    format : str, optional
        One of `reflectkit.read.formats.NAMES`, such as ``"csv"`` or ``"vtt"``; found from the content if not given.
    columns : mapping of str to hashable, optional
        Names of the columns or keys for any of ``text, speaker, role, start, end, session``.
    session : str, optional
        Name of the session; chooses one where a table, a corpus or a workbook (by its sheet) holds several.
    encoding : str, optional
        Text encoding; found if not given (UTF-8, UTF-16, UTF-32, Windows-1252).

    Returns
    -------
    Transcript
        Turns with roles, and notes on all that was skipped, mended or guessed.

    Raises
    ------
    TranscriptError
        If the source cannot be read as a session; the message names file, row and fix, and no words of it.

    Examples
    --------
    >>> read_transcript([("Worker", "You look tired."), ("Client", "I am.")])
    Transcript('session', 2 turns, worker 3 words, client 2 words)
    """
    check_format(format)
    if isinstance(source, Transcript):
        if format is not None or columns is not None or session is not None:
            raise TranscriptError(
                "format=, columns= and session= say how to read, and a Transcript is read already.", "Leave them out."
            )
        return _with_roles(source, worker, client)
    options: dict[str, Any] = {"worker": worker, "client": client, "columns": columns, "session": session}
    if isinstance(source, str) and not source.strip():
        raise TranscriptError("there is nothing in it.", "Give the path of a transcript.")
    if isinstance(source, str | os.PathLike):
        path = existing_path(source)
        if path.is_dir():
            return _from_folder(path, format=format, encoding=encoding, **options)
        if format in (None, "convokit") and path.name == UTTERANCES[0] and path.with_name(SPEAKERS).is_file():
            return _from_folder(path.parent, format=format, encoding=encoding, **options)  # who is who stands beside it
        return _from_bytes(
            _read_bytes(path), format=format, encoding=encoding, file=path.name, stem=path.stem, **options
        )
    if isinstance(source, bytes | bytearray):
        raise TranscriptError("bytes are given.", "Give a path, an open file, or Transcript.from_text(text).")
    if isinstance(source, Mapping):
        raise TranscriptError("one mapping is given.", "Give a list of them, one a row.")
    if hasattr(source, "read"):
        return _from_file(source, format=format, encoding=encoding, **options)
    if is_frame(source):
        rows, notes, name, units = read_frame(source, columns=columns, session=session)
        reason = "a data frame"
    else:
        try:
            records = list(cast("Iterable[Any]", source))
        except TypeError:
            raise TranscriptError(
                f"a value of type {type(source).__name__} is no transcript.",
                "Give a path, an open file, a DataFrame, or rows such as ('worker', …).",
            ) from None
        rows, notes, name = read_records(records, columns=columns, session=session)
        units = are_units(r[UNIT] for r in records if isinstance(r, Mapping) and UNIT in r)
        reason = "rows in memory"
    name = str(name or session or "session")
    return _transcript(rows, notes, name, "rows", reason, worker=worker, client=client, file=None, units=units)


def read_text(
    text: str,
    *,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    format: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
) -> Transcript:
    """Read a session from a string of text.

    Parameters
    ----------
    text : str
        The transcript itself.
    worker, client, format, columns, session : optional
        As for `read_transcript`.

    Returns
    -------
    Transcript
        The session read.

    Raises
    ------
    TranscriptError
        As for `read_transcript`.
    """
    if not isinstance(text, str):
        raise TranscriptError(f"text is expected, not {type(text).__name__}.", "For other sources use read_transcript.")
    check_format(format)
    if format is not None and BY_NAME[format].binary:
        raise TranscriptError(
            f"transcripts in the format {format!r} are read from files, not from text.", "Use read_transcript(path)."
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    check_text(text)
    options: dict[str, Any] = {"worker": worker, "client": client, "columns": columns, "session": session}
    return _from_text(text, [], format=format, file=None, stem="text", **options)


def existing_path(source: str | os.PathLike[str]) -> Path:
    """Return the path of what exists; a transcript given by mistake where a path belongs is repeated in no message.

    Parameters
    ----------
    source : path
        As a caller gave it.

    Returns
    -------
    Path
        Of a file or a folder.

    Raises
    ------
    TranscriptError
        If there is none; it names the file only if the string can hardly be anything but a file's name.
    """
    path = Path(source)
    missing = "\n" in str(source) or len(str(source)) > 1000
    try:
        missing = missing or not path.exists()
    except (OSError, ValueError):
        missing = True
    if missing:
        is_name = path.suffix.casefold() in _LIKELY_SUFFIXES and len(path.name.split()) <= 6
        if is_name or (isinstance(source, os.PathLike) and may_be_name(path.name)):
            raise TranscriptError("there is no such file.", "Check the path.", file=path.name)
        raise TranscriptError(
            "the string given is not the path of a file.",
            "If it is the transcript itself, use reflectkit.Transcript.from_text(text) and analyze that.",
        )
    return path


def _from_folder(path: Path, *, format: str | None, encoding: str | None, **options: Any) -> Transcript:  # noqa: ANN401
    """Read a ConvoKit corpus, the one thing that is a folder."""
    said = next((path / name for name in UTTERANCES if (path / name).is_file()), None)
    if said is None or format not in (None, "convokit"):
        raise TranscriptError(
            "this is a folder.", "Give one file, or the folder of a ConvoKit corpus (utterances.jsonl).", file=path.name
        )
    text, notes = decode(_read_bytes(said), file=said.name, encoding=encoding)
    about, speakers = path / SPEAKERS, None
    if about.is_file():
        speakers, _ = decode(_read_bytes(about), file=about.name, encoding=encoding)
    reading = read_convokit(
        text, speakers=speakers, columns=options["columns"], session=options["session"], file=said.name
    )
    reason = f"a folder with {said.name}" if format is None else _GIVEN
    return _transcript(
        reading.rows,
        notes + reading.notes,
        str(options["session"] or reading.session or path.name),
        "convokit",
        reason,
        worker=options["worker"],
        client=options["client"],
        file=said.name,
    )


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise TranscriptError(
            f"the file cannot be opened ({error.strerror}).", "Check the path and rights.", file=path.name
        ) from None


def _from_file(source: Any, *, format: str | None, encoding: str | None, **options: Any) -> Transcript:  # noqa: ANN401
    name = getattr(source, "name", None)
    path = Path(name) if isinstance(name, str) else None
    file = path.name if path else None
    try:
        content = source.read()
    except (ValueError, OSError):  # closed, write-only, or in another encoding
        content = None
    stem = path.stem if path else "session"
    if isinstance(content, bytes):
        return _from_bytes(content, format=format, encoding=encoding, file=file, stem=stem, **options)
    if isinstance(content, str):
        text = content.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
        check_text(text, file=file)
    else:
        raise TranscriptError(
            "the open file cannot be read.", "Open it for reading, in binary mode ('rb'), or give the path.", file=file
        )
    return _from_text(text, [], format=format, file=file, stem=stem, **options)


def _from_bytes(
    data: bytes,
    *,
    format: str | None,
    encoding: str | None,
    file: str | None,
    stem: str,
    **options: Any,  # noqa: ANN401
) -> Transcript:
    check_size(data, file=file)
    found = find_binary(data, file=file) if format is None else None
    if format is not None and BY_NAME[format].binary:
        found = format, _GIVEN
    if found is None:
        text, notes = decode(data, file=file, encoding=encoding)
        return _from_text(text, notes, format=format, file=file, stem=stem, **options)
    worker, client, session = options["worker"], options["client"], options["session"]
    reading = read_binary(
        data, found[0], given=_given(worker, client), columns=options["columns"], session=session, file=file
    )
    name = str(session or reading.session or stem)
    return _transcript(
        reading.rows, reading.notes, name, *found, worker=worker, client=client, file=file, units=reading.units
    )


def _given(worker: str | Iterable[str] | None, client: str | Iterable[str] | None) -> list[str]:
    return [name for names in (worker, client) for name in ([names] if isinstance(names, str) else names or ())]


def detect_format(text: str, suffix: str = "", columns: Iterable[Hashable] = ()) -> tuple[str, str]:
    r"""Find the format of a transcript.

    Parameters
    ----------
    text : str
        Decoded file.
    suffix : str, optional
        Ending of the file's name, such as ``".csv"``.
    columns : iterable of hashable, optional
        Columns named by the caller: a header line that holds one makes a table.

    Returns
    -------
    format : str
        One of `reflectkit.read.formats.NAMES`.
    reason : str
        What gave it away.

    Notes
    -----
    JSON of recognisers is ``json`` here: which of them wrote it is told once it is parsed
    (`reflectkit.read.recognisers.recogniser_of`).

    Examples
    --------
    >>> detect_format("WEBVTT\n\n00:00.000 --> 00:01.000\nAna: Hi")
    ('vtt', 'the first line is WEBVTT')
    """
    head = text[:20000].lstrip("\ufeff \t\n") or text.lstrip("\ufeff \t\n")[:20000]
    by_name = BY_SUFFIX.get(suffix.casefold())
    if head.startswith(OWN_MARK + MARK):
        return "text", "its first line is the one reflectkit writes"
    if is_own_table(text):
        return "csv", "its header is the one reflectkit writes"
    known = find_cha(head) or find_eaf(head) or find_corpus(head) or find_captions(head)
    if known is not None:
        return known
    if head[:1] in "{[" and _is_jsonl(head, by_name):
        return "jsonl", "every line begins with {"
    if by_name != "text" and (head.startswith("{") or re.match(r"\[\s*[\[{\]\"]", head)):
        return "json", "it begins with { or ["
    if by_name == "text" and re.match(r"\{\s*\"|\[\s*[\[{]\s*\"", head):
        return "json", "it begins as JSON does"
    if by_name is not None and by_name != "text" and not BY_NAME[by_name].binary:
        return by_name, f"the file's name ends in {suffix}"
    delimiter = sniff_delimiter(head, columns)
    if delimiter is not None:
        return ("tsv" if delimiter == "\t" else "csv"), "the first line names columns for speaker and text"
    return "text", "lines of text"


def _is_jsonl(head: str, by_name: str | None) -> bool:
    lines = [line.strip() for line in head.split("\n") if line.strip()]
    if by_name == "jsonl":
        return True
    whole = [line for line in lines[:3] if (line[0], line[-1]) in (("{", "}"), ("[", "]"))]
    return len(lines) > 1 and len(whole) == len(lines[:3])


def _from_text(
    text: str,
    notes: list[Note],
    *,
    format: str | None,
    file: str | None,
    stem: str,
    columns: Mapping[str, Hashable] | None,
    session: str | None,
    worker: str | Iterable[str] | None,
    client: str | Iterable[str] | None,
) -> Transcript:
    reason = _GIVEN
    if format is None:
        format, reason = detect_format(text, Path(file).suffix if file else "", (columns or {}).values())
    if columns and format in (*_LINES, *_TIERS, *RECOGNISERS):
        raise TranscriptError(
            f"a transcript in the format {format!r} has no columns.", "Leave columns= out, or give format=.", file=file
        )
    if format not in _ON_ONE_LINE:
        check_lines(text, file=file)
    options: dict[str, Any] = {"columns": columns, "session": session, "file": file}
    if format in _LINES:
        reading = _LINES[format](text, given=_given(worker, client), file=file)
    elif format in _TIERS:
        reading = _TIERS[format](text, file=file)
    elif format in _CORPORA:
        reading = _CORPORA[format](text, **options)
    elif format == "csv" and not columns and is_own_table(text):
        reading = read_own_table(text, session=session, file=file)
    elif format in ("csv", "tsv", "annomi"):
        reading = Reading(*read_delimited(text, delimiter="\t" if format == "tsv" else None, **options))
    elif format == "jsonl":
        reading = Reading(*read_jsonl(text, **options))
    else:
        reading, format, reason = _from_json(text, format, reason, given=_given(worker, client), **options)
    name = str(session or reading.session or stem)
    notes = notes + reading.notes
    units = reading.units
    return _transcript(reading.rows, notes, name, format, reason, worker=worker, client=client, file=file, units=units)


def _from_json(
    text: str,
    format: str,
    reason: str,
    *,
    given: Iterable[str],
    columns: Mapping[str, Hashable] | None,
    session: str | None,
    file: str | None,
) -> tuple[Reading, str, str]:
    """Read JSON; where its format was not given, what it holds tells whether a recogniser wrote it."""
    data = parse_json(text, file)
    if format == "json" and reason != _GIVEN and not columns:
        format, reason = recogniser_of(data) or (format, reason)
    if format != "json":
        return read_recogniser(data, format, file=file), format, reason
    if not columns and is_own_json(data):
        return read_own_json(data, file=file), format, reason
    written = written_out(data)
    if written is not None:
        lines = written.replace("\r\n", "\n").replace("\r", "\n")
        return read_lines(lines, given=given, file=file), format, reason
    return Reading(*read_json(data, columns=columns, session=session, file=file)), format, reason


def _transcript(
    rows: list[Row],
    notes: list[Note],
    session: str,
    format: str,
    reason: str,
    *,
    worker: str | Iterable[str] | None,
    client: str | Iterable[str] | None,
    file: str | None,
    units: bool = True,
) -> Transcript:
    if not rows:
        raise TranscriptError(
            "there are no turns in it.", "Give a transcript with the words of worker and client.", file=file
        )
    rows, mended = _sound(rows, file)
    notes = [*notes, *mended]
    roles = assign_roles(rows, worker=worker, client=client, file=file)
    if roles.basis == "talk":
        notes = [
            *notes,
            Note("guessed", f"roles were guessed from how the speakers talk (confidence {roles.confidence:.2f})."),
        ]
    if roles.other:
        others = shown(roles.other, 5)
        notes = [
            *notes,
            Note(
                "guessed",
                f"speakers who are neither worker nor client are left out of all measures: {others}.",
                count=len(roles.other),
            ),
        ]
    told = row_roles(rows, roles)
    notes = [*notes, *_changing(rows, roles), *_suspected(rows, told, roles, units, file)]
    turns: list[Turn] = []
    first = 0
    for speaker, text, pieces in join_rows(rows, rows_are_units=units, roles=told):
        turns.append(Turn(len(turns), told[first], speaker, text, pieces))
        first += len(pieces)
    return Transcript(printable(session), tuple(turns), roles, tuple(notes), format, reason, units)


_OF_ROLES = (
    "roles were guessed",
    "speakers who are neither worker nor client",
    "the role of a speaker changes",
    "the speaker looks exchanged",
)
"""How notes begin that tell of roles; they are written anew where roles are."""


def _changing(rows: list[Row], roles: RoleAssignment) -> list[Note]:
    on_both = {*roles.worker} & {*roles.client} | {*roles.worker, *roles.client} & {*roles.other}
    if not on_both:
        return []
    first = next(row.row for row in rows if row.speaker in on_both)
    message = "the role of a speaker changes in the role column; every row keeps its own."
    return [Note("guessed", message, row=first, count=len(on_both))]


def _suspected(
    rows: list[Row], told: list[Role], roles: RoleAssignment, rows_are_units: bool, file: str | None
) -> list[Note]:
    """Note labels that look exchanged; warn if it is the whole session and nobody vouched for the roles."""
    notes = swap_notes(rows, told, roles, single_rows=rows_are_units)
    if roles.basis == "labels" and any(note.row is None for note in notes):
        place = f"{file}: " if file else ""
        fix = f"If so, read it with worker={shown(roles.client)} (--worker)."
        warnings.warn(f"{place}{notes[0].message} {fix}", TranscriptWarning, stacklevel=2)
    return notes


def _sound(rows: list[Row], file: str | None) -> tuple[list[Row], list[Note]]:
    """Give each speaker one spelling, refuse NULs, and replace half characters that no encoding can write."""
    spelling: dict[str, str] = {}
    spellings = broken = 0
    sound = []
    for row in rows:
        if "\0" in row.speaker or "\0" in row.text:
            raise TranscriptError("a NUL character.", "Remove it.", file=file, row=row.row)
        if len(row.speaker) > LONGEST_LABEL:
            problem = f"a speaker's label of more than {LONGEST_LABEL} characters."
            fix = "Check which column or key holds the speakers."
            raise TranscriptError(problem, fix, file=file, row=row.row)
        if len(row.text) > MAX_LINE_CHARS:
            problem = f"a row of more than {MAX_LINE_CHARS:,} characters."
            raise TranscriptError(problem, "Give one turn a row.", file=file, row=row.row)
        text, speaker, role = (whole(part) for part in (row.text, row.speaker, row.role[:LONGEST_LABEL]))
        broken += (text, speaker) != (row.text, row.speaker)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        one = spelling.setdefault(loosely(speaker), speaker)
        spellings += one != speaker
        same = (text, one, role) == (row.text, row.speaker, row.role)
        sound.append(row if same else replace(row, text=text, speaker=one, role=role))
    notes = []
    if spellings:
        notes.append(Note("mended", "speakers spelt in two ways were taken for one.", count=spellings))
    if broken:
        notes.append(Note("mended", "half characters (lone surrogates) were replaced.", count=broken))
    return sound, notes


def _with_roles(
    transcript: Transcript, worker: str | Iterable[str] | None, client: str | Iterable[str] | None
) -> Transcript:
    if worker is None and client is None:
        return transcript
    rows = [
        Row(p.row, t.speaker, t.text[p.start : p.end], p.start_s, p.end_s) for t in transcript.turns for p in t.pieces
    ]
    t = transcript
    kept = [n for n in t.notes if not n.message.startswith(_OF_ROLES) and (n.kind, n.row) != ("suspect", None)]
    return _transcript(
        rows,
        kept,
        t.session,
        t.format,
        t.format_reason,
        worker=worker,
        client=client,
        file=None,
        units=t.rows_are_units,
    )
