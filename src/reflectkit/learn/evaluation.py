"""How well a model does on sessions it has not seen: precision, recall, F1 with intervals, calibration, abstention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, classify, decide
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus
from reflectkit.measure import find_disclosures
from reflectkit.values import DirectiveDisclosure, Utterance

RESAMPLES = 1000
LEVEL = 0.9
SEED = 7
_BINS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of one behaviour.

    Attributes
    ----------
    behaviour : str
        Its name.
    n : int
        Utterances that carry it by the human code.
    precision, recall, f1 : float or None
        In [0, 1]; `None` where nothing was predicted, coded, or either.
    low, high : float or None
        90 % bootstrap interval of F1, sessions resampled.
    kappa : float or None
        Cohen's kappa between model and human code.
    calibration_error : float
        Expected calibration error over ten bins of equal width, in [0, 1].
    """

    behaviour: str
    n: int
    precision: float | None
    recall: float | None
    f1: float | None
    low: float | None
    high: float | None
    kappa: float | None
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores of a model on a corpus.

    Attributes
    ----------
    sessions, utterances : int
        How much was scored.
    scores : tuple of Score
        One a behaviour.
    macro_f1, macro_low, macro_high : float
        Mean of the behaviours' F1 (0 where undefined), with its bootstrap interval.
    unsure_share : float
        Share of utterances marked unsure.
    exact_sure, exact_unsure : float or None
        Share of utterances whose whole set of behaviours is the human's, among sure and among unsure ones.
    """

    sessions: int
    utterances: int
    scores: tuple[Score, ...]
    macro_f1: float
    macro_low: float
    macro_high: float
    unsure_share: float
    exact_sure: float | None
    exact_unsure: float | None


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


def kappa(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float | None:
    """Return Cohen's kappa of two codings (Cohen 1960).

    Parameters
    ----------
    a, b : numpy.ndarray of bool, shape (n,)
        Codes of the same utterances.

    Returns
    -------
    float or None
        At most 1; `None` if chance alone would agree fully.

    Examples
    --------
    >>> kappa(np.array([True, True, False, False]), np.array([True, False, False, False]))
    0.5
    """
    observed = float((a == b).mean())
    chance = float(a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean()))
    return (observed - chance) / (1 - chance) if chance < 1 else None


def calibration_error(y: npt.NDArray[np.bool_], probabilities: npt.NDArray[np.float64]) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015).

    Parameters
    ----------
    y : numpy.ndarray of bool, shape (n,)
        Human codes.
    probabilities : numpy.ndarray, shape (n,)
        Predicted probabilities in [0, 1].

    Returns
    -------
    float
        Mean distance between probability and frequency, weighted by the bins' sizes, in [0, 1].
    """
    bins = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for b in range(_BINS):
        inside = bins == b
        if inside.any():
            error += inside.mean() * abs(float(y[inside].mean()) - float(probabilities[inside].mean()))
    return float(error)


