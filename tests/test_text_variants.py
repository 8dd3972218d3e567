"""Plain text as transcription services, chats and typists write it."""

from __future__ import annotations

import pytest

from reflectkit import Transcript, TranscriptError

SAID = [("Ana Lee", "How was it?"), ("Ben", "Bad. Really bad."), ("Ana Lee", "Oh.")]
VARIANTS = {
    "Otter": "Ana Lee  0:03\nHow was it?\n\nBen  0:05\nBad.\nReally bad.\n\nAna Lee  0:09\nOh.\n",
    "Otter with a footer": "Ana Lee  0:03\nHow was it?\n\nBen  0:05\nBad. Really bad.\n\n"
    "Ana Lee  0:09\nOh.\n\nTranscribed by https://otter.ai\n",
    "Rev": "Ana Lee (00:03):\nHow was it?\n\nBen (00:05):\nBad. Really bad.\n\nAna Lee (00:09):\nOh.\n",
    "Rev, stamp after": "Ana Lee: [00:00:03]\nHow was it?\nBen: [00:00:05] Bad. Really bad.\nAna Lee: [00:00:09] Oh.",
    "Zoom captions": "[Ana Lee] 10:02:11\nHow was it?\n\n[Ben] 10:02:13\nBad. Really bad.\n\n[Ana Lee] 10:02:17\nOh.\n",
    "Zoom chat": "10:02:11 From Ana Lee to Everyone:\n\tHow was it?\n10:02:13 From Ben to Ana Lee(Direct Message):\n"
    "\tBad. Really bad.\n10:02:17 From Ana Lee to Everyone:\n\tOh.\n",
    "old Zoom chat": "10:02:11\t From  Ana Lee : How was it?\n10:02:13\t From  Ben : Bad. Really bad.\n10:02:17\t From  Ana Lee : Oh.\n",
    "tabs": "10:02:11\tAna Lee\tHow was it?\n10:02:13\tBen\tBad. Really bad.\n10:02:17\tAna Lee\tOh.\n",
    "tabs and colons": "10:02:11\tAna Lee:\tHow was it?\n10:02:13\tBen:\tBad. Really bad.\n10:02:17\tAna Lee:\tOh.\n",
    "WhatsApp, telephone": "[21/03/2024, 23:59:57] Ana Lee: How was it?\n[21/03/2024, 23:59:59] Ben: Bad.\n"
    "Really bad.\n[22/03/2024, 00:00:03] Ana Lee: Oh.\n",
    "WhatsApp, telephone, 12 hours": "[3/21/24, 11:59:57\u202fPM] Ana Lee: How was it?\n[3/21/24, 11:59:59\u202fPM] Ben: Bad.\n"
    "Really bad.\n[3/22/24, 12:00:03\u202fAM] Ana Lee: Oh.\n",
    "Word": "00:00:03 Ana Lee\nHow was it?\n\n00:00:05 Ben\nBad. Really bad.\n\n00:00:09 Ana Lee\nOh.\n",
    "headings": "Ana Lee [00:00:03]\nHow was it?\n\nBen (0:05)\nBad. Really bad.\n\nAna Lee [00:00:09]\nOh.\n",
    "ranges": "[00:03.000 --> 00:05.000] Ana Lee: How was it?\n[00:05.000 --> 00:09.000] Ben: Bad. Really bad.\n"
    "[00:09 - 00:10] Ana Lee: Oh.\n",
    "stamps before": "00:03 Ana Lee: How was it?\n[00:05] Ben: Bad. Really bad.\n(00:09) Ana Lee: Oh.\n",
}  # fmt: skip
UNTIMED = {
    "Markdown": "**Ana Lee:** How was it?\n\n**Ben**: Bad. Really bad.\n\n- **Ana Lee:** Oh.\n",
    "numbers": "1. Ana Lee: How was it?\n2. Ben: Bad. Really bad.\n3. Ana Lee: Oh.\n",
    "bullets": "* Ana Lee: How was it?\n* Ben: Bad.\n  Really bad.\n* Ana Lee: Oh.\n",
}


@pytest.mark.parametrize("text", [*VARIANTS.values(), *UNTIMED.values()], ids=[*VARIANTS, *UNTIMED])
def test_every_variant_gives_the_same_turns(text):
    transcript = Transcript.from_text(text, worker="Ana Lee")
    assert [(t.speaker, t.text) for t in transcript.turns] == SAID
    starts = [t.start_s for t in transcript.turns]
    if text in VARIANTS.values():
        assert None not in starts
        assert [start - starts[0] for start in starts] == [0, 2, 6]
    else:
        assert starts == [None] * 3


def test_times_of_day_are_counted_from_the_first_message_and_said_so():
    transcript = Transcript.from_text(VARIANTS["Zoom captions"], worker="Ana Lee")
    assert [t.start_s for t in transcript.turns] == [0, 2, 6]
    assert [(n.kind, n.count) for n in transcript.notes] == [("mended", 3)]
    recording = Transcript.from_text(VARIANTS["tabs"].replace("10:", "00:"), worker="Ana Lee")
    assert [t.start_s for t in recording.turns] == [131, 133, 137]
    assert recording.notes == ()


