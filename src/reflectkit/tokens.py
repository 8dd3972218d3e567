"""The one tokeniser of the library: spaCy's English rules without a downloaded model."""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language

LONGEST_TOKEN = 100
"""Characters without white space that are looked at: spaCy's time grows with the square of a run of signs ("!!!!…")."""

TOKENISER = "spacy-blank-en"
"""Name of the tokeniser in signatures."""

_IN_ZONE = Lock()  # spaCy has one zone at a time


@cache
def tokeniser() -> Language:
    """Return the tokeniser: spaCy's English rules, no downloaded model.

    Returns
    -------
    spacy.language.Language
        A blank English pipeline that also splits "right?So" and "gone...and".
    """
    import spacy
    from spacy.util import compile_infix_regex

    nlp = spacy.blank("en")
    nlp.max_length = 10_000_000
    infixes = [*(nlp.Defaults.infixes or []), r"(?<=\w)[?!]+(?=\w)", r"(?<=\w)…(?=\w)", r"[–—]"]
    tokenizer: Any = nlp.tokenizer
    tokenizer.infix_finditer = compile_infix_regex(infixes).finditer
    return nlp


@cache
def _rules() -> dict[str, list[str]]:
    """Return spaCy's own list of words that are cut in a way of their own ("don't", "etc.")."""
    tokenizer: Any = tokeniser().tokenizer
    return {word: [t.text for t in tokenizer(word)] for word in tokenizer.rules if not word.isspace()}


def tokenise(text: str) -> tuple[list[str], list[int]]:
    """Cut text into words and signs.

    Each stretch without white space is cut on its own, as spaCy does it. Plain words, alone or before a sign, and
    spaCy's listed words need none of its machinery; only the rest is given to it, at once.

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
    listed = _rules()
    texts: list[str] = []
    starts: list[int] = []
    odd: list[int] = []
    at = 0
    for stretch in text.split():
        at = text.index(stretch, at)
        whole = listed.get(stretch)
        if whole is not None:
            for token in whole:
                texts.append(token)
                starts.append(at)
                at += len(token)
            continue
        starts.append(at)
        at += len(stretch)
        if len(stretch) > LONGEST_TOKEN or not stretch.isascii():
            odd.append(len(texts))
            texts.append(stretch[:LONGEST_TOKEN])
        elif stretch.isalpha() or stretch.isdigit():
            texts.append(stretch)
        else:
            head, last = stretch[:-1], stretch[-1]
            if head.isalpha() and head not in listed and (last in ",?!" or (last == "." and head[-1].islower())):
                texts += (head, last)
                starts.append(at - 1)
            else:
                odd.append(len(texts))
                texts.append(stretch)
    return _put_in(texts, starts, odd) if odd else (texts, starts)


def _put_in(texts: list[str], starts: list[int], odd: list[int]) -> tuple[list[str], list[int]]:
    """Cut the stretches at some places by spaCy."""
    all_texts: list[str] = []
    all_starts: list[int] = []
    done = 0
    for i, tokens in zip(odd, _by_spacy([texts[i] for i in odd]), strict=True):
        all_texts += texts[done:i]
        all_starts += starts[done:i]
        all_texts += tokens
        all_starts += accumulate(map(len, tokens[:-1]), initial=starts[i])
        done = i + 1
    return all_texts + texts[done:], all_starts + starts[done:]


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
