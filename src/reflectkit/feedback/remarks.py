"""Remarks: which evidence a session holds, and the sentence for each.

`EVIDENCE` names one function for every entry of ``wording.json``; the order of the entries is the order of choice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources

from reflectkit.codebook import Behaviour, Flag, Role
from reflectkit.measure import Findings, Metrics
from reflectkit.measure.sequence import exchanges
from reflectkit.measure.session import asked_about_safety
from reflectkit.measure.talk import LECTURE_WORDS, stretches
from reflectkit.measure.volleys import client_turns, volleys
from reflectkit.values import CodedUtterance, FlaggedPassage, Transcript, TurnSpan

MOST_REMARKS = 3
"""Remarks of each kind: more than three of anything are not worked on."""

MOST_QUOTES = 3
LEAST_UTTERANCES = 10
"""Worker utterances a session must hold before anything is said of it."""

_NO_ROOM = (Flag.UNANSWERED, Flag.STACKED, Flag.LEADING)
_DENIES = re.compile(r"\b(?:not|never)\b.{0,120}\b(?:are|do|have|would|will|is) (?:you|u|ye|it)\W*$", re.IGNORECASE)
"""A question about safety that has its answer in it ("You're not going to hurt yourself, are you?")."""

LARGER_SHARE = 0.5
"""Worker's share of the words below which the client has the larger share."""

LITTLE_ROOM = 0.6
"""Worker's share of the words from which the client may want more room: a small majority is left alone."""

MANY_LONG = 0.2
"""Share of the worker's words in long stretches from which they are worth looking at: one such stretch is left alone."""

TITLES = {"strengths": "What worked in this session", "to_try": "What to try", "to_discuss": "For supervision"}
"""The kinds of remarks, in order, and what they are called."""

KINDS = tuple(TITLES)


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence of feedback with what it rests on.

    Attributes
    ----------
    id : str
        Name of the evidence; its wording stands in ``wording.json``.
    text : str
        The sentence.
    quotes : tuple of TurnSpan
        Up to three places in the transcript.
    measure : str
        Measure it rests on, as in `Analysis.metrics`.
    value : float or None
        The measure's value.
    n : int
        Events the remark rests on.
    interval : tuple of (float, float) or None
        The measure's 90 % interval.
    """

    id: str
    text: str
    quotes: tuple[TurnSpan, ...]
    measure: str
    value: float | int | None
    n: int
    interval: tuple[float, float] | None

    @property
    def where(self) -> str:
        """Turns of the quotes, such as ``"turns 10, 34"``; ``""`` without quotes."""
        turns = list(dict.fromkeys(q.turn for q in self.quotes))
        return f"turn{'s' * (len(turns) > 1)} {', '.join(map(str, turns))}" if turns else ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a worker and a supervisor may look at together.

    Attributes
    ----------
    strengths, to_try, to_discuss : tuple of Remark
        At most three each; empty where the session holds too little to say it.
    """

    strengths: tuple[Remark, ...] = ()
    to_try: tuple[Remark, ...] = ()
    to_discuss: tuple[Remark, ...] = ()

    def _repr_html_(self) -> str:
        """Show the sentences with their turns, and none of the transcript's words."""
        parts = []
        for kind, title in TITLES.items():
            remarks: tuple[Remark, ...] = getattr(self, kind)
            if remarks:
                items = "".join(f"<li>{escape(r.text)} <small>[{r.where}]</small></li>" for r in remarks)
                parts.append(f"<p><b>{title}</b></p><ul>{items}</ul>")
        return "".join(parts) or "<p>The session holds too little to say anything of it.</p>"


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What evidence is looked for in.

    Attributes
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    found : Findings
        What measuring found.
    metrics : Metrics
        Its measures.
    """

    transcript: Transcript
    coded: Sequence[CodedUtterance]
    found: Findings
    metrics: Metrics

    def quotes(
        self, behaviour: Behaviour, among: Callable[[TurnSpan], bool] = lambda quote: True
    ) -> tuple[TurnSpan, ...]:
        """Return the surest utterances with a behaviour.

        Parameters
        ----------
        behaviour : Behaviour
            The behaviour.
        among : callable, optional
            Which may be quoted.

        Returns
        -------
        tuple of TurnSpan
            In the order of the transcript.
        """
        own = [c for c in self.coded if c.has(behaviour) and not c.unsure and among(c.span)]
        surest = sorted(own, key=lambda c: -c.probability(behaviour))[:MOST_QUOTES]
        return _spans((c.utterance.turn, c.utterance.start, c.utterance.end) for c in surest)

    @property
    def not_safety(self) -> tuple[int, Callable[[TurnSpan], bool]]:
        """How many questions are about safety, which are never marked down, and which quotes are about something else."""
        about = {(p.turn, p.start) for p in self._with(Flag.SAFETY, Role.WORKER)}
        return len(asked_about_safety(self.coded, self.found.flagged)), lambda q: (q.turn, q.start) not in about

    def flagged(self, flag: Flag, *roles: Role) -> tuple[TurnSpan, ...]:
        """Return the passages with a flag.

        Parameters
        ----------
        flag : Flag
            The flag.
        *roles : Role
            Whose; everybody's if none is given.

        Returns
        -------
        tuple of TurnSpan
            In the order of the transcript.
        """
        return _spans((p.turn, p.start, p.end) for p in self._with(flag, *roles))

    def surest(self, flag: Flag, *roles: Role) -> tuple[TurnSpan, ...]:
        """Return the likeliest passages with a flag, of each speaker who has any.

        Parameters
        ----------
        flag : Flag
            The flag.
        *roles : Role
            Whose; everybody's if none is given.

        Returns
        -------
        tuple of TurnSpan
            At most `MOST_QUOTES`, in the order of the transcript.
        """
        own = sorted(self._with(flag, *roles), key=lambda p: -p.probability)
        first = {p.role: p for p in reversed(own)}.values()
        chosen = [*first, *(p for p in own if p not in first)][:MOST_QUOTES]
        return _spans((p.turn, p.start, p.end) for p in chosen)

    def _with(self, flag: Flag, *roles: Role) -> list[FlaggedPassage]:
        return [p for p in self.found.flagged if p.flag is flag and (not roles or p.role in roles)]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a remark rests on.

    Attributes
    ----------
    n : int
        Events.
    measure : str
        Measure that tells of them.
    quotes : tuple of TurnSpan
        Where they stand.
    """

    n: int
    measure: str
    quotes: tuple[TurnSpan, ...]


