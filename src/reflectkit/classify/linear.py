"""The linear model: TF-IDF of what `features` sees, a weight for each behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from reflectkit.classify.artefact import VOCABULARY, Artefact
from reflectkit.classify.features import (
    BEFORE_WORDS,
    ENDS,
    Heard,
    Words,
    after_feature,
    form_features,
    heard_features,
    words,
)  # fmt: skip
from reflectkit.classify.scoring import Pulls
from reflectkit.errors import ModelError
from reflectkit.values import Utterance

_BIGGEST = 2_000_000
"""Most words in a vocabulary: their triples are numbered with 63 bits."""


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
            terms = artefact.files[VOCABULARY].decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise ModelError(f"{VOCABULARY} is not UTF-8 text.", artefact.name) from None
        self._column_of = {term: column for column, term in enumerate(terms)}
        self._runs = _Runs(terms)
        if len(self._runs.number_of) > _BIGGEST:
            raise ModelError(f"{VOCABULARY} holds more than {_BIGGEST:,} words.", artefact.name)
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
        n_terms = len(self._idf)
        said, context, shares = self._context(utterances)
        runs = self._runs.find([mine for _, mine in said])
        # A repeated feature counts once, shared by its places.
        keys, home, times = np.unique(runs.row * n_terms + runs.column, return_inverse=True, return_counts=True)
        everything = np.union1d(keys, context)
        values = np.ones(len(everything))
        if shares:
            values[np.searchsorted(everything, list(shares))] = list(shares.values())
        starts = np.searchsorted(everything, np.arange(len(said) + 1) * n_terms)
        matrix, lengths = _unit_rows(everything % n_terms, values, starts, self._idf)
        part = self._idf[runs.column] / lengths[runs.row] / np.maximum(runs.last - runs.first, 1) / times[home]
        n_words = np.asarray([len(mine) for _, mine in said])
        pull = _spread_over_words(runs, part, n_words, self._by_term)
        ends = np.cumsum(n_words).tolist()
        pulls = [Pulls(cut.spans, pull[end - len(mine) : end]) for (cut, mine), end in zip(said, ends, strict=True)]
        return np.asarray(matrix @ self._by_term + self._intercepts), pulls

    def _context(
        self, utterances: Sequence[Utterance]
    ) -> tuple[list[tuple[Words, list[int]]], npt.NDArray[np.int64], dict[int, float]]:
        """Return each utterance's words with their numbers, and its other features as ``row * n_terms + column``."""
        column_of, number_of, of_before = self._column_of.get, self._runs.number_of.get, self._runs.before
        n_terms = len(self._idf)

        # Remembered for this call alone: no words of a session stay behind.
        @cache
        def cut(text: str) -> tuple[Words, list[int]]:
            found = words(text)
            return found, [number_of(norm, -1) for norm in found.norms]

        @cache
        def listen(text: str) -> tuple[Heard, list[int]]:
            heard = heard_features(text)
            return heard, [column_of(name, -1) for name in heard.features]

        said, columns, sizes = [], [], []
        shares: dict[int, float] = {}
        for row, u in enumerate(utterances):
            mine = cut(u.text)
            before, numbers = cut(u.before)
            heard, known = listen(u.heard)
            names, values = form_features(mine[0].norms, heard)
            names.append(after_feature(before.norms))
            own = [of_before[n] for n in numbers[-BEFORE_WORDS:]]
            own += known
            own += [column_of(name, -1) for name in names]
            for name, value in values.items():
                column = column_of(name, -1)
                if column >= 0:
                    own.append(column)
                    shares[row * n_terms + column] = value
            said.append(mine)
            columns += own
            sizes.append(len(own))
        of_row = np.repeat(np.arange(len(said)), sizes)
        flat = np.asarray(columns, dtype=np.int64)
        return said, (of_row * n_terms + flat)[flat >= 0], shares


class _Found(NamedTuple):
    """Runs of words that the model knows: utterance, column, and half-open range of the utterance's words."""

    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]


