"""Training and evaluation: what a service or a researcher relies on when they adapt or score a model."""

from __future__ import annotations

import csv
import hashlib
import os
import random
from dataclasses import replace

import numpy as np
import pytest

from conftest import DATA, ROOT
from drawn import utterance
from reflectkit import BEHAVIOURS, ModelError, load_model
from reflectkit.classify import Classifier
from reflectkit.classify.artefact import DEFAULT_MODEL
from reflectkit.cli import main
from reflectkit.codebook import Behaviour
from reflectkit.errors import CorpusError
from reflectkit.learn import Corpus, context, evaluate, load_corpus, train
from reflectkit.learn.ablation import SHARE, Drawn, variants
from reflectkit.learn.behaviour_tests import run_behaviour_tests
from reflectkit.learn.ceiling import CODER, coded_rows, compare
from reflectkit.learn.counting import Counted, evaluate_counts, session_shift
from reflectkit.learn.evaluation import confusion, reliability, risk_coverage
from reflectkit.learn.examples import (
    TARGETS,
    exchange_examples,
    miscut_examples,
    public_examples,
    session_examples,
    varied,
)
from reflectkit.learn.finetune import Settings
from reflectkit.learn.fitting import HeldOut, choose_thresholds, platt
from reflectkit.learn.leakage import leaks
from reflectkit.learn.noise import as_recognised, mishear, recognised
from reflectkit.learn.public import annotated_rows, evaluate_public, load_public
from reflectkit.learn.reference import join_codes
from reflectkit.learn.remembering import remembering
from reflectkit.learn.slices import evaluate_slices
from reflectkit.learn.training import read_recipe, train_recipe

TESTS = ROOT / "data" / "behaviour_tests"

# Adapting -------------------------------------------------------------------------------------------------------------


def test_a_service_can_adapt_the_head_to_its_own_sessions(tiny_corpus, tmp_path):
    """Sessions whose coders call every reflection a validation: the adapted model follows, the base stays as it was."""
    base = load_model(DEFAULT_MODEL)
    before = base.predict_proba(tiny_corpus.utterances[:20])

    def house_rule(session):
        swapped = tuple(
            tuple(b for b in BEHAVIOURS if b in {"validation" if x == "reflection" else x.value for x in own})
            for own in session.behaviours
        )
        return replace(session, behaviours=swapped)

    small = Corpus(tuple(house_rule(s) for s in tiny_corpus.sessions))
    (tmp_path / "ours.toml").write_text(
        f'kind = "head"\nbase = "{DEFAULT_MODEL}"\nlicence = "of the weights"\nuse = "ask us"\n'
        '[[data]]\nsessions = "elsewhere"\nname = "our sessions"\nlicence = "of the words"\n'
    )
    adapted = train_recipe(read_recipe(tmp_path / "ours.toml"), tmp_path / "ours", sessions=small)
    old, new = (evaluate(m, small.split("dev")) for m in (base, adapted))
    f1 = [{s.behaviour: s.f1 for s in e.scores}["validation"] for e in (old, new)]
    assert f1[1] > f1[0] + 0.2
    assert (base.predict_proba(tiny_corpus.utterances[:20]) == before).all()
    assert adapted.artefact.manifest["base"]["sha256"] == base.artefact.sha256
    # One dev session tells too little of what stands around an utterance to change it.
    assert (adapted.artefact.arrays["surroundings"] == base.artefact.arrays["surroundings"]).all()
    told = adapted.artefact.manifest
    assert (told["licence"], told["use"]) == ("of the weights", "ask us")
    assert (told["data"][0]["name"], told["data"][0]["licence"], told["dev"]["licence"]) == (
        "our sessions",
        "of the words",
        "of the words",
    )
    with pytest.raises(ModelError, match="overwrite its base"):
        train(small, tmp_path / "ours", base=tmp_path / "ours")


def test_only_an_encoder_can_be_adapted(tiny_corpus, tiny_model, tmp_path):
    with pytest.raises(ModelError, match="only an encoder's head"):
        train(tiny_corpus, tmp_path / "x", base=tiny_model)