def test_a_chat_across_midnight():
    text = "[Ana] 23:59:58\nHow?\n[Ben] 00:00:03\nBad.\n"
    assert [t.start_s for t in Transcript.from_text(text, worker="Ana").turns] == [0, 5]


def test_dates_in_no_possible_order_give_no_times():
    text = "[31/12/2024, 10:00:00] Ana: How?\n[30/12/2024, 10:00:00] Ben: Bad.\n"
    transcript = Transcript.from_text(text, worker="Ana")
    assert [t.start_s for t in transcript.turns] == [None, None]
    assert [n.kind for n in transcript.notes] == ["skipped"]


def test_messages_that_are_read_out_make_no_chat():
    text = (
        "Worker: Shall we read it?\nClient: Yes.\nWorker: Go on.\nClient: It says\n[21/03/2024, 10:00] Ana: How?\n"
        "[21/03/2024, 10:01] Ben: Bad.\nWorker: I see.\n"
    )
    assert [t.speaker for t in Transcript.from_text(text).turns] == ["Worker", "Client"] * 2 + ["Worker"]


def test_messages_of_the_app_and_left_out_media():
    text = (
        "21/03/2024, 10:01 - Messages are end-to-end encrypted.\n21/03/2024, 10:02 - Ana: How?\n"
        "21/03/2024, 10:04 - Ben: <Media omitted>\n"
    )
    transcript = Transcript.from_text(text, worker="Ana")
    assert [(t.text, t.words, t.start_s) for t in transcript.turns] == [("How?", 1, 0), ("[media omitted]", 0, 120)]
    assert [(n.kind, n.line) for n in transcript.notes] == [("mended", None), ("skipped", 1)]


def test_otters_unknown_speaker_and_footer():
    text = "Ana  0:03\nHow?\n\nUnknown Speaker  0:05\nHm.\n\nBen  0:07\nIt was transcribed by my sister.\n\nTranscribed by https://otter.ai\n"
    transcript = Transcript.from_text(text, worker="Ana", client="Ben")
    assert [t.role.value for t in transcript.turns] == ["worker", "other", "client"]
    assert transcript.turns[-1].text == "It was transcribed by my sister."
    assert transcript.notes[0].line == 10


def test_questions_and_answers():
    text = "Q. How was it: fine?\nA. Bad.\n   A. Smith came.\nQ. Why?\nA. He said: no.\n"
    transcript = Transcript.from_text(text, worker="Q")
    assert [(t.speaker, t.text) for t in transcript.turns][-2:] == [("Q", "Why?"), ("A", "He said: no.")]
    initials = Transcript.from_text("A. Smith: How?\nB. Roe: Bad.\nA. Smith: Oh.\n", worker="A. Smith")
    assert [t.text for t in initials.turns] == ["How?", "Bad.", "Oh."]


def test_what_people_say_at_a_time_is_no_heading():
    text = "Worker: You left when?\n10:30 Monday\nClient: No, at\n11:15 Monday\nWorker: Ah.\n"
    transcript = Transcript.from_text(text)
    assert [t.text for t in transcript.turns] == ["You left when? 10:30 Monday", "No, at 11:15 Monday", "Ah."]


def test_paragraphs_without_speakers_are_refused_with_the_fix():
    with pytest.raises(TranscriptError, match=r"Begin each turn with its speaker and a colon.*blank lines"):
        Transcript.from_text("How was it?\n\nBad.\n\nOh dear.\n")


@pytest.mark.parametrize("mark", ["[crosstalk 00:01:02]", "[inaudible 00:01]", "(.)", "(..)", "[laughter]"])
def test_events_survive_and_hold_no_words(mark):
    transcript = Transcript.from_text(f"Worker (00:03):\nWell {mark} then\n\nClient (00:05):\nYes\n")
    assert (transcript.turns[0].text, transcript.turns[0].words) == (f"Well {mark} then", 2)


@pytest.mark.parametrize("unit", [" ", "a ", "1 ", "00:", "[", "(", "*", "- ", "\t", "\u00a0", "A.", "\\", "_", "."])
@pytest.mark.parametrize("head", ["", "a", "10:10 A", "[12/12/12, 10:10] A", "10:02:11 From "])
def test_lines_of_hostile_signs_take_no_quadratic_time(unit, head):
    """Each line once took 10 ms, since blanks were shared out in every way: 20,000 of them, minutes."""
    line = (head + unit * 200)[:190]
    assert Transcript.from_text("Worker: Hi\nClient: Yes\n" + f"{line}\n" * 2000, worker="Worker").turns
    whole = "Worker: Hi\nClient: Yes\n" + head + unit * (900_000 // len(unit))
    assert Transcript.from_text(whole, worker="Worker").turns
