"""What the encoder sees of an utterance: two short texts, cut the same way in training and at work.

The first is the utterance; the second is the end of what the client said last, a bar, and the end of the worker's
utterance before. Event marks are blanked and placeholders become one plain name, each in as many characters as it had,
so that offsets into the first text are offsets into the utterance.
"""

from __future__ import annotations

import re

from reflectkit.values import Utterance, blank_events

HEARD_WORDS = 30
"""Words of the client's turn in view, counted from its end: what a worker answers is mostly said last."""

BEFORE_WORDS = 15
"""Words of the worker's utterance before in view, counted from its end."""

_TAIL_CHARACTERS = 600
"""Characters from the end of the context that are looked at, however long the turn."""

PLACEHOLDER = re.compile(
    r"\[[A-Z][^\[\]\n]{0,40}\]"
    r"|\[(?:name|place|person|location|town|city|street|date|phone|email|address|redacted|removed)(?:[ _]?\d{1,3})?\]"
    r"|<[A-Z][A-Z_0-9 ]{1,30}>|\{\{?[A-Z][A-Z_0-9]{1,30}\}?\}"
    r"|\bX{3,}\b|\b[A-Z]{1,40}_\d{1,4}\b|(?<!\w)_{3,}(?!\w)|(?<![\w*])\*{3,}(?![\w*])"
)
APOSTROPHES = str.maketrans("’‘`´“”", "''''\"\"")
_NAME = "kim"  # as short as the shortest placeholder, common, of any gender


def plain(text: str) -> str:
    """Blank event marks and write placeholders as a name, every character at its old offset.

    Parameters
    ----------
    text : str
        Text of a turn or an utterance.

    Returns
    -------
    str
        As long as `text`.

    Examples
    --------
    >>> plain("So [NAME] [laughs] rang XXXX’s mum.")
    "So kim             rang kim 's mum."
    """
    blank, _ = blank_events(text)
    return PLACEHOLDER.sub(lambda m: _NAME.ljust(len(m[0])), blank).translate(APOSTROPHES)


def view(utterance: Utterance) -> tuple[str, str]:
    """Return the two texts the encoder sees.

    Parameters
    ----------
    utterance : Utterance
        With `heard` and `before` filled in.

    Returns
    -------
    tuple of (str, str)
        The utterance's words, as long as its text, and its context.
    """
    heard = plain(utterance.heard[-_TAIL_CHARACTERS:]).split()[-HEARD_WORDS:]
    before = plain(utterance.before[-_TAIL_CHARACTERS:]).split()[-BEFORE_WORDS:]
    return plain(utterance.text), " ".join([*heard, "|", *before])
