"""The result: its frames, its JSON and schema, its texts, and what it promises about bytes and privacy."""

from __future__ import annotations

import copy
import inspect
import json
import os
import pickle
import stat
import subprocess
import sys
import typing
from dataclasses import replace

import jsonschema
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reflectkit
from conftest import EXAMPLES
from reflectkit import BEHAVIOURS, Transcript, analyze, json_schema, read_transcript
from reflectkit.analysis import DISCLOSURE_COLUMNS, UTTERANCE_COLUMNS
from reflectkit.values import Note

FILES = sorted(p for p in EXAMPLES.iterdir() if p.suffix != ".md")
WORKERS = {"video-call.vtt": "Ngozi A."}


@pytest.fixture(scope="module", params=FILES, ids=lambda p: p.name)
def result(request):
    return analyze(request.param, worker=WORKERS.get(request.param.name))


def test_the_examples_are_there():
    assert {p.suffix for p in FILES} == {".txt", ".csv", ".vtt", ".json"}
    steered = [p.name for p in FILES if len(analyze(p, worker=WORKERS.get(p.name)).directive_disclosures)]
    assert "drop-in.csv" in steered
    assert "kitchen-table.txt" not in steered


@pytest.mark.parametrize("name", reflectkit.__all__)
def test_hints_can_be_looked_up(name):
    public = getattr(reflectkit, name)
    own = list(vars(public).values()) if isinstance(public, type) else [public]
    for part in own:
        function = part.fget if isinstance(part, property) else getattr(part, "__func__", part)
        if inspect.isfunction(function):
            assert typing.get_type_hints(function).keys() == function.__annotations__.keys()


def test_the_utterances_frame(result):
    frame = result.utterances
    assert tuple(frame.columns) == UTTERANCE_COLUMNS
    texts = {t.index: t.text for t in result.transcript.turns}
    for row in frame.itertuples():
        assert texts[row.turn][row.start : row.end] == row.text
        assert row.behaviours == tuple(b.value for b in BEHAVIOURS if getattr(row, b.value))
        assert len(row.behaviours) >= 1
        for _, start, end in row.evidence:
            assert row.start <= start < end <= row.end
    assert frame["row"].is_monotonic_increasing
    assert frame[[b.value for b in BEHAVIOURS]].dtypes.eq(bool).all()
    p = frame[[f"p_{b.value}" for b in BEHAVIOURS]]
    assert ((p >= 0) & (p <= 1)).all(axis=None)
    assert frame["unsure"].dtype == bool
    assert frame["start_s"].dtype == np.float64


def test_the_turns_frame(result):
    frame = result.turns
    assert frame["words"].sum() == result.metrics["worker_words"] + result.metrics["client_words"]
    assert set(frame["role"]) == {"worker", "client"}
    assert frame["turn"].tolist() == list(range(len(frame)))
    assert (frame["role"].to_numpy()[1:] != frame["role"].to_numpy()[:-1]).all()


def test_forms_written_to_a_file_are_whole_and_for_their_owner_alone(result, tmp_path):
    for name, write in (("a.html", result.to_html), ("a.json", result.to_json)):
        path = tmp_path / name
        assert write(path) == path.read_text("utf-8") == write()
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_quote_is_the_words_of_its_stretch(result):
    for said in result.utterances.itertuples():
        assert result.quote((said.turn, said.start, said.end)) == said.text
    texts = result.turns.set_index("turn")["text"]
    spans = [span for remark in result.feedback.strengths for span in remark.quotes]
    assert spans
    for span in (*spans, *result.flagged):
        assert result.quote(span)
        assert result.quote(span) in texts[span.turn]


def test_the_analysis_comes_back_from_json(result):
    again = reflectkit.Analysis.from_json(result.to_json())
    assert again == result
    assert again.to_json() == result.to_json()
    assert again.feedback == result.feedback