def test_a_session_on_both_sides_is_refused(tiny_corpus, tmp_path):
    """The same session under another name and with other capitals."""
    first = tiny_corpus.sessions[0]
    shouted = tuple(replace(u, text=u.text.upper()) for u in first.utterances)
    twin = replace(
        first,
        utterances=shouted,
        transcript=replace(first.transcript, session="other"),
        about={**first.about, "session": "other", "split": "dev"},
    )
    corpus = Corpus((*tiny_corpus.sessions, twin))
    assert [(a, b) for a, b, _ in leaks(corpus)] == [(first.session, "other")]
    with pytest.raises(CorpusError, match="stand in different splits and share"):
        train(corpus, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_the_shipped_corpus_does_not_leak(corpus):
    assert leaks(corpus) == []


# Partial truth --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tidy(tmp_path):
    path = tmp_path / "tidy.csv"
    rows = [
        ("d1", "client", "I lost the flat.", "", "", ""),
        ("d1", "worker", "You lost it. How did that happen?", "question|reflection", "question|reflection", "x"),
        ("d1", "worker", "Sorry to hear it.", "", "question|reflection", "x"),
        ("d1", "worker", "Have you rung them?", "directive", "directive", "x?"),
        ("d1", "worker", "I lost mine too.", "self_disclosure", "", "x"),
        ("d1", "worker", "What was that like?", "open_question", "open_question|closed_question", "x"),
    ]
    with path.open("w", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["dialogue_id", "speaker", "text", "labels", "covered", "source_label"])
        out.writerows(rows)
    return path


def test_what_a_source_cannot_say_is_unknown(tidy):
    examples = public_examples(tidy, doubt=0.1)
    assert len(examples) == 4  # the ambiguous row is left out
    first, second, third, fourth = (dict(zip(TARGETS, np.where(e.known, e.target, -1), strict=True)) for e in examples)
    assert len(examples[0].utterances) == 2
    assert first["question"] == first["reflection"] == pytest.approx(0.9)
    assert first["open_question"] == first["closed_question"] == first["validation"] == -1
    assert second["question"] == pytest.approx(0.1)
    assert {k for k, v in third.items() if v >= 0} == {"self_disclosure"}
    assert fourth["open_question"] == fourth["question"] == pytest.approx(0.9)
    assert fourth["closed_question"] == pytest.approx(0.1)
    each = public_examples(tidy, instances="each")
    assert len(each) == 5
    assert each[0].weight == each[1].weight == 0.5


def test_rows_that_recognition_cuts_amiss_become_examples(tidy):
    with tidy.open("a", newline="") as handle:
        csv.writer(handle).writerow(
            ["d1", "worker", "Right. Fair enough. Two weeks on the sofa.", "reflection", "reflection", "x"]
        )
    (example,) = public_examples(tidy, recognised=True)
    assert " ".join(u.text for u in example.utterances) == "right fair enough two weeks on the sofa"
    assert len(example.utterances) != 3
    assert example.target[TARGETS.index("reflection")] == 1
    assert {u.heard for u in example.utterances} == {"i lost the flat"}


def test_what_is_cut_amiss_carries_what_the_annotators_saw(tiny_corpus):
    """Between two ends that both see, the words are the same and the codes are the union of theirs."""
    examples = miscut_examples(tiny_corpus)
    assert len(examples) > 50
    said = {s.session: " ".join(as_recognised(u.text) for u in s.utterances) for s in tiny_corpus.sessions}
    coded = {
        s.session: {recognised(u).text: set(b) for u, b in zip(s.utterances, s.behaviours, strict=True)}
        for s in tiny_corpus.sessions
    }
    other = TARGETS.index("other")
    for e in examples:
        words = " ".join(u.text for u in e.utterances)
        assert words in " ".join(said[e.group].split())
        whole = coded[e.group].get(words)
        assert len(e.utterances) > 1 or whole is None or len(whole) < e.target[:8].sum()
        if whole is not None and len(e.utterances) > 1:
            assert {b for b, y in zip(TARGETS, e.target, strict=False) if y} <= {b.value for b in whole} | {"question"}
        assert e.known[:other].all()
        assert not (e.target[other] and e.target.sum() > 1)


def test_trainings_that_are_compared_differ_in_what_they_say(tiny_corpus, tmp_path):
    with (tmp_path / "talk.train.csv").open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["dialogue_id", "turn_index", "speaker", "text", "labels", "covered", "source_label"])
        for k in range(0, 60, 2):
            rows.writerow([f"d{k}", k, "client", "I lost the flat.", "", "", ""])
            text = f"Right. Fair enough. {k} weeks on the sofa."
            rows.writerow([f"d{k}", k + 1, "worker", text, "reflection", "reflection|directive", "x"])
    (tmp_path / "ours.toml").write_text(
        'kind = "encoder"\nlicence = "x"\n[[data]]\nsessions = "elsewhere"\nrecognised = true\n'
        '[[data]]\nexchanges = "data/annotated/exchanges.csv"\n[[data]]\npublic = "talk.train.csv"\n'
    )
    drawn = Drawn(read_recipe(tmp_path / "ours.toml"), tiny_corpus, tmp_path)
    assert [len(own) for _, own in drawn.files][2] == 30 // SHARE
    made = {v.name: v.examples() for v in variants(drawn, Settings())}
    shipped = made["one network of the recipe"]
    several = [e for e in shipped if len(e.utterances) > 1]
    assert several
    assert all(u.heard == u.before == "" for e in made["context hidden"] for u in e.utterances)
    assert {len(e.utterances) for e in made["rows cut amiss: every piece carries the codes, not some piece"]} == {1}
    assert not any(len(e.utterances) > 1 for e in made["no rows that recognition cuts amiss"] if e.known.all())
    assert len(made["no contrast exchanges"]) == len(shipped) - len(drawn.files[1][1])
    assert {e.group[0] for e in made["no public text"]}.isdisjoint("d")
    own = [
        e
        for e in made["public text by its own codes: some utterance carries them, one in ten doubted"]
        if not e.known.all()
    ]
    assert {len(e.utterances) for e in own if e.group.startswith("d")} == {3}
    assert sum(e.weight for e in made["the same, every utterance carries them"]) == pytest.approx(
        sum(e.weight for e in made["the same, not doubted"])
    )
    assert all(e.weight == 0.5 for e in made["the same, at half weight"] if e.group.startswith("d"))


