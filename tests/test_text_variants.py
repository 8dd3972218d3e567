"""Plain text as transcription services, chats and typists write it."""

from __future__ import annotations

import json

import pytest

from reflectkit import Transcript, TranscriptError, read_transcript

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
    "WhisperX": "[00:03] [Ana Lee]: How was it?\n[00:05] [Ben]: Bad. Really bad.\n[00:09] [Ana Lee]: Oh.\n",
    "Descript": "[00:00:03] **Ana Lee:** How was it?\n\n[00:00:05] **Ben:** Bad. Really bad.\n\n[00:00:09] **Ana Lee:** Oh.\n",
    "f4, stamps before": "#00:00:03-0# Ana Lee: How was it?\n#00:00:05-0# Ben: Bad. Really bad.\n#00:00:09-0# Ana Lee: Oh.\n",
    "frames": "00:00:03:00 Ana Lee: How was it?\n00:00:05:24 Ben: Bad. Really bad.\n00:00:09:12 Ana Lee: Oh.\n",
    "headings with a dash": "Ana Lee - 00:03\nHow was it?\n\nBen - 00:05\nBad.\nReally bad.\n\nAna Lee - 00:09\nOh.\n",
    "bold headings": "**Ana Lee** (0:03)\nHow was it?\n\n**Ben** (0:05)\nBad. Really bad.\n\n**Ana Lee** (0:09)\nOh.\n",
    "headings with a point": "Ana Lee • 0:03\nHow was it?\nBen • 0:05\nBad. Really bad.\nAna Lee • 0:09\nOh.\n",
    "stamps on lines of their own": "Notes\n[00:03]\nAna Lee: How was it?\n\n[00:05]\nBen: Bad.\nReally bad.\n[00:09]\nAna Lee: Oh.\n",
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


APART = {
    "dashes": "Ana Lee - How was it?\nBen – Bad: it was - well - late.\nAna Lee - Oh.\nBen - Yes.\n",
    "tabs": "Ana Lee\tHow was it?\nBen\tBad: it was - well - late.\nAna Lee\tOh.\nBen\tYes.\n",
    "brackets": "[Ana Lee] How was it?\n[Ben] Bad: it was - well - late.\n[Ana Lee] Oh.\n[Ben] Yes.\n",
    "angles": "<Ana Lee> How was it?\n<Ben> Bad: it was - well - late.\n<Ana Lee> Oh.\n<Ben> Yes.\n",
    "times": "Ana Lee (00:03) How was it?\nBen (00:05) Bad: it was - well - late.\nAna Lee (00:09) Oh.\nBen (00:10) Yes.\n",
    "columns of blanks": "Ana Lee    How was it?\nBen        Bad: it was - well - late.\nAna Lee    Oh.\nBen        Yes.\n",
    "Markdown's headings": "### Ana Lee\nHow was it?\n\n### Ben\nBad: it was - well -\nlate.\n\n### Ana Lee\nOh.\n\n### Ben\nYes.\n",
    "numbers and times": "1\t0:03 - 0:05\tAna Lee\tHow was it?\n2\t0:05 - 0:09\tBen\tBad: it was - well - late.\n"
    "3\t0:09 - 0:10\tAna Lee\tOh.\n4\t0:10 - 0:11\tBen\tYes.\n",
    "signs": "• Ana Lee> How was it?\n• Ben> Bad: it was - well - late.\n• Ana Lee> Oh.\n• Ben> Yes.\n",
    "own lines": "Ana Lee\nHow was it?\n\nBen\nBad: it was - well -\nlate.\n\nAna Lee\nOh.\n\nBen\nYes.\n",
    "own lines and times": "Ana Lee\n00:03\nHow was it?\n\nBen\n00:05\nBad: it was - well - late.\n\nAna Lee\n00:09\n"
    "Oh.\n\nBen\n00:10\nYes.\n",
}


@pytest.mark.parametrize("text", APART.values(), ids=APART)
def test_speakers_set_apart_without_a_colon(text):
    transcript = Transcript.from_text(text, worker="Ana Lee")
    assert [(t.speaker, t.text) for t in transcript.turns] == [
        ("Ana Lee", "How was it?"), ("Ben", "Bad: it was - well - late."), ("Ana Lee", "Oh."), ("Ben", "Yes."),
    ]  # fmt: skip
    starts = [t.start_s for t in transcript.turns]
    assert starts == ([3, 5, 9, 10] if "0:0" in text else [None] * 4)
    assert [n.kind for n in transcript.notes] == ["guessed"]


