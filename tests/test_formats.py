"""The registry of formats, and what follows it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import ROOT
from reflectkit import Transcript
from reflectkit.read import detect_format
from reflectkit.read.formats import BY_NAME, BY_SUFFIX, FORMATS, NAMES, as_table


def test_the_readme_and_the_command_line_follow_the_registry():
    assert as_table() in (ROOT / "README.md").read_text("utf-8")
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
    assert detect_format(text)[0] == name
    for t in (Transcript.from_text(text), Transcript.from_text(text, format=name)):
        assert [turn.text for turn in t.turns] == ["How?", "Bad."]
        assert t.format in BY_NAME
    assert t.format_reason == "given by the caller"