def test_annotated_rows_carry_what_their_utterances_carry(tiny_corpus):
    written, spoken = (annotated_rows(tiny_corpus, recognised=r) for r in (False, True))
    assert [r.labels for r in written] == [r.labels for r in spoken]
    assert sum(len(r.labels) for r in written) <= sum(len(b) for s in tiny_corpus.sessions for b in s.behaviours)
    for row, plain in zip(spoken, written, strict=True):
        assert " ".join(u.text for u in row.utterances) == as_recognised(" ".join(u.text for u in plain.utterances))
    assert all(row.says(b) is (b in row.labels) for row in written[:20] for b in TARGETS[:7])


def test_public_rows_are_scored_only_where_the_source_speaks(tidy):
    rows = load_public(tidy)
    assert [r.says("question") for r in rows] == [True, False, None, None, True]
    assert [r.says("reflection") for r in rows] == [True, False, None, None, None]
    assert evaluate_public(load_model("fast"), rows * 5)[0].positives == 5


def test_exchanges_are_sound():
    """Every row reads, and no family of near-twins differs in nothing."""
    examples = exchange_examples(DATA / "exchanges.csv")
    assert len(examples) > 1500
    for b in range(len(BEHAVIOURS)):
        assert sum(e.target[b] for e in examples) > 150
    seen = {(e.utterances[0].text, e.utterances[0].heard, e.utterances[0].before) for e in examples}
    assert len(seen) == len(examples)


def test_exchanges_and_behaviour_tests_stay_out_of_the_test_sessions(corpus):
    held_out = {
        recognised(u).text
        for s in corpus.sessions
        if s.split != "train"
        for u in s.utterances
        if len(u.text.split()) > 6
    }
    for e in exchange_examples(DATA / "exchanges.csv"):
        assert recognised(e.utterances[0]).text not in held_out
    with (TESTS / "rules.csv").open(encoding="utf-8", newline="") as handle:
        cases = {recognised(utterance(r["text"])).text for r in csv.DictReader(handle) if len(r["text"].split()) > 6}
    assert not cases & {recognised(e.utterances[0]).text for e in exchange_examples(DATA / "exchanges.csv")}


def test_changing_an_example_keeps_its_codes(tiny_corpus):
    rng = random.Random(1)
    for e in session_examples(tiny_corpus)[:100]:
        changed = varied(e, rng, spoken=1.0, misheard=1.0)
        assert (changed.target == e.target).all()
        assert (
            changed.utterances[0].text.islower()
            or not changed.utterances[0].text.isascii()
            or "[" in e.utterances[0].text
            or not any(c.isalpha() for c in e.utterances[0].text)
            or "<" in e.utterances[0].text
            or "XX" in e.utterances[0].text
        )


