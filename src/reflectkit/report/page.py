"""Report pages: one self-contained file of HTML, which its own policy forbids to ask anybody for anything.

Every word of a transcript goes through Jinja's escaping. The policy (Content-Security-Policy) allows the page's own
style and script, by their hashes, and nothing else: no request, no form, no other script, whatever a transcript holds.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from reflectkit.codebook import Flag, Role
from reflectkit.measure.definitions import DEFINED_HERE
from reflectkit.report.exchanges import remarks, turns
from reflectkit.report.figures import USUAL, all_measures, bars, figures, responses
from reflectkit.report.palette import COLOURS, DARK_COLOURS, DARK_PAPER, HOLLOW, LANES, LETTERS, PAPER, ink_on
from reflectkit.report.quoting import shown_turns
from reflectkit.report.strips import NARROWEST, strips
from reflectkit.report.text import number
from reflectkit.report.wording import orientation

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from reflectkit.analysis import Analysis
    from reflectkit.values import Transcript

Quotes: TypeAlias = Literal["full", "masked", "none"]
"""Which words of the transcript a page shows."""

LANE_TOP = 16
LANE_STEP = 14
"""Pixels from the top of a strip to the first lane, and from lane to lane."""

SHOWN_UTTERANCES = 200
"""Utterances listed in the compact view; the frame `Analysis.utterances` has them all."""

_SCALES = {
    "seconds": "Width is time, in minutes and seconds.",
    "words": "Width is words: times are not known for every turn.",
}
_ENDS = " Where a turn's end is not known, it is drawn until the next one begins."
_HOW = {"given": "as named", "labels": "from the speakers' labels", "talk": "guessed from how they talk"}
_SHOWN = {
    "full": "This page holds the words of the session. Keep it as you keep the transcript.",
    "masked": "What a program took for identifying is replaced by placeholders. It misses some: keep this page as you keep the transcript.",
    "none": "This page holds none of the session's words.",
}
_THIRDS = ("first", "middle", "last")
_NAMES = {role: role.value.capitalize() for role in Role}


@dataclass(frozen=True, slots=True)
class Look:
    """How a behaviour is drawn.

    Attributes
    ----------
    letter : str
        Its letter.
    y : int
        Top of its lane in pixels.
    colour, dark : str
        On light and on dark paper.
    hollow : bool
        True if it is an outline.
    """

    letter: str
    y: int
    colour: str
    dark: str
    hollow: bool

    @property
    def ink(self) -> str:
        """Colour of a letter on the fill, on light paper."""
        return ink_on(self.colour)

    @property
    def dark_ink(self) -> str:
        """Colour of a letter on the fill, on dark paper."""
        return ink_on(self.dark)


def session_page(analysis: Analysis, shown: Transcript | None, quotes: Quotes) -> str:
    """Return the report of a session.

    Parameters
    ----------
    analysis : Analysis
        The analysis.
    shown : Transcript or None
        The transcript whose words are shown: the analysis's own, a masked one, or `None` for no words.
    quotes : {"full", "masked", "none"}
        What `shown` is.

    Returns
    -------
    str
        A whole HTML document.
    """
    words = shown_turns(analysis.transcript, shown)
    names = None if quotes == "full" else _NAMES
    line, drawn = strips(analysis)
    metrics, roles = analysis.metrics, analysis.transcript.roles
    norms: dict[str, list[str]] = defaultdict(list)
    for norm in analysis.context:
        norms[norm.measure].append(orientation(norm))
    transcript = turns(analysis, words, names)
    return render(
        "session.html.j2",
        title=f"Session {analysis.session}" if names is None else "Session",
        people={
            "worker": ", ".join(roles.worker) if names is None else names[Role.WORKER],
            "client": ", ".join(roles.client) if names is None else names[Role.CLIENT],
            "how": _HOW[roles.basis]
            + (f", confidence {number(roles.confidence, 'share')}" if roles.basis == "talk" else ""),
        },
        figures=figures(metrics),
        norms=norms,
        unsure=_unsure(analysis),
        scale=_SCALES[line.unit] + (_ENDS if line.guessed_ends else ""),
        lanes=[(name, [(b, LETTERS[b]) for b in pair]) for name, pair in LANES],
        rows=[(name, LANE_TOP + i * LANE_STEP) for i, name in enumerate((*(name for name, _ in LANES), "client"))],
        tops={LETTERS[b]: LANE_TOP + i * LANE_STEP for i, (_, pair) in enumerate(LANES) for b in pair},
        strips=drawn,
        remarks=remarks(analysis, words),
        talk=_talk(analysis),
        bars=bars(metrics),
        responses=responses(analysis),
        usual=USUAL,
        transcript=transcript,
        underlined=any(mark == "g" for t in transcript for _, mark in t.runs),
        flagged=bool(analysis.flagged),
        safety=any(p.flag is Flag.SAFETY for p in analysis.flagged),
        steered=bool(analysis.disclosures),
        measures=all_measures(metrics),
        defined_here=DEFINED_HERE,
        notes=[] if names else _notes(analysis),
        words_shown=_SHOWN[quotes],
        signature=analysis.signature,
    )


def compact(analysis: Analysis) -> str:
    """Return the compact view for notebooks.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    str
        An HTML fragment without scripts, links or outside resources.
    """
    shown = shown_turns(analysis.transcript, analysis.transcript)
    metrics = analysis.metrics
    said = [(t.turn, line) for t in turns(analysis, shown, None) for line in t.lines if line.index >= 0]
    return (
        _templates()
        .get_template("compact.html.j2")
        .render(
            session=analysis.session,
            figures=figures(metrics),
            bars=bars(metrics),
            colours=COLOURS,
            lines=said[:SHOWN_UTTERANCES],
            utterances=len(said),
            left=len(said) - SHOWN_UTTERANCES,
            signature=analysis.signature,
        )
    )


def render(template: str, **values: Any) -> str:  # noqa: ANN401
    """Fill a page's template.

    Parameters
    ----------
    template : str
        Its file.
    **values
        What it shows.

    Returns
    -------
    str
        A whole HTML document with its policy.
    """
    css, js = _style(), _script()
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(js)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return str(_templates().get_template(template).render(**values, css=css, js=js, policy=policy))


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("reflectkit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"ascii": str.isascii, "words": _words, "kept": _kept}
    return made


def _words(text: str) -> Markup:
    """Escape words that stand between tags, where quotes need no escaping and apostrophes are many."""
    from markupsafe import Markup

    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def _kept(text: str) -> str:
    """Keep percentages on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


