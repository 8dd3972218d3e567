"""Who is the worker: by name, number, pattern, role column or talk; and labels that look exchanged."""

from __future__ import annotations

import itertools
import math
import random
import warnings

import pandas as pd
import pytest

from reflectkit import Role, Transcript, TranscriptError, TranscriptWarning, read_transcript
from reflectkit.learn.roles import calibration, fit_rows, groups, pairs
from reflectkit.learn.swaps import main as score_swaps
from reflectkit.read import roles, swaps, talk

ROWS = [("Dr Adeyemi", "a"), ("Ben", "b"), ("Dr Low", "c"), ("Cy", "d")]


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        ("2", ("Ben",)),
        ("#4", ("Cy",)),
        ("dr *", ("Dr Adeyemi", "Dr Low")),
        (["Dr L?w", "ben"], ("Ben", "Dr Low")),
    ],
)
def test_a_worker_by_number_or_pattern(worker, expected):
    assert read_transcript(ROWS, worker=worker).roles.worker == expected


def test_a_name_goes_before_a_number_and_a_pattern():
    rows = [("7", "a"), ("2", "b"), ("*", "c")]
    assert read_transcript(rows, worker="2").roles.worker == ("2",)
    assert read_transcript(rows, worker="*").roles.worker == ("*",)


def test_numbers_and_patterns_nobody_fits_name_the_speakers():
    with pytest.raises(TranscriptError, match=r"no speaker number 5\. Speakers found, in order: 'Dr Adeyemi', 'Ben'"):
        read_transcript(ROWS, worker="5")
    with pytest.raises(TranscriptError, match=r"no speaker fits the pattern 'Prof \*'\. Speakers found: 'Dr Adeyemi'"):
        read_transcript(ROWS, worker="Prof *")
    with pytest.raises(TranscriptError, match="as worker and as client: 'Ben'"):
        read_transcript(ROWS, worker="B*", client="2")


def test_a_pattern_finds_speakers_in_plain_text():
    text = "Dr Adeyemi: Morning.\nben from upstairs: He said: no.\nDr Low: Hello.\nben from upstairs: Hm."
    assert Transcript.from_text(text, worker="dr *", client="ben *").roles.client == ("ben from upstairs",)


def test_a_role_that_changes_is_kept_row_by_row():
    frame = pd.DataFrame(
        {
            "speaker": ["Ana", "Ana", "Ben", "Ana", "Ben", "Ben"],
            "role": ["worker", "client", "client", "", "worker", "interpreter"],
            "text": list("abcdef"),
        }
    )
    t = read_transcript(frame)
    assert [(x.role.value, x.text) for x in t.turns] == [
        ("worker", "a"), ("client", "b"), ("client", "c"), ("client", "d"), ("worker", "e"), ("other", "f"),
    ]  # fmt: skip
    assert (t.roles.worker, t.roles.client, t.roles.other) == (("Ana", "Ben"), ("Ana", "Ben"), ("Ben",))
    (note,) = [n for n in t.notes if "changes in the role column" in n.message]
    assert (note.kind, note.row, note.count) == ("guessed", 0, 2)
    assert {x.role for x in read_transcript(frame, worker="Ana").turns if x.speaker == "Ana"} == {Role.WORKER}


def test_what_is_too_long_for_a_name_is_not_shown():
    said = "and then my sister rang and I had to go over there again"
    with pytest.raises(TranscriptError) as caught:
        read_transcript([("Ana", "a"), (said, "b"), ("Cy", "c")])
    assert "sister" not in str(caught.value)
    assert f"(a label of {len(said)} characters)" in str(caught.value)
    assert "'Ana'" in str(caught.value)


def rows_of(session, *, exchanged=(), flipped=False):
    """The rows of an annotated session, with the labels of some, or of all, exchanged."""
    rows = [(t.role is Role.WORKER, t.text[p.start : p.end]) for t in session.transcript.turns for p in t.pieces]
    return [("worker" if w is not (flipped or i in exchanged) else "client", x) for i, (w, x) in enumerate(rows)]