def test_mishearing_changes_about_one_word_in_twenty():
    u = utterance(" ".join(["have you been to their house that week"] * 400))
    heard = mishear(u, random.Random(3)).text.split()
    assert 0.02 < 1 - sum(a == b for a, b in zip(u.text.split(), heard, strict=False)) / 3200 or len(heard) < 3200
    assert 0 < 3200 - len(heard) < 160


def test_the_loss_is_masked_and_some_utterance_is_enough():
    torch = pytest.importorskip("torch", reason="needs the train extra")
    from reflectkit.learn.finetune import masked_loss

    logits = torch.full((3, 8), -4.0)
    logits[1, 2] = 4.0  # the second utterance of the first example reflects
    owner = torch.tensor([0, 0, 1])
    target = torch.zeros(2, 9)
    target[0, 2] = 1.0
    known = torch.zeros(2, 9, dtype=torch.bool)
    known[:, 2] = True
    weight = torch.ones(2)
    low = masked_loss(logits, owner, target, known, weight)
    other = logits.clone()
    other[:, 5] = 9.0  # nobody says anything of this one
    assert masked_loss(other, owner, target, known, weight) == low < 0.05
    logits[1, 2] = -4.0
    assert masked_loss(logits, owner, target, known, weight) > 1
    known[:] = False
    known[0, 8] = target[0, 8] = True
    closed = torch.full((3, 8), -4.0)
    closed[0, 1] = 5.0
    assert masked_loss(closed, owner, target, known, weight) < 0.05


def test_the_mean_of_networks():
    torch = pytest.importorskip("torch", reason="needs the train extra")
    from reflectkit.learn.finetune import Tuned, averaged

    def network(value):
        linear = torch.nn.Linear(3, 2)
        linear.load_state_dict({name: torch.full_like(t, value) for name, t in linear.state_dict().items()})
        return Tuned(linear, None, value)

    networks = [network(value) for value in (1.0, 4.0, 7.0)]
    mean = averaged(networks)
    assert all((t == 4.0).all() for t in mean.network.state_dict().values())
    assert mean.seconds == 12.0
    assert all((t == 7.0).all() for t in networks[2].network.state_dict().values())


# Codes by this codebook beside a corpus's own ---------------------------------------------------------------------------


def test_a_coder_is_scored_against_a_corpus_like_a_model(tmp_path, classifier):
    """Rows of two utterances carry what either carries; transcripts that are not coded are left out."""
    said = [
        ("Say more. That was long.", "open_question|reflection"),
        ("Right so.", "other"),
        ("You slept?", "other"),
    ] * 5
    copy = ["dialogue_id,turn_index,speaker,text,labels,covered,source_label"]
    codes = ["transcript_id,split,utterance_id,start,end,text_sha256,behaviours,flags,second"]
    for turn, (text, labels) in enumerate(said):
        covered = "open_question|closed_question|reflection"
        copy += [f"talk_{k},{turn},worker,{text},{labels.replace('other', '')},{covered}," for k in (1, 2)]
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        own = (
            [(0, 9, "open_question"), (10, 24, "reflection")] if turn % 3 == 0 else [(0, len(text), "closed_question")]
        )
        codes += [f"talk_1,dev,{turn},{start},{end},{digest},{b},," for start, end, b in own]
    (tmp_path / "talk.csv").write_text("\n".join(copy) + "\n")
    (tmp_path / "codes.csv").write_text("\n".join(codes) + "\n")
    rows, carried = coded_rows(tmp_path / "talk.csv", tmp_path / "codes.csv")
    assert {row.dialogue for row in rows} == {"talk_1"}
    assert carried.sum(axis=1).tolist() == [2, 1, 1] * 5
    scores = compare(rows, carried, {"tiny": classifier})
    assert list(scores) == [CODER, "tiny"]
    assert {s.behaviour: s.f1 for s in scores[CODER]} == {
        "open_question": 1.0,
        "question": pytest.approx(2 * 5 / (5 + 15)),
        "reflection": 1.0,
    }
    assert [s.behaviour for s in scores["tiny"]] == [s.behaviour for s in scores[CODER]]
    joined = join_codes(tmp_path / "codes.csv", tmp_path / "talk.csv")
    assert [s.session for s in joined.sessions] == ["talk_1"]


# Fitting --------------------------------------------------------------------------------------------------------------


