"""Several sessions over time: one small chart a measure, with intervals, in the order given. No ranking, no total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reflectkit.measure.counts import Balance
from reflectkit.measure.definitions import BY_NAME, Measure
from reflectkit.report.page import render
from reflectkit.report.text import between, number

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.measure.counts import Metrics
    from reflectkit.measure.intervals import Interval
else:
    Analysis = Any  # it stands above this room, and `typing.get_type_hints` needs a name

COMPARED = (
    "worker_talk_share",
    "open_question_share",
    "reflections_per_question",
    "share_reflection",
    "share_validation",
    "share_self_disclosure",
    "share_directive",
    "directives_without_permission",
    "directive_disclosure_count",
)
"""Measures that get a chart."""

_COUNTED = frozenset({"worker_talk_share"})
_TOPS = (0.1, 0.25, 0.5, 1.0)
_HEIGHT = 120
_LABELLED = 12
_HALVES_FROM = 4
_HANDFUL = 5


@dataclass(frozen=True, slots=True)
class Dot:
    """A session on a chart.

    Attributes
    ----------
    x, y, low, high : float
        Place in per cent from the left, and of value and interval in pixels from the top.
    ranged : bool
        True if the interval has a width.
    """

    x: float
    y: float
    low: float
    high: float
    ranged: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A measure over sessions.

    Attributes
    ----------
    measure : Measure
        Its definition.
    dots : tuple of Dot
        Sessions that have a value, in order.
    top : str
        What stands at the top of the chart; 0 is at its foot.
    verdict : str
        Whether sessions differ by more than the model's uncertainty.
    halves : str
        The same for the earlier and the later half, ``""`` for few sessions.
    missing : str
        Sessions without a value, and why.
    """

    measure: Measure
    dots: tuple[Dot, ...]
    top: str
    verdict: str
    halves: str
    missing: str


def report_sessions(analyses: Iterable[Analysis], *, names: bool = True) -> str:
    """Return several sessions over time as one self-contained page.

    Parameters
    ----------
    analyses : iterable of Analysis
        Sessions of one worker or of one caseload, in order of time; they are shown in this order and not ranked.
    names : bool, optional
        False to number the sessions instead of naming them.

    Returns
    -------
    str
        A whole HTML document, without words of the transcripts.

    Raises
    ------
    ValueError
        If there are fewer than two, or they were not counted in the same unit.

    Examples
    --------
    >>> from reflectkit import analyze, report_sessions
    >>> talk = [("Worker", "What was Sunday like for you?"), ("Client", "Long. Nobody rang me.")]
    >>> report_sessions([analyze(talk), analyze(talk)])[:15]
    '<!doctype html>'
    """
    analyses = list(analyses)
    if len(analyses) < 2:
        raise ValueError("a page of several sessions needs at least two; for one there is Analysis.to_html().")
    if len({a.balance.counting for a in analyses}) > 1:
        raise ValueError("the sessions were counted by utterance and by volley. Analyse them with one counting=.")
    metrics = [a.metrics for a in analyses]
    count = len(analyses)
    every = 1 if count <= _LABELLED else 5
    return render(
        "sessions.html.j2",
        sessions=[
            (
                i,
                a.session if names else "",
                number(m["worker_words"], "words"),
                number(m["client_words"], "words"),
                m["worker_utterances"],
            )
            for i, (a, m) in enumerate(zip(analyses, metrics, strict=True), start=1)
        ],
        charts=[_chart(name, metrics, analyses) for name in COMPARED],
        ticks=[(i, _x(i - 1, count)) for i in range(1, count + 1) if i == 1 or i % every == 0],
        height=_HEIGHT,
        columns=[BY_NAME[name].label for name in COMPARED],
        rows=[
            (
                i,
                [
                    (number(m[name], BY_NAME[name].unit), between(m.interval(name), BY_NAME[name].unit))
                    for name in COMPARED
                ],
            )
            for i, m in enumerate(metrics, start=1)
        ],
        signatures=list(dict.fromkeys(a.signature for a in analyses)),
    )


