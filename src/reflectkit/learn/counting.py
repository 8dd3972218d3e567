"""Counts of whole sessions: how far four ways of counting are from the annotators', and how often the intervals hold.

Decisions are counted as they are, corrected for the rates of misses and false alarms measured elsewhere (adjusted classify
and count, Forman 2008), replaced by the sum of probabilities (probabilistic classify and count, Bella et al. 2010), or
averaged with that sum, which is what intervals rest on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, classify
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus
from reflectkit.learn.evaluation import by_session, predict
from reflectkit.learn.public import LEAST_POSITIVES, PublicRow, by_row, utterances_of
from reflectkit.measure.intervals import Estimate
from reflectkit.measure.session import measure_session

STRETCHES = "directive_disclosure_count"

LEAST_DISCERNING = 0.05
"""Difference of the rates below which correcting would blow up chance."""

LEAST_DOUBT = 1.0
"""Sum of squared doubts below which a behaviour is too rare to say how it shifts."""


@dataclass(frozen=True, slots=True)
class CountScore:
    """How well one behaviour is counted in sessions.

    Attributes
    ----------
    behaviour : str
        Its name, or ``"directive_disclosure_count"`` for stretches.
    mean : float
        Annotators' count, mean over sessions.
    decided_error, expected_error, averaged_error : float
        Mean absolute error of counting decisions, of summing probabilities, and of the mean of both.
    adjusted_error : float or None
        Mean absolute error of decisions corrected for known error rates; `None` without such rates.
    coverage, nominal, width : float
        Share of sessions whose interval holds the annotators' count, the share that should by the intervals' own
        reckoning (above 0.9, since counts are whole numbers), and the intervals' mean width.
    """

    behaviour: str
    mean: float
    decided_error: float
    expected_error: float
    averaged_error: float
    adjusted_error: float | None
    coverage: float
    nominal: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What sessions hold, counted by annotators and by a model that was not trained on them.

    Attributes
    ----------
    counts : numpy.ndarray, shape (n_sessions, n_behaviours)
        By the annotators.
    means, doubts : numpy.ndarray, shape (n_sessions, n_behaviours)
        The model's mean, as `reflectkit.measure.intervals.Estimate` takes it, and ``sum(p * (1 - p))``.
    """

    counts: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    doubts: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls,
        y: npt.NDArray[np.bool_],
        probabilities: npt.NDArray[np.float64],
        decided: npt.NDArray[np.bool_],
        groups: npt.NDArray[np.int64],
    ) -> Counted:
        """Count.

        Parameters
        ----------
        y : numpy.ndarray of bool, shape (n, n_behaviours)
            The annotators' codes of utterances.
        probabilities : numpy.ndarray, shape (n, n_behaviours)
            The model's, calibrated.
        decided : numpy.ndarray of bool, shape (n, n_behaviours)
            The model's decisions.
        groups : numpy.ndarray of int, shape (n,)
            Number of each utterance's session.

        Returns
        -------
        Counted
            One row a session.
        """
        n = int(groups.max()) + 1
        counts, means, doubts = (
            by_session(x, groups, n) for x in (y, (probabilities + decided) / 2, probabilities * (1 - probabilities))
        )
        return cls(counts, means, doubts)


def session_shift(sources: Sequence[Counted]) -> list[float]:
    """Measure how far the log-odds of each behaviour shift between sessions.

    By the method of moments: ``E[(count - mean)**2] = v + sd**2 * v**2`` with ``v = sum(p * (1 - p))``, over the
    sessions of each source, then the mean of the sources, so that many sessions of one kind do not outvote few of another.
    Few sessions tell a variance badly: each behaviour's is drawn half-way to the mean of all.

    Parameters
    ----------
    sources : sequence of Counted
        Sessions of one kind each.

    Returns
    -------
    list of float, length n_behaviours
        Standard deviations, at least 0.
    """
    squares = [
        ((c.counts - c.means) ** 2 - c.doubts).sum(axis=0) / np.maximum((c.doubts**2).sum(axis=0), LEAST_DOUBT)
        for c in sources
    ]
    variances = np.clip(np.mean(squares, axis=0), 0.0, None)
    return [round(float(x), 3) for x in np.sqrt((variances + variances.mean()) / 2)]


def error_rates(classifier: Classifier, corpus: Corpus) -> npt.NDArray[np.float64]:
    """Measure how often decisions are right where a behaviour is, and wrong where it is not.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions it was not trained on, and others than those to be counted.

    Returns
    -------
    numpy.ndarray, shape (n_behaviours, 2)
        True and false positive rates.
    """
    y = corpus.labels()
    _, decided, _ = predict(classifier, corpus.utterances, corpus.groups.tolist())
    return np.stack([(decided & y).sum(axis=0) / y.sum(axis=0), (decided & ~y).sum(axis=0) / (~y).sum(axis=0)], axis=1)


