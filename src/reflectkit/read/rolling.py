"""Rolling captions, as YouTube writes them: two lines on the screen, so that every line comes at least twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reflectkit.read.cues import WORD_TIME, Cue, clean

_LEAST_SHARE = 0.5
"""Share of captions that begin with the last line of the one before from which captions are taken to roll."""

_LEAST_REPEATS = 3
_MOST_LINES = 4
"""More lines are never on the screen at once."""

_FLASH_S = 0.1
_LONGEST_GAP_S = 0.2
"""A line that is still on the screen comes again at once; one said again comes after a pause."""


def unroll(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    r"""Keep each line of rolling captions once, where it is first shown.

    Parameters
    ----------
    cues : sequence of Cue
        All captions, in order.

    Returns
    -------
    cues : list of Cue
        As given if they do not roll; else those with a new line, and only their new lines.
    dropped : int
        Lines left out because they were shown before.

    Examples
    --------
    >>> shown = ["so I", "so I\nwent home", "went home", "went home\nand slept"]
    >>> cues, dropped = unroll([Cue(1, "", n, n + 1.0, text) for n, text in enumerate(shown)])
    >>> [cue.payload for cue in cues], dropped
    (['so I', 'went home', 'and slept'], 3)
    """
    overlaps: list[int] = []
    spoken = repeats = 0
    timed = False
    shown: list[tuple[str, str]] = []
    for before, now in zip([None, *cues], cues, strict=False):
        new = _lines(now)
        overlap = _overlap(shown, new) if before is not None and _follows(before, now) else 0
        if overlap == len(new) == len(shown) and not _flashes(now):
            overlap = 0  # the same again, for as long as words take: said twice
        overlaps.append(overlap)
        spoken, repeats = spoken + bool(new), repeats + (overlap > 0)
        timed = timed or any(WORD_TIME.search(raw) for raw, _ in new)
        shown = new
    if not repeats or (not timed and (repeats < _LEAST_REPEATS or repeats < _LEAST_SHARE * spoken)):
        return list(cues), 0
    kept = []
    for cue, old in zip(cues, overlaps, strict=True):
        if new := _lines(cue)[old:]:
            kept.append(replace(cue, payload="\n".join(raw for raw, _ in new)))
    return kept, sum(overlaps)


def _lines(cue: Cue) -> list[tuple[str, str]]:
    """Return the lines that are not blank, as written and cleaned."""
    return [(raw, words) for raw in cue.payload.split("\n") if (words := clean(raw))]


def _follows(before: Cue, now: Cue) -> bool:
    return now.start_s is None or before.end_s is None or now.start_s - before.end_s <= _LONGEST_GAP_S


def _flashes(cue: Cue) -> bool:
    return cue.start_s is not None and cue.end_s is not None and cue.end_s - cue.start_s <= _FLASH_S


def _overlap(before: list[tuple[str, str]], now: list[tuple[str, str]]) -> int:
    """Count the lines at the head of `now` that ended `before`; a line with times inside is just being said."""
    old = next((i for i, (raw, _) in enumerate(now[:_MOST_LINES]) if WORD_TIME.search(raw)), len(now))
    for n in range(min(len(before), old, _MOST_LINES), 0, -1):
        if [words for _, words in before[-n:]] == [words for _, words in now[:n]]:
            return n
    return 0
