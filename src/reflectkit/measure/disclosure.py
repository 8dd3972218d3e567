"""Directive-disclosure: the worker's own story used to steer the client.

A first, plain method over coded utterances. Within a *volley* (the worker's talk, which a client's listening sound does
not end) a disclosure and a directive at most `NEAR` utterances apart belong together. The stretch runs from the first
to the last linked utterance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reflectkit.codebook import Behaviour, Role, Subtype
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript, TurnSpan, count_words

NEAR = 2
"""Utterances from a story to the directive it supports: 1 is the next one; farther off they are mostly about something else."""

_LISTENING = re.compile(
    r"(?:mm+|mhm+|mm-?hm+|uh-?huh|hm+|aha|ah+|oh|yeah+|yea|yep|yes|aye|right|ok|okay|sure|i see|no|wow|true|really|got it|k)"
    r"(?:[\s,.!?…-]+(?:mm+|mhm+|mm-?hm+|uh-?huh|hm+|ah+|oh|yeah+|yep|yes|aye|right|ok|okay|sure|no))*[\s,.!?…-]*",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:what|how) did (?:you|u)\b|what (?:helped|worked|got) (?:you|for you)|did (?:you|that) (?:ever|work)|what would you do|"
    r"any (?:advice|tips|ideas)|how (?:d'you|do you|did you) (?:manage|cope|stop|get)|tell me what (?:you|to do)",
    re.IGNORECASE,
)
_MAY_I = re.compile(
    r"\b(?:can|could|may|shall|is it (?:ok|okay|alright)|would it (?:be (?:ok|okay|alright|all right)|help)|mind if|"
    r"would you (?:like|want)|do you want|want me)\b.{0,60}"
    r"\b(?:tell|share|say|hear|suggest|offer|what (?:i did|helped me|worked for me)|idea|advice|story)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yea|ya|aye|sure|ok|okay|please|go on|go ahead|of course|alright|all right|course|if you (?:want|like)|fine)\b",
    re.IGNORECASE,
)
_ADDRESSED = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION, Behaviour.REFLECTION, Behaviour.VALIDATION)


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
    >>> is_listening_sound("Mm. Yeah"), is_listening_sound("Yeah but how?"), is_listening_sound("[nods]")
    (True, False, True)
    """
    return count_words(text) == 0 or _LISTENING.fullmatch(text.strip()) is not None


def volleys(transcript: Transcript, coded: Sequence[CodedUtterance]) -> list[list[CodedUtterance]]:
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
    groups: list[list[CodedUtterance]] = []
    by_turn: dict[int, list[CodedUtterance]] = {}
    for c in coded:
        by_turn.setdefault(c.utterance.turn, []).append(c)
    fresh = True
    for turn in transcript.turns:
        if turn.role is Role.WORKER:
            if turn.index in by_turn:
                if fresh or not groups:
                    groups.append([])
                groups[-1] += by_turn[turn.index]
                fresh = False
        elif not is_listening_sound(turn.text):
            fresh = True
    return groups


def find_disclosures(transcript: Transcript, coded: Sequence[CodedUtterance]) -> tuple[DirectiveDisclosure, ...]:
    """Find the stretches in which the worker's own story steers the client.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.

    Returns
    -------
    tuple of DirectiveDisclosure
        In order, not overlapping.
    """
    return tuple(found for volley in volleys(transcript, coded) for found in _in_volley(transcript, volley))


def _in_volley(transcript: Transcript, volley: list[CodedUtterance]) -> list[DirectiveDisclosure]:
    story = [i for i, c in enumerate(volley) if c.has(Behaviour.SELF_DISCLOSURE)]
    steer = [i for i, c in enumerate(volley) if c.has(Behaviour.DIRECTIVE)]
    linked = sorted({i for s in story for d in steer if abs(s - d) <= NEAR for i in (s, d)})
    stretches: list[list[int]] = []
    for i in linked:
        if stretches and i - stretches[-1][-1] <= NEAR:
            stretches[-1].append(i)
        else:
            stretches.append([i])
    found = []
    for stretch in stretches:
        # The story's own sentences between and before the linked ones belong to it.
        first = stretch[0]
        while first > 0 and first - 1 in story and first in story:
            first -= 1
        members = volley[first : stretch[-1] + 1]
        found.append(_disclosure(transcript, members, volley[stretch[-1] + 1 :], volley[max(0, first - 3) : first]))
    return found


def _disclosure(
    transcript: Transcript, members: list[CodedUtterance], later: list[CodedUtterance], earlier: list[CodedUtterance]
) -> DirectiveDisclosure:
    last = members[-1].utterance
    story = tuple(_span(c) for c in members if c.has(Behaviour.SELF_DISCLOSURE))
    steering = tuple(_span(c) for c in members if c.has(Behaviour.DIRECTIVE))
    return DirectiveDisclosure(
        turns=tuple(dict.fromkeys(c.utterance.turn for c in members)),
        rows=tuple(dict.fromkeys(c.utterance.row for c in members)),
        subtype=Subtype.WITH_PERMISSION if _permitted(transcript, members[0], earlier) else Subtype.STEER,
        story=story,
        steering=steering,
        returns_focus=any(c.has(*_ADDRESSED) and c.utterance.turn == last.turn for c in later),
    )


def _permitted(transcript: Transcript, first: CodedUtterance, earlier: list[CodedUtterance]) -> bool:
    turn = first.utterance.turn
    client = next((t for t in reversed(transcript.turns[:turn]) if t.role is Role.CLIENT), None)
    if client is not None and _ASKED.search(client.text):
        return True
    asked_before = next((t for t in reversed(transcript.turns[:turn]) if t.role is Role.WORKER), None)
    return (
        client is not None
        and asked_before is not None
        and _MAY_I.search(asked_before.text[-200:]) is not None
        and _YES.match(client.text) is not None
        and not any(c.has(Behaviour.DIRECTIVE) for c in earlier)
    )


def _span(coded: CodedUtterance) -> TurnSpan:
    return TurnSpan(coded.utterance.turn, coded.utterance.start, coded.utterance.end)
