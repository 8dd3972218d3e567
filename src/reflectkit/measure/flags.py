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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from reflectkit.codebook import Behaviour, Flag, Role
from reflectkit.measure.lexical import FUNCTION_WORDS, grams, log_odds, logistic, words
from reflectkit.measure.permission import agrees, asks_for_advice, last_exchange
from reflectkit.measure.volleys import volleys
from reflectkit.values import CodedUtterance, FlaggedPassage, Transcript, Turn, count_words

WENT_ON_WORDS = 5
"""Words after a question, in the same turn and not a question themselves, from which it counts as unanswered."""

HEARD_CHARACTERS = 120
"""End of the client's last words that the model of permission looks at."""

LOOK_AROUND = 4
"""Turns on either side whose terms of risk the models of safety passages look at."""

OUTRIGHT = ("suicide", "self-harm", "overdose")
"""Groups of terms whose passages are shown whatever the models say."""

SHORT_ANSWER = 6
"""Words up to which a client's turn is a short answer, whose meaning lies in what was asked."""

POSSIBLE = 0.1
"""Probability of asking, or of telling, from which an utterance may carry a flag of questions, or of permission."""

_QUESTIONS = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)
_TELLING = (Behaviour.DIRECTIVE, Behaviour.INFORMATION)
_WHY = re.compile(
    r"\b(?:why|how come|what for)\b(?! (?:don't|dont|not|doesn't) (?:you|u|we|try|just)\b)", re.IGNORECASE
)
_WH = re.compile(
    r"\b(?:what|how|who|where|when|which|why|do|does|did|is|are|was|were|have|has|can|could|would|will)\b", re.I
)

Features = Mapping[str, float]


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


def find_flags(transcript: Transcript, coded: Sequence[CodedUtterance]) -> Flagged:
    """Find the passages to look at.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.

    Returns
    -------
    Flagged
        The passages, and how probable the others were.
    """
    passages = list(_client_safety(transcript))
    chances: dict[Flag, list[float]] = {flag: [] for flag in Flag}
    for volley in volleys(transcript, coded):
        for i, c in enumerate(volley):
            for flag, features in flag_features(transcript, volley, i).items():
                model = logistic(flag.value)
                p = model.probability(features)
                chances[flag].append(p)
                if p >= model.threshold or (flag is Flag.SAFETY and names_risk(c.utterance.text)):
                    passages.append(_passage(flag, c, p))
            for flag in _by_rule(volley, i):
                chances[flag].append(_asks(c))
                if c.has(*_QUESTIONS):
                    passages.append(_passage(flag, c, _asks(c)))
    order = list(Flag)
    return Flagged(
        tuple(sorted(passages, key=lambda p: (p.turn, p.start, order.index(p.flag)))),
        {flag: tuple(own) for flag, own in chances.items()},
    )


def _by_rule(volley: Sequence[CodedUtterance], i: int) -> Iterator[Flag]:
    """Yield the flags the utterance carries if it asks at all."""
    if _WHY.search(volley[i].utterance.text):
        yield Flag.WHY
    if _went_on(volley, i):
        yield Flag.UNANSWERED


def flag_features(transcript: Transcript, volley: Sequence[CodedUtterance], i: int) -> dict[Flag, Features]:
    """Return what the models of flags look at, for the flags an utterance can carry.

    Parameters
    ----------
    transcript : Transcript
        The session.
    volley : sequence of CodedUtterance
        The volley the utterance stands in.
    i : int
        Its position there.

    Returns
    -------
    dict of Flag to mapping of str to float
        `with_permission` only for what may be directive or information, `stacked` and `leading` only for what may ask.
    """
    c = volley[i]
    said = words(c.utterance.text)
    text: dict[str, float] = dict.fromkeys(grams(said, "w="), 1.0)
    odds = {b.value: log_odds(p) for b, p in zip(Behaviour, c.probabilities, strict=True)}
    length = {"length": math.log1p(len(said))}
    found: dict[Flag, Features] = {
        Flag.MINIMISING: text | odds | length,
        Flag.SAFETY: text | _risk(c.utterance.text, "") | _around(transcript, c.utterance.turn),
    }
    if _asks(c) >= POSSIBLE:
        found[Flag.LEADING] = text | odds | length | {"?": float("?" in c.utterance.text)}
        found[Flag.STACKED] = _stacking(volley, i)
    if max(c.probability(b) for b in _TELLING) >= POSSIBLE:
        found[Flag.WITH_PERMISSION] = odds | _permission(transcript, volley, i)
    return found


def client_safety_features(transcript: Transcript, turn: Turn) -> Features:
    """Return what the model of safety passages looks at in a client's turn.

    Parameters
    ----------
    transcript : Transcript
        The session.
    turn : Turn
        A turn of the client.

    Returns
    -------
    mapping of str to float
        Words, terms of risk, and terms of risk in the turns around.
    """
    short = {"short": float(turn.words <= SHORT_ANSWER)}
    text = dict.fromkeys(grams(words(turn.text), "w="), 1.0)
    return text | short | _risk(turn.text, "") | _around(transcript, turn.index)


