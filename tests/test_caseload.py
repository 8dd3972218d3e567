"""Many sessions: the frame of measures, sums, and what follows what beyond chance."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from drawn import code
from reflectkit import Transcript, sessions_frame, transitions
from reflectkit.analysis import Analysis
from reflectkit.errors import TranscriptError
from reflectkit.measure import measure_session


def session(name, moves):
    """A session whose worker does one thing a volley: q asks, r reflects, d advises."""
    codes = {"q": "open_question", "r": "reflection", "d": "directive"}
    lines = [f"Worker: {m} {i} yes.\nClient: It was {i} and that." for i, m in enumerate(moves)]
    t = Transcript.from_text("\n".join(lines), session=name, worker="Worker")
    coded = code(t, {f"{m} {i} yes.": codes[m] for i, m in enumerate(moves)})
    return Analysis(t, coded, measure_session(t, coded), {"name": "hand", "sha256": "0" * 64, "licence": "-"}, "signed")


def test_the_frame_has_a_row_a_session_and_three_columns_a_measure():
    a, b = session("a", "qrqr"), session("b", "dd")
    frame = sessions_frame(x for x in (a, b))
    assert frame["session"].tolist() == ["a", "b"]
    assert frame["n_directive"].tolist() == [0, 2]
    assert frame["n_directive_low"].tolist() == [0, 2]
    assert np.isnan(frame["reflections_per_question"]).all()  # a handful of questions
    assert frame["signature"].tolist() == ["signed", "signed"]
    assert len(frame.columns) == 2 + 3 * len(a.metrics)
    assert sessions_frame([]).dtypes.drop(["session", "signature"]).equals(frame.dtypes.drop(["session", "signature"]))
    total = sum(x.balance for x in (a, b)).metrics()
    assert total["n_reflection"] == frame["n_reflection"].sum()
    frame["of_mine"] = 1.0  # no warning of pandas


def test_the_frame_measures_each_session_once(monkeypatch):
    measured = []
    metrics = Analysis.metrics.fget
    monkeypatch.setattr(Analysis, "metrics", property(lambda a: measured.append(a.session) or metrics(a)))
    sessions_frame([session("a", "qrqr"), session("b", "dd")])
    assert measured == ["a", "b"]


def test_what_always_follows_is_found_and_what_does_not_is_not():
    found = transitions([session(str(i), "qrdqrdqrdqrdqrd") for i in range(6)], draws=500)
    verdict = found.set_index(["behaviour", "then"])["verdict"]
    assert verdict["open_question", "reflection"] == "more often"
    assert verdict["open_question", "directive"] == "less often"
    assert verdict["open_question", "validation"] == "too few"
    rng = np.random.default_rng(7)
    random = [session(str(i), "".join(rng.choice(list("qrd"), 15))) for i in range(6)]
    by_chance = transitions(random, draws=500)["verdict"]
    assert set(by_chance) == {"not distinguishable", "too few"}


def test_transitions_do_not_mistake_what_a_session_has_much_of_for_sequence():
    found = transitions([session("a", "q" * 30), session("b", "d" * 30)], draws=200)
    assert not found["verdict"].isin(["more often", "less often"]).any()
    assert found.equals(transitions([session("a", "q" * 30), session("b", "d" * 30)], draws=200))


def test_an_analysis_comes_back_from_json_and_pickle_as_it_was():
    a = session("a", "qrdqrd")
    assert Analysis.from_json(a.to_json()) == a
    assert Analysis.from_json(a.to_json()).to_json() == a.to_json()
    assert pickle.loads(pickle.dumps(a)) == a


@pytest.mark.parametrize(
    "damage",
    [{"schema_version": "9.0"}, {"turns": None}, {"flags": [{}]}, {"balance": {}}, {"roles": 3}, {"turns": []}],
)
def test_a_damaged_analysis_is_refused_without_its_words(damage):
    data = session("a", "qrd").to_dict() | damage
    with pytest.raises(TranscriptError) as caught:
        Analysis.from_dict(data)
    assert "that" not in str(caught.value).replace("that is", "")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("turns", 0, "pieces"), []),
        (("turns", 1, "turn"), 0),
        (("turns", 0, "text"), "short"),
        (("roles", "basis"), "guess"),
        (("utterances", 0, "turn"), 999),
        (("utterances", 0, "end"), 1),
        (("utterances", 0, "unsure"), "no"),
        (("balance", "worker_words"), "3"),
        (("balance", "worker_words"), -3),
        (("balance", "worker_seconds"), float("inf")),
        (("balance", "words_after"), []),
        (("balance", "estimates", "n_question", "variance"), -1.0),
    ],
)
def test_one_damaged_value_is_refused(place, value):
    """What `from_dict` lets in can be measured and shown."""
    data = session("a", "qrd").to_dict()
    part = data
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(TranscriptError, match="the analysis is damaged"):
        Analysis.from_dict(data)


def test_what_is_no_json_is_refused():
    with pytest.raises(TranscriptError, match="no JSON"):
        Analysis.from_json("secret words")
