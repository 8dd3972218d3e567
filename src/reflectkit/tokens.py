"""The one tokeniser of the library: spaCy's English rules without a downloaded model."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language

LONGEST_TOKEN = 100
"""Characters without white space that are looked at: spaCy's time grows with the square of a run of signs ("!!!!…")."""

TOKENISER = "spacy-blank-en"
"""Name of the tokeniser in signatures."""

own_process = False
"""True in a process that is reflectkit's own and trains nothing: spaCy is then imported without torch (which takes longer
than a short analysis) and without its own command line (which brings three HTTP clients and makes up a third of its
time). Never in a process of somebody else's, who may want all of spaCy."""

_IN_ZONE = Lock()  # spaCy has one zone at a time


@cache
def tokeniser() -> Language:
    """Return the tokeniser: spaCy's English rules, no downloaded model.

    Returns
    -------
    spacy.language.Language
        A blank English pipeline that also splits "right?So" and "gone...and".
    """
    with _spacy_alone():
        import spacy
        from spacy.util import compile_infix_regex

    nlp = spacy.blank("en")
    nlp.max_length = 10_000_000
    infixes = [*(nlp.Defaults.infixes or []), r"(?<=\w)[?!]+(?=\w)", r"(?<=\w)…(?=\w)", r"[–—]"]
    tokenizer: Any = nlp.tokenizer
    tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
    return nlp


@contextmanager
def _spacy_alone() -> Iterator[None]:
    """Keep out what spaCy imports besides, if nobody has imported it yet."""
    command_line: Any = ModuleType("spacy.cli.info")
    command_line.info = None  # the one name that spaCy takes from there
    # An import of None fails as if the module were not installed.
    kept_out = {"torch": None, command_line.__name__: command_line} if own_process else {}
    added = {name: module for name, module in kept_out.items() if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


@cache
def listed() -> Mapping[str, Sequence[str]]:
    """Return spaCy's own list of words that are cut in a way of their own ("don't", "etc.").

    Returns
    -------
    mapping of str to sequence of str
        The parts of each.
    """
    tokenizer: Any = tokeniser().tokenizer
    return {word: [t.text for t in tokenizer(word)] for word in tokenizer.rules if not word.isspace()}


def tokenise(text: str) -> tuple[list[str], list[int]]:
    """Cut text into words and signs.

    Each stretch without white space is cut on its own, as spaCy does it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    tokens : list of str
        Words and signs, without white space; of a stretch longer than `LONGEST_TOKEN` only the beginning.
    starts : list of int
        Offset of each.

    Examples
    --------
    >>> tokenise("Didn't she ring?")
    (['Did', "n't", 'she', 'ring', '?'], [0, 3, 7, 11, 15])
    """
    stretches = text.split()
    tokens: list[str] = []
    starts: list[int] = []
    at = 0
    for stretch, cut in zip(stretches, cut_stretches(stretches), strict=True):
        at = text.index(stretch, at)
        tokens += cut
        starts += accumulate(map(len, cut[:-1]), initial=at) if len(cut) > 1 else (at,)
        at += len(stretch)
    return tokens, starts


def cut_stretches(stretches: Iterable[str]) -> list[Sequence[str]]:
    """Cut stretches that hold no white space.

    Plain words, alone or before a sign, and spaCy's listed words need none of its machinery; only the rest is given to
    it, at once.

    Parameters
    ----------
    stretches : iterable of str
        As from `str.split`.

    Returns
    -------
    list of sequence of str
        Words and signs of each, in order.

    Examples
    --------
    >>> [list(cut) for cut in cut_stretches(["Didn't", "ring?"])]
    [['Did', "n't"], ['ring', '?']]
    """
    ways = listed()
    found: list[Sequence[str]] = []
    odd: dict[int, str] = {}
    for stretch in stretches:
        if (whole := ways.get(stretch)) is not None:
            found.append(whole)
        elif len(stretch) > LONGEST_TOKEN or not stretch.isascii():
            odd[len(found)] = stretch[:LONGEST_TOKEN]
            found.append(())
        elif stretch.isalpha() or stretch.isdigit():
            found.append((stretch,))
        else:
            head, last = stretch[:-1], stretch[-1]
            if head.isalpha() and head not in ways and (last in ",?!" or (last == "." and head[-1].islower())):
                found.append((head, last))
            else:
                odd[len(found)] = stretch
                found.append(())
    if odd:
        for i, tokens in zip(odd, _by_spacy(list(odd.values())), strict=True):
            found[i] = tokens
    return found


def _by_spacy(stretches: list[str]) -> list[list[str]]:
    """Cut stretches that hold no white space."""
    found: list[list[str]] = [[]]
    nlp = tokeniser()
    # In a zone of its own spaCy forgets the words again: a process that runs for months must not keep what people said.
    with _IN_ZONE, nlp.memory_zone():
        for token in nlp.make_doc(" ".join(stretches)):
            found[-1].append(token.text)
            if token.whitespace_:
                found.append([])
    return found