def _spans(places: Iterable[tuple[int, int, int]]) -> tuple[TurnSpan, ...]:
    return tuple(TurnSpan(*p) for p in sorted(places))


def _counted(name: str, behaviour: Behaviour) -> Callable[[Session], Evidence | None]:
    def look(s: Session) -> Evidence | None:
        return Evidence(int(s.metrics[name] or 0), name, s.quotes(behaviour))

    return look


def _open_questions(s: Session) -> Evidence | None:
    spoilt = {(p.turn, p.start) for p in s.found.flagged if p.flag in _NO_ROOM}
    left = [
        c
        for c in s.coded
        if c.has(Behaviour.OPEN_QUESTION)
        and not c.has(Behaviour.DIRECTIVE)
        and (c.utterance.turn, c.utterance.start) not in spoilt
    ]
    places = {c.span for c in left}
    if len(left) < (s.metrics["n_open_question"] or 0) / 2:
        return None
    quotes = s.quotes(Behaviour.OPEN_QUESTION, places.__contains__)
    return Evidence(int(s.metrics["n_open_question"] or 0), "n_open_question", quotes)


def _flagged(name: str, flag: Flag) -> Callable[[Session], Evidence | None]:
    def look(s: Session) -> Evidence | None:
        return Evidence(int(s.metrics[name] or 0), name, s.surest(flag, Role.WORKER))

    return look


def _safety_asked(s: Session) -> Evidence | None:
    asked = [c.utterance for c in asked_about_safety(s.coded, s.found.flagged) if not _DENIES.search(c.utterance.text)]
    return Evidence(len(asked), "safety_questions", _spans((u.turn, u.start, u.end) for u in asked))


def _client_talks(s: Session) -> Evidence | None:
    share = s.metrics["worker_talk_share"]
    if share is None or share >= LARGER_SHARE:
        return None
    return Evidence(_all_words(s), "worker_talk_share", _longest_client_turn(s))


def _room(s: Session) -> Evidence | None:
    share = s.metrics["worker_talk_share"]
    if share is None or share < LITTLE_ROOM:
        return None
    return Evidence(_all_words(s), "worker_talk_share", _longest_worker_turns(s))


def _all_words(s: Session) -> int:
    return int((s.metrics["worker_words"] or 0) + (s.metrics["client_words"] or 0))


def _heard_first(s: Session) -> Evidence | None:
    first = next((c for c in s.coded if c.has(Behaviour.DIRECTIVE)), None)
    if first is None or first.unsure:
        return None
    words = int(s.metrics["client_words_before_directive"] or 0)
    u = first.utterance
    return Evidence(words, "client_words_before_directive", (TurnSpan(u.turn, u.start, u.end),))


def _no_advice(s: Session) -> Evidence | None:
    _, high = s.metrics.interval("n_directive") or (0.0, 1.0)
    quotes = s.quotes(Behaviour.VALIDATION) or s.quotes(Behaviour.OPEN_QUESTION)
    return Evidence(len(s.coded), "n_directive", quotes[:1]) if high < 1 else None


