"""What the linear model sees of an utterance.

Words and signs of the utterance, of the worker's utterance before it and of what the client said last, and how far the
utterance takes up the client's words.

Feature names say where they come from (``u=`` utterance, ``b=`` before, ``h=`` heard, ``x=`` relation), so that the
weights of a model can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from reflectkit.classify.view import APOSTROPHES, PLACEHOLDER
from reflectkit.tokens import tokenise
from reflectkit.values import Utterance, blank_events

HEARD_WORDS = 25
"""Words of the client's turn in view, counted from its end: what a worker answers is mostly said last."""

HEARD_CHARACTERS = 400
"""Characters from the end of the client's turn that are looked at: enough for `HEARD_WORDS`, however long the turn."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n.,?!'-")
"""Signs of texts without placeholders (except XXX) and without signs to be made plain."""

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
    blank, _ = blank_events(text)
    # Placeholders become a plain word of the same length, so that offsets stay true and no name changes a label.
    if not _LETTERS.issuperset(blank):
        blank = PLACEHOLDER.sub(lambda m: "N" + "q" * (len(m[0]) - 1), blank).translate(APOSTROPHES)
    elif "XXX" in blank:
        blank = PLACEHOLDER.sub(lambda m: "N" + "q" * (len(m[0]) - 1), blank)
    tokens, starts = tokenise(blank)
    lower = [token.lower() for token in tokens]
    norms = [token if token.isalpha() else _without_digits(token) for token in lower]
    if "nqq" in blank.lower():
        norms = ["_name_" if token.startswith("nqq") else norm for token, norm in zip(lower, norms, strict=True)]
    return Words(norms, [(start, start + len(token)) for token, start in zip(tokens, starts, strict=True)])


def _without_digits(token: str) -> str:
    return "0" if any(map(str.isdigit, token)) else token


def own_features(norms: Sequence[str]) -> list[str]:
    """Return the runs of words of an utterance, in the places that `own_places` tells.

    Parameters
    ----------
    norms : sequence of str
        Its words and signs.

    Returns
    -------
    list of str
        Single words, pairs and triples, ``<`` and ``>`` marking the ends, and pairs around a gap ("have you _ tried");
        ``""`` in places without one.
    """
    padded = ["<", *norms, ">"]
    return [
        *["" if w in "<>" else f"u={w}" for w in padded],
        *[f"u={a} {b}" for a, b in pairwise(padded)],
        *[f"u={a} {b} {c}" for a, b, c in zip(padded, norms, padded[2:], strict=False)],
        *[f"g={a} _ {c}" for a, c in zip(norms, norms[2:], strict=False)],
    ]


@lru_cache(maxsize=256)
def own_places(n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the words that the features of `own_features` stand on.

    Parameters
    ----------
    n : int
        Words of the utterance.

    Returns
    -------
    first, last : numpy.ndarray
        Half-open range of words of each feature; empty for those that stand on none.
    """
    at = [np.arange(n + 3 - length) for length in (1, 2, 3)]
    first = [np.clip(i - 1, 0, None) for i in at]
    last = [np.clip(i - 1 + length, None, n) for length, i in enumerate(at, 1)]
    gaps = np.arange(max(n - 2, 0))
    return np.concatenate([*first, gaps]), np.concatenate([*last, gaps + 3])


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
    heard = words(text[-HEARD_CHARACTERS:]).norms[-HEARD_WORDS:]
    turned = [_SWAP.get(n, n) for n in heard]
    named = [
        *[f"h={n}" for n in heard if n not in "<>"],
        *[f"h$={n}" for n in heard[-2:]],
        f"x=heard length {min(len(heard).bit_length(), 6)}",
        f"x=client asked {'?' in heard}",
    ]
    return Heard(named, frozenset(n for n in heard if n not in _COMMON), frozenset(pairwise(turned)))


def form_features(norms: Sequence[str], before: Sequence[str], heard: Heard) -> tuple[list[str], dict[str, float]]:
    """Describe an utterance's form, the worker's utterance before it, and how far it takes up the client's words.

    Parameters
    ----------
    norms, before : sequence of str
        Words and signs of the utterance and of the one before it.
    heard : Heard
        What the client said last.

    Returns
    -------
    names : list of str
        Features that hold.
    shares : dict of str to float
        Features with a value in [0, 1].
    """
    spoken = [n for n in norms if n[0].isalnum() or n == "_name_"]
    names = [f"p{i}={n}" for i, n in enumerate(spoken[:4])]
    names.append(f"x=length {min(len(spoken).bit_length(), 6)}")
    if norms and norms[-1] not in "?!.":
        names.append("x=no end sign")
    if spoken and "?" in norms:
        names.append(f"x=? {' '.join(spoken[:2])}")
    names += [f"b={n}" for n in before[-12:] if n not in "<>"]
    names.append("x=opens turn" if not before else f"x=after {before[0]} {before[-1]}")
    shares: dict[str, float] = {}
    content = [n for n in spoken if n not in _COMMON]
    if content:
        share = sum(n in heard.given for n in content) / len(content)
        shares["x=shared words"] = share
        names.append(f"x=shared {round(share * 4)} of {min(len(content), 5)}")
    pairs = list(pairwise(spoken))
    if pairs:
        shares["x=shared pairs"] = sum(p in heard.runs for p in pairs) / len(pairs)
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
    said, before, heard = words(utterance.text), words(utterance.before), heard_features(utterance.heard)
    names, shares = form_features(said.norms, before.norms, heard)
    found = dict.fromkeys([*own_features(said.norms), *names, *heard.features], 1.0) | shares
    found.pop("", None)
    return found
