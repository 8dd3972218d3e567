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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.lazy import pd
from reflectkit.measure.definitions import MEASURES, Measure
from reflectkit.measure.intervals import Estimate, Interval, ratio_interval, student
from reflectkit.values import ReadOnly

Counting = Literal["utterance", "volley"]
_NO_BEHAVIOURS = (0,) * len(BEHAVIOURS)
_NOTHING = (0.0,) * len(BEHAVIOURS)
_PLACES = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Balance:
    """Counts of one session or of several.

    Attributes
    ----------
    sessions : int
        How many sessions were added up.
    counting : {"utterance", "volley"}
        Unit in which behaviours are counted; only balances counted in the same unit add up.
    worker_words, client_words, worker_turns, client_turns : int
        Talk by role.
    worker_seconds, client_seconds, session_seconds : float or None
        Talking time by role, and time from the first word to the last; `None` if any spoken row lacks a time.
    longest_worker_turn_words, longest_client_turn_words : int
        Largest over turns (and over sessions, when added).
    longest_worker_stretch_words, longest_client_stretch_words : int
        The same over stretches that only listening sounds of the other side interrupt.
    lecture_words : int
        Worker's words in long stretches (see `reflectkit.measure.talk.LECTURE_WORDS`).
    worker_listening_sounds, client_listening_sounds : int
        Turns that are nothing but a listening sound.
    worker_third_words, client_third_words : tuple of int, length 3
        Words in the first, middle and last third of the session's words.
    responses_timed, overlaps : int or None
        Worker turns right after a client's that is more than a listening sound, with times; turns that begin before the
        other side has ended.
    response_gap_seconds : float or None
        Sum of the silences before those worker turns.
    worker_utterances, worker_volleys, unsure_utterances, units : int
        All utterances; volleys; utterances marked unsure; counted units that are more than a listening sound.
    answer_turns, answer_words : int
        Client turns that are more than a listening sound, or answer a closed question with one; their words.
    answers_after, words_after, squares_after : tuple of int
        Client's answers to volleys that end in each of `BEHAVIOURS`, their words, and the squares of their words.
    expected_after, words_by_usual, usual_squares : tuple of float
        Words they would have if each were as long as the session's mean; their words times that mean; squares of that mean.
    directive_sessions, client_words_before_directive : int
        Sessions with a directive, and the client's words before the first one.
    reflections_tied, reflections_repeating, focus_returned : int
        As the measures of these names; stretches of self-disclosure after which the focus returns.
    safety_questions, worker_safety_passages, client_safety_passages : int
        As the measures of these names.
    estimates : mapping of str to Estimate
        Counts that rest on the model's decisions, by name of the measure.
    """

    sessions: int = 0
    counting: Counting = "utterance"
    worker_words: int = 0
    client_words: int = 0
    worker_turns: int = 0
    client_turns: int = 0
    worker_seconds: float | None = 0.0
    client_seconds: float | None = 0.0
    session_seconds: float | None = 0.0
    longest_worker_turn_words: int = 0
    longest_client_turn_words: int = 0
    longest_worker_stretch_words: int = 0
    longest_client_stretch_words: int = 0
    lecture_words: int = 0
    worker_listening_sounds: int = 0
    client_listening_sounds: int = 0
    worker_third_words: tuple[int, ...] = (0, 0, 0)
    client_third_words: tuple[int, ...] = (0, 0, 0)
    responses_timed: int = 0
    response_gap_seconds: float | None = 0.0
    overlaps: int | None = 0
    worker_utterances: int = 0
    worker_volleys: int = 0
    unsure_utterances: int = 0
    units: int = 0
    answer_turns: int = 0
    answer_words: int = 0
    answers_after: tuple[int, ...] = _NO_BEHAVIOURS
    words_after: tuple[int, ...] = _NO_BEHAVIOURS
    squares_after: tuple[int, ...] = _NO_BEHAVIOURS
    expected_after: tuple[float, ...] = _NOTHING
    words_by_usual: tuple[float, ...] = _NOTHING
    usual_squares: tuple[float, ...] = _NOTHING
    directive_sessions: int = 0
    client_words_before_directive: int = 0
    reflections_tied: int = 0
    reflections_repeating: int = 0
    focus_returned: int = 0
    safety_questions: int = 0
    worker_safety_passages: int = 0
    client_safety_passages: int = 0
    estimates: Mapping[str, Estimate] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", ReadOnly(self.estimates))

    def __add__(self, other: Balance) -> Balance:
        if not isinstance(other, Balance):
            return NotImplemented
        if self.sessions and other.sessions and self.counting != other.counting:
            raise ValueError(f"balances counted by {self.counting} and by {other.counting} do not add up.")
        summed: dict[str, Any] = {}
        for name in (f.name for f in fields(Balance)):
            a, b = getattr(self, name), getattr(other, name)
            if name == "counting":
                summed[name] = a if self.sessions else b
            elif name == "estimates":
                summed[name] = {k: a.get(k, Estimate()) + b.get(k, Estimate()) for k in {**a, **b}}
            elif a is None or b is None:
                summed[name] = None
            elif isinstance(a, tuple):
                summed[name] = tuple(x + y for x, y in zip(a, b, strict=True))
            else:
                summed[name] = max(a, b) if name.startswith("longest") else a + b
        return Balance(**summed)

    def __radd__(self, other: object) -> Balance:
        return self if other == 0 else NotImplemented

    def n(self, behaviour: Behaviour) -> int:
        """Return how many utterances (or volleys) carry a behaviour.

        Parameters
        ----------
        behaviour : Behaviour
            The behaviour.

        Returns
        -------
        int
            At least 0.
        """
        return self.estimate(f"n_{behaviour}").value

    def estimate(self, name: str) -> Estimate:
        """Return a count that rests on the model's decisions.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        Estimate
            Of zero if nothing was counted under that name.
        """
        return self.estimates.get(name, Estimate())

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
        """Open among all questions in [0, 1], however few; `None` without questions."""
        opened, closed = self.n(Behaviour.OPEN_QUESTION), self.n(Behaviour.CLOSED_QUESTION)
        return _ratio(opened, opened + closed)

    @property
    def reflections_per_question(self) -> float | None:
        """Reflections for each utterance that asks, however few; `None` without questions."""
        return _ratio(self.n(Behaviour.REFLECTION), self.estimate("n_question").value)

    def quantities(self) -> dict[str, Estimate | float | None]:
        """Return everything the definitions of measures name.

        Returns
        -------
        dict of str to Estimate, float or None
            An estimate where it rests on the model's decisions, a number where it is counted, `None` where it is unknown.
        """
        found: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        for place, worker, client in zip(_PLACES, self.worker_third_words, self.client_third_words, strict=True):
            found |= {f"worker_words_{place}_third": worker, f"client_words_{place}_third": client}
        for b, n, words, usual in zip(
            BEHAVIOURS, self.answers_after, self.words_after, self.expected_after, strict=True
        ):
            found |= {f"answers_after_{b}": n, f"words_after_{b}": words, f"expected_after_{b}": usual}
        found["safety_passages"] = self.worker_safety_passages + self.client_safety_passages
        return {**found, **self.estimates}

    def metrics(self) -> Metrics:
        """Return all measures.

        Returns
        -------
        Metrics
            In the order of `reflectkit.measure.definitions.MEASURES`.
        """
        quantities = self.quantities()
        return Metrics([self._measured(m, quantities) for m in MEASURES])

    def _measured(self, measure: Measure, quantities: Mapping[str, Estimate | float | None]) -> Measured:
        over = quantities.get(measure.over, Estimate())
        if not measure.under:
            base = self._base(measure)
            if isinstance(over, Estimate):
                return Measured(measure, over.value, base, over.interval())
            known = None if over is None or measure.doubted else (float(over), float(over))
            return Measured(measure, over, base, known)
        under = [quantities.get(name, Estimate()) for name in measure.under]
        if over is None or any(q is None for q in under):
            return Measured(measure, None, 0, None)
        size = sum(_value(q) for q in under)
        events = _value(quantities[measure.rests_on]) if measure.rests_on else size
        if not size or events < measure.least:
            return Measured(measure, None, math.floor(events), None)
        value = measure.scale * _value(over) / size
        interval = self._answer_interval(measure, value) if measure.rests_on else _interval(measure, value, over, under)
        return Measured(measure, value, math.floor(events), interval)

    def _answer_interval(self, measure: Measure, value: float) -> Interval:
        """Return the interval of a ratio of sums by Student's t: answers' words over their sessions' means (Cochran 1977, 6.4)."""
        i = [f"words_after_{b}" for b in BEHAVIOURS].index(measure.over)
        n, expected = self.answers_after[i], self.expected_after[i]
        squares = self.squares_after[i] - 2 * value * self.words_by_usual[i] + value**2 * self.usual_squares[i]
        half = student(n - 1) * math.sqrt(max(0.0, squares) * n / (n - 1)) / expected
        return max(0.0, value - half), value + half

    def _base(self, measure: Measure) -> int:
        by_unit = {
            "words": self.worker_words + self.client_words,
            "turns": self.worker_turns + self.client_turns,
            "passages": self.worker_utterances + self.client_turns,
            "volleys": self.worker_volleys,
        }
        return by_unit.get(measure.unit, self.worker_utterances)


