"""Rows with named fields: CSV, TSV, JSON records, mappings and data frames, one room for all of them."""

from __future__ import annotations

import numbers
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.decoding import MAX_LINE_CHARS
from reflectkit.read.roles import shown
from reflectkit.read.timeline import in_order_of_time, in_seconds, moment, on_one_clock
from reflectkit.values import Note, Row

NAMES: Mapping[str, tuple[str, ...]] = {
    meaning: tuple(names.split())
    for meaning, names in {
        "text": """
            text utterance utterance_text content message body transcript transcription words sentence statement caption
            payload msg speech dialogue dialog turn_text raw_text transcript_text what_was_said said utterances verbatim
            äusserung aussage wortlaut inhalt
            """,
        "speaker": """
            speaker speaker_name speaker_label speaker_id interlocutor name author from sender who participant user
            username talker person speakername display_name nickname role side party channel actor sender_name from_name
            author_name sprecher sprecherin
            """,
        "role": "role speaker_role interlocutor_role participant_type",
        "start": """
            start start_s start_time starttime begin start_seconds start_sec timestamp time time_start onset from_time
            offset timestamps start_timestamp ts start_ms startms start_msec start_time_ms starttimems begin_ms onset_ms
            offset_ms time_ms timestamp_ms from_ms timecode timespan time_span in in_point zeit beginn anfang
            """,
        "end": """
            end end_s end_time endtime stop end_seconds end_sec time_end finish to_time end_timestamp end_ms endms end_msec
            end_time_ms endtimems to_ms out out_point ende
            """,
        "session": """
            session session_id sessionid dialogue_id dialog_id transcript_id conversation_id conversation conv_id file
            filename recording_id interview_id case_id
            """,
    }.items()
}
"""Names people give to the columns, the likeliest first."""

MAX_ROWS = 1_000_000
MAX_CHARS = 64 << 20
"""Characters of a session's talk: small files can repeat a cell many times."""

"""Most rows of one session: a day of talk without a pause has some thirty thousand."""

_LARGEST = 10**300
_ENOUGH_TO_ORDER = 3
_SPAN = re.compile(r"\s*+([\d:.,]{1,15}+)\s*+(?:[-–]|-->)\s*+([\d:.,]{1,15}+)\s*")
"""Start and end in one cell, as NVivo writes them: ``0:03.0 - 0:10.2``."""

_BLANK = ("", "nan", "none", "null", "na", "<na>")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which field of a record means what.

    Attributes
    ----------
    text, speaker : hashable
        Always there.
    role, start, end, session : hashable or None
        `None` where the table has no such column.
    utterance : hashable or None
        Number of the utterance, in tables where each annotator has a row of their own for it.
    """

    text: Hashable
    speaker: Hashable
    role: Hashable | None = None
    start: Hashable | None = None
    end: Hashable | None = None
    session: Hashable | None = None
    utterance: Hashable | None = None


_NAME = re.compile(r"[^\W\d][\w.\-]{0,39}")


def _shown(names: Iterable[Hashable]) -> str:
    """List column names for a message; in a table without a header they are speech, and then only counted."""
    listed = list(names)
    known = {name for likely in NAMES.values() for name in likely}
    if not any(_plain(n) in known for n in listed) and any(isinstance(n, str) for n in listed):
        return f"{len(listed)}, none of a known name"
    shown = [repr(n) for n in listed if _NAME.fullmatch(_as_text(n))][:20]
    hidden = len(listed) - len(shown)
    return ", ".join([*shown, *([f"{hidden} more"] if hidden else [])])


def _as_text(value: object) -> str:
    """Write a value; Python refuses to write whole numbers of more than 4,300 digits."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise TranscriptError("a number of too many digits.", "Give words, names and times that a person could read.")
    return str(value)


def _plain(name: object) -> str:
    return "_".join(re.sub(r"[-_()\[\]]", " ", _as_text(name).lstrip("\ufeff").casefold()).split())


