"""Words as the measures see them, and small logistic models over them whose weights lie beside the code as JSON.

The models are fitted by `reflectkit.learn.passages`; here they are only summed up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
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
    return [m.replace("’", "'") for m in _WORD.findall(text.casefold())]


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


def grams(tokens: list[str], mark: str) -> Iterable[str]:
    """Yield a text's single words, pairs and opening as feature names.

    Parameters
    ----------
    tokens : list of str
        As from `words`.
    mark : str
        Put before each, so that different texts' features differ.

    Yields
    ------
    str
        Each once.
    """
    yield from dict.fromkeys(f"{mark}{w}" for w in tokens)
    yield from dict.fromkeys(f"{mark}{a} {b}" for a, b in pairwise(tokens))
    if tokens:
        yield f"{mark}^ {' '.join(tokens[:2])}"


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted logistic model.

    Attributes
    ----------
    intercept : float
        Log-odds of a passage without any known feature.
    threshold : float
        Probability from which a passage counts as one.
    weights : mapping of str to float
        By feature; others weigh nothing.
    """

    intercept: float
    threshold: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability of a passage.

        Parameters
        ----------
        features : mapping of str to float
            Its features.

        Returns
        -------
        float
            In [0, 1].
        """
        total = self.intercept + math.fsum(self.weights.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))


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
    return Logistic(read["intercept"], read["threshold"], read["weights"])
