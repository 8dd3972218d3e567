"""Measuring: sessions drawn so that every number can be counted by eye, and what must hold for any session."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from drawn import code
from reflectkit import Transcript, analyze
from reflectkit.codebook import BEHAVIOURS, Behaviour, Flag, Subtype
from reflectkit.measure import MEASURES, Balance, find_disclosures, measure_session
from reflectkit.measure.definitions import EXAMPLE
from reflectkit.measure.flags import find_flags
from reflectkit.measure.intervals import Estimate, student
from reflectkit.measure.permission import agrees, asks, asks_for_advice
from reflectkit.measure.sequence import moves, tie_reflections
from reflectkit.measure.talk import talk_counts
from reflectkit.measure.volleys import is_listening_sound
from reflectkit.values import count_words


def balance(transcript, coded, **options):
    return measure_session(transcript, coded, **options).balance


def drawn(lines):
    """A transcript and its codes from a drawing in which worker lines are ``code: text`` pieces joined by `` / ``."""
    rows, codes = [], {}
    for line in lines.strip().splitlines():
        who, said = line.strip().split(" ", 1)
        pieces = [piece.split(": ", 1) for piece in said.split(" / ")] if who == "W" else [["", said]]
        codes |= {text: code for code, text in pieces}
        rows.append(("Worker" if who == "W" else "Client", " ".join(text for _, text in pieces)))
    t = Transcript.from_text("\n".join(f"{who}: {text}" for who, text in rows))
    return t, code(t, codes)


def example():
    rows = [(who, said if who == "client" else " ".join(text for text, _ in said)) for who, said in EXAMPLE]
    t = Transcript.from_text("\n".join(f"{who}: {text}" for who, text in rows))
    codes = {text: own.replace("|", "+") for who, said in EXAMPLE if who == "worker" for text, own in said}
    return t, code(t, codes)


def test_every_measure_of_the_worked_example_is_as_counted_by_hand():
    t, coded = example()
    metrics = balance(t, coded).metrics()
    assert list(metrics) == [m.name for m in MEASURES]
    wrong = {
        m.name: (m.example, metrics[m.name])
        for m in MEASURES
        if m.example is not None and metrics[m.name] != pytest.approx(m.example)
    }
    assert wrong == {}
    undefined = [m.name for m in MEASURES if m.example is None and not m.name.startswith(("answer_after", "share_"))]
    assert [name for name in undefined if metrics[name] is not None and "1000_words" not in name] == []
    frame = metrics.to_frame()
    assert list(frame.columns) == ["value", "low", "high", "n", "unit", "reason"]
    assert frame.index.name == "measure"
    assert frame.loc["talk_ratio"].tolist()[3:] == [33, "ratio", ""]
    assert metrics.reason("worker_time_share") == "a row with words has no start or no end, or no time passes"


def test_a_few_events_give_no_ratio_and_the_reason():
    t, coded = drawn("""
        C I rang nobody.
        W reflection: You rang nobody. / open_question: What was that like?
        C Long.
        W closed_question: Did you sleep? / closed_question: Did you eat? / closed_question: Did you go out?
        C No.
    """)
    b = balance(t, coded)
    assert (b.metrics()["reflections_per_question"], b.reflections_per_question) == (None, 1 / 4)
    assert b.metrics().reason("reflections_per_question") == "there are fewer than 5 questions"
    assert b.metrics().base("reflections_per_question") == 4
    assert (b + b).metrics()["reflections_per_question"] == 1 / 4


GOLDEN = """
    W closed_question: Did you ring? / closed_question: Or did you text?
    C I texted her.
    W reflection: You texted. / reflection: You found a way.
    C mm
    W open_question: What did she say?
    C That she misses me.
    W validation: That took courage. / other: Right. / closed_question: Is she well? / open_question: How are you with it?
    C Better.
