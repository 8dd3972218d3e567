"""Calibration and thresholds: what is fitted on sessions the model was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from reflectkit.classify.classifier import calibrate, calibrated_alone
from reflectkit.classify.decisions import Thresholds, choose, confidence
from reflectkit.classify.surroundings import COLUMNS, Places, places, surroundings
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus

SURE_SHARE = 0.85
"""Share of held-out utterances that stay "sure": of the rest the whole set of behaviours is wrong more often than right."""

LEAST_SESSIONS = 40
"""Held-out sessions, recognised copies counted, below which nothing is fitted of what stands around an utterance."""

LEAST_CASES = 20
"""Utterances with and without a behaviour below which what stands around has no say in it."""

PIECE = 4
"""Utterances of the pieces that sessions are cut into for a second look, so that clips and short chats are no worse off."""

SURROUNDINGS_STRENGTH = 0.02
"""Inverse strength of regularisation of what stands around an utterance, chosen on dev sessions."""

_FOLDS = 5
_OWN = 10.0  # an utterance's own log-odds are scaled up, so that the penalty does not draw their slope to nothing
_GRID = np.round(np.arange(0.1, 0.7001, 0.02), 2)


def f1(y: npt.NDArray[np.bool_], predicted: npt.NDArray[np.bool_]) -> float | None:
    """Return F1, the harmonic mean of precision and recall.

    Parameters
    ----------
    y, predicted : numpy.ndarray of bool, shape (n,)
        Human and predicted codes.

    Returns
    -------
    float or None
        In [0, 1]; `None` if there is neither a code nor a prediction.

    Examples
    --------
    >>> f1(np.array([True, True, False]), np.array([True, False, False])).__round__(2)
    0.67
    """
    total = int(y.sum() + predicted.sum())
    return 2 * int((y & predicted).sum()) / total if total else None


def best_f1(y: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> float:
    """Return F1 at the best threshold: what scores can give once a threshold is chosen.

    Parameters
    ----------
    y : numpy.ndarray of bool, shape (n,)
        What holds.
    scores : numpy.ndarray, shape (n,)
        Higher is likelier.

    Returns
    -------
    float
        In [0, 1]; 0 if nothing holds.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(y[order])
    return float(np.max(2 * hits / (np.arange(1, len(y) + 1) + y.sum()))) if y.any() else 0.0


