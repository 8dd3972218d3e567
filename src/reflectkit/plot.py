"""Plots for notebooks and papers, with matplotlib (``pip install 'reflectkit[plot]'``).

Each function draws one plot on one `matplotlib.axes.Axes` and returns it; titles, sizes and saving are yours. Given `ax`,
nothing else is touched; without it a figure is made by ``pyplot.subplots``, which a notebook shows by itself. Colours are
those of the report and never stand alone: rows are named, forms filled, hollow or hatched, numbers written, so that a
plot can be read in grey. No plot holds words of a transcript; only `sessions` shows names, unless told not to. matplotlib
itself keeps a list of the machine's fonts in its own cache folder (``MPLCONFIGDIR`` moves it).
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from reflectkit.codebook import BEHAVIOURS, Behaviour, Role
from reflectkit.errors import MissingExtraError
from reflectkit.lazy import pd
from reflectkit.report.palette import COLOURS, HOLLOW, LETTERS, PAPER, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from reflectkit.analysis import Analysis

_INK = "#2b2f36"
_FAINT = "#8a8f98"
_SIGNATURE_POINTS = 5.5
_TICKS = (10, 30, 60, 120, 300, 600, 900, 1800, 3600)
_MOST_TICKS = 10
_FEW = 20
_MOST_DOUBLINGS = 2.0
_SHADES = (PAPER, "#9fb4e0", "#19305f")
_VERDICTS = {"more often": "▲", "less often": "▼", "not distinguishable": ""}
_PAIRS = ("behaviour", "then", "ratio", "verdict")

_Ranges: TypeAlias = "list[tuple[float, float]]"


def timeline(analysis: Analysis, ax: Axes | None = None, *, signature: bool = True) -> Axes:
    """Draw a session on a line, one row a behaviour.

    Parameters
    ----------
    analysis : Analysis
        The session.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure.
    signature : bool, optional
        Whether to put the signature small under the axes.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on. From left to right the recording's time in seconds, or words where times do not serve; an
        utterance stands in the row of each of its behaviours. Above them the worker's own story where it steers (if it
        does), under them the client and others (if there are any).

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    from reflectkit.report.exchanges import steered_utterances
    from reflectkit.report.timeline import lay_out

    ax = _axes(ax, (8.0, 3.4))
    line = lay_out(analysis.transcript, analysis.coded)
    rows: dict[str, _Ranges] = {"own story steers": [], **{b.value: [] for b in BEHAVIOURS}, "client": [], "others": []}
    steered = steered_utterances(analysis)
    for block in line.blocks:
        stretch = (line.origin + block.start, block.end - block.start)
        if block.utterance is None:
            rows["client" if block.role is Role.CLIENT else "others"].append(stretch)
            continue
        for b in analysis.coded[block.utterance].behaviours:
            rows[b.value].append(stretch)
        if block.utterance in steered:
            rows["own story steers"].append(stretch)
    for name in ("own story steers", "others"):
        if not rows[name]:
            del rows[name]

    looks = {b.value: (*_look(b), "") for b in BEHAVIOURS}
    for y, (name, ranges) in enumerate(rows.items()):
        face, edge, hatch = looks.get(
            name, (PAPER, _INK, "////") if name == "own story steers" else (_FAINT, _FAINT, "")
        )
        ax.broken_barh(
            ranges, (y - 0.38, 0.76), facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.7, label=_row_label(name)
        )
    _rows(ax, [_row_label(name) for name in rows])
    ax.set_xlim(line.origin, line.origin + max(line.length, 1.0))
    if line.unit == "seconds":
        _clock_ticks(ax, line.length)
    ax.set_xlabel("time in the recording" if line.unit == "seconds" else "words said so far")
    return _finish(ax, [analysis.signature] if signature else [])


