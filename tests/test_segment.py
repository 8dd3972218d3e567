"""Cutting: golden rules, and the invariant on anything hypothesis can type."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reflectkit import Role, Transcript, read_transcript
from reflectkit.segment import (
    LONGEST_SENTENCE,
    LONGEST_STRETCH,
    _cuts_by_tokens,
    _plain_cuts,
    cut,
    cut_text,
    gap_features,
    gap_scores,
    segment,
    stretch_words,
)
from reflectkit.values import count_words, events


def pieces(text):
    return [text[s.start : s.end] for s in cut_text(text)]


GOLDEN = {
    "plain": ["You rang her.", "What was that like?"],
    "no end": ["You rang her.", "And then"],
    "lower case": ["ok.", "so you left.", "did she call?"],
    "abbreviation": ["Dr. Ng said 3 p.m. at St. Mary's, e.g. the side door.", "Right?"],
    "initials": ["It was J. Smith who rang.", "Yes."],
    "number": ["It's 3.5 miles.", "Long way."],
    "a plain no": ["No.", "Did you sleep?", "no.", "he didn't."],
    "a numbered room": ["It's no. 12 on the left."],
    "words that look like abbreviations": ["You sat.", "In the sun.", "With Jan.", "It was fun."],
    "end after an abbreviation": ["Come at 3 p.m.", "The door is open."],
    "trailing off": ["I just... I don't know.", "Maybe."],
    "trailing off, new sentence": ["You were so angry...", "What happened next?"],
    "trailing off, going on": ["so you… went home and slept"],
    "interrupted": ["Were you— no, wait, what time was it?"],
    "quote": ['She said "go home."', "So you went."],
    "question in a quote": ['"Why me?" she said.', "And you?"],
    "two signs": ["He did what?!", "No way!!", "Sorry."],
    "brackets": ["You left (finally).", "Good."],
    "ellipsis sign": ["Hm… okay."],
    "listening sound": ["Mm.", "Go on."],
    "autonomy": ["It's up to you.", "No rush."],
}


@pytest.mark.parametrize("expected", GOLDEN.values(), ids=GOLDEN.keys())
def test_golden_rules(expected):
    assert pieces(" ".join(expected)) == expected


def test_missing_spaces():
    assert pieces("Right.So you left.") == ["Right.", "So you left."]
    assert pieces("what happened?did she call!yes") == ["what happened?", "did she call!", "yes"]


def test_events_stand_between_utterances_and_inside_them():
    assert pieces("[laughs] So you [sighs] went. [long pause] And then? [crying]") == [
        "So you [sighs] went.",
        "And then?",
    ]
    assert pieces("(pause) *laughs*") == []
    assert pieces("[NAME] rang. You told [NAME]?") == ["[NAME] rang.", "You told [NAME]?"]


#  drawn: one speaker, rows as typed      0: "you went"   1: "back in."   ->  two utterances
#  the same as captions of a subtitle     "you went back in."             ->  one utterance
def test_rows_are_never_joined_but_captions_are():
    rows = [("Worker", "you went"), ("Worker", "back in."), ("Client", "yes")]
    t = read_transcript(rows)
    assert [(u.text, u.turn, u.row) for u in segment(t)] == [("you went", 0, 0), ("back in.", 0, 1)]
    vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Worker>you went\n\n00:01.000 --> 00:02.000\n<v Worker>back in. And\n\n"
    vtt += "00:02.000 --> 00:03.000\n<v Worker>then?\n\n00:03.000 --> 00:04.000\n<v Client>yes\n"
    found = segment(Transcript.from_text(vtt))
    assert [(u.text, u.row, u.start_s) for u in found] == [("you went back in.", 0, 0.0), ("And then?", 1, 1.0)]


def test_context_is_what_was_heard_and_said_before():
    t = Transcript.from_text(
        "Client: I lost the flat on Monday.\nWorker: On Monday. And the dog?\nClient: mm\nWorker: Where is he now?"
    )
    assert [(u.heard, u.before) for u in segment(t)] == [
        ("I lost the flat on Monday.", ""),
        ("I lost the flat on Monday.", "On Monday."),
        ("I lost the flat on Monday.\nmm", ""),
    ]


def test_recognised_speech_is_cut_into_sayable_stretches():
    text = (
        "okay so you went down to the office on monday and they told you that the form was the wrong one and what did "
        "you do then did you go home or did you stay there because i know that office and it can be a long wait and i "
        "was thinking about what you said last week about your sister and how she always picks up the phone so do you "
        "think that she would come with you the next time you go down there"
    )
    found = pieces(text)
    assert max(count_words(p) for p in found) <= LONGEST_STRETCH
    assert len(found) >= 4
    assert any(p.removeprefix("and ").startswith("what did you do then") for p in found)
    assert any(p.startswith("so do you think") for p in found)


@pytest.mark.parametrize("n", [60, 61, 250])
def test_no_stretch_is_endless(n):
    assert max(count_words(p) for p in pieces(" ".join(["word"] * n))) <= LONGEST_STRETCH
    assert max(count_words(p) for p in pieces(", ".join(["word"] * n) + ".")) <= LONGEST_SENTENCE


def check_cover(turn, rows_are_units):
    """The invariant: ordered, not overlapping, and every non-blank character in an utterance or an event mark."""
    spans = cut(turn, rows_are_units=rows_are_units)
    covered = [False] * len(turn.text)
    last = 0
    for s in spans:
        assert last <= s.start < s.end <= len(turn.text)
        assert turn.text[s.start : s.end].strip() == turn.text[s.start : s.end] != ""
        covered[s.start : s.end] = [True] * (s.end - s.start)
        last = s.end
    for mark in events(turn.text):
        covered[mark.start : mark.end] = [True] * (mark.end - mark.start)
    assert all(c or turn.text[i].isspace() for i, c in enumerate(covered))
    if rows_are_units:
        for s in spans:
            assert sum(p.start < s.end and s.start < p.end for p in turn.pieces if p.end > p.start) == 1


SCRAPS = [
    *"so you and then i was what do did okay don't [laughs] [NAME] (pause) ... … ? ! . , - —".split(),
    *"Dr. e.g. 3.5 “go” :) 🎉 é مرحبا".split(), "\n", "\u2028",
]  # fmt: skip
TALK = st.lists(
    st.one_of(
        st.sampled_from(SCRAPS),
        st.text(max_size=8),
    ),
    max_size=60,
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(TALK, min_size=1, max_size=3), st.booleans())
def test_every_character_is_accounted_for(texts, rows_are_units):
    from reflectkit.values import Row, Turn, join_rows

    rows = [Row(i, "w", text) for i, text in enumerate(texts)]
    for i, (speaker, text, parts) in enumerate(join_rows(rows, rows_are_units=rows_are_units)):
        check_cover(Turn(i, Role.WORKER, speaker, text, parts), rows_are_units)


def test_annotated_sessions_are_covered_too(corpus):
    for session in corpus.sessions[::10]:
        for turn in session.transcript.turns:
            if turn.role is Role.WORKER:
                check_cover(turn, True)


def test_punctuated_sessions_are_cut_as_the_annotators_cut_them(corpus):
    from reflectkit.learn.segmentation import boundary_scores

    sessions = [s for s in corpus.split("dev").sessions if s.about["register"] == "speech"]
    precision, recall, f1, n = boundary_scores(sessions)
    assert n > 100
    assert min(precision, recall, f1) > 0.93


PIECES = "So she left. Why? why No. no. a. I. p. Dr. etc. dont. im. xD :) … ... 3. U.K. well, then ok! (ok.) 😂 yes.no".split()


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map(" ".join))
def test_plain_sentences_are_cut_as_all_others(text):
    assert _plain_cuts(text) in (None, sorted(set(_cuts_by_tokens(text))))


@given(st.lists(st.sampled_from("so you rang i and then what did 0 kim going, -".split()), min_size=2, max_size=30))
def test_gaps_weigh_what_their_features_weigh(said):
    _, words, signs = stretch_words(text := " ".join(said), 0, len(text))
    weights = json.loads(resources.files("reflectkit").joinpath("segment.json").read_text("utf-8"))
    found = gap_scores(words, signs, {2})
    for i in range(1, len(words)):
        names = gap_features(words, i, sign=signs[i - 1], event=i == 2)
        assert found[i] == pytest.approx(weights["intercept"] + sum(weights["weights"].get(n, 0.0) for n in names))