def sessions_of_two(corpus, split):
    return [s for s in corpus.split(split).sessions if len({t.speaker for t in s.transcript.turns}) == 2]


def test_labels_the_wrong_way_round_are_told(corpus):
    warned = 0
    sessions = sessions_of_two(corpus, "dev")
    for session in sessions:
        right = read_transcript(rows_of(session))
        assert right.roles.confidence > 0.98
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            turned = read_transcript(rows_of(session, flipped=True))
        if not caught:
            continue
        warned += 1
        assert [w.category for w in caught] == [TranscriptWarning]
        assert "labels look exchanged" in str(caught[0].message)
        assert "worker='client'" in str(caught[0].message)
        assert [(n.kind, n.row) for n in turned.notes if n.kind == "suspect"] == [("suspect", None)]
        assert turned.roles.confidence < 0.8
        # Who names the worker has answered: a note stays, the warning goes.
        named = read_transcript(rows_of(session, flipped=True), worker="worker")
        assert [n.row for n in named.notes if n.kind == "suspect"] == [None]
        mended = read_transcript(turned, worker="client")
        assert [t.role for t in mended.turns] == [t.role for t in right.turns]
        assert not [n for n in mended.notes if n.kind == "suspect" and n.row is None]
    assert warned >= 0.8 * len(sessions)


def test_a_short_session_is_not_suspected():
    assert not [
        n for n in read_transcript([("client", "How was it?"), ("worker", "I cried.")]).notes if n.kind == "suspect"
    ]


def test_single_rows_the_wrong_way_round_are_told(corpus):
    found = suspected = 0
    sessions = sessions_of_two(corpus, "test")
    for number, session in enumerate(sessions):
        suspected += any(n.kind == "suspect" for n in read_transcript(rows_of(session)).notes)
        at = 7 + number
        notes = [n for n in read_transcript(rows_of(session, exchanged=[at])).notes if n.kind == "suspect"]
        found += any(n.row <= at < n.row + n.count for n in notes)
    assert found >= 0.6 * len(sessions)
    assert suspected <= len(sessions) / 20


def test_the_chain_gives_the_posterior_of_all_ways_to_exchange():
    """Forward-backward against the sum over all 2**n ways."""
    rng = random.Random(3)
    for n in (2, 5, 8):
        scores = [rng.gauss(0, 4) for _ in range(n)]
        labels = [rng.random() < 0.5 for _ in range(n)]
        repeats = sum(a == b for a, b in itertools.pairwise(labels))
        again = (repeats + swaps._REPEATS) / (n - 1 + swaps._REPEATS + swaps._ALTERNATIONS)
        begin, go_on = math.exp(swaps._BEGIN), math.exp(swaps._GO_ON)
        step = [[1 - begin, begin], [1 - go_on, go_on]]
        weight = [[0.0, 0.0] for _ in range(n)]
        for ways in itertools.product((0, 1), repeat=n):
            worker = [label is not bool(z) for label, z in zip(labels, ways, strict=True)]
            p = math.prod(
                math.exp(swaps._TRUST_IN_WORDS * (s if w else -s) / 2) for s, w in zip(scores, worker, strict=True)
            )
            p *= step[0][ways[0]]
            for i in range(1, n):
                p *= step[ways[i - 1]][ways[i]] * (again if worker[i] == worker[i - 1] else 1 - again)
            for i, z in enumerate(ways):
                weight[i][z] += p
        expected = [math.log(one / zero) for zero, one in weight]
        assert swaps.exchange_log_odds(scores, labels) == pytest.approx(expected)


def test_sessions_of_several_workers_and_clients(corpus):
    right = wrong = 0
    for rows, workers in groups(pairs(corpus.split("test"))):
        try:
            guess = roles.assign_roles(rows)
        except TranscriptError:
            continue
        right += set(guess.worker) <= workers and not set(guess.client) & workers
        wrong += bool(set(guess.client) & workers)
    assert right >= 8
    assert wrong == 0


