"""Measuring a session: all findings of this room in one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS, Behaviour, Flag, Role, Subtype
from reflectkit.measure.counts import Balance, Counting
from reflectkit.measure.disclosure import Disclosures, find_disclosures
from reflectkit.measure.flags import SURELY_SAFETY, Flagged, find_flags
from reflectkit.measure.intervals import Estimate
from reflectkit.measure.sequence import exchanges, passed_over, sequence_counts, tie_reflections
from reflectkit.measure.talk import talk_counts
from reflectkit.measure.volleys import Volleys, client_turns, says_something, volleys
from reflectkit.values import (
    CodedUtterance,
    DirectiveDisclosure,
    FlaggedPassage,
    SelfDisclosure,
    TiedReflection,
    Transcript,
    TurnSpan,
    count_words,
)

_QUESTIONS = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)
_RESTS_ON = {
    Flag.MINIMISING: (Behaviour.OTHER,),
    Flag.LEADING: _QUESTIONS,
    Flag.WHY: _QUESTIONS,
    Flag.STACKED: _QUESTIONS,
    Flag.UNANSWERED: _QUESTIONS,
}
"""Flags that are counted, with the behaviours whose shift between sessions they share."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What measuring finds in a session.

    Attributes
    ----------
    balance : Balance
        All counts.
    disclosures : tuple of DirectiveDisclosure
        Stretches in which the worker's own story steers.
    stories : tuple of SelfDisclosure
        All stretches of self-disclosure.
    flagged : tuple of FlaggedPassage
        Passages to look at.
    reflections : tuple of TiedReflection
        Reflections with the client's words they give back.
    unheard : tuple of TurnSpan
        Directives that come after a feeling the client names, before or without a reflection or validation.
    """

    balance: Balance
    disclosures: tuple[DirectiveDisclosure, ...]
    stories: tuple[SelfDisclosure, ...]
    flagged: tuple[FlaggedPassage, ...]
    reflections: tuple[TiedReflection, ...]
    unheard: tuple[TurnSpan, ...]


def measure_session(
    transcript: Transcript,
    coded: Sequence[CodedUtterance],
    *,
    session_sd: Sequence[float] = (0.0,) * len(BEHAVIOURS),
    counting: Counting = "utterance",
) -> Findings:
    """Measure a session.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    session_sd : sequence of float, length 8, optional
        Standard deviation of the shift of each behaviour's log-odds between sessions, at least 0; the model knows them.
        No shift by default.
    counting : {"utterance", "volley"}, optional
        Unit in which behaviours are counted. By volley, each behaviour counts once a volley, and open and closed questions
        of one volley are one open question (after MITI 4.2.1).

    Returns
    -------
    Findings
        Counts, stories, passages and ties.
    """
    groups = volleys(transcript, coded)
    own, flagged = find_disclosures(transcript, coded, groups), find_flags(transcript, coded, groups)
    reflections = tie_reflections(transcript, coded)
    spoken = client_turns(transcript, groups)
    found = exchanges(transcript, groups, spoken)
    passed = [passed_over(e) for e in found]
    counted = groups if counting == "volley" else [[c] for c in coded]
    says = [[says_something(c) for c in unit] for unit in counted]
    spread = dict(zip(BEHAVIOURS, session_sd, strict=True))
    estimates = {
        **_behaviour_counts(counted, says, counting, spread),
        **_advice_counts(coded, flagged, spread),
        "directives_without_listening": Estimate.of(
            sum(c is not None for c, _ in passed), [q for _, q in passed], session_sd=spread[Behaviour.DIRECTIVE]
        ),
        **_story_counts(groups, own, spread),
        **{f"n_{flag}": _flag_count(flagged, flag, spread) for flag in _RESTS_ON},
    }
    return Findings(
        Balance(
            sessions=1,
            counting=counting,
            worker_utterances=len(coded),
            worker_volleys=len(groups),
            unsure_utterances=sum(c.unsure for c in coded),
            units=sum(map(any, says)),
            reflections_tied=sum(r.client_turn is not None for r in reflections),
            reflections_repeating=sum(r.repeats for r in reflections),
            focus_returned=sum(s.returns_focus for s in own.stories),
            **_safety_counts(coded, flagged),  # type: ignore[arg-type]
            **talk_counts(transcript, frozenset(t.index for t in spoken)),
            **sequence_counts(transcript, found, spoken),
            estimates=estimates,
        ),
        own.steering,
        own.stories,
        flagged.passages,
        reflections,
        tuple(c.span for c, _ in passed if c is not None),
    )


def _behaviour_counts(
    counted: Sequence[Sequence[CodedUtterance]],
    says: Sequence[Sequence[bool]],
    counting: Counting,
    spread: Mapping[Behaviour, float],
) -> dict[str, Estimate]:
    coded = [*chain.from_iterable(counted)]
    if not coded:
        return {name: Estimate() for name in (*(f"n_{b}" for b in BEHAVIOURS), "n_question", "other_said")}
    starts = np.cumsum([0, *map(len, counted[:-1])])
    opened, closed, other = map(BEHAVIOURS.index, (*_QUESTIONS, Behaviour.OTHER))
    speaks = np.asarray([*chain.from_iterable(says)])
    probabilities = np.asarray([c.probabilities for c in coded])
    decided = np.asarray([[b in c.behaviours for b in BEHAVIOURS] for c in coded])

    def of_units(p: npt.NDArray[Any], has: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        return 1 - np.multiply.reduceat(1 - p, starts), np.logical_or.reduceat(has, starts)

    p, has = of_units(probabilities, decided)
    asks = 1 - (1 - p[:, opened]) * (1 - p[:, closed]), has[:, opened] | has[:, closed]
    other_said = of_units(probabilities[:, other] * speaks, decided[:, other] & speaks)
    if counting == "volley":  # one question at most: open, if any of them is
        has[:, closed] &= ~has[:, opened]
        p[:, closed] *= 1 - p[:, opened]
    columns: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any], tuple[Behaviour, ...]]] = {
        f"n_{b}": (p[:, i], has[:, i], (b,)) for i, b in enumerate(BEHAVIOURS)
    }
    columns |= {"n_question": (*asks, _QUESTIONS), "other_said": (*other_said, (Behaviour.OTHER,))}
    return {
        name: Estimate.of(int(yes.sum()), chance.tolist(), session_sd=max(map(spread.__getitem__, behaviours)))
        for name, (chance, yes, behaviours) in columns.items()
    }


def _advice_counts(
    coded: Sequence[CodedUtterance], flagged: Flagged, spread: Mapping[Behaviour, float]
) -> dict[str, Estimate]:
    agreed = {(p.turn, p.start) for p in flagged.passages if p.flag is Flag.WITH_PERMISSION}
    advice = [(c, (c.utterance.turn, c.utterance.start) in agreed) for c in coded]

    def count(asked: bool) -> Estimate:
        return Estimate.of(
            sum(a is asked and c.has(Behaviour.DIRECTIVE) for c, a in advice),
            [c.probability(Behaviour.DIRECTIVE) * (a is asked) for c, a in advice],
            session_sd=spread[Behaviour.DIRECTIVE],
        )

    return {"directives_with_permission": count(True), "directives_without_permission": count(False)}


def _story_counts(groups: Volleys, own: Disclosures, spread: Mapping[Behaviour, float]) -> dict[str, Estimate]:
    coded = [c for volley in groups for c in volley]
    has = [c.has(Behaviour.SELF_DISCLOSURE) for c in coded]
    p = [c.probability(Behaviour.SELF_DISCLOSURE) for c in coded]
    words = [count_words(c.utterance.text) for c in coded]
    # A stretch begins where one utterance is a story and the one before it in the volley is not.
    follows = [i > 0 for volley in groups for i in range(len(volley))]
    begins = [q * (1 - p[i - 1] if follows[i] else 1) for i, q in enumerate(p)]
    of_stories = spread[Behaviour.SELF_DISCLOSURE]
    of_steering = max(of_stories, spread[Behaviour.DIRECTIVE])
    kinds: dict[str, Subtype | None] = {
        "directive_disclosure_count": None,
        "directive_disclosures_steer": Subtype.STEER,
        "directive_disclosures_with_permission": Subtype.WITH_PERMISSION,
    }
    found = {
        name: Estimate.of(
            sum(kind in (None, d.subtype) for d in own.steering),
            [q for subtype, q in own.probabilities if kind in (None, subtype)],
            session_sd=of_steering,
        )
        for name, kind in kinds.items()
    }
    told = sum(map(mul, words, has))
    return {
        "self_disclosures": Estimate.of(len(own.stories), begins, session_sd=of_stories),
        "self_disclosure_words": Estimate.of(told, p, sizes=words, session_sd=of_stories),
        **found,
    }


def _flag_count(flagged: Flagged, flag: Flag, spread: Mapping[Behaviour, float]) -> Estimate:
    return Estimate.of(
        sum(p.flag is flag for p in flagged.passages),
        flagged.chances.get(flag, ()),
        session_sd=max(spread[b] for b in _RESTS_ON[flag]),
    )


def asked_about_safety(coded: Sequence[CodedUtterance], passages: Iterable[FlaggedPassage]) -> list[CodedUtterance]:
    """Find the questions that are about safety more probably than not; passages to read begin far lower.

    Parameters
    ----------
    coded : sequence of CodedUtterance
        The worker's utterances.
    passages : iterable of FlaggedPassage
        As from `reflectkit.measure.flags.find_flags`.

    Returns
    -------
    list of CodedUtterance
        In order; none that is unsure.
    """
    surely = {
        (p.turn, p.start)
        for p in passages
        if p.flag is Flag.SAFETY and p.role is Role.WORKER and p.probability >= SURELY_SAFETY
    }
    return [c for c in coded if (c.utterance.turn, c.utterance.start) in surely and c.has(*_QUESTIONS) and not c.unsure]


def _safety_counts(coded: Sequence[CodedUtterance], flagged: Flagged) -> dict[str, int]:
    safety = [p for p in flagged.passages if p.flag is Flag.SAFETY]
    return {
        "safety_questions": len(asked_about_safety(coded, flagged.passages)),
        "worker_safety_passages": sum(p.role is Role.WORKER for p in safety),
        "client_safety_passages": sum(p.role is Role.CLIENT for p in safety),
    }
