"""The compact view for notebooks: a few figures, bars and the annotated utterances, every word escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS
from reflectkit.measure.definitions import BY_NAME
from reflectkit.report.text import between, number

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.values import CodedUtterance

SHOWN_UTTERANCES = 200
"""Utterances listed in the compact view; the frame `Analysis.utterances` has them all."""

_STYLE = """
.reflectkit{font:14px/1.45 system-ui,sans-serif;max-width:60rem}
.reflectkit table{border-collapse:collapse;margin:.5rem 0}
.reflectkit td,.reflectkit th{padding:.15rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #8884}
.reflectkit td.n{text-align:right;font-variant-numeric:tabular-nums}
.reflectkit .bar{display:inline-block;height:.7rem;background:#3b6ea8;vertical-align:middle}
.reflectkit mark{background:#f3d98b;color:#111;padding:0}
.reflectkit .sig{opacity:.75;font-size:12px;overflow-wrap:anywhere}
"""
_SHOWN = (
    "talk_ratio",
    "worker_talk_share",
    "open_question_share",
    "reflections_per_question",
    "directive_disclosure_count",
)


def compact(analysis: Analysis) -> str:
    """Return the compact view.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    str
        An HTML fragment without scripts, links or outside resources.
    """
    metrics, n = analysis.metrics, analysis.balance.n
    figures = "".join(
        f"<tr><th scope=row>{escape(BY_NAME[name].label)}</th><td class=n>{escape(number(metrics[name], BY_NAME[name].unit))}</td>"
        f"<td>{between(metrics.interval(name), BY_NAME[name].unit)}</td></tr>"
        for name in _SHOWN
    )
    most = max((n(b) for b in BEHAVIOURS), default=0) or 1
    bars = "".join(
        f"<tr><th scope=row>{escape(b.label)}</th><td class=n>{n(b)}</td>"
        f"<td>{between(metrics.interval(f'n_{b}'), 'utterances')}</td>"
        f'<td><span class=bar style="width:{12 * n(b) / most:.2f}rem"></span></td></tr>'
        for b in BEHAVIOURS
    )
    rows = "".join(_row(c) for c in analysis.coded[:SHOWN_UTTERANCES])
    left = len(analysis.coded) - SHOWN_UTTERANCES
    more = f"<p>and {left} more</p>" if left > 0 else ""
    return (
        f"<div class=reflectkit><style>{_STYLE}</style><h3>Session {escape(analysis.session)}</h3>"
        f"<table>{figures}</table><table>{bars}</table>"
        f"<details><summary>The worker's {len(analysis.coded)} utterances</summary><table>"
        f"<tr><th>turn</th><th>utterance</th><th>behaviours</th></tr>{rows}</table>{more}</details>"
        "<p>These numbers describe talk in this session, as far as a model can tell. They do not rate a person.</p>"
        f"<p class=sig>{escape(analysis.signature)}</p></div>"
    )


def _row(coded: CodedUtterance) -> str:
    names = ", ".join(f"{b.label} ({100 * coded.probability(b):.0f} %)" for b in coded.behaviours)
    unsure = " · unsure" if coded.unsure else ""
    return f"<tr><td class=n>{coded.utterance.turn}</td><td dir=auto>{_marked(coded)}</td><td>{escape(names)}{unsure}</td></tr>"


def _marked(coded: CodedUtterance) -> str:
    """Escape the words, with the evidence marked."""
    u = coded.utterance
    on = [False] * len(u.text)
    for e in coded.evidence:
        on[e.start - u.start : e.end - u.start] = [True] * (e.end - e.start)
    parts, i = [], 0
    while i < len(on):
        j = i
        while j < len(on) and on[j] == on[i]:
            j += 1
        words = escape(u.text[i:j])
        parts.append(f"<mark>{words}</mark>" if on[i] else words)
        i = j
    return "".join(parts)
