"""Directive-disclosure: the worker's own story used to steer the client.

A first, plain method over coded utterances. Within a *volley* (the worker's talk, which a client's listening sound does
not end) a disclosure and a directive at most `NEAR` utterances apart belong together. The stretch runs from the first
to the last linked utterance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reflectkit.codebook import Behaviour, Role, Subtype
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript, TurnSpan, blank_events, count_words

NEAR = 2
"""Utterances from a story to the directive it supports: 1 is the next one; farther off they are mostly about something else."""

# Atomic and possessive: "mm mm mm … what" could else be shared out among the sounds in exponentially many ways.
_SOUND = (
    r"(?>(?:m++(?:h(?:m++)?|-hm++)?|uh[ -]?huh|hm++|aha|a++h++|oh|ooh|wow|yeah+|yea|yep|yup|yes|aye|right|ok|okay|k++|sure|i see|true|"
    r"really|got it|gotcha|(?:ha)++h?|lol|of course|exactly)(?![^\s,.!?…-]))"
)
_LISTENING = re.compile(rf"{_SOUND}(?:[\s,.!?…-]++{_SOUND})*+[\s,.!?…-]*+", re.IGNORECASE)
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
    permissions = _Permissions(transcript)
    return tuple(found for volley in volleys(transcript, coded) for found in _in_volley(permissions, volley))


def _in_volley(permissions: _Permissions, volley: list[CodedUtterance]) -> list[DirectiveDisclosure]:
    story = {i for i, c in enumerate(volley) if c.has(Behaviour.SELF_DISCLOSURE)}
    steer = {i for i, c in enumerate(volley) if c.has(Behaviour.DIRECTIVE)}
    near = range(-NEAR, NEAR + 1)
    linked = sorted({i for s in story for gap in near if s + gap in steer for i in (s, s + gap)})
    stretches: list[list[int]] = []
    for i in linked:
        if stretches and i - stretches[-1][-1] <= NEAR:
            stretches[-1].append(i)
        else:
            stretches.append([i])
    returns = _focus_returns(volley)
    found = []
    free = 0
    for stretch in stretches:
        # The story's own sentences between and before the linked ones belong to it.
        first = stretch[0]
        while first > free and first - 1 in story and first in story:
            first -= 1
        free = stretch[-1] + 1
        members = volley[first:free]
        found.append(_disclosure(permissions, members, volley[max(0, first - 3) : first], returns[stretch[-1]]))
    return found


def _focus_returns(volley: list[CodedUtterance]) -> list[bool]:
    """Tell for each utterance whether one that turns to the client follows it in the same turn."""
    returns = [False] * len(volley)
    for i in range(len(volley) - 2, -1, -1):
        after = volley[i + 1]
        returns[i] = after.utterance.turn == volley[i].utterance.turn and (after.has(*_ADDRESSED) or returns[i + 1])
    return returns


def _disclosure(
    permissions: _Permissions, members: list[CodedUtterance], earlier: list[CodedUtterance], returns_focus: bool
) -> DirectiveDisclosure:
    story = tuple(_span(c) for c in members if c.has(Behaviour.SELF_DISCLOSURE))
    steering = tuple(_span(c) for c in members if c.has(Behaviour.DIRECTIVE))
    return DirectiveDisclosure(
        turns=tuple(dict.fromkeys(c.utterance.turn for c in members)),
        rows=tuple(dict.fromkeys(c.utterance.row for c in members)),
        subtype=Subtype.WITH_PERMISSION if permissions.given(members[0], earlier) else Subtype.STEER,
        story=story,
        steering=steering,
        returns_focus=returns_focus,
    )


class _Permissions:
    """Whether the client asked for the worker's way or agreed to hear it; every turn is looked at once."""

    def __init__(self, transcript: Transcript) -> None:
        self._turns = transcript.turns
        self._reply: list[int | None] = []
        self._asking: list[int | None] = []
        self._found: dict[int, bool] = {}
        reply = asking = None
        for turn in transcript.turns:
            self._reply.append(reply)
            self._asking.append(asking)
            if turn.role is Role.WORKER:
                asking = turn.index
            elif turn.role is Role.CLIENT and (not is_listening_sound(turn.text) or _YES.match(turn.text)):
                reply = turn.index

    def given(self, first: CodedUtterance, earlier: list[CodedUtterance]) -> bool:
        """Tell whether a stretch that begins with an utterance was asked for, listening sounds passed over."""
        reply = self._reply[first.utterance.turn]
        if reply is None or any(c.has(Behaviour.DIRECTIVE) for c in earlier):
            return False
        if reply not in self._found:
            self._found[reply] = self._answers(reply)
        return self._found[reply]

    def _answers(self, reply: int) -> bool:
        said = self._turns[reply].text
        if _ASKED.search(said):
            return True
        asking = self._asking[reply]
        return (
            asking is not None
            and _MAY_I.search(self._turns[asking].text[-200:]) is not None
            and _YES.match(said) is not None
            and _DECLINES.search(said) is None
        )


def _span(coded: CodedUtterance) -> TurnSpan:
    return TurnSpan(coded.utterance.turn, coded.utterance.start, coded.utterance.end)
