"""The summary as plain text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS, Flag
from reflectkit.feedback import TITLES, Remark
from reflectkit.measure.definitions import BY_NAME

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis

WIDTH = 100
_BAR = 30


def number(value: float | int | None, unit: str) -> str:
    """Write a measure for people.

    Parameters
    ----------
    value : float, int or None
        The value.
    unit : str
        Its unit.

    Returns
    -------
    str
        A percentage for shares, two decimals for ratios, one for rates and seconds, "not defined" for `None`.

    Examples
    --------
    >>> number(0.5, "share"), number(1.25, "ratio"), number(None, "ratio"), number(1200, "words")
    ('50 %', '1.25', 'not defined', '1,200')
    """
    if value is None:
        return "not defined"
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "ratio":
        return f"{value:.2f}"
    return f"{value:.1f}" if unit in ("seconds", "per 1,000 words", "per 10 minutes") else f"{value:,.0f}"


def summary(analysis: Analysis) -> str:
    """Write the summary of an analysis.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    str
        Plain text without words of the transcript except speaker labels; ends in a line break.
    """
    t, metrics = analysis.transcript, analysis.metrics
    roles = t.roles
    how = {"given": "as named", "labels": "from the speakers' labels", "talk": "guessed from how they talk"}[
        roles.basis
    ]
    lines = [
        f"Session {analysis.session}",
        f"worker: {', '.join(roles.worker)} · client: {', '.join(roles.client)} ({how}, confidence {roles.confidence:.2f})",
        "",
        "Talk",
    ]
    for name in (
        "worker_words",
        "client_words",
        "talk_ratio",
        "worker_talk_share",
        "worker_time_share",
        "longest_worker_turn_words",
    ):
        lines.append(_line(name, metrics[name]))
    lines += [
        "",
        f"What the worker's {len(analysis.coded)} utterances do (one may do several things; in brackets 90 % intervals)",
    ]
    most = max((analysis.balance.n(b) for b in BEHAVIOURS), default=0)
    for b in BEHAVIOURS:
        n = analysis.balance.n(b)
        bar = "#" * round(_BAR * n / most) if most else ""
        lines.append(f"  {b.label:<18}{n:>5}  {between(metrics.interval(f'n_{b}'), 'utterances'):<9} {bar}".rstrip())
    lines.append("")
    for name in ("open_question_share", "reflections_per_question", "unsure_utterances"):
        lines.append(f"{_line(name, metrics[name])}  {between(metrics.interval(name), BY_NAME[name].unit)}".rstrip())
    lines += ["", *_disclosures(analysis), *_passages(analysis), *_feedback(analysis)]
    if t.notes:
        lines += ["", "Notes on reading"]
        for note in t.notes:
            times = f" ({note.count} times)" if note.count > 1 else ""
            lines.append(f"  {note.kind}: {note.message}{times}")
    lines += [
        "",
        "These numbers describe talk in this session, as far as a model can tell. They do not rate a person.",
        analysis.signature,
    ]
    wrapped = [
        part
        for line in lines
        for part in (
            textwrap.wrap(line, WIDTH, subsequent_indent="    ", drop_whitespace=True)
            if len(line) > WIDTH and line != analysis.signature
            else [line]
        )
    ]
    return "\n".join(wrapped) + "\n"


def _line(name: str, value: float | int | None) -> str:
    measure = BY_NAME[name]
    return f"  {measure.label:<46}{number(value, measure.unit):>12}"


def between(interval: tuple[float, float] | None, unit: str) -> str:
    """Write an interval for people.

    Parameters
    ----------
    interval : tuple of (float, float) or None
        Its ends.
    unit : str
        Unit of the measure.

    Returns
    -------
    str
        ``(7–14)``; nothing where there is none or it has no width.
    """
    if interval is None or interval[0] == interval[1]:
        return ""
    low, high = (number(end, unit).removesuffix(" %") for end in interval)
    return f"({low}–{high}{' %' if unit == 'share' else ''})"


def _passages(analysis: Analysis) -> list[str]:
    """Say where passages about safety are; the other flags are in the frames and the report."""
    safety = sorted({p.turn for p in analysis.flagged if p.flag is Flag.SAFETY})
    if not safety:
        return []
    where = "turn" if len(safety) == 1 else "turns"
    return [f"Passages that may be about safety, for a person to read: {where} {', '.join(map(str, safety))}"]


def _feedback(analysis: Analysis) -> list[str]:
    """Write the remarks with the turns they rest on, never their words."""
    lines = []
    feedback = analysis.feedback
    for kind, title in TITLES.items():
        remarks: tuple[Remark, ...] = getattr(feedback, kind)
        if remarks:
            lines += ["", title]
        lines += [f"  - {remark.text} [{remark.where}]" for remark in remarks]
    return lines


def _disclosures(analysis: Analysis) -> list[str]:
    found = analysis.disclosures
    if not found:
        return ["The worker's own story used to steer (directive-disclosure): none found"]
    lines = [f"The worker's own story used to steer (directive-disclosure): {len(found)}"]
    for d in found:
        where = "turn" if len(d.turns) == 1 else "turns"
        permission = "with permission" if d.subtype.value == "with_permission" else "unasked"
        focus = "the focus returns to the client" if d.returns_focus else "the focus does not return in that turn"
        lines.append(f"  {where} {', '.join(map(str, d.turns))}: {permission}; {focus}")
    return lines
