"""The linear model's features, looked up for many utterances at once.

`reflectkit.classify.features` says what they are, by name, for one utterance; here the same ones are found by the
numbers of words (see `reflectkit.classify.numbering`), and given as places in a matrix: row of the utterance, column of
the feature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reflectkit.classify.features import BEFORE_WORDS, COMMON, ENDS, HEARD_CHARACTERS, HEARD_WORDS, NAME, SWAP, plain
from reflectkit.classify.numbering import ASKS, BEGIN, END, Ints, Numbering, Session, Words, ragged
from reflectkit.values import Utterance

_LONGEST = 6
"""Lengths are told apart up to 2 to the power of this."""

_OPENING = 4


class Places(NamedTuple):
    """Where features stand in the matrix: row of the utterance and column; a column of -1 is none."""

    row: Ints
    column: Ints


class Runs(NamedTuple):
    """Runs of words that the model knows: utterance, column, and half-open range of the utterance's words."""

    row: Ints
    column: Ints
    first: Ints
    last: Ints


class View(NamedTuple):
    """What the model sees of utterances, as numbers of words.

    Attributes
    ----------
    session : Session
        Numbers of the words.
    words : Words
        Words of all texts.
    said, before, heard : tuple of numpy.ndarray
        Number, row and place of each word of the utterances, and of what is in view of the worker's words and the
        client's words before; rows are utterances.
    n_said, n_before, n_heard : numpy.ndarray, shape (n_rows,)
        How many words these are.
    after : tuple of numpy.ndarray
        First and last word of the utterance before, where there is one.
    texts : numpy.ndarray, shape (n_rows,)
        Which of the texts is the utterance's.
    """

    session: Session
    words: Words
    said: tuple[Ints, Ints, Ints]
    before: tuple[Ints, Ints, Ints]
    heard: tuple[Ints, Ints, Ints]
    n_said: Ints
    n_before: Ints
    n_heard: Ints
    after: tuple[Ints, Ints]
    texts: Ints


def view(utterances: Sequence[Utterance], numbering: Numbering) -> View:
    """Cut utterances and what was said before them into words.

    Parameters
    ----------
    utterances : sequence of Utterance
        With their context.
    numbering : Numbering
        The model's words.

    Returns
    -------
    View
        For the features.
    """
    index: dict[str, int] = {}
    told = [[index.setdefault(text, len(index)) for text in (u.text, u.before)] for u in utterances]
    tails: dict[str, int] = {}
    last = [tails.setdefault(u.heard[-HEARD_CHARACTERS:], len(tails)) for u in utterances]
    session = numbering.session()
    # All at once: what takes most time is what is done for each call.
    words = session.cut([plain(text) for text in (*index, *tails)])
    texts, before = np.asarray(told, dtype=np.int64).T
    heard = np.asarray(last, dtype=np.int64) + len(index)

    def tail(of: Ints, most: int | None) -> tuple[tuple[Ints, Ints, Ints], Ints]:
        end = words.bounds[of + 1]
        sizes = end - words.bounds[of]
        if most is not None:
            sizes = np.minimum(sizes, most)
        at, row, place = ragged(end - sizes, sizes)
        return (words.number[at], row, place), sizes

    said, n_said = tail(texts, None)
    own, n_before = tail(before, BEFORE_WORDS)
    theirs, n_heard = tail(heard, HEARD_WORDS)
    some = before[n_before > 0]
    after = words.number[words.bounds[some]], words.number[words.bounds[some + 1] - 1]
    return View(session, words, said, own, theirs, n_said, n_before, n_heard, after, texts)


