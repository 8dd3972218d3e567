"""Captions: Teams, Zoom, YouTube's rolling lines and SBV, SRT of all kinds, and what names nobody."""

from __future__ import annotations

import pytest

from reflectkit import Role, Transcript, TranscriptError, read_transcript

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
·
&gt;&gt; Worker:<00:00:00.400><c> how</c><00:00:00.800><c> was</c><00:00:01.200><c> it</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
&gt;&gt; Worker: how was it
·

00:00:02.010 --> 00:00:04.000 align:start position:0%
&gt;&gt; Worker: how was it
that<00:00:02.500><c> day</c><00:00:03.000><c> &gt;&gt;</c><00:00:03.200><c> Client:</c><00:00:03.400><c> bad</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
that day &gt;&gt; Client: bad
·

00:00:04.010 --> 00:00:06.000 align:start position:0%
that day &gt;&gt; Client: bad
bad<00:00:04.500><c> really</c>
""".replace("·", " ")


def turns(transcript):
    return [(t.speaker, t.text, t.start_s, t.end_s) for t in transcript.turns]


def notes(transcript):
    return {note.message.split(" ")[0]: note.count for note in transcript.notes}


def srt(*cues: str) -> str:
    return "\n\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{text}" for n, text in enumerate(cues, 1))


def test_rolling_captions_say_every_line_once():
    """A word said twice ("bad bad") stays; a speaker named within a line starts at the time of the word."""
    transcript = Transcript.from_text(ROLLING)
    assert turns(transcript) == [
        ("Worker", "how was it that day", 0.0, 3.0),
        ("Client", "bad bad really", 3.0, 6.0),
    ]
    assert any("rolling" in note.message and note.count == 4 for note in transcript.notes)


def test_rolling_captions_without_word_times():
    shown = [
        "Worker: so how",
        "Worker: so how\nwas it",
        "was it",
        "was it\nClient: bad",
        "Client: bad",
        "Client: bad\nreally",
    ]
    assert [t.text for t in Transcript.from_text(srt(*shown)).turns] == ["so how was it", "bad really"]


def test_words_said_twice_in_ordinary_captions_stay():
    said = ["Worker: Yes.", "Worker: Yes.", "Client: No.", "Client: No.", "Worker: Go on.", "Worker: Go on."]
    assert [t.text for t in Transcript.from_text(srt(*said)).turns] == ["Yes. Yes.", "No. No.", "Go on. Go on."]


def test_teams_names_entities_and_blocks():
    text = (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\nNOTE\nmade here\n\n"
        "a-b/1-0\n00:00:00.000 --> 00:00:01.000\n<v Okoro, Dee (Peer Team)>Fish &amp; chips?</v>\n\n"
        "a-b/2-0\n00:00:01.000 --> 00:00:02.000 align:start\n<v.loud.first Client>Please\n<i>now</i>.\n"
    )
    transcript = Transcript.from_text(text, worker="Okoro, Dee (Peer Team)")
    assert [t.text for t in transcript.turns] == ["Fish & chips?", "Please now."]
    assert notes(transcript) == {"comment,": 3}


def test_a_name_with_the_sign_that_opens_a_tag_is_a_name():
    text = (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Ana <3>Hello there.\n\n"
        "00:00:01.000 --> 00:00:02.000\n<v Tom>I am <i>not</i> well. <v Ana <3>Oh.\n"
    )
    transcript = Transcript.from_text(text, worker="Ana <3")
    assert [(t.speaker, t.text) for t in transcript.turns] == [
        ("Ana <3", "Hello there."), ("Tom", "I am not well."), ("Ana <3", "Oh."),
    ]  # fmt: skip


def test_zoom_names_the_speaker_once_and_a_clock_is_no_speaker():
    text = (
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nAna Lee: You came\n\n2\n00:00:01.000 --> 00:00:02.000\n"
        "10:30 Meeting: that one.\n\n3\n00:00:02.000 --> 00:00:03.000\nBen Roe: I did.\n"
    )
    transcript = Transcript.from_text(text, worker="Ana Lee")
    assert turns(transcript)[0] == ("Ana Lee", "You came 10:30 Meeting: that one.", 0.0, 2.0)
    assert notes(transcript) == {"captions": 1}


def test_dashes_of_two_speakers_without_names_are_nobodys():
    transcript = Transcript.from_text(
        srt("Worker: Hello?", "- Who?\n- Me.", "Client: Hi.", "- Worker: One.\n- Client: Two.", "- and so on")
    )
    assert [(t.role, t.text) for t in transcript.turns] == [
        (Role.WORKER, "Hello?"), (Role.OTHER, "Who?"), (Role.OTHER, "Me."), (Role.CLIENT, "Hi."),
        (Role.WORKER, "One."), (Role.CLIENT, "Two. - and so on"),
    ]  # fmt: skip
    assert any("dashes" in note.message and note.count == 2 for note in transcript.notes)


def test_captions_that_name_nobody_say_what_to_do():
    with pytest.raises(TranscriptError, match="line 2: the first caption names no speaker"):
        Transcript.from_text(srt("Hello?", "Hi."))
    with pytest.raises(TranscriptError, match="and not who speaks"):
        Transcript.from_text(srt(">> Hello?", ">> Hi."))


def test_captions_before_the_first_name_are_an_unknown_speakers():
    transcript = Transcript.from_text(srt("Hello?", "Worker: Hi.", "Client: Yes."))
    assert [t.role for t in transcript.turns] == [Role.OTHER, Role.WORKER, Role.CLIENT]
    assert any("before the first named" in note.message for note in transcript.notes)


SRT = {
    "no numbers": "00:00:01,000 --> 00:00:02,000\nWorker: Hi.\n\n00:00:02,000 --> 00:00:03,500\nClient: Yes.\n",
    "no fractions": "1\n00:00:01 --> 00:00:02\nWorker: Hi.\n\n2\n00:00:02 --> 00:00:03.5\nClient: Yes.\n",
    "short fields": "1\n0:0:1 --> 0:0:2,0\nWorker: Hi.\n\n2\n0:0:2 --> 0:0:3,5\nClient: Yes.\n",
    "third colon": "1\n00:00:01:000 --> 00:00:02:000\nWorker: Hi.\n\n2\n00:00:02:000 --> 00:00:03:500\nClient: Yes.\n",
    "short arrow": "1\n00:00:01,000 -> 00:00:02,000\nWorker: Hi.\n\n2\n00:00:02,000->00:00:03,500\nClient: Yes.\n",
    "blanks": "1\n00: 00: 01, 000 --> 00:00:02,000\nWorker: Hi.\n\n2\n00:00:02,000 --> 00:00:03,500\nClient: Yes.\n",
    "position": "1\n00:00:01,000 --> 00:00:02,000  X1:40 X2:600\n{\\an8}Worker: <font color=\"red\">Hi.</font>\n\n"
                "2\n00:00:02,000 --> 00:00:03,500\n<b>Client: Yes.</b>\n",
}  # fmt: skip


@pytest.mark.parametrize("text", SRT.values(), ids=SRT.keys())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_srt_of_all_kinds(tmp_path, text, encoding):
    path = tmp_path / "a.srt"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert turns(read_transcript(path)) == [("Worker", "Hi.", 1.0, 2.0), ("Client", "Yes.", 2.0, 3.5)]


def test_captions_with_broken_times_keep_their_words():
    text = (
        "1\n00:00:0x,000 --> 00:00:02,000\nWorker: One.\n\n2\n00:00:05,000 --> 00:00:04,000\nClient: Two.\n\n"
        "3\n00:00:06,000 --> 00:00:07,000\nWorker: Look: a -> b\n"
    )
    transcript = Transcript.from_text(text)
    assert turns(transcript) == [
        ("Worker", "One.", None, None), ("Client", "Two.", None, None), ("Worker", "Look: a -> b", 6.0, 7.0),
    ]  # fmt: skip
    assert [(n.kind, n.line, n.count) for n in transcript.notes] == [("mended", 2, 2)]


def test_sbv():
    transcript = Transcript.from_text(
        "0:00:00.378,0:00:01.378\nWorker: Hi\n\n0:00:11.378,0:00:12.305\nClient: yes,\nand no\n"
    )
    assert transcript.format == "sbv"
    assert turns(transcript) == [("Worker", "Hi", 0.378, 1.378), ("Client", "yes, and no", 11.378, 12.305)]


@pytest.mark.parametrize(
    "mark", ["[laughs]", "[inaudible 00:05:02]", "(pause)", "[crosstalk]", "(.)", "(0.5)", "[Music]"]
)
def test_events_in_captions_survive_and_hold_no_words(mark):
    transcript = Transcript.from_text(srt(f"Worker: Well {mark} then", "Client: Yes"))
    assert (transcript.turns[0].text, transcript.turns[0].words) == (f"Well {mark} then", 2)


@pytest.mark.parametrize("unit", [">", ">>", "&gt;", "<v", "<v.a", "<v a", "<c.", "<00:00", "{\\a", "- ", "&amp"])
@pytest.mark.parametrize("glue", ["", "\n"])
def test_captions_of_hostile_signs_take_no_quadratic_time(unit, glue):
    """A slip back to trying every way to read them would take hours."""
    text = srt("Worker: Hi", "Client: Yes", glue.join([unit * 100] * 1000))
    for read in (text, "WEBVTT\n\n" + text.replace(",", ".")):
        assert Transcript.from_text(read, worker="Worker").turns


@pytest.mark.parametrize("times", ["00.00.0{},000 --> 00.00.0{},000", "0{}:00 --> 0{}:30", "00:0{}:00 -> 00:0{}:30"])
def test_captions_whose_times_are_written_oddly_are_captions(times):
    text = "".join(f"{i}\n{times.format(i, i)}\n{'Worker' if i % 2 else 'Client'}: Hello {i}.\n\n" for i in range(1, 5))
    assert [t.text for t in Transcript.from_text(text).turns] == [f"Hello {i}." for i in range(1, 5)]