@pytest.mark.parametrize(
    "text",
    [
        "Okay\nI went home and it was dark.\nRight\nThen I sat there.\nOkay\nSo that was that.\nRight\nYes it was.\n",
        "Okay - so you went.\nYeah - I did.\nOkay - and?\nYeah - it was dark.\n",
        "Right. So you went.\nYes. I did.\nRight. And?\nYes. It was dark.\n",
        "Tom came at ten - late.\nThen Ana left - early.\nTom came at ten - late.\nThen Ana left - early.\n",
    ],
)
def test_talk_without_speakers_is_not_cut_at_its_signs(text):
    with pytest.raises(TranscriptError, match="no line begins with a speaker"):
        Transcript.from_text(text, worker="1")


def test_times_at_the_end_of_turns_are_their_ends():
    text = "I: How was it? #00:00:04-5#\nB: Bad.\nReally. #00:00:09-0#\nI: Oh. #00:00:11-2#\nB: Yes.\n"
    transcript = Transcript.from_text(text, worker="I")
    assert [(t.text, t.start_s, t.end_s) for t in transcript.turns] == [
        ("How was it?", None, 4), ("Bad. Really.", None, 9), ("Oh.", None, 11), ("Yes.", None, None),
    ]  # fmt: skip


def test_the_heading_names_who_takes_part_and_their_roles():
    text = (
        "Session 4\nDate: 3 May\nPSW: Ana Lee (AL)\nService user: Ben\nTime: 14:05 - 15:00\n--------\n\n"
        "AL: How was it?\nBen: Bad.\nAL: Oh.\nBen: Yes.\n\n[END OF RECORDING]\nPage 2 of 2\n"
    )
    transcript = Transcript.from_text(text)
    assert (transcript.roles.worker, transcript.roles.client, transcript.roles.basis) == (("AL",), ("Ben",), "labels")
    assert [t.text for t in transcript.turns] == ["How was it?", "Bad.", "Oh.", "Yes."]
    assert sorted((n.line, n.count) for n in transcript.notes) == [(1, 3), (3, 2), (6, 3)]
    spoken = Transcript.from_text("Worker: Hello Ben\nClient: Hello\nWorker: Tea?\nClient: Yes\n")
    assert len(spoken.turns) == 4


def test_page_and_line_numbers_are_no_talk():
    text = (
        "  1  Worker: How was it, that\n  2  first night?\n  3  Client: Bad. It was\n  4  late and: cold.\n\n- Page 1 of 2 -\n\n"
        "  5  Worker: Oh.\n  6  Client: I sat there until\n  7  six.\n  8  Worker: Until six.\n"
    )
    transcript = Transcript.from_text(text)
    assert [t.text for t in transcript.turns] == [
        "How was it, that first night?", "Bad. It was late and: cold.", "Oh.", "I sat there until six.", "Until six.",
    ]  # fmt: skip
    assert {(n.kind, n.count) for n in transcript.notes} == {("mended", 8), ("skipped", 1), ("guessed", 1)}
    numbered = Transcript.from_text("".join(f"{n} {'Worker' if n % 2 else 'Client'}: 2 teas\n" for n in range(1, 10)))
    assert {t.text for t in numbered.turns} == {"2 teas"}


def test_somebody_who_looks_in_once_is_heard_by_nobody_else():
    text = "Ana: How was it?\nBen: Bad.\n" * 4 + "Dana: Is this room free?\nAna: No.\n"
    transcript = Transcript.from_text(text, worker="Ana", client="Ben")
    assert transcript.roles.other == ("Dana",)
    wrapped = Transcript.from_text(text.replace("Ben: Bad.", "Ben: Bad.\nVery"), worker="Ana", client="Ben")
    assert wrapped.roles.other == ()
    assert wrapped.turns[-2].text.endswith("Dana: Is this room free?")


def test_speakers_called_by_what_was_heard_of_them():
    text = "Female voice: How was it?\nMale voice: Bad.\nMale voice: Good point: it was late.\n" * 3
    assert Transcript.from_text(text, worker="Female voice").roles.client == ("Male voice",)
    assert Transcript.from_text("Worker： How was it?\nClient： Bad.\n").turns[1].text == "Bad."


