"""What stands around an utterance in its session, and how that moves its probabilities.

An utterance is scored alone first (with what was heard and said before it). Where its session is known, the log-odds are
then moved by the probabilities of the utterances around it: advice stands beside advice, and a bare "It's cleaner." after
"Delete them." is more of it. The weights are a logistic regression's, fitted on sessions the network has not seen, or in
cross-validation (`reflectkit.learn.fitting.fit_calibration`); it is one step of stacked sequential learning (Cohen and
Carvalho 2005).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import TranscriptError
from reflectkit.values import Utterance

WIDTH = 5 * len(BEHAVIOURS) + 4
"""Numbers that say what stands around an utterance."""

FEW = 5
"""Utterances by which a session's mean is drawn towards the usual share: of a short session it says little."""

COLUMNS = 3 + WIDTH
"""Of the weights: slope, intercept and usual share of each behaviour, then a weight for each number."""

_SPREAD = 4.0  # brings square roots of shares to the size of the other numbers, for the penalty of the fit

Places = npt.NDArray[np.int64]
"""Shape (n_utterances, 2): number of the session, and of the turn in it. A session's utterances stand together, in order."""


def places(utterances: Sequence[Utterance], sessions: Sequence[Hashable]) -> Places:
    """Say where utterances stand.

    Parameters
    ----------
    utterances : sequence of Utterance
        Of each session together, in order.
    sessions : sequence of hashable, same length
        Which session each is from.

    Returns
    -------
    Places
        One row an utterance.

    Raises
    ------
    TranscriptError
        If a session's utterances do not stand together, turn after turn.
    """
    numbers = {name: i for i, name in enumerate(dict.fromkeys(sessions))}
    rows = [(numbers[s], u.turn) for s, u in zip(sessions, utterances, strict=True)]
    if any(after < before for before, after in pairwise(rows)):
        raise TranscriptError(
            "the utterances of a session do not stand together, or its turns are not in order.",
            "Sort the rows of each session by turn.",
        )
    return np.asarray(rows, dtype=np.int64).reshape(-1, 2)


def sigmoid(log_odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn log-odds into probabilities.

    Parameters
    ----------
    log_odds : numpy.ndarray
        Any that ``exp`` can take.

    Returns
    -------
    numpy.ndarray
        ``1 / (1 + exp(-log_odds))``, of the same shape.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def surroundings(p: npt.NDArray[np.float64], where: Places, usual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Describe what stands around each utterance.

    Parameters
    ----------
    p : numpy.ndarray, shape (n, n_behaviours)
        Probabilities of each utterance alone.
    where : Places, shape (n, 2)
        Where they stand.
    usual : numpy.ndarray, shape (n_behaviours,)
        Share of utterances that carry each behaviour, in [0, 1].

    Returns
    -------
    numpy.ndarray, shape (n, WIDTH)
        For each behaviour the probability of the utterance before it in its turn and of the one after; the highest of the
        worker's turn before and of the turn after; four times the square root of the mean of the session's other
        utterances, `FEW` usual ones added; then whether there are the first four. Zeros where there is none.
    """
    n = len(p)
    opens_session = np.r_[True, where[1:, 0] != where[:-1, 0]]
    opens_turn = opens_session | np.r_[True, where[1:, 1] != where[:-1, 1]]
    turn, session = opens_turn.cumsum() - 1, opens_session.cumsum() - 1
    turns, heads = np.flatnonzero(opens_turn), np.flatnonzero(opens_session)

    highest = np.maximum.reduceat(p, turns, axis=0)
    nothing = np.zeros((1, p.shape[1]))
    follows = ~opens_turn  # another utterance of its turn stands before it
    leads = np.r_[follows[1:], False]
    after_turn = ~opens_session[turns]  # another turn of its session stands before it
    before_turn = np.r_[after_turn[1:], False]
    near = [
        np.concatenate([nothing, p[:-1]]) * follows[:, None],
        np.concatenate([p[1:], nothing]) * leads[:, None],
        (np.concatenate([nothing, highest[:-1]]) * after_turn[:, None])[turn],
        (np.concatenate([highest[1:], nothing]) * before_turn[:, None])[turn],
    ]
    sizes = np.diff(np.r_[heads, n])
    rest = (np.add.reduceat(p, heads, axis=0)[session] - p).clip(0)
    others = (rest + FEW * usual) / (sizes[session, None] - 1 + FEW)
    there = np.stack([follows, leads, after_turn[turn], before_turn[turn]], axis=1)
    return np.concatenate([*near, _SPREAD * np.sqrt(others), there], axis=1)


def moved(
    log_odds: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], where: Places
) -> npt.NDArray[np.float64]:
    """Move log-odds by what stands around.

    Parameters
    ----------
    log_odds : numpy.ndarray, shape (n, n_behaviours)
        Calibrated, of each utterance alone.
    weights : numpy.ndarray, shape (n_behaviours, COLUMNS)
        Slope, intercept, usual share, and the weights of `surroundings`.
    where : Places, shape (n, 2)
        Where they stand.

    Returns
    -------
    numpy.ndarray, shape (n, n_behaviours)
        As they were for the only utterance of a session.
    """
    around = surroundings(sigmoid(log_odds), where, weights[:, 2])
    # einsum and not a matrix product, whose last bits depend on how many rows there are
    new = log_odds * weights[:, 0] + weights[:, 1] + np.einsum("nf,bf->nb", around, weights[:, 3:])
    return np.where(around[:, -4:].any(axis=1, keepdims=True), new, log_odds)
