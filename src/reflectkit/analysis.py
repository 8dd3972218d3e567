"""The result of `reflectkit.analyze`: values, and the forms people and programs want them in.

Every form carries the signature, so that a number can always be traced to the version, model, codebook and conventions
that made it. Same input, same bytes out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from reflectkit import interchange
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import TranscriptError
from reflectkit.feedback import Feedback, Norm, feedback_for, norms_for
from reflectkit.files import written
from reflectkit.lazy import pd
from reflectkit.measure import Balance, Findings, Metrics
from reflectkit.measure.talk import WINDOW_TURNS, windows
from reflectkit.report import page, text
from reflectkit.report.page import Quotes
from reflectkit.values import (
    CodedUtterance,
    DirectiveDisclosure,
    FlaggedPassage,
    ReadOnly,
    SelfDisclosure,
    TiedReflection,
    Transcript,
    TurnSpan,
)

UTTERANCE_COLUMNS: tuple[str, ...] = (
    "session", "turn", "row", "start", "end", "speaker", "text", "start_s", "behaviours",
    *(b.value for b in BEHAVIOURS), *(f"p_{b.value}" for b in BEHAVIOURS), "unsure", "evidence",
)  # fmt: skip
"""Columns of `Analysis.utterances`."""

DISCLOSURE_COLUMNS = ("session", "turns", "rows", "subtype", "story", "steering", "returns_focus")
"""Columns of `Analysis.directive_disclosures`."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `Analysis.to_dict`.

    Returns
    -------
    dict
        A schema of draft 2020-12; the caller's own, to change at will.
    """
    schema: dict[str, Any] = json.loads(
        resources.files("reflectkit.schema").joinpath("analysis-1.json").read_text("utf-8")
    )
    return schema


@dataclass(frozen=True, slots=True, repr=False)
class Analysis:
    """What `reflectkit.analyze` found in a session.

    Attributes
    ----------
    transcript : Transcript
        The session as read, with roles and notes.
    coded : tuple of CodedUtterance
        The worker's utterances with behaviours, probabilities and evidence.
    found : Findings
        What measuring found: counts, stories, passages, ties; the properties below give its parts.
    model : mapping of str to str
        ``name``, ``sha256``, ``licence`` of the model.
    signature : str
        Version, model, codebook and conventions that made the numbers.
    """

    transcript: Transcript
    coded: tuple[CodedUtterance, ...]
    found: Findings
    model: Mapping[str, str] = field(hash=False)
    signature: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", ReadOnly(self.model))

    @property
    def session(self) -> str:
        """Name of the session."""
        return self.transcript.session

    @property
    def balance(self) -> Balance:
        """All counts; balances of several sessions add up."""
        return self.found.balance

    @property
    def disclosures(self) -> tuple[DirectiveDisclosure, ...]:
        """Stretches in which the worker's own story steers the client, in order."""
        return self.found.disclosures

    @property
    def stories(self) -> tuple[SelfDisclosure, ...]:
        """All stretches of self-disclosure, in order."""
        return self.found.stories

    @property
    def flagged(self) -> tuple[FlaggedPassage, ...]:
        """Passages to look at, by the codebook's flags, in order."""
        return self.found.flagged

    @property
    def reflections(self) -> tuple[TiedReflection, ...]:
        """Reflections with the client's words they give back, in order."""
        return self.found.reflections

    @property
    def metrics(self) -> Metrics:
        """Named measures: ``metrics["talk_ratio"]``, ``metrics.to_frame()``; undefined is `None`."""
        return self.balance.metrics()

    @property
    def feedback(self) -> Feedback:
        """What worker and supervisor may look at together: strengths first, each remark bound to quotes."""
        return feedback_for(self.transcript, self.coded, self.found, self.metrics)

    @property
    def context(self) -> tuple[Norm, ...]:
        """What some measures are elsewhere; empty for sessions too short to be compared with anything."""
        return norms_for(self.metrics)

    @property
    def utterances(self) -> pd.DataFrame:
        """One row a worker utterance.

        Columns are ``session, turn, row, start, end, speaker, text, start_s`` (seconds, NaN if unknown), ``behaviours``
        (tuple of str), one boolean column a behaviour under its name, one probability ``p_<behaviour>`` in [0, 1] a
        behaviour, ``unsure``, and ``evidence`` (tuple of ``(behaviour, start, end)``, offsets into the turn's text).
        A new frame at each access.
        """
        rows = []
        for c in self.coded:
            u = c.utterance
            rows.append((
                self.session, u.turn, u.row, u.start, u.end, u.speaker, u.text, u.start_s,
                tuple(b.value for b in c.behaviours), *(b in c.behaviours for b in BEHAVIOURS), *c.probabilities, c.unsure,
                tuple((e.behaviour.value, e.start, e.end) for e in c.evidence),
            ))  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(UTTERANCE_COLUMNS))
        kinds: dict[str, str] = dict.fromkeys(("turn", "row", "start", "end"), "int64")
        kinds |= dict.fromkeys((b.value for b in BEHAVIOURS), "bool") | {"unsure": "bool", "start_s": "float64"}
        kinds |= dict.fromkeys((f"p_{b.value}" for b in BEHAVIOURS), "float64")
        return frame.astype(kinds)

    @property
    def turns(self) -> pd.DataFrame:
        """One row a turn: ``session, turn, row, role, speaker, text, words, start_s, end_s``. A new frame at each access."""
        return self.transcript.to_frame()

    @property
    def directive_disclosures(self) -> pd.DataFrame:
        """One row a stretch of directive-disclosure.

        Columns are ``session``, ``turns`` and ``rows`` (tuples of int), ``subtype`` (``"steer"`` or ``"with_permission"``), ``story`` and
        ``steering`` (tuples of ``(turn, start, end)``, offsets into the turn's text) and ``returns_focus`` (bool).
        """
        rows = [
            (self.session, d.turns, d.rows, d.subtype.value, _tuples(d.story), _tuples(d.steering), d.returns_focus)
            for d in self.disclosures
        ]
        return pd.DataFrame(rows, columns=list(DISCLOSURE_COLUMNS)).astype({"returns_focus": "bool"})

    @property
    def self_disclosures(self) -> pd.DataFrame:
        """One row a stretch of self-disclosure.

        Columns are ``session``, ``turns`` and ``rows`` (tuples of int), ``story`` (tuple of ``(turn, start, end)``), ``words``,
        ``returns_focus`` (bool) and ``steers`` (``""``, ``"steer"`` or ``"with_permission"``).
        """
        rows = [
            (
                self.session,
                d.turns,
                d.rows,
                _tuples(d.story),
                d.words,
                d.returns_focus,
                d.steers.value if d.steers else "",
            )
            for d in self.stories
        ]
        columns = ["session", "turns", "rows", "story", "words", "returns_focus", "steers"]
        return pd.DataFrame(rows, columns=columns).astype({"words": "int64", "returns_focus": "bool"})

    @property
    def flags(self) -> pd.DataFrame:
        """One row a flagged passage.

        Columns are ``session, turn, row, start, end`` (offsets into the turn's text), ``role, flag, probability, text``.
        """
        rows = [
            (self.session, p.turn, p.row, p.start, p.end, p.role.value, p.flag.value, p.probability, self.quote(p))
            for p in self.flagged
        ]
        columns = ["session", "turn", "row", "start", "end", "role", "flag", "probability", "text"]
        kinds = {**dict.fromkeys(("turn", "row", "start", "end"), "int64"), "probability": "float64"}
        return pd.DataFrame(rows, columns=columns).astype(kinds)

    @property
    def tied_reflections(self) -> pd.DataFrame:
        """One row a reflection.

        Columns are ``session, turn, row, start, end``, ``client_turn`` (the turn it gives back; missing if none),
        ``given_back`` (tuple of ``(turn, start, end)``), ``shared`` (share of its content words) and ``repeats`` (bool).
        """
        rows = [
            (self.session, r.turn, r.row, r.start, r.end, r.client_turn, _tuples(r.given_back), r.shared, r.repeats)
            for r in self.reflections
        ]
        columns = ["session", "turn", "row", "start", "end", "client_turn", "given_back", "shared", "repeats"]
        kinds = {
            **dict.fromkeys(("turn", "row", "start", "end"), "int64"),
            "client_turn": "Int64",
            "shared": "float64",
            "repeats": "bool",
        }
        return pd.DataFrame(rows, columns=columns).astype(kinds)

    @property
    def responses(self) -> pd.DataFrame:
        """How long the client's answers are after each behaviour, against the session's own mean.

        One row a behaviour: ``behaviour``, ``n`` (answers after volleys that end in it), ``client_words`` (mean), ``baseline``
        (mean of all client turns that are more than a listening sound), ``ratio, low, high``; NaN where too few.
        """
        b, metrics = self.balance, self.metrics
        baseline = b.answer_words / b.answer_turns if b.answer_turns else None
        rows = []
        for i, behaviour in enumerate(BEHAVIOURS):
            name, n = f"answer_after_{behaviour}", b.answers_after[i]
            low, high = metrics.interval(name) or (None, None)
            mean = b.words_after[i] / n if n and metrics[name] is not None else None
            rows.append((behaviour.value, n, mean, baseline, metrics[name], low, high))
        columns = ["behaviour", "n", "client_words", "baseline", "ratio", "low", "high"]
        return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], "float64"))

    @property
    def thirds(self) -> pd.DataFrame:
        """Balance in the thirds of the session's words: ``third`` (1 to 3), ``worker_words, client_words, worker_talk_share``."""
        rows = [
            (k, w, c, w / (w + c) if w + c else None)
            for k, (w, c) in enumerate(
                zip(self.balance.worker_third_words, self.balance.client_third_words, strict=True), 1
            )
        ]
        columns = ["third", "worker_words", "client_words", "worker_talk_share"]
        return pd.DataFrame(rows, columns=columns).astype({"worker_talk_share": "float64"})

    def windows(self, turns: int = WINDOW_TURNS) -> pd.DataFrame:
        """Return the balance in sliding windows.

        Parameters
        ----------
        turns : int, optional
            Turns of worker and client in a window, at least 1; windows move by half of that.

        Returns
        -------
        pandas.DataFrame
            Columns ``first_turn, last_turn, worker_words, client_words, worker_talk_share`` (NaN without words).

        Raises
        ------
        ValueError
            If `turns` is below 1.
        """
        if turns < 1:
            raise ValueError(f"a window holds at least one turn, not {turns}.")
        rows = [(*w, w[2] / (w[2] + w[3]) if w[2] + w[3] else None) for w in windows(self.transcript, turns)]
        columns = ["first_turn", "last_turn", "worker_words", "client_words", "worker_talk_share"]
        return pd.DataFrame(rows, columns=columns).astype({"worker_talk_share": "float64"})

    def quote(self, span: TurnSpan | FlaggedPassage | tuple[int, int, int]) -> str:
        """Return the words of a stretch.

        Parameters
        ----------
        span : TurnSpan, FlaggedPassage or tuple of (int, int, int)
            Turn, start and end, as in the quotes of `feedback` and in the columns ``story``, ``steering`` and ``given_back``.

        Returns
        -------
        str
            As they stand in the transcript.

        Examples
        --------
        >>> import reflectkit
        >>> a = reflectkit.analyze([("Worker", "You came. What was Sunday like?"), ("Client", "Long.")])
        >>> a.quote((0, 0, 9))
        'You came.'
        """
        turn, start, end = span if isinstance(span, tuple) else (span.turn, span.start, span.end)
        return self.transcript.turns[turn].text[start:end]

    def to_frame(self) -> pd.DataFrame:
        """Return the utterances with the signature.

        Returns
        -------
        pandas.DataFrame
            As `utterances`, with a last column ``signature``.
        """
        return self.utterances.assign(signature=self.signature)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain lists, dicts, strings and numbers.

        Returns
        -------
        dict
            Fits `json_schema`; undefined and unknown are `None`.
        """
        return interchange.to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Analysis:
        """Read an analysis from its plain form.

        Parameters
        ----------
        data : mapping
            As `to_dict` writes it.

        Returns
        -------
        Analysis
            Equal to the one that was written.

        Raises
        ------
        TranscriptError
            If it is not of this form, of another version, or damaged.
        """
        return cls(**interchange.from_dict(data))

    @classmethod
    def from_json(cls, text: str) -> Analysis:
        """Read an analysis from JSON.

        Parameters
        ----------
        text : str
            As `to_json` writes it.

        Returns
        -------
        Analysis
            Equal to the one that was written.

        Raises
        ------
        TranscriptError
            If it is not JSON of this form, of another version, or damaged.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise TranscriptError("this is no JSON.", "Give what Analysis.to_json() wrote.") from None
        return cls.from_dict(data)

    def to_json(self, path: str | os.PathLike[str] | None = None, *, indent: int | None = 2) -> str:
        """Return everything as JSON.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.
        indent : int or None, optional
            Spaces for each level; `None` for one line.

        Returns
        -------
        str
            Fits `json_schema`, ends in a line break; undefined and unknown are ``null``.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        return written(interchange.as_json(self.to_dict(), indent=indent), path)

    def summary(self) -> str:
        """Return a page of text: who talked how much, what the worker did, what to look at, and the signature.

        Returns
        -------
        str
            Plain text, lines of at most 100 characters (the signature may be longer), without words of the transcript
            except speaker labels.
        """
        return text.summary(self)

    def to_html(self, path: str | os.PathLike[str] | None = None, *, quotes: Quotes = "full") -> str:
        """Return the report as one self-contained page.

        Parameters
        ----------
        path : path, optional
            File to write, whole or not at all; only its owner can read it.
        quotes : {"full", "masked", "none"}, optional
            Words shown: all; with what screening finds replaced by placeholders (it misses some); or
            none at all, speakers' labels and the session's name included.

        Returns
        -------
        str
            A whole HTML document that asks nobody for anything: style, script and charts stand in it.

        Raises
        ------
        ValueError
            If there is no such `quotes`.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import reflectkit
        >>> a = reflectkit.analyze([("Worker", "What was Sunday like for you?"), ("Client", "Long. Nobody rang me.")])
        >>> "Sunday" in a.to_html(), "Sunday" in a.to_html(quotes="none")
        (True, False)
        """
        return written(page.session_page(self, self._shown(quotes), quotes), path)

    def _shown(self, quotes: Quotes) -> Transcript | None:
        """Return the transcript whose words a page shows."""
        if quotes == "full":
            return self.transcript
        if quotes == "none":
            return None
        if quotes == "masked":
            from reflectkit.identifiers import mask

            return mask(self.transcript)
        raise ValueError(f"there are no quotes {quotes!r}. Use 'full', 'masked' or 'none'.")

    def _repr_html_(self) -> str:
        return page.compact(self)

    def __repr__(self) -> str:
        return f"Analysis({self.session!r}, {len(self.coded)} worker utterances, {self.signature})"


def _tuples(spans: tuple[TurnSpan, ...]) -> tuple[tuple[int, int, int], ...]:
    return tuple((s.turn, s.start, s.end) for s in spans)
