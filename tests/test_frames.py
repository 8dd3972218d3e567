"""Frame in, frame out: fixed kinds, rows in their place, and the same however a frame is cut into chunks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import DATA, EXAMPLES
from reflectkit import (
    BEHAVIOURS,
    LABEL_META,
    LABEL_SCHEMA,
    UTTERANCE_META,
    TranscriptError,
    analyze,
    analyze_many,
    label_frame,
    read_transcript,
    utterance_frame,
)  # fmt: skip


@pytest.fixture(scope="module")
def turns():
    everything = pd.read_csv(DATA / "turns.csv")
    return everything[everything["session"].isin(sorted(everything["session"].unique())[:3])].reset_index(drop=True)


@pytest.fixture(scope="module")
def utterances(turns):
    return utterance_frame(turns)


@pytest.fixture(scope="module")
def labels(utterances, classifier):
    return label_frame(utterances, model=classifier)


def test_frames_hold_what_analyze_finds(turns, utterances, labels, classifier):
    assert utterances.dtypes.equals(UTTERANCE_META.dtypes)
    assert labels.dtypes.equals(LABEL_META.dtypes)
    for session, mine in utterances.groupby("session"):
        whole = analyze(turns, session=session, model=classifier).utterances
        for column in ("turn", "row", "start", "end", "speaker", "text"):
            assert mine[column].tolist() == whole[column].tolist()
        found = labels.loc[mine.index]
        assert found["behaviours"].str.split("|").map(tuple).tolist() == whole["behaviours"].tolist()
        for b in BEHAVIOURS:
            assert found[b.value].tolist() == whole[b.value].tolist()
            assert found[f"p_{b.value}"].tolist() == whole[f"p_{b.value}"].tolist()
        assert found["unsure"].tolist() == whole["unsure"].tolist()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 400), max_size=12), st.randoms())
@pytest.mark.parametrize("model", ["tiny", "accurate"])
def test_results_do_not_depend_on_chunks_or_order(utterances, classifier, model, points, random):
    frame = utterances.head(40) if model == "accurate" else utterances
    used = classifier if model == "tiny" else "accurate"
    whole = label_frame(frame, model=used, n_threads=None)
    order = list(range(len(frame)))
    random.shuffle(order)
    cuts = sorted({0, len(frame), *(p for p in points if p < len(frame))})
    shuffled = frame.iloc[order]
    chunks = [label_frame(shuffled.iloc[a:b], model=used) for a, b in pairwise(cuts)]
    pd.testing.assert_frame_equal(pd.concat(chunks).loc[frame.index], whole, check_exact=True)


def test_rows_keep_their_index_and_blank_rows_have_no_label(classifier):
    index = pd.MultiIndex.from_tuples([("s", 3), ("s", 1), ("t", 1), ("t", 2)], names=["session", "n"])
    frame = pd.DataFrame({"said": ["How was it?", None, " [laughs] ", "You miss her."], "heard": "Bad."}, index=index)
    copy = frame.copy(deep=True)
    found = label_frame(frame, text="said", model=classifier)
    pd.testing.assert_frame_equal(frame, copy)
    assert found.index.equals(index)
    assert found["behaviours"].eq("").tolist() == [False, True, True, False]
    assert found["p_other"].isna().tolist() == [False, True, True, False]
    assert found["unsure"].iloc[1]
    assert not found[[b.value for b in BEHAVIOURS]].iloc[1].any()


def test_an_empty_frame_and_a_wrong_one(classifier):
    empty = label_frame(pd.DataFrame({"text": pd.Series([], dtype=object)}), model=classifier)
    pd.testing.assert_frame_equal(empty, LABEL_META, check_index_type=False)
    with pytest.raises(TranscriptError, match="no column 'text'"):
        label_frame(pd.DataFrame({"words": ["a"]}), model=classifier)


def test_the_schema_names_every_column():
    named = [field.split() for field in LABEL_SCHEMA.split(", ")]
    assert [name for name, _ in named] == list(LABEL_META.columns)
    kinds = {"string": "string", "boolean": "bool", "double": "float64"}
    assert [kinds[kind] for _, kind in named] == [str(kind) for kind in LABEL_META.dtypes]
    assert np.isin(["p_reflection", "unsure"], LABEL_META.columns).all()


def test_a_column_named_by_mistake_or_there_twice_is_refused(utterances, classifier):
    few = utterances.head(3).rename(columns={"heard": "client_said"})
    assert len(label_frame(few, heard="client_said", model=classifier)) == 3
    with pytest.raises(TranscriptError, match=r"no column 'client_sayd'.*heard="):
        label_frame(few, heard="client_sayd", model=classifier)
    for column in ("text", "before", "session", "turn"):
        twice = pd.concat([utterances.head(3), utterances.head(3)[[column]]], axis=1)
        with pytest.raises(TranscriptError, match=f"two columns for the {column} have the same name"):
            label_frame(twice, session="session", model=classifier)


def test_half_characters_are_mended(classifier):
    broken = pd.DataFrame({"text": ["How \ud83d are you?"]}, dtype=object)
    mended = label_frame(broken.replace("\ud83d", "\ufffd", regex=True), model=classifier)
    pd.testing.assert_frame_equal(label_frame(broken, model=classifier), mended)


def test_tables_of_captions_are_read_as_captions_through_a_frame_too(tmp_path, classifier):
    """reflectkit's own table says that its rows are no units: where one utterance spans two of them."""
    captions = read_transcript(EXAMPLES / "video-call.vtt")
    captions.to_csv(tmp_path / "own.csv")
    frame = pd.read_csv(tmp_path / "own.csv")
    said = [c.utterance.text for c in analyze(captions, model=classifier).coded]
    for source in (tmp_path / "own.csv", frame, frame.to_dict("records")):
        assert [c.utterance.text for c in analyze(source, model=classifier).coded] == said
    both = tmp_path / "both.csv"
    second = frame.assign(session="second", text=["'=sum", *frame["text"].tolist()[1:]])
    pd.concat([frame, second]).to_csv(both, index=False)
    first, other = analyze_many(both, model=classifier)
    assert [c.utterance.text for c in first.coded] == said
    assert other.transcript.turns[0].text.startswith("=sum")
