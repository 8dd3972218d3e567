"""The codebook: what the behaviours are called and what they mean.

The text is ``codebook.md`` beside this file, the single authority for annotators, models and reports. This module
gives its names to code; the definitions are read from the text, so that the two cannot drift apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

CODEBOOK_VERSION = "1"


class Role(StrEnum):
    """Who is talking: only the worker's utterances are coded."""

    WORKER = "worker"
    CLIENT = "client"
    OTHER = "other"


class Behaviour(StrEnum):
    """The behaviours a worker utterance can carry, in the order used everywhere (columns, probabilities, tables)."""

    OPEN_QUESTION = "open_question"
    CLOSED_QUESTION = "closed_question"
    REFLECTION = "reflection"
    VALIDATION = "validation"
    SELF_DISCLOSURE = "self_disclosure"
    DIRECTIVE = "directive"
    INFORMATION = "information"
    OTHER = "other"

    @property
    def label(self) -> str:
        """Name for people.

        Examples
        --------
        >>> Behaviour.OPEN_QUESTION.label
        'open question'
        """
        return "self-disclosure" if self is Behaviour.SELF_DISCLOSURE else self.value.replace("_", " ")

    @property
    def definition(self) -> Definition:
        """What the codebook says of this behaviour."""
        return definitions()[self]


BEHAVIOURS: tuple[Behaviour, ...] = tuple(Behaviour)


class Flag(StrEnum):
    """Marks beside the behaviours (see the codebook's section "Flags").

    `UNANSWERED` is not coded by annotators: it follows from the order of talk.
    """

    MINIMISING = "minimising"
    LEADING = "leading"
    WHY = "why"
    STACKED = "stacked"
    WITH_PERMISSION = "with_permission"
    SAFETY = "safety"
    UNANSWERED = "unanswered"


CODED_FLAGS = tuple(flag for flag in Flag if flag is not Flag.UNANSWERED)
"""Flags that annotators code."""


class Subtype(StrEnum):
    """Kinds of directive-disclosure."""

    STEER = "steer"
    WITH_PERMISSION = "with_permission"


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of the codebook's table.

    Attributes
    ----------
    does : str
        What an utterance with this behaviour does.
    yes, no : str
        Examples that are, and that are not, of this behaviour.
    """

    does: str
    yes: str
    no: str


@cache
def text() -> str:
    """Return the whole codebook as Markdown.

    Returns
    -------
    str
        The text, without a trailing newline.
    """
    return resources.files("reflectkit").joinpath("codebook.md").read_text("utf-8").rstrip("\n")


@cache
def definitions() -> dict[Behaviour, Definition]:
    """Return the definition of every behaviour, in order.

    Returns
    -------
    dict of Behaviour to Definition
        One entry a behaviour.

    Examples
    --------
    >>> definitions()[Behaviour.REFLECTION].does[:30]
    'gives back, shorter, fuller or'
    """
    rows = re.findall(r"^\| `(\w+)` \|[ ]*(.*?)[ ]*\|[ ]*(.*?)[ ]*\|[ ]*(.*?)[ ]*\|$", text(), flags=re.MULTILINE)
    return {Behaviour(name): Definition(does, yes, no) for name, does, yes, no in rows}
