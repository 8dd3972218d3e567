"""Sequence: what the client says after what the worker did, and what the worker's moves follow.

Everything is held against the session's own baseline, because clients differ.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

from reflectkit.codebook import BEHAVIOURS, Behaviour, Role
from reflectkit.measure.lexical import FUNCTION_WORDS, Terms, words
from reflectkit.measure.volleys import Volleys, is_listening_sound, says_something, volleys
from reflectkit.values import CodedUtterance, TiedReflection, Transcript, Turn, TurnSpan

LOOK_BACK = 3
"""Client turns before a reflection that it may give back."""

REPEATS_FROM = 0.8
"""Share of a reflection's content words that are the client's, from which it only repeats."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_Stems: TypeAlias = Mapping[tuple[int, int], str]
_LISTENING = (Behaviour.REFLECTION, Behaviour.VALIDATION)


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """A volley between the client's turns around it.

    Attributes
    ----------
    volley : sequence of CodedUtterance
        The worker's utterances.
    heard : tuple of Turn
        The client's turns since the last volley before them, listening sounds left out; where another worker has talked
        since, still those.
    listened : bool
        True if that other worker has reflected or validated since.
    unheard : float
        Probability that they have not, in [0, 1].
    answer : tuple of Turn
        The client's turns from there to the worker's next volley, listening sounds left out.
    """

    volley: Sequence[CodedUtterance]
    heard: tuple[Turn, ...]
    listened: bool
    unheard: float
    answer: tuple[Turn, ...]


def exchanges(transcript: Transcript, groups: Volleys, spoken: Sequence[Turn]) -> list[Exchange]:
    """Put each volley between the client's turns around it; a volley of listening sounds alone takes no turn, and is none.

    Parameters
    ----------
    transcript : Transcript
        The session.
    groups : list of list of CodedUtterance
        Its volleys.
    spoken : sequence of Turn
        As from `reflectkit.measure.volleys.client_turns`.

    Returns
    -------
    list of Exchange
        In order.
    """
    found: list[Exchange] = []
    at = since = 0
    heard: tuple[Turn, ...] = ()
    listened, unheard = False, 1.0
    said = [volley for volley in groups if any(map(says_something, volley))]
    for i, volley in enumerate(said):
        first, last = volley[0].utterance.turn, volley[-1].utterance.turn
        until = said[i + 1][0].utterance.turn if i + 1 < len(said) else len(transcript.turns)
        while at < len(spoken) and spoken[at].index < first:
            at += 1
        if at > since:
            heard, listened, unheard = tuple(spoken[since:at]), False, 1.0
        after = at
        while after < len(spoken) and spoken[after].index <= last:
            after += 1
        end = after
        while end < len(spoken) and spoken[end].index < until:
            end += 1
        found.append(Exchange(volley, heard, listened, unheard, tuple(spoken[after:end])))
        listened = listened or any(c.has(*_LISTENING) for c in volley)
        unheard *= math.prod(1 - c.probability(b) for c in volley for b in _LISTENING)
        since = after
    return found


def sequence_counts(transcript: Transcript, found: Sequence[Exchange], spoken: Sequence[Turn]) -> dict[str, Any]:
    """Count what follows what.

    Parameters
    ----------
    transcript : Transcript
        The session.
    found : sequence of Exchange
        As from `exchanges`.
    spoken : sequence of Turn
        As from `reflectkit.measure.volleys.client_turns`.

    Returns
    -------
    dict of str to int or tuple
        The fields of `Balance` that rest on order.
    """
    coded = [c for e in found for c in e.volley]
    answers = [(e, sum(t.words for t in e.answer)) for e in found if e.answer]
    answered = [[n for e, n in answers if e.volley[-1].has(b)] for b in BEHAVIOURS]
    # What the client says without a volley between is one answer, also before the worker's first.
    starts = [e.volley[0].utterance.turn for e in found]
    volleys_before = {bisect_right(starts, t.index) for t in spoken}
    told, turns = sum(t.words for t in spoken), len(volleys_before)
    usual = told / turns if turns else 0.0
    directive = next((c.utterance.turn for c in coded if c.has(Behaviour.DIRECTIVE)), None)
    before = 0 if directive is None else sum(t.words for t in transcript.turns[:directive] if t.role is Role.CLIENT)
    return {
        "answer_turns": turns,
        "answer_words": told,
        "answers_after": tuple(map(len, answered)),
        "words_after": tuple(map(sum, answered)),
        "squares_after": tuple(sum(n * n for n in own) for own in answered),
        "expected_after": tuple(usual * len(own) for own in answered),
        "words_by_usual": tuple(usual * sum(own) for own in answered),
        "usual_squares": tuple(usual * usual * len(own) for own in answered),
        "directive_sessions": int(directive is not None),
        "client_words_before_directive": before,
    }


