"""Volleys: what a worker says until the client takes the floor, and the sounds that do not take it.

A client's listening sound ("mm", "yeah, okay") does not end a volley, unless it answers a closed question (MITI 4.2.1,
Moyers et al. 2014, counts by volley in this sense).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from reflectkit.codebook import Behaviour, Role
from reflectkit.values import CodedUtterance, Transcript, Turn, blank_events, count_words

# Atomic and possessive: "mm mm mm … what" could else be shared out among the sounds in exponentially many ways.
_SOUND = (
    r"(?>(?:m++(?:h(?:m++)?|-hm++)?|uh[ -]?huh|hm++|aha|a++h++|oh|ooh|wow|yeah+|yea|yep|yup|yes|aye|right|ok|okay|k++|sure|i see|true|"
    r"really|got it|gotcha|(?:ha)++h?|lol|of course|exactly)(?![^\s,.!?…-]))"
)
_LISTENING = re.compile(rf"{_SOUND}(?:[\s,.!?…-]++{_SOUND})*+[\s,.!?…-]*+", re.IGNORECASE)
_WORDLIKE = re.compile(r"[^\W_]")
_ANSWER = re.compile(r"\W*(?:yes|yeah|yea|yep|yup|aye|sure|true|right|ok|okay|k|of course|exactly)\b", re.IGNORECASE)


Volleys: TypeAlias = list[list[CodedUtterance]]


def is_listening_sound(text: str) -> bool:
    """Tell whether a client's turn only shows that they listen.

    Parameters
    ----------
    text : str
        Text of the turn.

    Returns
    -------
    bool
        True for "mm", "yeah, okay", an event mark alone, or nothing.

    Examples
    --------
    >>> is_listening_sound("Mm. Yeah"), is_listening_sound("Yeah but how?"), is_listening_sound("[nods] uh huh")
    (True, False, True)
    """
    blanked, marks = blank_events(text)
    said = blanked.strip()
    if _LISTENING.fullmatch(said) is not None or _WORDLIKE.search(said) is None:
        return True
    return bool(marks) and count_words(said) == 0  # a mark taken out of brackets can leave another mark


def takes_floor(text: str, *, asked: bool) -> bool:
    """Tell whether a client's turn is more than a sign of listening.

    Parameters
    ----------
    text : str
        Text of the turn.
    asked : bool
        Whether the worker's last utterance was a closed question.

    Returns
    -------
    bool
        True for all but listening sounds, and for a "yes" to a closed question.

    Examples
    --------
    >>> takes_floor("Yeah.", asked=False), takes_floor("Yeah.", asked=True), takes_floor("Mm.", asked=True)
    (False, True, False)
    """
    return not is_listening_sound(text) or (asked and _ANSWER.match(text) is not None)


def says_something(coded: CodedUtterance) -> bool:
    """Tell whether a worker's utterance is more than a listening sound.

    Parameters
    ----------
    coded : CodedUtterance
        The utterance with its behaviours.

    Returns
    -------
    bool
        False for "mm", "right" and the like, coded `other`.
    """
    return coded.behaviours != (Behaviour.OTHER,) or not is_listening_sound(coded.utterance.text)


def volleys(transcript: Transcript, coded: Sequence[CodedUtterance]) -> Volleys:
    """Group utterances into volleys: worker's talk that only listening sounds of the client interrupt.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its utterances, in order.

    Returns
    -------
    list of list of CodedUtterance
        In order; none is empty.
    """
    groups: Volleys = []
    by_turn: dict[int, list[CodedUtterance]] = {}
    for c in coded:
        by_turn.setdefault(c.utterance.turn, []).append(c)
    fresh, talking, asked = True, "", False
    for turn in transcript.turns:
        if turn.role is Role.WORKER:
            if turn.index not in by_turn:
                continue
            if fresh or turn.speaker != talking:
                groups.append([])
            groups[-1] += by_turn[turn.index]
            fresh, talking = False, turn.speaker
            asked = by_turn[turn.index][-1].has(Behaviour.CLOSED_QUESTION)
        elif takes_floor(turn.text, asked=asked):
            fresh = True
    return groups


def client_turns(transcript: Transcript, groups: Volleys) -> list[Turn]:
    """Return the client's turns that take the floor.

    Parameters
    ----------
    transcript : Transcript
        The session.
    groups : list of list of CodedUtterance
        Its volleys.

    Returns
    -------
    list of Turn
        In order, listening sounds left out.
    """
    asks = {c.utterance.turn: c.has(Behaviour.CLOSED_QUESTION) for volley in groups for c in volley}  # the last one's
    found, asked = [], False
    for turn in transcript.turns:
        asked = asks.get(turn.index, asked)
        if turn.role is Role.CLIENT and takes_floor(turn.text, asked=asked):
            found.append(turn)
            asked = False
    return found
