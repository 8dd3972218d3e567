"""The swap alarm: speaker labels that look exchanged, for the whole session or for single rows.

The whole session: how the two sides talk, as for sessions without labels. Single rows: a chain of two states, "as
labelled" and "exchanged", over the rows. A row's words speak for one side (`reflectkit.read.talk.row_scores`), and so
does the order of turns: where speakers nearly always alternate, a label that comes twice is a sign. The posterior of
"exchanged" is had by the forward-backward algorithm [1]_. The threshold is chosen by ``python -m reflectkit.learn.swaps``
so that a session without exchanged labels is seldom suspected.

References
----------
.. [1] Rabiner, L. R. (1989). A tutorial on hidden Markov models and selected applications in speech recognition.
   Proceedings of the IEEE, 77(2), 257-286.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from reflectkit.codebook import Role
from reflectkit.read.talk import LEAST_ROWS, MOST_ROWS, heard, probability, row_scores, side_features
from reflectkit.values import Note, RoleAssignment, Row

SESSION_BELOW = 0.03
"""Probability that the labels are right below which the whole session is suspected."""

ROW_LOG_ODDS = -2.0
"""Log-odds of "exchanged" from which a row is suspected. They rank rows and are no calibrated probability."""

LEAST_ROWS_TO_SUSPECT = 8
"""Rows below which nothing is suspected: too few to know how turns follow each other, or how somebody talks."""

_TRUST_IN_WORDS = 0.5
"""Rows of a session are alike, so that their log-odds count half where they are added up."""

_BEGIN, _GO_ON = math.log(0.003), math.log(0.5)
"""Prior of an exchange beginning at a row, and going on with the next."""

_NOT_BEGIN, _END = math.log(0.997), math.log(0.5)
_ALTERNATIONS, _REPEATS = 4.0, 1.0
"""Pairs of rows added to those counted, so that a short session is not taken for one in which nobody speaks twice."""


class _Spoken(NamedTuple):
    """The rows of worker and client: where they stand, their texts, whose they are, and what their words speak for."""

    positions: list[int]
    texts: list[str]
    sides: list[Role]
    scores: list[float]


def swap_notes(
    rows: Sequence[Row], told: Sequence[Role], roles: RoleAssignment, *, single_rows: bool = True
) -> list[Note]:
    """Note labels that look exchanged.

    Parameters
    ----------
    rows : sequence of Row
        Rows in order.
    told : sequence of Role
        Role of each row.
    roles : RoleAssignment
        Where the roles come from; roles guessed from talk are not held against talk again.
    single_rows : bool, optional
        False to look at the whole session only, as for captions: cut by time, they hold too few words each.

    Returns
    -------
    list of Note
        One note without a row if it is the whole session; else one for each run of suspected rows.
    """
    spoken = _spoken(rows, told)
    fit = 0.5 if roles.basis == "talk" or len(spoken.texts) < LEAST_ROWS_TO_SUSPECT else _fit(spoken)
    if fit < SESSION_BELOW:
        whose = "the roles given look" if roles.basis == "given" else "the speakers' labels look"
        message = (
            f"{whose} exchanged: the worker talks as clients do and the client as workers do "
            f"(probability that they are right: {fit:.2f})."
        )
        return [Note("suspect", message)]
    runs: list[list[int]] = []
    for i in _suspects(spoken, ROW_LOG_ODDS) if single_rows else ():
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    message = "the speaker looks exchanged: the words and the order of turns speak for the other side."
    return [Note("suspect", message, row=rows[run[0]].row, count=len(run)) for run in runs]


def labels_fit(rows: Sequence[Row], roles: Sequence[Role]) -> float:
    """Tell how likely the roles of a session are right, from how the two sides talk.

    Parameters
    ----------
    rows : sequence of Row
        Rows in order.
    roles : sequence of Role
        Role of each row; rows of others are passed over.

    Returns
    -------
    float
        Probability in (0, 1); 0.5 where there is too little to go by.
    """
    return _fit(_spoken(rows, roles))


def _fit(spoken: _Spoken) -> float:
    if len(spoken.texts) < LEAST_ROWS or len(set(spoken.sides)) < 2:
        return 0.5
    features = side_features(spoken.texts, spoken.sides, spoken.scores)
    return probability(features[Role.WORKER], features[Role.CLIENT])


def suspects(rows: Sequence[Row], roles: Sequence[Role], *, threshold: float = ROW_LOG_ODDS) -> list[int]:
    """Find rows whose speaker looks exchanged for the other side.

    Parameters
    ----------
    rows : sequence of Row
        Rows in order.
    roles : sequence of Role
        Role of each row; rows of others are passed over.
    threshold : float, optional
        Log-odds from which a row is suspected.

    Returns
    -------
    list of int
        Positions in `rows`, in order.
    """
    return _suspects(_spoken(rows, roles), threshold)


def _suspects(spoken: _Spoken, threshold: float) -> list[int]:
    if len(spoken.texts) < LEAST_ROWS_TO_SUSPECT or len(set(spoken.sides)) < 2:
        return []
    odds = exchange_log_odds(spoken.scores, [side is Role.WORKER for side in spoken.sides])
    return [i for i, value in zip(spoken.positions, odds, strict=True) if value >= threshold]


def _spoken(rows: Sequence[Row], roles: Sequence[Role]) -> _Spoken:
    positions = [i for i, role in enumerate(roles[:MOST_ROWS]) if role is not Role.OTHER]
    texts = [heard(rows[i].text) for i in positions]
    return _Spoken(positions, texts, [roles[i] for i in positions], row_scores(texts))


def exchange_log_odds(scores: Sequence[float], is_worker: Sequence[bool]) -> list[float]:
    """Return the posterior log-odds that each row's label is exchanged.

    Parameters
    ----------
    scores : sequence of float
        Log-odds that a worker says the row, as from `reflectkit.read.talk.row_scores`.
    is_worker : sequence of bool
        True where the label says worker, as long as `scores`.

    Returns
    -------
    list of float
        Shape (n_rows,).

    Examples
    --------
    >>> labels = [True, False, True, True, True, False, True, False, True, False]
    >>> odds = exchange_log_odds([6, -6] * 5, labels)
    >>> odds.index(max(odds))
    3
    """
    repeats = [a == b for a, b in pairwise(is_worker)]
    pairs = len(repeats) + _ALTERNATIONS + _REPEATS
    again = math.log((sum(repeats) + _REPEATS) / pairs)
    other = math.log((len(repeats) - sum(repeats) + _ALTERNATIONS) / pairs)
    fits = [_TRUST_IN_WORDS * (s if w else -s) / 2 for s, w in zip(scores, is_worker, strict=True)]
    # Two neighbours in the same state follow each other as their labels do; in different states, the other way round.
    steps = [(again, other) if repeat else (other, again) for repeat in repeats]
    right, swapped = fits[0] + _NOT_BEGIN, -fits[0] + _BEGIN
    forward = [(right, swapped)]
    for fit, (same, unlike) in zip(fits[1:], steps, strict=True):
        right, swapped = (
            fit + _log_add(right + same + _NOT_BEGIN, swapped + unlike + _END),
            -fit + _log_add(right + unlike + _BEGIN, swapped + same + _GO_ON),
        )
        forward.append((right, swapped))
    after_right = after_swapped = 0.0
    odds = [forward[-1][1] - forward[-1][0]]
    for i in range(len(steps) - 1, -1, -1):
        same, unlike = steps[i]
        right, swapped = after_right + fits[i + 1], after_swapped - fits[i + 1]
        after_right = _log_add(same + _NOT_BEGIN + right, unlike + _BEGIN + swapped)
        after_swapped = _log_add(unlike + _END + right, same + _GO_ON + swapped)
        odds.append(forward[i][1] + after_swapped - forward[i][0] - after_right)
    return odds[::-1]


def _log_add(a: float, b: float) -> float:
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))
