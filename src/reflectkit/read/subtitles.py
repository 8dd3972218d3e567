"""Captions with their speakers: Teams writes ``<v Name>``, Zoom ``Name: words``, YouTube ``>>`` where the speaker changes.

What nobody is named for is kept as said by an unknown speaker, who is left out of all measures, rather than given to
whoever spoke before.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from reflectkit.errors import TranscriptError
from reflectkit.read.cues import WORD_TIME, Cue, clean, stamp, timed_cues, vtt_cues
from reflectkit.read.formats import Reading
from reflectkit.read.labels import Labelled, speakers_among, split_label
from reflectkit.read.own import header_in_note, unescape
from reflectkit.read.rolling import unroll
from reflectkit.values import Note, Row, count_words

UNKNOWN = "Unknown speaker"
_SRT = re.compile(r"(?:\d+[ \t]*\n)?\s*\d{1,3}:\d{2}(?::\d{2})?[.,]\d{1,3}[ \t]*-->")
_SBV = re.compile(r"\d{1,3}:\d{2}:\d{2}[.,]\d{1,3},\d{1,3}:\d{2}:\d{2}[.,]\d{1,3}[ \t]*\n")
_CLOCK = r"\d{1,3} ?[:;][\d:;.,oOlI ]{1,25}?"  # with what damaged files write for figures
_POINTS = r"\d{1,3} ?[:;.,][\d:;.,oOlI ]{1,25}?"  # a long arrow stands between times only, however they are written
_ARROWS = re.compile(
    rf"^[ \t]{{0,9}}(?:{_CLOCK}[ \t]{{0,9}}->[ \t]{{0,9}}{_CLOCK}|{_POINTS}[ \t]{{0,9}}-->[ \t]{{0,9}}{_POINTS})(?:[ \t]|$)",
    re.MULTILINE,
)
_OWN_VOICE = re.compile(r"<v(?:\.([a-z]{1,10}))? ([^<>\n]*+)>")
_VOICE = re.compile(
    r"<v((?:\.[^ \t\n<>.]{1,40}){0,5})[ \t]+((?:[^<>]|<(?!/?v)){1,200})>"
)  # a name may hold "<", as the standard has it
_CHANGE = re.compile(r"((?:>|&gt;){2,})")
_DASH = re.compile(r"[-–—] ?(?=[^\s-])")


def find_captions(head: str) -> tuple[str, str] | None:
    r"""Tell captions from the beginning of a file.

    Parameters
    ----------
    head : str
        The first characters, without leading white space.

    Returns
    -------
    (str, str) or None
        The format's name and what gave it away.

    Examples
    --------
    >>> find_captions("0:00:01.000,0:00:02.000\nAna: Hi")
    ('sbv', 'it begins with two times and a comma between them')
    """
    if head.startswith("WEBVTT"):
        return "vtt", "the first line is WEBVTT"
    if _SRT.match(head):
        return "srt", "it begins with a caption's times"
    if _SBV.match(head):
        return "sbv", "it begins with two times and a comma between them"
    if len(_ARROWS.findall(head)) > 1:
        return "srt", "several of its lines hold the times of captions"
    return None


def read_vtt(text: str, *, given: Iterable[str] = (), file: str | None = None) -> Reading:
    """Read WebVTT captions.

    Parameters
    ----------
    text : str
        Decoded file.
    given : iterable of str, optional
        Speakers named by the caller.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        A row for each speaker of a caption; `Row.row` counts captions from 0. The session is named in files written by
        reflectkit only.

    Raises
    ------
    TranscriptError
        If the header is missing, a caption has no times, or nobody is named.
    """
    cues, asides = vtt_cues(text, file)
    own = header_in_note(asides[0]) if asides else None
    skipped = len(asides) - (own is not None)
    notes = [Note("skipped", "comment, style or region blocks were left out.", count=skipped)] if skipped else []
    if own is not None:
        rows = [_own_row(number, cue) for number, cue in enumerate(cues)]
        return Reading(rows, notes, own.session, own.rows_are_units)
    return _reading(cues, given, file, notes)


def read_srt(text: str, *, given: Iterable[str] = (), file: str | None = None) -> Reading:
    """Read SRT captions.

    Parameters
    ----------
    text : str
        Decoded file.
    given : iterable of str, optional
        Speakers named by the caller.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        As for `read_vtt`.

    Raises
    ------
    TranscriptError
        If a caption has no times or nobody is named.
    """
    return _reading(timed_cues(text, file), given, file)


def read_sbv(text: str, *, given: Iterable[str] = (), file: str | None = None) -> Reading:
    """Read SBV captions, as YouTube exports them.

    Parameters
    ----------
    text : str
        Decoded file.
    given : iterable of str, optional
        Speakers named by the caller.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        As for `read_vtt`.

    Raises
    ------
    TranscriptError
        If a caption has no times or nobody is named.
    """
    return _reading(timed_cues(text, file, comma=True), given, file)


def _own_row(number: int, cue: Cue) -> Row:
    """Read a caption that reflectkit wrote: one row, with its line breaks."""
    match = _OWN_VOICE.match(cue.payload)
    role, speaker, words = (match[1] or "", match[2], cue.payload[match.end() :]) if match else ("", "", cue.payload)
    return Row(
        number,
        unescape(html.unescape(speaker)),
        unescape(html.unescape(words.removesuffix("</v>"))),
        None if "no-start" in cue.name else cue.start_s,
        None if "no-end" in cue.name else cue.end_s,
        role,
    )


def _voices(cue: Cue) -> list[tuple[str, str, float | None]]:
    """Cut a caption at its voice tags into speaker, words and start; the speaker is "" before the first tag."""
    parts = _VOICE.split(cue.payload)
    words = clean(parts[0])
    spoken = [("", words, cue.start_s)] if words or len(parts) == 1 else []
    now = _time_after(parts[0], cue.start_s)
    for name, said in zip(parts[2::3], parts[3::3], strict=True):
        spoken.append((clean(name), clean(said), now))
        now = _time_after(said, now)
    return spoken


def _time_after(text: str, now: float | None) -> float | None:
    """Return the last time inside a piece of a caption, or `now` if there is none."""
    times = WORD_TIME.findall(text)
    return stamp(times[-1]) if times else now


def _labelled(cue: Cue, labels: frozenset[str]) -> list[tuple[str, str, float | None]]:
    """Cut a caption without voice tags at lines that begin with a speaker, a dash for each of two, or ``>>``."""
    lines = [piece for line in cue.payload.split("\n") for piece in _at_changes(line)]
    dashes = sum(_DASH.match(clean(line)) is not None for line in lines) > 1
    parts: list[tuple[str, list[str], float | None]] = [("", [], cue.start_s)]
    unknown = 0
    now = cue.start_s
    for line in lines:
        words = clean(line)
        found = _label(words)
        if found is not None and found.label in labels:
            parts.append((found.label, [found.rest], now))
        elif words.startswith(">>") or (dashes and _DASH.match(words)):
            unknown = unknown % 2 + 1
            parts.append((f"{UNKNOWN} {unknown}", [words.lstrip(">-–— ")], now))
        else:
            parts[-1][1].append(words)
        now = _time_after(line, now)
    spoken = [(speaker, " ".join(filter(None, words)), start) for speaker, words, start in parts]
    return [part for part in spoken if part[0] or part[1]] or [("", "", cue.start_s)]


def _at_changes(line: str) -> list[str]:
    """Cut a line before every ``>>``."""
    pieces = _CHANGE.split(line)
    return pieces[:1] + [sign + words for sign, words in zip(pieces[1::2], pieces[2::2], strict=True)]


def _label(words: str) -> Labelled | None:
    """Find a label in a caption's line. A clock before it is no part of it: captions have their own times."""
    found = split_label(words)
    return None if found is not None and found.start_s is not None and words[:1].isdigit() else found