class _Runs:
    """The features of `own_features` that a model knows, looked up for all utterances at once.

    Every word of the vocabulary has a number, and a run of words the number that its words' numbers make together.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        by_family: dict[str, dict[tuple[str, ...], int]] = {"u1": {}, "u2": {}, "u3": {}, "g2": {}, "b1": {}}
        for column, term in enumerate(terms):
            family, _, run = term.partition("=")
            parts = tuple(run.replace(" _ ", " ", 1).split(" ") if family == "g" else run.split(" "))
            if (known := by_family.get(f"{family}{len(parts)}")) is not None:
                known[parts] = column
        spoken = {word: None for known in by_family.values() for parts in known for word in parts}
        self.number_of = {word: n for n, word in enumerate(dict.fromkeys(["<", ">", *spoken]))}
        self._base = len(self.number_of)
        self._alone = np.asarray(self._by_number(by_family["u1"]))
        self.before = self._by_number(by_family["b1"])
        self._pairs, self._triples, self._gaps = (self._by_key(by_family[f]) for f in ("u2", "u3", "g2"))

    def _by_number(self, known: Mapping[tuple[str, ...], int]) -> list[int]:
        """Return the column of each number, -1 without one; the last, for the number -1, is none either."""
        columns = [known.get((word,), -1) if word not in ENDS else -1 for word in self.number_of]
        return [*columns, -1]

    def _by_key(self, known: Mapping[tuple[str, ...], int]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        keyed = []
        for parts, column in known.items():
            key = 0
            for word in parts:
                key = key * self._base + self.number_of[word]
            keyed.append((key, column))
        keyed.sort()
        most = np.iinfo(np.int64).max  # so that a search never ends behind the last
        keys = np.asarray([*(key for key, _ in keyed), most], dtype=np.int64)
        return keys, np.asarray([*(column for _, column in keyed), -1], dtype=np.int64)

    def find(self, said: Sequence[Sequence[int]]) -> _Found:
        """Look up the runs of utterances.

        Parameters
        ----------
        said : sequence of sequence of int
            Numbers of each utterance's words, -1 for words without one.

        Returns
        -------
        _Found
            Single words of all utterances, then pairs, triples and pairs around a gap.
        """
        flat: list[int] = []
        for numbers in said:
            flat.append(0)
            flat += numbers
            flat.append(1)
        n = np.asarray([len(numbers) for numbers in said])
        padded = np.asarray([*flat, -1, -1], dtype=np.int64)
        row = np.repeat(np.arange(len(said)), n + 2)
        size = n[row]
        at = np.arange(len(flat)) - np.repeat(np.cumsum(n + 2) - (n + 2), n + 2)
        one, two, three = padded[:-2], padded[1:-1], padded[2:]
        runs = (
            (self._alone[one], at >= 0, 1),
            (self._looked_up(self._pairs, one, two), at <= size, 2),
            (self._looked_up(self._triples, one, two, three), at < size, 3),
            (self._looked_up(self._gaps, one, three), (at > 0) & (at < size - 1), 3),
        )
        found = []
        for columns, inside, length in runs:
            here = np.flatnonzero(inside & (columns >= 0))
            first = at[here] - 1
            found.append((row[here], columns[here], np.maximum(first, 0), np.minimum(first + length, size[here])))
        return _Found(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def _looked_up(
        self, known: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], *numbers: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        keys, columns = known
        key = numbers[0]
        missing = key < 0
        for more in numbers[1:]:
            key = key * self._base + more
            missing = missing | (more < 0)
        key = np.where(missing, -1, key)
        place = np.searchsorted(keys, key)
        return np.where(keys[place] == key, columns[place], -1)


def _spread_over_words(
    runs: _Found, part: npt.NDArray[np.float64], n_words: npt.NDArray[np.int64], by_term: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Give each word its part of the runs that stand on it: shape (words of all utterances, n_behaviours)."""
    width = runs.last - runs.first
    begin = (np.cumsum(n_words) - n_words)[runs.row] + runs.first
    within = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width)
    word = np.repeat(begin, width) + within
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
    data = values * idf[columns] if len(columns) else values
    matrix = sparse.csr_array((data, columns, starts), shape=(len(starts) - 1, len(idf)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    lengths[lengths == 0] = 1.0
    return sparse.csr_array(sparse.diags_array(1.0 / lengths) @ matrix), lengths
