"""What stands around an utterance: described as said, learnt only where there is enough, and the same in any company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from conftest import DATA
from reflectkit import TranscriptError, analyze, label_frame, utterance_frame
from reflectkit.classify.classifier import calibrate
from reflectkit.classify.surroundings import FEW, WIDTH, places, surroundings
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.fitting import LEAST_SESSIONS, Scored, fit_calibration
from reflectkit.learn.public import load_public, utterances_of
from reflectkit.pipeline import load_model
from reflectkit.values import Utterance

N = len(BEHAVIOURS)


def said(turn: int, text: str = "Mm.") -> Utterance:
    return Utterance(turn, 0, 0, len(text), text, "worker")


@pytest.fixture(scope="module")
def turns():
    everything = pd.read_csv(DATA / "turns.csv")
    return everything[everything["session"].isin(sorted(everything["session"].unique())[:3])].reset_index(drop=True)


@given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=4), st.integers(0, 9))
def test_surroundings_are_what_they_are_said_to_be(sessions, seed):
    where = np.asarray([(s, 2 * t) for s, turns in enumerate(sessions) for t, k in enumerate(turns) for _ in range(k)])
    rng = np.random.default_rng(seed)
    p, usual = rng.random((len(where), N)), rng.random(N)
    found = surroundings(p, where, usual)
    assert found.shape == (len(where), WIDTH)
    zeros = np.zeros(N)
    for i, (s, t) in enumerate(where):
        in_turn = [j for j in range(len(where)) if tuple(where[j]) == (s, t)]
        numbers = sorted({int(b) for a, b in where if a == s})
        k, at = numbers.index(t), in_turn.index(i)

        def top(turn, s=s):
            return p[(where[:, 0] == s) & (where[:, 1] == turn)].max(axis=0)

        parts = [
            p[in_turn[at - 1]] if at else None,
            p[in_turn[at + 1]] if at + 1 < len(in_turn) else None,
            top(numbers[k - 1]) if k else None,
            top(numbers[k + 1]) if k + 1 < len(numbers) else None,
        ]
        others = [j for j in range(len(where)) if where[j, 0] == s and j != i]
        mean = (p[others].sum(axis=0) + FEW * usual) / (len(others) + FEW)
        wanted = [zeros if part is None else part for part in parts]
        there = [part is not None for part in parts]
        np.testing.assert_allclose(found[i], np.concatenate([*wanted, 4 * np.sqrt(mean), there]), atol=1e-9)


def test_what_stands_around_is_learnt_and_few_sessions_teach_nothing():
    """A behaviour that comes in runs: alone it is a coin's toss where the score says nothing."""
    rng = np.random.default_rng(1)
    sessions, size = 60, 30
    where = np.asarray([(s, i) for s in range(sessions) for i in range(size)])
    runs = np.repeat(rng.random((sessions * size // 10, N)) < 0.4, 10, axis=0)
    scores = 2.0 * (runs - 0.4) + rng.normal(0, 1.5, runs.shape)
    arrays, (p,) = fit_calibration([Scored(scores, runs, where, where[:, 0])])
    alone = calibrate(scores, {"calibration": arrays["calibration"]})
    for b in range(N):
        assert log_loss(runs[:, b], p[:, b]) < 0.8 * log_loss(runs[:, b], alone[:, b])
    few = where[:, 0] < LEAST_SESSIONS - 1  # one too few
    arrays, (p,) = fit_calibration([Scored(scores[few], runs[few], where[few], where[few, 0])])
    assert set(arrays) == {"calibration"}
    np.testing.assert_array_equal(p, calibrate(scores[few], arrays))


@pytest.mark.parametrize("model", ["accurate", "accurate-nc", "fast"])
def test_the_only_utterance_of_a_session_is_as_it_is_alone(model):
    shipped = load_model(model)
    utterances = [
        said(0, "What was that like for you?"),
        said(1, "You could ring them on Monday."),
        said(2, "All of it."),
    ]
    alone = shipped.predict_proba(utterances)
    np.testing.assert_array_equal(shipped.predict_proba(utterances, ["a", "b", "c"]), alone)
    together = shipped.predict_proba(utterances, ["a"] * 3)
    assert np.abs(together - alone).max() > 0.01


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_clip_is_no_worse_off_than_its_utterances_alone(corpus, size):
    shipped = load_model("fast")
    part = corpus.split("dev")
    y = part.labels()
    clips = [(g, i // size) for g, s in enumerate(part.sessions) for i in range(len(s.utterances))]
    alone, together = shipped.predict_proba(part.utterances), shipped.predict_proba(part.utterances, clips)
    losses = [np.mean([log_loss(y[:, b], p[:, b]) for b in range(N)]) for p in (alone, together)]
    assert losses[1] < losses[0]


def test_sessions_do_not_move_each_other(corpus):
    shipped = load_model("fast")
    part = corpus.split("dev")
    whole = shipped.predict_proba(part.utterances, part.groups.tolist())
    each = [shipped.predict_proba(s.utterances, [0] * len(s.utterances)) for s in part.sessions]
    np.testing.assert_array_equal(whole, np.concatenate(each))


def test_a_frame_of_whole_sessions_gets_what_analyze_gives(turns):
    utterances = utterance_frame(turns)
    mixed = utterances.sort_values(["turn", "session"], kind="stable")  # sessions interleaved, each in its order
    labels = label_frame(mixed, session="session", model="fast").loc[utterances.index]
    for session, mine in utterances.groupby("session"):
        whole = analyze(turns, session=session, model="fast").utterances
        found = labels.loc[mine.index]
        assert found["behaviours"].str.split("|").map(tuple).tolist() == whole["behaviours"].tolist()
        for b in BEHAVIOURS:
            assert found[f"p_{b.value}"].tolist() == whole[f"p_{b.value}"].tolist()
        assert found["unsure"].tolist() == whole["unsure"].tolist()
    assert not labels.equals(label_frame(utterances, model="fast"))


def test_rows_without_a_session_are_looked_at_alone():
    frame = pd.DataFrame(
        {"text": ["You could ring them.", "All of it.", "Then go."], "s": [None, float("nan"), pd.NA], "turn": 0}
    )
    pd.testing.assert_frame_equal(label_frame(frame, session="s", model="fast"), label_frame(frame, model="fast"))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({}, "no column 'turn'"),
        ({"turn": [2, 1]}, "not in order"),
        ({"turn": ["two", "three"]}, "no numbers of turns"),
        ({"turn": [1, None]}, "no numbers of turns"),
        ({"turn": [1, float("inf")]}, "no numbers of turns"),
    ],
)
def test_a_frame_that_is_no_whole_session_is_refused(columns, problem):
    frame = pd.DataFrame({"text": ["You could ring them.", "All of it."], "s": ["a", "a"], **columns})
    with pytest.raises(TranscriptError, match=problem):
        label_frame(frame, session="s", model="fast")


def test_places_number_sessions_and_turns():
    found = places([said(4), said(4), said(6), said(0)], ["x", "x", "x", "y"])
    assert found.tolist() == [[0, 4], [0, 4], [0, 6], [1, 0]]
    for sessions in (["x", "y", "x", "x"], ["x", "x", "y", "y"]):  # torn apart; turn 6 before turn 0
        with pytest.raises(ValueError, match="stand together"):
            places([said(4), said(4), said(6), said(0)], sessions)


def test_alternative_replies_do_not_stand_around_each_other(tmp_path):
    rows = "dialogue_id,turn_index,speaker,text,labels,covered,source_label,annotator\n"
    for name, kind in (("same", "alternative reply to turn 0"), ("other", "")):
        file = tmp_path / f"{name}.csv"
        file.write_text(
            rows + "d,0,client,I am tired.,,,,\n" + f"d,1,worker,You are worn out.,reflection,reflection,,{kind}\n" * 2
        )
        _, sessions = utterances_of(load_public(file))
        assert len(set(sessions)) == (2 if kind else 1)