def _reading(cues: list[Cue], given: Iterable[str], file: str | None, notes: Iterable[Note] = ()) -> Reading:
    notes = list(notes)
    if broken := [cue for cue in cues if cue.start_s is None]:
        message = "captions whose times cannot be read or run backwards are kept without times."
        notes.append(Note("mended", message, line=broken[0].line, count=len(broken)))
    cues, dropped = unroll(cues)
    if dropped:
        notes.append(
            Note("mended", "lines of rolling captions that had been shown before were left out.", count=dropped)
        )
    voiced = any(_VOICE.search(cue.payload) for cue in cues)
    labels: frozenset[str] = frozenset()
    if not voiced:
        lines = (clean(part) for cue in cues for line in cue.payload.split("\n") for part in _at_changes(line))
        labels = speakers_among(Counter(found.label for line in lines if (found := _label(line)) is not None), given)
    rows: list[Row] = []
    counts: Counter[str] = Counter()
    for number, cue in enumerate(cues):
        spoken = _voices(cue) if voiced else _labelled(cue, labels)
        for place, (name, words, start_s) in enumerate(spoken):
            speaker = name
            if not speaker and not rows and count_words(words) == 0:
                counts["unnamed"] += 1
                continue
            if not speaker and not rows and not (voiced or labels):
                raise TranscriptError(
                    "the first caption names no speaker.",
                    "Export the captions with speakers (as '<v Name>' or 'Name: …'), or write them in before the words.",
                    file=file,
                    line=cue.line,
                )
            if not speaker:
                counts["carried" if rows else "before"] += 1
                speaker = rows[-1].speaker if rows else UNKNOWN
            counts["unknown"] += speaker.startswith(UNKNOWN) and speaker == name
            end_s = cue.end_s
            if place + 1 < len(spoken) and spoken[place + 1][2] != cue.start_s:
                end_s = spoken[place + 1][2]
            rows.append(Row(number, speaker, words, start_s, end_s))
    if rows and not voiced and not labels:
        raise TranscriptError(
            "the captions mark where the speaker changes, and not who speaks.",
            "Write the speakers in before their words, as 'Name: …'.",
            file=file,
        )
    return Reading([_forwards(row) for row in rows], notes + _told(counts), units=False)


def _forwards(row: Row) -> Row:
    """Leave a time inside a caption out if it lies outside the caption."""
    backwards = row.start_s is not None and row.end_s is not None and row.end_s < row.start_s
    return replace(row, start_s=None, end_s=None) if backwards else row


def _told(counts: Counter[str]) -> list[Note]:
    messages = {
        "unnamed": ("skipped", "captions without words before the first speaker were left out."),
        "before": ("guessed", "captions before the first named speaker were given to an unknown speaker."),
        "carried": ("mended", "captions without a speaker were given to the speaker before."),
        "unknown": (
            "guessed",
            "changes of speaker without a name (dashes or >>) were taken for turns of unknown speakers.",
        ),
    }
    return [Note(*message, count=counts[key]) for key, message in messages.items() if counts[key]]
