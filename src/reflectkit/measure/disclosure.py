"""Directive-disclosure: the worker's own story used to steer the client, and the stories that keep company.

Within a volley (see `reflectkit.measure.volleys`) utterances that may be a story and utterances that may steer are
*candidates* for one stretch when they stand at most `NEAR` apart. A logistic model over the behaviours' probabilities,
the stretch's shape and the steering words says how probable it is that annotators would mark it; it is fitted on
annotated sessions (``python -m reflectkit.learn.passages``).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from reflectkit.codebook import Behaviour, Subtype
from reflectkit.measure.lexical import FUNCTION_WORDS, Features, log_odds, logistic, words
from reflectkit.measure.permission import permitted
from reflectkit.measure.volleys import Volleys, volleys
from reflectkit.values import CodedUtterance, DirectiveDisclosure, SelfDisclosure, Transcript, count_words

NEAR = 2
"""Utterances from a story to the directive it supports: 1 is the next one; farther off they are mostly about something else."""

POSSIBLE = 0.1
"""Probability from which an utterance may be part of a stretch: below, no sum of cues would carry it."""

_ADDRESSED = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION, Behaviour.REFLECTION, Behaviour.VALIDATION)
_STORY, _STEER = Behaviour.SELF_DISCLOSURE, Behaviour.DIRECTIVE


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Utterances of a volley that may be one stretch of directive-disclosure.

    Attributes
    ----------
    volley : sequence of CodedUtterance
        The volley they stand in.
    story, steering : tuple of int
        Positions in the volley of what may be the story, and of what may steer.
    """

    volley: Sequence[CodedUtterance]
    story: tuple[int, ...]
    steering: tuple[int, ...]

    def features(self) -> Features:
        """Return what the model looks at.

        Returns
        -------
        Features
            Log-odds of story, of steering and of their best pair; its order and distance; sizes; content words in
            common (at most two); what stands between; words of the steering utterance.
        """
        v = self.volley
        p = {i: v[i].probability(_STORY) for i in self.story}
        q = {i: v[i].probability(_STEER) for i in self.steering}
        told_most, urged_most = max(p.values()), max(q.values())
        a, b = _nearest([i for i in p if p[i] == told_most], [i for i in q if q[i] == urged_most])
        said = words(v[b].utterance.text)
        told = {w for i in self.story for w in words(v[i].utterance.text)}
        urged = {w for i in self.steering for w in words(v[i].utterance.text)}
        found = {
            "story": log_odds(told_most),
            "steering": log_odds(urged_most),
            "pair": log_odds(told_most * urged_most),
            "far": float(abs(a - b) >= NEAR),
            "one sentence": float(a == b),
            "advice first": float(b < a),
            "length": math.log(len({*self.story, *self.steering})),
            "stories": math.log(len(p)),
            "directives": math.log(len(q)),
            "shared": 0.0 if a == b else float(min(2, len((told & urged) - FUNCTION_WORDS))),
            "addressed between": float(any(v[i].has(*_ADDRESSED[:3]) for i in range(min(a, b) + 1, max(a, b)))),
            "across turns": float(v[a].utterance.turn != v[b].utterance.turn),
        }
        return Features(found, {"w": said})


def _nearest(first: Sequence[int], second: Sequence[int]) -> tuple[int, int]:
    """Return the pair of positions closest to each other, one of each ascending list; of equals the last."""
    best: tuple[int, int, int] | None = None
    for a in first:
        i = bisect_left(second, a)
        for b in second[max(0, i - 1) : i + 1]:
            best = max(best or (-abs(a - b), a, b), (-abs(a - b), a, b))
    return (first[0], second[0]) if best is None else best[1:]


def candidates(volley: Sequence[CodedUtterance]) -> list[Candidate]:
    """Return what may be a stretch of directive-disclosure in one volley.

    Parameters
    ----------
    volley : sequence of CodedUtterance
        As from `reflectkit.measure.volleys.volleys`.

    Returns
    -------
    list of Candidate
        In order, not overlapping.
    """
    story = {i for i, c in enumerate(volley) if c.probability(_STORY) >= POSSIBLE}
    steer = {i for i, c in enumerate(volley) if c.probability(_STEER) >= POSSIBLE}
    linked = sorted({i for s in story for d in steer if abs(s - d) <= NEAR for i in (s, d)})
    stretches: list[list[int]] = []
    for i in linked:
        if stretches and i - stretches[-1][-1] <= NEAR:
            stretches[-1].append(i)
        else:
            stretches.append([i])
    return [
        Candidate(volley, tuple(i for i in stretch if i in story), tuple(i for i in stretch if i in steer))
        for stretch in stretches
    ]


