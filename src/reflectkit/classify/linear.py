"""The linear model: TF-IDF of what `features` sees, a weight for each behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reflectkit.classify.artefact import VOCABULARY, Artefact
from reflectkit.classify.lookup import Around, Form, OwnRuns, Runs, View, Vocabulary, view
from reflectkit.classify.numbering import ragged
from reflectkit.classify.scoring import Pulls
from reflectkit.errors import ModelError
from reflectkit.values import Utterance

_BIGGEST = 2_000_000
"""Most words in a vocabulary: their triples are numbered with 63 bits."""

_AT_ONCE = 4096
"""Utterances scored at once: enough for arrays to pay, and few enough for memory not to grow with the session."""


class LinearScorer:
    """A linear model ready to score.

    Parameters
    ----------
    artefact : Artefact
        Of kind ``"linear"``.

    Raises
    ------
    ModelError
        If its vocabulary is not text, or too large.
    """

    def __init__(self, artefact: Artefact) -> None:
        try:
            known = Vocabulary(artefact.files[VOCABULARY].decode("utf-8").split("\n"))
        except UnicodeDecodeError:
            raise ModelError(f"{VOCABULARY} is not UTF-8 text.", artefact.name) from None
        if len(known.numbering) > _BIGGEST:
            raise ModelError(f"{VOCABULARY} holds more than {_BIGGEST:,} words.", artefact.name)
        self._numbering = known.numbering
        self._runs, self._form, self._around = OwnRuns(known), Form(known), Around(known)
        self._by_term = np.ascontiguousarray(artefact.arrays["coefficients"].T, dtype=np.float64)
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
        scored = [self._some(utterances[i : i + _AT_ONCE]) for i in range(0, len(utterances), _AT_ONCE)]
        return np.concatenate([scores for scores, _ in scored]), [own for _, pulls in scored for own in pulls]

    def _some(self, utterances: Sequence[Utterance]) -> tuple[npt.NDArray[np.float64], list[Pulls]]:
        n_terms = len(self._idf)
        seen = view(utterances, self._numbering)
        runs = self._runs.find(seen)
        names, shares = self._form.find(seen)
        held = [*names, *self._around.find(seen), *(places for places, _ in shares)]
        row, column = (np.concatenate(parts) for parts in zip(*held, strict=True))
        # A repeated feature counts once, shared by its places.
        keys, home, times = np.unique(runs.row * n_terms + runs.column, return_inverse=True, return_counts=True)
        everything = np.union1d(keys, (row * n_terms + column)[column >= 0])
        values = np.ones(len(everything))
        for places, share in shares:
            known = places.column >= 0
            values[np.searchsorted(everything, (places.row * n_terms + places.column)[known])] = share[known]
        starts = np.searchsorted(everything, np.arange(len(utterances) + 1) * n_terms)
        matrix, lengths = _unit_rows(everything % n_terms, values, starts, self._idf)
        part = self._idf[runs.column] / lengths[runs.row] / np.maximum(runs.last - runs.first, 1) / times[home]
        pull = _spread_over_words(runs, part, seen.n_said, self._by_term)
        return np.asarray(matrix @ self._by_term + self._intercepts), _by_utterance(seen, pull)


def _by_utterance(seen: View, pull: npt.NDArray[np.float64]) -> list[Pulls]:
    words = seen.words
    spans = list(zip(words.start.tolist(), words.end.tolist(), strict=True))
    first, last = (words.bounds[seen.texts + k].tolist() for k in (0, 1))
    ends = np.cumsum(seen.n_said).tolist()
    return [Pulls(spans[a:b], pull[end - b + a : end]) for a, b, end in zip(first, last, ends, strict=True)]


def _spread_over_words(
    runs: Runs, part: npt.NDArray[np.float64], n_words: npt.NDArray[np.int64], by_term: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give each word its part of the runs that stand on it: shape (words of all utterances, n_behaviours)."""
    width = runs.last - runs.first
    word, _, _ = ragged((np.cumsum(n_words) - n_words)[runs.row] + runs.first, width)
    order = np.argsort(word, kind="stable")
    starts = np.searchsorted(word[order], np.arange(n_words.sum() + 1))
    shape = (int(n_words.sum()), len(by_term))
    data, columns = np.repeat(part, width)[order], np.repeat(runs.column, width)[order]
    return np.asarray(sparse.csr_array((data, columns, starts), shape=shape) @ by_term)


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
    return _unit_rows(columns, values, starts, idf)[0]


def _unit_rows(
    columns: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    starts: npt.NDArray[np.int64],
    idf: npt.NDArray[np.float64],
) -> tuple[sparse.csr_array, npt.NDArray[np.float64]]:
    """Weigh features and bring each row to unit length; return the lengths they had, 1 for empty rows."""
    n_rows = len(starts) - 1
    data = values * idf[columns]
    rows = np.repeat(np.arange(n_rows), np.diff(starts))
    lengths = np.sqrt(np.bincount(rows, data * data, n_rows))
    lengths[lengths == 0] = 1.0
    return sparse.csr_array(((1.0 / lengths)[rows] * data, columns, starts), shape=(n_rows, len(idf))), lengths
