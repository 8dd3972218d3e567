"""The linear model: TF-IDF of what `features` sees, a weight for each behaviour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reflectkit.classify.artefact import VOCABULARY, Artefact
from reflectkit.classify.features import located_features, words
from reflectkit.classify.scoring import Pulls
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import ModelError
from reflectkit.values import Utterance


class LinearScorer:
    """A linear model ready to score.

    Parameters
    ----------
    artefact : Artefact
        Of kind ``"linear"``.

    Raises
    ------
    ModelError
        If its vocabulary is not text.
    """

    def __init__(self, artefact: Artefact) -> None:
        try:
            terms = artefact.files[VOCABULARY].decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise ModelError(f"{VOCABULARY} is not UTF-8 text.", artefact.name) from None
        self._column_of = {term: column for column, term in enumerate(terms)}
        self._weights = np.asarray(artefact.arrays["coefficients"], dtype=np.float64)
        self._intercepts = np.asarray(artefact.arrays["intercepts"], dtype=np.float64)
        self._idf = np.asarray(artefact.arrays["idf"], dtype=np.float64)

    def score(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        """Score utterances.

        Parameters
        ----------
        utterances : sequence of Utterance
            With context; at least one.

        Returns
        -------
        log_odds : numpy.ndarray, shape (n_utterances, n_behaviours)
            Not calibrated.
        pulls : list of Pulls
            One an utterance.
        """
        remembered = cache(words)  # for this call alone: no words of a session stay behind
        rows, pulls = [], []
        for u in utterances:
            located = [
                (self._column_of[name], value, span)
                for name, value, span in located_features(u, remembered)
                if name in self._column_of
            ]
            row = {column: value for column, value, _ in located}
            rows.append(row)
            times = Counter(column for column, _, _ in located)  # a repeated feature counts once, shared by its places
            norm = float(np.sqrt(sum((value * self._idf[column]) ** 2 for column, value in row.items()))) or 1.0
            said = remembered(u.text)
            pull = np.zeros((len(said), len(BEHAVIOURS)))
            for column, value, span in located:
                if span is not None:
                    first, last = span
                    share = value * self._idf[column] / norm / (last - first) / times[column]
                    pull[first:last] += self._weights[:, column] * share
            pulls.append(Pulls([(w.start, w.end) for w in said], pull))
        return vectorise(rows, self._idf) @ self._weights.T + self._intercepts, pulls


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
