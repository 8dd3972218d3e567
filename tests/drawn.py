"""Sessions and codes drawn by hand."""

from __future__ import annotations

from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.segment import segment
from reflectkit.values import CodedUtterance, Transcript, Utterance


def code(transcript: Transcript, codes: dict[str, str]) -> tuple[CodedUtterance, ...]:
    """Code a transcript by hand: text of an utterance to its behaviours, joined by ``+``."""
    coded = []
    for u in segment(transcript):
        behaviours = tuple(Behaviour(name) for name in codes[u.text].split("+"))
        coded.append(CodedUtterance(u, behaviours, tuple(float(b in behaviours) for b in BEHAVIOURS)))
    return tuple(coded)


def utterance(text: str, heard: str = "", before: str = "") -> Utterance:
    return Utterance(0, 0, 0, len(text), text, "worker", heard, before)
