"""Writing: a `Transcript` in, text out, which `reflectkit.read_transcript` reads as the same transcript again.

What each form holds:

=========  ====================================================================================================
CSV, JSON  everything: session, rows, speakers, roles, times, line breaks
WebVTT     everything, times to the millisecond; roles as classes of the voice tags (``<v.worker Ana>``)
text       everything, times to the millisecond, if no speaker's role changes
=========  ====================================================================================================

None holds the notes, the numbers of rows in the source (rows are counted from 0 again), or how roles were known: read
again, they count as labelled. Cells that a spreadsheet would run as a formula have an apostrophe before them in CSV.
"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterator
from itertools import pairwise

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.read.own import CAPTIONS, COLUMNS, KIND, MARK, UNITS, escape, guarded
from reflectkit.read.text import INDENT, OWN_MARK
from reflectkit.values import Transcript, Turn


def _rows(transcript: Transcript) -> Iterator[tuple[Turn, str, float | None, float | None]]:
    """Go through the rows: turn, words, start and end."""
    for turn in transcript.turns:
        for piece in turn.pieces:
            yield turn, turn.text[piece.start : piece.end], piece.start_s, piece.end_s


def to_csv(transcript: Transcript) -> str:
    """Write a transcript as CSV, one row a row of the source.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    str
        A header ``session,speaker,role,text,start_s,end_s,row_is_unit`` and the rows.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    unit = "true" if transcript.rows_are_units else "false"
    for turn, text, start_s, end_s in _rows(transcript):
        cells = [transcript.session, turn.speaker, turn.role.value, text]
        writer.writerow([*map(guarded, cells), start_s, end_s, unit])
    return out.getvalue()


def to_json(transcript: Transcript) -> str:
    """Write a transcript as JSON, one object a row of the source, on a line of its own.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    str
        An object with ``kind, session, rows_are_units, rows``.
    """
    rows = [
        json.dumps(
            {"speaker": turn.speaker, "role": turn.role.value, "text": text, "start_s": start_s, "end_s": end_s},
            ensure_ascii=False,
        )
        for turn, text, start_s, end_s in _rows(transcript)
    ]
    head = {"kind": KIND, "session": transcript.session, "rows_are_units": transcript.rows_are_units}
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [\n' + ",\n".join(rows) + "\n]}\n"


def to_vtt(transcript: Transcript) -> str:
    """Write a transcript as WebVTT, one caption a row of the source.

    A row whose end or start is not known stands at the time that is, for no time at all, and its identifier says so
    (``7 no-end``).

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    str
        Captions with voice tags.

    Raises
    ------
    TranscriptError
        If it has no times at all.
    """
    rows = list(_rows(transcript))
    if all(start_s is None and end_s is None for _, _, start_s, end_s in rows):
        raise TranscriptError("there are no times, which captions need.", "Write CSV, JSON or text.")
    parts = ["WEBVTT\n\nNOTE ", _header(transcript).replace(">", "\\u003e"), "\n"]
    now = 0.0
    for n, (turn, text, start_s, end_s) in enumerate(rows, 1):
        unknown = (" no-start" if start_s is None else "") + (" no-end" if end_s is None else "")
        first = start_s if start_s is not None else end_s if end_s is not None else now
        now = end_s if end_s is not None else first
        speaker, words = (html.escape(t, quote=False) for t in (escape(turn.speaker), _on_lines(text)))
        parts.append(f"\n{n}{unknown}\n{_clock(first)} --> {_clock(now)}\n<v.{turn.role.value} {speaker}>{words}</v>\n")
    return "".join(parts)


def to_text(transcript: Transcript) -> str:
    """Write a transcript as text, one line a row of the source.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    str
        A first line for reflectkit, then ``[00:00:01.000 - 00:00:02.500] Ana: words``; lines that go on with a row
        begin with two blanks.

    Raises
    ------
    TranscriptError
        If a speaker's role changes.
    """
    told = {(turn.speaker, turn.role) for turn in transcript.turns}
    if len(told) > len({speaker for speaker, _ in told}):
        raise TranscriptError("a speaker's role changes, which text cannot hold.", "Write CSV, JSON or WebVTT.")
    parts = [OWN_MARK, _header(transcript, names=True), "\n\n"]
    for turn, text, start_s, end_s in _rows(transcript):
        start = "" if start_s is None else _clock(start_s)
        end = "" if end_s is None else f" - {_clock(end_s)}"
        times = f"[{start}{end}] " if start or end else ""
        words = text.replace("\n", "\n" + INDENT)
        parts.append(f"{times}{escape(turn.speaker, ':[')}: {words}\n")
    return "".join(parts)


def _on_lines(text: str) -> str:
    """Keep line breaks but those that would leave a line empty: an empty line ends a caption."""
    lines = text.split("\n")
    parts = [escape(lines[0])]
    for before, line in pairwise(lines):
        parts += ["\n" if before and line else "\\n", escape(line)]
    return "".join(parts)


def _header(transcript: Transcript, *, names: bool = False) -> str:
    said: dict[str, object] = {
        "session": transcript.session,
        "rows": UNITS if transcript.rows_are_units else CAPTIONS,
    }
    if names:
        for role in (Role.WORKER, Role.CLIENT):
            said[role.value] = list(dict.fromkeys(t.speaker for t in transcript.turns if t.role is role))
    return MARK + json.dumps(said, ensure_ascii=False)


def _clock(time_s: float) -> str:
    ms = round(time_s * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