def platt(
    scores: npt.NDArray[np.float64], y: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """Fit Platt scaling for each behaviour, with the smoothed targets of Platt (1999).

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, n_behaviours)
        Log-odds of utterances the model was not trained on.
    y : numpy.ndarray of bool, shape (n, n_behaviours)
        Their codes.
    weights : numpy.ndarray, shape (n,), optional
        How much each utterance counts; all the same if not given.

    Returns
    -------
    numpy.ndarray, shape (n_behaviours, 2)
        Slope and intercept; (1, 0) for a behaviour that never or always holds, or whose scores do not rise with it.
    """
    rows = []
    for i in range(y.shape[1]):
        if y[:, i].all() or not y[:, i].any():
            rows.append((1.0, 0.0))
            continue
        yes, no = int(y[:, i].sum()), int((~y[:, i]).sum())
        p = np.where(y[:, i], (yes + 1) / (yes + 2), 1 / (no + 2))
        fitted = LogisticRegression(C=1e6, max_iter=1000).fit(
            np.concatenate([scores[:, [i]], scores[:, [i]]]),
            np.repeat([True, False], len(p)),
            sample_weight=np.concatenate([p, 1 - p]) * (1.0 if weights is None else np.tile(weights, 2)),
        )
        slope = float(fitted.coef_[0, 0])
        rows.append((slope, float(fitted.intercept_[0])) if slope > 0 else (1.0, 0.0))
    return np.asarray(rows)


def platt_of(sources: Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]]) -> npt.NDArray[np.float64]:
    """Fit Platt scaling on several sources, each of which counts the same.

    Parameters
    ----------
    sources : sequence of (numpy.ndarray, numpy.ndarray)
        Scores and codes, as for `platt`.

    Returns
    -------
    numpy.ndarray, shape (n_behaviours, 2)
        As from `platt`.
    """
    most = max(len(scores) for scores, _ in sources)
    weights = np.concatenate([np.full(len(scores), most / len(scores)) for scores, _ in sources])
    return platt(np.concatenate([s for s, _ in sources]), np.concatenate([y for _, y in sources]), weights)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Sessions that a model was not trained on, and its scores.

    Attributes
    ----------
    scores : numpy.ndarray, shape (n, n_behaviours)
        Log-odds, not calibrated.
    y : numpy.ndarray of bool, shape (n, n_behaviours)
        What holds.
    where : Places, shape (n, 2)
        Where the utterances stand.
    groups : numpy.ndarray of int, shape (n,)
        What must stay on one side of a fold.
    """

    scores: npt.NDArray[np.float64]
    y: npt.NDArray[np.bool_]
    where: Places
    groups: npt.NDArray[np.int64]

    @classmethod
    def of(cls, scores: npt.NDArray[np.float64], corpus: Corpus, groups: npt.NDArray[np.int64] | None = None) -> Scored:
        """Take a corpus's utterances, and after them their copies as speech recognition would give them.

        Parameters
        ----------
        scores : numpy.ndarray, shape (2 * n_utterances, n_behaviours)
            Of the utterances as written, then recognised.
        corpus : Corpus
            The sessions.
        groups : numpy.ndarray of int, shape (n_utterances,), optional
            What must stay on one side of a fold; the sessions if not given.

        Returns
        -------
        Scored
            The copies are sessions of their own, in the groups of their originals.
        """
        sessions = [(copy, g) for copy in (False, True) for g in corpus.groups.tolist()]
        where = places([*corpus.utterances, *corpus.utterances], sessions)
        return cls(
            scores, np.tile(corpus.labels(), (2, 1)), where, np.tile(corpus.groups if groups is None else groups, 2)
        )


def fit_calibration(
    sources: Sequence[Scored],
) -> tuple[dict[str, npt.NDArray[np.float64]], list[npt.NDArray[np.float64]]]:
    """Fit Platt scaling, and then what stands around an utterance, on several sources, each of which counts the same.

    Parameters
    ----------
    sources : sequence of Scored
        Sessions of one kind each.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        ``calibration``, and ``surroundings`` if there are at least `LEAST_SESSIONS` sessions, as
        `reflectkit.classify.classifier.calibrate` takes them.
    probabilities : list of numpy.ndarray, shape (n, n_behaviours)
        Of each source; with ``surroundings`` from a cross-validation that keeps groups together.
    """
    arrays = {"calibration": platt_of([(s.scores, s.y) for s in sources])}
    offsets = np.cumsum([0, *(int(s.groups.max()) + 1 for s in sources)])
    groups = np.concatenate([s.groups + k for s, k in zip(sources, offsets, strict=False)])
    alone = [calibrate(s.scores, arrays) for s in sources]
    if sum(len(np.unique(s.where[:, 0])) for s in sources) < LEAST_SESSIONS or len(np.unique(groups)) < _FOLDS:
        return arrays, alone
    usual = np.mean([p.mean(axis=0) for p in alone], axis=0)
    y = np.concatenate([s.y for s in sources])
    odds = np.concatenate([calibrated_alone(s.scores, arrays["calibration"]) for s in sources])
    weights = np.concatenate([np.full(len(s.y), len(y) / (len(sources) * len(s.y))) for s in sources])
    stands = [[s.where for s in sources], [_pieces(s.where) for s in sources]]  # whole sessions, then pieces
    around = [surroundings(p, where, usual) for own in stands for p, where in zip(alone, own, strict=True)]
    x, odds2, y2, weights2 = np.concatenate(around), np.tile(odds, (2, 1)), np.tile(y, (2, 1)), np.tile(weights, 2)

    def fitted(rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        both = np.tile(rows, 2)
        return _fit_surroundings(odds2[both], x[both], y2[both], weights2[both], usual)

    arrays["surroundings"] = fitted(np.ones(len(y), dtype=np.bool_))
    ends = np.cumsum([0, *(len(s.y) for s in sources)])
    probabilities = np.empty_like(odds)
    for inside, outside in GroupKFold(_FOLDS).split(y, groups=groups):
        own = {**arrays, "surroundings": fitted(np.isin(np.arange(len(y)), inside))}
        held = np.concatenate([calibrate(s.scores, own, s.where) for s in sources])
        probabilities[outside] = held[outside]
    return arrays, [probabilities[a:b] for a, b in pairwise(ends)]


def _pieces(where: Places) -> Places:
    """Cut sessions into pieces of `PIECE` utterances."""
    opens = np.r_[True, where[1:, 0] != where[:-1, 0]]
    starts = np.maximum.accumulate(np.where(opens, np.arange(len(where)), 0))
    opens |= (np.arange(len(where)) - starts) % PIECE == 0
    return np.stack([opens.cumsum(), where[:, 1]], axis=1)


def _fit_surroundings(
    odds: npt.NDArray[np.float64],
    around: npt.NDArray[np.float64],
    y: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    usual: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    rows = np.zeros((y.shape[1], COLUMNS))
    rows[:, 0], rows[:, 2] = 1.0, usual
    for i in range(y.shape[1]):
        if min(y[:, i].sum(), (~y[:, i]).sum()) < LEAST_CASES:
            continue
        model = LogisticRegression(C=SURROUNDINGS_STRENGTH, max_iter=2000)
        model.fit(np.column_stack([_OWN * odds[:, i], around]), y[:, i], sample_weight=weights)
        if model.coef_[0, 0] > 0:
            rows[i] = _OWN * model.coef_[0, 0], model.intercept_[0], usual[i], *model.coef_[0, 1:]
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Held-out rows of one source, for choosing thresholds.

    Attributes
    ----------
    probabilities : numpy.ndarray, shape (n, n_behaviours)
        Calibrated.
    y, known : numpy.ndarray of bool, shape (n, n_behaviours)
        What holds, and what the source can say.
    """

    probabilities: npt.NDArray[np.float64]
    y: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]

    @classmethod
    def whole(cls, probabilities: npt.NDArray[np.float64], y: npt.NDArray[np.bool_]) -> HeldOut:
        """Return rows of a source that says everything.

        Parameters
        ----------
        probabilities : numpy.ndarray, shape (n, n_behaviours)
            Calibrated.
        y : numpy.ndarray of bool, shape (n, n_behaviours)
            What holds.

        Returns
        -------
        HeldOut
            With every behaviour known.
        """
        return cls(probabilities, y, np.ones_like(y))