def test_the_frames_of_stories_flags_and_reflections_point_at_words(result):
    turns = result.transcript.turns
    for row in result.flags.itertuples():
        assert turns[row.turn].text[row.start : row.end] == row.text
        assert 0 <= row.probability <= 1
    reflections = result.tied_reflections
    assert len(reflections) == result.metrics["n_reflection"]
    for row in reflections.itertuples():
        for turn, start, end in row.given_back:
            assert turn == row.client_turn
            assert 0 <= start < end <= len(turns[turn].text)
    stories = result.self_disclosures
    assert len(stories) == result.metrics["self_disclosures"]
    assert stories["words"].sum() == result.metrics["self_disclosure_words"]
    steering = {tuple(x) for spans in result.directive_disclosures["story"] for x in spans}
    for row in stories.itertuples():
        assert (row.steers != "") == bool(steering & {tuple(x) for x in row.story})


def test_the_session_in_parts_adds_up_to_the_whole(result):
    thirds, windows = result.thirds, result.windows(4)
    assert thirds["worker_words"].sum() == result.metrics["worker_words"]
    assert thirds["client_words"].sum() == result.metrics["client_words"]
    assert windows["first_turn"].iloc[0] == 0
    assert windows["last_turn"].iloc[-1] == len(result.transcript.turns) - 1
    assert windows["worker_talk_share"].dropna().between(0, 1).all()
    with pytest.raises(ValueError, match="at least one turn"):
        result.windows(0)
    responses = result.responses
    assert responses["behaviour"].tolist() == [b.value for b in BEHAVIOURS]
    assert responses["ratio"].isna().eq(responses["n"] < 3).all()


def test_counting_by_volley_counts_no_more_than_by_utterance(result):
    volleys = analyze(result.transcript, counting="volley")
    assert "counting:volley" in volleys.signature
    assert "counting:utterance" in result.signature
    for b in BEHAVIOURS:
        if b != "open_question":  # an open question may stand for a volley's closed ones, never for more volleys
            assert volleys.metrics[f"n_{b}"] <= result.metrics[f"n_{b}"]
    assert volleys.metrics["n_question"] <= volleys.metrics["worker_volleys"]
    with pytest.raises(ValueError, match="utterance, volley"):
        analyze(result.transcript, counting="turn")


def test_metrics_agree_with_the_frames(result):
    frame, metrics = result.utterances, result.metrics
    for b in BEHAVIOURS:
        assert metrics[f"n_{b.value}"] == frame[b.value].sum()
    assert metrics["talk_ratio"] == pytest.approx(metrics["worker_words"] / metrics["client_words"])
    asks = frame["open_question"] | frame["closed_question"]
    assert result.balance.reflections_per_question == pytest.approx(frame["reflection"].sum() / asks.sum())
    assert metrics["directive_disclosure_count"] == len(result.directive_disclosures)
    assert metrics["unsure_utterances"] == frame["unsure"].sum()


def test_json_fits_the_schema_and_says_what_the_frames_say(result):
    data = json.loads(result.to_json())
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(data, json_schema())
    assert data == result.to_dict()
    assert [u["text"] for u in data["utterances"]] == result.utterances["text"].tolist()
    assert {k: v["value"] for k, v in data["metrics"].items()} == dict(result.metrics)
    assert data["signature"] == result.signature
    assert "NaN" not in result.to_json()
    assert json.loads(result.to_json(indent=None)) == data


def test_the_schema_has_room_for_suspected_rows_and_roles_that_change():
    said = [("Ana", "worker", "How was it?"), ("Ben", "client", "It was bad."), ("Ana", "client", "For me too.")]
    transcript = read_transcript([{"speaker": s, "role": r, "text": t} for s, r, t in said])
    noted = replace(transcript, notes=(*transcript.notes, Note("suspect", "labels look exchanged.", row=1)))
    data = analyze(noted).to_dict()
    jsonschema.validate(data, json_schema())
    assert "Ana" in data["roles"]["worker"]
    assert "Ana" in data["roles"]["client"]
    assert data["source"]["notes"][-1]["kind"] == "suspect"


