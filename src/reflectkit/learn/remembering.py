"""A classifier that scores the same utterance once: the tables of a card look at the same sessions a dozen times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier
from reflectkit.classify.scoring import Pulls, Scorer
from reflectkit.values import Utterance


def remembering(classifier: Classifier) -> Classifier:
    """Return the classifier with a memory: the same numbers, each utterance in its context scored once.

    Parameters
    ----------
    classifier : Classifier
        The model.

    Returns
    -------
    Classifier
        It keeps what it has scored, words included, for as long as it lives, and is meant for one thread.
    """
    return Classifier(classifier.artefact, _Remembering(classifier.scorer))


class _Remembering:
    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._scored: dict[tuple[str, str, str], tuple[npt.NDArray[np.float64], Pulls]] = {}

    def score(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        keys = [(u.text, u.heard, u.before) for u in utterances]
        new = {key: u for key, u in zip(keys, utterances, strict=True) if key not in self._scored}
        if new:
            self._scored |= zip(new, zip(*self._scorer.score(list(new.values())), strict=True), strict=True)
        return np.stack([self._scored[key][0] for key in keys]), [self._scored[key][1] for key in keys]