def test_speakers_called_by_letters():
    text = "Speaker A: How was it?\nSpeaker B: Bad.\nSpeaker A: Oh.\nSpeaker B: Yes.\n"
    assert Transcript.from_text(text, worker="Speaker A").roles.client == ("Speaker B",)


def test_messages_copied_from_chats():
    slack = "Ana Lee  [2:05 PM]\nHow was it?\nBen  [2:07 PM]\nBad.\nAna Lee  [2:09 PM]\nOh.\n"
    discord = "ana_l — 03/05/2024 14:05\nHow was it?\nben — 03/05/2024 14:07\nBad.\nana_l — 03/05/2024 14:09\nOh.\n"
    for text in (slack, discord):
        transcript = Transcript.from_text(text, worker="1")
        assert [(t.text, t.start_s) for t in transcript.turns] == [("How was it?", 0), ("Bad.", 120), ("Oh.", 240)]


def test_lines_with_times_and_no_speakers_are_told_apart_in_the_error():
    with pytest.raises(TranscriptError, match=r"times and name no speakers.*diarisation"):
        Transcript.from_text("[00:00.000 --> 00:02.000]  How was it?\n[00:02.000 --> 00:04.000]  Bad.\n", format="text")


@pytest.mark.parametrize(
    "data",
    [
        '["Worker: How was it?", "Client: Bad.", "Worker: Oh."]',
        '{"transcript": "Worker: How was it?\\nClient: Bad.\\nWorker: Oh."}',
        '{"data": {"transcript": {"sentences": [{"speaker_name": "Worker", "text": "How was it?"}, '
        '{"speaker_name": "Client", "text": "Bad."}, {"speaker_name": "Worker", "text": "Oh."}]}}}',
    ],
    ids=["lines", "one string", "three levels down"],
)
def test_text_inside_json(data):
    transcript = Transcript.from_text(data)
    assert (transcript.format, [t.text for t in transcript.turns]) == ("json", ["How was it?", "Bad.", "Oh."])


def test_text_inside_json_is_read_as_text_is():
    lines = "the one who asks: How was it?\r\nAna Lee: Bad.\r\nthe one who asks: Oh.\r\n"
    given = {"worker": "the one who asks"}
    inside = Transcript.from_text(json.dumps({"transcript": lines}), **given)
    assert [(t.role, t.text) for t in inside.turns] == [
        (t.role, t.text) for t in Transcript.from_text(lines, **given).turns
    ]
    own = Transcript.from_text("Worker: How was it?\nClient: Bad.\nWorker: Oh.\n", session="S9")
    assert Transcript.from_text(json.dumps([*own.to_text().splitlines()])).session == "S9"


def test_columns_of_a_german_table():
    text = "Nr.;Zeit;Sprecher;Äußerung\n1;00:00:03,5;Worker;How was it?\n2;00:00:05;Client;Bad.\n"
    assert [(t.text, t.start_s) for t in Transcript.from_text(text).turns] == [("How was it?", 3.5), ("Bad.", 5.0)]


@pytest.mark.parametrize("names", [("Noor", "שרה כהן"), ("Noor 🌻", "Sara"), ("Noor Khan", "王 芳")])
def test_names_in_scripts_without_capitals_and_with_signs(names):
    text = "".join(f"{names[0]}: How was {i} for you?\n{names[1]}: It was bad, {i}.\n" for i in range(4))
    roles = Transcript.from_text(text, worker=names[0]).roles
    assert (roles.worker, roles.client) == (names[:1], names[1:])


def test_an_arrow_between_figures_makes_no_captions():
    """Words were lost where numbered lines told of a change, as in "mood 3 -> 5"."""
    text = (
        "1 Worker: How was the week?\n2 Client: bad. mood 3 -> 5\n3 Worker: And the rest?\n"
        "4 Client: sleep 8 -> 6\n5 Worker: Thank you.\n6 Client: ok\n"
    )
    transcript = Transcript.from_text(text)
    assert (transcript.format, len(transcript.turns)) == ("text", 6)
    talk = [("Worker", "How?"), ("Client", "3:10 --> 5:20\n4:20 --> 4:30"), ("Worker", "Sleep?"), ("Client", "8 -> 6")]
    for session in ("12", "3:10 --> 4:20"):
        own = read_transcript(talk, session=session)
        assert Transcript.from_text(own.to_csv()).turns == own.turns


