"""The model and its files: what comes out of it, and what it refuses to load."""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from drawn import utterance
from reflectkit import BEHAVIOURS, Behaviour, ModelError, analyze, available_models, load_model
from reflectkit.classify import Thresholds, classify, decide, load_artefact
from reflectkit.classify.artefact import DEFAULT_MODEL, MANIFEST, VOCABULARY, WEIGHTS
from reflectkit.classify.classifier import strongest_words
from reflectkit.classify.decisions import confidence
from reflectkit.classify.features import features, own_features, words
from reflectkit.classify.surroundings import COLUMNS
from reflectkit.learn import Corpus, evaluate
from reflectkit.learn.behaviour_tests import run_behaviour_tests
from reflectkit.learn.card import disclosures_table, scores_table
from reflectkit.learn.evaluation import evaluate_disclosures, faithfulness


@pytest.fixture
def copied(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "copied")


# Deciding -----------------------------------------------------------------------------------------------------------

ROWS = st.lists(st.lists(st.floats(0, 1), min_size=8, max_size=8), min_size=1, max_size=5).map(np.array)


@given(ROWS, st.lists(st.floats(0.05, 0.95), min_size=8, max_size=8))
def test_a_decision_follows_the_codebook(probabilities, cuts):
    for row, (chosen, _) in zip(probabilities, decide(probabilities, Thresholds(tuple(cuts), 0.5)), strict=True):
        assert chosen
        assert Behaviour.OTHER not in chosen or len(chosen) == 1
        assert list(chosen) == [b for b in BEHAVIOURS if b in chosen]
        over = {b for b, p, c in zip(BEHAVIOURS, row, cuts, strict=True) if p >= c}
        questions = {Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION}
        assert not questions <= set(chosen)
        if over and Behaviour.OTHER not in over:
            assert set(chosen) - questions == over - questions
            assert bool(questions & set(chosen)) == bool(questions & over)


def test_unsure_goes_by_the_probability_that_the_whole_set_is_right():
    p = np.array([[0.6, 0, 0, 0, 0, 0, 0, 0], [0.9, 0, 0, 0, 0.5, 0, 0, 0]])
    assert confidence(p[1:], np.arange(8)[None] == 0) == pytest.approx([0.45])
    assert [unsure for _, unsure in decide(p, Thresholds((0.2,) * 8, 0.5))] == [False, True]


# Predicting ---------------------------------------------------------------------------------------------------------


def test_probabilities_are_probabilities_and_do_not_depend_on_the_batch(classifier, tiny_corpus):
    utterances = tiny_corpus.utterances[:80]
    whole = classifier.predict_proba(utterances)
    assert whole.shape == (80, 8)
    assert ((whole >= 0) & (whole <= 1)).all()
    single = np.concatenate([classifier.predict_proba([u]) for u in utterances])
    assert (whole == single).all()
    assert classifier.predict_proba([]).shape == (0, 8)


def test_threads_may_share_a_model(classifier, tiny_corpus):
    utterances = tiny_corpus.utterances[:60]
    expected = classifier.predict_proba(utterances)
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(classifier.predict_proba, [utterances] * 12):
            assert (got == expected).all()


def test_a_model_learns_more_than_the_most_frequent_behaviour(classifier, tiny_corpus):
    result = evaluate(classifier, tiny_corpus.split("dev"))
    by_name = {s.behaviour: s for s in result.scores}
    assert by_name["open_question"].f1 > 0.3
    assert by_name["self_disclosure"].f1 > 0.3
    assert result.macro_low <= result.macro_f1 <= result.macro_high


def test_the_context_is_in_view():
    """The same words after different client turns give different features; so do other words of one's own before."""
    assert features(utterance("On Monday.", heard="I lost it on Monday.")) != features(
        utterance("On Monday.", heard="Who knows.")
    )
    assert features(utterance("You should.", before="I did.")) != features(utterance("You should."))


