"""Talk: who says how much, when, in what stretches. Everything here is counted, nothing estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from reflectkit.codebook import Role
from reflectkit.measure.volleys import is_listening_sound
from reflectkit.values import Transcript, Turn, count_words

LECTURE_WORDS = 75
"""Words of a stretch from which it counts as a lecture: half a minute at 150 words a minute, the pace of easy talk, in which
the client has said nothing but "mm"."""

WINDOW_TURNS = 20
"""Turns of a sliding window: about ten exchanges, enough for a share of words to be steady."""

THIRDS = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Turns in which one side holds the floor.

    Attributes
    ----------
    turns : tuple of Turn
        Its turns with words, in order.
    """

    turns: tuple[Turn, ...]

    @property
    def words(self) -> int:
        """Words of that side, at least 1."""
        return sum(t.words for t in self.turns)


def talk_counts(transcript: Transcript, answers: frozenset[int] = frozenset()) -> dict[str, Any]:
    """Count a session's talk.

    Parameters
    ----------
    transcript : Transcript
        The session.
    answers : frozenset of int, optional
        Turns of the client that take the floor though they may sound like listening: a "yes" to a closed question.

    Returns
    -------
    dict of str to int, float, tuple or None
        The fields of `Balance` that need no codes.
    """
    turns = {role: [t for t in transcript.turns if t.role is role] for role in Role}
    worker, client = turns[Role.WORKER], turns[Role.CLIENT]
    long_worker, long_client = (list(stretches(transcript, role, answers)) for role in (Role.WORKER, Role.CLIENT))
    thirds = words_by_third(transcript)
    return {
        "worker_words": sum(t.words for t in worker),
        "client_words": sum(t.words for t in client),
        "worker_turns": len(worker),
        "client_turns": len(client),
        "worker_seconds": _seconds(transcript, worker),
        "client_seconds": _seconds(transcript, client),
        "session_seconds": _length(transcript),
        "longest_worker_turn_words": max((t.words for t in worker), default=0),
        "longest_client_turn_words": max((t.words for t in client), default=0),
        "longest_worker_stretch_words": max((s.words for s in long_worker), default=0),
        "longest_client_stretch_words": max((s.words for s in long_client), default=0),
        "lecture_words": sum(s.words for s in long_worker if s.words >= LECTURE_WORDS),
        "worker_listening_sounds": sum(t.words > 0 and is_listening_sound(t.text) for t in worker),
        "client_listening_sounds": sum(
            t.words > 0 and is_listening_sound(t.text) and t.index not in answers for t in client
        ),
        "worker_third_words": tuple(w for w, _ in thirds),
        "client_third_words": tuple(c for _, c in thirds),
        **_timing(transcript),
    }


def stretches(transcript: Transcript, role: Role, answers: frozenset[int] = frozenset()) -> Iterator[Stretch]:
    """Yield the words of each stretch in which one side holds the floor: others' listening sounds do not end it.

    Parameters
    ----------
    transcript : Transcript
        The session.
    role : Role
        Whose stretches.
    answers : frozenset of int, optional
        As for `talk_counts`.

    Yields
    ------
    Stretch
        In order; each has at least one word.
    """
    held: list[Turn] = []
    for turn in transcript.turns:
        if turn.role is role:
            held += [turn] if turn.words else []
        elif held and (turn.index in answers or not is_listening_sound(turn.text)):
            yield Stretch(tuple(held))
            held = []
    if held:
        yield Stretch(tuple(held))


def words_by_third(transcript: Transcript) -> list[tuple[int, int]]:
    """Count worker's and client's words in each third of a session's words.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    list of (int, int)
        Three pairs; a turn that crosses a border is split there.
    """
    spoken = [(t.role, t.words) for t in transcript.turns if t.role is not Role.OTHER]
    total = sum(n for _, n in spoken)
    borders = [total * k // THIRDS for k in range(THIRDS + 1)]
    counts = [[0, 0] for _ in range(THIRDS)]
    at = 0
    for role, n in spoken:
        for k, (low, high) in enumerate(pairwise(borders)):
            counts[k][role is Role.CLIENT] += max(0, min(at + n, high) - max(at, low))
        at += n
    return [(w, c) for w, c in counts]


def windows(transcript: Transcript, turns: int = WINDOW_TURNS) -> list[tuple[int, int, int, int]]:
    """Count words in sliding windows.

    Parameters
    ----------
    transcript : Transcript
        The session.
    turns : int, optional
        Turns of worker and client in a window, at least 1; windows move by half of that.

    Returns
    -------
    list of (int, int, int, int)
        First and last turn (0-based), worker's words, client's words; one window if the session is shorter.
    """
    spoken = [t for t in transcript.turns if t.role is not Role.OTHER]
    step = max(1, turns // 2)
    found = []
    for first in range(0, max(1, len(spoken) - turns + step), step):
        own = spoken[first : first + turns]
        if own:
            sides = (sum(t.words for t in own if t.role is role) for role in (Role.WORKER, Role.CLIENT))
            found.append((own[0].index, own[-1].index, *sides))
    return found  # type: ignore[return-value]


def _seconds(transcript: Transcript, turns: list[Turn]) -> float | None:
    if not transcript.has_times:
        return None
    pieces = [
        p
        for t in turns
        if t.words
        for p in t.pieces
        if len(t.pieces) == 1 or count_words(t.text[p.start : p.end])  # an event mark alone is no talk
    ]
    if any(p.start_s is None or p.end_s is None for p in pieces):
        return None
    return round(sum(max(0.0, (p.end_s or 0.0) - (p.start_s or 0.0)) for p in pieces), 3)


def _length(transcript: Transcript) -> float | None:
    if not transcript.has_times:
        return None
    spoken = [t for t in transcript.turns if t.words]
    first, last = min(t.start_s or 0.0 for t in spoken), max(t.end_s or 0.0 for t in spoken)
    return round(max(0.0, last - first), 3)


def _timing(transcript: Transcript) -> dict[str, Any]:
    """Silence before the worker answers the client, and overlaps of both."""
    if not transcript.has_times:
        return {"responses_timed": 0, "response_gap_seconds": None, "overlaps": None}
    spoken = [t for t in transcript.turns if t.words and t.role is not Role.OTHER]
    until = accumulate((t.end_s or 0.0 for t in spoken), max)  # the one before may end within the one before it
    gaps = [
        (b.start_s or 0.0) - end
        for (a, b), end in zip(pairwise(spoken), until, strict=False)
        if (a.role, b.role) == (Role.CLIENT, Role.WORKER) and not is_listening_sound(a.text)
    ]
    overlaps = sum((b.start_s or 0.0) < (a.end_s or 0.0) for a, b in pairwise(spoken) if a.role is not b.role)
    return {
        "responses_timed": len(gaps),
        "response_gap_seconds": round(sum(max(0.0, g) for g in gaps), 3),
        "overlaps": overlaps,
    }
