"""What the linear model sees of an utterance.

Words and signs of the utterance, of the worker's utterance before it and of what the client said last, and how far the
utterance takes up the client's words.

Feature names say where they come from (``u=`` utterance, ``b=`` before, ``h=`` heard, ``x=`` relation), so that the
weights of a model can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reflectkit.classify.view import APOSTROPHES, PLACEHOLDER
from reflectkit.tokens import tokenise
from reflectkit.values import Utterance, blank_events

HEARD_WORDS = 25
"""Words of the client's turn in view, counted from its end: what a worker answers is mostly said last."""

HEARD_CHARACTERS = 400
"""Characters from the end of the client's turn that are looked at: enough for `HEARD_WORDS`, however long the turn."""

NGRAM = 3
"""Longest run of words taken as one feature."""

_SWAP = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "we": "you",
    "our": "your",
    "am": "are",
    "im": "youre",
    "'m": "'re",
}
_COMMON = frozenset(
    """
    the a an and or but so if to of in on at for with is are was were be been it that this there do did does have has had not no
    yes i you he she we they me my your his her our their them him us 's 'm 're 've 'd 'll n't just like know what how when where
    who why can could would will should about up out then than as from all some one get got go going really very too well okay ok
    yeah um uh oh mm
    """.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign as the model sees it.

    Attributes
    ----------
    norm : str
        Lower case, digits and placeholders folded.
    start, end : int
        Offsets into the text it was cut from.
    """

    norm: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Cut a text into normalised words and signs, event marks left out.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of Word
        In order.

    Examples
    --------
    >>> [w.norm for w in words("[NAME] rang at 10, didn't she? [laughs]")]
    ['_name_', 'rang', 'at', '0', ',', 'did', "n't", 'she', '?']
    """
    blank, _ = blank_events(text)
    # Placeholders become a plain word of the same length, so that offsets stay true and no name changes a label.
    blank = PLACEHOLDER.sub(lambda m: "N" + "q" * (len(m[0]) - 1), blank).translate(APOSTROPHES)
    found = []
    for token in tokenise(blank):
        if token.is_space:
            continue
        norm = token.lower_
        if norm[0] == "n" and norm.startswith("nqq"):
            norm = "_name_"
        elif norm.isdigit() or any(map(str.isdigit, norm)):
            norm = "0"
        found.append(Word(norm, token.idx, token.idx + len(token.text)))
    return found


def _grams(norms: Sequence[str], longest: int) -> Iterator[tuple[str, int, int]]:
    """Yield runs of words with the half-open range of words they cover; `<` and `>` mark the ends."""
    padded = ["<", *norms, ">"]
    for n in range(1, longest + 1):
        for i in range(len(padded) - n + 1):
            if n == 1 and padded[i] in "<>":
                continue
            yield " ".join(padded[i : i + n]), max(i - 1, 0), min(i - 1 + n, len(norms))


def features(utterance: Utterance) -> dict[str, float]:
    """Return the features of an utterance with what was heard before it.

    Parameters
    ----------
    utterance : Utterance
        With `heard` and `before` filled in.

    Returns
    -------
    dict of str to float
        Feature name to value.
    """
    return {name: value for name, value, _ in located_features(utterance)}


def located_features(
    utterance: Utterance, cut: Callable[[str], list[Word]] = words
) -> Iterator[tuple[str, float, tuple[int, int] | None]]:
    """Yield features with the words of the utterance they stand on.

    Parameters
    ----------
    utterance : Utterance
        With `heard` and `before` filled in.
    cut : callable, optional
        `words`, or a version that remembers: the utterances of a turn share what was heard.

    Yields
    ------
    name : str
        Feature name.
    value : float
        1.0, or a share in [0, 1].
    words : (int, int) or None
        Half-open range of the utterance's words it stands on; `None` for features of the context.
    """
    said = cut(utterance.text)
    norms = [w.norm for w in said]
    for gram, first, last in _grams(norms, NGRAM):
        yield f"u={gram}", 1.0, (first, last) if last > first else None
    for i in range(len(norms) - 2):  # a gap in the middle: "have you _ tried"
        yield f"g={norms[i]} _ {norms[i + 2]}", 1.0, (i, i + 3)
    spoken = [n for n in norms if n[0].isalnum() or n == "_name_"]
    for i, n in enumerate(spoken[:4]):
        yield f"p{i}={n}", 1.0, None
    yield f"x=length {min(len(spoken).bit_length(), 6)}", 1.0, None
    if norms and norms[-1] not in "?!.":
        yield "x=no end sign", 1.0, None
    if spoken and "?" in norms:
        yield f"x=? {' '.join(spoken[:2])}", 1.0, None
    before = [w.norm for w in cut(utterance.before)]
    for gram, _, _ in _grams(before[-12:], 1):
        yield f"b={gram}", 1.0, None
    yield ("x=opens turn" if not before else f"x=after {before[0]} {before[-1]}"), 1.0, None
    heard = [w.norm for w in cut(utterance.heard[-HEARD_CHARACTERS:])][-HEARD_WORDS:]
    for gram, _, _ in _grams(heard, 1):
        yield f"h={gram}", 1.0, None
    for gram in heard[-2:]:
        yield f"h$={gram}", 1.0, None
    yield from _taken_up(spoken, heard)


def _taken_up(spoken: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[str, float, None]]:
    """Say how far the utterance gives back the client's words, the client's "I" counted as the worker's "you"."""
    content = [n for n in spoken if n not in _COMMON]
    given = {n for n in heard if n not in _COMMON}
    if content:
        share = sum(n in given for n in content) / len(content)
        yield "x=shared words", share, None
        yield f"x=shared {round(share * 4)} of {min(len(content), 5)}", 1.0, None
    turned = [_SWAP.get(n, n) for n in heard]
    runs = {(turned[i], turned[i + 1]) for i in range(len(turned) - 1)}
    pairs = [(spoken[i], spoken[i + 1]) for i in range(len(spoken) - 1)]
    if pairs:
        yield "x=shared pairs", sum(p in runs for p in pairs) / len(pairs), None
    yield f"x=heard length {min(len(heard).bit_length(), 6)}", 1.0, None
    yield f"x=client asked {'?' in heard}", 1.0, None
