"""The stable form for other programs: plain lists, dicts, strings and numbers, there and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from reflectkit.codebook import BEHAVIOURS, Behaviour, Flag, Role, Subtype
from reflectkit.errors import TranscriptError
from reflectkit.feedback import Remark
from reflectkit.measure import Balance, Findings
from reflectkit.measure.definitions import BY_NAME
from reflectkit.measure.intervals import Estimate
from reflectkit.values import (
    BASES,
    CodedUtterance,
    DirectiveDisclosure,
    Evidence,
    FlaggedPassage,
    Note,
    Piece,
    RoleAssignment,
    SelfDisclosure,
    TiedReflection,
    Transcript,
    Turn,
    TurnSpan,
    Utterance,
)

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis

SCHEMA_VERSION = "1.1"
"""Version of the form: the first number rises when a reader must change, the second when something is added."""

_TUPLES = frozenset(f.name for f in fields(Balance) if isinstance(f.default, tuple))


def to_dict(analysis: Analysis) -> dict[str, Any]:
    """Write an analysis.

    Parameters
    ----------
    analysis : Analysis
        The analysis.

    Returns
    -------
    dict
        Fits the JSON Schema of the package.
    """
    t, metrics, found = analysis.transcript, analysis.metrics, analysis.found
    feedback = analysis.feedback
    return {
        "schema_version": SCHEMA_VERSION,
        "signature": analysis.signature,
        "session": analysis.session,
        "model": dict(analysis.model),
        "source": {
            "format": t.format,
            "format_reason": t.format_reason,
            "rows_are_units": t.rows_are_units,
            "notes": [asdict(n) for n in t.notes],
        },
        "roles": {**asdict(t.roles), **{k: list(getattr(t.roles, k)) for k in ("worker", "client", "other")}},
        "metrics": {
            name: {
                "value": value,
                "low": low,
                "high": high,
                "n": metrics.base(name),
                "unit": BY_NAME[name].unit,
                "reason": metrics.reason(name),
            }
            for name, value in metrics.items()
            for low, high in [metrics.interval(name) or (None, None)]
        },
        "feedback": {
            kind: [_remark(r) for r in getattr(feedback, kind)] for kind in ("strengths", "to_try", "to_discuss")
        },
        "context": [
            {**asdict(n), "quartiles": None if n.quartiles is None else list(n.quartiles)} for n in analysis.context
        ],
        "directive_disclosures": [
            {
                "turns": list(d.turns),
                "rows": list(d.rows),
                "subtype": d.subtype.value,
                "story": [asdict(s) for s in d.story],
                "steering": [asdict(s) for s in d.steering],
                "returns_focus": d.returns_focus,
                "probability": d.probability,
            }
            for d in found.disclosures
        ],
        "self_disclosures": [
            {
                "turns": list(d.turns),
                "rows": list(d.rows),
                "story": [asdict(s) for s in d.story],
                "words": d.words,
                "returns_focus": d.returns_focus,
                "steers": d.steers.value if d.steers else None,
            }
            for d in found.stories
        ],
        "flags": [{**asdict(p), "flag": p.flag.value, "role": p.role.value} for p in found.flagged],
        "reflections": [{**asdict(r), "given_back": [asdict(s) for s in r.given_back]} for r in found.reflections],
        "unheard_directives": [asdict(s) for s in found.unheard],
        "balance": {
            **{k: list(v) if k in _TUPLES else v for k, v in _fields(found.balance).items() if k != "estimates"},
            "estimates": {name: asdict(e) for name, e in found.balance.estimates.items()},
        },
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
                "pieces": [asdict(p) for p in turn.pieces],
            }
            for turn in t.turns
        ],
        "utterances": [
            {
                **{k: getattr(c.utterance, k) for k in ("turn", "row", "start", "end", "speaker", "text", "start_s")},
                "behaviours": [b.value for b in c.behaviours],
                "probabilities": {b.value: p for b, p in zip(BEHAVIOURS, c.probabilities, strict=True)},
                "unsure": c.unsure,
                "evidence": [{**asdict(e), "behaviour": e.behaviour.value} for e in c.evidence],
            }
            for c in analysis.coded
        ],
    }


def as_json(data: Mapping[str, Any], *, indent: int | None) -> str:
    """Write the plain form as text.

    Parameters
    ----------
    data : mapping
        As from `to_dict`.
    indent : int or None
        Spaces for each level; `None` for one line.

    Returns
    -------
    str
        JSON that ends in a line break.
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


def _fields(balance: Balance) -> dict[str, Any]:
    return {f.name: getattr(balance, f.name) for f in fields(balance)}


def _remark(remark: Remark) -> dict[str, Any]:
    interval = remark.interval
    return {
        "id": remark.id,
        "text": remark.text,
        "quotes": [asdict(q) for q in remark.quotes],
        "measure": remark.measure,
        "value": remark.value,
        "n": remark.n,
        "low": interval[0] if interval else None,
        "high": interval[1] if interval else None,
    }


def from_dict(data: Mapping[str, Any]) -> dict[str, Any]:
    """Read the parts of an analysis from its plain form.

    Parameters
    ----------
    data : mapping
        As `to_dict` writes it.

    Returns
    -------
    dict
        Arguments of `Analysis`: measures, feedback and context follow from them.

    Raises
    ------
    TranscriptError
        If it is not of this form or of another version.
    """
    version = str(data.get("schema_version", "")) if isinstance(data, Mapping) else ""
    if version != SCHEMA_VERSION:
        raise TranscriptError(
            f"this is no analysis in the form {SCHEMA_VERSION} (found {version[:10]!r}).",
            "Analyse the transcript again with this version.",
        )
    try:
        transcript, found = _transcript(data), _findings(data)
        coded = tuple(map(_coded, data["utterances"]))
        model = {str(key): str(value) for key, value in data["model"].items()}
        _refuse_damage(transcript, coded, found)
        return {
            "transcript": transcript,
            "coded": coded,
            "found": found,
            "model": model,
            "signature": str(data["signature"]),
        }
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise TranscriptError(
            f"the analysis is damaged ({type(error).__name__}).", "Analyse the transcript again."
        ) from None