def test_calibration_and_thresholds():
    rng = np.random.default_rng(0)
    p = rng.random((4000, 8))
    y = rng.random((4000, 8)) < p
    logits = np.log(p / (1 - p))
    assert platt(3 * logits + 1, y) == pytest.approx(np.tile([1 / 3, -1 / 3], (8, 1)), abs=0.1)
    chosen = choose_thresholds([HeldOut(p, y, np.ones_like(y))])
    assert all(0.25 < t < 0.45 for t in chosen.behaviours)  # F1 is best at half of the best F1
    other = HeldOut(p, p > 0.65, np.ones_like(y))
    assert all(t > 0.3 for t in choose_thresholds([HeldOut(p, y, np.ones_like(y)), other]).behaviours)


# Evaluating -----------------------------------------------------------------------------------------------------------


def test_tables_of_an_evaluation_hold_together(classifier, tiny_corpus):
    dev = tiny_corpus.split("dev")
    by_utterance, by_turn = (evaluate(classifier, dev, level=level) for level in ("utterance", "turn"))
    assert by_turn.utterances == len({u.turn for u in dev.utterances}) < by_utterance.utterances
    shares = confusion(classifier, dev)
    recall = [s.recall for s in by_utterance.scores]
    assert np.diag(shares) == pytest.approx(recall)
    assert sum(n for _, _, n in reliability(classifier, dev)) == 8 * by_utterance.utterances
    (kept, wrong, macro), *_ = risk_coverage(classifier, dev)
    assert (kept, macro) == (1.0, pytest.approx(by_utterance.macro_f1))
    frame = by_utterance.to_frame()
    assert frame.loc["reflection", "recall"] == recall[list(BEHAVIOURS).index("reflection")]
    assert (frame.index[-1], frame.loc["macro", "n"]) == ("macro", by_utterance.utterances)
    assert frame.loc["macro", ["low", "f1", "high"]].is_monotonic_increasing
    story = Behaviour.SELF_DISCLOSURE
    (session,) = dev.sessions
    without = [tuple(b for b in own if b != story) or (Behaviour.OTHER,) for own in session.behaviours]
    told = evaluate(classifier, Corpus((replace(session, behaviours=tuple(without)),)))
    assert [s.behaviour for s in told.scores if not s.n] == [story]  # it has no say in the mean
    assert told.macro_f1 == pytest.approx(np.mean([s.f1 for s in told.scores if s.n]))
    sure = 1 - by_utterance.unsure_share
    assert 1 - wrong == pytest.approx(
        sure * (by_utterance.exact_sure or 0) + (1 - sure) * (by_utterance.exact_unsure or 0)
    )


def test_the_tables_of_an_evaluation_score_an_utterance_once(classifier, tiny_corpus):
    class Counting:
        seen = 0

        def score(self, utterances):
            self.seen += len(utterances)
            return classifier.scorer.score(utterances)

    dev, counting = tiny_corpus.split("dev"), Counting()
    memory = remembering(Classifier(classifier.artefact, counting))
    reports = [(evaluate(c, dev), confusion(c, dev).tolist(), evaluate_counts(c, dev)) for c in (classifier, memory)]
    assert str(reports[0]) == str(reports[1])
    assert 0 < counting.seen <= len(dev.utterances)


def test_leaving_the_unsure_out_helps(corpus):
    rows = risk_coverage(load_model(), corpus.split("dev"))
    assert rows[-1][1] < rows[0][1] - 0.1


def test_intervals_hold_the_annotators_counts_of_unseen_sessions(corpus):
    """Nine sessions in ten are promised; over 32 sessions and eight behaviours chance moves the mean by a few points."""
    scores = evaluate_counts(load_model(), corpus.split("test"))
    assert 0.85 <= np.mean([s.coverage for s in scores]) <= 0.99
    assert all(s.coverage >= 0.8 for s in scores)
    assert np.mean([s.averaged_error for s in scores]) < np.mean([s.decided_error for s in scores])
    assert all(s.width < 2 * s.mean for s in scores)