def _company(s: Session) -> Evidence | None:
    kept = [d for d in s.found.stories if d.returns_focus and d.steers is None]
    return Evidence(len(kept), "self_disclosures", tuple(d.story[0] for d in kept))


def _give_back(s: Session) -> Evidence | None:
    left = [d for d in s.found.stories if not d.returns_focus and d.steers is None]
    return Evidence(len(left), "self_disclosures", tuple(d.story[-1] for d in left))


def _story_steers(s: Session) -> Evidence | None:
    own = [d for d in s.found.disclosures if d.subtype.value == "steer"]
    return Evidence(len(own), "directive_disclosures_steer", tuple(d.story[0] for d in own))


def _story(s: Session) -> Evidence | None:
    found = s.found.disclosures
    return Evidence(len(found), "directive_disclosure_count", tuple(d.story[0] for d in found))


def _asked_leave(s: Session) -> Evidence | None:
    agreed = {(q.turn, q.start) for q in s.flagged(Flag.WITH_PERMISSION)}
    return _advice(s, "directives_with_permission", lambda place: place in agreed)


def _unasked(s: Session) -> Evidence | None:
    agreed = {(q.turn, q.start) for q in s.flagged(Flag.WITH_PERMISSION)}
    return _advice(s, "directives_without_permission", lambda place: place not in agreed)


def _advice(s: Session, measure: str, among: Callable[[tuple[int, int]], bool]) -> Evidence:
    own = [c.utterance for c in s.coded if c.has(Behaviour.DIRECTIVE)]
    places = [(u.turn, u.start, u.end) for u in own if among((u.turn, u.start))]
    return Evidence(len(places), measure, _spans(places))


def _feeling_first(s: Session) -> Evidence | None:
    n = int(s.metrics["directives_without_listening"] or 0)
    return Evidence(n, "directives_without_listening", s.found.unheard)


def _answers(behaviour: Behaviour) -> Callable[[Session], Evidence | None]:
    def look(s: Session) -> Evidence | None:
        name = f"answer_after_{behaviour}"
        interval = s.metrics.interval(name)
        if interval is None or interval[0] <= 1 or interval[0] == interval[1]:  # answers all alike tell of no spread
            return None
        groups = volleys(s.transcript, s.coded)
        found = exchanges(s.transcript, groups, client_turns(s.transcript, groups))
        own = [e for e in found if e.answer and e.volley[-1].has(behaviour)]
        longest = sorted(own, key=lambda e: -sum(t.words for t in e.answer))[:MOST_QUOTES]
        return Evidence(
            s.metrics.base(name),
            name,
            tuple(sorted((e.volley[-1].span for e in longest), key=lambda q: (q.turn, q.start))),
        )

    return look


def _reflect_more(s: Session) -> Evidence | None:
    interval = s.metrics.interval("reflections_per_question")
    if interval is None or interval[1] >= 1:
        return None
    safety, other = s.not_safety
    asked = int(s.metrics["n_question"] or 0)
    if (s.metrics["n_reflection"] or 0) >= asked - safety:
        return None
    quotes = s.quotes(Behaviour.CLOSED_QUESTION, other) or s.quotes(Behaviour.OPEN_QUESTION, other)
    return Evidence(asked, "reflections_per_question", quotes)


def _open_more(s: Session) -> Evidence | None:
    interval = s.metrics.interval("open_question_share")
    if interval is None or interval[1] >= 0.5:
        return None
    safety, other = s.not_safety
    asked = s.metrics.base("open_question_share")
    if 2 * (s.metrics["n_open_question"] or 0) >= asked - safety:
        return None
    return Evidence(asked, "open_question_share", s.quotes(Behaviour.CLOSED_QUESTION, other))


def _long_stretches(s: Session) -> Evidence | None:
    share = s.metrics["lecture_share"]
    if share is None or share < MANY_LONG:
        return None
    answers = frozenset(t.index for t in client_turns(s.transcript, volleys(s.transcript, s.coded)))
    found = [own for own in stretches(s.transcript, Role.WORKER, answers) if own.words >= LECTURE_WORDS]
    longest = [max(own.turns, key=lambda t: t.words) for own in sorted(found, key=lambda own: -own.words)[:2]]
    quotes = _spans((t.index, 0, len(t.text)) for t in longest)
    return Evidence(int(s.metrics["lecture_words"] or 0), "lecture_words", quotes)


def _longest_worker_turns(s: Session) -> tuple[TurnSpan, ...]:
    return _longest(s, Role.WORKER, 2)


def _longest_client_turn(s: Session) -> tuple[TurnSpan, ...]:
    return _longest(s, Role.CLIENT, 1)


def _longest(s: Session, role: Role, n: int) -> tuple[TurnSpan, ...]:
    turns = sorted((t for t in s.transcript.turns if t.role is role), key=lambda t: -t.words)[:n]
    return _spans((t.index, 0, len(t.text)) for t in turns)


