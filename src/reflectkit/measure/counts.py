"""Counts of a session, and the ratios taken from them last.

A `Balance` holds counts only. Balances add up: the balance of a caseload is the sum over its sessions, and its ratios
are ratios of sums, not means of ratios.

Examples
--------
>>> a = Balance(worker_words=10, client_words=5)
>>> b = Balance(worker_words=20, client_words=25)
>>> (a + b).talk_ratio
1.0
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS, Behaviour, Role
from reflectkit.measure.definitions import BY_NAME, MEASURES
from reflectkit.measure.intervals import Interval, count_interval, ratio_interval
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript

if TYPE_CHECKING:
    import pandas as pd

_QUESTIONS = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)
_NONE = (0.0,) * len(BEHAVIOURS)
_MAXIMA = ("longest_worker_turn_words", "longest_client_turn_words")


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts of one session or of several.

    Attributes
    ----------
    worker_words, client_words, worker_turns, client_turns : int
        Talk by role.
    worker_seconds, client_seconds : float or None
        Talking time, `None` if any spoken row lacks a time.
    longest_worker_turn_words, longest_client_turn_words : int
        Largest over turns (and over sessions, when added).
    worker_utterances, unsure_utterances, questions : int
        All utterances; those marked unsure; those that carry an open or closed question.
    behaviours : tuple of int
        Utterances that carry each of `BEHAVIOURS`.
    directive_disclosures : int
        Stretches of directive-disclosure.
    expected, variance : tuple of float
        Mean and variance of the count an annotator would give each of `BEHAVIOURS` (see `reflectkit.measure.intervals`).
    """

    worker_words: int = 0
    client_words: int = 0
    worker_turns: int = 0
    client_turns: int = 0
    worker_seconds: float | None = 0.0
    client_seconds: float | None = 0.0
    longest_worker_turn_words: int = 0
    longest_client_turn_words: int = 0
    worker_utterances: int = 0
    unsure_utterances: int = 0
    questions: int = 0
    behaviours: tuple[int, ...] = (0,) * len(BEHAVIOURS)
    directive_disclosures: int = 0
    expected: tuple[float, ...] = field(default=(0.0,) * len(BEHAVIOURS), compare=False)
    variance: tuple[float, ...] = field(default=(0.0,) * len(BEHAVIOURS), compare=False)

    def __add__(self, other: Balance) -> Balance:
        if not isinstance(other, Balance):
            return NotImplemented
        summed: dict[str, object] = {}
        for name in (f.name for f in fields(Balance)):
            a, b = getattr(self, name), getattr(other, name)
            if a is None or b is None:
                summed[name] = None
            elif isinstance(a, tuple):
                summed[name] = tuple(x + y for x, y in zip(a, b, strict=True))
            else:
                summed[name] = max(a, b) if name in _MAXIMA else a + b
        return Balance(**summed)  # type: ignore[arg-type]

    def __radd__(self, other: object) -> Balance:
        return self if other == 0 else NotImplemented

    def n(self, behaviour: Behaviour) -> int:
        """Return how many utterances carry a behaviour.

        Parameters
        ----------
        behaviour : Behaviour
            The behaviour.

        Returns
        -------
        int
            At least 0.
        """
        return self.behaviours[BEHAVIOURS.index(behaviour)]

    @property
    def talk_ratio(self) -> float | None:
        """Worker's words for each word of the client; `None` when the client said nothing."""
        return _ratio(self.worker_words, self.client_words)

    @property
    def worker_talk_share(self) -> float | None:
        """Worker's share of the words in [0, 1]; `None` when nobody said anything."""
        return _ratio(self.worker_words, self.worker_words + self.client_words)

    @property
    def worker_time_share(self) -> float | None:
        """Worker's share of the talking time in [0, 1]; `None` without times."""
        if self.worker_seconds is None or self.client_seconds is None:
            return None
        return _ratio(self.worker_seconds, self.worker_seconds + self.client_seconds)

    @property
    def open_question_share(self) -> float | None:
        """Open among all questions in [0, 1]; `None` without questions."""
        opened, closed = (self.n(b) for b in _QUESTIONS)
        return _ratio(opened, opened + closed)

    @property
    def reflections_per_question(self) -> float | None:
        """Reflections for each utterance that asks; `None` without questions."""
        return _ratio(self.n(Behaviour.REFLECTION), self.questions)

    def metrics(self) -> Metrics:
        """Return all measures.

        Returns
        -------
        Metrics
            In the order of `reflectkit.measure.definitions.MEASURES`.
        """
        values: dict[str, float | int | None] = {}
        for measure in MEASURES:
            if measure.name.startswith("n_"):
                values[measure.name] = self.n(Behaviour(measure.name.removeprefix("n_")))
            elif measure.name == "directive_disclosure_count":
                values[measure.name] = self.directive_disclosures
            else:
                values[measure.name] = getattr(self, measure.name)
        return Metrics(values, self._bases(), self._intervals(values))

    def _intervals(self, values: Mapping[str, float | int | None]) -> dict[str, Interval | None]:
        """Intervals of what the model estimates; what is only counted is exact."""
        moments = dict(zip(BEHAVIOURS, zip(self.expected, self.variance, strict=True), strict=True))
        opened, closed, reflected = (moments[b] for b in (*_QUESTIONS, Behaviour.REFLECTION))
        found: dict[str, Interval | None] = {
            name: None if value is None else (float(value), float(value)) for name, value in values.items()
        }
        for b, (mean, variance) in moments.items():
            found[f"n_{b}"] = count_interval(self.n(b), mean, variance, self.worker_utterances)
        share, ratio = values["open_question_share"], values["reflections_per_question"]
        if share is not None:
            found["open_question_share"] = ratio_interval(share, opened, (closed,), whole=True)
        if ratio is not None:
            found["reflections_per_question"] = ratio_interval(ratio, reflected, (opened, closed), whole=False)
        found["directive_disclosure_count"] = None
        return found

    def _bases(self) -> dict[str, int]:
        words = self.worker_words + self.client_words
        by_unit = {"words": words, "turns": self.worker_turns + self.client_turns, "utterances": self.worker_utterances}
        bases = {m.name: by_unit.get(m.unit, self.worker_utterances) for m in MEASURES}
        bases |= {
            "talk_ratio": words,
            "worker_talk_share": words,
            "worker_time_share": self.worker_turns + self.client_turns,
        }
        bases |= {
            "open_question_share": sum(self.n(b) for b in _QUESTIONS),
            "reflections_per_question": self.questions,
        }
        return bases


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