def said(text, **roles):
    return [(t.speaker, t.text) for t in Transcript.from_text(text, **roles).turns]


def noted(text, **roles):
    return " ".join(note.message for note in Transcript.from_text(text, **roles).notes)


@pytest.mark.parametrize(
    "name", ["+44 7700 900123", "07700 900123", "(555) 555-0142", "de la Cruz, Ana", "van den Berg", "Dan's iPhone"]
)
@pytest.mark.parametrize("line", ["{}: {}", "[00:12] {}: {}", "{}  0:12\n{}"])
def test_who_dials_in_and_names_with_small_words_are_speakers(name, line):
    talk = [("Worker", "How was it?"), (name, "I stayed in bed."), ("Tom", "Me too."), ("Worker", "You both did.")]
    talk += [(name, "All week."), ("Tom", "Same.")]
    assert said("\n".join(line.format(*turn) for turn in talk), worker="Worker") == talk


def test_dates_and_turn_numbers_are_nobody():
    text = "Worker: How was it?\nClient: We met on 2024-05-02 10: it was cold.\n2024-05-02 10: and wet.\nWorker: Mm.\nClient: Yes."
    assert {speaker for speaker, _ in said(text)} == {"Worker", "Client"}


def test_turns_within_a_line_are_turns():
    text = (
        "Worker: How was it? Client: Bad. I hid. Worker: You hid. Client: Yes.\nWorker: Say more?\nClient: I was\nscared. DO: No.\n"
        "Worker: He said it again. My sister says: just move. Client (laughs): ha.\n"
    )
    assert said(text) == [
        ("Worker", "How was it?"), ("Client", "Bad. I hid."), ("Worker", "You hid."), ("Client", "Yes."), ("Worker", "Say more?"),
        ("Client", "I was scared. DO: No."), ("Worker", "He said it again. My sister says: just move. Client (laughs): ha."),
    ]  # fmt: skip
    assert "cut there (line 1)" in noted(text)


TALK = "Worker: How was it?\nClient: Bad. I hid.\nWorker: You hid.\nClient: Yes.\n"


@pytest.mark.parametrize(
    "after",
    ["\n[End of session]\n\nI think I talked too much.\nRing him on Friday.\n",
     "\nReflections\n\nI think I talked too much.\nAnd he too little.\n",
     "\nSupervision notes:\nI talked too much.\n"],
)  # fmt: skip
def test_what_stands_after_the_talk_is_nobodys(after):
    assert said(TALK + after) == said(TALK)
    assert "what stands after the talk was left out" in noted(TALK + after)
    assert said(TALK + after + TALK)[-1][1].endswith("Yes.")  # talk goes on: nothing is left out
    assert "after the talk" not in noted(TALK + after + TALK)


