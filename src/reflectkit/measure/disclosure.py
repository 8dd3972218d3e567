"""Directive-disclosure: the worker's own story used to steer the client.

A first, plain method over coded utterances. Within a *volley* (the worker's talk, which a client's listening sound does
not end) a disclosure and a directive at most `NEAR` utterances apart belong together. The stretch runs from the first
to the last linked utterance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reflectkit.codebook import Behaviour, Role, Subtype
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript, Turn, TurnSpan, blank_events, count_words

NEAR = 2
"""Utterances from a story to the directive it supports: 1 is the next one; farther off they are mostly about something else."""

_SOUND = (
    r"(?:m+h?m*|mm+-?hm+|uh[ -]?huh|hm+|aha|a+h+|oh|ooh|wow|yeah+|yea|yep|yup|yes|aye|right|ok|okay|k+|sure|i see|true|really|"
    r"got it|gotcha|(?:ha)+h?|lol|of course|exactly)"
)
_LISTENING = re.compile(rf"{_SOUND}(?:[\s,.!?…-]+{_SOUND})*[\s,.!?…-]*", re.IGNORECASE)
_ANSWER = re.compile(r"\W*(?:yes|yeah|yep|yup|aye|sure|true|right|of course|exactly)\b", re.IGNORECASE)
_ASKED = re.compile(
    r"(?:what|how) did (?:you|u|ya|ye) (?!get my|know my|find me|hear)\w+|what (?:helped|worked|got) (?:you|for you)|"
    r"what (?:would|should) (?:you|i) do|any (?:advice|tips|ideas)|"
    r"how (?:do|d'|did|have) ?(?:you|u) (?:manage|cope|stop|do it|get through)|"
    r"tell me what (?:you did|to do)|what do i do|how did (?:you|u) do (?:it|that)",
    re.IGNORECASE,
)
_MAY_I = re.compile(
    r"\b(?:(?:can|could|may|shall|mind if|okay if|ok if|alright if|help if) i\b.{0,30}\b(?:tell|share|say|suggest|offer|give)\b"
    r"|(?:would|do) you (?:like|want|mind)\b.{0,40}\b(?:hear|know|me to|my|what (?:i did|helped|worked)|idea|advice)\b"
    r"|(?:want|like) (?:to hear|me to tell|my advice|an idea)\b)",
    re.IGNORECASE,
)
_YES = re.compile(
    r"\W*(?:yes|yeah|yep|yup|yea|ya|aye|sure|ok|okay|please|go on|go ahead|of course|alright|all right|course|if you (?:want|like)|fine)\b",
    re.IGNORECASE,
)
_DECLINES = re.compile(r"\b(?:no|nah|not|don't|dont|rather|but|later|another time|never mind)\b", re.IGNORECASE)
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
    >>> is_listening_sound("Mm. Yeah"), is_listening_sound("Yeah but how?"), is_listening_sound("[nods] uh huh")
    (True, False, True)
    """
    said = blank_events(text)[0].strip()
    return count_words(said) == 0 or _LISTENING.fullmatch(said) is not None


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
        elif not is_listening_sound(turn.text) or (asked and _ANSWER.match(turn.text)):
            fresh = True  # a "yes" to a question is an answer
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
    """Tell whether the client asked for the worker's way or agreed to hear it, listening sounds passed over."""
    if any(c.has(Behaviour.DIRECTIVE) for c in earlier):
        return False
    spoken = (t for t in _backwards(transcript, first.utterance.turn) if t.role is Role.CLIENT)
    reply = next((t for t in spoken if not is_listening_sound(t.text) or _YES.match(t.text)), None)
    if reply is None:
        return False
    if _ASKED.search(reply.text):
        return True
    asking = next((t for t in _backwards(transcript, reply.index) if t.role is Role.WORKER), None)
    return (
        asking is not None
        and _MAY_I.search(asking.text[-200:]) is not None
        and _YES.match(reply.text) is not None
        and _DECLINES.search(reply.text) is None
    )


def _backwards(transcript: Transcript, before: int) -> Iterator[Turn]:
    """Yield the turns before one, the last first: looked at only as far back as needed, however long the session."""
    return (transcript.turns[i] for i in range(before - 1, -1, -1))


def _span(coded: CodedUtterance) -> TurnSpan:
    return TurnSpan(coded.utterance.turn, coded.utterance.start, coded.utterance.end)