def test_the_schema_is_strict():
    data = analyze([("Worker", "How was it?"), ("Client", "Bad.")]).to_dict()
    for damage in ({"extra": 1}, {"metrics": {}}, {"schema_version": "2.0"}, {"utterances": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data | damage, json_schema())


def test_disclosures_frame():
    result = analyze(EXAMPLES / "drop-in.csv")
    frame = result.directive_disclosures
    assert tuple(frame.columns) == DISCLOSURE_COLUMNS
    texts = {t.index: t.text for t in result.transcript.turns}
    told = " ".join(texts[turn][a:b] for spans in frame["story"] for turn, a, b in spans)
    assert "sleeping in my van" in told
    empty = analyze([("Worker", "How was it?"), ("Client", "Bad.")]).directive_disclosures
    assert tuple(empty.columns) == DISCLOSURE_COLUMNS
    assert len(empty) == 0


def test_every_form_carries_the_signature(result):
    signature = result.signature
    assert signature.endswith(f"|reflectkit:{reflectkit.__version__}")
    assert "|codebook:1|" in signature
    assert "|licence:CC BY" in signature
    assert set(result.to_frame()["signature"]) == {signature}
    assert signature in result.summary()
    assert signature in result._repr_html_()
    assert signature in repr(result)


def test_the_summary(result):
    summary = result.summary()
    assert max(len(line) for line in summary.split("\n") if line != result.signature) <= 110
    assert "They do not rate a person" in summary
    for turn in result.transcript.turns:
        if turn.words > 4:
            assert turn.text not in summary


def test_undefined_is_none_nan_and_null():
    result = analyze([("Worker", "Sit down."), ("Client", "[silence]")])
    assert result.metrics["talk_ratio"] is None
    assert result.metrics.to_frame()["value"].isna()["talk_ratio"]
    assert result.to_dict()["metrics"]["talk_ratio"]["value"] is None
    assert "not defined" in result.summary()


def test_frames_are_the_callers_own(result):
    frame = result.utterances
    frame["text"] = "gone"
    assert "gone" not in set(result.utterances["text"])


def test_an_analysis_can_be_copied_and_sent_to_another_process(result):
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again.to_json() == result.to_json()
    assert copy.deepcopy(result) == result


def test_same_input_same_bytes(result, tmp_path):
    """In another process with another hash seed as well."""
    path = EXAMPLES / next(p.name for p in FILES if p.stem == result.session or p.name.startswith(result.session))
    code = (
        "import sys, reflectkit; sys.stdout.reconfigure(encoding='utf-8', newline='');"
        "a = reflectkit.analyze(sys.argv[1], worker=sys.argv[2] or None); sys.stdout.write(a.to_json() + a.summary() + a._repr_html_())"
    )
    args = [sys.executable, "-c", code, str(path), WORKERS.get(path.name, "")]
    made = subprocess.run(args, capture_output=True, check=True, env={"PYTHONHASHSEED": "12345", "PATH": ""}).stdout
    again = analyze(path, worker=WORKERS.get(path.name))
    assert made.decode() == again.to_json() + again.summary() + again._repr_html_()


def test_the_frame_given_is_left_as_it_is():
    frame = pd.DataFrame({"speaker": ["Worker", "Client"], "text": ["How was it?", "Bad."]}, index=[7, 3])
    before = frame.copy(deep=True)
    analyze(frame)
    pd.testing.assert_frame_equal(frame, before)


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">&lt;b&gt; \u202eRTL مرحبا 🎉 </details></div>'


def test_hostile_words_do_not_become_markup():
    result = analyze(
        [(f"Worker {HOSTILE}", f"You said {HOSTILE}?"), ("Client", HOSTILE)],
        worker=f"Worker {HOSTILE}",
        session=HOSTILE,
    )
    html = result._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("<details>") == html.count("</details>") == 1
    assert "http" not in html


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(["Worker", "Client"]), st.text(max_size=60)), min_size=2, max_size=8))
def test_anything_said_can_be_analysed_or_is_refused_clearly(rows):
    try:
        result = analyze(rows)
    except reflectkit.TranscriptError:
        return
    jsonschema.validate(json.loads(result.to_json()), json_schema())
    metrics = result.metrics
    assert 0 <= (metrics["worker_talk_share"] or 0) <= 1
    assert sum(metrics[f"n_{b.value}"] for b in BEHAVIOURS) >= metrics["worker_utterances"]


