"""Reading: every format of this step, every encoding, and nothing dropped silently."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from reflectkit import Role, Transcript, TranscriptError, read_transcript

WORDS = [
    ("Worker", "Morning, sit down."),
    ("Client", "Thanks. I nearly didn't come."),
    ("Worker", "What got you here?"),
]
SHAPE = [
    (Role.WORKER, "Morning, sit down."),
    (Role.CLIENT, "Thanks. I nearly didn't come."),
    (Role.WORKER, "What got you here?"),
]


def shape(transcript):
    return [(t.role, t.text) for t in transcript.turns]


VTT = """WEBVTT

NOTE made for a test

x/1-0
00:00:00.000 --> 00:00:01.500
<v Worker>Morning,</v>

x/2-0
00:00:01.500 --> 00:00:02.000
<v Worker>sit down.</v>

00:00:02.500 --> 00:00:05.000
<v.loud Client>Thanks. I nearly didn&#39;t come.

00:00:05.000 --> 00:00:06.000
<v Worker>What got you here?</v>
"""
ZOOM = """WEBVTT

1
00:00:00.000 --> 00:00:01.500
Worker: Morning, sit down.

2
00:00:02.500 --> 00:00:04.000
Client: Thanks. I nearly

3
00:00:04.000 --> 00:00:05.000
didn't come.

4
00:00:05.000 --> 00:00:06.000
Worker: What got you here?
"""
SRT = """1
00:00:00,000 --> 00:00:01,500
Worker: Morning, sit down.

2
00:00:02,500 --> 00:00:05,000
Client: Thanks. I nearly didn't come.

