"""Where everything that was said stands on a line: in seconds where times are known, else in words.

`lay_out` gives one block a stretch of talk; `segments` cuts the line into pieces of equal length that a page can
set one after the other, as a text is set in lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TypeAlias

from reflectkit.codebook import Role
from reflectkit.values import CodedUtterance, Piece, Transcript, Turn

WORDS_A_SECOND = 2.5
"""Pace of easy talk, for the end of a last row that has only a start."""

LONGEST_STEP = 0.5
"""Share of the session that one row may take on a line of time; past that (a chat left overnight) words are the better measure."""

_SIZES = {
    "seconds": (30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0),
    "words": (100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 1000.0),
}
_MOST_SEGMENTS = 30
_GOES_BACK = 30.0  # talk over each other makes starts go back by seconds; a clock that begins again by more

_Place: TypeAlias = "Callable[[Turn, int, bool], float]"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of talk on the line.

    Attributes
    ----------
    start, end : float
        In the unit of the line.
    role : Role
        Who talks.
    turn : int
        0-based turn.
    utterance : int or None
        0-based position among the worker's utterances; `None` for a whole turn of somebody else.
    """

    start: float
    end: float
    role: Role
    turn: int
    utterance: int | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A session on a line.

    Attributes
    ----------
    blocks : tuple of Block
        In the order of the transcript.
    length : float
        End of the line; it begins at 0.
    origin : float
        What the clock says at 0.
    unit : str
        ``"seconds"`` or ``"words"``.
    guessed_ends : bool
        True if rows without an end were drawn until the next one starts.
    """

    blocks: tuple[Block, ...]
    length: float
    unit: str
    origin: float = 0.0
    guessed_ends: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the line.

    Attributes
    ----------
    start, end : float
        In the unit of the line.
    blocks : tuple of Block
        What stands in it, cut at its ends, with `start` and `end` as shares of the piece in [0, 1].
    """

    start: float
    end: float
    blocks: tuple[Block, ...]


def lay_out(transcript: Transcript, coded: Sequence[CodedUtterance]) -> Timeline:
    r"""Set a session on a line.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances, in order.

    Returns
    -------
    Timeline
        In seconds if every row with words has a start, the clock does not begin again and no row takes more than half of
        the session; else in words.

    Examples
    --------
    >>> line = lay_out(Transcript.from_text("Worker: You look tired.\nClient: I am."), ())
    >>> line.length, line.unit, line.blocks[-1].start
    (5.0, 'words', 3.0)
    """
    rows = _timed_rows(transcript)
    if rows is not None:
        places, guessed = rows
        origin = min(start for start, _ in places.values())
        length = max(end for _, end in places.values()) - origin

        def place(turn: Turn, offset: int, closing: bool) -> float:
            piece = turn.piece_at(offset - 1 if closing and offset else offset)
            start, end = places.get((turn.index, piece.row), (origin, origin))
            inside = min(1.0, (offset - piece.start) / max(1, piece.end - piece.start))
            return start + inside * (end - start) - origin

        return Timeline(_blocks(transcript, coded, place), length, "seconds", origin, guessed)

    before = [0, *accumulate(t.words for t in transcript.turns)]

    def place_by_words(turn: Turn, offset: int, closing: bool) -> float:
        return before[turn.index] + turn.words * offset / max(1, len(turn.text))

    return Timeline(_blocks(transcript, coded, place_by_words), float(before[-1]), "words")


def segments(line: Timeline) -> tuple[Segment, ...]:
    """Cut a line into pieces of one length.

    Parameters
    ----------
    line : Timeline
        The session on a line.

    Returns
    -------
    tuple of Segment
        At least one and about thirty at most; lengths are round numbers.
    """
    sizes = _SIZES[line.unit]
    size = next((s for s in sizes if line.length / s <= _MOST_SEGMENTS), line.length / _MOST_SEGMENTS)
    count = max(1, -int(-line.length // size))
    inside: list[list[Block]] = [[] for _ in range(count)]
    for block in line.blocks:
        first = min(count - 1, int(block.start // size))
        last = min(count - 1, max(first, -int(-block.end // size) - 1))
        for i in range(first, last + 1):
            start, end = (min(1.0, max(0.0, at / size - i)) for at in (block.start, block.end))
            inside[i].append(replace(block, start=start, end=end))
    return tuple(Segment(i * size, (i + 1) * size, tuple(blocks)) for i, blocks in enumerate(inside))


def _blocks(transcript: Transcript, coded: Sequence[CodedUtterance], place: _Place) -> tuple[Block, ...]:
    by_turn: dict[int, list[int]] = {}
    for i, c in enumerate(coded):
        by_turn.setdefault(c.utterance.turn, []).append(i)
    found = []
    for turn in transcript.turns:
        if turn.role is not Role.WORKER:
            if turn.words:
                start, end = place(turn, 0, False), place(turn, len(turn.text), True)
                found.append(Block(start, max(start, end), turn.role, turn.index))
            continue
        for i in by_turn.get(turn.index, ()):
            u = coded[i].utterance
            start, end = place(turn, u.start, False), place(turn, u.end, True)
            found.append(Block(start, max(start, end), turn.role, turn.index, i))
    return tuple(found)


def _timed_rows(transcript: Transcript) -> tuple[dict[tuple[int, int], tuple[float, float]], bool] | None:
    """Start and end of every row with words, by turn and row; `None` where a line of time cannot be had."""
    rows: list[tuple[Turn, Piece]] = [
        (t, p) for t in transcript.turns for p in t.pieces if t.words and t.text[p.start : p.end].strip()
    ]
    known = [p.start_s for _, p in rows if p.start_s is not None]
    if not rows or len(known) < len(rows) or any(b < a - _GOES_BACK for a, b in pairwise(known)):
        return None
    ordered, places, guessed = sorted(known), {}, False
    for (turn, piece), start in zip(rows, known, strict=True):
        end = piece.end_s
        if end is None:
            guessed, after = True, bisect_right(ordered, start)
            words = len(turn.text[piece.start : piece.end].split())
            end = ordered[after] if after < len(ordered) else start + words / WORDS_A_SECOND
        places[turn.index, piece.row] = (start, max(start, end))
    length = max(end for _, end in places.values()) - ordered[0]
    longest = max(
        *(b - a for a, b in pairwise([*ordered, ordered[-1]])), *(end - start for start, end in places.values())
    )
    return None if not length or (longest > LONGEST_STEP * length and len(rows) > 2) else (places, guessed)