"""


def test_the_same_session_counted_by_utterance_and_by_volley():
    """By hand. Volleys: 1 two closed; 2 two reflections, "mm", one open; 3 validation, other, closed and open (one question)."""
    t, coded = drawn(GOLDEN)
    by_utterance = balance(t, coded).metrics()
    by_volley = balance(t, coded, counting="volley").metrics()
    names = ("n_closed_question", "n_open_question", "n_question", "n_reflection", "n_validation", "n_other")
    assert [by_utterance[n] for n in names] == [3, 2, 5, 2, 1, 1]
    assert [by_volley[n] for n in names] == [1, 2, 3, 1, 1, 1]
    with pytest.raises(ValueError, match="do not add up"):
        balance(t, coded) + balance(t, coded, counting="volley")


def test_talk_by_hand_in_stretches_thirds_and_long_stretches():
    #   W 80 | C mm | W 10 | C 30 | W 5   "mm" does not end the worker's stretch
    t = Transcript.from_text(
        f"Worker: {'a ' * 80}\nClient: mm\nWorker: {'b ' * 10}\nClient: {'c ' * 30}\nWorker: {'d ' * 5}\n"
    )
    counts = talk_counts(t)
    assert (counts["longest_worker_stretch_words"], counts["longest_client_stretch_words"]) == (90, 30)
    assert counts["lecture_words"] == 90
    assert counts["client_listening_sounds"] == 1
    assert counts["worker_third_words"] == (42, 38 + 3, 7 + 5)  # 126 words in thirds of 42
    assert counts["client_third_words"] == (0, 1, 30)


def test_times_give_gaps_overlaps_and_length():
    #  0    2    4    6    8    10
    #  CCCCCCC        WWWW        client 0-3, worker 5-7 (gap 2), client 7-9, worker 8-10 (overlap)
    cues = [(0, 3, "Client", "a b"), (5, 7, "Worker", "c"), (7, 9, "Client", "d"), (8, 10, "Worker", "e")]
    vtt = "WEBVTT\n\n" + "".join(f"00:{s:02}.000 --> 00:{e:02}.000\n<v {who}>{text}\n\n" for s, e, who, text in cues)
    counts = talk_counts(Transcript.from_text(vtt))
    assert (counts["responses_timed"], counts["response_gap_seconds"], counts["overlaps"]) == (2, 2.0, 1)
    assert counts["session_seconds"] == 10.0


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
    wider = balance(t, coded, session_sd=(0.5,) * 8).metrics().interval("n_closed_question")
    assert wider == (10.0, 29.0)  # the shift of half a log-odds moves ten doubts by five: variance 10 + 25
    both = (balance(t, coded) + balance(t, coded)).metrics().interval("n_closed_question")
    assert both == (33.0, 47.0)  # 40 expected, variance 20: narrower than twice one session's


@given(st.integers(0, 40), st.data())
def test_the_interval_of_a_count_is_the_shortest_that_holds_it_nine_times_in_ten(most, data):
    mean = data.draw(st.floats(0, most))
    count = Estimate(round(mean), mean, data.draw(st.floats(0.01, 100)), most)
    low, high = count.interval()
    assert 0.9 <= count.probability(low, high) + 1e-9
    each = [count.probability(k, k) for k in range(most + 1)]
    assert sum(each) == pytest.approx(1)
    if count.value not in (low, high):  # else it may have been widened to hold what was decided
        size = int(high - low)
        assert all(sum(each[i : i + size]) < 0.9 + 1e-9 for i in range(most + 2 - size))


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 1)] * 8), min_size=1, max_size=12))
def test_intervals_hold_their_values_and_stay_in_range(rows):
    lines = "".join(f"Worker: Word{i} here.\nClient: Yes.\n" for i in range(len(rows)))
    t = Transcript.from_text("Client: Hm.\n" + lines)
    coded = [
        replace(c, behaviours=tuple(b for b, p in zip(BEHAVIOURS, row, strict=True) if p > 0.5), probabilities=row)
        for c, row in zip(code(t, {f"Word{i} here.": "other" for i in range(len(rows))}), rows, strict=True)
    ]
    metrics = balance(t, coded, session_sd=(0.7,) * 8).metrics()
    for name, value in metrics.items():
        interval = metrics.interval(name)
        if value is None:
            assert interval is None
        elif interval is not None:
            assert interval[0] <= value <= interval[1]
            assert interval[0] >= 0
            if name.startswith("n_"):
                assert interval[1] <= len(rows)
            if name.endswith("_share") or name.startswith("share_"):
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
    assert (b.estimate("n_question").value, b.reflections_per_question, b.open_question_share) == (1, 1.0, 0.5)


def test_measures_are_named_once_and_asking_for_another_lists_them():
    names = [m.name for m in MEASURES]
    assert len(set(names)) == len(names)
    metrics = Balance().metrics()
    assert list(metrics) == names
    with pytest.raises(KeyError, match="talk_ratio"):
        metrics["talkratio"]


COUNTS = st.integers(0, 500)
ESTIMATES = st.builds(Estimate, value=COUNTS, mean=COUNTS.map(float), variance=COUNTS.map(float), most=COUNTS)
BALANCES = st.builds(
    Balance, sessions=st.just(1),
    worker_words=COUNTS, client_words=COUNTS, worker_turns=COUNTS, client_turns=COUNTS,
    worker_seconds=st.none() | st.integers(0, 100).map(float), client_seconds=st.none() | st.integers(0, 100).map(float),
    longest_worker_turn_words=COUNTS, words_after=st.tuples(*[COUNTS] * len(BEHAVIOURS)),
    estimates=st.dictionaries(st.sampled_from([f"n_{b}" for b in BEHAVIOURS]), ESTIMATES),
)  # fmt: skip


@settings(deadline=None)
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
    t = read_transcript(rows, worker="Worker")
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
    found = find_disclosures(t, code(t, codes)).steering
    assert [(d.turns, d.subtype.value, d.returns_focus) for d in found] == expected


def test_the_offsets_of_story_and_steering():
    text = "Worker: Well. I was the same. I walked every night. You should walk.\nClient: No."
    t = Transcript.from_text(text)
    codes = {"Well.": O, "I was the same.": S, "I walked every night.": S, "You should walk.": D}
    (found,) = find_disclosures(t, code(t, codes)).steering
    said = t.turns[0].text
    assert [said[s.start : s.end] for s in found.story] == ["I was the same.", "I walked every night."]
    assert [said[s.start : s.end] for s in found.steering] == ["You should walk."]
    assert (found.rows, found.subtype) == ((0,), Subtype.STEER)


def test_stretches_are_found_in_the_annotators_own_codes(corpus):
    """With human codes given, the plain method finds most of the annotators' stretches."""
    hits = human = 0
    for session in corpus.split("dev").sessions:
        found = find_disclosures(session.transcript, session.coded()).steering
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
    metrics = Balance(estimates={f"n_{b}": Estimate(i, i, 0.0, 9) for i, b in enumerate(BEHAVIOURS)}).metrics()
    assert [metrics[f"n_{b.value}"] for b in Behaviour] == list(range(len(BEHAVIOURS)))


