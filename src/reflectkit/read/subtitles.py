"""WebVTT and SRT captions, with their speakers: Teams writes ``<v Name>``, Zoom ``Name: words``."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from reflectkit.errors import TranscriptError
from reflectkit.read.labels import speakers_among, split_label
from reflectkit.read.times import CLOCK, seconds
from reflectkit.values import Note, Row, count_words

_TIMES = re.compile(rf"^\s*({CLOCK})\s*-->\s*({CLOCK})(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^ \t>]*)?[ \t]+([^>]{1,200})>")
_TAG = re.compile(
    r"</?(?:[cbiuv]|ruby|rt|lang|font)(?:[. \t][^<>]{0,200})?>|<\d{1,3}:[\d:.]{1,12}>|\{\\an?\d\}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Cue:
    line: int
    start_s: float
    end_s: float
    payload: str


def read_vtt(text: str, *, given: Iterable[str] = (), file: str | None = None) -> tuple[list[Row], list[Note]]:
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
    rows : list of Row
        One a cue and speaker; `Row.row` counts cues from 0.
    notes : list of Note
        Blocks skipped and speakers carried over.

    Raises
    ------
    TranscriptError
        If the header is missing, a cue has no times, or nobody is named.
    """
    blocks = _blocks(text, blank_is_empty=True)
    if not blocks or not blocks[0][1][0].startswith("WEBVTT"):
        raise TranscriptError(
            "the first line is not WEBVTT.", "Give format= if this is another format.", file=file, line=1
        )
    header_line, header = blocks[0]
    skipped = 0
    cues = [(header_line, header)] if any("-->" in line for line in header) else []
    for line, block in blocks[1:]:
        if re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", block[0]) and "-->" not in block[0]:
            skipped += 1
        else:
            cues.append((line, block))
    notes = [Note("skipped", "comment, style or region blocks were left out.", count=skipped)] if skipped else []
    rows, more = _rows([cue for line, block in cues for cue in _cues(line, block, file)], given, file)
    return rows, notes + more


def read_srt(text: str, *, given: Iterable[str] = (), file: str | None = None) -> tuple[list[Row], list[Note]]:
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
    rows, notes
        As for `read_vtt`.

    Raises
    ------
    TranscriptError
        If a caption has no times or nobody is named.
    """
    return _rows([cue for line, block in _blocks(text) for cue in _cues(line, block, file)], given, file)


def _blocks(text: str, *, blank_is_empty: bool = False) -> list[tuple[int, list[str]]]:
    """Cut at blank lines; in WebVTT a line of spaces is not blank (YouTube writes such lines inside captions)."""
    blocks: list[tuple[int, list[str]]] = []
    current: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line if blank_is_empty else line.strip():
            if not current:
                blocks.append((number, current))
            current.append(line)
        elif current:
            current = []
    return blocks


def _cues(line: int, block: list[str], file: str | None) -> list[_Cue]:
    """Read the captions of a block: one, or several where the blank line between them is missing."""
    at = [i for i, text in enumerate(block) if (_TIMES.match(text) if i > 2 else "-->" in text)]
    if not at:
        raise TranscriptError(
            "a caption without times.",
            "Give every caption a line such as 00:00:01.000 --> 00:00:02.500, or read the file as format='text'.",
            file=file,
            line=line,
        )
    cues = []
    for start, end in pairwise([*at, len(block) + 1]):
        match = _TIMES.match(block[start])
        start_s, end_s = (seconds(match[1]), seconds(match[2])) if match else (None, None)
        if start_s is None or end_s is None or end_s < start_s:
            raise TranscriptError(
                "a caption whose times cannot be read.",
                "Write them as 00:00:01.000 --> 00:00:02.500.",
                file=file,
                line=line + start,
            )
        payload = block[start + 1 : end]
        if end < len(block) and payload and payload[-1].strip().isdigit():  # the number of the next caption
            payload.pop()
        cues.append(_Cue(line + start, start_s, end_s, "\n".join(payload)))
    return cues


def _clean(payload: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", payload)).split())


def _voices(payload: str) -> list[tuple[str, str]]:
    """Cut a payload at its voice tags into (speaker, words); the speaker is "" before the first tag."""
    parts = _VOICE.split(payload)
    spoken = [("", _clean(parts[0]))] if _clean(parts[0]) or len(parts) == 1 else []
    return spoken + [(_clean(parts[i]), _clean(parts[i + 1])) for i in range(1, len(parts), 2)]


def _labelled(payload: str, labels: frozenset[str]) -> list[tuple[str, str]]:
    """Cut a payload without voice tags at lines that begin with a speaker."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in payload.split("\n"):
        found = split_label(_clean(line))
        if found is not None and found.label in labels:
            parts.append((found.label, [found.rest]))
        else:
            parts[-1][1].append(_clean(line))
    spoken = [(speaker, " ".join(filter(None, words))) for speaker, words in parts]
    return [part for part in spoken if part[0] or part[1]] or [("", "")]


def _rows(cues: list[_Cue], given: Iterable[str], file: str | None) -> tuple[list[Row], list[Note]]:
    voiced = any(_VOICE.search(cue.payload) for cue in cues)
    lines = (_clean(line) for cue in cues for line in cue.payload.split("\n"))
    candidates = Counter(found.label for line in lines if (found := split_label(line)) is not None)
    labels = frozenset() if voiced else speakers_among(candidates, given)
    rows: list[Row] = []
    carried = unnamed = 0
    for number, cue in enumerate(cues):
        for speaker, words in _voices(cue.payload) if voiced else _labelled(cue.payload, labels):
            if not speaker and not rows:
                if count_words(words) == 0:
                    unnamed += 1
                    continue
                raise TranscriptError(
                    "the first caption names no speaker.",
                    "Export the captions with speakers (as '<v Name>' or 'Name: …').",
                    file=file,
                    line=cue.line,
                )
            carried += not speaker
            rows.append(Row(number, speaker or rows[-1].speaker, words, cue.start_s, cue.end_s))
    notes = []
    if unnamed:
        notes.append(Note("skipped", "captions without words before the first speaker were left out.", count=unnamed))
    if carried:
        notes.append(Note("mended", "captions without a speaker were given to the speaker before.", count=carried))
    return rows, notes