def test_passers_by_are_set_aside(corpus):
    rows = [("Alex" if s == "worker" else "Robin", x) for s, x in rows_of(sessions_of_two(corpus, "dev")[0])]
    t = read_transcript([*rows[:9], ("Kit", "Tea, anyone?"), *rows[9:]])
    assert (t.roles.worker, t.roles.other) == (("Alex",), ("Kit",))
    assert any("neither worker nor client" in n.message for n in t.notes)


def test_a_hundred_thousand_speakers():
    """Quadratic time would take hours."""
    rows = [(f"S{i}", "yes") for i in range(100_000)]
    with pytest.raises(TranscriptError, match="not clear who the worker is"):
        read_transcript(rows)
    assert len(read_transcript(rows, worker="#3").roles.client) == 99_999


def test_calibration_by_hand():
    # Two sure and right, one sure and wrong: squared errors .01, .01, .81; mean confidence .9 against .667.
    brier, error = calibration([(0.9, True), (0.9, True), (0.9, False)])
    assert brier == pytest.approx(0.83 / 3)
    assert error == pytest.approx(0.9 - 2 / 3)


def test_the_weights_shipped_are_those_the_command_fits(corpus):
    fitted, shipped = fit_rows(pairs(corpus.split("train"))), talk._model()["rows"]
    names = ("", "you", "?", "sounds like")
    assert [fitted[name] for name in names] == pytest.approx([shipped[name] for name in names], abs=0.02)


def test_the_command_prints_how_often_the_alarm_fires(capsys):
    score_swaps(["--rows", "1:2"])
    out = capsys.readouterr().out
    assert "| dev |" in out
    assert "1:2: not in these files" in out


def test_a_second_client_is_no_worker_because_the_first_is_named():
    group = [
        ("Worker", "How is everyone?"),
        ("Client 1", "Fine."),
        ("Client 2", "I drink to sleep."),
        ("Worker", "Thanks."),
    ]
    roles = read_transcript(group, client="Client 1").roles
    assert (roles.worker, roles.client, roles.other) == (("Worker",), ("Client 1",), ("Client 2",))
    roles = read_transcript([*group, ("Worker 2", "And you?")], worker="Worker").roles
    assert (roles.worker, roles.client, roles.other) == (("Worker",), ("Client 1", "Client 2"), ("Worker 2",))
    # Who calls the one labelled client the worker has seen that the labels are exchanged.
    exchanged = read_transcript([("Worker", "I'm sad."), ("Client", "Since when?")] * 2, worker="Client").roles
    assert (exchanged.worker, exchanged.client) == (("Client",), ("Worker",))


SAID = ["I cannot tell my husband about Darren", "You feel stuck", "I took forty tablets on Sunday", "How are you?"]


@pytest.mark.parametrize("options", [{}, {"worker": "Worker"}, {"client": "Ana"}])
def test_speaker_and_text_exchanged_is_said_without_the_words(options):
    for called in (("Client", "Worker"), ("Ana Lee", "Jo Park")):
        rows = [(f"{words} {n}", called[i % 2]) for n in range(4) for i, words in enumerate(SAID)]
        with pytest.raises(TranscriptError, match="speaker and text look exchanged") as error:
            read_transcript(rows, **options)
        assert not {"husband", "tablets", "stuck"} & set(str(error.value).split())


def test_labels_that_are_sentences_are_not_shown():
    rows = [("Ana L.", "Hm."), ("Dr. Jo van der Berg", "Yes."), ("I feel so low.", "No."), ("Kim", "Oh.")] * 2
    with pytest.raises(TranscriptError, match="not clear who the worker is") as error:
        read_transcript(rows)
    assert "'Ana L.'" in str(error.value)
    assert "low" not in str(error.value)