def test_listening_sounds_have_no_part_in_the_shares():
    t, coded = drawn("""
        C I rang nobody.
        W other: Mm.
        C It was late.
        W other: Right.
        C Long past nine.
        W reflection: You rang nobody. / other: So. / reflection: It was late. / other: Well now. / reflection: Too late.
        C Yes.
    """)
    metrics = balance(t, coded).metrics()
    assert (metrics["n_other"], metrics["share_other"], metrics["share_reflection"]) == (4, 2 / 5, 3 / 5)
    assert balance(t, coded, counting="volley").metrics()["n_other"] == 3


def test_marks_of_what_was_heard_are_neither_talk_nor_listening_sounds():
    cues = [
        (0, 2, "Client", "I fell."),
        (2, 9, "Client", "[crying]"),
        (9, 10, "Worker", "[silence]"),
        (10, 12, "Worker", "mm"),
    ]
    vtt = "WEBVTT\n\n" + "".join(f"00:{s:02}.000 --> 00:{e:02}.000\n<v {who}>{text}\n\n" for s, e, who, text in cues)
    counts = talk_counts(Transcript.from_text(vtt))
    assert (counts["client_seconds"], counts["worker_seconds"], counts["worker_listening_sounds"]) == (2.0, 2.0, 1)
    silent = talk_counts(Transcript.from_text("Worker: Well?\nClient: [silence]\nWorker: Well?\nClient: mm"))
    assert silent["client_listening_sounds"] == 1


