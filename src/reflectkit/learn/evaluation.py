"""How well a model does on sessions it has not seen: precision, recall, F1 with intervals, calibration, abstention."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, classify, decide
from reflectkit.classify.classifier import strongest_stretches
from reflectkit.classify.decisions import choose, confidence
from reflectkit.classify.view import plain
from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.lazy import pd
from reflectkit.learn.corpus import Corpus
from reflectkit.learn.fitting import f1
from reflectkit.measure import find_disclosures
from reflectkit.values import DirectiveDisclosure, Utterance

RESAMPLES = 1000
LEVEL = 0.9
SEED = 7
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
EVIDENCE_WORDS = 6
"""Shortest utterance in which evidence can be told from the rest."""

_BINS = 10
_RANDOM = 3
_OTHER = BEHAVIOURS.index(Behaviour.OTHER)


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
        Mean F1 of the behaviours that the annotators found, with its bootstrap interval.
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

    def to_frame(self) -> pd.DataFrame:
        """Return one row a behaviour.

        Returns
        -------
        pandas.DataFrame
            Indexed by behaviour, then ``macro`` (its ``n`` are all utterances, and only F1 is told); columns ``n, precision,
            recall, f1, low, high`` (90 % interval of F1), ``kappa`` and ``calibration_error``; NaN where undefined.
        """
        rows = [{f.name: getattr(s, f.name) for f in fields(Score)} for s in self.scores]
        macro = {"f1": self.macro_f1, "low": self.macro_low, "high": self.macro_high}
        rows.append({"behaviour": "macro", "n": self.utterances, **macro})
        frame = pd.DataFrame(rows).set_index("behaviour")
        return frame.astype({name: "float64" for name in frame.columns if name != "n"})


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
    classifier: Classifier, utterances: Sequence[Utterance], sessions: Sequence[Hashable] | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return probabilities, decisions and "unsure" as arrays.

    Parameters
    ----------
    classifier : Classifier
        The model.
    utterances : sequence of Utterance
        With context.
    sessions : sequence of hashable, optional
        As for `Classifier.predict_proba`.

    Returns
    -------
    probabilities : numpy.ndarray, shape (n, n_behaviours)
        In [0, 1].
    decided : numpy.ndarray of bool, shape (n, n_behaviours)
        Behaviours decided.
    unsure : numpy.ndarray of bool, shape (n,)
        Decisions not worth relying on.
    """
    probabilities = classifier.predict_proba(utterances, sessions)
    decided = choose(probabilities, classifier.thresholds)
    return probabilities, decided, confidence(probabilities, decided) < classifier.thresholds.unsure_below


def by_session(values: npt.NDArray[Any], groups: npt.NDArray[np.int64], sessions: int) -> npt.NDArray[np.float64]:
    """Sum over the utterances of each session.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, n_behaviours)
        Of utterances.
    groups : numpy.ndarray of int, shape (n,)
        Number of each utterance's session.
    sessions : int
        How many there are.

    Returns
    -------
    numpy.ndarray, shape (sessions, n_behaviours)
        Sums.
    """
    summed = np.zeros((sessions, values.shape[1]))
    np.add.at(summed, groups, values.astype(np.float64))
    return summed