class Metrics(Mapping[str, "float | int | None"]):
    """Named measures: a read-only mapping from name to value, and a frame with what each rests on.

    Parameters
    ----------
    values : mapping of str to float, int or None
        Undefined measures are `None`.
    bases : mapping of str to int
        Number of words, turns, utterances or questions each measure rests on.
    intervals : mapping of str to tuple or None, optional
        90 % interval of each measure.
    """

    __slots__ = ("_bases", "_intervals", "_values")

    def __init__(
        self,
        values: Mapping[str, float | int | None],
        bases: Mapping[str, int],
        intervals: Mapping[str, Interval | None] | None = None,
    ) -> None:
        self._values = dict(values)
        self._bases = dict(bases)
        self._intervals = dict(intervals or {})

    def __getitem__(self, name: str) -> float | int | None:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(f"there is no measure {name!r}; the measures are {', '.join(self._values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metrics) and (self._values, self._bases) == (other._values, other._bases)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        return f"Metrics({len(self)} measures)"

    def base(self, name: str) -> int:
        """Return how many words, turns, utterances or questions a measure rests on.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        int
            At least 0.
        """
        return self._bases[name]

    def interval(self, name: str) -> Interval | None:
        """Return the 90 % interval of a measure.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        tuple of (float, float) or None
            Lower and upper end; the value twice where nothing is estimated (words, turns); `None` where the measure is
            undefined or nobody knows (stretches of directive-disclosure).
        """
        return self._intervals.get(name)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a measure.

        Returns
        -------
        pandas.DataFrame
            Indexed by measure name; columns ``value, low, high`` (float, NaN where undefined), ``n`` (what it rests on)
            and ``unit``. `low` and `high` are the ends of `interval`, NaN where there is none.
        """
        import pandas as pd

        rows = [
            (value, *(self.interval(name) or (None, None)), self._bases[name], BY_NAME[name].unit)
            for name, value in self._values.items()
        ]
        frame = pd.DataFrame(
            rows, index=pd.Index(list(self._values), name="measure"), columns=["value", "low", "high", "n", "unit"]
        )
        return frame.astype({"value": "float64", "low": "float64", "high": "float64", "n": "int64"})


def balance(
    transcript: Transcript,
    coded: Sequence[CodedUtterance],
    disclosures: Iterable[DirectiveDisclosure] = (),
    *,
    dispersion: float = 1.0,
) -> Balance:
    """Count a session.

    Parameters
    ----------
    transcript : Transcript
        The session.
    coded : sequence of CodedUtterance
        Its worker utterances with their behaviours.
    disclosures : iterable of DirectiveDisclosure, optional
        Stretches found in it.
    dispersion : float, optional
        How many times more than independent events the counts of unseen sessions vary, at least 1; the model knows.

    Returns
    -------
    Balance
        The counts.
    """
    words = {role: [t.words for t in transcript.turns if t.role is role] for role in Role}
    worker, client = words[Role.WORKER], words[Role.CLIENT]
    return Balance(
        worker_words=sum(worker),
        client_words=sum(client),
        worker_turns=len(worker),
        client_turns=len(client),
        worker_seconds=_seconds(transcript, Role.WORKER),
        client_seconds=_seconds(transcript, Role.CLIENT),
        longest_worker_turn_words=max(worker, default=0),
        longest_client_turn_words=max(client, default=0),
        worker_utterances=len(coded),
        unsure_utterances=sum(c.unsure for c in coded),
        questions=sum(c.has(*_QUESTIONS) for c in coded),
        behaviours=tuple(sum(c.has(b) for c in coded) for b in BEHAVIOURS),
        directive_disclosures=len(tuple(disclosures)),
        expected=tuple(math.fsum(p) for p in zip(*(c.probabilities for c in coded), strict=True)) or _NONE,
        variance=tuple(
            dispersion * math.fsum(p * (1 - p) for p in own)
            for own in zip(*(c.probabilities for c in coded), strict=True)
        )
        or _NONE,
    )


def _seconds(transcript: Transcript, role: Role) -> float | None:
    if not transcript.has_times:
        return None
    pieces = [p for t in transcript.turns if t.role is role and t.words for p in t.pieces]
    if any(p.start_s is None or p.end_s is None for p in pieces):
        return None
    return round(sum(max(0.0, (p.end_s or 0.0) - (p.start_s or 0.0)) for p in pieces), 3)
