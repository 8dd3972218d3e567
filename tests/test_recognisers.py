"""JSON of speech recognisers: the same talk in every layout gives the same turns."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reflectkit import Transcript, TranscriptError, read_transcript
from reflectkit.read.recognisers import RECOGNISERS

WORDS = [
    ("How", 0.5, 0.75, 0), ("was", 0.75, 1.0, 0), ("it?", 1.0, 1.5, 0),
    ("Bad.", 2.0, 2.5, 1), ("Really.", 3.0, 3.5, 1), ("Oh.", 4.0, 4.25, 0),
]  # fmt: skip
PHRASES = [("How was it?", 0.5, 1.5, 0), ("Bad. Really.", 2.0, 3.5, 1), ("Oh.", 4.0, 4.25, 0)]
SAID = [("How was it?", 0.5, 1.5), ("Bad. Really.", 2.0, 3.5), ("Oh.", 4.0, 4.25)]


def aws_items(*, labelled):
    for word, start, end, speaker in WORDS:
        label = {"speaker_label": f"spk_{speaker}"} if labelled else {}
        times = {"start_time": str(start), "end_time": str(end)}
        yield {"type": "pronunciation", "alternatives": [{"content": word.rstrip("?.")}], **times, **label}
        if word[-1] in "?.":
            yield {"type": "punctuation", "alternatives": [{"content": word[-1]}], **label}


AWS_ITEMS = list(aws_items(labelled=False))
AWS_LABELLED = list(aws_items(labelled=True))
LAYOUTS = {
    "whisperx": ("whisper", {"segments": [
        {"start": s, "end": e, "text": f" {t}", "speaker": f"SPEAKER_0{k}"} for t, s, e, k in PHRASES
    ], "word_segments": [], "language": "en"}),
    "whisperx, words": ("whisper", {"segments": [
        {"start": 0.5, "end": 4.25, "text": " How was it? Bad. Really. Oh.", "speaker": "SPEAKER_00",
         "words": [{"word": w, "start": s, "end": e, "speaker": f"SPEAKER_0{k}"} for w, s, e, k in WORDS]}
    ], "language": "en"}),
    "openai": ("whisper", {"task": "transcribe", "duration": 5, "segments": [
        {"type": "transcript.text.segment", "id": str(n), "start": s, "end": e, "text": t, "speaker": "AB"[k]}
        for n, (t, s, e, k) in enumerate(PHRASES)
    ]}),
    "whisper.cpp": ("whisper", {"systeminfo": "x", "transcription": [
        {"timestamps": {"from": "0"}, "offsets": {"from": int(s * 1000), "to": int(e * 1000)}, "text": f" {t}", "speaker": str(k)}
        for t, s, e, k in PHRASES
    ]}),
    "aws, labels apart": ("aws", {"jobName": "j", "results": {"transcripts": [{"transcript": "x"}], "items": AWS_ITEMS, "speaker_labels": {
        "speakers": 2, "segments": [{"speaker_label": f"spk_{k}", "items": [
            {"start_time": str(s), "speaker_label": f"spk_{k}"}]} for _, s, _, k in WORDS]}}}),
    "aws, labels in items": ("aws", {"results": {"items": AWS_LABELLED}}),
    "aws, audio segments": ("aws", {"results": {"items": AWS_LABELLED, "audio_segments": [
        {"id": n, "transcript": t, "start_time": str(s), "end_time": str(e), "speaker_label": f"spk_{k}"}
        for n, (t, s, e, k) in enumerate(PHRASES)
    ]}}),
    "aws, channels": ("aws", {"results": {"items": AWS_ITEMS, "channel_labels": {"channels": [
        {"channel_label": f"ch_{k}", "items": [i for i, label in zip(AWS_ITEMS, AWS_LABELLED, strict=True)
         if label.get("speaker_label") == f"spk_{k}"]} for k in (0, 1)]}}}),
    "deepgram, utterances": ("deepgram", {"metadata": {}, "results": {"channels": [{"alternatives": [{"transcript": "x"}]}], "utterances": [
        {"start": s, "end": e, "transcript": t, "speaker": k, "channel": 0} for t, s, e, k in PHRASES]}}),
    "deepgram, words": ("deepgram", {"results": {"channels": [{"alternatives": [{"words": [
        {"word": w.lower().rstrip("?."), "punctuated_word": w, "start": s, "end": e, "speaker": k} for w, s, e, k in WORDS]}]}]}}),
    "deepgram, channels": ("deepgram", {"results": {"channels": [{"alternatives": [{"words": [
        {"word": w, "start": s, "end": e} for w, s, e, k in WORDS if k == channel]}]} for channel in (0, 1)]}}),
    "assemblyai": ("assemblyai", {"id": "x", "audio_url": "u", "status": "completed", "utterances": [
        {"speaker": "AB"[k], "text": t, "start": int(s * 1000), "end": int(e * 1000), "confidence": 0.9,
         "words": [{"text": t, "start": int(s * 1000), "end": int(e * 1000), "speaker": "AB"[k]}]} for t, s, e, k in PHRASES]}),
    "assemblyai, words": ("assemblyai", {"audio_url": "u", "text": "x", "utterances": None, "words": [
        {"text": w, "start": int(s * 1000), "end": int(e * 1000), "speaker": "AB"[k]} for w, s, e, k in WORDS]}),
    "azure, ticks": ("azure", {"source": "s", "combinedRecognizedPhrases": [], "recognizedPhrases": [
        {"recognitionStatus": "Success", "channel": 0, "speaker": k + 1, "offsetInTicks": s * 1e7, "durationInTicks": (e - s) * 1e7,
         "offset": "PT9S", "nBest": [{"lexical": t.lower(), "display": t}]} for t, s, e, k in PHRASES]}),
    "azure, ISO": ("azure", {"recognizedPhrases": [
        {"channel": k, "offset": f"PT{s}S", "duration": f"PT{e - s}S", "nBest": [{"display": t}]} for t, s, e, k in reversed(PHRASES)]}),
    "azure, fast": ("azure", {"durationMilliseconds": 5000, "combinedPhrases": [{"text": "x"}], "phrases": [
        {"speaker": k, "offsetMilliseconds": s * 1000, "durationMilliseconds": (e - s) * 1000, "text": t} for t, s, e, k in PHRASES]}),
    "google": ("google", {"results": [
        {"alternatives": [{"transcript": "x", "words": [
            {"word": w, "startTime": f"{s:.3f}s", "endTime": f"{e}s"} for w, s, e, _ in WORDS[:3]]}]},
        {"alternatives": [{"words": [
            {"word": w, "startTime": f"{s:.3f}s", "endTime": f"{e}s", "speakerTag": k + 1} for w, s, e, k in WORDS]}]}]}),
    "google, protobuf": ("google", {"response": {"results": [{"alternatives": [{"words": [
        {"word": w, "start_time": {"seconds": int(s), "nanos": int(s % 1 * 1e9)},
         "end_time": {"seconds": str(int(e)), "nanos": int(e % 1 * 1e9)},
         "speaker_tag": k + 1} for w, s, e, k in WORDS]}]}]}}),
    "google, version 2": ("google", {"results": [
        {"alternatives": [{"words": [
            {"word": w, "startOffset": f"{s}s", "endOffset": f"{e}s", "speakerLabel": str(k + 1)} for w, s, e, k in part]}]}
        for part in (WORDS[:4], WORDS[4:])]}),
    "revai": ("revai", {"speakers": [{"id": 0, "name": "Ana"}], "monologues": [
        {"speaker": k, "elements": [
            {"type": "text", "value": t[:-1], "ts": s, "end_ts": e}, {"type": "punct", "value": t[-1]}]} for t, s, e, k in PHRASES]}),
    "speechmatics": ("speechmatics", {"format": "2.9", "metadata": {"type": "transcription"}, "results": [
        item for w, s, e, k in WORDS for item in (
            {"type": "word", "start_time": s, "end_time": e, "alternatives": [{"content": w.rstrip("?."), "speaker": f"S{k + 1}"}]},
            *([{"type": "punctuation", "attaches_to": "previous", "start_time": e, "end_time": e,
                "alternatives": [{"content": w[-1], "speaker": f"S{k + 1}"}]}] if w[-1] in "?." else []))]}),
    "elevenlabs": ("elevenlabs", {"language_code": "en", "text": "x", "words": [
        item for w, s, e, k in WORDS for item in (
            {"text": w, "type": "word", "start": s, "end": e, "speaker_id": f"speaker_{k}"},
            {"text": " ", "type": "spacing", "start": e, "end": e, "speaker_id": f"speaker_{k}"})]}),
    "elevenlabs, a channel each": ("elevenlabs", {"transcripts": [
        {"channel_index": c, "words": [{"text": w, "type": "word", "start": s, "end": e} for w, s, e, k in WORDS if k == c]}
        for c in (0, 1)]}),
}  # fmt: skip


@pytest.mark.parametrize(("format", "data"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_gives_the_same_turns(tmp_path, format, data):
    path = tmp_path / "session.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(TranscriptError, match="not clear who the worker is") as caught:
        read_transcript(path)
    first = str(caught.value).split("Speakers found: '")[1].split("'")[0]
    for transcript in (read_transcript(path, worker=first), read_transcript(path, worker=first, format=format)):
        assert [(t.text, t.start_s, t.end_s) for t in transcript.turns] == SAID
        assert [t.role.value for t in transcript.turns] == ["worker", "client", "worker"]
        assert (transcript.format, transcript.rows_are_units) == (format, False)
    assert read_transcript(path, worker=first).format_reason.startswith("it holds ")


def test_every_recogniser_is_in_the_registry_and_tried():
    from reflectkit.read.formats import NAMES

    assert set(RECOGNISERS) <= set(NAMES)
    assert {format for format, _ in LAYOUTS.values()} == set(RECOGNISERS)


def test_partial_speakers_are_carried_and_counted():
    data = copy.deepcopy(LAYOUTS["whisperx"][1])
    data["segments"].insert(0, {"start": 0, "end": 0.4, "text": "So."})
    data["segments"].insert(3, {"start": 3.6, "end": 3.7, "text": "Yes."})
    data["segments"].append({"start": 5, "end": 6, "text": " ", "speaker": "SPEAKER_01"})
    transcript = Transcript.from_text(json.dumps(data), worker="SPEAKER_00")
    assert [t.text for t in transcript.turns] == ["So. How was it?", "Bad. Really. Yes.", "Oh."]
    assert [(n.kind, n.count) for n in transcript.notes] == [("skipped", 1), ("mended", 1), ("guessed", 1)]


def test_words_without_a_speaker_stay_with_the_word_before():
    words = [{"word": w, "speaker": f"S{k}"} for w, _, _, k in WORDS]
    for n in (0, 1, 4):
        del words[n]["speaker"]
    data = {"language": "en", "segments": [{"start": 0, "end": 5, "text": "x", "speaker": "S0", "words": words}]}
    transcript = Transcript.from_text(json.dumps(data), worker="S0")
    assert [t.text for t in transcript.turns] == [text for text, _, _ in SAID]


@pytest.mark.parametrize(
    ("name", "strip"),
    [("whisperx", "speaker"), ("deepgram, utterances", "speaker"), ("aws, labels in items", "speaker_label"), ("google", "speakerTag"),
     ("azure, ticks", "speaker"), ("revai", "speaker"), ("assemblyai, words", "speaker"),
     ("speechmatics", "speaker"), ("elevenlabs", "speaker_id")],
)  # fmt: skip
def test_no_speakers_at_all_is_refused_with_the_fix(name, strip):
    def without(value):
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items() if k != strip}
        return [without(v) for v in value] if isinstance(value, list) else value

    with pytest.raises(TranscriptError, match="wrote down no speakers") as caught:
        Transcript.from_text(json.dumps(without(LAYOUTS[name][1])), worker="Ana")
    assert "speaker recognition" in caught.value.fix


def test_format_overrides_and_refuses_another_layout():
    with pytest.raises(TranscriptError, match="this is not what Deepgram writes"):
        Transcript.from_text(json.dumps(LAYOUTS["revai"][1]), format="deepgram")
    generic = Transcript.from_text(json.dumps(LAYOUTS["whisperx"][1]), format="json", worker="SPEAKER_00")
    assert (generic.format, generic.rows_are_units) == ("json", True)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -1, 10**400, "soon", [1], {"a": 1}, True])
def test_times_that_are_no_times_are_left_out_and_told(time):
    data = copy.deepcopy(LAYOUTS["whisperx"][1])
    data["segments"][1]["start"] = time
    transcript = Transcript.from_text(json.dumps(data), worker="SPEAKER_00")
    assert transcript.turns[1].start_s is None
    assert [(n.kind, n.count) for n in transcript.notes] == [("skipped", 1)]


@pytest.mark.parametrize(
    ("key", "value"),
    [("text", 5), ("text", ["zanzibar"]), ("text", {"a": "zanzibar"}), ("speaker", ["x"]), ("speaker", {}), ("speaker", True),
     ("speaker", 10**30), ("speaker", "x" * 1000)],
)  # fmt: skip
def test_other_things_than_words_and_speakers_are_refused_by_row(key, value):
    data = copy.deepcopy(LAYOUTS["whisperx"][1])
    data["segments"][2][key] = value
    with pytest.raises(TranscriptError) as caught:
        Transcript.from_text(json.dumps(data), worker="SPEAKER_00")
    assert caught.value.row == 2
    assert "zanzibar" not in str(caught.value)


def test_a_file_of_millions_of_characters_on_one_line_is_read():
    """Recognisers write an hour on one line."""
    data = copy.deepcopy(LAYOUTS["deepgram, words"][1])
    data["results"]["channels"][0]["alternatives"][0]["words"] *= 3000
    text = json.dumps(data)
    assert len(text) > 1_000_000
    assert len(Transcript.from_text(text, worker="Speaker 0").turns) == 6001
    with pytest.raises(TranscriptError, match=r"row 0, .*of more than 1,000,000 characters"):
        Transcript.from_text(
            json.dumps([{"speaker": "worker", "text": "a " * 600_000}, {"speaker": "client", "text": "b"}])
        )


@pytest.mark.parametrize("layers", [["data"], ["result", "conversation"], ["anything"]])
@pytest.mark.parametrize("key", ["utterances", "segments", "turns", "messages"])
def test_lists_under_a_key_of_a_key(layers, key):
    data = {key: [{"speaker": "Worker", "text": "How?"}, {"speaker": "Client", "text": "Bad."}]}
    for layer in layers:
        data = {layer: data}
    assert [t.text for t in Transcript.from_text(json.dumps(data)).turns] == ["How?", "Bad."]


@pytest.mark.parametrize(
    "data", [{"a": {"b": {}}}, {"results": []}, {"results": {"items": 3}}, {"data": {"x": 1}, "result": {"y": 2}}]
)
def test_objects_without_a_list_of_turns(data):
    with pytest.raises(TranscriptError, match=r"no list of turns|nothing in it"):
        Transcript.from_text(json.dumps(data))


def places(value, path=()):
    """All paths into nested JSON."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


ANYTHING = st.sampled_from(
    [None, True, 0, -1, 1e308, 10**400, float("nan"), "", "zanzibar", "5", [], ["zanzibar"], {}, {"zanzibar": []}]
)


@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_anything_anywhere_is_read_or_refused(data):
    format, layout = data.draw(st.sampled_from(list(LAYOUTS.values())))
    broken = copy.deepcopy(layout)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(broken))[1:]))
        try:
            inside = broken
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = data.draw(ANYTHING)
        except (KeyError, IndexError, TypeError):
            break
    problem = ""
    chosen = data.draw(st.sampled_from([None, format]))
    try:
        transcript = Transcript.from_text(json.dumps(broken), format=chosen, worker="Speaker 0")
    except TranscriptError as error:
        problem = str(error)
    else:
        assert all(isinstance(turn.text, str) for turn in transcript.turns)
    assert "zanzibar" not in problem.replace("'zanzibar'", "")  # labels of speakers are named
