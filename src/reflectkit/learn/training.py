"""Train the linear model on an annotated corpus.

The recipe, each step on train sessions unless said otherwise:

1. features of every utterance, and of a copy as speech recognition would give it (lower case, no punctuation);
2. TF-IDF, one logistic regression a behaviour (liblinear would not share the matrix; lbfgs does);
3. the strength of regularisation by macro-F1 in cross-validation that keeps a writer's sessions together;
4. Platt scaling of the cross-validated scores, so that a probability of .8 is right four times in five;
5. thresholds and the level of "unsure" on the cross-validated train sessions and the dev sessions together: dev alone
   holds too few of the rare behaviours for a steady threshold.

Test sessions are never read.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from reflectkit.classify.artefact import DEFAULT_MODEL, load_artefact, models_folders, save_artefact
from reflectkit.classify.classifier import Classifier, calibrate, vectorise
from reflectkit.classify.decisions import Thresholds
from reflectkit.classify.features import features
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import CorpusError
from reflectkit.learn.card import disclosures_table, write_card
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.evaluation import evaluate, evaluate_disclosures, f1
from reflectkit.values import Utterance

LEAST_SESSIONS = 2
"""Sessions (or utterances outside any session) a feature must stand in: what only one session says is noise or a name."""

STRENGTHS = (1.0, 3.0, 10.0, 30.0)
"""Inverse strengths of regularisation tried."""

FOLDS = 5
SURE_SHARE = 0.9
"""Share of held-out utterances that stay "sure": the tenth with the least probable decisions is marked unsure."""

SEED = 20261122
_STRIP = str.maketrans(
    "",
    "",
    string.punctuation.replace("'", "")
    .replace("[", "")
    .replace("]", "")
    .replace("<", "")
    .replace(">", "")
    .replace("_", "")
    + "…“”–—¿¡",
)


def as_recognised(text: str) -> str:
    """Write a text as a speech recogniser would: lower case, no punctuation; placeholders and event marks stay.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same words.

    Examples
    --------
    >>> as_recognised("Well, [NAME] - you're tired, aren't you?")
    "well [NAME] you're tired aren't you"
    """
    words = [w if w[0] in "[<" else w.lower() for w in text.translate(_STRIP).split()]
    return " ".join(words)


def recognised(utterance: Utterance) -> Utterance:
    """Return a copy of an utterance, context included, as a speech recogniser would give it.

    Parameters
    ----------
    utterance : Utterance
        The utterance.

    Returns
    -------
    Utterance
        With the words changed and the offsets as they were.
    """
    return replace(
        utterance,
        text=as_recognised(utterance.text) or utterance.text,
        heard=as_recognised(utterance.heard),
        before=as_recognised(utterance.before),
    )


def _vocabulary(rows: Sequence[Mapping[str, float]], groups: Sequence[int]) -> dict[str, int]:
    seen: dict[str, int] = {}
    spread: Counter[str] = Counter()
    for row, group in zip(rows, groups, strict=True):
        for name in row:
            if seen.get(name) != group:
                seen[name] = group
                spread[name] += 1
    kept = sorted(name for name, n in spread.items() if n >= LEAST_SESSIONS and "\n" not in name)
    return {name: column for column, name in enumerate(kept)}


def _known(row: Mapping[str, float], vocabulary: Mapping[str, int]) -> dict[int, float]:
    return {vocabulary[name]: value for name, value in row.items() if name in vocabulary}


def _fit(
    x: sparse.csr_array, y: npt.NDArray[np.bool_], strength: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fit one logistic regression a behaviour; return coefficients (n_behaviours, n_features) and intercepts."""

    def one(column: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float64], float]:
        if column.all() or not column.any():
            return np.zeros(x.shape[1]), 10.0 if column.all() else -10.0
        fitted = LogisticRegression(C=strength, max_iter=2000, tol=1e-5, random_state=SEED).fit(x, column)
        return fitted.coef_[0], float(fitted.intercept_[0])

    parts = Parallel(n_jobs=-1)(delayed(one)(y[:, i]) for i in range(y.shape[1]))
    return np.stack([c for c, _ in parts]), np.asarray([i for _, i in parts])