def predict(
    classifier: Classifier, utterances: Sequence[Utterance]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return probabilities, decisions and "unsure" as arrays.

    Parameters
    ----------
    classifier : Classifier
        The model.
    utterances : sequence of Utterance
        With context.

    Returns
    -------
    probabilities : numpy.ndarray, shape (n, n_behaviours)
        In [0, 1].
    decided : numpy.ndarray of bool, shape (n, n_behaviours)
        Behaviours decided.
    unsure : numpy.ndarray of bool, shape (n,)
        Decisions not worth relying on.
    """
    probabilities = classifier.predict_proba(utterances)
    decisions = decide(probabilities, classifier.thresholds)
    decided = np.asarray([[b in chosen for b in BEHAVIOURS] for chosen, _ in decisions], dtype=np.bool_)
    return (
        probabilities,
        decided.reshape(len(decisions), len(BEHAVIOURS)),
        np.asarray([u for _, u in decisions], dtype=np.bool_),
    )


def evaluate(classifier: Classifier, corpus: Corpus, utterances: Sequence[Utterance] | None = None) -> Evaluation:
    """Score a model on annotated sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.
    utterances : sequence of Utterance, optional
        The corpus's utterances in another guise (for example as recognised speech), in the same order.

    Returns
    -------
    Evaluation
        With 90 % bootstrap intervals, sessions resampled with a fixed seed.
    """
    y, groups = corpus.labels(), corpus.groups
    probabilities, decided, unsure = predict(classifier, corpus.utterances if utterances is None else utterances)
    n_sessions = len(corpus.sessions)
    # Per session: hits, and codes plus predictions, so that resampling sums counts.
    hits = np.zeros((n_sessions, len(BEHAVIOURS)))
    sizes = np.zeros((n_sessions, len(BEHAVIOURS)))
    np.add.at(hits, groups, (y & decided).astype(float))
    np.add.at(sizes, groups, y.astype(float) + decided)
    draws = np.random.default_rng(SEED).integers(0, n_sessions, size=(RESAMPLES, n_sessions))
    total = sizes[draws].sum(axis=1)
    resampled = np.divide(2 * hits[draws].sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    macro_low, macro_high = np.quantile(resampled.mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    scores = []
    for i, behaviour in enumerate(BEHAVIOURS):
        found, coded, right = int(decided[:, i].sum()), int(y[:, i].sum()), int((y & decided)[:, i].sum())
        scores.append(
            Score(
                behaviour.value,
                coded,
                right / found if found else None,
                right / coded if coded else None,
                f1(y[:, i], decided[:, i]),
                float(low[i]),
                float(high[i]),
                kappa(y[:, i], decided[:, i]),
                calibration_error(y[:, i], probabilities[:, i]),
            )
        )
    exact = (y == decided).all(axis=1)
    return Evaluation(
        n_sessions,
        len(y),
        tuple(scores),
        float(np.mean([s.f1 or 0.0 for s in scores])),
        float(macro_low),
        float(macro_high),
        float(unsure.mean()),
        float(exact[~unsure].mean()) if (~unsure).any() else None,
        float(exact[unsure].mean()) if unsure.any() else None,
    )


@dataclass(frozen=True, slots=True)
class DisclosureScore:
    """How well directive-disclosures are found, by overlap of stretches.

    Attributes
    ----------
    codes : str
        ``"human"``: behaviours as the annotators coded them; ``"model"``: as the model decides them.
    human, found : int
        Stretches of the annotators, and stretches found.
    precision, recall, f1 : float or None
        In [0, 1]: a stretch is right if it overlaps one of the other side's.
    subtype_right : float or None
        Among found stretches that overlap, the share with the annotators' subtype.
    """

    codes: str
    human: int
    found: int
    precision: float | None
    recall: float | None
    f1: float | None
    subtype_right: float | None


def evaluate_disclosures(classifier: Classifier, corpus: Corpus) -> list[DisclosureScore]:
    """Score the finding of directive-disclosures, with the annotators' behaviours and with the model's.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.

    Returns
    -------
    list of DisclosureScore
        With human codes, then with the model's.
    """
    scores = []
    for name in ("human", "model"):
        human = found = hit_human = hit_found = subtype = 0
        for session in corpus.sessions:
            coded = session.coded() if name == "human" else classify(session.utterances, classifier)
            guesses = find_disclosures(session.transcript, coded)
            own = [(_starts(d), d.subtype) for d in session.disclosures]
            theirs = [(_starts(d), d.subtype) for d in guesses]
            human, found = human + len(own), found + len(theirs)
            hit_human += sum(any(a & b for b, _ in theirs) for a, _ in own)
            for a, kind in theirs:
                same = [other for b, other in own if a & b]
                hit_found += bool(same)
                subtype += kind in same
        precision = hit_found / found if found else None
        recall = hit_human / human if human else None
        both = 2 * precision * recall / (precision + recall) if precision and recall else None
        scores.append(
            DisclosureScore(name, human, found, precision, recall, both, subtype / hit_found if hit_found else None)
        )
    return scores


def _starts(disclosure: DirectiveDisclosure) -> set[tuple[int, int]]:
    return {(span.turn, span.start) for span in (*disclosure.story, *disclosure.steering)}
