"""The shipped encoder: the same result alone, in a batch and in threads; context, placeholders, odd text."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import utterance
from reflectkit import BEHAVIOURS, ModelError, analyze, load_model
from reflectkit.classify import classify
from reflectkit.classify.artefact import GRAPH, TOKENISER, available_models, load_artefact
from reflectkit.classify.encoder import EncoderScorer
from reflectkit.classify.view import plain, view

SOME = [
    utterance("What was that like for you?", heard="They let me go on Friday."),
    utterance("So part of you is relieved.", heard="I cried, but I slept as well."),
    utterance("I was made redundant myself, so get onto the union today.", heard="I don't know what to do."),
    utterance("mm"),
    utterance("you slept then", heard="i slept a bit"),
]


@pytest.fixture(scope="module")
def model():
    return load_model("accurate")


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(available_models()["accurate"], tmp_path / "copied")


def test_results_do_not_depend_on_company_or_threads(model):
    whole = model.predict_proba(SOME * 3)
    single = np.concatenate([model.predict_proba([u]) for u in SOME * 3])
    assert (whole == single).all()
    assert (whole[::-1] == model.predict_proba((SOME * 3)[::-1])).all()
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(model.predict_proba, [SOME] * 8):
            assert (got == whole[:5]).all()


def test_the_client_and_the_sentence_before_are_in_view(model):
    same = utterance("In the car park.", heard="He was waiting for me in the car park.")
    other = replace(same, heard="Where do we meet next week?")
    a, b = model.predict_proba([same, other])
    reflection = [b.value for b in BEHAVIOURS].index("reflection")
    assert a[reflection] > b[reflection] + 0.2


def test_log_odds_are_the_sum_of_the_words(model):
    scores, pulls = model.scorer.score(SOME)
    bias = np.asarray(model.artefact.arrays["bias"])
    for score, own in zip(scores, pulls, strict=True):
        assert score == pytest.approx(own.pull.sum(axis=0) + bias)


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_is_classified_and_evidence_stands_in_it(text, heard):
    (coded,) = classify([utterance(text, heard=heard)], load_model("accurate"))
    assert all(0 <= p <= 1 for p in coded.probabilities)
    assert coded.behaviours
    for e in coded.evidence:
        assert 0 <= e.start < e.end <= len(text)
        assert text[e.start : e.end].strip() == text[e.start : e.end] != ""


@given(st.text(max_size=60))
def test_plain_keeps_every_offset(text):
    assert len(plain(text)) == len(text)


def test_placeholders_read_as_a_name():
    for name in ("[NAME]", "XXXX", "<PERSON_1>", "NAME_12"):
        text, context = view(utterance(f"Did {name} ring?", heard=f"It was {name}. [crying]"))
        assert text.split() == ["Did", "kim", "ring?"]
        assert "kim" in context
        assert "[" not in context


def test_a_lecture_longer_than_the_window_is_classified(model):
    p = model.predict_proba([utterance("you should go and " * 2000)])
    assert p.shape == (1, 8)


@pytest.mark.parametrize("file", [GRAPH, TOKENISER])
def test_a_changed_byte_is_refused_before_anything_is_built(copied, file):
    path = copied / file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError, match=f"{file} was altered or damaged"):
        load_artefact(copied)


def test_a_graph_that_is_none_is_a_clear_error(copied):
    """A folder whose hashes fit, with a file that is no network."""
    (copied / GRAPH).write_bytes(b"not a network")
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"][GRAPH] = hashlib.sha256(b"not a network").hexdigest()
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="cannot be built"):
        load_model(copied)


@pytest.mark.parametrize("shift", [[0.1] * 7, [0.1] * 7 + [-1], [1e9] * 8, None, "none", [float("nan")] * 8])
def test_shifts_that_are_none_are_refused(copied, shift):
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps(manifest | {"session_sd": shift}))
    with pytest.raises(ModelError, match="session_sd is not one number"):
        load_model(copied)


def test_a_name_cannot_add_a_field_to_the_signature(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps(manifest | {"name": "a|licence:none\nb", "licence": "x\ny|z"}))
    fields = analyze([("Worker", "How was it?"), ("Client", "Bad.")], model=copied).signature.split("|")
    assert [f.split(":")[0] for f in fields] == ["model", "licence", "codebook", "counting", "tokens", "reflectkit"]
    assert fields[1] == "licence:x y/z"


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no such device here")
def test_a_file_without_end_is_refused(copied):
    (copied / GRAPH).unlink()
    (copied / GRAPH).symlink_to("/dev/zero")
    with pytest.raises(ModelError, match="is no file"):
        load_artefact(copied)


# A user's own estimator ------------------------------------------------------------------------------------------------


class Ragged:
    def predict_proba(self, frame):
        return [np.zeros((len(frame), 2)), np.zeros((len(frame), 1))]


class Constant:
    def __init__(self, shape=8):
        self.shape = shape

    def predict_proba(self, frame):
        assert list(frame.columns) == ["text", "heard", "before"]
        return np.tile(np.linspace(0.9, 0.1, self.shape), (len(frame), 1))


def test_a_joblib_file_is_loaded_only_when_trusted(tmp_path):
    path = tmp_path / "mine.joblib"
    joblib.dump(Constant(), path)
    with pytest.raises(ModelError, match="trust=True"):
        load_model(path)
    with pytest.raises(ModelError, match="trust=True"):
        analyze([("Worker", "How was it?"), ("Client", "Bad.")], model=path)
    mine = load_model(path, trust=True)
    result = analyze([("Worker", "How was it?"), ("Client", "Bad.")], model=mine)
    assert result.utterances["behaviours"].tolist() == [("open_question", "reflection", "validation")]
    assert result.model["name"] == "mine"


def test_an_estimator_of_another_shape_is_refused(tmp_path):
    joblib.dump(Constant(3), tmp_path / "three.joblib")
    joblib.dump({"no": "model"}, tmp_path / "none.joblib")
    with pytest.raises(ModelError, match="one probability"):
        load_model(tmp_path / "three.joblib", trust=True).predict_proba(SOME)
    joblib.dump(Ragged(), tmp_path / "ragged.joblib")
    with pytest.raises(ModelError, match="one probability"):
        load_model(tmp_path / "ragged.joblib", trust=True).predict_proba(SOME)
    with pytest.raises(ModelError, match="no predict_proba"):
        load_model(tmp_path / "none.joblib", trust=True)
    (tmp_path / "broken.joblib").write_bytes(b"x")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_model(tmp_path / "broken.joblib", trust=True)


# What is exported ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def untrained():
    torch = pytest.importorskip("torch", reason="training needs the extra 'train'")
    pytest.importorskip("onnx", reason="training needs the extra 'train'")
    from reflectkit.learn import finetune

    torch.manual_seed(0)
    folder = finetune.base_folder()
    network = finetune._network(folder, "attention").train(False)
    torch.nn.init.normal_(network.query, std=0.1)
    return finetune.Tuned(network, finetune.build_tokeniser(folder, finetune.TRAINING_TOKENS), 0.0)


@pytest.mark.parametrize(("quantised", "near"), [(False, 1e-4), (True, 0.1)])
def test_the_exported_graph_gives_the_networks_log_odds(untrained, copied, quantised, near):
    import torch

    from reflectkit.learn.export import export
    from reflectkit.learn.finetune import _tensors

    arrays, files = export(untrained, quantised=quantised)
    scorer = EncoderScorer(replace(load_artefact(copied), arrays=arrays, files=files))
    odd = [*SOME, utterance("word " * 60, heard="and then " * 40)]
    with torch.inference_mode():  # one by one and in 32 bits, as the graph computes
        own = [untrained.network(**_tensors(untrained.tokeniser, [u])).numpy()[0] for u in odd]
    assert scorer.score(odd)[0] == pytest.approx(np.asarray(own), abs=near)
