"""Fit an encoder's head with scikit-learn: the encoder stays as it is, so that it takes minutes and needs no torch.

For each behaviour a logistic regression sees the states the encoder pools for it and the old head's log-odds. The old
log-odds are scaled up, so that leaving the old head as it is costs the penalty next to nothing, and what the new sessions do
not tell stays as it was. The sum of both is again a head of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from reflectkit.classify.classifier import calibrate
from reflectkit.classify.encoder import EncoderScorer
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.fitting import platt
from reflectkit.values import Utterance

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
"""Inverse strengths of regularisation tried, besides leaving the old head alone."""

_OLD = 30.0
_SEED = 20261122


def fit_head(
    scorer: EncoderScorer,
    arrays: Mapping[str, npt.NDArray[np.float32]],
    train: tuple[Sequence[Utterance], npt.NDArray[np.bool_]],
    dev: tuple[Sequence[Utterance], npt.NDArray[np.bool_]],
) -> tuple[dict[str, npt.NDArray[np.float64]], dict[str, float]]:
    """Fit the head; it is calibrated afterwards (`reflectkit.learn.fitting.fit_calibration`).

    Parameters
    ----------
    scorer : EncoderScorer
        With the old head.
    arrays : mapping of str to numpy.ndarray
        The old head: ``query``, ``value``, ``bias``.
    train, dev : (sequence of Utterance, numpy.ndarray of bool of shape (n, n_behaviours))
        Utterances with their codes: to learn from; and to choose the strength.

    Returns
    -------
    arrays : dict of str to numpy.ndarray
        ``query``, ``value``, ``bias``.
    strengths : dict of str to float
        Chosen for each behaviour; 0 where the old head is the best on dev.
    """
    old_value = np.asarray(arrays["value"], dtype=np.float64)
    old_bias = np.asarray(arrays["bias"], dtype=np.float64)
    pooled, pooled_dev = scorer.pooled(train[0]).astype(np.float64), scorer.pooled(dev[0]).astype(np.float64)
    # On such small tables the threads of linear algebra wait for each other; one alone is quicker.
    with threadpool_limits(1, user_api="blas"):
        value, bias, chosen = _fitted(old_value, old_bias, (pooled, train[1]), (pooled_dev, dev[1]))
    return {"query": np.asarray(arrays["query"], dtype=np.float64), "value": value, "bias": bias}, chosen


def _fitted(
    old_value: npt.NDArray[np.float64],
    old_bias: npt.NDArray[np.float64],
    train: tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]],
    dev: tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], dict[str, float]]:
    """Return value, bias and the strength chosen for each behaviour."""
    pooled, pooled_dev = train[0], dev[0]
    value, bias, chosen = old_value.copy(), old_bias.copy(), {}
    for i, behaviour in enumerate(BEHAVIOURS):
        y, y_dev = train[1][:, i], dev[1][:, i]
        old = pooled[:, i] @ old_value[i] + old_bias[i]
        candidates = [(0.0, old_value[i], float(old_bias[i]))]
        if y.any() and not y.all():
            x = np.column_stack([pooled[:, i], _OLD * old])
            for strength in STRENGTHS:
                fitted = LogisticRegression(C=strength, max_iter=1000, random_state=_SEED).fit(x, y)
                own, of_old = fitted.coef_[0, :-1], _OLD * float(fitted.coef_[0, -1])
                candidates.append(
                    (strength, own + of_old * old_value[i], float(fitted.intercept_[0]) + of_old * float(old_bias[i]))
                )
        losses = [_loss(pooled_dev[:, i] @ v + b, y_dev) for _, v, b in candidates]
        chosen[behaviour.value], value[i], bias[i] = candidates[int(np.argmin(losses))]
    return value, bias, chosen


def _loss(scores: npt.NDArray[np.float64], y: npt.NDArray[np.bool_]) -> float:
    """Log-loss after calibration: what a change of the head is worth once it is calibrated."""
    if y.all() or not y.any():
        return 0.0
    calibration = platt(scores[:, None], y[:, None])
    return float(log_loss(y, calibrate(scores[:, None], {"calibration": calibration})[:, 0]))
