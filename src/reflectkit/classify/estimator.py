"""A user's own scikit-learn model, read only when they say that they trust the file."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify.artefact import Artefact
from reflectkit.classify.classifier import Classifier
from reflectkit.classify.scoring import Pulls
from reflectkit.codebook import BEHAVIOURS, CODEBOOK_VERSION
from reflectkit.errors import ModelError
from reflectkit.values import Utterance

_SURE = 1e-6


class EstimatorScorer:
    """An estimator that takes a frame of utterances.

    Parameters
    ----------
    estimator : object
        With ``predict_proba(frame)``: a frame with columns ``text, heard, before`` in, probabilities of shape
        (n_utterances, 8) in the order of `BEHAVIOURS` out.
    name : str
        For error messages.
    """

    def __init__(self, estimator: Any, name: str) -> None:  # noqa: ANN401
        self._estimator, self._name = estimator, name

    def score(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        """Score utterances.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context; at least one.

        Returns
        -------
        log_odds : numpy.ndarray, shape (n_utterances, n_behaviours)
            Of the estimator's probabilities.
        pulls : list of Pulls
            Without words: the estimator does not say what carried its decisions.

        Raises
        ------
        ModelError
            If it gives anything but one probability for each utterance and behaviour.
        """
        import pandas as pd

        frame = pd.DataFrame([(u.text, u.heard, u.before) for u in utterances], columns=["text", "heard", "before"])
        given = self._estimator.predict_proba(frame)
        try:
            p = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):  # such as a list of arrays of several shapes
            p = np.zeros(0)
        if p.shape != (len(utterances), len(BEHAVIOURS)) or not ((p >= 0) & (p <= 1)).all():
            raise ModelError(
                f"predict_proba gave an array of shape {p.shape}; it must give one probability in [0, 1] for each "
                f"utterance and each of {', '.join(BEHAVIOURS)}.",
                self._name,
            )
        p = np.clip(p, _SURE, 1 - _SURE)
        return np.log(p / (1 - p)), [Pulls((), np.zeros((0, len(BEHAVIOURS)))) for _ in utterances]


def load_estimator(path: str | os.PathLike[str]) -> Classifier:
    """Load a scikit-learn estimator saved by joblib. Loading such a file can run any code in it.

    Parameters
    ----------
    path : path
        A ``.joblib`` file from a source you trust.

    Returns
    -------
    Classifier
        Not calibrated, thresholds at one half, no evidence.

    Raises
    ------
    ModelError
        If it cannot be read or has no ``predict_proba``.
    """
    import joblib

    file = Path(path)
    try:
        data = file.read_bytes()
        estimator = joblib.load(io.BytesIO(data))
    except Exception as error:
        raise ModelError(f"it cannot be loaded by joblib ({type(error).__name__}).", file.name) from None
    if not callable(getattr(estimator, "predict_proba", None)):
        raise ModelError("the object in it has no predict_proba.", file.name)
    n = len(BEHAVIOURS)
    manifest = {
        "kind": "estimator",
        "licence": "not stated",
        "codebook": CODEBOOK_VERSION,
        "thresholds": {"behaviours": [0.5] * n, "unsure_below": 0.0},
    }
    arrays = {"calibration": np.tile([1.0, 0.0], (n, 1))}
    return Classifier(
        Artefact(file.stem, hashlib.sha256(data).hexdigest(), manifest, arrays, {}),
        EstimatorScorer(estimator, file.name),
    )
