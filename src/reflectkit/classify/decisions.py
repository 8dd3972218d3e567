"""From probabilities to behaviours: apart from the model, so that it can be read and tested on a small array.

Rules of the codebook that hold for every decision: at least one behaviour; `other` stands alone; a question is open or
closed by what would answer it (rule 5), so that the likelier of the two stands.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    cut = np.asarray(thresholds.behaviours)
    decisions = []
    for row in probabilities:
        over = row >= cut
        if over[_OPEN] and over[_CLOSED]:
            over[_OPEN if row[_OPEN] < row[_CLOSED] else _CLOSED] = False
        # How far above its own threshold: comparable between frequent and rare behaviours.
        margin = row - cut
        best = int(np.argmax(np.where(over, margin, -1.0) if over.any() else margin))
        if over[_OTHER] and best == _OTHER:
            chosen: Sequence[int] = [_OTHER]
        else:
            chosen = [int(i) for i in np.flatnonzero(over) if i != _OTHER] or [best]
        unsure = bool(confidence(row, chosen) < thresholds.unsure_below)
        decisions.append((tuple(BEHAVIOURS[i] for i in chosen), unsure))
    return decisions


def confidence(probabilities: npt.NDArray[np.float64], chosen: Sequence[int]) -> float:
    """Return the probability that a set of behaviours is right as a whole, the behaviours taken as independent.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n_behaviours,)
        Calibrated probabilities of one utterance.
    chosen : sequence of int
        Columns of the behaviours decided.

    Returns
    -------
    float
        ``prod(p of the chosen) * prod(1 - p of the others)``, in [0, 1].
    """
    right = 1.0 - probabilities
    right[list(chosen)] = probabilities[list(chosen)]
    return float(np.prod(right))
