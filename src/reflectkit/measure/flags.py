"""Flags: passages to look at, by the codebook's section "Flags", and questions left no room to answer.

`minimising`, `leading`, `stacked`, `with_permission` and `safety` come from small logistic models over words, shape and
the behaviours' probabilities, fitted on annotated sessions (``python -m reflectkit.learn.passages``); `why` and
`unanswered` follow from words and order. Safety passages are for a person to read: their threshold is set for high
recall, and they are no estimate of risk.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from reflectkit.codebook import Behaviour, Flag, Role
from reflectkit.measure.lexical import FUNCTION_WORDS, Features, Terms, log_odds, logistic, words
from reflectkit.measure.permission import agrees, asks, asks_for_advice, last_exchange, offers, says_no, says_yes
from reflectkit.measure.volleys import Volleys, is_listening_sound, volleys
from reflectkit.values import CodedUtterance, FlaggedPassage, Transcript, Turn, count_words

WENT_ON_WORDS = 5
"""Words after a question, in the same turn and not a question themselves, from which it counts as unanswered."""

HEARD_CHARACTERS = 120
"""End of the client's last words that the model of permission looks at."""

LAST_TURNS = 4
"""Turns of the client whose words are not news when the worker says them."""

LOOK_AROUND = 4
"""Turns on either side whose terms of risk the models of safety passages look at."""

OUTRIGHT = ("suicide", "self-harm", "overdose")
"""Groups of terms whose passages are shown whatever the models say."""

SHORT_ANSWER = 6
"""Words up to which a client's turn is a short answer, whose meaning lies in what was asked."""

COMPARED = 20
"""Questions of one turn, on either side of a question, whose words it is compared with."""

SURELY_SAFETY = 0.5
"""Probability from which a question counts as one about safety, which is never marked down; passages to read begin far lower."""

POSSIBLE = 0.1
"""Probability of asking, or of telling, from which an utterance may carry a flag of questions, or of permission."""

Surroundings: TypeAlias = list[dict[str, float]]
Said: TypeAlias = list[tuple[int, str, frozenset[str]]]