3
00:00:05,000 --> 00:00:06,000
Worker: What got you here?
"""
TEXTS = {
    "text": "Worker: Morning, sit down.\nClient: Thanks. I nearly didn't come.\nWorker: What got you here?\n",
    "wrapped": "Worker: Morning,\n   sit down.\nClient: Thanks.\nI nearly didn't come.\n\nWorker: What got you here?",
    "numbered": "1. Worker: Morning, sit down.\n2. Client: Thanks. I nearly didn't come.\n3. Worker: What got you here?",
    "stamped": "[00:00] Worker: Morning, sit down.\n[00:02] Client: Thanks. I nearly didn't come.\n[00:05] Worker: What got you here?",
    "stamp after": "Worker (00:00): Morning, sit down.\nClient (00:02): Thanks. I nearly didn't come.\nWorker (00:05): What got you here?",
    "otter": "Worker  0:00\nMorning, sit down.\n\nClient  0:02\nThanks. I nearly didn't come.\n\nWorker  0:05\nWhat got you here?\n",
    "bold": "**Worker:** Morning, sit down.\n**Client:** Thanks. I nearly didn't come.\n**Worker:** What got you here?",
    "csv": "speaker,text\nWorker,\"Morning, sit down.\"\nClient,Thanks. I nearly didn't come.\nWorker,What got you here?\n",
    "semicolons": "Role;Utterance\nWorker;Morning, sit down.\nClient;Thanks. I nearly didn't come.\nWorker;What got you here?\n",
    "tsv": "interlocutor\tutterance_text\nWorker\tMorning, sit down.\nClient\tThanks. I nearly didn't come.\nWorker\tWhat got you here?\n",
    "json": json.dumps([{"role": s, "content": t} for s, t in WORDS]),
    "json object": json.dumps({"id": "s9", "messages": [{"from": {"name": s}, "body": t} for s, t in WORDS]}),
    "json pairs": json.dumps(WORDS),
    "jsonl": "\n".join(json.dumps({"speaker": s, "text": t}) for s, t in WORDS),
    "vtt": VTT,
    "zoom": ZOOM,
    "srt": SRT,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_every_format_gives_the_same_turns(text):
    assert shape(Transcript.from_text(text)) == SHAPE


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("text", "txt"),
        ("csv", "csv"),
        ("tsv", "tsv"),
        ("json", "json"),
        ("jsonl", "jsonl"),
        ("vtt", "vtt"),
        ("srt", "srt"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_of_a_file(tmp_path, name, suffix, encoding):
    path = tmp_path / f"session-7.{suffix}"
    path.write_bytes(TEXTS[name].replace("\n", "\r\n").encode(encoding))
    transcript = read_transcript(path)
    assert shape(transcript) == SHAPE
    assert transcript.session == "session-7"
    assert shape(read_transcript(str(path))) == SHAPE


def test_windows_1252_is_read_and_noted(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("Worker: You’re worn out – aren’t you?\nClient: Yes…".encode("cp1252"))
    transcript = read_transcript(path)
    assert transcript.turns[0].text == "You’re worn out – aren’t you?"
    assert any("Windows-1252" in note.message for note in transcript.notes)
    path.write_text(TEXTS["text"], encoding="utf-8")
    assert read_transcript(path).notes == ()


def test_open_files_frames_rows_and_transcripts(tmp_path):
    path = tmp_path / "s.txt"
    path.write_text(TEXTS["text"], encoding="utf-8")
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        assert shape(read_transcript(binary)) == shape(read_transcript(text)) == SHAPE
    assert shape(read_transcript(io.StringIO(VTT))) == SHAPE
    frame = pd.DataFrame(WORDS, columns=["who", "words"])
    before = frame.copy(deep=True)
    assert shape(read_transcript(frame)) == SHAPE
    pd.testing.assert_frame_equal(frame, before)
    assert shape(read_transcript(iter(WORDS))) == SHAPE
    assert shape(read_transcript([{"speaker": s, "text": t} for s, t in WORDS])) == SHAPE
    transcript = read_transcript(WORDS)
    assert read_transcript(transcript) is transcript
    assert [t.role for t in read_transcript(transcript, worker="client").turns] == [
        Role.CLIENT,
        Role.WORKER,
        Role.CLIENT,
    ]


def test_a_frame_written_by_a_transcript_reads_back():
    transcript = Transcript.from_text(VTT, session="s1")
    again = read_transcript(transcript.to_frame())
    assert [(t.role, t.speaker, t.text, t.start_s, t.end_s) for t in again.turns] == [
        (t.role, t.speaker, t.text, t.start_s, t.end_s) for t in transcript.turns
    ]
    assert again.session == "s1"


def test_times_are_seconds():
    turns = Transcript.from_text(VTT).turns
    assert [(t.start_s, t.end_s) for t in turns] == [(0.0, 2.0), (2.5, 5.0), (5.0, 6.0)]
    stamped = Transcript.from_text(TEXTS["stamped"])
    assert [t.start_s for t in stamped.turns] == [0.0, 2.0, 5.0]
    assert not stamped.has_times
    frame = pd.DataFrame(
        {"speaker": ["W", "C"], "text": ["a", "b"], "start": ["00:01:02.5", np.nan], "end": [70, "later"]}
    )
    assert [(t.start_s, t.end_s) for t in read_transcript(frame).turns] == [(62.5, 70.0), (None, None)]


def test_a_number_no_clock_shows_is_no_time():
    for value in (10**400, float("inf"), "9" * 400, -1, 1e300):
        t = read_transcript([{"speaker": "worker", "text": "a", "start": value}, {"speaker": "client", "text": "b"}])
        assert t.turns[0].start_s is None


def test_rows_are_counted_as_in_the_source():
    t = Transcript.from_text("Worker: a\nWorker: b\nClient: c\n\nWorker: d\nstill d")
    assert [(turn.index, turn.row, [p.row for p in turn.pieces]) for turn in t.turns] == [
        (0, 0, [0, 1]),
        (1, 2, [2]),
        (2, 3, [3]),
    ]
    assert t.turns[0].text == "a\nb"
    v = Transcript.from_text(VTT)
    assert [[p.row for p in turn.pieces] for turn in v.turns] == [[0, 1], [2], [3]]
    assert v.turns[0].text == "Morning, sit down."


def test_two_voices_in_one_caption():
    text = "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Worker>You rang?</v> <v Client>I did.</v>\n"
    assert shape(Transcript.from_text(text)) == [(Role.WORKER, "You rang?"), (Role.CLIENT, "I did.")]


def test_colons_that_are_no_speakers():
    text = (
        "Date: 3 May\nWorker: You wrote it down: every night.\nClient: He said: no.\nand then: nothing\n10:30 was the time\n"
        "Worker: See https://example.org then?\n"
    )
    transcript = Transcript.from_text(text)
    assert shape(transcript) == [
        (Role.WORKER, "You wrote it down: every night."),
        (Role.CLIENT, "He said: no. and then: nothing 10:30 was the time"),
        (Role.WORKER, "See https://example.org then?"),
    ]
    assert [n.kind for n in transcript.notes] == ["skipped", "guessed"]


LABELS = {
    "interviewer initials": "I: hello?\nP1: fine\nI: what was it like?\nP1: bad",
    "numbers in brackets": "(5) Worker: hello?\n(6) Client: fine\n(7) Worker: what was it like?\n(8) Client: bad",
    "numbers and a colon": "5: Worker: hello?\n6: Client: fine\n7: Worker: what was it like?\n8: Client: bad",
    "hard spaces": "\u00a0Worker: hello?\n\u00a0Client: fine\n\u00a0Worker: what was it like?\nClient: bad",
    "bullets": "• Worker: hello?\n• Client: fine\n• Worker: what was it like?\n• Client: bad",
    "stamp without brackets": "Worker 00:01:\nhello?\nClient 00:02: fine\nWorker 00:05: what was it like?\nClient 00:07: bad",
    "two cases": "Worker: hello?\nCLIENT: fine\nWORKER: what was it like?\nclient: bad",
    "soft breaks": "Worker: hello?\x0bClient: fine\x0bWorker: what was it like?\u2028Client: bad",
}  # fmt: skip


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS.keys())
def test_labels_as_people_write_them(text):
    given = {"worker": "I", "client": "P1"} if text.startswith("I:") else {}
    expected = [
        (Role.WORKER, "hello?"),
        (Role.CLIENT, "fine"),
        (Role.WORKER, "what was it like?"),
        (Role.CLIENT, "bad"),
    ]
    assert shape(Transcript.from_text(text, **given)) == expected


def test_captions_without_blank_lines_and_two_speakers_in_one():
    srt = "1\n00:00:00,000 --> 00:00:01,000\nWorker: hi\n2\n00:00:01,000 --> 00:00:02,000\nClient: oh\nWorker: so?\n"
    t = Transcript.from_text(srt)
    assert [(turn.role, turn.text, turn.row) for turn in t.turns] == [
        (Role.WORKER, "hi", 0), (Role.CLIENT, "oh", 1), (Role.WORKER, "so?", 1),
    ]  # fmt: skip


def test_words_in_brackets_are_words():
    for said in ("(ring her today)", "(long story)", "[my sister]", "[I mean the ring]", "*longer*", "(phone number)"):
        assert Transcript.from_text(f"Worker: Well {said} then.\nClient: x").turns[0].words > 2, said
    for heard in (
        "(long pause)",
        "[laughs]",
        "*sighs*",
        "[00:01:05]",
        "[inaudible 00:05:02]",
        "[phone buzzes]",
        "[INAUDIBLE]",
        "(pause 3s)",
    ):
        assert Transcript.from_text(f"Worker: Well {heard} then.\nClient: x").turns[0].words == 2, heard


def test_a_heading_with_role_words_does_not_swallow_the_session():
    text = (
        "Interviewer: Jo Park\nParticipant: P12\n\nJo: Hello there\nP12: Hi\nJo: What happened then?\nP12: I just left."
    )
    transcript = Transcript.from_text(text)
    assert (transcript.roles.worker, transcript.roles.client, len(transcript.turns)) == (("Jo",), ("P12",), 4)
    assert [(n.kind, n.line, n.count) for n in transcript.notes] == [("skipped", 1, 2)]
    rows = [tuple(line.split(": ")) for line in text.split("\n") if line]
    with pytest.raises(TranscriptError, match="not clear who the worker is"):
        read_transcript(rows)
    assert read_transcript(rows, worker="Jo").roles.worker == ("Jo",)


@pytest.mark.parametrize(
    ("names", "worker"),
    [(("Pat", "Sam"), None), (("Su", "Sam"), None), (("C", "J"), None), (("Veteran (PSW)", "Jo"), "Veteran (PSW)")],
)
def test_names_that_look_like_role_words_decide_nothing_alone(names, worker):
    rows = [(names[0], "I was low."), (names[1], "Right.")]
    if worker is None:
        with pytest.raises(TranscriptError, match="not clear"):
            read_transcript(rows)
    else:
        assert read_transcript(rows).roles.worker == (worker,)


def test_a_client_who_says_you_of_themselves_is_not_taken_for_the_worker():
    told = (
        "You know how it is, you try and you try, you get up and you go in and your boss looks at you and you lose it."
    )
    for n in (2, 6, 20):
        with suppress(TranscriptError):
            assert read_transcript([("Ben", "What was that like?"), ("Ana", told)] * n).roles.worker == ("Ben",)


def test_a_guess_is_never_certain(corpus):
    session = corpus.split("train").sessions[0]
    names = {Role.WORKER: "Alex", Role.CLIENT: "Robin"}
    guessed = read_transcript([(names[t.role], t.text) for t in session.transcript.turns])
    assert 0.95 <= guessed.roles.confidence <= 0.99


def test_one_name_in_two_spellings_is_one_speaker():
    t = read_transcript(
        [("Ana", "x"), ("Ben", "y"), ("ana", "z"), ("Zoe\u0308", "a"), ("Zoë", "b")],
        worker="ANA",
        client=["Ben", "Zoë"],
    )
    assert (t.roles.worker, t.roles.client) == (("Ana",), ("Ben", "Zoe\u0308"))
    assert len(t.turns) == 4
    assert any("two ways" in n.message for n in t.notes)


def test_a_speaker_column_of_one_name_gives_way_to_the_roles():
    frame = pd.DataFrame({"participant": ["P7", "P7"], "role": ["PSW", "client"], "text": ["How?", "Bad."]})
    assert read_transcript(frame).roles.worker == ("PSW",)


def test_half_characters_are_mended_and_told():
    t = Transcript.from_text('[{"speaker": "worker", "text": "hi \\ud800 x"}, {"speaker": "client", "text": "y"}]')
    assert t.turns[0].text == "hi \ufffd x"
    assert t.notes[-1].kind == "mended"


def test_excel_and_json_lines_as_they_come():
    assert shape(Transcript.from_text("sep=;\nRole;Utterance\nWorker;How?\nClient;Bad.\n")) == [
        (Role.WORKER, "How?"),
        (Role.CLIENT, "Bad."),
    ]
    assert Transcript.from_text('["Worker", "How?"]\n["Client", "Bad."]\n').format == "jsonl"
    t = Transcript.from_text('[{"speaker": "worker", "text": "How\u2028so?"}, {"speaker": "client", "text": "Bad."}]')
    assert t.format == "json"


def test_times_that_run_backwards_are_left_out():
    t = read_transcript(
        [
            {"speaker": "worker", "text": "a", "start": 5, "end": 2},
            {"speaker": "client", "text": "b", "start": 6, "end": 7},
        ]
    )
    assert (t.turns[0].start_s, t.has_times) == (None, False)
    assert any("before they start" in n.message for n in t.notes)


def test_nothing_takes_quadratic_time():
    """Inputs a hundred times those that took seconds when each word was held against each mark; a slip back would take hours."""
    from reflectkit.segment import segment

    long = [
        ("worker", "x?" + '"' * 100_000),
        ("client", "!" * 100_000),
        ("worker", "[laughs] a " * 20_000),
        ("worker", "a" * 300_000),
        ("worker", "word\t" * 60_000),
        ("client", "mm"),
    ]
    assert len(segment(read_transcript(long))) > 1
    assert len(segment(read_transcript([("worker", "mm")] * 20_000 + [("client", "x")]))) == 20_000


def test_nothing_is_dropped_silently():
    csv = "id,speaker,text\n1,worker,Hello.\n2,,and welcome.\n,,\n3,client,\n4,client,Hi.\n"
    transcript = Transcript.from_text(csv)
    assert shape(transcript) == [(Role.WORKER, "Hello.\nand welcome."), (Role.CLIENT, "\nHi.")]
    told = {(n.kind, n.message.split(" ")[0], n.count) for n in transcript.notes}
    assert told == {("mended", "rows", 1), ("skipped", "blank", 1), ("skipped", "columns", 1)}
    assert len(transcript.notes) == 4


def test_blank_and_unintelligible_turns_stay():
    t = Transcript.from_text(
        "Worker: Hello?\nClient: [inaudible 00:05:02]\nWorker: \nClient: (pause)\nWorker: Still there?"
    )
    assert [turn.words for turn in t.turns] == [1, 0, 0, 0, 2]


@pytest.mark.parametrize(
    ("labels", "worker", "client"),
    [
        (("PSW", "Service user"), "PSW", "Service user"),
        (("Counsellor", "Maria"), "Counsellor", "Maria"),
        (("Ben", "Patient"), "Ben", "Patient"),
        (("INT", "P"), "INT", "P"),
        (("C", "P"), "P", "C"),
        (("W", "C"), "W", "C"),
        (("Peer support worker 1", "client_01"), "Peer support worker 1", "client_01"),
        (("assistant", "user"), "assistant", "user"),
        (("supporter", "seeker"), "supporter", "seeker"),
    ],
)
def test_roles_from_labels(labels, worker, client):
    t = read_transcript([(labels[0], "Hello there."), (labels[1], "Hello.")])
    assert (t.roles.worker, t.roles.client, t.roles.basis) == ((worker,), (client,), "labels")
    assert 0.9 <= t.roles.confidence < 1


def test_roles_as_given():
    rows = [("Ana", "a"), ("Ben", "b"), ("Cy", "c")]
    t = read_transcript(rows, worker="ANA")
    assert (t.roles.worker, t.roles.client, t.roles.other) == (("Ana",), ("Ben", "Cy"), ())
    t = read_transcript(rows, worker=["Ana", "Cy"], client="Ben")
    assert (t.roles.worker, t.roles.client) == (("Ana", "Cy"), ("Ben",))
    t = read_transcript(rows, worker="Ana", client="Ben")
    assert t.roles.other == ("Cy",)
    assert t.turns[2].role is Role.OTHER
    assert t.roles.confidence == 1.0


def test_roles_column_beside_names():
    frame = pd.DataFrame({"speaker": ["Ana", "Ben"], "role": ["client", "worker"], "text": ["I came.", "You came."]})
    assert read_transcript(frame).roles.worker == ("Ben",)


def test_roles_from_talk(corpus):
    """Labels taken away, sessions of the dev split: the guess is right or refused, and mostly not refused."""
    right = refused = 0
    sessions = [s for s in corpus.split("dev").sessions if len({t.speaker for t in s.transcript.turns}) == 2]
    for session in sessions:
        names = {Role.WORKER: "Alex", Role.CLIENT: "Robin"}
        try:
            guessed = read_transcript([(names[t.role], t.text) for t in session.transcript.turns])
        except TranscriptError:
            refused += 1
            continue
        assert guessed.roles.basis == "talk"
        assert guessed.notes[-1].kind == "guessed"
        right += guessed.roles.worker == ("Alex",)
    assert right + refused >= 0.9 * len(sessions)
    assert right >= 0.5 * len(sessions)


def test_one_session_of_a_table_of_several():
    frame = pd.DataFrame(
        {"dialogue_id": ["a", "a", "b", "b"], "speaker": ["worker", "client"] * 2, "text": list("wxyz")}
    )
    t = read_transcript(frame, session="b")
    assert (t.session, [turn.text for turn in t.turns]) == ("b", ["y", "z"])
    assert any(n.count == 2 for n in t.notes)


def test_columns_can_be_named():
    frame = pd.DataFrame({"A": ["worker", "client"], "B": ["Hello.", "Hi."], "text": ["code 1", "code 2"]})
    assert shape(read_transcript(frame, columns={"speaker": "A", "text": "B"})) == [
        (Role.WORKER, "Hello."),
        (Role.CLIENT, "Hi."),
    ]


def test_detection_gives_its_reason():
    assert Transcript.from_text(VTT).format_reason == "the first line is WEBVTT"
    assert Transcript.from_text(TEXTS["csv"]).format == "csv"
    assert Transcript.from_text(TEXTS["csv"], format="csv").format_reason == "given by the caller"


def test_reprs_hold_no_words():
    t = Transcript.from_text("Worker: Tell me about Xanthippe.\nClient: Xanthippe left.")
    from reflectkit.segment import segment

    for value in (t, t.turns[0], t.turns, segment(t)):
        assert "Xanthippe" not in repr(value)


def test_a_name_that_is_no_text_can_be_written():
    transcript = read_transcript([("worker", "Bad?"), ("client", "Yes.")], session="caf\udce9")
    assert transcript.session.encode() == b"caf\\udce9"


@pytest.mark.parametrize("sign", [" - ", " – ", " — ", "; ", "\t"])
def test_a_turn_typed_with_another_sign_is_the_speakers(sign):
    """Else what the client says of dying is counted as the worker's words."""
    text = f"Worker: How are you?\nClient: Tired.\nWorker: That is hard.\nClient{sign}I thought of dying.\nWorker: When?\nClient: Now."
    read = Transcript.from_text(text)
    assert [(t.speaker, t.text) for t in read.turns][2:4] == [
        ("Worker", "That is hard."),
        ("Client", "I thought of dying."),
    ]
    (note,) = read.notes
    assert (note.kind, note.line, note.count) == ("guessed", 4, 1)


