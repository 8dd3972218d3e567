"""Counts of whole sessions: how far they are from the annotators', and how often the intervals hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus
from reflectkit.learn.evaluation import by_session, predict
from reflectkit.measure.intervals import Estimate


@dataclass(frozen=True, slots=True)
class CountScore:
    """How well one behaviour is counted in sessions.

    Attributes
    ----------
    behaviour : str
        Its name.
    mean : float
        Annotators' count, mean over sessions.
    decided_error, expected_error : float
        Mean absolute error of counting decisions, and of summing probabilities (probabilistic classify and count,
        Bella et al. 2010).
    coverage, width : float
        Share of sessions whose interval holds the annotators' count, and the intervals' mean width.
    """

    behaviour: str
    mean: float
    decided_error: float
    expected_error: float
    coverage: float
    width: float


def dispersion(
    probabilities: npt.NDArray[np.float64], y: npt.NDArray[np.bool_], groups: npt.NDArray[np.int64]
) -> float:
    """Measure how many times more than independent events the counts of sessions vary, all behaviours together.

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n, n_behaviours)
        Of utterances of sessions the model was not trained on.
    y : numpy.ndarray of bool, shape (n, n_behaviours)
        Their codes.
    groups : numpy.ndarray of int, shape (n,)
        Number of each utterance's session.

    Returns
    -------
    float
        ``sum((count - sum(p))**2) / sum(p * (1 - p))``, at least 1 (as Pearson's dispersion of a binomial model).
    """
    n = int(groups.max()) + 1
    counts, means, variances = (
        by_session(x, groups, n) for x in (y, probabilities, probabilities * (1 - probabilities))
    )
    return round(max(1.0, float(((counts - means) ** 2).sum() / variances.sum())), 3)


def evaluate_counts(classifier: Classifier, corpus: Corpus) -> list[CountScore]:
    """Score the counts of sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions it was not trained on.

    Returns
    -------
    list of CountScore
        One a behaviour.
    """
    y, groups = corpus.labels(), corpus.groups
    p, decided, _ = predict(classifier, corpus.utterances)
    n = len(corpus.sessions)
    counts, guesses, means, variances = (by_session(x, groups, n) for x in (y, decided, p, p * (1 - p)))
    sizes = np.bincount(groups, minlength=n)
    scores = []
    for i, b in enumerate(BEHAVIOURS):
        intervals = [
            Estimate(int(value), float(mean), classifier.dispersion * float(variance), int(most)).interval()
            for value, mean, variance, most in zip(guesses[:, i], means[:, i], variances[:, i], sizes, strict=True)
        ]
        inside = [low <= n <= high for n, (low, high) in zip(counts[:, i], intervals, strict=True)]
        scores.append(
            CountScore(
                b.value,
                float(counts[:, i].mean()),
                float(np.abs(counts[:, i] - guesses[:, i]).mean()),
                float(np.abs(counts[:, i] - means[:, i]).mean()),
                float(np.mean(inside)),
                float(np.mean([high - low for low, high in intervals])),
            )
        )
    return scores