_NAMES = tuple(b.value for b in Behaviour)
_QUESTIONS = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)
_MARKED_DOWN = (Flag.LEADING, Flag.STACKED)
_TELLING = (Behaviour.DIRECTIVE, Behaviour.INFORMATION)
_WHY = re.compile(
    r"\b(?:why|how come|what for)\b(?! (?:don't|dont|not|doesn't) (?:you|u|we|try|just)\b)", re.IGNORECASE
)
_WH = re.compile(
    r"\b(?:what|how|who|where|when|which|why|do|does|did|is|are|was|were|have|has|can|could|would|will)\b", re.I
)
_OPENS_AS_A_QUESTION = re.compile(
    r"\W*(?:(?:and|so|but|well|now|okay|ok|right|or|like|then|no)\W+)*(?:what|how|who|where|when|which|why|do|does|did|is|are|"
    r"was|were|have|has|had|can|could|would|will|should|shall|may|any|tell)\b",
    re.IGNORECASE,
)
_NOT_YOU = re.compile(
    r"\b(?:(?:do|did|would|is|are|could|should|have|wo|was|were)n['’]?t|do not|not) (?:you|u|ye|she|he|it|they|that)\b",
    re.IGNORECASE,
)
_NOT_YOU_THINK = re.compile(
    r"(?:n['’]?t (?:you|u|ye)\b.{0,12}|\bdo (?:you|u|ye) not )\b(?:think|reckon|feel|believe)\b", re.IGNORECASE
)
_TAG = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|have|has|can|would|will)(?:n['’]?t)? (?:you|u|it|he|she|they|there)|innit|right|eh|no|or|"
    r"though|i bet)\W*$",
    re.IGNORECASE,
)
_YOU_FIRST = re.compile(r"\W*(?:(?:and|so|but|well|now|no)\W+)*(?:you|u|your|ur)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Place:
    """An utterance in its turn, with what its flags depend on around it.

    Attributes
    ----------
    coded : CodedUtterance
        The utterance.
    neighbours : tuple of CodedUtterance
        The utterances beside it in the volley.
    k : int
        Its position in the turn.
    asking : tuple of (int, frozenset of str)
        Positions in the turn of what asks more probably than not, with their content words.
    asked, told, left : bool
        Whether the turn asks before it, directs or informs before it, and asks after it.
    words_after : int
        Words after it in the turn that do something.
    opens : bool
        True if the turn is the volley's first.
    offer, reply : str
        As from `reflectkit.measure.permission.last_exchange`, before the volley.
    earlier : str
        What the client said before that reply, ``""`` if nothing.
    lately : frozenset of str
        Content words of the client's last turns.
    """

    coded: CodedUtterance
    neighbours: tuple[CodedUtterance, ...]
    k: int
    asking: tuple[tuple[int, frozenset[str]], ...]
    asked: bool
    told: bool
    left: bool
    words_after: int
    opens: bool
    offer: str
    reply: str
    earlier: str
    lately: frozenset[str]


def client_said(transcript: Transcript) -> Said:
    """Return the client's turns that are more than a listening sound, with their content words.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    list of (int, str, frozenset of str)
        Turn, words and content words, in order.
    """
    return [
        (t.index, t.text, _content(words(t.text)))
        for t in transcript.turns
        if t.role is Role.CLIENT and not is_listening_sound(t.text)
    ]


def places(transcript: Transcript, volley: Sequence[CodedUtterance], said: Said) -> Iterator[Place]:
    """Yield a volley's utterances in their turns, in time that grows with their number alone.

    Parameters
    ----------
    transcript : Transcript
        The session.
    volley : sequence of CodedUtterance
        As from `reflectkit.measure.volleys.volleys`.
    said : list of (int, str, frozenset of str)
        As from `client_said`.

    Yields
    ------
    Place
        In order.
    """
    opening = volley[0].utterance.turn
    offer, reply = last_exchange(transcript, opening)
    until = bisect_left(said, opening, key=itemgetter(0))
    last_said = said[max(0, until - LAST_TURNS) : until]
    earlier = last_said[-2][1] if len(last_said) > 1 else ""
    lately: frozenset[str] = frozenset().union(*(content for _, _, content in last_said))
    start = 0
    for turn, members in groupby(volley, key=lambda c: c.utterance.turn):
        own = list(members)
        asking = tuple((k, _content(words(c.utterance.text))) for k, c in enumerate(own) if _asks(c) > 0.5)
        last = max((k for k, c in enumerate(own) if c.has(*_QUESTIONS)), default=-1)
        doing = [count_words(c.utterance.text) * (c.behaviours != (Behaviour.OTHER,)) for c in own]
        after = sum(doing)
        asked = told = False
        for k, c in enumerate(own):
            i = start + k
            after -= doing[k]
            beside = tuple(volley[j] for j in (i - 1, i + 1) if 0 <= j < len(volley))
            yield Place(
                c, beside, k, asking, asked, told, last > k, after, turn == opening, offer, reply, earlier, lately
            )
            asked, told = asked or c.has(*_QUESTIONS), told or c.has(*_TELLING)
        start += len(own)


def _content(said: Iterable[str]) -> frozenset[str]:
    return frozenset(said) - FUNCTION_WORDS


@dataclass(frozen=True, slots=True)
class Flagged:
    """What was found to look at.

    Attributes
    ----------
    passages : tuple of FlaggedPassage
        In the order of the transcript; an utterance may carry several flags.
    chances : mapping of Flag to tuple of float
        Probabilities of all the worker's utterances that could carry the flag, also of those that were not taken.
    """

    passages: tuple[FlaggedPassage, ...]
    chances: Mapping[Flag, tuple[float, ...]]


def find_flags(transcript: Transcript, coded: Sequence[CodedUtterance], groups: Volleys | None = None) -> Flagged:
    """Find the passages to look at.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    groups : list of list of CodedUtterance, optional
        Its volleys, if they are known.

    Returns
    -------
    Flagged
        The passages, and how probable the others were.
    """
    around, said = surroundings(transcript), client_said(transcript)
    passages = list(_client_safety(transcript, around))
    chances: dict[Flag, list[float]] = {flag: [] for flag in Flag}
    for volley in volleys(transcript, coded) if groups is None else groups:
        for place in places(transcript, volley, said):
            c = place.coded
            looked = [(flag, f, logistic(flag.value)) for flag, f in flag_features(place, around).items()]
            scored = {flag: model.probability(features) for flag, features, model in looked}
            spared = c.has(*_QUESTIONS) and scored.get(Flag.SAFETY, 0.0) >= SURELY_SAFETY
            for flag, features, model in looked:
                p = scored[flag]
                if spared and flag in _MARKED_DOWN:
                    continue
                chances[flag].append(p)
                if p >= model.threshold or (flag is Flag.SAFETY and _outright(features)):
                    passages.append(_passage(flag, c, p))
            for flag in () if spared else _by_rule(place):
                chances[flag].append(_asks(c))
                if c.has(*_QUESTIONS):
                    passages.append(_passage(flag, c, _asks(c)))
    order = list(Flag)
    return Flagged(
        tuple(sorted(passages, key=lambda p: (p.turn, p.start, order.index(p.flag)))),
        {flag: tuple(own) for flag, own in chances.items()},
    )


def _by_rule(place: Place) -> Iterator[Flag]:
    """Yield the flags the utterance carries if it asks at all."""
    if _WHY.search(place.coded.utterance.text):
        yield Flag.WHY
    if not place.left and place.words_after >= WENT_ON_WORDS:  # of two questions the later one is left open, or not
        yield Flag.UNANSWERED


def flag_features(place: Place, around: Surroundings) -> dict[Flag, Features]:
    """Return what the models of flags look at, for the flags an utterance can carry.

    Parameters
    ----------
    place : Place
        The utterance in its turn.
    around : sequence of dict of str to float
        As from `surroundings`.

    Returns
    -------
    dict of Flag to Features
        `with_permission` only for what may be directive or information, `stacked` and `leading` only for what may ask.
    """
    c = place.coded
    said = words(c.utterance.text)
    text = {"w": said}
    odds = dict(zip(_NAMES, map(log_odds, c.probabilities), strict=True))
    length = {"length": math.log1p(len(said))}
    found: dict[Flag, Features] = {
        Flag.MINIMISING: Features(odds | length, text),
        Flag.SAFETY: Features(_risk(_terms().groups(said)) | around[c.utterance.turn], text),
    }
    if _asks(c) >= POSSIBLE:
        found[Flag.LEADING] = Features(odds | length | _leading(place, said), text)
        found[Flag.STACKED] = Features(_stacking(place, said) | length, {})
    if max(c.probability(b) for b in _TELLING) >= POSSIBLE:
        last = place.reply[-HEARD_CHARACTERS:]
        found[Flag.WITH_PERMISSION] = Features(odds | _permission(place, last), {"c": words(last)[1:]})
    return found


def client_safety_features(turn: Turn, around: Surroundings) -> Features:
    """Return what the model of safety passages looks at in a client's turn.

    Parameters
    ----------
    turn : Turn
        A turn of the client.
    around : sequence of dict of str to float
        As from `surroundings`.

    Returns
    -------
    Features
        Words, terms of risk, and terms of risk in the turns around.
    """
    said = words(turn.text)
    short = {"short": float(turn.words <= SHORT_ANSWER)}
    return Features(short | _risk(_terms().groups(said)) | around[turn.index], {"w": said})


def _client_safety(transcript: Transcript, around: Surroundings) -> Iterator[FlaggedPassage]:
    model = logistic("client_safety")
    for turn in transcript.turns:
        if turn.role is Role.CLIENT and turn.words:
            features = client_safety_features(turn, around)
            p = model.probability(features)
            if p >= model.threshold or _outright(features):
                yield FlaggedPassage(Flag.SAFETY, Role.CLIENT, turn.index, turn.row, 0, len(turn.text), p)


def _passage(flag: Flag, c: CodedUtterance, probability: float) -> FlaggedPassage:
    u = c.utterance
    return FlaggedPassage(flag, Role.WORKER, u.turn, u.row, u.start, u.end, probability)


def _asks(c: CodedUtterance) -> float:
    return 1 - (1 - c.probability(_QUESTIONS[0])) * (1 - c.probability(_QUESTIONS[1]))


def _stacking(place: Place, said: Sequence[str]) -> dict[str, float]:
    c = place.coded
    at = bisect_left(place.asking, place.k, key=itemgetter(0))
    others = [content for k, content in place.asking[max(0, at - COMPARED) : at + COMPARED] if k != place.k]
    own = _content(said)
    near = [x for x in place.neighbours if x.utterance.turn == c.utterance.turn and _asks(x) > 0.5]
    text = c.utterance.text
    return {
        "asks": log_odds(_asks(c)),
        "others": float(min(3, len(others))),
        "another": float(bool(others)),
        "next to one": float(bool(near)),
        "marks": float(min(3, max(0, text.count("?") - 1))),
        "question words": float(min(4, len(_WH.findall(text)))),
        "shares": float(min(2, max((len(own & content) for content in others), default=0))),
        "or": float(text.casefold().startswith("or ")),
        "short": float(count_words(text) <= 3),
        "neighbour short": float(any(count_words(x.utterance.text) <= 3 for x in near)),
    }


def _leading(place: Place, said: Sequence[str]) -> dict[str, float]:
    text = place.coded.utterance.text
    content = _content(said)
    new = len(content - place.lately) / len(content) if content else 0.0
    statement, tag = _OPENS_AS_A_QUESTION.match(text) is None, _TAG.search(text) is not None
    return {
        "?": float("?" in text),
        "new": new,
        "statement": float(statement),
        "new statement": statement * new,
        "tag": float(tag),
        "statement with a tag": float(statement and tag),
        "you first": float(_YOU_FIRST.match(text) is not None),
        "not you": float(_NOT_YOU.search(text) is not None),
        "not you think": float(_NOT_YOU_THINK.search(text) is not None),
    }


def _permission(place: Place, last: str) -> dict[str, float]:
    question, asked_earlier = asks(last), asks(place.earlier[-HEARD_CHARACTERS:])
    offered, yes = offers(place.offer), says_yes(place.reply)
    return {
        "asks in words": float(question),
        "asks at the end": float(asks(place.reply[-HEARD_CHARACTERS // 2 :])),
        "asks first": float(question and not place.k),
        "asks and told": float(question and place.told),
        "asked earlier": float(asked_earlier),
        "only asked earlier": float(asked_earlier and not question),
        "offered": float(offered),
        "yes": float(yes),
        "yes to an offer": float(offered and yes and not says_no(last)),
        "few words": float(len(words(place.reply)) <= SHORT_ANSWER),
        "nothing": float(not place.reply),
        "asks": float("?" in last),
        "asks for advice": float(asks_for_advice(last)),
        "agrees": float(agrees(place.offer, place.reply)),
        "into the turn": math.log1p(place.k),
        "first": float(not place.k),
        "told before": float(place.told),
        "asked before": float(place.asked),
        "new turn": float(not place.opens),
    }


def risks(text: str) -> tuple[str, ...]:
    """Return the kinds of risk whose terms stand in a text.

    Parameters
    ----------
    text : str
        A turn or an utterance.

    Returns
    -------
    tuple of str
        Groups of ``safety_terms.json``.

    Examples
    --------
    >>> risks("He said he'd overdosed."), risks("We had tea.")
    (('overdose',), ())
    """
    return _terms().groups(words(text))


def _outright(features: Features) -> bool:
    return any(f"risk={group}" in features.values for group in OUTRIGHT)


@cache
def _terms() -> Terms:
    return Terms(json.loads(resources.files("reflectkit.measure").joinpath("safety_terms.json").read_text("utf-8")))


def _risk(groups: Sequence[str], mark: str = "") -> dict[str, float]:
    found = {f"{mark}risk={group}": 1.0 for group in groups}
    return found | ({f"{mark}risk": 1.0} if found else {})


def surroundings(transcript: Transcript) -> Surroundings:
    """Return what stands around each turn of a session.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    list of dict of str to float
        For each turn, terms of risk in the `LOOK_AROUND` turns on either side.
    """
    around: Surroundings = [{} for _ in transcript.turns]
    for turn in transcript.turns:
        if groups := risks(turn.text):
            for index in range(max(0, turn.index - LOOK_AROUND), min(len(around), turn.index + LOOK_AROUND + 1)):
                if index != turn.index:
                    side = "after " if turn.index > index else ""
                    near = "next to " if abs(index - turn.index) == 1 else "near "
                    around[index] |= _risk(groups, side + near)
    return around
