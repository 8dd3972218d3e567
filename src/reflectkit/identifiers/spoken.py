"""Numbers as people say them: "oh seven seven double oh nine" is 077009."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
UNITS = {w: str(n) for n, w in enumerate("zero one two three four five six seven eight nine".split())} | {
    "oh": "0",
    "o": "0",
    "nought": "0",
    "nil": "0",
}
TEENS = {
    w: str(n + 10)
    for n, w in enumerate("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split())
}
TENS = {w: n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
TIMES = {"double": 2, "treble": 3, "triple": 3}


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number of a text.

    Attributes
    ----------
    text : str
        Lower case.
    start, end : int
        Offsets.
    """

    text: str
    start: int
    end: int


def cut(text: str) -> list[Word]:
    """Cut a text into words and numbers.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of Word
        In order.
    """
    return [Word(m[0].lower(), m.start(), m.end()) for m in _WORD.finditer(text)]


def is_number(word: str) -> bool:
    """Tell whether a word is part of a spoken or written number.

    Parameters
    ----------
    word : str
        Lower case.

    Returns
    -------
    bool
        True for digits and number words.
    """
    return word in UNITS or word in TEENS or word in TENS or word in TIMES or word == "hundred" or word.isdecimal()


def digits(words: Sequence[str]) -> str:
    """Write spoken numbers as digits.

    Parameters
    ----------
    words : sequence of str
        Lower case number words and digits; other words are passed on as they are.

    Returns
    -------
    str
        What one would type.

    Examples
    --------
    >>> digits("oh seven double five twenty one nine hundred".split())
    '075521900'
    """
    out: list[str] = []
    times, tens = 1, False
    for word in words:
        if word in TIMES:
            times, tens = TIMES[word], False
            continue
        if word in TENS:
            out.append(f"{TENS[word]}0")
            tens = True
            continue
        unit = UNITS.get(word)
        if tens and unit is not None and unit != "0":
            out[-1] = out[-1][0] + unit
        elif unit is not None:
            out.append(unit * times)
        elif word in TEENS:
            out.append(TEENS[word])
        elif word == "hundred":
            out.append("00")
        else:
            out.append(word * times if len(word) == 1 else word)
        times, tens = 1, False
    return "".join(out)


ON_THE_WAY = frozenset(
    "name user username handle tag id gamertag account is it's its it im i'm as under are on called at the was so "
    "just number no "
    "reference ref code again still now".split()
)
"""Words between the name of a number or service and what it is."""


def index_at(said: Sequence[Word], offset: int) -> int:
    """Return the index of the first word that begins at or after an offset.

    Parameters
    ----------
    said : sequence of Word
        In order.
    offset : int
        Into the text.

    Returns
    -------
    int
        From 0 to the number of words.
    """
    return bisect_left(said, offset, key=lambda w: w.start)
