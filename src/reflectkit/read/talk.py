"""How workers and clients talk: log-odds for a row's words, and the probability that one side of a session is the worker.

Two small logistic regressions, fitted by ``python -m reflectkit.learn.roles`` on the train sessions of `data/annotated`;
their weights are in ``roles.json`` beside this file. The first looks at the words of one row (and at whether its
neighbours ask), the second at a whole side: who asks, who speaks of "you" and of "I", who speaks long, who opens, and
what the first says of the side's rows on average.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TypeAlias, TypeVar

from reflectkit.values import blank_events

MOST_ROWS = 5_000
"""Rows looked at: a session has a few hundred, and what is longer does not get clearer."""

LEAST_ROWS = 4
"""Rows below which talk tells nothing."""

CONTRADICTION = 2.0
"""How many times more questions than the likeliest worker another side may ask: beyond, the cues contradict."""

MOST_SURE = 0.99
"""Highest probability, and 1 less this the lowest: there are sessions unlike any the weights were fitted on."""

FEATURES = ("questions", "you", "i", "words_per_turn", "first", "wording")
"""What the second regression looks at."""

Key = TypeVar("Key", bound=Hashable)
Features: TypeAlias = list[float]

_QUESTION = re.compile(
    r"\?|(?:^|[.!?\n] *)(?:(?:and|so|but|okay|ok|well|um) )?"
    r"(?:what|how|who|where|when|why|which|do|did|does|are|is|was|were|have|has|can|could|would|will)(?:'s|n't)? "
    r"(?:you|your|it|that|the|is|was|did|do|about|they|he|she)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:i|me|my|mine|myself|im|ive|id)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|\?")
_AVERAGE = {"questions": 0.03, "you": 0.045, "i": 0.06}
_SMOOTHING_WORDS = 60
"""Words at the average rate added to each side, so that a few lines make no confident guess."""

_SMOOTHING_ROWS = 5
_HEAD, _TAIL = 400, 200
"""Characters of a long row that are looked at, from its beginning and its end."""


@cache
def _model() -> Mapping[str, Mapping[str, float]]:
    data: Mapping[str, Mapping[str, float]] = json.loads(
        resources.files("reflectkit.read").joinpath("roles.json").read_text("utf-8")
    )
    return data


def heard(text: str) -> str:
    """Return what is looked at of a row: event marks blanked, the middle of a very long row left out.

    Parameters
    ----------
    text : str
        Text of the row.

    Returns
    -------
    str
        At most some hundred characters.
    """
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} {text[-_TAIL:]}"
    return blank_events(text)[0]


def row_features(texts: Sequence[str]) -> Iterator[list[str]]:
    """Name what the rows of a session hold: words, pairs of words, length, and whether the neighbours ask.

    Parameters
    ----------
    texts : sequence of str
        Rows in order, as from `heard`.

    Yields
    ------
    list of str
        Names of the features of one row; empty for a row without words.
    """
    for single, pairs in _row_parts(texts):
        yield sorted({*single, *map(" ".join, pairs)})


def _row_parts(texts: Sequence[str]) -> Iterator[tuple[list[str], list[tuple[str, str]]]]:
    """Yield the features of a row that are one word, and those that are two."""
    words = [["0" if w.isdigit() else w for w in _WORD.findall(t.casefold().replace("’", "'"))] for t in texts]
    for i, own in enumerate(words):
        if not own:
            yield [], []
            continue
        single = [*own, f"len={_size(own)}"]
        pairs = list(pairwise(["<", *own, ">"]))
        if i == 0:
            single.append("before=")
        else:
            single += [f"before?={words[i - 1][-1:] == ['?']}", f"before={_size(words[i - 1])}"]
        if i + 1 < len(words):
            single.append(f"after={_size(words[i + 1])}")
            pairs.append(("after:", words[i + 1][0] if words[i + 1] else ""))
        yield single, pairs


def _size(words: Sequence[str]) -> int:
    return min(len(words).bit_length(), 7)


def row_scores(texts: Sequence[str], weights: Mapping[str, float] | None = None) -> list[float]:
    """Tell for each row how much its words are a worker's.

    Parameters
    ----------
    texts : sequence of str
        Rows in order, as from `heard`.
    weights : mapping of str to float, optional
        Other weights than those shipped; the intercept stands under ``""``.

    Returns
    -------
    list of float
        Log-odds that a worker says the row, shape (n_rows,); 0 for a row without words.
    """
    base, of_single, of_pair = _row_weights() if weights is None else _by_length(weights)
    return [
        math.fsum(
            (
                base,
                *filter(None, map(of_single.get, set(single))),
                *filter(None, map(of_pair.get, set(pairs))),
            )
        )
        if single
        else 0.0
        for single, pairs in _row_parts(texts)
    ]


@cache
def _row_weights() -> tuple[float, dict[str, float], dict[tuple[str, ...], float]]:
    return _by_length(_model()["rows"])


def _by_length(weights: Mapping[str, float]) -> tuple[float, dict[str, float], dict[tuple[str, ...], float]]:
    pairs = {tuple(name.split(" ")): weight for name, weight in weights.items() if " " in name}
    return weights[""], {name: weight for name, weight in weights.items() if " " not in name}, pairs


def side_features(texts: Sequence[str], sides: Sequence[Key], scores: Sequence[float]) -> dict[Key, Features]:
    """Describe how each side of a session talks.

    Parameters
    ----------
    texts : sequence of str
        Rows in order, as from `heard`.
    sides : sequence of hashable
        Whose row it is: a speaker or a role.
    scores : sequence of float
        As from `row_scores`.

    Returns
    -------
    dict of hashable to list of float
        One for each of `FEATURES`: rates per 10 words (smoothed), log words a row, 1.0 if the side opens, mean log-odds of
        its rows (smoothed).
    """
    own: dict[Key, tuple[list[str], list[float]]] = {}
    for text, side, score in zip(texts, sides, scores, strict=True):
        rows, their_scores = own.setdefault(side, ([], []))
        rows.append(text)
        their_scores.append(score)
    described = {}
    for side, (rows, their_scores) in own.items():
        text = "\n".join(rows)
        words = len(text.split())
        rates = []
        for name, pattern in (("questions", _QUESTION), ("you", _YOU), ("i", _I)):
            hits = sum(1 for _ in pattern.finditer(text)) + _AVERAGE[name] * _SMOOTHING_WORDS
            rates.append(10 * hits / (words + _SMOOTHING_WORDS))
        length = math.log((words + _SMOOTHING_WORDS) / (len(rows) + _SMOOTHING_ROWS))
        wording = sum(their_scores) / (len(rows) + _SMOOTHING_ROWS)
        described[side] = [*rates, length, float(sides[0] == side), wording]
    return described


def side_score(features: Features) -> float:
    """Weigh the features of a side.

    Parameters
    ----------
    features : list of float
        As from `side_features`.

    Returns
    -------
    float
        The higher, the likelier the worker; only differences within a session mean anything.
    """
    weights = _model()["sides"]
    return sum(weights[name] * x for name, x in zip(FEATURES, features, strict=True))


def probability(worker: Features, client: Features) -> float:
    """Tell how likely one side is the worker and the other the client.

    Parameters
    ----------
    worker, client : list of float
        Features of the two sides, as from `side_features`.

    Returns
    -------
    float
        In [1 - `MOST_SURE`, `MOST_SURE`]; 0.5 where the cues contradict each other.
    """
    log_odds = side_score(worker) - side_score(client)
    best, second = (worker, client) if log_odds > 0 else (client, worker)
    # The other cues can look exchanged, as when a client says "you" of themselves; the one who asks is hardly the client.
    if CONTRADICTION * best[0] < second[0]:
        return 0.5
    return min(max(1 / (1 + math.exp(-max(min(log_odds, 50.0), -50.0))), 1 - MOST_SURE), MOST_SURE)
