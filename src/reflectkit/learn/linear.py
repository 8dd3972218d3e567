"""Train the linear model, from codes and from a larger model's probabilities on text without codes (distillation).

Each step on train sessions unless said otherwise:

1. features of every utterance, and of a copy as speech recognition would give it;
2. TF-IDF, one logistic regression a behaviour; a probability p counts as a yes of weight p and a no of weight 1 - p;
3. the strength of regularisation by macro-F1 in cross-validation that keeps a writer's sessions together;
4. Platt scaling of the cross-validated scores, and of dialogues kept for it if there are any; then, on the same, what
   the utterances around have to say;
5. thresholds on the cross-validated train sessions and the dev sessions together, and on those dialogues.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from reflectkit.classify.artefact import VOCABULARY
from reflectkit.classify.classifier import calibrate
from reflectkit.classify.decisions import choose
from reflectkit.classify.features import features
from reflectkit.classify.linear import vectorise
from reflectkit.classify.surroundings import places
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus
from reflectkit.learn.counting import Counted, session_shift
from reflectkit.learn.fitting import HeldOut, Scored, best_f1, choose_thresholds, fit_calibration
from reflectkit.learn.noise import recognised
from reflectkit.values import Utterance

LEAST_GROUPS = 2
"""Sessions (or other groups) a feature must stand in: what only one session says is noise or a name."""

STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""Inverse strengths of regularisation tried."""

FOLDS = 5
SEED = 20261122
_NEGLIGIBLE = 0.02

Soft = Sequence[tuple[Utterance, npt.NDArray[np.float64], str]]
"""Utterances outside the sessions, each with probabilities (or codes as 0 and 1) and the group it belongs to."""


def _vocabulary(rows: Sequence[Mapping[str, float]], groups: Sequence[str]) -> dict[str, int]:
    seen: dict[str, str] = {}
    spread: Counter[str] = Counter()
    for row, group in zip(rows, groups, strict=True):
        for name in row:
            if seen.get(name) != group:
                seen[name] = group
                spread[name] += 1
    kept = sorted(name for name, n in spread.items() if n >= LEAST_GROUPS and "\n" not in name)
    return {name: column for column, name in enumerate(kept)}


def _known(row: Mapping[str, float], vocabulary: Mapping[str, int]) -> dict[int, float]:
    return {vocabulary[name]: value for name, value in row.items() if name in vocabulary}