def evaluate(
    classifier: Classifier,
    corpus: Corpus,
    utterances: Sequence[Utterance] | None = None,
    *,
    level: str = "utterance",
    alone: bool = False,
) -> Evaluation:
    """Score a model on annotated sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.
    utterances : sequence of Utterance, optional
        The corpus's utterances in another guise (for example as recognised speech), in the same order.
    level : {"utterance", "turn"}, optional
        What is scored; a turn carries what one of its utterances carries, `other` only if nothing else, and is unsure if
        one of them is.
    alone : bool, optional
        True to look at each utterance alone, so that what stands around it in its session has no say.

    Returns
    -------
    Evaluation
        With 90 % bootstrap intervals, sessions resampled with a fixed seed.
    """
    y, groups = corpus.labels(), corpus.groups
    probabilities, decided, unsure = predict(
        classifier, corpus.utterances if utterances is None else utterances, None if alone else groups.tolist()
    )
    if level == "turn":
        turns = np.asarray([u.turn for u in corpus.utterances])
        starts = np.flatnonzero(np.r_[True, (np.diff(turns) != 0) | (np.diff(groups) != 0)])
        y, decided = (_alone(np.logical_or.reduceat(codes, starts, axis=0)) for codes in (y, decided))
        nothing_else = np.multiply.reduceat(probabilities[:, _OTHER], starts)
        probabilities = 1 - np.multiply.reduceat(1 - probabilities, starts, axis=0)
        probabilities[:, _OTHER] = nothing_else
        groups, unsure = groups[starts], np.logical_or.reduceat(unsure, starts)
    n_sessions = len(corpus.sessions)
    # Per session: hits, and codes plus predictions, so that resampling sums counts.
    hits = by_session(y & decided, groups, n_sessions)
    sizes = by_session(y.astype(float) + decided, groups, n_sessions)
    draws = np.random.default_rng(SEED).integers(0, n_sessions, size=(RESAMPLES, n_sessions))
    # The first of the draws are the sessions as they are.
    counted = (np.concatenate([x.sum(axis=0)[None], x[draws].sum(axis=1)]) for x in (2 * hits, sizes))
    hit, total = counted
    resampled = np.divide(hit, total, out=np.zeros_like(total), where=total > 0)
    macro, *macros = resampled[:, y.any(axis=0)].mean(axis=1)
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(resampled[1:], ends, axis=0)
    macro_low, macro_high = np.quantile(macros, ends)
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
        float(macro),
        float(macro_low),
        float(macro_high),
        float(unsure.mean()),
        float(exact[~unsure].mean()) if (~unsure).any() else None,
        float(exact[unsure].mean()) if unsure.any() else None,
    )