@pytest.mark.parametrize("name", ["[NAME]", "<PERSON_1>", "XXXX", "[Place]", "NAME_12"])
def test_placeholders_are_all_the_same_word(name):
    assert words(f"you told {name} so").norms == ["you", "told", "_name_", "so"]


def test_words_keep_their_offsets():
    text = "  You’re [laughs] worn-out, [NAME], aren't you?"
    for start, end in words(text).spans:
        assert text[start:end].strip() == text[start:end] != ""
    assert words(text).norms[:2] == ["you", "'re"]


def test_evidence_stands_in_the_words(classifier, tiny_corpus):
    for coded in (c for s in tiny_corpus.sessions[:3] for c in classify(s.utterances, classifier)):
        u = coded.utterance
        for e in coded.evidence:
            assert u.start <= e.start < e.end <= u.end
            assert e.weight > 0
            assert e.behaviour in coded.behaviours
        for b in coded.behaviours:
            assert len([e for e in coded.evidence if e.behaviour is b]) <= 3


@pytest.mark.parametrize("name", ["tiny", *available_models()])
def test_evidence_matters(name, classifier, tiny_corpus):
    """Taking the evidence out lowers the probability more than taking as many words drawn at random out."""
    model = classifier if name == "tiny" else load_model(name)
    result = faithfulness(model, Corpus(tiny_corpus.sessions[:2]))
    assert result.decisions > 40
    assert result.drop > 1.5 * result.random_drop > 0
    assert result.larger > 0.6


def test_the_fewest_words_that_hold_most_of_the_pull_are_evidence():
    assert strongest_words([0.1, 2.0, -3.0, 0.9]) == {1}
    assert strongest_words([1.0, 1.0, -3.0, 0.5]) == {0, 1}
    assert strongest_words([-1.0, 0.0]) == frozenset()


# Loading ------------------------------------------------------------------------------------------------------------


def edit(folder, change):
    path = folder / MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_the_default_model_is_shipped_pinned_and_named_in_results():
    assert DEFAULT_MODEL in available_models()
    artefact = load_artefact()
    result = analyze([("Worker", "How was it?"), ("Client", "Bad.")])
    assert f"model:{artefact.id}|" in result.signature
    assert result.model["sha256"] == artefact.sha256
    assert load_model() is load_model(DEFAULT_MODEL)


def test_several_models_are_pinned_one_after_the_other(tmp_path, monkeypatch):
    from reflectkit.classify import pinned
    from reflectkit.learn.training import pin

    copy = tmp_path / "pinned.py"
    copy.write_text(Path(pinned.__file__).read_text("utf-8"), encoding="utf-8")
    monkeypatch.setattr(pinned, "__file__", str(copy))
    monkeypatch.setattr(pinned, "PINNED", dict(pinned.PINNED))
    pin("fast", "a" * 64)
    pin("accurate", "b" * 64)
    written: dict[str, dict[str, str]] = {}
    exec(copy.read_text("utf-8"), written)
    assert written["PINNED"] == pinned.PINNED
    assert written["PINNED"]["fast"] == "a" * 64
    assert written["PINNED"]["accurate"] == "b" * 64


