"""The timeline as a page draws it: strips of equal length, with rectangles in lanes and signs above them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reflectkit.codebook import Flag, Role
from reflectkit.report.exchanges import clock, steered_utterances, utterance_places
from reflectkit.report.palette import LETTERS
from reflectkit.report.timeline import Block, Timeline, lay_out, segments

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.values import CodedUtterance

_LETTER_ROOM = 0.036  # share of a strip a block needs for its letter: eleven of three hundred pixels

NARROWEST = 0.005
"""Share of a strip that the narrowest rectangle takes; the page's style draws it, so that a long session's page stays small."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of the timeline.

    Attributes
    ----------
    letter : str
        Letter of the behaviour, ``"c"`` for the client, ``"o"`` for others.
    target : str
        Where its words stand on the page: ``u12`` or ``t5``.
    x, width : str
        In per cent of the segment; width ``""`` for the narrowest.
    letter_at : str
        Place of the letter in per cent, ``""`` if there is no room for it.
    """

    letter: str
    target: str
    x: str
    width: str
    letter_at: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign above the lanes.

    Attributes
    ----------
    kind : str
        ``"steered"`` (the worker's own story steers) or ``"safety"``.
    target : str
        Where its words stand on the page.
    x, width : str
        In per cent of the segment.
    first : bool
        True where what it stands for begins.
    """

    kind: str
    target: str
    x: str
    width: str
    first: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """A piece of the timeline.

    Attributes
    ----------
    label : str
        Where it begins.
    marks : tuple of Mark
        Rectangles in the order of talk.
    signs : tuple of Sign
        Above the lanes.
    """

    label: str
    marks: tuple[Mark, ...]
    signs: tuple[Sign, ...]


def strips(analysis: Analysis) -> tuple[Timeline, list[Strip]]:
    """Draw the timeline.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    Timeline
        The session on a line.
    list of Strip
        Its pieces.
    """
    line = lay_out(analysis.transcript, analysis.coded)
    signs = _signs(analysis)
    begun: set[tuple[str, str]] = set()  # a passage that goes on in the next strip begins in one of them
    found = []
    for segment in segments(line):
        label = clock(line.origin + segment.start) if line.unit == "seconds" else f"word {segment.start:,.0f}"
        marks = [m for block in segment.blocks for m in _marks(block, analysis.coded)]
        own = []
        for b in segment.blocks:
            for kind, first in signs.get(_target(b), ()):
                starts = first and (kind, _target(b)) not in begun
                begun.add((kind, _target(b)))
                own.append(Sign(kind, _target(b), _percent(b.start), _percent(_width(b)), first=starts))
        found.append(Strip(label, tuple(marks), tuple(own)))
    return line, found


def _marks(block: Block, coded: tuple[CodedUtterance, ...]) -> Iterator[Mark]:
    x, width = _percent(block.start), _percent(_width(block)) if _width(block) > NARROWEST else ""
    if block.utterance is None:
        yield Mark("c" if block.role is Role.CLIENT else "o", _target(block), x, width)
        return
    middle = _percent((block.start + block.end) / 2) if _width(block) >= _LETTER_ROOM else ""
    for b in coded[block.utterance].behaviours:
        yield Mark(LETTERS[b], _target(block), x, width, middle)


def _signs(analysis: Analysis) -> Mapping[str, list[tuple[str, bool]]]:
    """Kinds of sign by target; True where the sign begins."""
    found: dict[str, list[tuple[str, bool]]] = {}
    places = utterance_places(analysis)
    for i, (_, first) in steered_utterances(analysis).items():
        found.setdefault(f"u{i}", []).append(("steered", first))
    for passage in analysis.flagged:
        if passage.flag is Flag.SAFETY:
            target = f"t{passage.turn}"
            if passage.role is Role.WORKER:
                target = f"u{places[passage.turn, passage.start]}"
            found.setdefault(target, []).append(("safety", True))
    return found


def _target(block: Block) -> str:
    return f"t{block.turn}" if block.utterance is None else f"u{block.utterance}"


def _width(block: Block) -> float:
    return max(block.end - block.start, NARROWEST)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0").removeprefix("0") or "0"