def _client_safety(transcript: Transcript) -> Iterator[FlaggedPassage]:
    model = logistic("client_safety")
    for turn in transcript.turns:
        if turn.role is Role.CLIENT and turn.words:
            p = model.probability(client_safety_features(transcript, turn))
            if p >= model.threshold or names_risk(turn.text):
                yield FlaggedPassage(Flag.SAFETY, Role.CLIENT, turn.index, turn.row, 0, len(turn.text), p)


def _passage(flag: Flag, c: CodedUtterance, probability: float) -> FlaggedPassage:
    u = c.utterance
    return FlaggedPassage(flag, Role.WORKER, u.turn, u.row, u.start, u.end, probability)


def _asks(c: CodedUtterance) -> float:
    opened, closed = (c.probability(b) for b in _QUESTIONS)
    return 1 - (1 - opened) * (1 - closed)


def _went_on(volley: Sequence[CodedUtterance], i: int) -> bool:
    rest = [c for c in volley[i + 1 :] if c.utterance.turn == volley[i].utterance.turn]
    if any(c.has(*_QUESTIONS) for c in rest):
        return False  # the later question is the one left open, or not
    told = [c for c in rest if c.behaviours != (Behaviour.OTHER,)]
    return sum(count_words(c.utterance.text) for c in told) >= WENT_ON_WORDS


def _stacking(volley: Sequence[CodedUtterance], i: int) -> Features:
    c = volley[i]
    others = [x for j, x in enumerate(volley) if j != i and x.utterance.turn == c.utterance.turn]
    asking = [x for x in others if _asks(x) > 0.5]
    own = set(words(c.utterance.text)) - FUNCTION_WORDS
    shared = max((len(own & set(words(x.utterance.text))) for x in asking), default=0)
    near = [volley[j] for j in (i - 1, i + 1) if 0 <= j < len(volley) and volley[j] in asking]
    text = c.utterance.text
    return {
        "asks": log_odds(_asks(c)),
        "others": float(min(3, len(asking))),
        "another": float(bool(asking)),
        "next to one": float(bool(near)),
        "marks": float(min(3, max(0, text.count("?") - 1))),
        "question words": float(min(4, len(_WH.findall(text)))),
        "length": math.log1p(len(words(text))),
        "shares": float(min(2, shared)),
        "or": float(text.casefold().startswith("or ")),
        "short": float(count_words(text) <= 3),
        "neighbour short": float(any(count_words(x.utterance.text) <= 3 for x in near)),
    }


def _permission(transcript: Transcript, volley: Sequence[CodedUtterance], i: int) -> dict[str, float]:
    turn = volley[i].utterance.turn
    earlier = [x for x in volley[:i] if x.utterance.turn == turn]
    offer, reply = last_exchange(transcript, volley[0].utterance.turn)
    last = reply[-HEARD_CHARACTERS:]
    found = {
        "asks": float("?" in last),
        "asks for advice": float(asks_for_advice(last)),
        "agrees": float(agrees(offer, reply)),
        "into the turn": math.log1p(len(earlier)),
        "first": float(not earlier),
        "told before": float(any(x.has(*_TELLING) for x in earlier)),
        "asked before": float(any(x.has(*_QUESTIONS) for x in earlier)),
        "new turn": float(turn != volley[0].utterance.turn),
    }
    return found | dict.fromkeys(grams(words(last)[1:], "c="), 1.0)


@lru_cache(maxsize=4096)
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
    text = text.replace("’", "'")
    return tuple(group for group, pattern in _terms() if pattern.search(text))


def names_risk(text: str) -> bool:
    """Tell whether words name a danger to life outright: such a passage is always shown.

    Parameters
    ----------
    text : str
        A turn or an utterance.

    Returns
    -------
    bool
        True for terms of suicide, self-harm and overdose.
    """
    return any(group in OUTRIGHT for group in risks(text))


@cache
def _terms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    read = json.loads(resources.files("reflectkit.measure").joinpath("safety_terms.json").read_text("utf-8"))
    patterns = []
    for group, terms in read.items():
        either = "|".join(re.escape(t).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for t in terms)
        patterns.append((group, re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)))
    return tuple(patterns)


def _risk(text: str, mark: str) -> dict[str, float]:
    found = {f"{mark}risk={group}": 1.0 for group in risks(text)}
    return found | ({f"{mark}risk": 1.0} if found else {})


def _around(transcript: Transcript, turn: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for index in range(max(0, turn - LOOK_AROUND), min(len(transcript.turns), turn + LOOK_AROUND + 1)):
        if index != turn:
            near = "next to " if abs(index - turn) == 1 else "near "
            side = "after " if index > turn else ""
            found |= _risk(transcript.turns[index].text, side + near)
    return found