class Vocabulary:
    """A model's features, by what they are about.

    Parameters
    ----------
    terms : sequence of str
        Names of the features, in the order of the model's columns.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._column_of = {term: column for column, term in enumerate(terms)}
        self._by_kind: dict[tuple[str, int], dict[tuple[str, ...], int]] = {}
        for column, term in enumerate(terms):
            kind, _, run = term.partition("=")
            if kind == "g":
                run = run.replace(" _ ", " ", 1)
            parts = run.split(" ")
            if kind == "x":
                kind, parts = f"x={parts[0]}", parts[1:]
            self._by_kind.setdefault((kind, len(parts)), {})[tuple(parts)] = column
        spoken = (kind for kind in self._by_kind if not kind[0].startswith("x") or kind[0] in ("x=?", "x=after"))
        self.numbering = Numbering(word for kind in spoken for parts in self._by_kind[kind] for word in parts)

    def column(self, name: str) -> int:
        """Return the column of a feature.

        Parameters
        ----------
        name : str
            As in `reflectkit.classify.features`.

        Returns
        -------
        int
            -1 if the model has none.
        """
        return self._column_of.get(name, -1)

    def single(self, kind: str, *, ends: bool = False) -> Ints:
        """Return the columns of a kind's words.

        Parameters
        ----------
        kind : str
            What stands before the equals sign.
        ends : bool, optional
            True if ``<`` and ``>`` are words like others.

        Returns
        -------
        numpy.ndarray, shape (n_words + 1,)
            By number; -1 for words that have none, and last for unknown ones.
        """
        known = self._by_kind.get((kind, 1), {})
        columns = [known.get((word,), -1) if ends or word not in ENDS else -1 for word in self.numbering.number_of]
        return np.asarray([*columns, -1], dtype=np.int64)

    def runs(self, kind: str, size: int) -> Table:
        """Return the columns of a kind's runs of words.

        Parameters
        ----------
        kind : str
            What stands before the equals sign.
        size : int
            Words of a run.

        Returns
        -------
        Table
            Empty if the model has none.
        """
        return Table(self.numbering, self._by_kind.get((kind, size), {}))


class Table:
    """Columns of runs of words: a run has the number that its words' numbers make together.

    Parameters
    ----------
    numbering : Numbering
        The model's words.
    known : mapping of tuple of str to int
        Column of each run.
    """

    def __init__(self, numbering: Numbering, known: Mapping[tuple[str, ...], int]) -> None:
        self._unknown = len(numbering)
        keyed = []
        for parts, column in known.items():
            key = 0
            for word in parts:
                key = key * (self._unknown + 1) + numbering.number_of[word]
            keyed.append((key, column))
        keyed.sort()
        most = np.iinfo(np.int64).max  # so that a search never ends behind the last
        self._keys = np.asarray([*(key for key, _ in keyed), most], dtype=np.int64)
        self._columns = np.asarray([*(column for _, column in keyed), -1], dtype=np.int64)

    def columns(self, *numbers: Ints) -> Ints:
        """Return the columns of runs.

        Parameters
        ----------
        *numbers : numpy.ndarray, shape (n_runs,)
            The first word of every run, the second, and so on.

        Returns
        -------
        numpy.ndarray, shape (n_runs,)
            -1 for those not known.
        """
        key = np.minimum(numbers[0], self._unknown)
        for more in numbers[1:]:
            key = key * (self._unknown + 1) + np.minimum(more, self._unknown)
        place = np.searchsorted(self._keys, key)
        return np.where(self._keys[place] == key, self._columns[place], -1)


class OwnRuns:
    """The runs of words of `reflectkit.classify.features.own_features`.

    Parameters
    ----------
    vocabulary : Vocabulary
        The model's features.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._unknown = len(vocabulary.numbering)
        self._alone = vocabulary.single("u")
        self._pairs, self._triples = vocabulary.runs("u", 2), vocabulary.runs("u", 3)
        self._gaps = vocabulary.runs("g", 2)

    def find(self, seen: View) -> Runs:
        """Look up the runs of utterances.

        Parameters
        ----------
        seen : View
            The utterances.

        Returns
        -------
        Runs
            Single words of all utterances, then pairs, triples and pairs around a gap.
        """
        number, row, place = seen.said
        n = seen.n_said
        padded = np.full(len(number) + 2 * len(n) + 2, self._unknown)
        begins = np.cumsum(n + 2) - (n + 2)
        padded[begins], padded[begins + n + 1] = BEGIN, END
        padded[begins[row] + 1 + place] = number
        _, rows, at = ragged(begins, n + 2)
        size = n[rows]
        one, two, three = padded[:-2], padded[1:-1], padded[2:]
        runs = (
            (self._alone[np.minimum(one, self._unknown)], at >= 0, 1),
            (self._pairs.columns(one, two), at <= size, 2),
            (self._triples.columns(one, two, three), at < size, 3),
            (self._gaps.columns(one, three), (at > 0) & (at < size - 1), 3),
        )
        found = []
        for columns, inside, length in runs:
            here = np.flatnonzero(inside & (columns >= 0))
            first = at[here] - 1
            found.append((rows[here], columns[here], np.maximum(first, 0), np.minimum(first + length, size[here])))
        return Runs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