def test_importing_is_light_and_silent():
    code = (
        "import sys, socket\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "import reflectkit\n"
        "heavy = {'spacy', 'sklearn', 'pandas', 'numpy', 'scipy', 'joblib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "reflectkit.read_transcript([('Worker', 'a'), ('Client', 'b')])\n"
        "heavy = {'spacy', 'sklearn', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "reflectkit.analyze([('Worker', 'a'), ('Client', 'b')])\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_public_names():
    for name in reflectkit.__all__:
        assert getattr(reflectkit, name) is not None
    assert set(reflectkit.__all__) <= set(dir(reflectkit))
    with pytest.raises(AttributeError, match="no attribute 'analyse_many'"):
        _ = reflectkit.analyse_many
    namespace: dict = {}
    exec("from reflectkit import *", namespace)
    assert set(reflectkit.__all__) <= set(namespace)


def test_from_text_and_analyze_together():
    t = Transcript.from_text("PSW: What happened?\nJo: He left.", session="s1")
    assert analyze(t).session == "s1"
    assert analyze(t, worker="Jo").transcript.roles.worker == ("Jo",)


def test_roles_given_later_make_the_transcript_they_make_at_first():
    rows = [
        {"speaker": "A", "role": "worker", "text": "You look tired."},
        {"speaker": "A", "role": "client", "text": "I am."},
        {"speaker": "B", "role": "client", "text": "Hm so."},
    ]
    at_once = read_transcript(rows, worker="A", client="B")
    later = read_transcript(read_transcript(rows), worker="A", client="B")
    assert later == at_once
    assert later.notes == at_once.notes
    assert len(later.turns) == 2
    seen = [("Worker", "How was it?"), ("Client", "Bad."), ("Observer", "Mm, I saw that.")]
    both = read_transcript(read_transcript(seen), worker="Worker", client=["Client", "Observer"])
    assert both == read_transcript(seen, worker="Worker", client=["Client", "Observer"])
    assert not any("neither worker nor client" in note.message for note in both.notes)


def test_results_are_not_changed_from_outside():
    talk = [("Worker", "How was it?"), ("Client", "Bad.")]
    a = analyze(talk, model="fast")
    for change in (
        lambda: a.model.__setitem__("name", "other"),
        lambda: a.model.pop("name"),
        lambda: a.balance.estimates.update(n_question=None),
        lambda: a.balance.estimates.clear(),
    ):
        with pytest.raises(TypeError, match="read-only"):
            change()
    assert len({a, analyze(talk, model="fast")}) == 1
    assert pickle.loads(pickle.dumps(a)) == copy.deepcopy(a) == a
    json_schema().clear()
    assert "required" in json_schema()


def test_a_name_that_no_file_can_hold_is_written_all_the_same(tmp_path):
    (a,) = reflectkit.analyze_many({"caf\udce9": [("Worker", "How was it?"), ("Client", "Bad.")]}, model="fast")
    a.to_json(tmp_path / "a.json")
    assert reflectkit.Analysis.from_json((tmp_path / "a.json").read_text("utf-8")) == a


def test_what_is_decided_and_not_estimated_has_no_interval():
    found = analyze(EXAMPLES / "drop-in.csv", model="fast")
    metrics = found.metrics
    doubted = ("safety_questions", "safety_passages", "reflections_tied", "client_words_before_directive")
    assert all(metrics[name] is not None and metrics.interval(name) is None for name in doubted)
    assert metrics.interval("worker_words") == (metrics["worker_words"],) * 2
    data = found.to_dict()["metrics"]["safety_passages"]
    assert (data["low"], data["high"]) == (None, None)
