"""A model at work: calibrated probabilities, decisions, and the words that carried each decision."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from reflectkit.classify.artefact import Artefact
from reflectkit.classify.decisions import Thresholds, decide
from reflectkit.classify.scoring import Pulls, Scorer
from reflectkit.classify.surroundings import Places, moved, places, sigmoid
from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.values import CodedUtterance, Evidence, Utterance

EVIDENCE_SPANS = 3
"""Stretches of words kept as evidence for one decision: more would mark the whole sentence."""

EVIDENCE_SHARE = 0.6
"""Evidence is the fewest words that together hold this share of what spoke for a behaviour."""

PROBABILITY_DIGITS = 6
"""Probabilities are rounded, so that the last bits of a processor's arithmetic do not show in results."""


def _linear(artefact: Artefact) -> Scorer:
    from reflectkit.classify.linear import LinearScorer

    return LinearScorer(artefact)


def _encoder(artefact: Artefact) -> Scorer:
    from reflectkit.classify.encoder import EncoderScorer

    return EncoderScorer(artefact)


_COLUMN = {behaviour: column for column, behaviour in enumerate(BEHAVIOURS)}
_SUREST = 40.0  # log-odds beyond which exp would overflow sooner or later
_NO_SHIFT = (0.0,) * len(BEHAVIOURS)
_SCORERS: dict[str, Callable[[Artefact], Scorer]] = {"linear": _linear, "encoder": _encoder}


class Classifier:
    """A verified model, ready to use; it keeps no state between calls and may be shared by threads.

    Parameters
    ----------
    artefact : Artefact
        Read by `load_artefact`.
    scorer : Scorer, optional
        What scores; built from the artefact if not given.
    """

    def __init__(self, artefact: Artefact, scorer: Scorer | None = None) -> None:
        self.artefact = artefact
        self.thresholds = Thresholds(
            tuple(float(x) for x in artefact.manifest["thresholds"]["behaviours"]),
            float(artefact.manifest["thresholds"]["unsure_below"]),
        )
        self.scorer = scorer if scorer is not None else _SCORERS[artefact.kind](artefact)
        self.session_sd = tuple(float(x) for x in artefact.manifest.get("session_sd", _NO_SHIFT))
        self._calibration = {
            key: np.asarray(artefact.arrays[key], dtype=np.float64)
            for key in ("calibration", "surroundings")
            if key in artefact.arrays
        }

    def predict_proba(
        self, utterances: Sequence[Utterance], sessions: Sequence[Hashable] | None = None
    ) -> npt.NDArray[np.float64]:
        """Return calibrated probabilities.

        Parameters
        ----------
        utterances : sequence of Utterance
            With their context.
        sessions : sequence of hashable, optional
            Which session each is from, the utterances of a session together and in order: what stands around an utterance
            then has a say. Each is looked at alone if not given.

        Returns
        -------
        numpy.ndarray, shape (n_utterances, n_behaviours)
            Each in [0, 1], columns as `BEHAVIOURS`; rows need not sum to one, since several behaviours may hold.
        """
        return self.explain(utterances, sessions)[0]

    def explain(
        self, utterances: Sequence[Utterance], sessions: Sequence[Hashable] | None = None
    ) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        """Return calibrated probabilities, and how far each word pulled them.

        Parameters
        ----------
        utterances : sequence of Utterance
            With their context.
        sessions : sequence of hashable, optional
            As for `predict_proba`.

        Returns
        -------
        probabilities : numpy.ndarray, shape (n_utterances, n_behaviours)
            As from `predict_proba`.
        pulls : list of Pulls
            One an utterance.
        """
        if not utterances:
            return np.zeros((0, len(BEHAVIOURS))), []
        scores, pulls = self.scorer.score(utterances)
        where = None if sessions is None else places(utterances, sessions)
        return np.round(calibrate(scores, self._calibration, where), PROBABILITY_DIGITS), pulls