def _long_answer(s: Session) -> Evidence | None:
    n = int(s.metrics["longest_client_turn_words"] or 0)
    return Evidence(n, "longest_client_turn_words", _longest_client_turn(s))


def _safety(s: Session) -> Evidence | None:
    return Evidence(int(s.metrics["safety_passages"] or 0), "safety_passages", s.surest(Flag.SAFETY))


def _unsure(s: Session) -> Evidence | None:
    own = [c.utterance for c in s.coded if c.unsure]
    return Evidence(len(own), "unsure_utterances", _spans((u.turn, u.start, u.end) for u in own))


EVIDENCE: Mapping[str, Callable[[Session], Evidence | None]] = {
    "safety_asked": _safety_asked,
    "reflections": _counted("n_reflection", Behaviour.REFLECTION),
    "open_questions": _open_questions,
    "validations": _counted("n_validation", Behaviour.VALIDATION),
    "client_talks": _client_talks,
    "heard_first": _heard_first,
    "no_advice": _no_advice,
    "company": _company,
    "asked_leave": _asked_leave,
    "answers_open": _answers(Behaviour.OPEN_QUESTION),
    "answers_reflection": _answers(Behaviour.REFLECTION),
    "story_steers": _story_steers,
    "feeling_first": _feeling_first,
    "minimising": _flagged("n_minimising", Flag.MINIMISING),
    "unanswered": _flagged("n_unanswered", Flag.UNANSWERED),
    "stacked": _flagged("n_stacked", Flag.STACKED),
    "long_stretches": _long_stretches,
    "reflect_more": _reflect_more,
    "open_more": _open_more,
    "room": _room,
    "give_back": _give_back,
    "leading": _flagged("n_leading", Flag.LEADING),
    "why": _flagged("n_why", Flag.WHY),
    "safety": _safety,
    "story": _story,
    "long_answer": _long_answer,
    "unsure": _unsure,
    "advice": _unasked,
}
"""What each remark of ``wording.json`` looks for; `None` where the session does not show it."""


@cache
def wording() -> Mapping[str, Sequence[Mapping[str, object]]]:
    """Return the wording of all remarks.

    Returns
    -------
    mapping of str to sequence of mapping
        For each kind its entries in order of choice: ``id``, ``least`` (events) and ``text``.
    """
    read: Mapping[str, Sequence[Mapping[str, object]]] = json.loads(
        resources.files("reflectkit.feedback").joinpath("wording.json").read_text("utf-8")
    )
    return read


def feedback_for(
    transcript: Transcript, coded: Sequence[CodedUtterance], found: Findings, metrics: Metrics
) -> Feedback:
    """Choose and word the remarks on a session.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    found : Findings
        What measuring found.
    metrics : Metrics
        Its measures.

    Returns
    -------
    Feedback
        Empty for a session of fewer than `LEAST_UTTERANCES` worker utterances.
    """
    if len(coded) < LEAST_UTTERANCES:
        return Feedback()
    session = Session(transcript, coded, found, metrics)
    return Feedback(**{kind: _chosen(session, wording()[kind]) for kind in KINDS})


def _chosen(session: Session, entries: Sequence[Mapping[str, object]]) -> tuple[Remark, ...]:
    chosen: list[Remark] = []
    for entry in entries:
        evidence = EVIDENCE[str(entry["id"])](session)
        if evidence is not None and evidence.quotes and evidence.n >= int(str(entry["least"])):
            chosen.append(_remark(session.metrics, str(entry["id"]), str(entry["text"]), evidence))
        if len(chosen) == MOST_REMARKS:
            break
    return tuple(chosen)


def _remark(metrics: Metrics, name: str, text: str, evidence: Evidence) -> Remark:
    measured = metrics.of(evidence.measure)
    value, interval, share = measured.value, measured.interval, measured.measure.unit == "share"
    shown = value or 0.0
    if name == "client_talks":
        shown = 1 - shown
    text = text.format(
        n=f"{evidence.n:,}",
        times={1: "once", 2: "twice"}.get(evidence.n, f"{evidence.n:,} times"),
        value=f"{shown:.2f}",
        percent=f"{100 * shown:.0f} %",
        range=_range(interval, share=share),
    )
    return Remark(name, text, evidence.quotes[:MOST_QUOTES], evidence.measure, value, evidence.n, interval)


def _range(interval: tuple[float, float] | None, *, share: bool) -> str:
    if interval is None or interval[0] == interval[1]:
        return ""
    low, high = (f"{100 * end:.0f}" if share else _short(end) for end in interval)
    return f" ({low} to {high}{' %' if share else ''})"


def _short(end: float) -> str:
    return f"{end:.0f}" if end == int(end) else f"{end:.2f}"