def _fit(
    x: sparse.csr_array, y: npt.NDArray[np.float64], strength: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fit one logistic regression a behaviour; return coefficients (n_behaviours, n_features) and intercepts."""

    def one(p: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float]:
        yes, no = np.flatnonzero(p > _NEGLIGIBLE), np.flatnonzero(p < 1 - _NEGLIGIBLE)
        if not len(yes) or not len(no):
            return np.zeros(x.shape[1]), 10.0 if len(yes) else -10.0
        rows = np.r_[yes, no]
        codes, weights = np.r_[np.ones(len(yes)), np.zeros(len(no))], np.r_[p[yes], 1 - p[no]]
        fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-5, random_state=SEED)
        fitted.fit(x[rows], codes, sample_weight=weights)
        return fitted.coef_[0], float(fitted.intercept_[0])

    parts = Parallel(n_jobs=-1)(delayed(one)(y[:, i]) for i in range(y.shape[1]))
    return np.stack([c for c, _ in parts]), np.asarray([i for _, i in parts])


def fit_linear(
    train: Corpus,
    dev: Corpus,
    *,
    more: Soft = (),
    kept: Corpus | None = None,
    strengths: Sequence[float] = STRENGTHS,
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]], dict[str, bytes]]:
    """Fit the linear model.

    Parameters
    ----------
    train, dev : Corpus
        Sessions to learn from, and sessions for the thresholds.
    more : sequence of (Utterance, probabilities, group), optional
        Further utterances to learn from.
    kept : Corpus, optional
        Sessions of another kind that are not learnt from, and calibrate as much as the train sessions do.
    strengths : sequence of float, optional
        Inverse strengths of regularisation to try.

    Returns
    -------
    manifest : dict
        ``kind``, ``settings``, ``thresholds`` and ``session_sd``.
    arrays : dict of str to numpy.ndarray
        Weights.
    files : dict of str to bytes
        The vocabulary.
    """
    y = train.labels().astype(float)
    utterances = train.utterances
    sessions = [train.sessions[g].session for g in train.groups]
    everything = [*utterances, *(recognised(u) for u in utterances), *(u for u, _, _ in more)]
    targets = np.concatenate([y, y, *([np.stack([p for _, p, _ in more])] if more else [])])
    rows = [features(u) for u in everything]
    vocabulary = _vocabulary(rows, [*sessions, *sessions, *(group for _, _, group in more)])
    rows_known = [_known(row, vocabulary) for row in rows]
    idf = np.asarray(
        TfidfTransformer().fit(vectorise(rows_known, np.ones(len(vocabulary))).sign()).idf_, dtype=np.float64
    )
    x = vectorise(rows_known, idf)

    voices = [s.about.get("writer") or s.session for s in train.sessions]
    if len(set(voices)) == 1:
        voices = [s.session for s in train.sessions]
    number = {name: i for i, name in enumerate(dict.fromkeys(voices))}
    voice_of = np.asarray([number[voices[g]] for g in train.groups])
    folds = list(GroupKFold(min(FOLDS, len(number))).split(y, groups=voice_of))
    n = len(y)
    always = np.arange(2 * n, len(everything))
    y2 = np.concatenate([y, y]).astype(np.bool_)
    best: tuple[float, float, npt.NDArray[np.float64]] | None = None
    for strength in strengths:
        scores = np.zeros((2 * n, len(BEHAVIOURS)))
        for inside, outside in folds:
            seen, unseen = np.r_[inside, inside + n, always], np.r_[outside, outside + n]
            coefficients, intercepts = _fit(x[seen], targets[seen], strength)
            scores[unseen] = x[unseen] @ coefficients.T + intercepts
        macro = float(np.mean([best_f1(y2[:, i], scores[:, i]) for i in range(len(BEHAVIOURS))]))
        if best is None or macro > best[0]:
            best = (macro, strength, scores)
    assert best is not None  # noqa: S101
    macro, strength, scores = best
    coefficients, intercepts = _fit(x, targets, strength)

    def score(utterances: Sequence[Utterance]) -> npt.NDArray[np.float64]:
        own = vectorise([_known(features(u), vocabulary) for u in utterances], idf)
        return np.asarray(own @ coefficients.T + intercepts)

    held = [Scored.of(scores, train, voice_of)]
    if kept:
        both = np.concatenate([score(kept.utterances), score([recognised(u) for u in kept.utterances])])
        held.append(Scored.of(both, kept))
    calibration, found = fit_calibration(held)
    new = calibrate(score(dev.utterances), calibration, places(dev.utterances, dev.groups.tolist()))
    arrays: dict[str, npt.NDArray[Any]] = {
        "coefficients": coefficients.astype(np.float32),
        "intercepts": intercepts.astype(np.float64),
        "idf": idf.astype(np.float32),
        **calibration,
    }
    own = HeldOut.whole(np.concatenate([found[0], new]), np.concatenate([y2, dev.labels()]))
    thresholds = choose_thresholds([own, *(HeldOut.whole(p, s.y) for p, s in zip(found[1:], held[1:], strict=True))])
    written = [(dev, new), *([(kept, found[1][: len(kept.utterances)])] if kept else [])]
    counted = [Counted.of(corpus.labels(), p, choose(p, thresholds), corpus.groups) for corpus, p in written]
    manifest = {
        "kind": "linear",
        "settings": {"C": strength, "seed": SEED, "folds": len(folds), "cross_validated_macro_f1": round(macro, 3)},
        "thresholds": {"behaviours": list(thresholds.behaviours), "unsure_below": thresholds.unsure_below},
        "session_sd": session_shift(counted),
    }
    return manifest, arrays, {VOCABULARY: "\n".join(vocabulary).encode("utf-8")}