def test_a_yes_to_a_closed_question_is_an_answer_and_mm_is_none():
    t, coded = drawn("""
        C I rang her twice that night.
        W closed_question: Did she answer?
        C Yeah.
        W closed_question: Was she well?
        C Mm.
        W reflection: You rang twice.
        C Yeah.
    """)
    b = balance(t, coded)
    after = dict(zip(BEHAVIOURS, zip(b.answers_after, b.words_after, strict=True), strict=True))
    assert (after[Behaviour.CLOSED_QUESTION], after[Behaviour.REFLECTION]) == ((1, 1), (0, 0))
    assert (b.answer_turns, b.answer_words, b.worker_volleys) == (2, 7, 2)


def test_a_sentence_that_tells_and_asks_gives_the_focus_back():
    t, coded = drawn("""
        C My dad died in May.
        W self_disclosure+open_question: I lost mine too so what was he like?
        C Kind.
        W self_disclosure+directive+closed_question: I rang people so why not ring one?
        C No.
    """)
    assert [s.returns_focus for s in find_disclosures(t, coded).stories] == [True, False]


def test_a_story_across_a_listening_sound_is_expected_once():
    t, coded = drawn("""
        C I can't sleep.
        W self_disclosure: I was awake for a year.
        C mm
        W self_disclosure: I hated the clock.
        C Yes.
    """)
    estimate = balance(t, coded).estimate("self_disclosures")
    assert (estimate.value, estimate.mean) == (1, 1.0)


def test_a_story_that_keeps_company_and_gives_the_focus_back():
    t, coded = drawn("""
        C I can't sleep.
        W self_disclosure: I was awake for a year. / self_disclosure: I hated the clock. / open_question: What are your nights like?
        C Long.
    """)
    found = find_disclosures(t, coded)
    (story,) = found.stories
    assert (story.words, story.returns_focus, story.steers, len(story.story)) == (10, True, None, 2)
    assert found.steering == ()


def flags(lines):
    t, coded = drawn(lines)
    return {(p.flag.value, t.turns[p.turn].text[p.start : p.end]) for p in find_flags(t, coded).passages}


def test_questions_that_ask_why_and_questions_left_no_room():
    found = flags("""
        C He left.
        W open_question: Why did he leave? / self_disclosure: My own brother left us like that too.
        C Oh.
        W closed_question+directive: Why don't you ring him? / other: Hm.
        C No.
    """)
    assert ("why", "Why did he leave?") in found
    assert ("unanswered", "Why did he leave?") in found
    assert not {text for flag, text in found if flag in ("why", "unanswered")} - {"Why did he leave?"}


def test_two_questions_in_a_turn_are_stacked_and_one_is_not():
    found = flags("""
        C I'm back.
        W closed_question: Did you see the doctor? / closed_question: Did you ring Ann? / open_question: What did you eat last night?
        C Toast.
        W open_question: How was the toast?
        C Fine.
    """)
    assert {text for flag, text in found if flag == "stacked"} >= {
        "Did you see the doctor?",
        "Did you ring Ann?",
    }
    assert ("stacked", "How was the toast?") not in found


@pytest.mark.parametrize(
    "said", ["I took all the tablets last night.", "I just want to kill myself", "im cutting again"]
)
def test_a_danger_named_outright_is_always_shown(said):
    t = Transcript.from_text(f"Client: {said}\nWorker: Thank you for telling me.\nClient: Yeah.")
    coded = code(t, {"Thank you for telling me.": "validation"})
    assert ("safety", said) in {(p.flag.value, t.turns[p.turn].text) for p in find_flags(t, coded).passages}


def test_an_ordinary_session_holds_no_safety_passage():
    t, coded = drawn("""
        C The bus was late again and I missed the shop.
        W reflection: You missed the shop. / open_question: What did you do then?
        C Went home and had toast.
    """)
    assert [p for p in find_flags(t, coded).passages if p.flag.value == "safety"] == []


