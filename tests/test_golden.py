"""Sessions counted by hand from the codebook, in both counting conventions: every measure that follows from codes, words and times."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from drawn import code
from reflectkit import read_transcript
from reflectkit.codebook import BEHAVIOURS
from reflectkit.measure import MEASURES, measure_session

FILES = sorted((Path(__file__).parent / "golden").glob("*.toml"))
FAMILIES = {
    "n": "n_{}",
    "share": "share_{}",
    "per_1000_words": "{}_per_1000_words",
    "per_10_minutes": "{}_per_10_minutes",
    "answer_after": "answer_after_{}",
}
FITTED = {
    "n_minimising",
    "n_leading",
    "n_stacked",
    "safety_questions",
    "worker_safety_passages",
    "client_safety_passages",
    "safety_passages",
}
"""Measures that rest on fitted weights alone, which change with the models."""


def drawn(golden):
    """The session of a drawing: ``seconds | speaker | words``; workers' words as ``code: text`` pieces joined by `` / ``."""
    rows, codes = [], {}
    for line in golden["talk"].strip().splitlines():
        *times, who, said = (cell.strip() for cell in line.split("|"))
        if who in golden["workers"]:
            pieces = [piece.split(": ", 1) for piece in said.split(" / ") if ": " in piece]
            codes |= {text: own for own, text in pieces}
            said = " ".join(text for _, text in pieces) or said
        start, end = times[0].split("-") if times else (None, None)
        rows.append({"speaker": who, "text": said, "start": start, "end": end} if times else (who, said))
    t = read_transcript(rows, worker=golden["workers"])
    return t, code(t, codes)


def by_hand(golden, counting):
    """Every measure counted in a drawing, by name; `None` where it is undefined."""
    found = {}
    for name, value in {**golden["both"], **golden[counting]}.items():
        if name in FAMILIES:
            found |= {FAMILIES[name].format(b): v for b, v in zip(BEHAVIOURS, value, strict=True)}
        else:
            found[name] = value
    return {name: None if v == "none" else float(Fraction(v)) for name, v in found.items()}


@pytest.mark.parametrize("counting", ["utterance", "volley"])
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_measure_is_as_counted_by_hand(path, counting):
    golden = tomllib.loads(path.read_text("utf-8"))
    metrics = measure_session(*drawn(golden), counting=counting).balance.metrics()
    expected = by_hand(golden, counting)
    assert {m.name for m in MEASURES} == set(expected) | FITTED
    wrong = {
        name: (value, metrics[name])
        for name, value in expected.items()
        if metrics[name] != (None if value is None else pytest.approx(value))
    }
    assert wrong == {}