def test_heads_of_pages_are_no_talk_and_what_a_client_says_again_is():
    head = "\nRiverside Peer Project - CONFIDENTIAL\nSession 4            Page {} of 3\n\n"
    text = (
        "Worker: How was it?\nClient: Bad. I hid in\n" + head.format(1) + "the kitchen.\nI don't know.\n" + head.format(2)
        + "Worker: You hid.\nClient: I don't know.\n" + head.format(3) + "I don't know. It was on page 3\nWorker: Mm.\n"
    )  # fmt: skip
    assert said(text) == [
        ("Worker", "How was it?"), ("Client", "Bad. I hid in the kitchen. I don't know."), ("Worker", "You hid."),
        ("Client", "I don't know. I don't know. It was on page 3"), ("Worker", "Mm."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sent", ["May 02, 2024 10:0{} am", "10:0{} AM", "Thu 10:0{}", "02/05/2024, 10:0{}", "yesterday at 10:0{} pm"]
)
def test_when_a_message_was_sent_is_no_talk(sent):
    talk = [
        (who, f"{words} {i}.") for i in range(4) for who, words in (("Ngozi", "How was the week"), ("Dan", "I hid in"))
    ]
    lines = [f"{who}\n{words}\n{sent.format(i)}\n" for i, (who, words) in enumerate(talk)]
    assert said("\n".join(lines), worker="Ngozi") == talk
    assert said("Worker: When?\nClient: At\n10:30 am\nWorker: Mm.\nClient: Yes.")[1] == ("Client", "At 10:30 am")


def test_first_turns_under_a_fuller_name():
    full = "Ngozi Adeyemi: How was the week?\nDaniel O'Hara: Bad. I hid.\nNA: You hid.\nDO: Yes.\nNA: That is hard.\nDO: It was.\n"
    assert [speaker for speaker, _ in said(full, worker="NA")] == ["NA", "DO"] * 3
    assert "fuller name" in noted(full, worker="NA")
    role = "Ngozi (peer worker): How was the week?\nDaniel: Bad. I hid.\nNgozi: You hid.\nDaniel: Yes.\nNgozi: Hm.\nDaniel: So.\n"
    assert Transcript.from_text(role).roles.worker == ("Ngozi",)
    assert [speaker for speaker, _ in said(role)] == ["Ngozi", "Daniel"] * 3


def test_paragraphs_that_name_nobody_are_suspected():
    text = "Worker: How was it?\n\nClient: Bad. I hid.\n\nYou hid. That is hard.\n\nYes. I sat there.\n\nYou felt trapped.\n"
    (note,) = Transcript.from_text(text).notes
    assert (note.kind, note.count) == ("suspect", 3)
    assert "put the speaker before each" in note.message
    long = "Worker: How was it?\n\nClient: Bad.\n\nI hid there.\n\nWorker: Mm.\n\nClient: Yes.\n\nI did.\n"
    assert not Transcript.from_text(long).notes


@pytest.mark.parametrize(
    "talk",
    [
        [("Worker", "Let's look at page 3"), ("Client", "Okay."), ("Worker", "What did you write?"), ("Client", "I was scared."),
         ("Worker", "Let's look at page 4"), ("Client", "Okay."), ("Worker", "What is there?"), ("Client", "My plan.")],
        [("Worker", "What happened?"), ("Client", "I shouted and then he started recording."),
         ("Worker", "The nurse stopped recording.")],
        [("Client", "He goes at\n10:30 pm"), ("Worker", "Till?"), ("Client", "Up till\n2:15 am"),
         ("Worker", "Mm."), ("Client", "It rings at\n6:45 am")],
        [("Worker", "Hm."), ("Client", "I was there"), ("Worker", "So when the\nsession ended\nyou felt alone.")],
        [("Worker", "What is it called?"), ("Client", "I thought of this.\n\nNotes\n\nThat is what I want to call it.")],
        [("Client", "I showed him the text. Worker: please come in at nine. It was cold."), ("Worker", "Cold.")],
    ],
)  # fmt: skip
def test_speech_that_looks_like_the_furniture_of_a_page_is_speech(talk):
    text = "\n".join(f"{speaker}: {words}" for speaker, words in talk)
    assert said(text) == [(speaker, " ".join(words.split())) for speaker, words in talk]


@pytest.mark.parametrize(
    "head", ["Agency: Mind", "Background: B rang after a row", "Plan: call on Monday", "Sister: I will wait, bye."]
)
def test_a_line_about_the_session_is_nobodys_first_turn(head):
    talk = [
        ("A", "Hello, how are you feeling today?"),
        ("B", "Not great, I feel sad."),
        ("A", "What happened?"),
        ("B", "I lost my job."),
    ]
    talk = [(head[0] if who == "A" else who, words) for who, words in talk] if head[0] not in "AB" else talk
    text = f"{head}\n\n" + "\n".join(f"{who}: {words}" for who, words in talk)
    assert said(text, worker=talk[0][0])[-4:] == talk
    assert "fuller name" not in noted(text, worker=talk[0][0])


def test_a_quoted_chat_in_a_message_is_the_message():
    text = (
        "[03/05/2024, 10:15:02] Sam: I told him no. Me: go away. Him: no! Me: out.\n[03/05/2024, 10:15:32] Me: Oh no, how was that?\n"
        "[03/05/2024, 10:16:02] Sam: Bad.\n[03/05/2024, 10:16:32] Me: Mm.\n"
    )
    assert said(text, worker="Me")[0] == ("Sam", "I told him no. Me: go away. Him: no! Me: out.")