def talk_balance(
    analysis: Analysis, ax: Axes | None = None, *, windows: int | None = None, signature: bool = True
) -> Axes:
    """Draw who says how much: the whole session and its thirds, or sliding windows.

    Parameters
    ----------
    analysis : Analysis
        The session.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure.
    windows : int, optional
        Turns of a sliding window, as for `Analysis.windows`; without it, whole session and thirds.
    signature : bool, optional
        Whether to put the signature small under the axes.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on; shares of words in [0, 1]. Where nobody says anything nothing is drawn.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ValueError
        If `windows` is below 1.
    """
    if windows is not None:
        frame = analysis.windows(windows)
        ax = _axes(ax, (6.0, 2.8))
        middle = (frame["first_turn"] + frame["last_turn"]) / 2
        ax.plot(middle, frame["worker_talk_share"], color=_INK, marker="o", markersize=4, label="worker")
        ax.axhline(0.5, color=_FAINT, linewidth=0.8, linestyle=":")
        ax.set_xlabel(f"turn in the middle of a window of {windows}")
        ax.set_ylabel("worker's share of the words")
        ax.set_ylim(0, 1)
        _percent(ax)
        return _finish(ax, [analysis.signature] if signature else [])

    ax = _axes(ax, (6.0, 2.4))
    b = analysis.balance
    talk = [(b.worker_words, b.client_words), *zip(b.worker_third_words, b.client_third_words, strict=True)]
    names = ["whole session", "first third", "middle third", "last third"]
    shares = [w / (w + c) if w + c else 0.0 for w, c in talk]
    rest = [1 - share if w + c else 0.0 for share, (w, c) in zip(shares, talk, strict=True)]
    places = range(len(talk))
    ax.barh(places, shares, 0.7, color=_INK, edgecolor=_INK, label="worker")
    ax.barh(places, rest, 0.7, left=shares, color=PAPER, edgecolor=_INK, hatch="///", label="client")
    for y, (w, c) in enumerate(talk):
        if w:
            ax.text(0.01, y, f"{w:,} words", va="center", color=ink_on(_INK), fontsize="small")
        if c:
            box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
            ax.text(0.99, y, f"{c:,} words", va="center", ha="right", color=_INK, fontsize="small", bbox=box)
        if not w + c:
            ax.text(0.01, y, "no words", va="center", color=_INK, fontsize="small")
    ax.axvline(0.5, color=_FAINT, linewidth=0.8, linestyle=":")
    _rows(ax, names)
    ax.set_xlim(0, 1)
    _percent(ax, "x")
    ax.set_xlabel("share of the words")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="small")
    return _finish(ax, [analysis.signature] if signature else [])