@dataclass(frozen=True, slots=True)
class Disclosures:
    """What was found of the worker's own stories.

    Attributes
    ----------
    steering : tuple of DirectiveDisclosure
        Stretches that steer, in order.
    stories : tuple of SelfDisclosure
        All stretches of self-disclosure, in order, those that steer among them.
    probabilities : tuple of (Subtype, float)
        Kind and probability of every candidate, also of those that were not taken.
    """

    steering: tuple[DirectiveDisclosure, ...]
    stories: tuple[SelfDisclosure, ...]
    probabilities: tuple[tuple[Subtype, float], ...]


def find_disclosures(
    transcript: Transcript, coded: Sequence[CodedUtterance], groups: Volleys | None = None
) -> Disclosures:
    """Find the worker's own stories, and the stretches in which they steer the client.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    groups : list of list of CodedUtterance, optional
        Its volleys, if they are known.

    Returns
    -------
    Disclosures
        Stories, stretches that steer, and how probable every candidate was.
    """
    model = logistic("disclosure")
    steering: list[DirectiveDisclosure] = []
    stories: list[SelfDisclosure] = []
    chances: list[tuple[Subtype, float]] = []
    for volley in volleys(transcript, coded) if groups is None else groups:
        own: list[DirectiveDisclosure] = []
        for candidate in candidates(volley):
            p = model.probability(candidate.features())
            found = _disclosure(transcript, candidate, p)
            chances.append((found.subtype, p))
            if p >= model.threshold:
                own.append(found)
        steering += own
        stories += _stories(volley, own)
    return Disclosures(tuple(steering), tuple(stories), tuple(chances))


def _disclosure(transcript: Transcript, candidate: Candidate, probability: float) -> DirectiveDisclosure:
    volley = candidate.volley
    story = _surest(volley, candidate.story, _STORY)
    steer = _surest(volley, candidate.steering, _STEER)
    first, last = min(*story, *steer), max(*story, *steer)
    # The story's own sentences before the linked ones belong to it.
    if first in story:
        told = first
        while told > 0 and volley[told - 1].has(_STORY):
            told -= 1
        story, first = (*range(told, first), *story), told
    members = volley[first : last + 1]
    freely = not any(c.has(_STEER) for c in volley[max(0, first - 3) : first])
    agreed = freely and permitted(transcript, members[0].utterance.turn)
    return DirectiveDisclosure(
        turns=tuple(dict.fromkeys(c.utterance.turn for c in members)),
        rows=tuple(dict.fromkeys(c.utterance.row for c in members)),
        subtype=Subtype.WITH_PERMISSION if agreed else Subtype.STEER,
        story=tuple(volley[i].span for i in story),
        steering=tuple(volley[i].span for i in steer),
        returns_focus=_addresses(volley, last + 1),
        probability=probability,
    )


def _surest(volley: Sequence[CodedUtterance], members: tuple[int, ...], behaviour: Behaviour) -> tuple[int, ...]:
    """Those decided to carry the behaviour; the most probable one where none was."""
    decided = tuple(i for i in members if volley[i].has(behaviour))
    return decided or (max(members, key=lambda i: volley[i].probability(behaviour)),)


def _stories(volley: Sequence[CodedUtterance], steering: Sequence[DirectiveDisclosure]) -> list[SelfDisclosure]:
    kinds = {span: d.subtype for d in steering for span in d.story}
    found: list[list[int]] = []
    for i, c in enumerate(volley):
        if c.has(_STORY):
            if found and found[-1][-1] == i - 1:
                found[-1].append(i)
            else:
                found.append([i])
    stories = []
    for stretch in found:
        members = [volley[i] for i in stretch]
        spans = tuple(c.span for c in members)
        stories.append(
            SelfDisclosure(
                turns=tuple(dict.fromkeys(s.turn for s in spans)),
                rows=tuple(dict.fromkeys(c.utterance.row for c in members)),
                story=spans,
                words=sum(count_words(c.utterance.text) for c in members),
                returns_focus=_turns_to_client(members[-1]) or _addresses(volley, stretch[-1] + 1),
                steers=next((kinds[s] for s in spans if s in kinds), None),
            )
        )
    return stories


def _turns_to_client(c: CodedUtterance) -> bool:
    """Tell whether the sentence that tells the story also asks or listens; advice in a question's clothes does not."""
    return c.has(*_ADDRESSED) and not c.has(_STEER)


def _addresses(volley: Sequence[CodedUtterance], after: int) -> bool:
    """Tell whether the volley goes on with something addressed to the client, other than advice as a question."""
    return any(map(_turns_to_client, volley[after:]))
