"""Corpora in their own layouts, tables without headers, and times in the units people have."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest

from reflectkit import Role, Transcript, TranscriptError, read_transcript

ANNOMI = """\
mi_quality,transcript_id,video_title,utterance_id,interlocutor,timestamp,utterance_text,annotator_id,client_talk_type
high,0,A title,0,therapist,00:00:05,"Well, what brings you?",3,n/a
high,0,A title,0,therapist,00:00:05,"Well, what brings you?",4,n/a
high,0,A title,1,client,00:00:09,My knee.,3,neutral
high,0,A title,1,client,00:00:09,My knee.,4,change
low,7,Another,0,therapist,00:00:01,Stop smoking.,3,n/a
low,7,Another,1,client,00:00:02,No.,3,sustain
low,7,Another,2,client,00:00:03,No.,3,sustain
"""
ESCONV = [
    {
        "emotion_type": "worry",
        "situation": "s",
        "dialog": [
            {"speaker": "seeker", "annotation": {}, "content": "I dread Monday.\n"},
            {"speaker": "supporter", "annotation": {"strategy": "Question"}, "content": f"What is on Monday, {i}?\n"},
        ],
    }
    for i in range(3)
]
CONVOKIT = [
    {"id": "a2", "conversation_id": "a1", "speaker": "mo", "text": "Tired.", "reply-to": "a1", "timestamp": 1700000060},
    {"id": "a1", "conversation_id": "a1", "speaker": "kit", "text": "How are you?", "reply-to": None, "timestamp": 1700000000},
    {"id": "b1", "conversation_id": "b1", "speaker": "mo", "text": "Hello?", "reply-to": None, "timestamp": None, "meta": {}},
]  # fmt: skip


def said(transcript):
    return [(t.speaker, t.text) for t in transcript.turns]


def lines(records):
    return "\n".join(map(json.dumps, records))


def test_annomi_one_utterance_whatever_the_number_of_annotators():
    t = Transcript.from_text(ANNOMI, session="0")
    assert said(t) == [("therapist", "Well, what brings you?"), ("client", "My knee.")]
    assert [turn.start_s for turn in t.turns] == [5.0, 9.0]
    assert [turn.row for turn in t.turns] == [0, 2]
    assert (t.session, t.format) == ("0", "annomi")
    assert ("skipped", 2) in {(n.kind, n.count) for n in t.notes if "annotators" in n.message}
    assert said(Transcript.from_text(ANNOMI, session="7"))[1] == ("client", "No.\nNo.")
    frame = pd.read_csv(io.StringIO(ANNOMI))
    assert said(read_transcript(frame, session="0")) == said(t)
    with pytest.raises(TranscriptError, match="holds 2 sessions"):
        Transcript.from_text(ANNOMI)


def test_esconv_one_dialogue_by_its_number():
    text = json.dumps(ESCONV, indent=1)
    t = Transcript.from_text(text, session="2")
    assert said(t) == [("seeker", "I dread Monday."), ("supporter", "What is on Monday, 2?")]
    assert (t.format, t.session, t.roles.worker) == ("esconv", "2", ("supporter",))
    assert Transcript.from_text(json.dumps(ESCONV[:1])).turns[1].text == "What is on Monday, 0?"
    with pytest.raises(
        TranscriptError, match=r"holds 3 dialogues\. Choose one with session= \(--session\), from 0 to 2"
    ):
        Transcript.from_text(text)
    for wrong in ("3", "-1", "x"):
        with pytest.raises(TranscriptError, match="there is no dialogue"):
            Transcript.from_text(text, session=wrong)


def test_convokit_file_and_folder(tmp_path):
    (tmp_path / "utterances.jsonl").write_text(lines(CONVOKIT), "utf-8")
    by_file = read_transcript(tmp_path / "utterances.jsonl", session="a1", worker="kit")
    assert said(by_file) == [("kit", "How are you?"), ("mo", "Tired.")]
    assert [t.start_s for t in by_file.turns] == [0.0, 60.0]
    assert by_file.format == "convokit"
    assert any("order of their times" in n.message for n in by_file.notes)
    with pytest.raises(TranscriptError, match="holds 2 sessions"):
        read_transcript(tmp_path)
    people = {"kit": {"meta": {"role": "listener"}, "vectors": []}, "mo": {"meta": {"role": "client"}}}
    (tmp_path / "speakers.json").write_text(json.dumps(people), "utf-8")
    by_folder = read_transcript(tmp_path, session="a1")
    assert said(by_folder) == said(by_file)
    assert (by_folder.roles.worker, by_folder.roles.basis) == (("kit",), "labels")
    assert by_folder.format_reason == "a folder with utterances.jsonl"


def test_convokit_of_older_versions(tmp_path):
    old = [
        {
            "id": r["id"],
            "root": r["conversation_id"],
            "user": r["speaker"],
            "text": r["text"],
            "reply-to": r["reply-to"],
        }
        for r in CONVOKIT[:2]
    ]
    (tmp_path / "utterances.json").write_text(json.dumps(old), "utf-8")
    assert said(read_transcript(tmp_path, worker="kit")) == [("mo", "Tired."), ("kit", "How are you?")]


def test_chats_with_conversation_numbers_are_no_convokit_corpus():
    said = [
        {"id": str(n), "conversation_id": "7", "speaker": s, "text": "Hm."} for n, s in enumerate(["Worker", "Client"])
    ]
    for indent in (None, 1):
        transcript = Transcript.from_text(json.dumps({"language": "en", "messages": said}, indent=indent))
        assert (transcript.format, len(transcript.turns)) == ("json", 2)


def test_headerless_tables_are_read_and_said_to_be_guessed():
    for text in ("Ana,Hello there you\nBen,Hi\nAna,How was it then?\nBen,Bad, \n".replace("Bad, ", '"Bad, very"'),
                 "1,Ana,Hello there you\n2,Ben,Hi\n3,Ana,How was it then?\n4,Ben,\"Bad, very\"\n"):  # fmt: skip
        t = Transcript.from_text(text, format="csv", worker="Ana")
        assert said(t) == [("Ana", "Hello there you"), ("Ben", "Hi"), ("Ana", "How was it then?"), ("Ben", "Bad, very")]
        assert t.turns[0].row == 0
        assert any(n.kind == "guessed" and "no header line" in n.message for n in t.notes)
    t = Transcript.from_text("0:05\tWorker\tHow was it?\n0:09\tClient\tBad.\n", format="tsv")
    assert [turn.start_s for turn in t.turns] == [5.0, 9.0]


@pytest.mark.parametrize(
    "text",
    [
        "Wer,Was\nAna,Hallo du da\nBen,Na\nAna,Wie war es denn?\nBen,Schlimm\n",  # an unknown header
        "well I went,and then\nshe said,nothing\nso I left,for good\nand cried,a lot\n",
        "1,2\n3,4\n5,6\n7,8\n",
    ],
)
def test_tables_that_are_not_plain_are_refused(text):
    with pytest.raises(TranscriptError, match="no column for the words said"):
        Transcript.from_text(text, format="csv", worker="Ana")


def test_codes_beside_the_text_are_left_out_and_counted():
    t = Transcript.from_text("speaker,code,text,memo\nWorker,OQ,How?,x\nClient,,Bad.,\n")
    assert said(t) == [("Worker", "How?"), ("Client", "Bad.")]
    assert [(n.kind, n.count) for n in t.notes] == [("skipped", 2)]


def test_notes_name_the_first_row_they_are_about():
    t = Transcript.from_text("speaker,text,time\nWorker,Sit.,1\n,Down.,soon\nClient,,later\nClient,No.,9\n")
    assert {(n.message.split(" ")[0], n.row, n.count) for n in t.notes} == {
        ("rows", 1, 1),
        ("rows", 2, 1),
        ("values", 1, 2),
    }


TALK = [("Worker", "How have things been for you since last week, then?"), ("Client", "Up and down. Mostly down, I have to say."),
        ("Worker", "Down. Tell me about that."), ("Client", "I stopped going out after the Tuesday.")]  # fmt: skip
SECONDS = [0.0, 4.5, 9.0, 12.0]


def table(starts, name="start", ends=None):
    rows = [{"speaker": s, "text": t, name: x} for (s, t), x in zip(TALK, starts, strict=True)]
    return [row | ({"end": e} if ends else {}) for row, e in zip(rows, ends or SECONDS, strict=True)]


@pytest.mark.parametrize(
    ("starts", "name", "told"),
    [
        (SECONDS, "start", ""),
        ([0, 4500, 9000, 12000], "start_ms", "name says"),
        ([0, 4500, 9000, 12000], "Start (ms)", "name says"),
        ([0, 4500, 9000, 12000], "start", "taken for milliseconds"),
        (["0", "4500", "9000", "12000"], "time", "taken for milliseconds"),
        (["00:00:00", "00:00:04.5", "00:00:09", "00:00:12"], "timestamp", ""),
        ([s / 86400 for s in SECONDS], "time", "fractions of a day"),
        ([1_700_000_000 + s for s in SECONDS], "timestamp", "seconds from the first"),
        ([1_700_000_000_000 + round(s * 1000) for s in SECONDS], "timestamp", "milliseconds since 1970"),
        ([f"2025-05-12T10:00:{s:06.3f}Z" for s in SECONDS], "time", "seconds from the first"),
        ([pd.Timestamp("2025-05-12 10:00") + pd.Timedelta(seconds=s) for s in SECONDS], "time", "seconds from the first"),
        ([pd.Timedelta(seconds=s) for s in SECONDS], "time", ""),
    ],
)  # fmt: skip
def test_times_become_seconds_whatever_their_unit(starts, name, told):
    t = read_transcript(table(starts, name))
    assert [turn.start_s for turn in t.turns] == pytest.approx(SECONDS, abs=1e-4)
    assert any(told in n.message for n in t.notes) if told else not t.notes


def test_times_stored_as_hours_and_minutes_are_minutes_and_seconds():
    from datetime import time

    stamps = [time(0, 0), time(0, 4), time(0, 9), time(0, 12)]
    t = read_transcript(table(stamps))
    assert [turn.start_s for turn in t.turns] == [0.0, 4.0, 9.0, 12.0]
    assert any("hours and minutes" in n.message for n in t.notes)


def test_slow_chats_stay_in_seconds():
    starts = [0, 130, 300, 470]
    assert [t.start_s for t in read_transcript(table(starts)).turns] == starts


def test_random_delimited_tables_come_back():
    from hypothesis import given, settings
    from hypothesis import strategies as st

    cell = st.text(st.characters(exclude_categories=["C"]), max_size=30)

    @settings(max_examples=80, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from(["Worker", "Client"]), cell), min_size=1, max_size=12),
        st.sampled_from(",;\t|"),
    )
    def check(rows, delimiter):
        rows = [("Worker", "Hello there."), ("Client", "Hello you."), *rows]
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
            [("speaker", "text"), *rows]
        )
        t = Transcript.from_text(out.getvalue(), format="csv", worker="Worker")
        pieces = [(turn.speaker, turn.text[p.start : p.end]) for turn in t.turns for p in turn.pieces]
        assert pieces == [(s, text.strip()) for s, text in rows]
        assert {turn.role for turn in t.turns} <= {Role.WORKER, Role.CLIENT}

    check()