def test_dialogues_that_calibrate_are_not_learnt_from(tiny_corpus, tmp_path):
    """Of six dialogues of another kind every second one calibrates; probabilities there come out as they happen."""
    said = {"Say more about it.": "open_question", "Right so.": "other", "That was a long night.": "reflection"}
    copy = ["dialogue_id,turn_index,speaker,text,labels,covered,source_label"]
    codes = ["transcript_id,split,utterance_id,start,end,text_sha256,behaviours,flags,second"]
    for dialogue in range(6):
        for k, (text, behaviour) in enumerate(said.items()):
            copy += [f"annomi_{dialogue:03},{2 * k},client,It went on.,,,"]
            copy += [f"annomi_{dialogue:03},{2 * k + 1},worker,{text},{behaviour},{behaviour},"]
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            codes += [f"{dialogue},train,{2 * k + 1},0,{len(text)},{digest},{behaviour},,"]
    (tmp_path / "talk.csv").write_text("\n".join(copy) + "\n")
    (tmp_path / "codes.csv").write_text("\n".join(codes) + "\n")
    (tmp_path / "ours.toml").write_text(
        'kind = "linear"\nlicence = "x"\nteacher = "fast"\n'
        f'[calibration]\npublic = "talk.csv"\ncodes = "{tmp_path / "codes.csv"}"\nname = "talk"\nevery = 2\n'
        '[[data]]\nsessions = "elsewhere"\n[[data]]\npublic = "talk.csv"\n'
    )
    recipe = read_recipe(tmp_path / "ours.toml")
    manifest = train_recipe(recipe, tmp_path / "ours", sessions=tiny_corpus, corpora=tmp_path).artefact.manifest
    assert [(d["name"], d["sessions"]) for d in manifest["calibrated_on"]][1] == ("talk", 3)
    assert manifest["data"][1]["examples"] == 9  # three rows of each dialogue that is left
    assert len(manifest["session_sd"]) == len(BEHAVIOURS)
    assert min(manifest["session_sd"]) >= 0


@pytest.mark.parametrize("sd", [0.0, 0.8])
def test_the_shift_between_sessions_is_found_again(sd):
    """Sessions drawn with a shift of known size: the measured one is near it, whatever the sessions' lengths."""
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(900), rng.integers(10, 60, 900))
    odds = rng.normal(-1.5, 1.0, (len(groups), 8))
    truth = 1 / (1 + np.exp(-odds - rng.normal(0, sd, (900, 8))[groups]))
    drawn, p = rng.random(odds.shape) < truth, 1 / (1 + np.exp(-odds))
    counts, means, doubts = (np.stack([np.bincount(groups, x) for x in y.T], 1) for y in (drawn, p, p * (1 - p)))
    assert session_shift([Counted(counts, means, doubts)]) == pytest.approx([sd] * 8, abs=0.2)


def test_slices_name_groups_with_enough_sessions(corpus):
    scores = evaluate_slices(load_model("fast"), corpus.split("test"))
    groups = {(s.of, s.group) for s in scores}
    assert {("worker's English", "learner"), ("worker, as described", "woman"), ("register", "asr")} <= groups
    assert all(s.sessions >= 3 and s.low <= s.macro_f1 + 0.02 for s in scores)


def test_a_second_coder_agrees_with_every_rule_case():
    with (TESTS / "rules.csv").open(encoding="utf-8", newline="") as handle:
        for case in csv.DictReader(handle):
            must, must_not, second = (set(filter(None, case[key].split("|"))) for key in ("must", "must_not", "second"))
            assert must <= second, case
            assert not must_not & second, case


def test_behaviour_tests_cover_every_rule():
    scores = run_behaviour_tests(load_model(), TESTS)
    rules = [s for s in scores if s.kind == "rule"]
    assert [s.test for s in rules] == [f"rule {n:02d}" for n in range(1, 20)]
    assert all(s.cases >= 10 for s in rules)
    assert {s.test for s in scores if s.kind == "invariance"} >= {"names", "placeholders", "typos", "emoji", "gender"}
    by_name = {s.test: s for s in scores}
    assert by_name["names"].failures <= 2
    assert by_name["placeholders"].failures <= 2


