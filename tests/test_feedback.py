"""Feedback: what is said, what is never said, and that every sentence rests on something in the session."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

import pytest

from drawn import code
from reflectkit import Transcript
from reflectkit.codebook import Flag
from reflectkit.feedback import Feedback, feedback_for, norms_for
from reflectkit.feedback.norms import LONG_ENOUGH_WORDS
from reflectkit.feedback.remarks import EVIDENCE, KINDS, MOST_REMARKS, wording
from reflectkit.measure import measure_session
from reflectkit.measure.definitions import BY_NAME
from reflectkit.measure.session import asked_about_safety
from reflectkit.values import FlaggedPassage

ENTRIES = [(kind, entry) for kind in KINDS for entry in wording()[kind]]
JUDGING = re.compile(
    r"\b(?:fail\w*|bad\w*|poor\w*|wrong\w*|should\w*|must|never|always|too (?:many|much|few)|score\w*|grade\w*|rat(?:e|ed|ing)|"
    r"good|great|excellent|weak\w*|lack\w*|mistake\w*|worse|better|best|skill\w*|perform\w*|competen\w*)\b",
    re.IGNORECASE,
)


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.casefold()))
    return max(1, groups - (word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1))


def reading_grade(text: str) -> float:
    """Flesch and Kincaid's grade (1975), with counted vowel groups for syllables."""
    words = re.findall(r"[a-z']+", text.casefold())
    sentences = max(1, len(re.findall(r"[.?!]", text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def said(text: str) -> str:
    return re.sub(r"\{\w+\}", "5", text).replace("  ", " ")


@pytest.mark.parametrize(("kind", "entry"), ENTRIES, ids=[entry["id"] for _, entry in ENTRIES])
def test_the_wording_is_plain_bound_to_evidence_and_judges_nobody(kind, entry):
    assert set(entry) == {"id", "least", "text"}
    assert entry["least"] >= 1
    text = said(entry["text"])
    assert not JUDGING.search(text)
    assert len(re.findall(r"[.?!](?: |$)", text)) == 1
    if kind == "to_try":
        assert text.startswith("It might help to ")
    if kind == "to_discuss":
        assert text.endswith("?")


def test_the_wording_can_be_read_by_everybody():
    """Grade 8 at most, all together and within each kind; single short sentences may swing by two grades."""
    grades = {kind: [reading_grade(said(e["text"])) for e in wording()[kind]] for kind in KINDS}
    for kind, own in grades.items():
        assert sum(own) / len(own) <= 8, kind
        assert max(own) <= 10, kind


def test_every_remark_has_its_evidence_and_every_evidence_its_remark():
    assert [entry["id"] for _, entry in ENTRIES] == list(EVIDENCE)


def session(worker, codes, client="I was there and it went on and I did not know what to do.", n=12):
    lines = [f"Client: {client}\nWorker: {worker(i)}" for i in range(n)]
    t = Transcript.from_text("\n".join([*lines, f"Client: {client}"]))
    coded = code(t, {worker(i): codes for i in range(n)})
    found = measure_session(t, coded)
    return t, coded, found, found.balance.metrics()


def test_strengths_are_bound_to_quotes_and_numbers():
    t, coded, found, metrics = session(lambda i: f"You did not know {i}.", "reflection")
    feedback = feedback_for(t, coded, found, metrics)
    remark = next(r for r in feedback.strengths if r.id == "reflections")
    assert remark.text == "You gave back what the client said or felt 12 times."
    assert (remark.measure, remark.value, remark.n, remark.interval) == ("n_reflection", 12, 12, (12.0, 12.0))
    assert 1 <= len(remark.quotes) <= 3
    assert all(t.turns[q.turn].text[q.start : q.end].startswith("You did not know") for q in remark.quotes)


def test_an_interval_with_a_width_is_said():
    t, coded, _, _ = session(lambda i: f"You did not know {i}.", "reflection")
    doubted = [replace(c, probabilities=tuple(0.7 if p else 0.05 for p in c.probabilities)) for c in coded]
    found = measure_session(t, doubted)
    feedback = feedback_for(t, doubted, found, found.balance.metrics())
    remark = next(r for r in feedback.strengths if r.id == "reflections")
    low, high = remark.interval
    assert remark.text.endswith(f"12 times ({low:.0f} to {high:.0f}).")
    assert low < 12 <= high


def test_a_barrage_of_closed_questions_is_met_with_something_to_try():
    feedback = feedback_for(*session(lambda i: f"Did you go {i}?", "closed_question"))
    ids = [r.id for r in feedback.to_try]
    assert "open_more" in ids
    assert "reflect_more" in ids
    assert not [r for r in feedback.strengths if r.id in ("open_questions", "reflections")]


def test_too_little_talk_gets_no_feedback():
    assert feedback_for(*session(lambda i: f"You did not know {i}.", "reflection", n=9)) == Feedback()


def test_what_the_model_is_unsure_of_is_never_quoted_as_a_strength():
    t, coded, found, metrics = session(lambda i: f"You did not know {i}.", "reflection")
    unsure = [replace(c, unsure=True) for c in coded]
    feedback = feedback_for(t, unsure, found, metrics)
    assert "reflections" not in [r.id for r in feedback.strengths]
    assert "unsure" in [r.id for r in feedback.to_discuss]


def test_real_sessions_get_at_most_three_of_each_and_every_quote_is_there(corpus):
    seen = set()
    for s in corpus.split("dev").sessions:
        coded = s.coded()
        found = measure_session(s.transcript, coded)
        feedback = feedback_for(s.transcript, coded, found, found.balance.metrics())
        for kind in KINDS:
            remarks = getattr(feedback, kind)
            assert len(remarks) <= MOST_REMARKS
            for r in remarks:
                seen.add(r.id)
                assert r.measure in BY_NAME
                assert r.quotes
                assert all(0 <= q.start < q.end <= len(s.transcript.turns[q.turn].text) for q in r.quotes)
                assert "{" not in r.text
    assert len(seen) >= 12, "the sessions differ, and so does what is said of them"


def test_in_a_notebook_feedback_shows_sentences_and_turns_and_none_of_the_words(corpus):
    s = corpus.split("dev").sessions[0]
    found = measure_session(s.transcript, s.coded())
    feedback = feedback_for(s.transcript, s.coded(), found, found.balance.metrics())
    shown = feedback._repr_html_()
    for r in (*feedback.strengths, *feedback.to_try, *feedback.to_discuss):
        assert f"{escape(r.text)} <small>[{r.where}]" in shown
        for q in r.quotes:
            assert re.search(rf"\b{q.turn}\b", r.where)
            assert escape(s.transcript.turns[q.turn].text[q.start : q.end]) not in shown
    assert "<b>" not in Feedback()._repr_html_()


def test_a_remark_on_safety_counts_the_passages_of_both():
    t, coded, found, metrics = session(
        lambda i: f"Did you want to kill yourself {i}?", "closed_question", client="I took all the tablets."
    )
    remark = next(r for r in feedback_for(t, coded, found, metrics).to_discuss if r.id == "safety")
    assert (remark.measure, remark.value, remark.n) == ("safety_passages", 25, 25)


def test_what_came_before_advice_is_shown_with_the_first_advice():
    client = "I was there and it went on and on and I did not know what to do " * 12
    lines = [f"Client: {client}\nWorker: You did not know {i}." for i in range(10)]
    t = Transcript.from_text("\n".join([*lines, "Client: So.", "Worker: Ring her. And ring him."]))
    codes = {f"You did not know {i}.": "reflection" for i in range(10)} | {
        "Ring her.": "directive",
        "And ring him.": "directive",
    }
    coded = [
        replace(c, probabilities=tuple(0.6 if p else 0.0 for p in c.probabilities))
        if c.utterance.text == "Ring her."
        else c
        for c in code(t, codes)
    ]
    found = measure_session(t, coded)
    feedback = feedback_for(t, coded, found, found.balance.metrics())
    (quote,) = next(r.quotes for r in feedback.strengths if r.id == "heard_first")
    assert t.turns[quote.turn].text[quote.start : quote.end] == "Ring her."


def test_context_is_only_for_long_sessions_and_names_its_source():
    short = session(lambda i: f"Did you go {i}?", "closed_question")[3]
    assert norms_for(short) == ()
    long = session(lambda i: f"Did you go {i}?", "closed_question", client="so " * LONG_ENOUGH_WORDS)[3]
    context = norms_for(long)
    assert {n.measure for n in context} >= {"worker_talk_share", "reflections_per_question"}
    for norm in context:
        assert norm.source
        assert norm.note
        assert (norm.n is None) == (norm.quartiles is None)
        assert norm.quartiles is None or sorted(norm.quartiles) == list(norm.quartiles)


def test_a_remark_on_safety_shows_the_likeliest_passages_and_what_is_asked_is_counted_alike():
    """Passages to read begin far below one half: the first in time may be about something else."""
    lines = [
        "Shall we look at the form?",
        "The centre opens on Thursday.",
        "And the phone?",
        "Are you thinking of ending your life?",
    ]
    answers = ["Fine.", "I see.", "It rings.", "Not today. Sometimes at night."]
    turns = [pair for w, c in zip(lines, answers, strict=True) for pair in (("Worker", w), ("Client", c))] * 3
    t = Transcript.from_text("\n".join(f"{who}: {text}" for who, text in turns))
    coded = code(t, dict.fromkeys(lines, "closed_question"))
    found = measure_session(t, coded)
    metrics = found.balance.metrics()
    likely = {"Are you thinking of ending your life?": 0.95, "Not today. Sometimes at night.": 0.35}
    flagged = tuple(
        FlaggedPassage(Flag.SAFETY, turn.role, turn.index, turn.row, 0, len(turn.text), likely.get(turn.text, 0.05))
        for turn in t.turns
    )
    remark = next(
        r for r in feedback_for(t, coded, replace(found, flagged=flagged), metrics).to_discuss if r.id == "safety"
    )
    quoted = [t.turns[q.turn].text for q in remark.quotes]
    assert quoted == [
        "Are you thinking of ending your life?",
        "Not today. Sometimes at night.",
        "Are you thinking of ending your life?",
    ]
    assert [c.utterance.text for c in asked_about_safety(coded, flagged)] == [
        "Are you thinking of ending your life?"
    ] * 3
    assert asked_about_safety([replace(c, unsure=True) for c in coded], flagged) == []
