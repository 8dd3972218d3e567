"""The registry of formats, and what follows it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from conftest import ROOT
from reflectkit import Transcript, TranscriptError, read_transcript
from reflectkit.read.formats import BY_SUFFIX, FORMATS, NAMES, as_table


def test_the_page_of_formats_and_the_command_line_follow_the_registry():
    assert as_table() in (ROOT / "docs" / "formats.md").read_text("utf-8")
    shown = subprocess.run(
        [sys.executable, "-m", "reflectkit", "analyze", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(name in shown.split("content:")[1].split("--encoding")[0].replace(",", " ").split() for name in NAMES)


def test_a_name_and_an_ending_belong_to_one_format():
    assert len(set(NAMES)) == len(FORMATS)
    assert len(BY_SUFFIX) == sum(len(f.suffixes) for f in FORMATS)
    assert all(suffix.startswith(".") and suffix == suffix.casefold() for suffix in BY_SUFFIX)


SMALL = {
    "text": "Worker: How?\nClient: Bad.",
    "csv": "speaker,text\nWorker,How?\nClient,Bad.",
    "tsv": "speaker\ttext\nWorker\tHow?\nClient\tBad.",
    "json": '[["Worker", "How?"], ["Client", "Bad."]]',
    "jsonl": '["Worker", "How?"]\n["Client", "Bad."]',
    "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Worker>How?\n\n00:01.000 --> 00:02.000\n<v Client>Bad.",
    "srt": "1\n00:00:00,000 --> 00:00:01,000\nWorker: How?\n\n2\n00:00:01,000 --> 00:00:02,000\nClient: Bad.",
    "cha": "@Begin\n*Worker:\tHow ?\n*Client:\tBad .\n@End",
    "eaf": '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="0"/></TIME_ORDER>'
    + "".join(
        f'<TIER TIER_ID="{who}"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{who}" TIME_SLOT_REF1="a" TIME_SLOT_REF2="a">'
        f"<ANNOTATION_VALUE>{said}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
        for who, said in (("Worker", "How?"), ("Client", "Bad."))
    )
    + "</ANNOTATION_DOCUMENT>",
    "sbv": "0:00:00.000,0:00:01.000\nWorker: How?\n\n0:00:01.000,0:00:02.000\nClient: Bad.",
    "whisper": '{"language": "en", "segments": [{"start": 0, "end": 1, "text": "How?", "speaker": "Worker"}, '
    '{"start": 1, "end": 2, "text": "Bad.", "speaker": "Client"}]}',
    "aws": '{"results": {"items": [], "audio_segments": [{"transcript": "How?", "speaker_label": "Worker"}, '
    '{"transcript": "Bad.", "speaker_label": "Client"}]}}',
    "deepgram": '{"results": {"utterances": [{"transcript": "How?", "speaker": "Worker"}, '
    '{"transcript": "Bad.", "speaker": "Client"}]}}',
    "assemblyai": '{"audio_url": "a", "utterances": [{"start": 0, "end": 900, "text": "How?", "speaker": "Worker"}, '
    '{"start": 1000, "end": 1900, "text": "Bad.", "speaker": "Client"}]}',
    "azure": '{"combinedPhrases": [], "phrases": [{"offsetMilliseconds": 0, "text": "How?", "speaker": "Worker"}, '
    '{"offsetMilliseconds": 1000, "text": "Bad.", "speaker": "Client"}]}',
    "google": '{"results": [{"alternatives": [{"words": [{"word": "How?", "speakerLabel": "Worker"}, '
    '{"word": "Bad.", "speakerLabel": "Client"}]}]}]}',
    "revai": '{"monologues": [{"speaker": "Worker", "elements": [{"type": "text", "value": "How?"}]}, '
    '{"speaker": "Client", "elements": [{"type": "text", "value": "Bad."}]}]}',
    "speechmatics": '{"results": [{"type": "word", "start_time": 0, "alternatives": [{"content": "How?", "speaker": "Worker"}]}, '
    '{"type": "word", "start_time": 1, "alternatives": [{"content": "Bad.", "speaker": "Client"}]}]}',
    "elevenlabs": '{"words": [{"type": "word", "text": "How?", "speaker_id": "Worker"}, '
    '{"type": "word", "text": "Bad.", "speaker_id": "Client"}]}',
    "annomi": "transcript_id,utterance_id,interlocutor,utterance_text\n0,0,Worker,How?\n0,1,Client,Bad.",
    "esconv": '[{"dialog": [{"speaker": "supporter", "content": "How?"}, {"speaker": "seeker", "content": "Bad."}]}]',
    "convokit": "\n".join(
        f'{{"id": "{i}", "conversation_id": "0", "speaker": "{who}", "text": "{said}", "reply-to": null}}'
        for i, (who, said) in enumerate((("Worker", "How?"), ("Client", "Bad.")))
    ),
}


@pytest.mark.parametrize("name", [f.name for f in FORMATS if not f.binary])
def test_every_text_format_is_detected_by_its_content_and_may_be_given(name):
    text = SMALL[name]
    found, told = Transcript.from_text(text), Transcript.from_text(text, format=name)
    for t in (found, told):
        assert [turn.text for turn in t.turns] == ["How?", "Bad."]
        assert t.format == name
    assert found.format_reason != told.format_reason == "given by the caller"


def on_one_line(name):
    """Write a session of more than a million characters as a program does: without a line break."""
    record = {"start": 0, "end": 1, "text": "well " * 20}
    records = [record | {"speaker": ("Worker", "Client")[n % 2]} for n in range(10_000)]
    if name == "eaf":
        begin, after = SMALL["eaf"].split("<ANNOTATION>", 1)
        annotation, end = after.split("</ANNOTATION>", 1)
        said = (f"<ANNOTATION>{annotation}</ANNOTATION>".replace('_ID="Worker', f'_ID="{n}') for n in range(10_000))
        return begin + "".join(said) + end
    if name == "esconv":
        said = [{"speaker": ("supporter", "seeker")[n % 2], "content": "well " * 20} for n in range(10_000)]
        return json.dumps([{"dialog": said}])
    return json.dumps({"segments": records, "language": "en"} if name == "whisper" else records)


@pytest.mark.parametrize("name", ["json", "whisper", "esconv", "eaf"])
def test_programs_may_write_a_long_session_on_one_line(tmp_path, name):
    text = on_one_line(name)
    assert "\n" not in text
    assert len(text) > 1_000_000
    path = tmp_path / "session.bin"
    path.write_text(text, encoding="utf-8")
    for transcript in (read_transcript(path), Transcript.from_text(text)):
        assert sum(len(turn.pieces) for turn in transcript.turns) >= 10_000


@pytest.mark.parametrize("start", ["[00:12] ", "{laughs} ", "<sighs> ", ""])
def test_people_do_not_write_a_session_on_one_line(start):
    with pytest.raises(TranscriptError, match="line 2: a line of more than 1,000,000 characters"):
        Transcript.from_text(f"{start}Worker: How?\n{start}Client: " + "bad " * 300_000, format="text")