def test_evaluate_and_train_on_the_command_line(tiny_corpus, tmp_path, tidy, capsys, tiny_model):
    assert main(["evaluate", str(tiny_model), str(TESTS)]) == 0
    assert "| rule 01 | rule |" in capsys.readouterr().out
    assert main(["evaluate", str(tiny_model), str(DATA), "--split", "dev", "--misheard"]) == 0
    assert "misheard" in capsys.readouterr().out
    assert main(["evaluate", str(tiny_model), str(tmp_path / "none")]) == 2
    (tmp_path / "bad.toml").write_text('kind = "magic"\nlicence = "x"\ndata = [{sessions = "y"}]\n')
    assert main(["train", str(tmp_path / "bad.toml")]) == 2
    assert "no kind 'magic'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"dialogue_id,speaker\n1,worker\n", "columns .* are missing"),
        (b"dialogue_id,speaker,text,labels,covered,source_label\n1,worker\n", "line 2: too few"),
        (b"dialogue_id,speaker,text,labels,covered,source_label\n1,nurse,Hi.,,,\n", "neither worker nor client"),
        (b"dialogue_id,speaker,text,labels,covered,source_label\n1,client,Hi.,,,\n", "no worker row"),
        (b"dialogue_id,speaker,text,labels,covered,source_label\n1,worker,Caf\xe9.,,,\n", "the table is broken"),
    ],
)
def test_a_public_table_that_does_not_fit_is_refused(tmp_path, text, problem, capsys):
    path = tmp_path / "bad.csv"
    path.write_bytes(text)
    with pytest.raises(CorpusError, match=problem):
        load_public(path)
    assert main(["evaluate", "fast", str(path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind = ", "cannot be read as TOML"),
        ('kind = "linear"\nlicence = "x"\ndata = []\ncolour = 1\n', "unknown keys"),
        (
            'kind = "linear"\nlicence = "x"\ncontinues = "y.toml"\n[[data]]\nsessions = "data/annotated"\n',
            "continues",
        ),
        ('kind = "linear"\nlicence = "x"\nnetworks = 2\ndata = [{sessions = "x"}]\n', "only an encoder is trained"),
        ('kind = "encoder"\nlicence = "x"\nnetworks = 0\ndata = [{sessions = "x"}]\n', "networks must be"),
        ('kind = "linear"\ndata = []\n', "lacks"),
        ('kind = "linear"\nlicence = "x"\ndata = [{path = "y"}]\n', "unknown key"),
        ('kind = "encoder"\nlicence = "x"\ndata = [{sessions = "x", codes = "y"}]\n', "codes need public"),
        (
            'kind = "encoder"\nlicence = "x"\ndata = [{sessions = "x", recognised = 1}]\n',
            "recognised must be of type bool",
        ),
        ('kind = "encoder"\nlicence = "x"\ndata = [{sessions = "x", limit = true}]\n', "limit must be of type int"),
        ('kind = "linear"\nlicence = "x"\ndata = [{public = "y"}]\n', "must name sessions"),
        ('kind = "linear"\nlicence = "x"\ndata = [{public = "y", sessions = "x"}]\n', "name one of"),
        ('kind = "linear"\nlicence = "x"\ndata = "x"\n', "list of tables"),
        ('kind = "linear"\nlicence = "x"\nthresholds = "x"\ndata = []\n', "list of file names"),
        ('kind = "encoder"\nlicence = "x"\ndata = [{sessions = "x"}]\n[settings]\nepoch = 2\n', "unknown key 'epoch'"),
        ('kind = "encoder"\nlicence = "x"\ndata = [{sessions = "x"}]\n[settings]\nepochs = "2"\n', "of type int"),
        ('kind = "head"\nlicence = "x"\ndata = [{sessions = "x"}]\n', "needs base"),
        (
            'kind = "head"\nlicence = "x"\nbase = "x"\nthresholds = ["x"]\ndata = [{sessions = "x"}]\n',
            "which calibrate it",
        ),
        ('kind = "head"\nlicence = "x"\nbase = "x"\ndata = [{sessions = "x", weight = 2.0}]\n', "not weight"),
        (
            'kind = "linear"\nlicence = "x"\ndata = [{sessions = "x"}]\n[calibration]\npublic = "y"\n',
            "must name public and codes",
        ),
        (
            'kind = "head"\nbase = "x"\nlicence = "x"\ndata = [{sessions = "x"}]\n'
            '[calibration]\npublic = "y"\ncodes = "z"\n',
            "calibrate it too",
        ),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused(tmp_path, text, problem):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(ModelError, match=problem):
        read_recipe(path)


def test_codes_given_with_little_context_belong_to_dev_utterances(tmp_path):
    dev = load_corpus(DATA).split("dev")
    places, codes = context.context_codes(DATA, dev)
    assert len(set(places)) == len(places) == 480
    assert all(own.any(axis=1).all() for own in codes.values())
    y = dev.labels()[places]
    scores = context.compare(y, {"all": y, **codes, "none": ~y})
    assert (scores["all"], scores["none"]) == ([1.0] * 8, [0.0] * 8)
    assert 0.85 < np.mean(scores["in_view"]) < np.mean(scores["in_turns"]) < 1  # more to see, more told
    table = (DATA / context.TABLE).read_text("utf-8")
    for broken, problem in (
        ("s151,3,reflex,reflection", "behaviour"),
        ("s151,9999,reflection,reflection", "utterance"),
    ):
        (tmp_path / context.TABLE).write_text(table.replace("s151,3,reflection,reflection", broken), "utf-8")
        with pytest.raises(CorpusError, match=f"line 3: there is no such {problem}"):
            context.context_codes(tmp_path, dev)


# Where a new model may go, and what it is called -----------------------------------------------------------------------


def test_a_model_that_stood_there_outlives_a_failed_training(tiny_corpus, tmp_path, monkeypatch):
    folder = tmp_path / "ours"
    train(tiny_corpus, folder, strengths=(3.0,))
    before = load_model(folder).predict_proba(tiny_corpus.utterances[:5])

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        train(tiny_corpus, folder, strengths=(0.1,))
    monkeypatch.undo()
    assert (load_model(folder).predict_proba(tiny_corpus.utterances[:5]) == before).all()
    assert sorted(p.name for p in folder.iterdir()) == ["manifest.json", "vocabulary.txt", "weights.npz"]


@pytest.mark.skipif(os.name == "nt", reason="rights are of another kind there")
def test_a_model_is_its_owners_alone(tiny_corpus, tmp_path):
    """Its vocabulary holds runs of words that were said."""
    folder = tmp_path / "ours"
    train(tiny_corpus, folder, strengths=(3.0,))
    assert {oct(p.stat().st_mode & 0o777) for p in folder.iterdir()} == {"0o600"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_places_a_model_must_not_go_are_refused_before_training(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("reflectkit.learn.training.fit_linear", None)  # not reached
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").write_text("x")
    for place, problem in (
        ("file", "cannot be made"),
        ("full", "holds other files"),
        ("fast", "a shipped model is called so"),
    ):
        with pytest.raises(ModelError, match=problem):
            train(tiny_corpus, tmp_path / place)
    assert (tmp_path / "full" / "thesis.docx").read_text() == "x"


def test_an_adapted_model_keeps_its_bases_licence(tiny_corpus, tmp_path):
    ours = train(tiny_corpus, tmp_path / "ours", base="accurate-nc").artefact.manifest
    base = load_model("accurate-nc").artefact.manifest
    assert (ours["licence"], ours["use"]) == (base["licence"], base["use"])


def test_words_that_a_service_always_says_are_no_leak(tiny_corpus):
    said = "Thank you for calling the peer line today, my name is one you choose."
    sessions = []
    for n, s in enumerate([*tiny_corpus.sessions[:6]] * 2):
        own = replace(s.utterances[0], text=said)
        others = tuple(replace(u, text=f"{n} {u.text}") for u in s.utterances[1:])
        turns = tuple(replace(t, text=f"{n} {t.text}") if t.role == "client" else t for t in s.transcript.turns)
        transcript = replace(s.transcript, turns=turns, session=f"s{n}")
        sessions.append(
            replace(s, transcript=transcript, utterances=(own, *others), about={"split": ("train", "dev")[n > 5]})
        )
    assert leaks(Corpus(tuple(sessions))) == []
    short = replace(
        sessions[0], utterances=sessions[0].utterances[:1], transcript=replace(sessions[0].transcript, turns=())
    )
    twins = [replace(short, about={"split": split}) for split in ("train", "dev")]
    assert len(leaks(Corpus(tuple(twins)))) == 1


def test_a_tidied_corpus_of_few_rows_is_scored_and_unknown_labels_are_refused(tmp_path, capsys):
    head = "dialogue_id,turn_index,speaker,text,labels,covered,source_label\n"
    path = tmp_path / "few.dev.csv"
    path.write_text(head + "d,0,client,I left.,,,\nd,1,worker,You left.,reflection,reflection|question,\n", "utf-8")
    assert main(["evaluate", "fast", str(path)]) == 0
    assert "Too few rows" in capsys.readouterr().out
    good = path.read_text("utf-8")
    for old, new, problem in (
        (",reflection,", ",Reflection,", "labels holds something else"),
        ("|question", "|all", "covered holds something else"),
        ("d,1,", "d,1.5,", "turn_index is no whole number"),
        (",client,", ",Jenny Tully,", "neither worker nor client"),
    ):
        path.write_text(good.replace(old, new), "utf-8")
        with pytest.raises(CorpusError, match=problem) as error:
            load_public(path)
        assert "Jenny" not in str(error.value)