def told_apart(one: Interval, other: Interval) -> bool:
    """Tell whether two intervals have nothing in common.

    Parameters
    ----------
    one, other : tuple of (float, float)
        Lower and upper ends.

    Returns
    -------
    bool
        False where they overlap or touch.

    Examples
    --------
    >>> told_apart((0.2, 0.4), (0.5, 0.7)), told_apart((0.2, 0.5), (0.5, 0.7))
    (True, False)
    """
    return one[1] < other[0] or other[1] < one[0]


def _chart(name: str, metrics: Sequence[Metrics], analyses: Sequence[Analysis]) -> Chart:
    measure = BY_NAME[name]
    known = [
        (i, float(value), m.interval(name) or (value, value))
        for i, m in enumerate(metrics)
        if (value := m[name]) is not None
    ]
    highest = max([high for _, _, (_, high) in known], default=0.0)
    most = next((top for top in _TOPS if top >= highest), highest) if measure.unit == "share" else max(1.0, highest)
    dots = tuple(
        Dot(_x(i, len(metrics)), _y(value, most), _y(low, most), _y(high, most), low < high)
        for i, value, (low, high) in known
    )
    absent = [(i, m.reason(name)) for i, m in enumerate(metrics, start=1) if m[name] is None]
    missing = f"No value for {_listed([i for i, _ in absent])}: {absent[0][1]}." if absent else ""
    return Chart(measure, dots, number(most, measure.unit), _verdict(name, known), _halves(name, analyses), missing)


def _verdict(name: str, known: Sequence[tuple[int, float, Interval]]) -> str:
    if len(known) < 2:
        return "Fewer than two sessions have a value."
    if name in _COUNTED:
        return "Counted, not estimated. Sessions differ for many reasons; one change says little."
    if _is_count(name):
        if max(value for _, value, _ in known) < _HANDFUL:
            return "A handful of events: one more or less says little."
        return "A count: a longer session holds more of it. Only shares can be held against each other."
    lowest = min(known, key=lambda k: k[2][1])
    highest = max(known, key=lambda k: k[2][0])
    if not told_apart(lowest[2], highest[2]):
        return "Not distinguishable from noise: all ranges overlap."
    first, last = sorted((lowest[0] + 1, highest[0] + 1))
    return f"Sessions {first} and {last} differ by more than the model's uncertainty; why, only they who were there can say."


def _is_count(name: str) -> bool:
    return BY_NAME[name].unit not in ("share", "ratio")


def _halves(name: str, analyses: Sequence[Analysis]) -> str:
    """Hold the earlier half beside the later one; counts are summed before ratios are taken."""
    if len(analyses) < _HALVES_FROM or name in _COUNTED or _is_count(name):
        return ""
    middle = len(analyses) // 2
    earlier, later = (
        sum((a.balance for a in part), Balance()).metrics() for part in (analyses[:middle], analyses[-middle:])
    )
    unit = BY_NAME[name].unit
    one, other = earlier.interval(name), later.interval(name)
    if earlier[name] is None or later[name] is None or one is None or other is None:
        return ""
    said, then = (f"{number(m[name], unit)} {between(m.interval(name), unit)}".rstrip() for m in (earlier, later))
    noise = "more than the model's uncertainty" if told_apart(one, other) else "not distinguishable from noise"
    return f"First {middle} together: {said}. Last {middle} together: {then}. The difference: {noise}."


def _listed(numbers: Sequence[int]) -> str:
    word = "session" if len(numbers) == 1 else "sessions"
    return f"{word} {', '.join(map(str, numbers))}"


def _x(i: int, count: int) -> float:
    return round(100 * (i + 0.5) / count, 2)


def _y(value: float, most: float) -> float:
    return round(_HEIGHT * (1 - min(1.0, value / most)), 1)
