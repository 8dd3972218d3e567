"""What speech recognition does to a transcript: no case, no punctuation, and now and then another word."""

from __future__ import annotations

import random
import string
from dataclasses import replace

from reflectkit.classify.view import PLACEHOLDER
from reflectkit.values import Utterance, events

MISHEARD = 0.05
"""Share of words changed by `mishear`: the word error rate of a good recogniser on a clear recording."""

_STRIP = str.maketrans("", "", "".join(c for c in string.punctuation if c != "'") + "…“”–—¿¡")
_SOUND_ALIKE = {
    word: tuple(w for w in group if w != word)
    for group in (
        ("their", "there", "they're"),
        ("your", "you're", "you"),
        ("to", "two", "too"),
        ("know", "no"),
        ("here", "hear"),
        ("are", "our", "or"),
        ("its", "it's"),
        ("were", "where", "we're"),
        ("then", "than", "and"),
        ("a", "the", "of"),
        ("in", "and"),
        ("have", "of"),
        ("can", "can't"),
        ("would", "what", "wood"),
        ("for", "four"),
        ("so", "sew", "saw"),
        ("right", "write"),
        ("been", "being", "bin"),
        ("he", "she"),
        ("him", "them"),
        ("how", "who"),
        ("is", "as", "his"),
        ("that", "at"),
        ("feel", "fell", "fill"),
        ("week", "weak"),
        ("one", "won"),
        ("by", "buy"),
        ("through", "threw"),
    )
    for word in group
}
_SMALL = frozenset("a the of to and in on at is it i that so just was".split())


def as_recognised(text: str) -> str:
    """Write a text as a speech recogniser would: lower case, no punctuation; placeholders and event marks stay.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same words.

    Examples
    --------
    >>> as_recognised("Well, [NAME] - you're tired, aren't you?")
    "well [NAME] you're tired aren't you"
    """
    kept = sorted([(e.start, e.end) for e in events(text)] + [m.span() for m in PLACEHOLDER.finditer(text)])
    parts, last = [], 0
    for start, end in kept:
        if start >= last:
            parts += [text[last:start].translate(_STRIP).lower(), text[start:end]]
            last = end
    return " ".join("".join([*parts, text[last:].translate(_STRIP).lower()]).split())


def recognised(utterance: Utterance) -> Utterance:
    """Return a copy of an utterance, context included, as a speech recogniser would give it.

    Parameters
    ----------
    utterance : Utterance
        The utterance.

    Returns
    -------
    Utterance
        With the words changed and the offsets as they were.
    """
    return replace(
        utterance,
        text=as_recognised(utterance.text) or utterance.text,
        heard=as_recognised(utterance.heard),
        before=as_recognised(utterance.before),
    )


def mishear(utterance: Utterance, rng: random.Random, rate: float = MISHEARD) -> Utterance:
    """Return a copy of an utterance with some words misheard: taken for words that sound alike, or lost.

    Parameters
    ----------
    utterance : Utterance
        Lower case, without punctuation.
    rng : random.Random
        Where chance comes from.
    rate : float, optional
        Share of words changed, in [0, 1].

    Returns
    -------
    Utterance
        With the words changed and the offsets as they were.
    """

    def text(words: str) -> str:
        return " ".join(w for word in words.split() if (w := _misheard(word, rng, rate)))

    return replace(
        utterance,
        text=text(utterance.text) or utterance.text,
        heard=text(utterance.heard),
        before=text(utterance.before),
    )


def _misheard(word: str, rng: random.Random, rate: float) -> str:
    if word[0] in "[<" or rng.random() >= rate:
        return word
    if word in _SMALL and rng.random() < 0.5:
        return ""
    if word in _SOUND_ALIKE:
        return rng.choice(_SOUND_ALIKE[word])
    if len(word) > 4:  # an ending lost or a sound swallowed
        cut = rng.randrange(2, len(word))
        return word[:cut] + word[cut + 1 :]
    return word