@cache
def _style() -> Markup:
    from markupsafe import Markup

    sheet = _templates().get_template("page.css.j2")
    looks = [
        Look(LETTERS[b], LANE_TOP + i * LANE_STEP, COLOURS[b], DARK_COLOURS[b], hollow=b in HOLLOW)
        for i, (_, pair) in enumerate(LANES)
        for b in pair
    ]
    return Markup(
        sheet.render(
            looks=looks,
            client=LANE_TOP + len(LANES) * LANE_STEP,
            narrowest=100 * NARROWEST,
            paper=PAPER,
            dark_paper=DARK_PAPER,
        )
    )


@cache
def _script() -> Markup:
    from markupsafe import Markup

    source = resources.files("reflectkit.report").joinpath("templates", "page.js").read_text("utf-8")
    return Markup("\n".join(map(str.strip, source.splitlines())))


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


def _unsure(analysis: Analysis) -> str:
    unsure, all_of_them = analysis.balance.unsure_utterances, analysis.balance.worker_utterances
    if not unsure:
        them = "the worker's one utterance" if all_of_them == 1 else f"any of the worker's {all_of_them} utterances"
        return f"The model is not unsure of {them}. That does not make it right about all it says."
    return f'The model is unsure of {unsure} of the worker\'s {all_of_them} utterances; they are marked "unsure" in the transcript.'


def _talk(analysis: Analysis) -> list[dict[str, str]]:
    metrics = analysis.metrics
    parts = [("whole session", metrics["worker_words"], metrics["client_words"], metrics["worker_talk_share"])]
    thirds = zip(_THIRDS, analysis.balance.worker_third_words, analysis.balance.client_third_words, strict=True)
    for third, worker, client in thirds:
        parts.append((f"{third} third", worker, client, worker / (worker + client) if worker + client else None))
    return [
        {
            "name": name,
            "worker": number(worker, "words"),
            "client": number(client, "words"),
            "share": number(share, "share"),
            "percent": f"{100 * (share or 0):.1f}",
            "rest": f"{100 * (1 - share) if share is not None else 0:.1f}",
        }
        for name, worker, client, share in parts
    ]


def _notes(analysis: Analysis) -> list[str]:
    return [
        f"{note.kind}: {note.message}{f' ({note.count} times)' if note.count > 1 else ''}"
        for note in analysis.transcript.notes
    ]
