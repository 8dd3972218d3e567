"""WebVTT and SRT captions, with their speakers: Teams writes ``<v Name>``, Zoom ``Name: words``."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass

from reflectkit.errors import TranscriptError
from reflectkit.read.labels import speakers_among, split_label
from reflectkit.read.times import CLOCK, seconds
from reflectkit.values import Note, Row

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


def read_vtt(text: str, *, file: str | None = None) -> tuple[list[Row], list[Note]]:
    """Read WebVTT captions.

    Parameters
    ----------
    text : str
        Decoded file.
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
    rows, more = _rows([_cue(line, block, file) for line, block in cues], file)
    return rows, notes + more


def read_srt(text: str, *, file: str | None = None) -> tuple[list[Row], list[Note]]:
    """Read SRT captions.

    Parameters
    ----------
    text : str
        Decoded file.
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
    return _rows([_cue(line, block, file) for line, block in _blocks(text)], file)


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


def _cue(line: int, block: list[str], file: str | None) -> _Cue:
    for offset, candidate in enumerate(block[:3]):
        if "-->" not in candidate:
            continue
        match = _TIMES.match(candidate)
        start, end = (seconds(match[1]), seconds(match[2])) if match else (None, None)
        if start is None or end is None or end < start:
            raise TranscriptError(
                "a caption whose times cannot be read.",
                "Write them as 00:00:01.000 --> 00:00:02.500.",
                file=file,
                line=line + offset,
            )
        return _Cue(line, start, end, "\n".join(block[offset + 1 :]))
    raise TranscriptError(
        "a caption without times.",
        "Give every caption a line such as 00:00:01.000 --> 00:00:02.500, or read the file as format='text'.",
        file=file,
        line=line,
    )


def _clean(payload: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", payload)).split())


def _voices(payload: str) -> list[tuple[str, str]]:
    """Cut a payload at its voice tags into (speaker, words); the speaker is "" before the first tag."""
    parts = _VOICE.split(payload)
    spoken = [("", _clean(parts[0]))] if _clean(parts[0]) or len(parts) == 1 else []
    return spoken + [(_clean(parts[i]), _clean(parts[i + 1])) for i in range(1, len(parts), 2)]


def _rows(cues: list[_Cue], file: str | None) -> tuple[list[Row], list[Note]]:
    spoken = [
        (number, cue, speaker, words) for number, cue in enumerate(cues) for speaker, words in _voices(cue.payload)
    ]
    candidates = Counter(
        found.label for _, _, speaker, words in spoken if not speaker and (found := split_label(words)) is not None
    )
    labels = speakers_among(candidates) if not any(speaker for _, _, speaker, _ in spoken) else frozenset()
    rows: list[Row] = []
    carried = 0
    for number, cue, speaker, words in spoken:
        found = split_label(words) if not speaker and labels else None
        if found is not None and found.label in labels:
            speaker, words = found.label, found.rest
        if not speaker:
            if not rows:
                raise TranscriptError(
                    "the first caption names no speaker.",
                    "Export the captions with speakers (as '<v Name>' or 'Name: …').",
                    file=file,
                    line=cue.line,
                )
            speaker = rows[-1].speaker
            carried += 1
        rows.append(Row(number, speaker, words, cue.start_s, cue.end_s))
    notes = (
        [Note("mended", "captions without a speaker were given to the speaker before.", count=carried)]
        if carried
        else []
    )
    return rows, notes