def test_a_wrapped_line_that_begins_with_a_name_goes_on():
    text = "Jo: I was at home with\nSam - that is my brother - and it rang.\nSam: Hm.\nJo: And then?\nSam: Nothing."
    read = Transcript.from_text(text, worker="Jo")
    assert [t.speaker for t in read.turns] == ["Jo", "Sam", "Jo", "Sam"]
    assert "my brother" in read.turns[0].text


def test_a_label_without_a_sign_is_noted():
    text = (
        "Worker: How are you?\nClient: Tired.\nWorker: Hard.\nClient I thought of dying.\nWorker: When?\nClient: Now."
    )
    (note,) = Transcript.from_text(text).notes
    assert (note.kind, note.line, note.count) == ("suspect", 4, 1)
    wrapped = text.replace("Client I thought", "client I had thought")  # in the middle of a sentence of the worker's
    assert [n.kind for n in Transcript.from_text(wrapped).notes] in ([], ["suspect"])


def test_where_the_other_speaker_hides_is_told():
    inline = "Worker: Hi Sam, how are you doing today? Client: Not great. Worker: You didn't sleep? Client: No."
    with pytest.raises(
        TranscriptError, match=r"line 1: only one speaker heads a line .* Begin each turn on a line"
    ) as error:
        Transcript.from_text(inline)
    assert "sleep" not in str(error.value)
    her = "\n".join(["Me: How was it?", "Her: Bad."] * 3)
    with pytest.raises(TranscriptError, match=r"line 2: .* 3 lines that begin with 'Her' .*client='Her'"):
        Transcript.from_text(her)
    assert Transcript.from_text(her, worker="Me", client="Her").roles.client == ("Her",)


