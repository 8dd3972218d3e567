"""The annotated transcript as a page shows it: the worker's turns beside what was heard before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS, Flag, Role
from reflectkit.report.palette import LETTERS
from reflectkit.report.quoting import Runs, ShownTurn
from reflectkit.report.text import number
from reflectkit.report.wording import FLAGS, stretch
from reflectkit.values import count_words

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.feedback import Remark
    from reflectkit.values import CodedUtterance, DirectiveDisclosure, FlaggedPassage, Turn, TurnSpan

ALTERNATIVE = 0.2
"""Probability from which the next best behaviour of an unsure utterance is shown."""

LONGEST_QUOTE = 60
"""Words of a quote beside the feedback, where it is cut; a few more are spared the cut."""

_SPARED = 15
_LONGEST_CHARS = 1000
_WORD = re.compile(r"\S+")
_STOPS = " .,;:!…-–—'\"()"


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance of the worker as the transcript shows it.

    Attributes
    ----------
    index : int
        0-based position among the worker's utterances, -1 for an event mark that is none.
    runs : tuple of (str, str)
        Its words with the evidence marked; empty if words are not shown.
    words : int
        Number of words.
    chips : tuple of (str, str, str)
        Letter, name and probability of each behaviour.
    perhaps : str
        The next best behaviour of an unsure utterance, with its probability.
    unsure : bool
        True if the decision is not worth relying on.
    flags : tuple of str
        What else to look at, with its probability.
    steered : bool
        True within a stretch of directive-disclosure.
    stretch : str
        Description of the stretch where it begins.
    gives_back : int or None
        Client's turn whose words it gives back, `None` if that is the one before it.
    repeats : bool
        True if it adds hardly anything to them.
    """

    index: int
    runs: Runs
    words: int
    chips: tuple[tuple[str, str, str], ...] = ()
    perhaps: str = ""
    unsure: bool = False
    flags: tuple[str, ...] = ()
    steered: bool = False
    stretch: str = ""
    gives_back: int | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as the transcript shows it.

    Attributes
    ----------
    turn : int
        0-based turn.
    speaker : str
        Label, or the role where labels are not shown.
    time : str
        Start, ``""`` if unknown.
    worker : bool
        True if it is the worker's.
    words : int
        Number of words.
    runs : tuple of (str, str)
        Words of the client or of others; empty if words are not shown.
    lines : tuple of Line
        Utterances of the worker.
    flags : tuple of str
        What to look at.
    """

    turn: int
    speaker: str
    time: str
    worker: bool
    words: int
    runs: Runs = ()
    lines: tuple[Line, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the session that a remark rests on.

    Attributes
    ----------
    target : str
        Where they stand on the page.
    turn : int
        0-based turn.
    role : str
        Whose words.
    runs : tuple of (str, str)
        The words; empty if words are not shown.
    """

    target: str
    turn: int
    role: str
    runs: Runs


def turns(analysis: Analysis, shown: Mapping[int, ShownTurn], names: Mapping[Role, str] | None) -> list[TurnView]:
    """Annotate the transcript.

    Parameters
    ----------
    analysis : Analysis
        The analysis.
    shown : mapping of int to ShownTurn
        Words of each turn; a turn that is not in it is shown without words.
    names : mapping of Role to str or None
        What speakers are called instead of their labels.

    Returns
    -------
    list of TurnView
        In order.
    """
    lines, given = _lines(analysis, shown), _given_back(analysis)
    flags: dict[int, tuple[str, ...]] = {}
    for p in analysis.flagged:
        if p.role is not Role.WORKER:
            flags[p.turn] = (*flags.get(p.turn, ()), _flag(p))
    found = []
    for turn in analysis.transcript.turns:
        worker = turn.role is Role.WORKER
        found.append(
            TurnView(
                turn=turn.index,
                speaker=names[turn.role] if names else turn.speaker,
                time=clock(turn.start_s) if turn.start_s is not None else "",
                worker=worker,
                words=turn.words,
                runs=() if worker else _runs(shown, turn, 0, len(turn.text), given.get(turn.index, ())),
                lines=tuple(_with_events(turn, lines.get(turn.index, ()), shown)) if worker else (),
                flags=flags.get(turn.index, ()),
            )
        )
    return found


def _runs(
    shown: Mapping[int, ShownTurn], turn: Turn, start: int, end: int, marks: Iterable[tuple[int, int, str]]
) -> Runs:
    return shown[turn.index].runs(start, end, marks) if turn.index in shown else ()


def _lines(analysis: Analysis, shown: Mapping[int, ShownTurn]) -> dict[int, list[tuple[int, int, Line]]]:
    steered, flags = steered_utterances(analysis), _flags(analysis)
    ties = {(r.turn, r.start): r for r in analysis.reflections}
    turns = {t.index: t for t in analysis.transcript.turns}
    found: dict[int, list[tuple[int, int, Line]]] = {}
    for i, c in enumerate(analysis.coded):
        u = c.utterance
        stretch_of, first = steered.get(i, (None, False))
        tie = ties.get((u.turn, u.start))
        line = Line(
            index=i,
            runs=_runs(shown, turns[u.turn], u.start, u.end, _marks(c)),
            words=count_words(u.text),
            chips=tuple((LETTERS[b], b.label, number(c.probability(b), "share")) for b in c.behaviours),
            perhaps=_perhaps(c),
            unsure=c.unsure,
            flags=flags.get((u.turn, u.start), ()),
            steered=stretch_of is not None,
            stretch=stretch(stretch_of) if stretch_of is not None and first else "",
            gives_back=tie.client_turn if tie and tie.client_turn != u.turn - 1 else None,
            repeats=tie.repeats if tie else False,
        )
        found.setdefault(u.turn, []).append((u.start, u.end, line))
    return found