def test_a_changed_byte_is_refused(copied):
    for name in (WEIGHTS, VOCABULARY):
        path = copied / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        original = path.read_bytes()
        path.write_bytes(bytes(data))
        with pytest.raises(ModelError, match=f"{name} was altered or damaged"):
            load_artefact(copied)
        path.write_bytes(original)
    assert load_artefact(copied).name == "tiny"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m.update(format=99), "its format is 99"),
        (lambda m: m.update(labels=m["labels"][::-1]), "labels are not the codebook's"),
        (lambda m: m.update(codebook="2"), "made for codebook '2'"),
        (lambda m: m.pop("files"), "manifest.json is broken"),
        (lambda m: m.update(files={}), "was altered or damaged"),
        (lambda m: m["thresholds"].update(behaviours=[0.5]), "one threshold a behaviour"),
        (lambda m: m["thresholds"].update(behaviours=[float("nan")] * 8), "not between 0 and 1"),
        (lambda m: m["thresholds"].update(behaviours=[10**400] * 8), "not numbers"),
        (lambda m: m.update(kind="magic"), "its kind 'magic' is unknown"),
        (lambda m: m.update(kind=[]), "is unknown"),
        (lambda m: m.update(thresholds={}), "thresholds are missing"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(copied, change, problem):
    edit(copied, change)
    with pytest.raises(ModelError, match=problem):
        load_artefact(copied)


def test_a_shipped_model_with_another_manifest_is_refused(monkeypatch, tmp_path, tiny_model):
    from reflectkit.classify import artefact

    shutil.copytree(tiny_model, tmp_path / DEFAULT_MODEL)
    monkeypatch.setattr(artefact, "models_folders", lambda: [tmp_path])
    with pytest.raises(ModelError, match="the shipped model's manifest was altered"):
        load_artefact()


def test_code_hidden_in_weights_does_not_run(copied, tmp_path):
    """A pickled object in the weights file, with its hash in the manifest: refused, and its code does not run."""
    import hashlib
    import io
    import os

    flag = tmp_path / "ran"

    class Payload:
        def __reduce__(self):
            return (os.mkdir, (str(flag),))

    buffer = io.BytesIO()
    np.savez(buffer, coefficients=np.array([Payload()], dtype=object))
    (copied / WEIGHTS).write_bytes(buffer.getvalue())
    edit(copied, lambda m: m["files"].update({WEIGHTS: hashlib.sha256(buffer.getvalue()).hexdigest()}))
    with pytest.raises(ModelError, match="plain arrays"):
        load_artefact(copied)
    assert not flag.exists()


@pytest.mark.parametrize("data", [b"PK\x03\x04garbage", b"", b"\x93NUMPY\x01\x00"])
def test_weights_that_are_no_arrays_are_refused(copied, data):
    import hashlib

    (copied / WEIGHTS).write_bytes(data)
    edit(copied, lambda m: m["files"].update({WEIGHTS: hashlib.sha256(data).hexdigest()}))
    with pytest.raises(ModelError, match="plain arrays"):
        load_artefact(copied)


def test_weights_that_unpack_to_more_than_memory_are_refused(tiny_model, monkeypatch):
    from reflectkit.classify import artefact

    data = (tiny_model / WEIGHTS).read_bytes()
    assert set(artefact._arrays(data, "tiny")) == {"coefficients", "intercepts", "idf", "calibration"}
    monkeypatch.setattr(artefact, "_MAX_BYTES", len(data))
    with pytest.raises(ModelError, match="MB unpacked"):
        artefact._arrays(data, "tiny")


def test_pulls_of_repeated_words_add_up(classifier):
    """They are parts of the log-odds: with what stands on no word and the intercept they make the whole."""
    u = utterance("no no no no it is sad so sad")
    scores, (pulls,) = classifier.scorer.score([u])
    own = own_features(words(u.text).norms)
    seen = {name: (value, name in own) for name, value in features(u).items()}
    arrays = classifier.artefact.arrays
    terms = classifier.artefact.files[VOCABULARY].decode().split("\n")
    known = [(i, *seen[t]) for i, t in enumerate(terms) if t in seen]
    norm = np.sqrt(sum((value * arrays["idf"][i]) ** 2 for i, value, _ in known))
    elsewhere = sum(arrays["coefficients"][:, i] * value * arrays["idf"][i] / norm for i, value, on in known if not on)
    assert pulls.pull.sum(axis=0) + elsewhere + arrays["intercepts"] == pytest.approx(scores[0], abs=1e-4)


def test_weights_of_another_shape_are_refused(copied):
    import hashlib
    import io

    buffer = io.BytesIO()
    np.savez(
        buffer, coefficients=np.zeros((8, 3)), intercepts=np.zeros(8), idf=np.zeros(3), calibration=np.zeros((8, 2))
    )
    (copied / WEIGHTS).write_bytes(buffer.getvalue())
    edit(copied, lambda m: m["files"].update({WEIGHTS: hashlib.sha256(buffer.getvalue()).hexdigest()}))
    with pytest.raises(ModelError, match="coefficients is missing or not finite numbers of shape"):
        load_artefact(copied)


@pytest.mark.parametrize("surroundings", [np.zeros((8, 3)), np.full((8, COLUMNS), 1e300), np.zeros((8, COLUMNS), int)])
def test_surroundings_that_do_not_fit_are_refused(copied, surroundings):
    import hashlib
    import io

    with np.load(copied / WEIGHTS) as loaded:
        arrays = {key: loaded[key] for key in loaded.files}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, surroundings=surroundings)
    (copied / WEIGHTS).write_bytes(buffer.getvalue())
    edit(copied, lambda m: m["files"].update({WEIGHTS: hashlib.sha256(buffer.getvalue()).hexdigest()}))
    with pytest.raises(ModelError, match="surroundings is missing or not finite numbers of shape"):
        load_artefact(copied)


