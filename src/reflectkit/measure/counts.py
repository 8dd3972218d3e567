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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from reflectkit.codebook import BEHAVIOURS, Behaviour, Role
from reflectkit.measure.definitions import BY_NAME, MEASURES
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript

if TYPE_CHECKING:
    import pandas as pd

_QUESTIONS = (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)
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

    def __add__(self, other: Balance) -> Balance:
        if not isinstance(other, Balance):
            return NotImplemented
        summed: dict[str, object] = {}
        for field in fields(Balance):
            a, b = getattr(self, field.name), getattr(other, field.name)
            if a is None or b is None:
                summed[field.name] = None
            elif field.name == "behaviours":
                summed[field.name] = tuple(x + y for x, y in zip(a, b, strict=True))
            else:
                summed[field.name] = max(a, b) if field.name in _MAXIMA else a + b
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
        return Metrics(values, self._bases())

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
    """

    __slots__ = ("_bases", "_values")

    def __init__(self, values: Mapping[str, float | int | None], bases: Mapping[str, int]) -> None:
        self._values = dict(values)
        self._bases = dict(bases)

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

    def to_frame(self) -> pd.DataFrame:
        """Return one row a measure.

        Returns
        -------
        pandas.DataFrame
            Indexed by measure name; columns ``value, low, high`` (float, NaN where undefined), ``n`` (what it rests on)
            and ``unit``. `low` and `high` are NaN until intervals are known.
        """
        import pandas as pd

        rows = [(value, None, None, self._bases[name], BY_NAME[name].unit) for name, value in self._values.items()]
        frame = pd.DataFrame(
            rows, index=pd.Index(list(self._values), name="measure"), columns=["value", "low", "high", "n", "unit"]
        )
        return frame.astype({"value": "float64", "low": "float64", "high": "float64", "n": "int64"})


def balance(
    transcript: Transcript, coded: Sequence[CodedUtterance], disclosures: Iterable[DirectiveDisclosure] = ()
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
    )


def _seconds(transcript: Transcript, role: Role) -> float | None:
    if not transcript.has_times:
        return None
    pieces = [p for t in transcript.turns if t.role is role and t.words for p in t.pieces]
    if any(p.start_s is None or p.end_s is None for p in pieces):
        return None
    return round(sum(max(0.0, (p.end_s or 0.0) - (p.start_s or 0.0)) for p in pieces), 3)
