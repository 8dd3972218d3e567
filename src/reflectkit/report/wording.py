"""What figures say, in one plain sentence each, and what flags and stretches are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from reflectkit.codebook import Flag, Subtype
from reflectkit.measure.definitions import BY_NAME
from reflectkit.report.text import number

if TYPE_CHECKING:
    from reflectkit.feedback import Norm
    from reflectkit.measure.counts import Metrics
    from reflectkit.values import DirectiveDisclosure

    _Interval: TypeAlias = "tuple[float, float] | None"

FLAGS: Mapping[Flag, str] = MappingProxyType(
    {
        Flag.MINIMISING: "plays the trouble down",
        Flag.LEADING: "leading question",
        Flag.WHY: "asks why",
        Flag.STACKED: "stacked questions",
        Flag.WITH_PERMISSION: "with permission",
        Flag.SAFETY: "safety: please read",
        Flag.UNANSWERED: "left no room to answer",
    }
)
"""What the report calls the flags."""

_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def sentence(name: str, metrics: Metrics) -> str:
    """Say what a measure says of a session.

    Parameters
    ----------
    name : str
        One of `FIGURES`.
    metrics : Metrics
        Measures of the session.

    Returns
    -------
    str
        One sentence; why there is no value where there is none.
    """
    value = metrics[name]
    if value is None:
        return f"Not worked out here: {metrics.reason(name)}."
    return FIGURES[name](float(value), metrics.interval(name))


def counted(n: float) -> str:
    """Write a small number as a word.

    Parameters
    ----------
    n : float
        At least 0; rounded to a whole number.

    Returns
    -------
    str
        A word up to ten, digits above.

    Examples
    --------
    >>> counted(3.2), counted(0), counted(14)
    ('three', 'none', '14')
    """
    whole = round(n)
    return _SMALL[whole] if whole < len(_SMALL) else f"{whole:,}"


def _plausible(interval: _Interval, scale: float = 1.0) -> str:
    if interval is None:
        return "."
    low, high = (counted(scale * end) for end in interval)
    return "." if low == high else f"; from {low} to {high} is plausible."


def _talk_share(value: float, interval: _Interval) -> str:
    return f"Of every 100 words, the worker said {100 * value:.0f}."


def _open_share(value: float, interval: _Interval) -> str:
    were = "was" if counted(10 * value) == "one" else "were"
    return f"Of every ten questions, {counted(10 * value)} {were} open{_plausible(interval, 10)}"


def _reflections(value: float, interval: _Interval) -> str:
    many = counted(10 * value).replace("none", "no")
    were = "was one reflection" if many == "one" else f"were {many} reflections"
    return f"For every ten questions there {were}{_plausible(interval, 10)}"


def _unasked(value: float, interval: _Interval) -> str:
    many = counted(value).capitalize()
    of = "utterance advises, tells or warns" if many == "One" else "utterances advise, tell or warn"
    return f"{many.replace('None', 'No')} {of} without the client having asked{_plausible(interval)}"


def _steered(value: float, interval: _Interval) -> str:
    if not value:
        return f"No stretch was found in which the worker's own story steers the client{_plausible(interval)}"
    stretches = "stretch" if round(value) == 1 else "stretches"
    return f"In {counted(value)} {stretches} the worker's own story steers the client{_plausible(interval)}"


FIGURES: Mapping[str, Callable[[float, _Interval], str]] = MappingProxyType(
    {
        "worker_talk_share": _talk_share,
        "open_question_share": _open_share,
        "reflections_per_question": _reflections,
        "directives_without_permission": _unasked,
        "directive_disclosure_count": _steered,
    }
)
"""Measures at the top of a report, each with what it says of a value and its interval."""


def stretch(disclosure: DirectiveDisclosure) -> str:
    """Describe a stretch of directive-disclosure.

    Parameters
    ----------
    disclosure : DirectiveDisclosure
        The stretch.

    Returns
    -------
    str
        Whether it was asked for, and whether the focus returns.
    """
    permission = "the client asked or agreed" if disclosure.subtype is Subtype.WITH_PERMISSION else "unasked"
    focus = (
        "the focus then returns to the client" if disclosure.returns_focus else "the focus does not return in that turn"
    )
    return f"{permission}; {focus}"


def orientation(norm: Norm) -> str:
    """Put a measure beside public sessions.

    Parameters
    ----------
    norm : Norm
        What the measure is in some public sessions, or what experts hold.

    Returns
    -------
    str
        One or two sentences that say that this is no goal.
    """
    if norm.quartiles is None:
        return f"For orientation, not as a goal ({norm.source}): {norm.note}"
    low, middle, high = (number(q, BY_NAME[norm.measure].unit) for q in norm.quartiles)
    return (
        f"For orientation, not as a goal: half of {norm.n} sessions ({norm.source}) lie from {low} to {high}, "
        f"with {middle} in the middle. {norm.note}"
    ).rstrip()