def test_what_a_chat_app_writes_into_messages_is_no_talk():
    said = [
        "Hi there",
        "This message was deleted",
        "How are you? \u200e<This message was edited>",
        "null",
        "Missed voice call",
        "Not great",
    ]
    who = ["Ana", "Sam", "Ana", "Sam", "Sam", "Sam"]
    lines = [f"12/03/2024, 10:0{n} - {name}: {words}" for n, (name, words) in enumerate(zip(who, said, strict=True))]
    read = Transcript.from_text("\n".join(lines), worker="Ana")
    assert [(t.speaker, t.words) for t in read.turns] == [("Ana", 2), ("Sam", 0), ("Ana", 3), ("Sam", 2)]
    assert read.turns[2].text == "How are you?"


def test_the_rule_below_the_header_of_a_markdown_table_is_no_row():
    rows = ["| Speaker | Text |", "|---|:--|", *["| Worker | How are you? |", "| Client | Bad. |"] * 2]
    assert [t.speaker for t in Transcript.from_text("\n".join(rows)).turns] == ["Worker", "Client", "Worker", "Client"]


def test_a_role_in_square_brackets_belongs_to_the_label():
    said = "Worker: Hi come in.\nTomas [client]: I want to end it.\nWorker: How so?\nAda: I am new.\nWorker: Hi Ada.\nAda: Hi."
    read = Transcript.from_text(said)
    assert (read.roles.worker, read.roles.client) == (("Worker",), ("Tomas [client]",))
    assert [t.text for t in read.turns][:3] == ["Hi come in.", "I want to end it.", "How so?"]
    both = Transcript.from_text(
        "Client [Tomas]: Hi.\nWorker [Bex]: How are you?\nClient [Tomas]: Bad.\nWorker [Bex]: Oh."
    )
    assert both.roles.worker == ("Worker [Bex]",)
    laughing = Transcript.from_text("Ana [laughs]: Yes.\nWorker: How?\nAna: No.\nWorker: Hm.", worker="Worker")
    assert laughing.roles.client == ("Ana",)
    timed = Transcript.from_text("Ana [00:03]: Yes.\nWorker [00:05]: How?\nAna [00:09]: No.\nWorker [00:11]: Hm.")
    assert (timed.roles.client, timed.turns[1].pieces[0].start_s) == (("Ana",), 5.0)


