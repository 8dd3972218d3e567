"""Which words of a transcript a page shows: all, masked, or none."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from reflectkit.values import Transcript

Runs: TypeAlias = "tuple[tuple[str, str], ...]"
"""Words in order, each stretch with the name of its mark, ``""`` where there is none."""

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z_]*\d*\]")


@dataclass(frozen=True, slots=True, repr=False)
class ShownTurn:
    """The words of a turn as a page may show them.

    Attributes
    ----------
    text : str
        The words.
    anchors : tuple of (int, int)
        Offsets into the turn's own text and into `text` that belong together, in order; between two anchors the text
        is the same or a placeholder stands for it.
    """

    text: str
    anchors: tuple[tuple[int, int], ...] = ((0, 0),)

    def at(self, offset: int) -> int:
        """Translate an offset.

        Parameters
        ----------
        offset : int
            Into the turn's own text.

        Returns
        -------
        int
            Into `text`; the end of the placeholder for an offset within what it stands for.
        """
        i = bisect_right(self.anchors, offset, key=lambda anchor: anchor[0]) - 1
        own, here = self.anchors[i]
        own_next, here_next = self.anchors[i + 1] if i + 1 < len(self.anchors) else (len(self.text), len(self.text))
        if offset > own and own_next - own != here_next - here and i + 1 < len(self.anchors):
            return here_next
        return min(here + offset - own, here_next)

    def runs(self, start: int, end: int, marks: Iterable[tuple[int, int, str]] = ()) -> Runs:
        """Cut words into marked and unmarked stretches.

        Parameters
        ----------
        start, end : int
            Offsets into the turn's own text.
        marks : iterable of (int, int, str)
            Start, end and name of what is to be marked; where two overlap the first one holds.

        Returns
        -------
        tuple of (str, str)
            Words and name of the mark.

        Examples
        --------
        >>> ShownTurn("So you left.").runs(0, 12, [(3, 6, "R")])
        (('So ', ''), ('you', 'R'), (' left.', ''))
        """
        first, last = self.at(start), self.at(end)
        names = [""] * (last - first)
        for mark_start, mark_end, name in marks:
            for i in range(max(first, self.at(mark_start)) - first, min(last, self.at(mark_end)) - first):
                names[i] = names[i] or name
        found, i = [], 0
        while i < len(names):
            j = i
            while j < len(names) and names[j] == names[i]:
                j += 1
            found.append((self.text[first + i : first + j], names[i]))
            i = j
        return tuple(found)


def shown_turns(transcript: Transcript, shown: Transcript | None) -> Mapping[int, ShownTurn]:
    """Say what a page shows of each turn.

    Parameters
    ----------
    transcript : Transcript
        The session as analysed.
    shown : Transcript or None
        The same, or the same with words masked by placeholders such as ``[NAME_1]``; `None` to show no words.

    Returns
    -------
    mapping of int to ShownTurn
        By 0-based turn; empty if no words are shown.
    """
    if shown is None:
        return {}
    if shown is transcript:
        return {t.index: ShownTurn(t.text) for t in transcript.turns}
    pairs = zip(transcript.turns, shown.turns, strict=True)
    return {t.index: ShownTurn(s.text, _anchors(t.text, s.text)) for t, s in pairs}


def _anchors(own: str, masked: str) -> tuple[tuple[int, int], ...]:
    """Find which stretches of a masked text stand where they stood: what lies between placeholders is unchanged."""
    anchors, at, last = [(0, 0)], 0, 0
    for m in [*_PLACEHOLDER.finditer(masked), None]:
        end = len(masked) if m is None else m.start()
        same = masked[last:end]
        found = (own.rfind(same) if m is None else own.find(same, at)) if same else (len(own) if m is None else at)
        if found < at:
            break  # not a masking of this text: offsets past here point at its end
        anchors.append((found, last))
        at, last = found + len(same), end if m is None else m.end()
        anchors.append((at, end))
    return tuple(sorted(set(anchors)))