def _platt(scores: npt.NDArray[np.float64], y: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Fit slope and intercept of each behaviour's calibration, shape (n_behaviours, 2)."""
    rows = []
    for i in range(y.shape[1]):
        if y[:, i].all() or not y[:, i].any():
            rows.append((1.0, 0.0))
            continue
        fitted = LogisticRegression(C=1e6, max_iter=1000).fit(scores[:, [i]], y[:, i])
        rows.append((float(fitted.coef_[0, 0]), float(fitted.intercept_[0])))
    return np.asarray(rows)


def choose_thresholds(probabilities: npt.NDArray[np.float64], y: npt.NDArray[np.bool_]) -> Thresholds:
    """Choose for each behaviour the threshold with the best F1, and the level of "unsure".

    Parameters
    ----------
    probabilities : numpy.ndarray, shape (n, n_behaviours)
        Calibrated probabilities of held-out utterances.
    y : numpy.ndarray of bool, shape (n, n_behaviours)
        Their codes.

    Returns
    -------
    Thresholds
        On a grid of .02 between .1 and .7; ties go to the one nearest .5.
    """
    grid = np.round(np.arange(0.1, 0.7001, 0.02), 2)
    chosen = []
    for i in range(y.shape[1]):
        scored = [(round(f1(y[:, i], probabilities[:, i] >= t) or 0.0, 3), -abs(t - 0.5), float(t)) for t in grid]
        chosen.append(max(scored)[2])
    cut = np.asarray(chosen)
    over = probabilities >= cut
    best = np.where(over.any(axis=1), np.where(over, probabilities, 0).max(axis=1), probabilities.max(axis=1))
    return Thresholds(tuple(chosen), round(float(np.quantile(best, 1 - SURE_SHARE)), 3))


def train(
    corpus: Corpus,
    folder: str | os.PathLike[str],
    *,
    data: str = "an annotated corpus",
    licence: str = "not stated",
    strengths: Sequence[float] = STRENGTHS,
) -> Classifier:
    """Train a linear model and write it to a folder.

    Parameters
    ----------
    corpus : Corpus
        With train and dev sessions; test sessions are left alone.
    folder : path
        Where the model goes; its name becomes the model's name.
    data, licence : str, optional
        What the card and the manifest say of the training data and of the weights' licence.
    strengths : sequence of float, optional
        Inverse strengths of regularisation to try.

    Returns
    -------
    Classifier
        The model as loaded again from the folder.

    Raises
    ------
    CorpusError
        If there are no train or no dev sessions.
    """
    fit, dev = corpus.split("train"), corpus.split("dev")
    if len(fit.sessions) < FOLDS or not dev.sessions:
        raise CorpusError(f"training needs at least {FOLDS} train sessions and one dev session. Set the split column.")
    utterances, y = fit.utterances, fit.labels()
    copies = [recognised(u) for u in utterances]
    groups = fit.groups
    plain, spoken = [features(u) for u in utterances], [features(u) for u in copies]
    vocabulary = _vocabulary([*plain, *spoken], [*groups, *groups])
    rows = [_known(row, vocabulary) for row in (*plain, *spoken)]
    idf = np.asarray(TfidfTransformer().fit(vectorise(rows, np.ones(len(vocabulary))).sign()).idf_, dtype=np.float64)
    x = vectorise(rows, idf)
    y2 = np.concatenate([y, y])

    voices = [s.about.get("writer") or s.session for s in fit.sessions]
    if len(set(voices)) == 1:
        voices = [s.session for s in fit.sessions]
    number = {name: i for i, name in enumerate(dict.fromkeys(voices))}
    voice_of = np.asarray([number[voices[g]] for g in groups])
    folds = list(GroupKFold(min(FOLDS, len(number))).split(x[: len(y)], groups=voice_of))
    best: tuple[float, float, npt.NDArray[np.float64]] | None = None
    for strength in strengths:
        scores = np.zeros((len(y2), len(BEHAVIOURS)))
        for inside, outside in folds:
            both_in, both_out = np.r_[inside, inside + len(y)], np.r_[outside, outside + len(y)]
            coefficients, intercepts = _fit(x[both_in], y2[both_in], strength)
            scores[both_out] = x[both_out] @ coefficients.T + intercepts
        macro = float(np.mean([_best_f1(y2[:, i], scores[:, i]) for i in range(len(BEHAVIOURS))]))
        if best is None or macro > best[0]:
            best = (macro, strength, scores)
    assert best is not None  # noqa: S101
    macro, strength, scores = best
    coefficients, intercepts = _fit(x, y2, strength)
    calibration = _platt(scores, y2)

    arrays: dict[str, npt.NDArray[Any]] = {
        "coefficients": coefficients.astype(np.float32),
        "intercepts": intercepts.astype(np.float64),
        "idf": idf.astype(np.float32),
        "calibration": calibration,
    }
    dev_x = vectorise([_known(features(u), vocabulary) for u in dev.utterances], arrays["idf"].astype(np.float64))
    dev_p = calibrate(dev_x @ arrays["coefficients"].astype(np.float64).T + intercepts, calibration)
    held_out = np.concatenate([calibrate(scores, calibration), dev_p])
    thresholds = choose_thresholds(held_out, np.concatenate([y2, dev.labels()]))
    manifest: dict[str, Any] = {
        "kind": "linear",
        "licence": licence,
        "data": {
            "name": data,
            "train": {"sessions": len(fit.sessions), "utterances": len(utterances), "sha256": _digest(fit)},
            "dev": {"sessions": len(dev.sessions), "utterances": len(dev.utterances), "sha256": _digest(dev)},
        },
        "made_with": {
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "settings": {"C": strength, "seed": SEED, "folds": len(folds), "cross_validated_macro_f1": round(macro, 3)},
        "thresholds": {"behaviours": list(thresholds.behaviours), "unsure_below": thresholds.unsure_below},
    }
    save_artefact(folder, manifest=manifest, arrays=arrays, vocabulary=list(vocabulary), card="")
    return Classifier(load_artefact(folder, pinned=False))


def _best_f1(y: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> float:
    """F1 at the best threshold: what the scores can give once a threshold is chosen."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(y[order])
    return float(np.max(2 * hits / (np.arange(1, len(y) + 1) + y.sum()))) if y.any() else 0.0


def _digest(corpus: Corpus) -> str:
    digest = hashlib.sha256()
    for session in corpus.sessions:
        for u, b in zip(session.utterances, session.behaviours, strict=True):
            digest.update(f"{session.session}\t{u.turn}\t{u.start}\t{u.text}\t{'|'.join(b)}\n".encode())
    return digest.hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the shipped model from ``data/annotated`` of a clone, write its card, and pin its hash."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.training", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated", help="folder of the annotated corpus")
    parser.add_argument("--out", default=f"models/{DEFAULT_MODEL}", help="folder of the model")
    parser.add_argument("--data-name", default="reflectkit data/annotated (CC BY 4.0), train split")
    parser.add_argument("--licence", default="CC BY 4.0")
    parser.add_argument("--pin", action="store_true", help="pin the model's hash in reflectkit.classify.pinned")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    classifier = train(corpus, options.out, data=options.data_name, licence=options.licence)
    results = {split: evaluate(classifier, corpus.split(split)) for split in ("dev", "test")}
    stretches = disclosures_table(evaluate_disclosures(classifier, corpus.split("test")))
    more = (
        "## Directive-disclosure\nFound by a plain rule over coded utterances: a self-disclosure and a directive at most two utterances "
        "apart in one stretch of the worker's talk. Test sessions; a stretch counts as right if it overlaps the other side's.\n\n"
        f"{stretches}\n\nA story and unrelated advice close together are taken for one: read the words before believing a count."
    )
    card = write_card(classifier.artefact, results, more)
    Path(options.out, "README.md").write_text(card, encoding="utf-8")
    if options.pin:
        pin(Path(options.out).name, classifier.artefact.sha256)
    print(card)  # noqa: T201


def pin(name: str, sha256: str) -> None:
    """Write a shipped model's hash into the package.

    Parameters
    ----------
    name : str
        Name of the model.
    sha256 : str
        Of its manifest.
    """
    from reflectkit.classify import pinned

    path = Path(str(pinned.__file__))
    entries = {k: v for k, v in pinned.PINNED.items() if any((f / k).is_dir() for f in models_folders())} | {
        name: sha256
    }
    body = "".join(f'    "{k}": "{v}",\n' for k, v in sorted(entries.items()))
    text = path.read_text("utf-8")
    path.write_text(
        re.sub(r"PINNED: dict\[str, str\] = \{.*\}", f"PINNED: dict[str, str] = {{\n{body}}}", text, flags=re.DOTALL),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
