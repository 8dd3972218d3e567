"""Words as numbers: the texts of a session are cut at once, and what follows works on arrays.

A word that the model knows has the same number in every session; a word that it does not know gets one for this
session alone, so that two texts can be seen to share it. Nothing of a session is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, chain, count
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reflectkit.classify.features import COMMON, NAME, SWAP, norm
from reflectkit.tokens import LONGEST_TOKEN, cut_stretches, listed

Ints = npt.NDArray[np.int64]

FIRST = ("<", ">", "?", NAME)
"""Words whose numbers are 0, 1, 2, … in every model."""

BEGIN, END, ASKS = range(3)

_SIGNS = ",.?!"


class Words(NamedTuple):
    """Words and signs of texts.

    Attributes
    ----------
    number : numpy.ndarray, shape (n_words,)
        Number of each word, those of one text after those of the text before.
    start, end : numpy.ndarray, shape (n_words,)
        Offsets into the word's text.
    bounds : numpy.ndarray, shape (n_texts + 1,)
        Where the words of each text begin, and the end of the last.
    """

    number: Ints
    start: Ints
    end: Ints
    bounds: Ints


def ragged(first: Ints, sizes: Ints) -> tuple[Ints, Ints, Ints]:
    """Return positions in an array of which each row takes some that stand together.

    Parameters
    ----------
    first, sizes : numpy.ndarray, shape (n_rows,)
        Where each row's part begins, and how much it is.

    Returns
    -------
    at, row, place : numpy.ndarray
        Position in the array, row, and place in the row.

    Examples
    --------
    >>> [found.tolist() for found in ragged(np.array([5, 0]), np.array([2, 1]))]
    [[5, 6, 0], [0, 0, 1], [0, 1, 0]]
    """
    row = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
    return first[row] + place, row, place


class Cut(NamedTuple):
    """A stretch without white space, cut: number, offset and length of each word."""

    numbers: tuple[int, ...]
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]


class Numbering:
    """The words of a model and their numbers.

    Parameters
    ----------
    words : iterable of str
        Folded words, as from `reflectkit.classify.features.norm`.
    """

    def __init__(self, words: Iterable[str]) -> None:
        known = dict.fromkeys([*FIRST, *SWAP, *SWAP.values(), *sorted(COMMON), *words])
        self.number_of = {word: number for number, word in enumerate(known)}
        # What is said is mostly these words with or without a sign; they are cut once, and nothing is added later.
        contracted = [word for word in listed() if "'" in word and word.isascii() and word.replace("'", "").isalpha()]
        stretches = [*listed(), *(word + sign for word in contracted for sign in _SIGNS)]
        cuts = zip(stretches, Session(self.number_of, {}).cuts(stretches), strict=True)
        self._cuts = {stretch: cut for stretch, cut in cuts if max(cut.numbers) < len(known)} | dict(self._plain())

    def _plain(self) -> Iterator[tuple[str, Cut]]:
        """Yield plain words, alone and before a sign, as `reflectkit.tokens.cut_stretches` cuts them."""
        signs = [(sign, self.number_of[sign]) for sign in _SIGNS if sign in self.number_of]
        for word, number in self.number_of.items():
            size = len(word)
            if (
                not (word.isascii() and word.isalpha() and word.islower() and 1 < size < LONGEST_TOKEN)
                or norm(word) != word
            ):
                continue
            for form in (word, word.capitalize()):
                if form not in listed():
                    yield form, Cut((number,), (0,), (size,))
                    for sign, its in signs:
                        if form + sign not in listed():  # "Dr."
                            yield form + sign, Cut((number, its), (0, size), (size, 1))

    def __len__(self) -> int:
        return len(self.number_of)

    def session(self) -> Session:
        """Return what numbers the words of one session."""
        return Session(self.number_of, self._cuts)


class Session:
    """Numbers for the words of one session.

    Parameters
    ----------
    number_of : mapping of str to int
        Those of the model's words.
    cuts : mapping of str to Cut
        What is known of stretches.
    """

    def __init__(self, number_of: Mapping[str, int], cuts: Mapping[str, Cut]) -> None:
        self._known, self._cuts, self._new = number_of, cuts, dict[str, int]()

    def __len__(self) -> int:
        return len(self._known) + len(self._new)

    def cut(self, texts: Sequence[str]) -> Words:
        """Cut texts into words.

        Parameters
        ----------
        texts : sequence of str
            As from `reflectkit.classify.features.plain`.

        Returns
        -------
        Words
            With numbers.
        """
        split = [text.split() for text in texts]
        kind_of: defaultdict[str, int] = defaultdict(count().__next__)
        kinds = _ints(map(kind_of.__getitem__, chain.from_iterable(split)))
        cuts = self.cuts(kind_of)
        number, offset, size = (_ints(chain.from_iterable(map(itemgetter(k), cuts))) for k in range(3))
        n_words = _ints(len(cut.numbers) for cut in cuts)
        at, stretch, _ = ragged((np.cumsum(n_words) - n_words)[kinds], n_words[kinds])
        start = _begins(texts)[stretch] + offset[at]
        ends = np.concatenate([[0], np.cumsum(n_words[kinds])])
        return Words(number[at], start, start + size[at], ends[np.cumsum([0, *map(len, split)])])

    def cuts(self, stretches: Iterable[str]) -> list[Cut]:
        """Cut stretches that hold no white space.

        Parameters
        ----------
        stretches : iterable of str
            As from `str.split`.

        Returns
        -------
        list of Cut
            In order.
        """
        found = list(map(self._cuts.get, stretches))
        new = [stretch for stretch, cut in zip(stretches, found, strict=True) if cut is None]
        fresh = iter(cut_stretches(new))
        return [self._cut(next(fresh)) if cut is None else cut for cut in found]

    def _cut(self, tokens: Sequence[str]) -> Cut:
        sizes = tuple(map(len, tokens))
        return Cut(tuple(map(self._number, tokens)), tuple(accumulate(sizes[:-1], initial=0)), sizes)

    def _number(self, token: str) -> int:
        folded = norm(token)
        number = self._known.get(folded)
        return len(self._known) + self._new.setdefault(folded, len(self._new)) if number is None else number

    def mark(self, test: Callable[[str], bool]) -> npt.NDArray[np.bool_]:
        """Tell of each word that the model does not know whether something holds of it.

        Parameters
        ----------
        test : callable
            From a folded word to a bool.

        Returns
        -------
        numpy.ndarray of bool, shape (n_new_words,)
            In the order of their numbers.
        """
        return np.asarray([test(word) for word in self._new], dtype=bool)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


@cache
def _is_space() -> npt.NDArray[np.bool_]:
    return np.asarray([chr(code).isspace() for code in range(0x3002)])


def _begins(texts: Sequence[str]) -> Ints:
    """Return where each stretch without white space begins in its text."""
    joined = "\n".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    space = np.append(True, _is_space()[np.minimum(codes, 0x3001)])
    lengths = _ints(map(len, texts)) + 1
    begins = np.flatnonzero(space[:-1] & ~space[1:])
    text_begins = np.cumsum(lengths) - lengths
    return begins - text_begins[np.searchsorted(text_begins, begins, side="right") - 1]