def test_a_model_of_the_format_before_is_read(copied):
    edit(copied, lambda m: m.update(format=2))
    assert load_artefact(copied).kind == "linear"


def test_missing_models_and_files(copied, tmp_path):
    with pytest.raises(ModelError, match=f"Shipped models: .*{DEFAULT_MODEL}"):
        load_artefact("nonesuch")
    with pytest.raises(ModelError, match="no such model"):
        load_artefact(tmp_path)
    (copied / VOCABULARY).unlink()
    with pytest.raises(ModelError, match=r"vocabulary\.txt cannot be read"):
        load_artefact(copied)


def test_training_again_gives_the_same_bytes(tiny_corpus, tmp_path, tiny_model):
    from reflectkit.learn import train

    train(tiny_corpus, tmp_path / "tiny", strengths=(3.0,))
    for name in (MANIFEST, WEIGHTS, VOCABULARY):
        assert (tmp_path / "tiny" / name).read_bytes() == (tiny_model / name).read_bytes()


@pytest.mark.parametrize("name", list(available_models()))
def test_a_shipped_model_scores_what_its_card_says(name, corpus):
    """The scores in a card, and of the default in the README, are what the files give on the test sessions."""
    classifier = load_model(name)
    card = (available_models()[name] / "README.md").read_text("utf-8")
    table = scores_table(evaluate(classifier, corpus.split("test")))
    assert_says(card.split("## Scores: test sessions")[1], table)
    failures = sum(s.failures for s in run_behaviour_tests(classifier, ROOT / "data" / "behaviour_tests"))
    written = re.search(r"\| \*\*all\*\* \|  \| \d+ \| (\d+) \|", card)
    assert abs(int(written[1]) - failures) <= 5
    if name == DEFAULT_MODEL:
        assert_says((ROOT / "README.md").read_text("utf-8").split("## How good it is")[1], table)
        stretches = disclosures_table(evaluate_disclosures(classifier, corpus.split("test")))
        assert_says(card.split("### Directive-disclosure")[1], stretches, counts=2)


def assert_says(document, table, *, shares=0.021, counts=0):
    """The first table in a document is the one measured now; processors and ONNX Runtime versions move the last digit."""
    lines = table.split("\n")
    written = document[document.index(lines[0]) :].split("\n")[: len(lines)]
    for was, now in zip(written, lines, strict=True):
        a, b = ([w for w in re.split(r"[ |*–]+", line) if w] for line in (was, now))
        for x, y in zip(a, b, strict=True):
            if re.fullmatch(r"\d*\.\d+|\d+", x):
                assert abs(float(x) - float(y)) <= (shares if "." in x else counts), (was, now)
            else:
                assert x == y