def behaviours(analysis: Analysis, ax: Axes | None = None, *, signature: bool = True) -> Axes:
    """Draw how many of the worker's utterances carry each behaviour, with 90 % intervals.

    Parameters
    ----------
    analysis : Analysis
        The session.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure.
    signature : bool, optional
        Whether to put the signature small under the axes.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on: one bar a behaviour in the order of the codebook, under it a line from end to end of its interval.
        An interval tells what annotators would count, and need not lie around the bar's end.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    ax = _axes(ax, (6.0, 2.8))
    from matplotlib.ticker import MaxNLocator

    metrics = analysis.metrics
    for y, b in enumerate(BEHAVIOURS):
        face, edge = _look(b)
        n = analysis.balance.n(b)
        ax.barh(y - 0.1, n, 0.46, color=face, edgecolor=edge, linewidth=1.2, label=_row_label(b))
        interval = metrics.interval(f"n_{b}")
        if interval is not None and interval[0] < interval[1]:
            ax.plot(
                interval, (y + 0.27,) * 2, color=_INK, linewidth=1.1, marker="|", markersize=4, label="90 % interval"
            )
    _rows(ax, [_row_label(b) for b in BEHAVIOURS])
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.set_xlabel("utterances that carry it, with 90 % interval")
    return _finish(ax, [analysis.signature] if signature else [])


def transitions(
    frame_or_analyses: pd.DataFrame | Iterable[Analysis], ax: Axes | None = None, *, signature: bool = True
) -> Axes:
    """Draw what workers' volleys tend to follow on what, against chance.

    Parameters
    ----------
    frame_or_analyses : pandas.DataFrame or iterable of Analysis
        As `reflectkit.transitions` returns it, or sessions to make it of.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure.
    signature : bool, optional
        Whether to put the signatures of the sessions small under the axes; a frame has none.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on: the first behaviour from top to bottom, the next from left to right. Each field has the ratio of
        observed to expected, darker the more often (from a quarter to four times), and ▲ or ▼ where it differs from chance
        with the false discovery rate controlled. Fields with too few are hatched.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ValueError
        If the frame is not one of `reflectkit.transitions`.
    """
    signatures: list[str] = []
    if isinstance(frame_or_analyses, pd.DataFrame):
        frame = frame_or_analyses
        _need(frame, _PAIRS, "reflectkit.transitions")
    else:
        from reflectkit.caseload import transitions as table

        analyses = list(frame_or_analyses)
        frame, signatures = table(analyses), [a.signature for a in analyses]
    ax = _axes(ax, (6.2, 5.4))
    from matplotlib.colors import LinearSegmentedColormap, to_hex
    from matplotlib.patches import Rectangle

    shades = LinearSegmentedColormap.from_list("reflectkit", _SHADES)
    place = {b.value: i for i, b in enumerate(BEHAVIOURS)}
    for first, then, ratio, verdict in frame[list(_PAIRS)].itertuples(index=False):
        x, y = place[then], place[first]
        if verdict not in _VERDICTS:
            ax.add_patch(
                Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=PAPER, edgecolor=_FAINT, hatch="///", linewidth=0)
            )
            continue
        doublings = math.log2(ratio) if ratio > 0 else -math.inf
        face = to_hex(shades((min(max(doublings / _MOST_DOUBLINGS, -1.0), 1.0) + 1) / 2))
        ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor=_FAINT, linewidth=0.6))
        written = f"{ratio:.1f}\n{_VERDICTS[verdict]}".strip()
        ax.text(x, y, written, ha="center", va="center", color=ink_on(face), fontsize="small", linespacing=1.0)
    names = [_row_label(b) for b in BEHAVIOURS]
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    _rows(ax, names)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_ylabel("after a volley with")
    few = "" if frame["verdict"].isin(_VERDICTS).all() else "; hatched: too few to tell"
    ax.set_xlabel(f"comes one with … times as often as by chance\n▲ more, ▼ less often{few}")
    return _finish(ax, signatures if signature else [])


def sessions(
    frame: pd.DataFrame,
    measure: str = "worker_talk_share",
    ax: Axes | None = None,
    *,
    names: bool = True,
    signature: bool = True,
) -> Axes:
    """Draw a measure over sessions, in the order given, with 90 % intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `reflectkit.sessions_frame` returns it; its order is kept.
    measure : str, optional
        Name of a measure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure. For several measures give axes of ``pyplot.subplots``, one each.
    names : bool, optional
        False to number the sessions from 1 instead of naming them.
    signature : bool, optional
        Whether to put the sessions' signatures small under the axes, each once.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on: a dot and a whisker a session, and a cross at the foot where the measure is not defined.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ValueError
        If there is no such measure, or the frame is not one of `reflectkit.sessions_frame`.
    """
    from reflectkit.measure.definitions import BY_NAME

    if measure not in BY_NAME:
        raise ValueError(f"there is no measure {measure!r}. `reflectkit measures` lists them.")
    _need(frame, ("session", measure, f"{measure}_low", f"{measure}_high"), "reflectkit.sessions_frame")
    ax = _axes(ax, (6.0, 2.8))
    values, lows, highs = (frame[c].astype("float64").tolist() for c in (measure, f"{measure}_low", f"{measure}_high"))
    known = [i for i, value in enumerate(values) if not math.isnan(value)]
    missing = [i for i, value in enumerate(values) if math.isnan(value)]
    for i in known:
        if lows[i] < highs[i]:
            ax.plot(
                (i, i), (lows[i], highs[i]), color=_INK, linewidth=1.2, marker="_", markersize=6, label="90 % interval"
            )
    ax.plot(known, [values[i] for i in known], "o", color=_INK, markersize=5, label=measure)
    if missing:
        foot = ax.get_xaxis_transform()
        ax.plot(missing, [0.03] * len(missing), "x", color=_INK, markersize=5, transform=foot, label="not defined")
    labels = [str(name) for name in frame["session"]] if names else [str(i + 1) for i in range(len(frame))]
    longest = max(map(len, labels), default=0)
    slanted: dict[str, Any] = {}
    if longest * len(labels) > 60:
        slanted = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(labels)), labels, parse_math=False, **slanted)
    ax.set_xlim(-0.5, max(len(labels), 1) - 0.5)
    definition = BY_NAME[measure]
    ax.set_ylim(0, _top([*values, *highs], definition.unit))
    if definition.unit == "share":
        _percent(ax)
    ax.set_ylabel("\n".join(textwrap.wrap(definition.label, 28)))
    ax.set_xlabel("sessions in the order given" + ("; ×: not defined" if missing else ""))
    found = [] if not signature or "signature" not in frame else frame["signature"].tolist()
    return _finish(ax, found)


def reliability(bins: Mapping[str, Sequence[tuple[float, float, int]]], ax: Axes | None = None) -> Axes:
    """Draw how often what a model holds for likely is so.

    Parameters
    ----------
    bins : mapping of str to sequence of (float, float, int)
        By name of a model or of a set of sessions: mean probability, share that holds and number of decisions in each
        bin, as from `reflectkit.learn.reliability`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on: a line a name beside the diagonal, on which probabilities are right; below it they are too high.
        Bins of fewer than 20 decisions have hollow marks: they swing by chance.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    ax = _axes(ax, (4.2, 4.2))
    ax.plot([0, 1], [0, 1], color=_FAINT, linestyle=":", label="as likely as said")
    looks = zip(bins.items(), cycle("os^D"), cycle((_INK, COLOURS[BEHAVIOURS[2]], COLOURS[BEHAVIOURS[5]])))
    for (name, found), marker, colour in looks:
        p, share = [b[0] for b in found], [b[1] for b in found]
        ax.plot(p, share, color=colour, linewidth=1.0)
        few = [i for i, b in enumerate(found) if b[2] < _FEW]
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": 5, "linestyle": ""}
        ax.plot([p[i] for i in few], [share[i] for i in few], **look, markerfacecolor=PAPER)
        rest = [i for i in range(len(found)) if i not in few]
        ax.plot([p[i] for i in rest], [share[i] for i in rest], **look, label=name)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="mean probability", ylabel="share that holds")
    ax.legend(loc="upper left", frameon=False, fontsize="small")
    return _finish(ax, [])