def _alone(codes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Take `other` away where another behaviour holds."""
    codes = codes.copy()
    codes[:, _OTHER] &= ~np.delete(codes, _OTHER, axis=1).any(axis=1)
    return codes


def confusion(classifier: Classifier, corpus: Corpus) -> npt.NDArray[np.float64]:
    """Tell which behaviours the model decides where annotators see one.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.

    Returns
    -------
    numpy.ndarray, shape (n_behaviours, n_behaviours)
        Among utterances that carry the row's behaviour, the share for which the model decides the column's; rows may add
        up to more than one, since several behaviours may hold. NaN where no utterance carries it.
    """
    y = corpus.labels().astype(float)
    _, decided, _ = predict(classifier, corpus.utterances, corpus.groups.tolist())
    with np.errstate(invalid="ignore"):
        return np.asarray((y.T @ decided) / y.sum(axis=0)[:, None])


def reliability(classifier: Classifier, corpus: Corpus) -> list[tuple[float, float, int]]:
    """Hold probabilities beside frequencies, all behaviours together.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.

    Returns
    -------
    list of (float, float, int)
        Mean probability, share of codes, and number of decisions in each of ten bins of equal width that is not empty.
    """
    y = corpus.labels().ravel()
    p = classifier.predict_proba(corpus.utterances, corpus.groups.tolist()).ravel()
    bins = np.minimum((p * _BINS).astype(int), _BINS - 1)
    return [
        (float(p[bins == b].mean()), float(y[bins == b].mean()), int((bins == b).sum()))
        for b in range(_BINS)
        if (bins == b).any()
    ]


def risk_coverage(classifier: Classifier, corpus: Corpus) -> list[tuple[float, float, float]]:
    """Tell what leaving the least sure decisions out is worth.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.

    Returns
    -------
    list of (float, float, float)
        Share of utterances kept (the surest), share of them whose set of behaviours is not the annotators', and their
        macro-F1.
    """
    y = corpus.labels()
    p, decided, _ = predict(classifier, corpus.utterances, corpus.groups.tolist())
    sure = confidence(p, np.asarray(decided, dtype=np.bool_))
    order = np.argsort(-sure, kind="stable")
    rows = []
    for kept in COVERAGES:
        part = order[: max(1, round(kept * len(order)))]
        wrong = float((y[part] != decided[part]).any(axis=1).mean())
        macro = float(np.mean([f1(y[part, i], decided[part, i]) or 0.0 for i in np.flatnonzero(y.any(axis=0))]))
        rows.append((kept, wrong, macro))
    return rows


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """Whether the evidence carried the decisions.

    Attributes
    ----------
    decisions : int
        Decisions looked at.
    words : float
        Mean share of an utterance's words that are evidence.
    drop, random_drop : float
        Mean fall of the probability when the evidence is taken out, and when as many other words are.
    larger : float
        Share of decisions in which taking the evidence out costs more.
    """

    decisions: int
    words: float
    drop: float
    random_drop: float
    larger: float


def faithfulness(classifier: Classifier, corpus: Corpus) -> Faithfulness | None:
    """Take the evidence of each decision out, and as many words drawn at random (comprehensiveness, DeYoung et al. 2020).

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on.

    Returns
    -------
    Faithfulness or None
        Over decisions other than `other` about utterances looked at alone, of at least `EVIDENCE_WORDS` words of which
        evidence leaves half or more; `None` if there is no such decision.
    """
    rng = np.random.default_rng(SEED)
    p, pulls = classifier.explain(corpus.utterances)
    rows: list[Utterance] = []
    kept: list[tuple[int, int, float]] = []
    for i, (u, (chosen, _)) in enumerate(zip(corpus.utterances, decide(p, classifier.thresholds), strict=True)):
        spans, blank = pulls[i].spans, plain(u.text)
        words = {k for k, (start, end) in enumerate(spans) if not blank[start:end].isspace()}  # event marks are none
        for b in (BEHAVIOURS.index(b) for b in chosen if b is not Behaviour.OTHER):
            evidence = {
                k for first, last in strongest_stretches(pulls[i].pull[:, b].tolist()) for k in range(first, last)
            }
            rest = sorted(words - evidence)
            if len(words) < EVIDENCE_WORDS or not evidence or len(rest) < len(evidence):
                continue
            kept.append((i, b, len(evidence) / len(words)))
            rows.append(_without(u, spans, evidence))
            rows += [
                _without(u, spans, set(rng.choice(rest, len(evidence), replace=False).tolist())) for _ in range(_RANDOM)
            ]
    if not kept:
        return None
    after = classifier.predict_proba(rows).reshape(len(kept), 1 + _RANDOM, len(BEHAVIOURS))
    drops = np.stack([p[i, b] - after[k, :, b] for k, (i, b, _) in enumerate(kept)])
    return Faithfulness(
        len(kept),
        float(np.mean([share for _, _, share in kept])),
        float(drops[:, 0].mean()),
        float(drops[:, 1:].mean()),
        float((drops[:, 0] > drops[:, 1:].mean(axis=1)).mean()),
    )


def _without(u: Utterance, spans: Sequence[tuple[int, int]], words: Iterable[int]) -> Utterance:
    text = list(u.text)
    for i in words:
        start, end = spans[i]
        text[start:end] = " " * (end - start)
    return replace(u, text="".join(text))


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
    errors : tuple of (str, int, str)
        Every error: session, turn it begins in, and what it is: ``"missed"``, or found where annotators see a near-miss of
        some kind or nothing.
    """

    codes: str
    human: int
    found: int
    precision: float | None
    recall: float | None
    f1: float | None
    subtype_right: float | None
    errors: tuple[tuple[str, int, str], ...] = ()


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
        errors: list[tuple[str, int, str]] = []
        for session in corpus.sessions:
            coded = session.coded() if name == "human" else classify(session.utterances, classifier)
            guesses = find_disclosures(session.transcript, coded).steering
            own = [(places(d), d.subtype) for d in session.disclosures]
            theirs = [(places(d), d.subtype) for d in guesses]
            human, found = human + len(own), found + len(theirs)
            missed = [a for a, _ in own if not any(a & b for b, _ in theirs)]
            hit_human += len(own) - len(missed)
            errors += [(session.session, min(a)[0], "missed") for a in missed]
            for a, kind in theirs:
                same = [other for b, other in own if a & b]
                hit_found += bool(same)
                if not same:
                    like = [miss for miss, where in session.near_misses if a & where]
                    errors.append((session.session, min(a)[0], f"found; annotators: {like[0] if like else 'none'}"))
                subtype += kind in same
        precision = hit_found / found if found else None
        recall = hit_human / human if human else None
        both = 2 * precision * recall / (precision + recall) if precision and recall else None
        scores.append(
            DisclosureScore(
                name, human, found, precision, recall, both, subtype / hit_found if hit_found else None, tuple(errors)
            )
        )
    return scores


def places(disclosure: DirectiveDisclosure) -> set[tuple[int, int]]:
    """Return where a stretch's utterances begin.

    Parameters
    ----------
    disclosure : DirectiveDisclosure
        The stretch.

    Returns
    -------
    set of (int, int)
        Turn and offset of each story or steering utterance.
    """
    return {(span.turn, span.start) for span in (*disclosure.story, *disclosure.steering)}
