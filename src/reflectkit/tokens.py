"""The one tokeniser of the library: spaCy's English rules without a downloaded model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language

LONGEST_TOKEN = 100
"""Characters without white space that are looked at: spaCy's time grows with the square of a run of signs ("!!!!…")."""

TOKENISER = "spacy-blank-en"
"""Name of the tokeniser in signatures."""


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
    cut: list[list[str]] = []
    places: list[int] = []
    odd: list[int] = []
    at = 0
    for stretch in text.split():
        at = text.index(stretch, at)
        places.append(at)
        at += len(stretch)
        whole = listed.get(stretch)
        if whole is not None:
            cut.append(whole)
        elif stretch.isascii() and (stretch.isalpha() or stretch.isdigit()) and len(stretch) <= LONGEST_TOKEN:
            cut.append([stretch])
        else:
            head, last = stretch[:-1], stretch[-1]
            if (last in ",?!" or (last == "." and head[-1:].islower())) and (
                head.isascii() and head.isalpha() and len(stretch) <= LONGEST_TOKEN
            ):
                cut.append([*listed.get(head, (head,)), last])
            else:
                odd.append(len(cut))
                cut.append([stretch[:LONGEST_TOKEN]])
    if odd:
        for i, tokens in zip(odd, _by_spacy([cut[i][0] for i in odd]), strict=True):
            cut[i] = tokens
    texts: list[str] = []
    starts: list[int] = []
    for at, tokens in zip(places, cut, strict=True):
        for token in tokens:
            texts.append(token)
            starts.append(at)
            at += len(token)
    return texts, starts


def _by_spacy(stretches: list[str]) -> list[list[str]]:
    """Cut stretches that hold no white space."""
    found: list[list[str]] = [[]]
    for token in tokeniser().make_doc(" ".join(stretches)):
        found[-1].append(token.text)
        if token.whitespace_:
            found.append([])
    return found
