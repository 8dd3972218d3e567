"""The syntax of captions: blocks, times, tags. What is said in them, and by whom, is for `reflectkit.read.subtitles`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise

from reflectkit.errors import TranscriptError

# Wider than the standards: players read short fields, a missing fraction, a third colon and blanks beside the colons.
_STAMP = r"(?:\d{1,10} ?: ?)?\d{1,4} ?: ?\d{1,2}(?: ?[.,:] ?\d{1,9})?"
_ARROW = re.compile(rf"\s*+({_STAMP})\s*+-{{1,3}} ?>{{1,2}}\s*+({_STAMP})(?:\s|$)")
_COMMA = re.compile(rf"\s*+({_STAMP})\s*+,\s*+({_STAMP})\s*+$")
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_BEGUN = re.compile(r"\d[\d:.,f ]{3,}")
WORD_TIME = re.compile(r"<((?:\d{1,10}:)?\d{1,3}:\d{2}[.,]\d{1,9})>")
"""A time inside a caption: that of the word after it."""

_TAG = re.compile(
    r"</?(?:[cbiuvs]|ruby|rt|lang|font)(?:[. \t][^<>]{0,200})?>|<\d{1,10}:[\d:.,]{1,20}>|\{\\[a-zA-Z][^{}\\]{0,40}\}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption.

    Attributes
    ----------
    line : int
        1-based line of its times.
    name : str
        Its identifier, ``""`` if it has none.
    start_s, end_s : float or None
        Times in seconds; `None` where they cannot be read or run backwards.
    payload : str
        Its lines, tags and all.
    """

    line: int
    name: str
    start_s: float | None
    end_s: float | None
    payload: str


def stamp(text: str) -> float | None:
    """Read the time of a caption.

    Parameters
    ----------
    text : str
        Such as ``00:01:02.500``; hours may be missing, and the fraction may stand after a comma or a third colon.

    Returns
    -------
    float or None
        Seconds, to the microsecond; `None` if it is no time.

    Examples
    --------
    >>> stamp("00:01:02,5"), stamp("1:02"), stamp("0:0:1:250"), stamp("soon")
    (62.5, 62.0, 1.25, None)
    """
    parts = text.replace(" ", "").replace(",", ".").split(":")
    if len(parts) == 4:
        parts = [*parts[:2], f"{parts[2]}.{parts[3]}"]
    try:
        total = 0.0
        for part in parts:
            total = total * 60 + float(part)
    except ValueError:
        return None
    return round(total, 6)


def clean(text: str) -> str:
    """Take tags out of a piece of a caption.

    Parameters
    ----------
    text : str
        As it stands in the file.

    Returns
    -------
    str
        Its words, with single blanks between them and entities resolved.
    """
    if "\\" in text:  # blanks and line breaks of other subtitle formats, which tools leave in SRT
        text = text.replace("\\h", " ").replace("\\N", " ")
    if "<" in text or "{" in text:
        text = _TAG.sub("", text)
    return " ".join(html.unescape(text).split())


def vtt_cues(text: str, file: str | None) -> tuple[list[Cue], list[list[str]]]:
    """Read the captions of WebVTT.

    Parameters
    ----------
    text : str
        Decoded file.
    file : str or None
        Name for error messages.

    Returns
    -------
    cues : list of Cue
        In the order of the file.
    asides : list of list of str
        Lines of the comment, style and region blocks.

    Raises
    ------
    TranscriptError
        If the header is missing or a caption has no times.
    """
    found = _blocks(text, blank_is_empty=True)
    if not found or not found[0][1][0].startswith("WEBVTT"):
        raise TranscriptError(
            "the first line is not WEBVTT.", "Give format= if this is another format.", file=file, line=1
        )
    cues: list[Cue] = []
    asides: list[list[str]] = []
    for place, (line, block) in enumerate(found):
        if place == 0:
            timed = next((i for i, text in enumerate(block) if "-->" in text), None)
            if timed is not None:  # the blank line after the header is missing
                cues += _cues_of(line + timed, block[timed:], file)
        elif _ASIDE.match(block[0]) and "-->" not in block[0]:
            asides.append(block)
        elif any(map(str.strip, block)):
            cues += _cues_of(line, block, file)
    return cues, asides


def timed_cues(text: str, file: str | None, *, comma: bool = False) -> list[Cue]:
    """Read the captions of SRT or SBV.

    Parameters
    ----------
    text : str
        Decoded file.
    file : str or None
        Name for error messages.
    comma : bool, optional
        True if a comma stands between the two times, as in SBV.

    Returns
    -------
    list of Cue
        In the order of the file.

    Raises
    ------
    TranscriptError
        If a caption has no times.
    """
    return [cue for line, block in _blocks(text) for cue in _cues_of(line, block, file, comma=comma)]


def _blocks(text: str, *, blank_is_empty: bool = False) -> list[tuple[int, list[str]]]:
    """Cut at blank lines; in WebVTT a line of spaces is not blank (YouTube writes such lines inside captions)."""
    found: list[tuple[int, list[str]]] = []
    current: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line if blank_is_empty else line.strip():
            if not current:
                found.append((number, current))
            current.append(line)
        elif current:
            current = []
    return found


def _cues_of(line: int, block: list[str], file: str | None, *, comma: bool = False) -> list[Cue]:
    """Read the captions of a block: one, or several where the blank line between them is missing."""
    times = _COMMA if comma else _ARROW
    at = [i for i, text in enumerate(block) if times.match(text)]
    broken = [i for i in range(min(2, len(block))) if _meant_as_times(block[i], comma)]
    if broken and (not at or broken[0] < at[0]):
        at = [broken[0], *at]
    if not at:
        raise TranscriptError(
            "a caption without times.",
            f"Give every caption a line such as {'0:00:01.000,0:00:02.500' if comma else '00:00:01.000 --> 00:00:02.500'}, "
            "or read the file as format='text'.",
            file=file,
            line=line,
        )
    cues = []
    name = block[0].strip() if at[0] else ""
    for start, end in pairwise([*at, len(block) + 1]):
        match = times.match(block[start])
        start_s, end_s = (stamp(match[1]), stamp(match[2])) if match else (None, None)
        if start_s is None or end_s is None or end_s < start_s:
            start_s = end_s = None
        payload = block[start + 1 : end]
        later = ""
        if end < len(block) and payload and payload[-1].strip().isdigit():  # the number of the next caption
            later = payload.pop().strip()
        cues.append(Cue(line + start, name, start_s, end_s, "\n".join(payload)))
        name = later
    return cues


def _meant_as_times(line: str, comma: bool) -> bool:
    """Tell whether a line was to hold times: a caption keeps its words even if its times are broken."""
    begun = line.lstrip()[:80]
    if comma:
        return _BEGUN.match(begun) is not None
    return begun[:1] in tuple("0123456789-") and "->" in begun and any(map(str.isdigit, begun))