def _marks(c: CodedUtterance) -> Iterator[tuple[int, int, str]]:
    """Say where the evidence stands.

    Marks need no letter (``"m"``) where there is one behaviour to speak for; full stops and commas are not shown.
    """
    for e in c.evidence:
        words = c.utterance.text[e.start - c.utterance.start : e.end - c.utterance.start]
        if words.strip(_STOPS):
            yield e.start, e.end, LETTERS[e.behaviour] if len(c.behaviours) > 1 else "m"


def _with_events(turn: Turn, lines: Iterable[tuple[int, int, Line]], shown: Mapping[int, ShownTurn]) -> Iterator[Line]:
    """Put back what stands between the utterances of a turn: event marks."""
    at = 0
    for start, end, line in lines:
        if turn.text[at:start].strip():
            yield Line(-1, _runs(shown, turn, at, start, ()), 0)
        yield line
        at = end
    if turn.text[at:].strip():
        yield Line(-1, _runs(shown, turn, at, len(turn.text), ()), 0)


def _perhaps(c: CodedUtterance) -> str:
    p, b = max((c.probability(b), b) for b in BEHAVIOURS if b not in c.behaviours)
    return f"{b.label} {number(p, 'share')}" if c.unsure and p >= ALTERNATIVE else ""


def _flags(analysis: Analysis) -> dict[tuple[int, int], tuple[str, ...]]:
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for p in analysis.flagged:
        if p.role is Role.WORKER:
            found[p.turn, p.start] = (*found.get((p.turn, p.start), ()), _flag(p))
    return found


def _flag(passage: FlaggedPassage) -> str:
    """Name a flag, with its probability where it is a guess; that of safety would be taken for one of risk."""
    if passage.flag is Flag.SAFETY:
        return FLAGS[passage.flag]
    sure = number(passage.probability, "share")
    return FLAGS[passage.flag] if sure == "100 %" else f"{FLAGS[passage.flag]} {sure}"


def _given_back(analysis: Analysis) -> dict[int, list[tuple[int, int, str]]]:
    found: dict[int, list[tuple[int, int, str]]] = {}
    for reflection in analysis.reflections:
        for s in reflection.given_back:
            found.setdefault(s.turn, []).append((s.start, s.end, "g"))
    return found


def remarks(analysis: Analysis, shown: Mapping[int, ShownTurn]) -> list[tuple[str, list[tuple[Remark, list[Quote]]]]]:
    """Return the feedback with its quotes.

    Parameters
    ----------
    analysis : Analysis
        The analysis.
    shown : mapping of int to ShownTurn
        Words of each turn.

    Returns
    -------
    list of (str, list of (Remark, list of Quote))
        Heading and remarks, headings without remarks left out.
    """
    feedback = analysis.feedback
    parts = (
        ("What went well", feedback.strengths),
        ("Worth a try next time", feedback.to_try),
        ("Worth talking over", feedback.to_discuss),
    )
    return [(name, [(r, [_quote(analysis, shown, s) for s in r.quotes]) for r in own]) for name, own in parts if own]


def _quote(analysis: Analysis, shown: Mapping[int, ShownTurn], span: TurnSpan) -> Quote:
    turn = analysis.transcript.turns[span.turn]
    target = f"t{turn.index}"
    if turn.role is Role.WORKER:
        inside = (i for (t, start), i in utterance_places(analysis).items() if t == turn.index and start <= span.start)
        target = f"u{max(inside, default=0)}"
    end = _short(turn.text, span.start, span.end)
    more = ((" …", ""),) if end < span.end else ()
    runs = _runs(shown, turn, span.start, end, ())
    return Quote(target, turn.index, turn.role.value, runs and (*runs, *more))


def _short(text: str, start: int, end: int) -> int:
    """Return where a quote ends that is to stand beside others: the link leads to the whole of it."""
    words = list(islice(_WORD.finditer(text, start, end), LONGEST_QUOTE + _SPARED + 1))
    if len(words) > LONGEST_QUOTE + _SPARED:
        end = words[LONGEST_QUOTE - 1].end()
    return min(end, start + _LONGEST_CHARS)


def steered_utterances(analysis: Analysis) -> dict[int, tuple[DirectiveDisclosure, bool]]:
    """Find the utterances within stretches of directive-disclosure.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    dict of int to (DirectiveDisclosure, bool)
        By position among the worker's utterances: the stretch, and whether it begins there.
    """
    found: dict[int, tuple[DirectiveDisclosure, bool]] = {}
    places = utterance_places(analysis)
    for d in analysis.disclosures:
        own = [places[s.turn, s.start] for s in (*d.story, *d.steering)]
        for i in range(min(own), max(own) + 1):
            found[i] = (d, i == min(own))
    return found


def utterance_places(analysis: Analysis) -> dict[tuple[int, int], int]:
    """Return the position of each of the worker's utterances by where it stands.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    dict of (int, int) to int
        By turn and offset into its text: position among the worker's utterances.
    """
    return {(c.utterance.turn, c.utterance.start): i for i, c in enumerate(analysis.coded)}


def clock(seconds: float) -> str:
    """Write a time.

    Parameters
    ----------
    seconds : float
        From the start of the session.

    Returns
    -------
    str
        ``m:ss``, from an hour on ``h:mm:ss``.

    Examples
    --------
    >>> clock(75), clock(3600)
    ('1:15', '1:00:00')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
