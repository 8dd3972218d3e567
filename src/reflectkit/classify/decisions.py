"""From probabilities to behaviours: apart from the model, so that it can be read and tested on a small array.

Rules of the codebook that hold for every decision: at least one behaviour; `other` stands alone; a question is open or
closed by what would answer it (rule 5), so that the likelier of the two stands.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS, Behaviour

_OTHER = BEHAVIOURS.index(Behaviour.OTHER)
_OPEN, _CLOSED = BEHAVIOURS.index(Behaviour.OPEN_QUESTION), BEHAVIOURS.index(Behaviour.CLOSED_QUESTION)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a probability becomes a decision; chosen on dev sessions, kept with the model.

    Attributes
    ----------
    behaviours : tuple of float
        One in [0, 1] for each of `BEHAVIOURS`.
    unsure_below : float
        A decision that is right with a lower probability is marked unsure.
    """

    behaviours: tuple[float, ...]
    unsure_below: float


def decide(probabilities: npt.NDArray[np.float64], thresholds: Thresholds) -> list[tuple[tuple[Behaviour, ...], bool]]:
    """Choose the behaviours of each utterance.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n_utterances, n_behaviours)
        Calibrated probabilities in [0, 1], columns as `BEHAVIOURS`.
    thresholds : Thresholds
        Where a probability becomes a decision.

    Returns
    -------
    list of (tuple of Behaviour, bool)
        Behaviours in the order of the codebook, and whether the decision is unsure.

    Examples
    --------
    >>> p = np.array([[0.9, 0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.1], [0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3]])
    >>> [(tuple(map(str, b)), unsure) for b, unsure in decide(p, Thresholds((0.5,) * 8, 0.4))]
    [(('open_question', 'reflection'), False), (('other',), True)]
    """
    held = choose(probabilities, thresholds)
    unsure = confidence(probabilities, held) < thresholds.unsure_below
    return [
        (tuple(itertools.compress(BEHAVIOURS, row)), doubtful)
        for row, doubtful in zip(held.tolist(), unsure.tolist(), strict=True)
    ]


def choose(probabilities: npt.NDArray[np.float64], thresholds: Thresholds) -> npt.NDArray[np.bool_]:
    """Choose the behaviours of each utterance, as an array.

    Parameters
    ----------
    probabilities, thresholds
        As for `decide`.

    Returns
    -------
    numpy.ndarray of bool, shape (n_utterances, n_behaviours)
        At least one in a row.
    """
    cut = np.asarray(thresholds.behaviours)
    over = probabilities >= cut
    both = over[:, _OPEN] & over[:, _CLOSED]
    open_is_less = probabilities[:, _OPEN] < probabilities[:, _CLOSED]
    over[both & open_is_less, _OPEN] = False
    over[both & ~open_is_less, _CLOSED] = False
    # How far above its own threshold: comparable between frequent and rare behaviours.
    margin = probabilities - cut
    candidates = np.where(over.any(axis=1, keepdims=True), np.where(over, margin, -1.0), margin)
    best = np.argmax(candidates, axis=1) if len(over) else np.zeros(0, dtype=np.intp)
    chosen = over.copy()
    chosen[:, _OTHER] = False
    none = ~chosen.any(axis=1) | (over[:, _OTHER] & (best == _OTHER))
    chosen[none] = False
    chosen[none, best[none]] = True
    return chosen


def confidence(probabilities: npt.NDArray[np.float64], chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the probability that sets of behaviours are right as a whole, the behaviours taken as independent.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n_utterances, n_behaviours)
        Calibrated probabilities.
    chosen : numpy.ndarray of bool, shape (n_utterances, n_behaviours)
        The behaviours decided.

    Returns
    -------
    numpy.ndarray, shape (n_utterances,)
        ``prod(p of the chosen) * prod(1 - p of the others)``, in [0, 1].
    """
    return np.asarray(np.prod(np.where(chosen, probabilities, 1.0 - probabilities), axis=1))
