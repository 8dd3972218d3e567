"""Measuring: sessions drawn so that every number can be counted by eye, and what must hold for any session."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import code
from reflectkit import Balance, Transcript
from reflectkit.codebook import BEHAVIOURS, Behaviour, Subtype
from reflectkit.measure import MEASURES, balance, find_disclosures
from reflectkit.measure.disclosure import is_listening_sound
from reflectkit.values import count_words

#  turn 0  W  You came back. [laughs] What was the week like?     3 + 5 words   reflection | open question
#  turn 1  C  Long. I rang nobody.                                4 words
#  turn 2  W  Nobody. Did you sleep?                              1 + 3 words   reflection | closed question
#  turn 3  C  [inaudible]                                         0 words
#  turn 4  W  Mm.                                                 1 word        other
#  turn 5  C  No I did not.                                       4 words
DRAWN = """Worker: You came back. [laughs] What was the week like?
Client: Long. I rang nobody.
Worker: Nobody. Did you sleep?
Client: [inaudible]
Worker: Mm.
Client: No I did not.
"""
CODES = {
    "You came back.": "reflection",
    "What was the week like?": "open_question",
    "Nobody.": "reflection",
    "Did you sleep?": "closed_question",
    "Mm.": "other",
}


def test_a_session_counted_by_hand():
    t = Transcript.from_text(DRAWN)
    metrics = balance(t, code(t, CODES)).metrics()
    assert dict(metrics) == {
        "worker_words": 13,
        "client_words": 8,
        "worker_turns": 3,
        "client_turns": 3,
        "talk_ratio": 13 / 8,
        "worker_talk_share": 13 / 21,
        "worker_time_share": None,
        "longest_worker_turn_words": 8,
        "longest_client_turn_words": 4,
        "worker_utterances": 5,
        "unsure_utterances": 0,
        "n_open_question": 1,
        "n_closed_question": 1,
        "n_reflection": 2,
        "n_validation": 0,
        "n_self_disclosure": 0,
        "n_directive": 0,
        "n_information": 0,
        "n_other": 1,
        "open_question_share": 0.5,
        "reflections_per_question": 1.0,
        "directive_disclosure_count": 0,
    }
    frame = metrics.to_frame()
    assert list(frame.columns) == ["value", "low", "high", "n", "unit"]
    assert frame.index.name == "measure"
    assert frame.loc["talk_ratio"].tolist()[3:] == [21, "ratio"]
    # Codes by hand are certain: every interval is the value itself, and stretches have none.
    assert frame["low"].drop("directive_disclosure_count").equals(frame["value"].drop("directive_disclosure_count"))
    assert metrics.interval("directive_disclosure_count") is None
    assert frame.loc["worker_time_share"].isna()["value"]


def test_intervals_come_from_the_probabilities():
    """Forty utterances that ask with a probability of one half each: 20 expected, variance 10, 15 to 25 at 90 %."""
    t = Transcript.from_text("Client: Hm.\n" + "".join(f"Worker: Did you go {i}?\nClient: No.\n" for i in range(40)))
    coded = [
        replace(c, probabilities=tuple(0.5 if b is Behaviour.CLOSED_QUESTION else 0.0 for b in BEHAVIOURS))
        for c in code(t, {f"Did you go {i}?": "closed_question" if i % 2 else "other" for i in range(40)})
    ]
    metrics = balance(t, coded).metrics()
    assert (metrics["n_closed_question"], metrics.interval("n_closed_question")) == (20, (15.0, 25.0))
    assert metrics.interval("worker_words") == (metrics["worker_words"],) * 2
    wider = balance(t, coded, dispersion=4.0).metrics().interval("n_closed_question")
    assert wider == (10.0, 30.0)
    both = (balance(t, coded) + balance(t, coded)).metrics().interval("n_closed_question")
    assert both == (33.0, 47.0)  # 40 expected, variance 20: narrower than twice one session's


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 8), min_size=1, max_size=12))
def test_intervals_hold_their_values_and_stay_in_range(rows):
    lines = "".join(f"Worker: Word{i} here.\nClient: Yes.\n" for i in range(len(rows)))
    t = Transcript.from_text("Client: Hm.\n" + lines)
    coded = [
        replace(c, behaviours=tuple(b for b, p in zip(BEHAVIOURS, row, strict=True) if p > 0.5), probabilities=row)
        for c, row in zip(code(t, {f"Word{i} here.": "other" for i in range(len(rows))}), rows, strict=True)
    ]
    metrics = balance(t, coded, dispersion=1.5).metrics()
    for name, value in metrics.items():
        interval = metrics.interval(name)
        if value is None:
            assert interval is None
        elif interval is not None:
            assert interval[0] <= value <= interval[1]
            assert interval[0] >= 0
            if name.startswith("n_"):
                assert interval[1] <= len(rows)
            if name.endswith("_share"):
                assert interval[1] <= 1


def test_time_share_counts_rows_not_the_gaps_between_them():
    #  0    2    4    6    8   seconds
    #  WWWWW CCCCCCCCC    WW     worker 2 + 1, client 4
    vtt = "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Worker>a b\n\n00:02.000 --> 00:06.000\n<v Client>c\n\n"
    vtt += "00:07.000 --> 00:08.000\n<v Worker>d\n"
    t = Transcript.from_text(vtt)
    assert balance(t, code(t, {"a b": "other", "d": "other"})).worker_time_share == pytest.approx(3 / 7)


def test_undefined_is_none_and_never_zero():
    t = Transcript.from_text("Worker: Hello?\nClient: [silence]")
    b = balance(t, code(t, {"Hello?": "other"}))
    assert (b.talk_ratio, b.open_question_share, b.reflections_per_question) == (None, None, None)
    assert b.worker_talk_share == 1.0
    assert Balance().worker_talk_share is None


def test_a_question_that_is_open_and_closed_is_one_question():
    t = Transcript.from_text("Worker: So what, did he leave?\nClient: Yes.")
    b = balance(t, code(t, {"So what, did he leave?": "open_question+closed_question+reflection"}))
    assert (b.questions, b.reflections_per_question, b.open_question_share) == (1, 1.0, 0.5)


def test_measures_are_named_once_and_asking_for_another_lists_them():
    names = [m.name for m in MEASURES]
    assert len(set(names)) == len(names)
    metrics = Balance().metrics()
    assert list(metrics) == names
    with pytest.raises(KeyError, match="talk_ratio"):
        metrics["talkratio"]


COUNTS = st.integers(0, 500)
BALANCES = st.builds(
    Balance,
    worker_words=COUNTS, client_words=COUNTS, worker_turns=COUNTS, client_turns=COUNTS,
    worker_seconds=st.none() | st.integers(0, 100).map(float), client_seconds=st.none() | st.integers(0, 100).map(float),
    longest_worker_turn_words=COUNTS, questions=COUNTS, behaviours=st.tuples(*[COUNTS] * len(BEHAVIOURS)), directive_disclosures=COUNTS,
)  # fmt: skip


@given(st.lists(BALANCES, min_size=1, max_size=4), st.randoms())
def test_sessions_add_up_in_any_order(balances, random):
    total = sum(balances)
    random.shuffle(balances)
    assert sum(balances) == total
    assert total.worker_words == sum(b.worker_words for b in balances)
    for name in ("worker_talk_share", "worker_time_share", "open_question_share"):
        value = getattr(total, name)
        assert value is None or 0 <= value <= 1
    if total.client_words:
        assert total.talk_ratio == total.worker_words / total.client_words


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Worker", "Client"]), st.text("ab ?.[]x\n", max_size=20)), min_size=2, max_size=12
    )
)
def test_words_of_turns_add_up_to_words_of_rows(rows):
    from reflectkit import read_transcript

    if len({s for s, _ in rows}) < 2:
        return
    t = read_transcript(rows)
    assert sum(turn.words for turn in t.turns) == sum(count_words(text) for _, text in rows)


# Directive-disclosure: one drawn session a rule ---------------------------------------------------------------------

S, D, R, Q, O = "self_disclosure", "directive", "reflection", "open_question", "other"  # noqa: E741
DISCLOSURES = {
    "one sentence": (
        "Worker: I got sober at the church hall so go there.\nClient: Hm.",
        {"I got sober at the church hall so go there.": f"{S}+{D}"}, [((0,), "steer", False)]),
    "several sentences, focus returned": (
        "Worker: I was the same. I walked every night. You should walk. How does that sit?\nClient: Dunno.",
        {"I was the same.": S, "I walked every night.": S, "You should walk.": D, "How does that sit?": Q}, [((0,), "steer", True)]),
    "across a listening sound": (
        "Worker: I rang my brother every night.\nClient: mm\nWorker: So ring your sister.\nClient: No.",
        {"I rang my brother every night.": S, "So ring your sister.": D}, [((0, 2), "steer", False)]),
    "advice first": (
        "Worker: Ring your sister. I rang mine.\nClient: No.", {"Ring your sister.": D, "I rang mine.": S}, [((0,), "steer", False)]),
    "asked for": (
        "Client: What did you do?\nWorker: I walked. You could walk.\nClient: Maybe.",
        {"I walked.": S, "You could walk.": D}, [((1,), "with_permission", False)]),
    "permission given": (
        "Worker: Can I tell you what helped me?\nClient: Yeah, go on.\nWorker: I walked. You could walk.\nClient: Maybe.",
        {"Can I tell you what helped me?": "closed_question", "I walked.": S, "You could walk.": D}, [((2,), "with_permission", False)]),
    "an open question is no permission": (
        "Worker: Can you tell me about your mum?\nClient: Yeah, she left.\nWorker: I walked. You could walk.\nClient: Maybe.",
        {"Can you tell me about your mum?": Q, "I walked.": S, "You could walk.": D}, [((2,), "steer", False)]),
    "yes, but": (
        "Worker: Can I tell you what helped me?\nClient: Okay, but not today.\nWorker: I walked. You could walk.\nClient: No.",
        {"Can I tell you what helped me?": "closed_question", "I walked.": S, "You could walk.": D}, [((2,), "steer", False)]),
    "an answer ends the volley": (
        "Worker: I rang my brother. Do you have one?\nClient: Yes.\nWorker: Ring him.\nClient: No.",
        {"I rang my brother.": S, "Do you have one?": "closed_question", "Ring him.": D}, []),
    "permission refused": (
        "Worker: Can I tell you what helped me?\nClient: No.\nWorker: I walked. You could walk.\nClient: Stop.",
        {"Can I tell you what helped me?": "closed_question", "I walked.": S, "You could walk.": D}, [((2,), "steer", False)]),
    "company only": (
        "Worker: I lost my dad too. What was he like?\nClient: Kind.", {"I lost my dad too.": S, "What was he like?": Q}, []),
    "client speaks between": (
        "Worker: I rang my brother every night.\nClient: My sister would never pick up.\nWorker: Ring her.\nClient: No.",
        {"I rang my brother every night.": S, "Ring her.": D}, []),
    "far apart": (
        "Worker: I have a dog. He is old. The bus is late. It rains. Eat something.\nClient: Ok.",
        {"I have a dog.": S, "He is old.": O, "The bus is late.": O, "It rains.": O, "Eat something.": D}, []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "codes", "expected"), DISCLOSURES.values(), ids=DISCLOSURES.keys())
def test_directive_disclosure(text, codes, expected):
    t = Transcript.from_text(text)
    found = find_disclosures(t, code(t, codes))
    assert [(d.turns, d.subtype.value, d.returns_focus) for d in found] == expected


def test_the_offsets_of_story_and_steering():
    text = "Worker: Well. I was the same. I walked every night. You should walk.\nClient: No."
    t = Transcript.from_text(text)
    (found,) = find_disclosures(
        t, code(t, {"Well.": O, "I was the same.": S, "I walked every night.": S, "You should walk.": D})
    )
    said = t.turns[0].text
    assert [said[s.start : s.end] for s in found.story] == ["I was the same.", "I walked every night."]
    assert [said[s.start : s.end] for s in found.steering] == ["You should walk."]
    assert (found.rows, found.subtype) == ((0,), Subtype.STEER)


def test_stretches_are_found_in_the_annotators_own_codes(corpus):
    """With human codes given, the plain method finds most of the annotators' stretches."""
    hits = human = 0
    for session in corpus.split("dev").sessions:
        found = find_disclosures(session.transcript, session.coded())
        spans = [{(s.turn, s.start) for s in (*d.story, *d.steering)} for d in found]
        for d in session.disclosures:
            human += 1
            hits += any(span & {(s.turn, s.start) for s in (*d.story, *d.steering)} for span in spans)
    assert human >= 5
    assert hits >= 0.8 * human


@pytest.mark.parametrize(
    "text",
    [
        "mm",
        "uh huh",
        "yup",
        "yeah [nods]",
        "haha",
        "Mm-hm.",
        "yeah, yeah",
        "Right. Okay.",
        "",
        "[nods]",
        "Aye",
        "oh yeah",
    ],
)
def test_listening_sounds(text):
    assert is_listening_sound(text)


@pytest.mark.parametrize("text", ["yeah but he left", "No way I could", "okay I will", "mm what about Friday"])
def test_more_than_listening_sounds(text):
    assert not is_listening_sound(text)


def test_every_behaviour_is_counted_under_its_name():
    counts = tuple(range(len(BEHAVIOURS)))
    metrics = Balance(behaviours=counts).metrics()
    assert [metrics[f"n_{b.value}"] for b in Behaviour] == list(counts)
