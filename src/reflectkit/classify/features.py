"""What the linear model sees of an utterance.

Words and signs of the utterance, of the worker's utterance before it and of what the client said last, and how far the
utterance takes up the client's words.

Feature names say where they come from (``u=`` utterance, ``b=`` before, ``h=`` heard, ``x=`` relation), so that the
weights of a model can be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from reflectkit.classify.view import APOSTROPHES, PLACEHOLDER
from reflectkit.tokens import tokenise
from reflectkit.values import Utterance, blank_events

HEARD_WORDS = 25
"""Words of the client's turn in view, counted from its end: what a worker answers is mostly said last."""

HEARD_CHARACTERS = 400
"""Characters from the end of the client's turn that are looked at: enough for `HEARD_WORDS`, however long the turn."""

_UNUSUAL = re.compile(r"[^a-zA-Z0-9 \n.,?!'-]|XXX")
"""What a text with event marks, placeholders or signs to be made plain holds."""

NAME = "_name_"
"""What stands for any placeholder."""

ENDS = "<>"
"""Signs that mark the ends of an utterance, and so are no words of it."""

BEFORE_WORDS = 12
"""Words and signs of the worker's utterance before in view, counted from its end."""

SWAP = {
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
COMMON = frozenset(
    """
    the a an and or but so if to of in on at for with is are was were be been it that this there do did does have has had not no
    yes i you he she we they me my your his her our their them him us 's 'm 're 've 'd 'll n't just like know what how when where
    who why can could would will should about up out then than as from all some one get got go going really very too well okay ok
    yeah um uh oh mm
    """.split()
)


class Words(NamedTuple):
    """Words and signs of a text as the model sees them.

    Attributes
    ----------
    norms : list of str
        Lower case, digits and placeholders folded.
    spans : list of (int, int)
        Offsets into the text they were cut from.
    """

    norms: list[str]
    spans: list[tuple[int, int]]


def words(text: str) -> Words:
    """Cut a text into normalised words and signs, event marks left out.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Words
        In order.

    Examples
    --------
    >>> words("[NAME] rang at 10, didn't she? [laughs]").norms
    ['_name_', 'rang', 'at', '0', ',', 'did', "n't", 'she', '?']
    """
    norms, tokens, starts = _normalised(text)
    return Words(norms, [(start, start + len(token)) for token, start in zip(tokens, starts, strict=True)])


def _normalised(text: str) -> tuple[list[str], list[str], list[int]]:
    tokens, starts = tokenise(plain(text))
    return list(map(norm, tokens)), tokens, starts


def plain(text: str) -> str:
    """Blank event marks and fold placeholders, every character at its old offset.

    A placeholder becomes a plain word of the same length, so that no name changes a label.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        As long as `text`.

    Examples
    --------
    >>> plain("[NAME] rang [laughs]")
    'Nqqqqq rang         '
    """
    if _UNUSUAL.search(text) is None:
        return text
    return PLACEHOLDER.sub(lambda m: "N" + "q" * (len(m[0]) - 1), blank_events(text)[0]).translate(APOSTROPHES)


def norm(token: str) -> str:
    """Fold a word or sign: lower case, any number is 0, any placeholder is one name.

    Parameters
    ----------
    token : str
        As from `reflectkit.tokens.tokenise` on `plain` text.

    Returns
    -------
    str
        The folded token.

    Examples
    --------
    >>> norm("Rang"), norm("10.30"), norm("Nqqqqq")
    ('rang', '0', '_name_')
    """
    lower = token.lower()
    if lower.startswith("nqq"):
        return NAME
    return lower if lower.isalpha() or not any(map(str.isdigit, lower)) else "0"


def own_features(norms: Sequence[str]) -> list[str]:
    """Return the runs of words of an utterance.

    Parameters
    ----------
    norms : sequence of str
        Its words and signs.

    Returns
    -------
    list of str
        Single words, pairs and triples, ``<`` and ``>`` marking the ends, and pairs around a gap ("have you _ tried").
    """
    padded = ["<", *norms, ">"]
    return [
        *[f"u={w}" for w in norms if w not in ENDS],
        *[f"u={a} {b}" for a, b in pairwise(padded)],
        *[f"u={a} {b} {c}" for a, b, c in zip(padded, norms, padded[2:], strict=False)],
        *[f"g={a} _ {c}" for a, c in zip(norms, norms[2:], strict=False)],
    ]


class Heard(NamedTuple):
    """What the client said last, as far as it is in view.

    Attributes
    ----------
    features : list of str
        Names of its features.
    given : frozenset of str
        Its words of content.
    runs : frozenset of (str, str)
        Its pairs of words, the client's "I" turned into the worker's "you".
    """

    features: list[str]
    given: frozenset[str]
    runs: frozenset[tuple[str, str]]


def heard_features(text: str) -> Heard:
    """Describe what the client said last.

    Parameters
    ----------
    text : str
        `Utterance.heard`.

    Returns
    -------
    Heard
        Its features, and what the utterance may take up.
    """
    heard = _normalised(text[-HEARD_CHARACTERS:])[0][-HEARD_WORDS:]
    turned = [SWAP.get(n, n) for n in heard]
    named = [
        *[f"h={n}" for n in heard if n not in ENDS],
        *[f"h$={n}" for n in heard[-2:]],
        f"x=heard length {min(len(heard).bit_length(), 6)}",
        f"x=client asked {'?' in heard}",
    ]
    return Heard(named, frozenset(n for n in heard if n not in COMMON), frozenset(pairwise(turned)))


def before_features(before: Sequence[str]) -> list[str]:
    """Describe the worker's utterance before.

    Parameters
    ----------
    before : sequence of str
        Its words and signs.

    Returns
    -------
    list of str
        Names of features; the last is about the utterance as a whole.
    """
    return [*[f"b={n}" for n in before[-BEFORE_WORDS:] if n not in ENDS], after_feature(before)]


def after_feature(before: Sequence[str]) -> str:
    """Tell how the utterance before begins and ends.

    Parameters
    ----------
    before : sequence of str
        Its words and signs.

    Returns
    -------
    str
        Name of a feature.
    """
    return "x=opens turn" if not before else f"x=after {before[0]} {before[-1]}"


def form_features(norms: Sequence[str], heard: Heard) -> tuple[list[str], dict[str, float]]:
    """Describe an utterance's form and how far it takes up the client's words.

    Parameters
    ----------
    norms : sequence of str
        Its words and signs.
    heard : Heard
        What the client said last.

    Returns
    -------
    names : list of str
        Features that hold.
    shares : dict of str to float
        Features with a value in [0, 1].
    """
    spoken = [n for n in norms if n[0].isalnum() or n == NAME]
    names = [f"p{i}={n}" for i, n in enumerate(spoken[:4])]
    names.append(f"x=length {min(len(spoken).bit_length(), 6)}")
    if norms and norms[-1] not in "?!.":
        names.append("x=no end sign")
    if spoken and "?" in norms:
        names.append(f"x=? {' '.join(spoken[:2])}")
    shares: dict[str, float] = {}
    content = [n for n in spoken if n not in COMMON]
    if content:
        share = len([n for n in content if n in heard.given]) / len(content)
        shares["x=shared words"] = share
        names.append(f"x=shared {round(share * 4)} of {min(len(content), 5)}")
    if len(spoken) > 1:
        shares["x=shared pairs"] = len([p for p in pairwise(spoken) if p in heard.runs]) / (len(spoken) - 1)
    return names, shares


def features(utterance: Utterance) -> dict[str, float]:
    """Return the features of an utterance with what was heard before it.

    Parameters
    ----------
    utterance : Utterance
        With `heard` and `before` filled in.

    Returns
    -------
    dict of str to float
        Feature name to value: 1.0, or a share in [0, 1].
    """
    said, heard = words(utterance.text).norms, heard_features(utterance.heard)
    names, shares = form_features(said, heard)
    before = before_features(words(utterance.before).norms)
    return dict.fromkeys([*own_features(said), *names, *before, *heard.features], 1.0) | shares