def _axes(ax: Axes | None, size: tuple[float, float]) -> Axes:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot as plt
    except ModuleNotFoundError:
        raise MissingExtraError("plots", "matplotlib", "plot") from None
    return plt.subplots(figsize=size, layout="constrained")[1]


def _row_label(name: str) -> str:
    letter = {b.value: f"{b.label}  {LETTERS[b]}" for b in BEHAVIOURS}
    return letter.get(name, name)


def _look(b: Behaviour) -> tuple[str, str]:
    """Return a behaviour's face and edge."""
    return PAPER if b in HOLLOW else COLOURS[b], COLOURS[b]


def _rows(ax: Axes, names: Sequence[str]) -> None:
    """Name the rows, the first on top."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)


def _clock_ticks(ax: Axes, length: float) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    from reflectkit.report.exchanges import clock

    step = next(
        (s for s in _TICKS if length / s <= _MOST_TICKS), _TICKS[-1] * math.ceil(length / _TICKS[-1] / _MOST_TICKS)
    )
    ax.xaxis.set_major_locator(MultipleLocator(step))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: clock(max(0.0, seconds))))


def _percent(ax: Axes, axis: str = "y") -> None:
    from matplotlib.ticker import PercentFormatter

    (ax.xaxis if axis == "x" else ax.yaxis).set_major_formatter(PercentFormatter(1.0, symbol=" %"))


def _top(values: list[float], unit: str) -> float:
    most = 1.08 * max((v for v in values if not math.isnan(v)), default=0.0)
    return min(1.0, most) or 1.0 if unit == "share" else most or 1.0


def _need(frame: pd.DataFrame, columns: Iterable[str], maker: str) -> None:
    lost = [c for c in columns if c not in frame]
    if lost:
        raise ValueError(f"the frame has no column {lost[0]!r}. Give one that {maker} returned.")


def _finish(ax: Axes, signatures: list[str]) -> Axes:
    """Take away what carries nothing, and put the signatures under the label of the axis below."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    if signatures:
        # The figure stands on its own only if it tells which model and version made it, so long ones are folded, not cut.
        points = ax.get_window_extent().width / ax.figure.dpi * 72
        width = max(30, int(points / (0.62 * _SIGNATURE_POINTS)))
        folded = [part for one in dict.fromkeys(signatures) for part in _fold(one, width)]
        ax.annotate(
            "\n".join(folded), (0, 0), xycoords=("axes fraction", ax.xaxis.label), xytext=(0, -3),
            textcoords="offset points", va="top", ha="left", fontsize=_SIGNATURE_POINTS, color=_INK, annotation_clip=False,
            gid="signature",
        )  # fmt: skip
    return ax


def _fold(signature: str, width: int) -> list[str]:
    """Break a signature at its bars, so that no part is torn."""
    ends = [i for i, sign in enumerate(signature, 1) if sign == "|"]
    cuts = [0]
    for this, after in pairwise([*ends, len(signature)]):
        if after - cuts[-1] > width:
            cuts.append(this)
    return [signature[a:b] for a, b in pairwise([*cuts, len(signature)])]