_PLAIN: dict[str, type | tuple[type, ...]] = {"int": int, "float": (int, float), "str": str, "bool": bool}


def _refuse_damage(transcript: Transcript, coded: tuple[CodedUtterance, ...], found: Findings) -> None:
    """Raise if a value is not of its field's kind, or a place lies outside the transcript."""
    for part in (transcript, coded, found):
        _refuse_misfits(part)
    turns = transcript.turns
    counts = [getattr(found.balance, f.name) for f in fields(Balance)]
    if any(n < 0 for n in counts if isinstance(n, int | float)):
        raise ValueError
    if transcript.roles.basis not in BASES or any(t.index != k or not t.pieces for k, t in enumerate(turns)):
        raise ValueError
    if any(u.utterance.text != _cut(turns, u.utterance) for u in coded):
        raise ValueError
    spans = [s for d in found.disclosures for s in (*d.story, *d.steering)]
    spans += [s for d in found.stories for s in d.story] + [s for r in found.reflections for s in r.given_back]
    for place in (*spans, *found.unheard, *found.flagged, *found.reflections):
        _cut(turns, place)
    for turn in turns:
        if not all(0 <= p.start <= p.end <= len(turn.text) for p in turn.pieces):
            raise ValueError
    found.balance.metrics()  # counts that contradict each other cannot be measured


def _cut(turns: tuple[Turn, ...], place: Any) -> str:  # noqa: ANN401
    text = turns[place.turn].text if 0 <= place.turn < len(turns) else ""
    if not 0 <= place.start <= place.end <= len(text):
        raise ValueError
    return text[place.start : place.end]


def _refuse_misfits(value: object) -> None:
    if is_dataclass(value):
        for field in fields(value):
            own = getattr(value, field.name)
            if not _fits(own, str(field.type)):
                raise TypeError
            _refuse_misfits(own)
    elif isinstance(value, tuple | Mapping):
        for part in value.values() if isinstance(value, Mapping) else value:
            _refuse_misfits(part)


def _fits(value: object, wanted: str) -> bool:
    """Tell whether a value is what an annotation wants, as far as it is a plain one."""
    if value is None:
        return wanted.endswith("None")
    kind = wanted.removesuffix(" | None")
    if kind.startswith("tuple["):
        return isinstance(value, tuple) and all(_fits(v, kind[6:-1].removesuffix(", ...")) for v in value)
    if kind not in _PLAIN:
        return True
    fits = isinstance(value, _PLAIN[kind]) and (kind == "bool" or not isinstance(value, bool))
    return fits and not (isinstance(value, float) and not math.isfinite(value))


def _transcript(data: Mapping[str, Any]) -> Transcript:
    roles, source = data["roles"], data["source"]
    turns = tuple(
        Turn(t["turn"], Role(t["role"]), t["speaker"], t["text"], tuple(Piece(**p) for p in t["pieces"]))
        for t in data["turns"]
    )
    return Transcript(
        data["session"],
        turns,
        RoleAssignment(**{**roles, **{k: tuple(roles[k]) for k in ("worker", "client", "other")}}),
        tuple(Note(**n) for n in source["notes"]),
        source["format"],
        source["format_reason"],
        source["rows_are_units"],
    )


def _coded(u: Mapping[str, Any]) -> CodedUtterance:
    said = Utterance(u["turn"], u["row"], u["start"], u["end"], u["text"], u["speaker"], start_s=u["start_s"])
    return CodedUtterance(
        said,
        tuple(map(Behaviour, u["behaviours"])),
        tuple(u["probabilities"][b.value] for b in BEHAVIOURS),
        u["unsure"],
        tuple(Evidence(Behaviour(e["behaviour"]), e["start"], e["end"], e["weight"]) for e in u["evidence"]),
    )


def _findings(data: Mapping[str, Any]) -> Findings:
    if data["balance"].keys() != {f.name for f in fields(Balance)}:
        raise KeyError
    counts: dict[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in data["balance"].items()}
    counts["estimates"] = {name: Estimate(**e) for name, e in counts["estimates"].items()}
    return Findings(
        Balance(**counts),
        tuple(
            DirectiveDisclosure(
                tuple(d["turns"]),
                tuple(d["rows"]),
                Subtype(d["subtype"]),
                _spans(d["story"]),
                _spans(d["steering"]),
                d["returns_focus"],
                d["probability"],
            )
            for d in data["directive_disclosures"]
        ),
        tuple(
            SelfDisclosure(
                tuple(d["turns"]),
                tuple(d["rows"]),
                _spans(d["story"]),
                d["words"],
                d["returns_focus"],
                Subtype(d["steers"]) if d["steers"] else None,
            )
            for d in data["self_disclosures"]
        ),
        tuple(FlaggedPassage(**{**p, "flag": Flag(p["flag"]), "role": Role(p["role"])}) for p in data["flags"]),
        tuple(TiedReflection(**{**r, "given_back": _spans(r["given_back"])}) for r in data["reflections"]),
        _spans(data["unheard_directives"]),
    )


def _spans(spans: list[Mapping[str, int]]) -> tuple[TurnSpan, ...]:
    return tuple(TurnSpan(**s) for s in spans)
