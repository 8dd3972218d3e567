"""The result of `reflectkit.analyze`: values, and the forms people and programs want them in.

Every form carries the signature, so that a number can always be traced to the version, model, codebook and conventions
that made it. Same input, same bytes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from reflectkit.codebook import BEHAVIOURS
from reflectkit.measure.counts import Balance, Metrics
from reflectkit.measure.definitions import BY_NAME
from reflectkit.report import page, text
from reflectkit.values import CodedUtterance, DirectiveDisclosure, Transcript, TurnSpan

if TYPE_CHECKING:
    import pandas as pd

    from reflectkit.report.page import Quotes

SCHEMA_VERSION = "1.0"
"""Version of the JSON form: the first number rises when a reader must change, the second when something is added."""

UTTERANCE_COLUMNS: tuple[str, ...] = (
    "session", "turn", "row", "start", "end", "speaker", "text", "start_s", "behaviours",
    *(b.value for b in BEHAVIOURS), *(f"p_{b.value}" for b in BEHAVIOURS), "unsure", "evidence",
)  # fmt: skip
"""Columns of `Analysis.utterances`."""

DISCLOSURE_COLUMNS = ("session", "turns", "rows", "subtype", "story", "steering", "returns_focus")
"""Columns of `Analysis.directive_disclosures`."""


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `Analysis.to_dict`.

    Returns
    -------
    dict
        A schema of draft 2020-12.
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
    disclosures : tuple of DirectiveDisclosure
        Stretches in which the worker's own story steers the client.
    balance : Balance
        Counts; balances of several sessions add up.
    model : mapping of str to str
        ``name``, ``sha256``, ``licence`` of the model.
    signature : str
        Version, model, codebook and conventions that made the numbers.
    """

    transcript: Transcript
    coded: tuple[CodedUtterance, ...]
    disclosures: tuple[DirectiveDisclosure, ...]
    balance: Balance
    model: Mapping[str, str]
    signature: str

    @property
    def session(self) -> str:
        """Name of the session."""
        return self.transcript.session

    @property
    def metrics(self) -> Metrics:
        """Named measures: ``metrics["talk_ratio"]``, ``metrics.to_frame()``; undefined is `None`."""
        return self.balance.metrics()

    @property
    def utterances(self) -> pd.DataFrame:
        """One row a worker utterance.

        Columns are ``session, turn, row, start, end, speaker, text, start_s`` (seconds, NaN if unknown), ``behaviours``
        (tuple of str), one boolean column a behaviour under its name, one probability ``p_<behaviour>`` in [0, 1] a
        behaviour, ``unsure``, and ``evidence`` (tuple of ``(behaviour, start, end)``, offsets into the turn's text).
        A new frame at each access.
        """
        import pandas as pd

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
        import pandas as pd

        rows = [
            (self.session, d.turns, d.rows, d.subtype.value, _tuples(d.story), _tuples(d.steering), d.returns_focus)
            for d in self.disclosures
        ]
        return pd.DataFrame(rows, columns=list(DISCLOSURE_COLUMNS)).astype({"returns_focus": "bool"})

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
        t = self.transcript
        metrics = self.metrics
        return {
            "schema_version": SCHEMA_VERSION,
            "signature": self.signature,
            "session": self.session,
            "model": dict(self.model),
            "source": {
                "format": t.format,
                "format_reason": t.format_reason,
                "rows_are_units": t.rows_are_units,
                "notes": [
                    {"kind": n.kind, "message": n.message, "row": n.row, "line": n.line, "count": n.count}
                    for n in t.notes
                ],
            },
            "roles": {
                "worker": list(t.roles.worker),
                "client": list(t.roles.client),
                "other": list(t.roles.other),
                "basis": t.roles.basis,
                "confidence": t.roles.confidence,
            },
            "metrics": {
                name: {"value": value, "low": low, "high": high, "n": metrics.base(name), "unit": BY_NAME[name].unit}
                for name, value in metrics.items()
                for low, high in [metrics.interval(name) or (None, None)]
            },
            "directive_disclosures": [
                {
                    "turns": list(d.turns),
                    "rows": list(d.rows),
                    "subtype": d.subtype.value,
                    "story": [_span(s) for s in d.story],
                    "steering": [_span(s) for s in d.steering],
                    "returns_focus": d.returns_focus,
                }
                for d in self.disclosures
            ],
            "turns": [
                {
                    "turn": turn.index,
                    "row": turn.row,
                    "role": turn.role.value,
                    "speaker": turn.speaker,
                    "text": turn.text,
                    "words": turn.words,
                    "start_s": turn.start_s,
                    "end_s": turn.end_s,
                }
                for turn in t.turns
            ],
            "utterances": [
                {
                    "turn": c.utterance.turn,
                    "row": c.utterance.row,
                    "start": c.utterance.start,
                    "end": c.utterance.end,
                    "speaker": c.utterance.speaker,
                    "text": c.utterance.text,
                    "start_s": c.utterance.start_s,
                    "behaviours": [b.value for b in c.behaviours],
                    "probabilities": {b.value: p for b, p in zip(BEHAVIOURS, c.probabilities, strict=True)},
                    "unsure": c.unsure,
                    "evidence": [
                        {"behaviour": e.behaviour.value, "start": e.start, "end": e.end, "weight": e.weight}
                        for e in c.evidence
                    ],
                }
                for c in self.coded
            ],
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return everything as JSON.

        Parameters
        ----------
        indent : int or None, optional
            Spaces for each level; `None` for one line.

        Returns
        -------
        str
            Fits `json_schema`, ends in a line break; undefined and unknown are ``null``.
        """
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent) + "\n"

    def summary(self) -> str:
        """Return a page of text: who talked how much, what the worker did, what to look at, and the signature.

        Returns
        -------
        str
            Plain text, lines of at most 100 characters (the signature may be longer), without words of the transcript
            except speaker labels.
        """
        return text.summary(self)

    def to_html(self, *, quotes: Quotes = "full") -> str:
        """Return the report as one self-contained page.

        Parameters
        ----------
        quotes : {"full", "masked", "none"}, optional
            Words shown: all; with what screening takes for identifying replaced by placeholders (it misses some); or
            none at all, speakers' labels and the session's name included.

        Returns
        -------
        str
            A whole HTML document that asks nobody for anything: style, script and charts stand in it.

        Raises
        ------
        ValueError
            If there is no such `quotes`.

        Examples
        --------
        >>> import reflectkit
        >>> a = reflectkit.analyze([("Worker", "What was Sunday like for you?"), ("Client", "Long. Nobody rang me.")])
        >>> "Sunday" in a.to_html(), "Sunday" in a.to_html(quotes="none")
        (True, False)
        """
        return page.session_page(self, self._shown(quotes), quotes)

    def _shown(self, quotes: Quotes) -> Transcript | None:
        """Return the transcript whose words a page shows."""
        if quotes == "full":
            return self.transcript
        if quotes == "none":
            return None
        raise ValueError(f"there are no quotes {quotes!r}. Use 'full' or 'none'.")

    def _repr_html_(self) -> str:
        return page.compact(self)

    def __repr__(self) -> str:
        return f"Analysis({self.session!r}, {len(self.coded)} worker utterances, {self.signature})"


def _span(span: TurnSpan) -> dict[str, int]:
    return {"turn": span.turn, "start": span.start, "end": span.end}


def _tuples(spans: tuple[TurnSpan, ...]) -> tuple[tuple[int, int, int], ...]:
    return tuple((s.turn, s.start, s.end) for s in spans)
