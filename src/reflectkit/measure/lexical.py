"""Words as the measures see them, and small logistic models over them whose weights lie beside the code as JSON.

The models are fitted by `reflectkit.learn.passages`; here they are only summed up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import NamedTuple, TypeAlias

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_START = 3
_Term: TypeAlias = "tuple[str, tuple[tuple[str, bool], ...]]"
SAFEST = 0.02
"""Probabilities are cut to [0.02, 0.98] before their log-odds are taken: beyond, they say no more."""

FUNCTION_WORDS = frozenset(
    """
    i i'm i've i'd i'll me my mine myself you you're you've you'd you'll your yours u ur yourself he he's his him
    she she's her hers it it's its we we're our us they they're their them the a an and or but so to of in on at
    for with from by as if about than that that's this these those there there's here is are was were be been
    being am isn't aren't wasn't weren't do does did doing done don't doesn't didn't have has had having haven't
    hasn't hadn't can can't could couldn't will won't would wouldn't shall should shouldn't may might must not no
    nor yes yeah just like then when what where who why how which all any some more most much many very too also
    up down out over under off again once only own same other into through get got getting go goes going went
    gonna gotta really quite sort kind thing things bit lot sounds sound feel feels feeling felt think thought
    know mean guess see hear said say says oh um uh er eh mm right okay ok well
    """.split()
)
"""Words that carry little of a turn's content."""


def words(text: str) -> list[str]:
    """Return the words of a text, folded.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Lower case, straight apostrophes, no signs.

    Examples
    --------
    >>> words("Didn’t you - well, RING him?")
    ["didn't", 'you', 'well', 'ring', 'him']
    """
    return _WORD.findall(text.casefold().replace("’", "'"))


class Terms:
    """Lists of words and phrases, looked up in one pass over a text's words.

    Parameters
    ----------
    groups : mapping of str to sequence of str
        Terms by group; a word that ends in ``*`` stands for all words that begin so.

    Examples
    --------
    >>> terms = Terms({"sleep": ["tired", "wake* up"], "food": ["toast"]})
    >>> terms.groups(words("Toast at night. He wakes up.")), terms.groups(words("Wakes him up?"))
    (('sleep', 'food'), ())
    """

    __slots__ = ("_by_start", "_by_word", "_order", "_stems")

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._order = tuple(groups)
        self._by_word: dict[str, list[_Term]] = {}
        self._by_start: dict[str, list[_Term]] = {}
        for group, terms in groups.items():
            for term in terms:
                stems = [(words(part)[0], part.endswith("*")) for part in re.split(r"[\s.-]+", term) if words(part)]
                first, open_ended = stems[0]
                known, key = (self._by_start, first[:_START]) if open_ended else (self._by_word, first)
                known.setdefault(key, []).append((group, tuple(stems)))
        self._stems = {key: tuple(stems[0][0] for _, stems in terms) for key, terms in self._by_start.items()}

    def groups(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """Return the groups of which a term stands in a text.

        Parameters
        ----------
        tokens : sequence of str
            The text's words, as from `words`.

        Returns
        -------
        tuple of str
            In the order of the lists.
        """
        found: set[str] = set()
        by_word, by_start, stems = self._by_word, self._by_start, self._stems
        for i, token in enumerate(tokens):
            if token in by_word:
                found.update(group for group, parts in by_word[token] if _begins(tokens, i, parts))
            start = token[:_START]
            if start in stems and token.startswith(stems[start]):
                found.update(group for group, parts in by_start[start] if _begins(tokens, i, parts))
        return tuple(group for group in self._order if group in found) if found else ()


def _begins(tokens: Sequence[str], i: int, stems: tuple[tuple[str, bool], ...]) -> bool:
    if i + len(stems) > len(tokens):
        return False
    return all(
        tokens[i + k].startswith(stem) if open_ended else tokens[i + k] == stem
        for k, (stem, open_ended) in enumerate(stems)
    )


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, cut at `SAFEST`.

    Parameters
    ----------
    probability : float
        In [0, 1].

    Returns
    -------
    float
        In [-3.9, 3.9].

    Examples
    --------
    >>> log_odds(0.5), round(log_odds(1.0), 2)
    (0.0, 3.89)
    """
    p = min(max(probability, SAFEST), 1 - SAFEST)
    return math.log(p / (1 - p))


@dataclass(frozen=True, slots=True, repr=False)
class Features:
    """What a logistic model looks at.

    Attributes
    ----------
    values : mapping of str to float
        Numbers by name.
    texts : mapping of str to list of str
        Words, by a mark that tells one text from another; their single words, pairs and opening count once each.
    """

    values: Mapping[str, float]
    texts: Mapping[str, list[str]]

    def flat(self) -> dict[str, float]:
        """Return all features under one name each, as the models are fitted on.

        Returns
        -------
        dict of str to float
            Words as ``mark=word``, pairs as ``mark=word word``, openings as ``mark=^ word word``.
        """
        found = dict(self.values)
        for mark, tokens in self.texts.items():
            found |= dict.fromkeys((f"{mark}={w}" for w in tokens), 1.0)
            found |= dict.fromkeys((f"{mark}={a} {b}" for a, b in pairwise(tokens)), 1.0)
            if tokens:
                found[f"{mark}=^ {' '.join(tokens[:2])}"] = 1.0
        return found


class TextWeights(NamedTuple):
    """What the words of a text weigh: single words, pairs, and the one or two words it opens with."""

    single: dict[str, float]
    pairs: dict[tuple[str, ...], float]
    opening: dict[tuple[str, ...], float]


_NO_TEXT = TextWeights({}, {}, {})


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A fitted logistic model.

    Attributes
    ----------
    intercept : float
        Log-odds of a passage without any known feature.
    threshold : float
        Probability from which a passage counts as one.
    weights : mapping of str to float
        By feature as `Features.flat` names them; others weigh nothing.
    texts : mapping of str to TextWeights
        The weights of words, by the mark of their text.
    """

    intercept: float
    threshold: float
    weights: Mapping[str, float]
    texts: Mapping[str, TextWeights]

    def probability(self, features: Features) -> float:
        """Return the probability of a passage.

        Parameters
        ----------
        features : Features
            Its features.

        Returns
        -------
        float
            In [0, 1].
        """
        weights = self.weights
        parts = [self.intercept, *(weights.get(name, 0.0) * value for name, value in features.values.items())]
        for mark, tokens in features.texts.items():
            single, pairs, opening = self.texts.get(mark, _NO_TEXT)
            parts += filter(None, map(single.get, set(tokens)))
            parts += filter(None, map(pairs.get, set(pairwise(tokens))))
            if tokens:
                parts.append(opening.get(tuple(tokens[:2]), 0.0))
        return 1 / (1 + math.exp(-max(min(math.fsum(parts), 30.0), -30.0)))


@cache
def logistic(name: str) -> Logistic:
    """Load a fitted model.

    Parameters
    ----------
    name : str
        Name of its JSON file beside this code, without the ending.

    Returns
    -------
    Logistic
        The model.
    """
    read = json.loads(resources.files("reflectkit.measure").joinpath(f"{name}.json").read_text("utf-8"))
    texts: dict[str, TextWeights] = {}
    for feature, weight in read["weights"].items():
        mark, _, rest = feature.partition("=")
        own = texts.setdefault(mark, TextWeights({}, {}, {}))
        parts = tuple(rest.split(" "))
        if parts[0] == "^":
            own.opening[parts[1:]] = weight
        elif len(parts) > 1:
            own.pairs[parts] = weight
        else:
            own.single[rest] = weight
    return Logistic(read["intercept"], read["threshold"], read["weights"], texts)