@pytest.mark.parametrize("named", [{"worker": "Bex"}, {"client": "Tomas"}])
def test_an_interpreter_is_on_neither_side_whoever_is_named(named):
    said = [
        ("Bex", "How was it?"),
        ("Tomas", "Rough."),
        ("Interpreter", "She says rough."),
        ("Bex", "Oh."),
        ("Tomas", "Yes."),
    ]
    roles = read_transcript(said, **named).roles
    assert (roles.worker, roles.client, roles.other) == (("Bex",), ("Tomas",), ("Interpreter",))


@pytest.mark.parametrize(
    ("one", "other"), [("Speaker 1", "Speaker1"), ("Bex M", "Bex M."), ("Peer-Worker", "peer worker")]
)
@pytest.mark.parametrize("named", [0, 1])
def test_a_label_typed_in_two_ways_is_one_speaker(one, other, named):
    text = f"{one}: How was it?\nTom: Bad.\n" * 4 + f"{other}: Say more.\nTom: No."
    read = Transcript.from_text(text, worker=(one, other)[named])
    assert (read.roles.worker, read.roles.client) == ((one,), ("Tom",))
    assert [(n.kind, n.count) for n in read.notes] == [("mended", 1)]
    assert (
        len({t.speaker for t in Transcript.from_text("Worker: A.\nClient 1: B.\nClient 11: C.\nWorker: D.").turns}) == 3
    )