def _interval(
    measure: Measure, value: float, over: Estimate | float, under: Sequence[Estimate | float | None]
) -> Interval:
    if not any(isinstance(q, Estimate) for q in (over, *under)):
        return value, value
    rest = [q for q, name in zip(under, measure.under, strict=True) if name != measure.over]
    low, high = ratio_interval(value / measure.scale, _as_estimate(over), map(_as_estimate, rest), whole=measure.whole)
    top = 1.0 if measure.unit == "share" else math.inf
    return min(value, measure.scale * low), max(value, min(top, measure.scale * high))


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def _value(quantity: Estimate | float | None) -> float:
    return quantity.value if isinstance(quantity, Estimate) else quantity or 0.0


def _as_estimate(quantity: Estimate | float | None) -> Estimate:
    return (
        quantity
        if isinstance(quantity, Estimate)
        else Estimate(mean=_value(quantity), most=math.ceil(_value(quantity)))
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of a session or a caseload.

    Attributes
    ----------
    measure : Measure
        Its definition.
    value : float, int or None
        `None` where it is undefined or rests on too little.
    base : int
        Number of words, turns, utterances or events it rests on.
    interval : tuple of (float, float) or None
        90 % interval; the value twice where it is counted and not decided; `None` where the value is, and where
        `Measure.doubted` is set.
    """

    measure: Measure
    value: float | int | None
    base: int
    interval: Interval | None

    @property
    def reason(self) -> str | None:
        """Why there is no value; `None` if there is one."""
        return None if self.value is not None else self.measure.undefined


class Metrics(Mapping[str, "float | int | None"]):
    """Named measures: a read-only mapping from name to value, and a frame with what each rests on.

    Parameters
    ----------
    measured : iterable of Measured
        In order.
    """

    __slots__ = ("_measured",)

    def __init__(self, measured: list[Measured]) -> None:
        self._measured = {m.measure.name: m for m in measured}

    def __getitem__(self, name: str) -> float | int | None:
        return self.of(name).value

    def __iter__(self) -> Iterator[str]:
        return iter(self._measured)

    def __len__(self) -> int:
        return len(self._measured)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metrics) and self._measured == other._measured

    def __hash__(self) -> int:
        return hash(tuple(self.items()))

    def __repr__(self) -> str:
        return f"Metrics({len(self)} measures)"

    def of(self, name: str) -> Measured:
        """Return everything about one measure.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        Measured
            Value, base, interval and definition.

        Raises
        ------
        KeyError
            If there is no such measure; it lists them.
        """
        try:
            return self._measured[name]
        except KeyError:
            raise KeyError(f"there is no measure {name!r}; the measures are {', '.join(self._measured)}") from None

    def base(self, name: str) -> int:
        """Return how many words, turns, utterances or events a measure rests on.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        int
            At least 0.
        """
        return self.of(name).base

    def interval(self, name: str) -> Interval | None:
        """Return the 90 % interval of a measure.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        tuple of (float, float) or None
            Lower and upper end; the value twice where it is counted and not decided (words, turns); `None` where the
            measure is undefined, and where it rests on decisions whose doubt is not estimated (`Measure.doubted`).
        """
        return self.of(name).interval

    def reason(self, name: str) -> str | None:
        """Return why a measure has no value.

        Parameters
        ----------
        name : str
            Name of the measure.

        Returns
        -------
        str or None
            Such as "there are fewer than 5 questions"; `None` if it has a value.
        """
        return self.of(name).reason

    def to_frame(self) -> pd.DataFrame:
        """Return one row a measure.

        Returns
        -------
        pandas.DataFrame
            Indexed by measure name; columns ``value, low, high`` (float, NaN where undefined), ``n`` (what it rests on),
            ``unit`` and ``reason`` (why there is no value, ``""`` if there is one).
        """
        rows = [
            (m.value, *(m.interval or (None, None)), m.base, m.measure.unit, m.reason or "")
            for m in self._measured.values()
        ]
        frame = pd.DataFrame(
            rows,
            index=pd.Index(list(self._measured), name="measure"),
            columns=["value", "low", "high", "n", "unit", "reason"],
        )
        return frame.astype({"value": "float64", "low": "float64", "high": "float64", "n": "int64"})