def evidence(utterance: Utterance, behaviours: Sequence[Behaviour], pulls: Pulls) -> tuple[Evidence, ...]:
    """Choose the words that raised the log-odds of some behaviours most.

    Parameters
    ----------
    utterance : Utterance
        The utterance.
    behaviours : sequence of Behaviour
        Behaviours decided for it.
    pulls : Pulls
        As from `Classifier.explain`.

    Returns
    -------
    tuple of Evidence
        At most `EVIDENCE_SPANS` a behaviour, strongest first, offsets into the turn's text.
    """
    found: list[Evidence] = []
    for behaviour in behaviours:
        pull = pulls.pull[:, _COLUMN[behaviour]].tolist()
        for first, last in strongest_stretches(pull):
            start, end = utterance.start + pulls.spans[first][0], utterance.start + pulls.spans[last - 1][1]
            found.append(Evidence(behaviour, start, end, round(math.fsum(pull[first:last]), 4)))
    return tuple(found)


def strongest_stretches(pull: Sequence[float]) -> list[tuple[int, int]]:
    """Join the strongest words that stand together, and keep the `EVIDENCE_SPANS` strongest stretches.

    Parameters
    ----------
    pull : sequence of float
        How far each word raised the log-odds.

    Returns
    -------
    list of (int, int)
        Half-open ranges of words, strongest first.
    """
    stretches: list[tuple[int, int]] = []
    for i in sorted(strongest_words(pull)):
        if stretches and stretches[-1][1] == i:
            stretches[-1] = stretches[-1][0], i + 1
        else:
            stretches.append((i, i + 1))
    if len(stretches) > 1:
        stretches.sort(key=lambda s: (-math.fsum(pull[s[0] : s[1]]), s[0]))
    return stretches[:EVIDENCE_SPANS]


def strongest_words(pull: Sequence[float]) -> frozenset[int]:
    """Choose the fewest words that hold `EVIDENCE_SHARE` of what spoke for a behaviour.

    Parameters
    ----------
    pull : sequence of float
        How far each word raised the log-odds.

    Returns
    -------
    frozenset of int
        Numbers of the words; empty if none raised them.
    """
    order = sorted(range(len(pull)), key=pull.__getitem__, reverse=True)
    gained = [*accumulate(filter((0.0).__lt__, map(pull.__getitem__, order)))]
    return frozenset(order[: bisect_left(gained, EVIDENCE_SHARE * gained[-1]) + 1]) if gained else frozenset()


def calibrate(
    scores: npt.NDArray[np.float64], arrays: Mapping[str, npt.NDArray[np.float64]], where: Places | None = None
) -> npt.NDArray[np.float64]:
    """Turn scores into probabilities (Platt 1999): ``1 / (1 + exp(-(a * score + b)))``, with a and b for each behaviour.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, n_behaviours)
        Log-odds.
    arrays : mapping of str to numpy.ndarray
        ``calibration`` of shape (n_behaviours, 2): slope a and intercept b. If there is ``surroundings``, what stands around
        an utterance has a say after that (`reflectkit.classify.surroundings`).
    where : Places, shape (n, 2), optional
        Where the utterances stand; each is looked at alone if not given.

    Returns
    -------
    numpy.ndarray, shape (n, n_behaviours)
        Probabilities in [0, 1].
    """
    log_odds = calibrated_alone(scores, arrays["calibration"])
    if where is not None and "surroundings" in arrays:
        log_odds = np.clip(moved(log_odds, arrays["surroundings"], where), -_SUREST, _SUREST)
    return sigmoid(log_odds)


def calibrated_alone(scores: npt.NDArray[np.float64], calibration: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the calibrated log-odds of each utterance alone.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, n_behaviours)
        Log-odds.
    calibration : numpy.ndarray, shape (n_behaviours, 2)
        Slope and intercept.

    Returns
    -------
    numpy.ndarray, shape (n, n_behaviours)
        In [-40, 40].
    """
    return np.clip(scores * calibration[:, 0] + calibration[:, 1], -_SUREST, _SUREST)


def classify(utterances: Sequence[Utterance], classifier: Classifier) -> tuple[CodedUtterance, ...]:
    """Give every utterance of a session its behaviours.

    Parameters
    ----------
    utterances : sequence of Utterance
        Of one session, cut by `reflectkit.segment.segment`.
    classifier : Classifier
        The model.

    Returns
    -------
    tuple of CodedUtterance
        In the same order.
    """
    probabilities, pulls = classifier.explain(utterances, [0] * len(utterances))
    decisions = decide(probabilities, classifier.thresholds)
    return tuple(
        CodedUtterance(u, behaviours, tuple(row), unsure, evidence(u, behaviours, own))
        for u, row, (behaviours, unsure), own in zip(utterances, probabilities.tolist(), decisions, pulls, strict=True)
    )