def test_rows_without_a_session_in_a_table_of_several_are_told():
    table = "Session,Speaker,Text\nA,Worker,Hi.\nA,Client,Rough.\n,Client,Very.\nB,Worker,Hello.\nB,Client,Fine.\n"
    for session in (None, "A"):
        with pytest.raises(TranscriptError, match=r"line 4.* rows name no session"):
            Transcript.from_text(table, format="csv", session=session)


def test_a_title_above_the_header_holds_no_delimiter():
    for sign in ",;":
        table = f"Transcript of 3 May\nSpeaker{sign}Text\nWorker{sign}Hi come in\nClient{sign}Bit rough\n"
        assert [t.text for t in Transcript.from_text(table, format="csv").turns] == ["Hi come in", "Bit rough"]


def begun_at(stamps):
    speakers = ("Worker", "Client")
    return read_transcript(
        [{"speaker": speakers[n % 2], "text": "So it is, and so on.", "start": t} for n, t in enumerate(stamps)]
    )


def test_times_that_begin_anew_at_midnight_go_on():
    stamps = [86_370, 86_380, 86_390, 0, 10, 20]
    read = begun_at(stamps)
    assert [t.pieces[0].start_s for t in read.turns] == [86_370.0 + 10 * n for n in range(6)]
    assert [(n.kind, n.row, n.count) for n in read.notes] == [("mended", 3, 3)]


def test_times_that_run_backwards_are_noted():
    stamps = [0, 10, 500, 20, 30, 40]
    read = begun_at(stamps)
    assert [t.pieces[0].start_s for t in read.turns] == stamps
    assert [(n.kind, n.row) for n in read.notes] == [("suspect", 3)]