@pytest.mark.parametrize(
    ("asked", "danger"),
    [("Are you thinking of killing yourself?", True), ("Are you going to the match on Saturday?", False)],
)
def test_an_answer_is_judged_with_its_question(asked, danger):
    t, coded = drawn(f"""
        C I can't sleep.
        W closed_question: {asked}
        C No. Not this week.
        W other: Okay.
    """)
    passages = [p for p in find_flags(t, coded).passages if p.flag.value == "safety"]
    likely = {p.turn for p in passages if p.probability > 0.5}
    assert likely == ({1, 2} if danger else set())
    assert danger or all(p.probability < 0.1 for p in passages)


@pytest.mark.parametrize(
    ("said", "asked"),
    [("what did you do then", True), ("so how many are in it", True), ("I know how many are in it.", False)],
)
def test_questions_of_the_client_need_no_question_mark(said, asked):
    assert asks(said) is asked


def test_reflections_are_tied_to_the_clients_words():
    t, coded = drawn("""
        C My sister shouted and I slammed the door.
        W reflection: You slammed the door. / reflection: It was all too much.
        C Yes.
    """)
    tied, free = tie_reflections(t, coded)
    assert [t.turns[s.turn].text[s.start : s.end] for s in tied.given_back] == ["slammed", "door"]
    assert (tied.client_turn, tied.shared, tied.repeats) == (0, 1.0, True)
    assert (free.client_turn, free.given_back, free.shared) == (None, (), 0.0)


def test_advice_before_listening_counts_once_and_not_after_a_reflection():
    early = """
        C I'm so ashamed of it.
        W directive: Ring him. / directive: Say sorry.
        C Maybe.
    """
    late = """
        C I'm so ashamed of it.
        W reflection: You're ashamed. / directive: Ring him.
        C Maybe.
    """
    plain = """
        C The bus comes at nine.
        W directive: Take the tram.
        C Maybe.
    """
    found = [measure_session(*drawn(lines)) for lines in (early, late, plain)]
    assert [f.balance.metrics()["directives_without_listening"] for f in found] == [1, 0, 0]
    assert [len(f.unheard) for f in found] == [1, 0, 0]


def by_codes(lines):
    """A drawn session with its codes and findings; a bar may stand after who speaks."""
    t, coded = drawn("\n".join(line.replace(" | ", " ", 1) for line in lines))
    return t, coded, measure_session(t, coded)


def test_a_yes_to_a_closed_question_ends_the_stretch():
    """Fifteen short questions, each answered, are no lecture."""
    lines = ["W | closed_question: Did you sleep at all last night in that noisy flat?", "C | Yes."] * 15
    _, _, found = by_codes(lines)
    metrics = found.balance.metrics()
    assert (metrics["longest_worker_stretch_words"], metrics["lecture_words"]) == (11, 0)
    assert metrics["client_listening_sounds"] == 0
    assert metrics["worker_volleys"] == 15


def test_the_workers_listening_sound_takes_no_turn():
    lines = [
        "W | open_question: What was that like for you?",
        "C | It was hard.",
        "W | other: Mm-hm.",
        "C | I stayed in bed most of the day.",
        "W | closed_question: Did you sleep?",
        "C | A few hours maybe.",
    ]
    t, coded, found = by_codes(lines * 3)
    metrics = found.balance.metrics()
    assert metrics["answer_after_open_question"] == pytest.approx(11 / 7.5)
    assert metrics["answer_after_closed_question"] == pytest.approx(4 / 7.5)
    assert [set(m) for m in moves(t, coded)] == [{Behaviour.OPEN_QUESTION}, {Behaviour.CLOSED_QUESTION}] * 3
    feeling = ["C | I'm so ashamed of it.", "W | other: Mm.", "C | My sister saw it.", "W | directive: Ring her today."]
    for talk in (feeling, [feeling[0], *feeling[2:]]):
        assert by_codes(["W | other: Hello there.", *talk])[2].balance.metrics()["directives_without_listening"] == 1


