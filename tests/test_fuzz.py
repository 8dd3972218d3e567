"""Broken files are read or refused, never a crash: a small, repeatable part of ``benchmarks/fuzz_readers.py``."""

from __future__ import annotations

import importlib.util
import os
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import ROOT
from reflectkit import Behaviour, TranscriptWarning, read_transcript
from reflectkit.measure.disclosure import find_disclosures
from reflectkit.measure.volleys import is_listening_sound
from reflectkit.segment import segment
from reflectkit.values import CodedUtterance

_SPEC = importlib.util.spec_from_file_location("fuzz_readers", ROOT / "benchmarks" / "fuzz_readers.py")
assert _SPEC is not None
assert _SPEC.loader is not None
fuzz = sys.modules["fuzz_readers"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fuzz)

READ_HERE = [name for name in fuzz.MADE if fuzz.is_known(name)]


@pytest.mark.parametrize("name", READ_HERE)
@settings(max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.binary(max_size=8), st.booleans())
def test_broken_files_are_read_or_refused(name, rng, noise, named):
    whole = fuzz.make(name, 0, rng.randrange(2000))[0]
    at = rng.randrange(len(whole) + 1)
    data = whole[:at] + noise + whole[at + rng.randrange(4) :]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TranscriptWarning)
        fuzz.read(data, f"a{fuzz.ENDINGS.get(name, '.json')}", {"worker": "1"} if named else {})


@pytest.mark.parametrize("name", READ_HERE)
def test_generated_files(name):
    tally = fuzz.work((name, 7, 0, 300, 60.0, ""))
    assert tally.wrong == {}
    assert tally.read + tally.refused == 300
    assert tally.read >= 10


def test_the_fuzzer_sees_what_is_wrong(monkeypatch):
    """A reader that breaks is counted, by type and number, without a word of the file."""

    def broken(*args, **options):
        raise KeyError("xanthippe")

    monkeypatch.setattr(fuzz, "read_transcript", broken)
    tally = fuzz.work(("text", 7, 0, 3, 60.0, ""))
    assert tally.wrong.total() == 3
    assert not any("xanthippe" in what for what in tally.wrong)


FOLDER = os.environ.get("REFLECTKIT_FORMATS", str(ROOT.parent / "shared" / "formats"))


@pytest.mark.skipif(not Path(FOLDER).is_dir(), reason="the folder of public files (REFLECTKIT_FORMATS) is not here")
def test_public_files_broken():
    for path in sorted(p for p in Path(FOLDER).rglob("*") if p.is_file()):
        tally = fuzz.work((path.name, 7, 0, 15, 60.0, str(path)))
        assert tally.wrong == {}


# Inputs a hundred times those that would take minutes if time grew with their square, or at all exponentially. ---------


def test_listening_sounds_without_end():
    assert not is_listening_sound("mm " * 100_000 + "what")
    assert not is_listening_sound("m" * 100_000 + "x")
    assert is_listening_sound("Mm-hmm, yeah... i see. " * 10_000)


def coded(transcript, behaviours):
    own = [behaviours[i % len(behaviours)] for i, _ in enumerate(segment(transcript))]
    return tuple(
        CodedUtterance(u, (b,), tuple(float(x is b) for x in Behaviour))
        for u, b in zip(segment(transcript), own, strict=True)
    )


def test_stories_without_end():
    story, steer = Behaviour.SELF_DISCLOSURE, Behaviour.DIRECTIVE
    many = read_transcript([("worker", "I left. So go."), ("client", "mm")] * 2_000, worker="worker")
    assert len(find_disclosures(many, coded(many, [story, steer])).probabilities) == 1
    answered = read_transcript([("worker", "I left. So go."), ("client", "No, not me.")] * 6_000, worker="worker")
    assert len(find_disclosures(answered, coded(answered, [story, steer])).probabilities) == 6_000
    long = read_transcript([("client", "x"), ("worker", "I left. " * 12_000)])
    found = find_disclosures(long, coded(long, [story] * 8 + [steer]))
    assert len(found.probabilities) == 12_000 // 9
    assert all(a.steering[-1].end <= b.story[0].start for a, b in pairwise(found.steering))
