"""The linear model: TF-IDF of what `features` sees, a weight for each behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reflectkit.classify.artefact import VOCABULARY, Artefact
from reflectkit.classify.features import Words, form_features, heard_features, own_features, own_places, words
from reflectkit.classify.scoring import Pulls
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
        # For this call alone: no words of a session stay behind.
        cut, listen = cache(words), cache(heard_features)
        column_of = self._column_of.get
        n_terms = len(self._idf)
        said: list[Words] = []
        own: list[int] = []
        more: list[int] = []
        more_sizes: list[int] = []
        shares: list[tuple[int, float]] = []
        columns_heard = cache(lambda text: [c for name in listen(text).features if (c := column_of(name, -1)) >= 0])
        for i, u in enumerate(utterances):
            mine = cut(u.text)
            said.append(mine)
            own += [column_of(name, -1) for name in own_features(mine.norms)]
            names, values = form_features(mine.norms, cut(u.before).norms, listen(u.heard))
            known = [c for name in names if (c := column_of(name, -1)) >= 0]
            known += columns_heard(u.heard)
            for name, value in values.items():
                if (c := column_of(name, -1)) >= 0:
                    known.append(c)
                    shares.append((i * n_terms + c, value))
            more += known
            more_sizes.append(len(known))
        n_words = np.asarray([len(mine.norms) for mine in said])
        places = [own_places(n) for n in n_words.tolist()]
        first, last = (np.concatenate([place[end] for place in places]) for end in (0, 1))
        of_row = np.repeat(np.arange(len(said)), [len(place[0]) for place in places])
        columns = np.asarray(own, dtype=np.int64)
        seen = columns >= 0
        first, last, of_row, columns = first[seen], last[seen], of_row[seen], columns[seen]
        # A repeated feature counts once, shared by its places.
        keys, home, times = np.unique(of_row * n_terms + columns, return_inverse=True, return_counts=True)
        others = np.repeat(np.arange(len(said)), more_sizes) * n_terms + np.asarray(more, dtype=np.int64)
        everything = np.union1d(keys, others)
        values_of = np.ones(len(everything))
        if shares:
            values_of[np.searchsorted(everything, [key for key, _ in shares])] = [value for _, value in shares]
        starts = np.searchsorted(everything, np.arange(len(said) + 1) * n_terms)
        matrix, lengths = _unit_rows(everything % max(n_terms, 1), values_of, starts, self._idf)
        part = self._idf[columns] / lengths[of_row] / np.maximum(last - first, 1) / times[home]
        pull = _spread_over_words(columns, part, first, last, of_row, n_words, self._by_term)
        ends = np.cumsum(n_words).tolist()
        pulls = [Pulls(mine.spans, pull[end - len(mine.norms) : end]) for mine, end in zip(said, ends, strict=True)]
        return matrix @ self._by_term + self._intercepts, pulls


def _spread_over_words(
    columns: npt.NDArray[np.int64], part: npt.NDArray[np.float64], first: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64], of_row: npt.NDArray[np.int64], n_words: npt.NDArray[np.int64],
    by_term: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:  # fmt: skip
    """Give each word its part of the features that stand on it: shape (all words, n_behaviours)."""
    width = last - first
    begin = (np.cumsum(n_words) - n_words)[of_row] + first
    within = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width)
    word = np.repeat(begin, width) + within
    order = np.argsort(word, kind="stable")
    starts = np.searchsorted(word[order], np.arange(n_words.sum() + 1))
    shape = (int(n_words.sum()), len(by_term))
    on_words = sparse.csr_array((np.repeat(part, width)[order], np.repeat(columns, width)[order], starts), shape=shape)
    return np.asarray(on_words @ by_term)


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
    data = values * idf[columns] if len(columns) else values
    matrix = sparse.csr_array((data, columns, starts), shape=(len(starts) - 1, len(idf)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    lengths[lengths == 0] = 1.0
    return sparse.csr_array(sparse.diags_array(1.0 / lengths) @ matrix), lengths
