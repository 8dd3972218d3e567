"""The linear model at work: features to probabilities, and the words that carried each decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reflectkit.classify.artefact import Artefact
from reflectkit.classify.decisions import Thresholds, decide
from reflectkit.classify.features import located_features, words
from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.values import CodedUtterance, Evidence, Utterance

EVIDENCE_SPANS = 3
"""Stretches of words kept as evidence for one decision: more would mark the whole sentence."""

PROBABILITY_DIGITS = 6
"""Probabilities are rounded, so that the last bits of a processor's arithmetic do not show in results."""

Located: TypeAlias = tuple[int, float, tuple[int, int] | None]
"""Column of a feature, its value, and the characters of the utterance it stands on (`None` for the context's)."""


class Classifier:
    """A verified model, ready to use; it keeps no state between calls and may be shared by threads.

    Parameters
    ----------
    artefact : Artefact
        Read by `load_artefact`.
    """

    def __init__(self, artefact: Artefact) -> None:
        self.artefact = artefact
        self.thresholds = Thresholds(
            tuple(float(x) for x in artefact.manifest["thresholds"]["behaviours"]),
            float(artefact.manifest["thresholds"]["unsure_below"]),
        )
        self._weights = np.asarray(artefact.arrays["coefficients"], dtype=np.float64)
        self._intercepts = np.asarray(artefact.arrays["intercepts"], dtype=np.float64)
        self._idf = np.asarray(artefact.arrays["idf"], dtype=np.float64)
        self._calibration = np.asarray(artefact.arrays["calibration"], dtype=np.float64)

    def locate(self, utterances: Sequence[Utterance]) -> list[list[Located]]:
        """Find the features of utterances that the model knows.

        Parameters
        ----------
        utterances : sequence of Utterance
            With their context.

        Returns
        -------
        list of list of Located
            One list an utterance: the feature's column, its value, and the characters it stands on.
        """
        column_of = self.artefact.vocabulary
        remembered = cache(words)  # for this call alone: no words of a session stay behind
        return [
            [(column_of[name], x, span) for name, x, span in located_features(u, remembered) if name in column_of]
            for u in utterances
        ]

    def predict_proba(self, utterances: Sequence[Utterance]) -> npt.NDArray[np.float64]:
        """Return calibrated probabilities.

        Parameters
        ----------
        utterances : sequence of Utterance
            With their context.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, n_behaviours)
            Each in [0, 1], columns as `BEHAVIOURS`; rows need not sum to one, since several behaviours may hold.
        """
        return self.probabilities(self.locate(utterances))

    def probabilities(self, located: Sequence[Sequence[Located]]) -> npt.NDArray[np.float64]:
        """Return calibrated probabilities of utterances whose features are already found.

        Parameters
        ----------
        located : sequence of sequence of Located
            As from `locate`.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, n_behaviours)
            As from `predict_proba`.
        """
        if not located:
            return np.zeros((0, len(BEHAVIOURS)))
        rows = [{column: value for column, value, _ in own} for own in located]
        scores = vectorise(rows, self._idf) @ self._weights.T + self._intercepts
        return np.round(calibrate(scores, self._calibration), PROBABILITY_DIGITS)

    def evidence(
        self, utterance: Utterance, behaviours: Sequence[Behaviour], located: Sequence[Located]
    ) -> tuple[Evidence, ...]:
        """Find the words that raised the log-odds of some behaviours most.

        Parameters
        ----------
        utterance : Utterance
            The utterance.
        behaviours : sequence of Behaviour
            Behaviours decided for it.
        located : sequence of Located
            Its features, as from `locate`.

        Returns
        -------
        tuple of Evidence
            At most `EVIDENCE_SPANS` a behaviour, strongest first, offsets into the turn's text.
        """
        norm = float(np.sqrt(sum((value * self._idf[column]) ** 2 for column, value, _ in located))) or 1.0
        found: list[Evidence] = []
        for behaviour in behaviours:
            weights = self._weights[BEHAVIOURS.index(behaviour)]
            per_character = np.zeros(len(utterance.text))
            for column, value, span in located:
                if span is not None:
                    pull = weights[column] * value * self._idf[column] / norm
                    per_character[span[0] : span[1]] += pull / (span[1] - span[0])
            found += _strongest(utterance, behaviour, per_character)
        return tuple(found)


def _strongest(utterance: Utterance, behaviour: Behaviour, per_character: npt.NDArray[np.float64]) -> list[Evidence]:
    """Join words that pull the same way into stretches and keep the strongest."""
    stretches: list[Evidence] = []
    start = None
    text = utterance.text
    for i in range(len(text) + 1):
        on = i < len(text) and (per_character[i] > 0 or (text[i].isspace() and start is not None))
        if on and start is None:
            start = i
        elif not on and start is not None:
            end = start + len(text[start:i].rstrip())
            weight = round(float(per_character[start:end].sum()), 4)
            if weight > 0:
                stretches.append(Evidence(behaviour, utterance.start + start, utterance.start + end, weight))
            start = None
    return sorted(stretches, key=lambda e: (-e.weight, e.start))[:EVIDENCE_SPANS]


def vectorise(rows: Sequence[Mapping[int, float]], idf: npt.NDArray[np.float64]) -> sparse.csr_array:
    """Turn features into TF-IDF rows of unit length.

    Parameters
    ----------
    rows : sequence of mapping of int to float
        Column and value of each utterance's features.
    idf : numpy.ndarray, shape (n_features,)
        Inverse document frequencies.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_rows, n_features)
        Rows of Euclidean length one (zero where no feature is known).
    """
    ordered = [sorted(row.items()) for row in rows]
    columns = np.asarray([column for row in ordered for column, _ in row], dtype=np.int64)
    values = np.asarray([value for row in ordered for _, value in row], dtype=np.float64)
    starts = np.cumsum([0, *(len(row) for row in ordered)])
    data = values * idf[columns] if len(columns) else values
    matrix = sparse.csr_array((data, columns, starts), shape=(len(rows), len(idf)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    lengths[lengths == 0] = 1.0
    return sparse.csr_array(sparse.diags_array(1.0 / lengths) @ matrix)


def calibrate(scores: npt.NDArray[np.float64], calibration: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn scores into probabilities (Platt 1999): ``1 / (1 + exp(-(a * score + b)))``, with a and b for each behaviour.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, n_behaviours)
        Log-odds of the linear model.
    calibration : numpy.ndarray, shape (n_behaviours, 2)
        Slope a and intercept b.

    Returns
    -------
    numpy.ndarray, shape (n, n_behaviours)
        Probabilities in [0, 1].
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores * calibration[:, 0] + calibration[:, 1], -40, 40))))


def classify(utterances: Sequence[Utterance], classifier: Classifier) -> tuple[CodedUtterance, ...]:
    """Give every utterance its behaviours.

    Parameters
    ----------
    utterances : sequence of Utterance
        Cut by `reflectkit.segment.segment`.
    classifier : Classifier
        The model.

    Returns
    -------
    tuple of CodedUtterance
        In the same order.
    """
    located = classifier.locate(utterances)
    probabilities = classifier.probabilities(located)
    decisions = decide(probabilities, classifier.thresholds)
    return tuple(
        CodedUtterance(u, behaviours, tuple(map(float, row)), unsure, classifier.evidence(u, behaviours, own))
        for u, row, (behaviours, unsure), own in zip(utterances, probabilities, decisions, located, strict=True)
    )