def test_answers_are_held_against_their_own_sessions_mean():
    """A client who says much and one who says little, each asked mostly in one way: neither way makes answers longer."""
    much, little = "C | " + "word " * 30, "C | no words"
    one = ["W | open_question: What was it like?", much] * 6 + ["W | closed_question: Was it?", much]
    other = ["W | closed_question: Was it?", little] * 6 + ["W | open_question: What was it like?", little]
    together = by_codes(one)[2].balance + by_codes(other)[2].balance
    for name in ("answer_after_open_question", "answer_after_closed_question"):
        assert together.metrics()[name] == pytest.approx(1.0)
        assert together.metrics().interval(name) == pytest.approx((1.0, 1.0))


def test_the_interval_of_answers_is_students():
    words = (3, 9, 6, 14, 8)
    lines = [x for n in words for x in ("W | open_question: What was it like?", "C | " + "word " * n)]
    low, high = by_codes(lines)[2].balance.metrics().interval("answer_after_open_question")
    half = stats.t.ppf(0.95, 4) * np.std(words, ddof=1) / np.sqrt(5) / np.mean(words)
    assert (low, high) == (pytest.approx(1 - half, abs=0.01), pytest.approx(1 + half, abs=0.01))
    assert [student(n) for n in (2, 3, 5, 20)] == pytest.approx([stats.t.ppf(0.95, n) for n in (2, 3, 5, 20)], abs=0.04)


@pytest.mark.parametrize(
    ("reply", "agreed"),
    [("Okay.", True), ("Yes please, I don't know what to do.", True), ("Sure, no problem.", True),
     ("Okay, but not now.", False), ("I'd rather not.", False)],
)  # fmt: skip
def test_permission_as_people_give_it(reply, agreed):
    rows = [
        ("Worker", "Can I give you a tip?"),
        ("Client", reply),
        ("Worker", "Leave the phone in the kitchen at night."),
    ]
    metrics = analyze(rows).metrics
    assert (metrics["directives_with_permission"], metrics["directives_without_permission"]) == (agreed, not agreed)


def test_asking_what_the_worker_said_asks_for_no_advice():
    assert agrees("Would you like to hear what helped me?", "Yeah, I don't mind.")
    assert not agrees("Would you like to hear what helped me?", "Yeah, I don't want that.")
    assert not asks_for_advice("Sorry, what did you say?")
    assert asks_for_advice("So what did you do?")


def test_advice_as_a_question_gives_no_focus_back_and_a_listening_sound_ends_no_turn():
    story = "W | self_disclosure: I lost my dad at nine."
    for after, returned in (
        (["closed_question+directive: Have you tried the gym?"], False),
        (["open_question: What was it like for you?"], True),
    ):
        together = [f"{story} / {after[0]}"]
        apart = [story, "C | mm", f"W | {after[0]}"]
        for talk in (together, apart):
            _, _, found = by_codes(["C | I miss him so much.", *talk])
            assert [s.returns_focus for s in found.stories] == [returned]


def test_questions_about_safety_are_never_marked_down():
    asked = [
        ("Worker", "Are you thinking of killing yourself? Have you made a plan to end your life?"), ("Client", "I want to die."),
        ("Worker", "Have you taken an overdose tonight? Why would you kill yourself tonight? I ask because I care about you."),
        ("Client", "No."),
    ] * 4  # fmt: skip
    found = analyze(asked, worker="Worker")
    surely = {(p.turn, p.start) for p in found.flagged if p.flag is Flag.SAFETY and p.probability >= 0.5}
    assert len(surely) >= 12
    marked = {Flag.STACKED, Flag.LEADING, Flag.WHY, Flag.UNANSWERED}
    assert not [p for p in found.flagged if p.flag in marked and (p.turn, p.start) in surely]
    assert not found.feedback.to_try
    assert found.feedback.strengths[0].id == "safety_asked"
    denied = [("Worker", "You're not thinking of killing yourself, are you?"), ("Client", "I went home.")] * 10
    assert "safety_asked" not in [r.id for r in analyze(denied, worker="Worker").feedback.strengths]