def evaluate_counts(
    classifier: Classifier, corpus: Corpus, *, rates: npt.NDArray[np.float64] | None = None, stretches: bool = True
) -> list[CountScore]:
    """Score the counts of sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions it was not trained on.
    rates : numpy.ndarray, shape (n_behaviours, 2), optional
        As from `error_rates`, for adjusted counts.
    stretches : bool, optional
        False where directive-disclosure is not coded.

    Returns
    -------
    list of CountScore
        One a behaviour, then the stretches of directive-disclosure.
    """
    y, groups = corpus.labels(), corpus.groups
    p, decided, _ = predict(classifier, corpus.utterances, groups.tolist())
    scores = [
        _score(
            b.value,
            y[:, i],
            p[:, i],
            decided[:, i],
            groups,
            classifier.session_sd[i],
            None if rates is None else rates[i],
        )
        for i, b in enumerate(BEHAVIOURS)
    ]
    return [*scores, _stretches(classifier, corpus)] if stretches else scores


def evaluate_public_counts(classifier: Classifier, rows: Sequence[PublicRow]) -> list[CountScore]:
    """Score the counts of rows with each behaviour in public dialogues.

    Parameters
    ----------
    classifier : Classifier
        The model.
    rows : sequence of PublicRow
        As from `reflectkit.learn.public.load_public`.

    Returns
    -------
    list of CountScore
        Behaviours the corpus can say; a row carries what some of its utterances carry.
    """
    spoken = [row for row in rows if row.utterances]
    p, decided, _ = predict(classifier, *utterances_of(spoken))
    carried, some = by_row(decided, spoken), 1 - by_product(1 - p, spoken)
    names = {name: i for i, name in enumerate(dict.fromkeys(row.dialogue for row in spoken))}
    scores = []
    for i, b in enumerate(BEHAVIOURS[:-1]):
        said = [row.answers(b.value) for row in spoken]
        known = [k for k, x in enumerate(said) if x is not None]
        y = np.asarray([bool(said[k]) for k in known], dtype=np.bool_)
        if y.sum() < LEAST_POSITIVES:
            continue
        numbers = np.unique([names[spoken[k].dialogue] for k in known], return_inverse=True)[1]
        scores.append(_score(b.value, y, some[known, i], carried[known, i], numbers, classifier.session_sd[i], None))
    return scores


def by_product(values: npt.NDArray[np.float64], rows: Sequence[PublicRow]) -> npt.NDArray[np.float64]:
    """Multiply the values of each row's utterances.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_utterances, n_behaviours)
        Of the rows' utterances, row after row.
    rows : sequence of PublicRow
        Each with at least one utterance.

    Returns
    -------
    numpy.ndarray, shape (n_rows, n_behaviours)
        The products.
    """
    starts = np.cumsum([0, *(len(row.utterances) for row in rows[:-1])])
    return np.asarray(np.multiply.reduceat(values, starts, axis=0))


def _score(
    name: str,
    y: npt.NDArray[np.bool_],
    p: npt.NDArray[np.float64],
    decided: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    session_sd: float,
    rates: npt.NDArray[np.float64] | None,
) -> CountScore:
    sizes = np.bincount(groups)
    counts, guesses, expected = (np.bincount(groups, weights=x).astype(np.float64) for x in (y, decided, p))
    adjusted = None
    if rates is not None:
        hit, alarm = rates
        adjusted = np.clip((guesses - alarm * sizes) / max(hit - alarm, LEAST_DISCERNING), 0, sizes)
    estimates = [
        Estimate.of(int(value), p[groups == i].tolist(), session_sd=session_sd) for i, value in enumerate(guesses)
    ]
    return _summed(name, counts, guesses, expected, adjusted, estimates)


def _summed(
    name: str,
    counts: npt.NDArray[np.float64],
    guesses: npt.NDArray[np.float64],
    expected: npt.NDArray[np.float64],
    adjusted: npt.NDArray[np.float64] | None,
    estimates: Sequence[Estimate],
) -> CountScore:
    intervals = [e.interval() for e in estimates]
    means = np.asarray([e.mean for e in estimates])
    return CountScore(
        name,
        float(counts.mean()),
        float(np.abs(counts - guesses).mean()),
        float(np.abs(counts - expected).mean()),
        float(np.abs(counts - means).mean()),
        None if adjusted is None else float(np.abs(counts - adjusted).mean()),
        float(np.mean([low <= n <= high for n, (low, high) in zip(counts, intervals, strict=True)])),
        float(np.mean([e.probability(*ends) for e, ends in zip(estimates, intervals, strict=True)])),
        float(np.mean([high - low for low, high in intervals])),
    )


def _stretches(classifier: Classifier, corpus: Corpus) -> CountScore:
    measured = [
        measure_session(s.transcript, classify(s.utterances, classifier), session_sd=classifier.session_sd)
        for s in corpus.sessions
    ]
    estimates = [m.balance.estimate(STRETCHES) for m in measured]
    counts = np.asarray([float(len(s.disclosures)) for s in corpus.sessions])
    guesses = np.asarray([float(e.value) for e in estimates])
    means = np.asarray([e.mean for e in estimates])
    return _summed(STRETCHES, counts, guesses, 2 * means - guesses, None, estimates)