class Form:
    """The features of `reflectkit.classify.features.form_features`.

    Parameters
    ----------
    vocabulary : Vocabulary
        The model's features.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        column = vocabulary.column
        self._unknown = len(vocabulary.numbering)
        words = vocabulary.numbering.number_of
        self._spoken, self._is_content, self._is_end = (
            np.asarray([test(word) for word in words]) for test in (_is_spoken, _is_content, _is_end)
        )
        swapped = [words[SWAP.get(word, word)] for word in words]
        self._swapped = np.asarray(swapped, dtype=np.int64)
        self._opening = np.asarray([vocabulary.single(f"p{i}", ends=True) for i in range(_OPENING)])
        self._length = np.asarray([column(f"x=length {k}") for k in range(_LONGEST + 1)])
        self._no_end = column("x=no end sign")
        self._asks_one, self._asks_two = vocabulary.runs("x=?", 1), vocabulary.runs("x=?", 2)
        self._shared = np.asarray([[column(f"x=shared {i} of {k}") for k in range(6)] for i in range(5)])
        self._share_words, self._share_pairs = column("x=shared words"), column("x=shared pairs")

    def find(self, seen: View) -> tuple[Iterator[Places], list[tuple[Places, npt.NDArray[np.float64]]]]:
        """Find the features of form.

        Parameters
        ----------
        seen : View
            The utterances.

        Returns
        -------
        names : iterator of Places
            Features that hold.
        shares : list of (Places, numpy.ndarray)
            Features with a value in [0, 1], and the values.
        """
        number, row, _ = seen.said
        n_rows = len(seen.n_said)
        spoken = np.flatnonzero(self._marked(self._spoken, _is_spoken, seen)[number])
        words, rows = number[spoken], row[spoken]
        n = np.bincount(rows, minlength=n_rows)
        first = np.cumsum(n) - n
        shared, of_content = self._given_back(seen, words, rows)
        with_content, with_pairs = np.flatnonzero(of_content), np.flatnonzero(n > 1)
        share = shared[with_content] / of_content[with_content]
        pairs = self._pairs_given_back(seen, words, rows)[with_pairs] / (n[with_pairs] - 1)

        def names() -> Iterator[Places]:
            place = np.arange(len(words)) - first[rows]
            opens = np.flatnonzero(place < _OPENING)
            yield Places(rows[opens], self._opening[place[opens], np.minimum(words[opens], self._unknown)])
            yield Places(np.arange(n_rows), self._length[_bits(n)])
            some = np.flatnonzero(seen.n_said)
            last = number[np.cumsum(seen.n_said)[some] - 1]
            open_ended = some[~self._marked(self._is_end, _is_end, seen)[last]]
            yield Places(open_ended, np.full(len(open_ended), self._no_end))
            asking = np.bincount(row[number == ASKS], minlength=n_rows) > 0
            one, two = np.flatnonzero(asking & (n == 1)), np.flatnonzero(asking & (n > 1))
            yield Places(one, self._asks_one.columns(words[first[one]]))
            yield Places(two, self._asks_two.columns(words[first[two]], words[first[two] + 1]))
            quarters = np.rint(share * 4).astype(np.int64)
            yield Places(with_content, self._shared[quarters, np.minimum(of_content[with_content], 5)])

        return names(), [
            (Places(with_content, np.full(len(share), self._share_words)), share),
            (Places(with_pairs, np.full(len(pairs), self._share_pairs)), pairs),
        ]

    def _given_back(self, seen: View, words: Ints, rows: Ints) -> tuple[Ints, Ints]:
        """Count for each row the words of content that the client said, and all of them."""
        number, row, _ = seen.heard
        content = self._marked(self._is_content, _is_content, seen)[words]
        words, rows = words[content], rows[content]
        n_rows, base = len(seen.n_said), len(seen.session)
        given = np.isin(rows * base + words, row * base + number)
        return np.bincount(rows[given], minlength=n_rows), np.bincount(rows, minlength=n_rows)

    def _pairs_given_back(self, seen: View, words: Ints, rows: Ints) -> Ints:
        """Count for each row the pairs of words that the client said, of themselves."""
        number, row, _ = seen.heard
        base, n_known = len(seen.session), len(self._swapped)
        turned = np.where(number < n_known, self._swapped[np.minimum(number, n_known - 1)], number)
        heard = (turned[:-1] * base + turned[1:])[row[:-1] == row[1:]]
        kinds = np.unique(heard)  # few, so that they and a row make one number
        together = rows[:-1] == rows[1:]
        said, rows = (words[:-1] * base + words[1:])[together], rows[:-1][together]
        place = np.searchsorted(kinds, said)
        known = np.flatnonzero(np.append(kinds, -1)[place] == said)
        in_row = row[:-1][row[:-1] == row[1:]] * len(kinds) + np.searchsorted(kinds, heard)
        given = known[np.isin(rows[known] * len(kinds) + place[known], in_row)]
        return np.bincount(rows[given], minlength=len(seen.n_said))

    @staticmethod
    def _marked(known: npt.NDArray[np.bool_], test: Callable[[str], bool], seen: View) -> npt.NDArray[np.bool_]:
        return np.concatenate([known, seen.session.mark(test)])


class Around:
    """The features of `reflectkit.classify.features.heard_features` and `before_features`.

    Parameters
    ----------
    vocabulary : Vocabulary
        The model's features.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        column = vocabulary.column
        self._unknown = len(vocabulary.numbering)
        self._heard, self._heard_last = vocabulary.single("h"), vocabulary.single("h$", ends=True)
        self._length = np.asarray([column(f"x=heard length {k}") for k in range(_LONGEST + 1)])
        self._asked = np.asarray([column(f"x=client asked {asked}") for asked in (False, True)])
        self._before, self._after = vocabulary.single("b"), vocabulary.runs("x=after", 2)
        self._opens = column("x=opens turn")

    def find(self, seen: View) -> Iterator[Places]:
        """Find the features of what was said before.

        Parameters
        ----------
        seen : View
            The utterances.

        Yields
        ------
        Places
            Features that hold.
        """
        rows = np.arange(len(seen.n_said))
        number, row, place = seen.heard
        number = np.minimum(number, self._unknown)
        yield Places(row, self._heard[number])
        last = np.flatnonzero(place >= seen.n_heard[row] - 2)
        yield Places(row[last], self._heard_last[number[last]])
        yield Places(rows, self._length[_bits(seen.n_heard)])
        asked = np.bincount(row[number == ASKS], minlength=len(rows)) > 0
        yield Places(rows, self._asked[asked.astype(np.int64)])
        number, row, _ = seen.before
        yield Places(row, self._before[np.minimum(number, self._unknown)])
        opening = rows[seen.n_before == 0]
        yield Places(opening, np.full(len(opening), self._opens))
        yield Places(rows[seen.n_before > 0], self._after.columns(*seen.after))


def _bits(counts: Ints) -> Ints:
    """Return the lengths in bits, cut at `_LONGEST`."""
    return np.minimum(np.frexp(counts)[1], _LONGEST)


def _is_spoken(word: str) -> bool:
    return word[0].isalnum() or word == NAME


def _is_content(word: str) -> bool:
    return _is_spoken(word) and word not in COMMON


def _is_end(word: str) -> bool:
    return word in "?!."
