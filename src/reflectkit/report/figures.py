"""Measures as a page shows them: written for people, with a sentence, and placed on a line for charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.measure.definitions import BY_NAME, Measure
from reflectkit.report.palette import LETTERS
from reflectkit.report.text import between, number
from reflectkit.report.wording import FIGURES, sentence

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.measure.counts import Metrics

_MOST_RATIO = 3.0

USUAL = round(100 / _MOST_RATIO, 1)
"""Where a client's usual turn stands on the line of `responses`, from 0 to 100."""


@dataclass(frozen=True, slots=True)
class Whisker:
    """A value and its interval on a line from 0 to 100.

    Attributes
    ----------
    value, low, high : float
        Places on the line.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure for people.

    Attributes
    ----------
    measure : Measure
        Its definition.
    value : str
        Written for people.
    between : str
        Its interval, ``""`` where there is none or it has no width.
    n : int
        What it rests on.
    sentence : str
        What it says of this session; ``""`` for measures that only stand in the table.
    whisker : Whisker or None
        For a chart; `None` where there is no interval.
    """

    measure: Measure
    value: str
    between: str
    n: int
    sentence: str = ""
    whisker: Whisker | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """How often a behaviour was done.

    Attributes
    ----------
    behaviour : Behaviour
        The behaviour.
    letter : str
        Its letter.
    n : int
        Utterances that carry it.
    between : str
        Interval of the count.
    whisker : Whisker
        The same on a line from 0 to 100.
    """

    behaviour: Behaviour
    letter: str
    n: int
    between: str
    whisker: Whisker


@dataclass(frozen=True, slots=True)
class Response:
    """How much the client says after what the worker did.

    Attributes
    ----------
    behaviour : Behaviour
        What the worker's talk ended in.
    letter : str
        Its letter.
    n : int
        Times the client answered it.
    ratio : str
        Client's words against as many turns of their usual length, written for people; ``""`` for too few answers.
    between : str
        Interval of the ratio.
    whisker : Whisker or None
        The same on a line from 0 to three times the usual.
    """

    behaviour: Behaviour
    letter: str
    n: int
    ratio: str
    between: str
    whisker: Whisker | None


def figures(metrics: Metrics) -> list[Figure]:
    """Return the figures at the top of the page.

    Parameters
    ----------
    metrics : Metrics
        Measures of the session.

    Returns
    -------
    list of Figure
        Three to five, each with a sentence.
    """
    return [_figure(metrics, name, sentence(name, metrics)) for name in FIGURES]


def all_measures(metrics: Metrics) -> list[Figure]:
    """Return every measure.

    Parameters
    ----------
    metrics : Metrics
        Measures of the session.

    Returns
    -------
    list of Figure
        In the order of their definitions.
    """
    return [_figure(metrics, name) for name in metrics]


def _figure(metrics: Metrics, name: str, words: str = "") -> Figure:
    measure, value, interval = BY_NAME[name], metrics[name], metrics.interval(name)
    whisker = None
    if value is not None and interval is not None and interval[0] < interval[1]:
        whisker = on_line(value, interval, 1.0 if measure.unit == "share" else max(3.0, interval[1]))
    return Figure(
        measure, number(value, measure.unit), between(interval, measure.unit), metrics.base(name), words, whisker
    )


def on_line(value: float, interval: tuple[float, float], most: float) -> Whisker:
    """Place a value on a line from 0 to 100.

    Parameters
    ----------
    value : float
        The value.
    interval : tuple of (float, float)
        Its interval.
    most : float
        What stands at 100.

    Returns
    -------
    Whisker
        Rounded to a tenth.
    """
    return Whisker(*(round(100 * at / most, 1) for at in (value, *interval)))


def bars(metrics: Metrics) -> list[Bar]:
    """Return how often each behaviour was done.

    Parameters
    ----------
    metrics : Metrics
        Measures of the session.

    Returns
    -------
    list of Bar
        One a behaviour, in the order of the codebook.
    """
    counts = {b: int(metrics[f"n_{b}"] or 0) for b in BEHAVIOURS}
    intervals = {b: metrics.interval(f"n_{b}") or (float(n), float(n)) for b, n in counts.items()}
    most = max((high for _, high in intervals.values()), default=0) or 1
    return [
        Bar(b, LETTERS[b], n, between(intervals[b], "utterances"), on_line(n, intervals[b], most))
        for b, n in counts.items()
    ]


def responses(analysis: Analysis) -> list[Response]:
    """Return how much the client says after what the worker did.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    list of Response
        One a behaviour that was answered at all, in the order of the codebook.
    """
    found, metrics = [], analysis.metrics
    for b, n in zip(BEHAVIOURS, analysis.balance.answers_after, strict=True):
        name = f"answer_after_{b}"
        ratio, interval = metrics[name], metrics.interval(name)
        if ratio is None or interval is None:
            found.append(Response(b, LETTERS[b], n, "", "", None))
        else:
            shown = (min(interval[0], _MOST_RATIO), min(interval[1], _MOST_RATIO))
            whisker = on_line(min(ratio, _MOST_RATIO), shown, _MOST_RATIO)
            found.append(Response(b, LETTERS[b], n, number(ratio, "ratio"), between(interval, "ratio"), whisker))
    return [r for r in found if r.n]