def find_columns(
    names: Sequence[Hashable],
    given: Mapping[str, Hashable] | None = None,
    *,
    file: str | None = None,
    line: int | None = None,
) -> Columns:
    """Recognise the columns of a table.

    Parameters
    ----------
    names : sequence of hashable
        Column names as found.
    given : mapping of str to hashable, optional
        Columns named by the caller under ``text, speaker, role, start, end, session``.
    file, line : optional
        Place for error messages.

    Returns
    -------
    Columns
        Columns by meaning.

    Raises
    ------
    TranscriptError
        If a given column is not there, or text or speaker cannot be found.

    Examples
    --------
    >>> find_columns(["Interlocutor", "utterance_text"])
    Columns(text='utterance_text', speaker='Interlocutor', role=None, start=None, end=None, session=None,
            utterance=None)
    """
    found_list = _shown(names)
    if given is not None and not isinstance(given, Mapping):
        raise TranscriptError("columns= is no mapping.", "Give for example columns={'text': 'words'}.", file=file)
    given = dict(given or {})
    if unknown := set(given) - set(NAMES):
        raise TranscriptError(f"columns= has no place for {sorted(unknown)}.", f"Use {', '.join(NAMES)}.", file=file)
    by_plain: dict[str, Hashable] = {}
    for name in names:
        by_plain.setdefault(_plain(name), name)
    chosen: dict[str, Hashable] = {}
    for meaning, name in given.items():
        if name not in names:
            near = get_close_matches(_as_text(name), [str(n) for n in names if _NAME.fullmatch(str(n))], 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise TranscriptError(
                f"there is no column {name!r}.{hint}", f"The columns are {found_list}.", file=file, line=line
            )
        chosen[meaning] = name
    for meaning, likely in NAMES.items():
        if meaning not in chosen:
            taken = set(chosen.values())
            match = next((by_plain[n] for n in likely if n in by_plain and by_plain[n] not in taken), None)
            if match is not None:
                chosen[meaning] = match
    twice = [meaning for meaning, name in chosen.items() if sum(_plain(n) == _plain(name) for n in names) > 1]
    if twice:
        raise TranscriptError(
            f"two columns for the {twice[0]} have the same name.",
            "Give every column its own name.",
            file=file,
            line=line,
        )
    for meaning in ("text", "speaker"):
        if meaning not in chosen:
            raise TranscriptError(
                f"no column for the {'words said' if meaning == 'text' else 'speaker'} is recognised.",
                f"The columns are {found_list} (is the first line a header?): name it, as in columns={{'{meaning}': …}} "
                f"(--{meaning}-column).",
                file=file,
                line=line,
            )
    return Columns(**chosen, utterance=by_plain.get("utterance_id") if "annotator_id" in by_plain else None)


def is_start(name: Hashable) -> bool:
    """Tell whether a column is called as columns of start times are.

    Parameters
    ----------
    name : hashable
        Name of the column.

    Returns
    -------
    bool
        True for the usual names.
    """
    return _plain(name) in NAMES["start"]


def _missing(value: object) -> bool:
    return (
        value is None
        or (isinstance(value, numbers.Real) and value != value)  # NaN; math.isnan fails on an integer of 400 digits
        or type(value).__name__ in ("NAType", "NaTType")
    )


def _label(value: object) -> str:
    if isinstance(value, Mapping):
        likely = ("name", "display_name", "displayName", "username", "label", "role", "id")
        value = next((value[k] for k in likely if k in value), next(iter(value.values()), None))
    return "" if _missing(value) else " ".join(_as_text(value).split())


def rows_of(
    records: Iterable[tuple[int | None, Mapping[Hashable, Any]]],
    columns: Columns,
    *,
    session: str | None = None,
    file: str | None = None,
    by_time: bool = False,
) -> tuple[list[Row], list[Note], str | None]:
    """Turn records into rows of a transcript.

    Parameters
    ----------
    records : iterable of (int or None, mapping)
        1-based line of the file, where there is one, and the record.
    columns : Columns
        Which field means what.
    session : str, optional
        The session to take from a table of several.
    file : str, optional
        Name for error messages.
    by_time : bool, optional
        True to put the rows in the order of their times, for sources that keep no order.

    Returns
    -------
    rows : list of Row
        One a record; `Row.row` is the record's position.
    notes : list of Note
        What was skipped or mended, with the first row it happened in.
    session : str or None
        Name of the session, if the table names it.

    Raises
    ------
    TranscriptError
        If a record has no text field, the first has no speaker, several sessions are mixed, or there are more than
        `MAX_ROWS`.
    """
    rows: list[Row] = []
    total = 0
    counts: Counter[str] = Counter()
    sessions: dict[str, tuple[int | None, int]] = {}  # and where each begins
    numbers_only = True
    said: set[tuple[str, str]] = set()
    first: dict[str, int] = {}
    for position, (line, record) in enumerate(records):
        if columns.session is not None:
            here = _label(record.get(columns.session))
            sessions.setdefault(here, (line, position))
            if session is not None and here != str(session):
                counts["other sessions"] += 1
                first.setdefault("other sessions", position)
                continue
        if columns.utterance is not None:
            same = (_label(record.get(columns.utterance)), _label(record.get(columns.text)))
            if same[0] and same in said:
                counts["annotators"] += 1
                first.setdefault("annotators", position)
                continue
            said.add(same)
        row = _row(position, line, record, columns, rows[-1] if rows else None, counts, file)
        if len(counts) > len(first):
            first.update({key: position for key in counts if key not in first})
        numbers_only = numbers_only and (row is None or not row.text or row.text.replace(".", "", 1).isdigit())
        if row is not None:
            rows.append(row)
            total += len(row.text)
        if total > MAX_CHARS:
            problem = f"more than {MAX_CHARS >> 20} million characters said."
            raise TranscriptError(problem, "Split it into sessions.", file=file, line=line)
        if len(rows) > MAX_ROWS:
            raise TranscriptError(f"more than {MAX_ROWS:,} rows.", "Split it into sessions.", file=file, line=line)
    if numbers_only and any(row.text for row in rows):
        raise TranscriptError(
            f"the column taken for the words said, {columns.text!r}, holds numbers only.",
            "Name the right one, as in columns={'text': …} (--text-column).",
            file=file,
        )
    if len({row.speaker for row in rows}) == 1 and len({row.role for row in rows if row.role}) > 1:
        rows = [replace(row, speaker=row.role or row.speaker) for row in rows]
        counts["one name"] += 1
    _check_session(session, sessions, bool(rows), columns, file)
    rows, timed = in_seconds(rows, columns.start, columns.end, clock=counts.pop("clock", 0) > 0)
    rows, clocked = (in_order_of_time if by_time else on_one_clock)(_tidied(rows, counts))
    return (
        rows,
        _notes(counts, first) + timed + clocked,
        (session and str(session)) or next(iter(sessions), None) or None,
    )


def _tidied(rows: list[Row], counts: Counter[str]) -> list[Row]:
    """Leave out what never speaks, and put the oldest row first."""
    silent = _never_speaking(rows)
    if silent:
        counts["silent"] = sum(row.speaker in silent for row in rows)
        counts["blank"] -= counts["silent"]
        rows = [row for row in rows if row.speaker not in silent]
    if _newest_first(rows):
        counts["newest first"] = len(rows)
        return rows[::-1]
    return rows


def _never_speaking(rows: Sequence[Row]) -> frozenset[str]:
    """Return what stands where speakers do and never has any words beside two who talk: headings and remarks in a sheet."""
    talking = {row.speaker for row in rows if row.text}
    return frozenset(row.speaker for row in rows if row.speaker not in talking) if len(talking) > 1 else frozenset()


def _newest_first(rows: Sequence[Row]) -> bool:
    """Tell whether every row is earlier than the one before, as chat systems export messages."""
    times = [row.start_s for row in rows if row.start_s is not None]
    if len(times) < max(len(rows), _ENOUGH_TO_ORDER):
        return False
    return times[0] > times[-1] and all(a >= b for a, b in pairwise(times))


def _check_session(
    session: str | None,
    begins: Mapping[str, tuple[int | None, int]],
    any_rows: bool,
    columns: Columns,
    file: str | None,
) -> None:
    names = list(begins)
    if "" in begins and len(names) > 1:
        line, row = begins[""]
        problem = f"rows name no session (column {columns.session!r}), and others do; this is the first."
        raise TranscriptError(problem, "Fill in the session's name in every row.", file=file, line=line, row=row)
    if session is None and len(names) > 1:
        raise TranscriptError(
            f"the table holds {len(names)} sessions (column {columns.session!r}: {shown(names, 5)}).",
            "Choose one with session= (--session), or save it as .csv, .jsonl or .parquet and analyse all with reflectkit batch.",
            file=file,
        )
    if session is not None and not any_rows and names:
        raise TranscriptError(f"no session {session!r} in column {columns.session!r}.", "Check session=.", file=file)


def _row(
    position: int,
    line: int | None,
    record: Mapping[Hashable, Any],
    columns: Columns,
    before: Row | None,
    counts: Counter[str],
    file: str | None,
) -> Row | None:
    """Turn one record into a row; `None` if it holds nothing. What was mended is counted in `counts`."""

    def refuse(problem: str, fix: str, column: Hashable) -> TranscriptError:
        return TranscriptError(problem, fix, file=file, line=line, row=position, column=str(column))

    if columns.text not in record:
        raise refuse("a row without text.", "Give every row its text (blank if nothing was understood).", columns.text)
    value = record[columns.text]
    if isinstance(value, Mapping | list | tuple | set):
        raise refuse("the text is not a string.", "Give plain text.", columns.text)
    text = "" if _missing(value) else _as_text(value).strip()
    if "\0" in text:
        raise refuse("a NUL character in the text.", "Remove it.", columns.text)
    if len(text) > MAX_LINE_CHARS:
        raise refuse(f"a text of more than {MAX_LINE_CHARS:,} characters.", "Give one turn a row.", columns.text)
    speaker = _label(record.get(columns.speaker))
    role = _label(record.get(columns.role)) if columns.role is not None else ""
    if speaker.casefold() in _BLANK:
        if not text:
            counts["empty"] += 1
            return None
        if before is None:
            raise refuse("the first row has no speaker.", "Name the speaker of every turn.", columns.speaker)
        speaker, role = before.speaker, before.role
        counts["speaker"] += 1
    if not text:
        counts["blank"] += 1
    return Row(position, speaker, text, *_times(record, columns, counts), role)


def _times(record: Mapping[Hashable, Any], columns: Columns, counts: Counter[str]) -> tuple[float | None, float | None]:
    """Read start and end of a record, as they stand in the table."""
    first, last = (record.get(c) if c is not None else None for c in (columns.start, columns.end))
    if last is None and isinstance(first, str) and (span := _SPAN.fullmatch(first[:80])) is not None:
        first, last = span[1], span[2]
    start, end = moment(first), moment(last)
    counts["clock"] += isinstance(record.get(columns.start), time | timedelta)
    if start is not None and end is not None and end < start:
        start = end = None
        counts["backwards"] += 1
    if columns.start is not None and start is None and not _missing(first) and first != "":
        counts["time"] += 1
    return start, end


def _notes(counts: Counter[str], first: Mapping[str, int]) -> list[Note]:
    messages = {
        "empty": ("skipped", "rows with neither speaker nor text were left out."),
        "other sessions": ("skipped", "rows of other sessions in the same table were left out."),
        "annotators": ("skipped", "rows of further annotators of the same utterance were left out."),
        "speaker": ("mended", "rows without a speaker were given to the speaker before."),
        "one name": (
            "guessed",
            "the speaker column holds one name only, so the role column was taken for the speakers.",
        ),
        "blank": ("mended", "rows with a speaker but no text are kept as turns of zero words."),
        "backwards": ("skipped", "times that end before they start were left out."),
        "silent": ("skipped", "rows of labels that never say anything (headings, remarks) were left out."),
        "newest first": ("mended", "the rows stood newest first and were put in the order of their times."),
        "time": ("skipped", "values in the time column that are no times were left out."),
    }
    return [Note(*messages[key], row=first.get(key), count=n) for key, n in sorted((+counts).items())]


def unused(columns: Columns, names: Iterable[Hashable]) -> list[Note]:
    """Note the columns that were not used.

    Parameters
    ----------
    columns : Columns
        Columns used.
    names : iterable of hashable
        All columns found.

    Returns
    -------
    list of Note
        One note, or none.
    """
    used = set(columns_used(columns))
    rest = [n for n in names if n not in used]
    return (
        [Note("skipped", "columns beside those of speaker, text and time were not used.", count=len(rest))]
        if rest
        else []
    )


def sniff_delimiter(text: str, named: Iterable[Hashable] = ()) -> str | None:
    """Find the delimiter of a table with a header line.

    Parameters
    ----------
    text : str
        Decoded file.
    named : iterable of hashable, optional
        Columns named by the caller.

    Returns
    -------
    str or None
        The delimiter under which the header has a text and a speaker column or a column named by the caller, else `None`.
    """
    header = re.sub(r"\Asep=.\n", "", text.lstrip("\ufeff\n")).split("\n", 1)[0]
    for delimiter in ("\t", ",", ";", "|"):
        if delimiter not in header:
            continue
        names = {_plain(n.strip().strip('"')) for n in header.split(delimiter)}
        known = names & set(NAMES["text"]) and names & {*NAMES["speaker"], *NAMES["role"]}
        if known or names & {_plain(n) for n in named}:
            return delimiter
    return None


def columns_used(columns: Columns) -> list[Hashable]:
    """List the columns that are read, each once.

    Parameters
    ----------
    columns : Columns
        Columns by meaning.

    Returns
    -------
    list of hashable
        Their names.
    """
    named = (getattr(columns, field) for field in Columns.__slots__)
    return list(dict.fromkeys(name for name in named if name is not None))


def read_mappings(
    records: Sequence[Mapping[Hashable, Any]],
    *,
    lines: Sequence[int] | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> tuple[list[Row], list[Note], str | None]:
    """Read records such as ``{"speaker": …, "text": …}``.

    Parameters
    ----------
    records : sequence of mapping
        One a row.
    lines : sequence of int, optional
        1-based line of each record in its file.
    columns, session, file : optional
        As for `find_columns` and `rows_of`.

    Returns
    -------
    rows, notes, session
        As for `rows_of`.

    Raises
    ------
    TranscriptError
        If fields cannot be recognised or a record cannot be used.
    """
    names = list(dict.fromkeys(key for record in records[:50] for key in record))
    found = find_columns(names, columns, file=file)
    numbered = zip(lines if lines is not None else [None] * len(records), records, strict=True)
    rows, notes, name = rows_of(numbered, found, session=session, file=file)
    return rows, notes + unused(found, names), name
