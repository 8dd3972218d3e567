"""What every kind of model gives: log-odds, and how far each word of the utterance pulled them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from reflectkit.values import Utterance

_SINGLE: ContextVar[bool] = ContextVar("single thread", default=False)


@contextmanager
def single_thread() -> Iterator[None]:
    """Score on one thread within this context: for processes that work side by side, one a core.

    Yields
    ------
    None
        Results are the same, whatever the threads.
    """
    before = _SINGLE.set(True)
    try:
        yield
    finally:
        _SINGLE.reset(before)


def threads() -> int:
    """Return how many threads may score.

    Returns
    -------
    int
        One a core, or one within `single_thread`.
    """
    return 1 if _SINGLE.get() else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Pulls:
    """How far each word of an utterance raised the log-odds of each behaviour.

    Attributes
    ----------
    spans : sequence of (int, int)
        Offsets of the words into the utterance's text.
    pull : numpy.ndarray, shape (n_words, n_behaviours)
        Parts of the log-odds; what does not stand on a word of the utterance (context, intercept) is in none.
    """

    spans: Sequence[tuple[int, int]]
    pull: npt.NDArray[np.float64]


class Scorer(Protocol):
    """A model's inner part: utterances in, log-odds out. It keeps no state between calls; threads may share it."""

    def score(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        """Score utterances.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context; at least one.

        Returns
        -------
        log_odds : numpy.ndarray, shape (n_utterances, n_behaviours)
            Not calibrated.
        pulls : list of Pulls
            One an utterance.
        """
        ...