def choose_thresholds(sources: Sequence[HeldOut], *, least: int = 20) -> Thresholds:
    """Choose for each behaviour the threshold with the best F1, and the level of "unsure".

    The first source counts as much as all others together.

    Parameters
    ----------
    sources : sequence of HeldOut
        The first is annotated in full and sets the level of "unsure".
    least : int, optional
        A source with fewer cases of a behaviour has no say in its threshold, unless it is the first.

    Returns
    -------
    Thresholds
        On a grid of .02 between .1 and .7; ties go to the one nearest .5.
    """
    chosen = []
    for i in range(len(BEHAVIOURS)):
        own = [(s.probabilities[s.known[:, i], i], s.y[s.known[:, i], i]) for s in sources]
        own = [(p, y) for k, (p, y) in enumerate(own) if k == 0 or y.sum() >= least]
        others = len(own) - 1
        weights = [1.0, *([1 / others] * others if others else [])]
        scored = []
        for t in _GRID:
            value = np.average([f1(y, p >= t) or 0.0 for p, y in own], weights=weights)
            scored.append((round(float(value), 3), -abs(t - 0.5), float(t)))
        chosen.append(max(scored)[2])
    p = sources[0].probabilities
    sure = confidence(p, choose(p, Thresholds(tuple(chosen), 0.0)))
    return Thresholds(tuple(chosen), round(float(np.quantile(sure, 1 - SURE_SHARE)), 3))