def passed_over(exchange: Exchange) -> tuple[CodedUtterance | None, float]:
    """Tell whether a directive follows a feeling the client names, without a reflection or validation before or in it.

    Parameters
    ----------
    exchange : Exchange
        A volley and what the client said before.

    Returns
    -------
    directive : CodedUtterance or None
        The first such directive, by the behaviours decided.
    probability : float
        By their probabilities, in [0, 1]; 0 if the client names no feeling.
    """
    if not any(names_feeling(t.text) for t in exchange.heard):
        return None, 0.0
    found, listened, unheard, p = None, exchange.listened, exchange.unheard, 0.0
    for c in exchange.volley:
        listened = listened or c.has(*_LISTENING)
        if found is None and c.has(Behaviour.DIRECTIVE) and not listened:
            found = c
        for b in _LISTENING:
            unheard *= 1 - c.probability(b)
        p = max(p, c.probability(Behaviour.DIRECTIVE) * unheard)
    return found, p


@cache
def _feelings() -> Terms:
    read = json.loads(resources.files("reflectkit.measure").joinpath("feelings.json").read_text("utf-8"))
    return Terms({"feeling": read})


def names_feeling(text: str) -> bool:
    """Tell whether words name a feeling.

    Parameters
    ----------
    text : str
        A client's turn.

    Returns
    -------
    bool
        True if it holds a word of ``feelings.json``.

    Examples
    --------
    >>> names_feeling("I'm that worn out."), names_feeling("The bus was late.")
    (True, False)
    """
    return bool(_feelings().groups(words(text)))


def tie_reflections(transcript: Transcript, coded: Sequence[CodedUtterance]) -> tuple[TiedReflection, ...]:
    """Tie each reflection to the client's words it gives back.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.

    Returns
    -------
    tuple of TiedReflection
        One a reflection, in order.
    """
    spoken = [t for t in transcript.turns if t.role is Role.CLIENT and not is_listening_sound(t.text)]
    stems = cache(lambda index: _stems(transcript.turns[index].text))
    found, at = [], 0
    for c in coded:
        while at < len(spoken) and spoken[at].index < c.utterance.turn:
            at += 1
        if c.has(Behaviour.REFLECTION):
            found.append(_tie(c, spoken[max(0, at - LOOK_BACK) : at], stems))
    return tuple(found)


def _tie(c: CodedUtterance, lately: Sequence[Turn], stems: Callable[[int], _Stems]) -> TiedReflection:
    own = {_stem(w) for w in words(c.utterance.text) if w not in FUNCTION_WORDS}
    best: tuple[int, int] = (0, -1)
    for turn in lately:
        best = max(best, (len(own & set(stems(turn.index).values())), turn.index))
    shared, index = best
    u = c.utterance
    if not shared:
        return TiedReflection(u.turn, u.row, u.start, u.end, None, (), 0.0, False)
    spans = tuple(TurnSpan(index, s, e) for (s, e), stem in stems(index).items() if stem in own)
    share = shared / len(own)
    return TiedReflection(u.turn, u.row, u.start, u.end, index, spans, share, share >= REPEATS_FROM)


def _stems(text: str) -> _Stems:
    folded = ((m.span(), m[0].casefold().replace("’", "'")) for m in _WORD.finditer(text))
    return {span: _stem(w) for span, w in folded if w not in FUNCTION_WORDS}


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def moves(transcript: Transcript, coded: Sequence[CodedUtterance]) -> Iterator[frozenset[Behaviour]]:
    """Yield what each volley does, for the table of transitions; one of listening sounds alone is none.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.

    Yields
    ------
    frozenset of Behaviour
        All behaviours of the volley; `other` only if it does nothing else.
    """
    for volley in volleys(transcript, coded):
        if not any(map(says_something, volley)):
            continue
        done = {b for c in volley for b in c.behaviours}
        yield frozenset(done - {Behaviour.OTHER} or done)
