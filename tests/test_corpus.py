"""`data/annotated` is what its card says: sound, large, varied, coded twice, and nobody else's words."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from conftest import DATA, EXAMPLES, ROOT
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import CorpusError
from reflectkit.learn import check_corpus, load_corpus, write_codings, write_sheets
from reflectkit.learn.agreement import agreement, agreement_table
from reflectkit.learn.corpus import SPLITS
from reflectkit.learn.describe import describe
from reflectkit.learn.examples import exchange_agreement
from reflectkit.learn.reference import join_codes, reference_agreement
from reflectkit.learn.variety import SAMPLE_WORDS, public_texts, shared_runs, variety, worker_texts
from reflectkit.read import read_transcript
from reflectkit.segment import segment

# Public corpora are not part of the project; a folder of tidied ones can be given by this variable or stand beside it.
PUBLIC = Path(os.environ.get("REFLECTKIT_CORPORA", ROOT.parent / "shared" / "corpora"))
needs_public = pytest.mark.skipif(
    not (PUBLIC / "annomi.train.csv").exists(), reason="no public corpora: set REFLECTKIT_CORPORA to a folder of them"
)


def table(name):
    return pd.read_csv(DATA / name, keep_default_na=False)


def test_it_is_sound():
    assert check_corpus(DATA) == []


def test_it_is_as_large_as_planned(corpus):
    counts = Counter(b for s in corpus.sessions for own in s.behaviours for b in own)
    assert len(corpus.sessions) >= 280
    assert len(corpus.utterances) >= 6000
    assert sum(t.role == "worker" for s in corpus.sessions for t in s.transcript.turns) >= 3000
    assert min(counts[b] for b in BEHAVIOURS) >= 350
    stretches = table("disclosures.csv").query("coder == 'final'")
    assert (stretches["kind"] == "directive_disclosure").sum() >= 120
    assert (stretches["kind"] == "near_miss").sum() >= 120
    assert set(stretches["subtype"]) == {
        "steer",
        "with_permission",
        "company",
        "unrelated_advice",
        "third_person",
        "client_story",
    }


def test_splits_keep_writers_apart_and_are_balanced():
    sessions = table("sessions.csv")
    shares = sessions["split"].value_counts(normalize=True)
    assert set(shares.index) == set(SPLITS)
    assert shares["train"] == pytest.approx(0.7, abs=0.05)
    assert shares["dev"] == pytest.approx(0.1, abs=0.03)
    assert shares["test"] == pytest.approx(0.2, abs=0.03)
    assert not sessions[["writer", "split"]].drop_duplicates()["writer"].duplicated().any()
    for column in ("register", "skill"):
        by_split = pd.crosstab(sessions["split"], sessions[column], normalize="index")
        assert (by_split.max() - by_split.min()).max() < 0.25


def test_at_least_a_third_of_the_sessions_is_coded_twice_and_all_that_models_are_scored_on():
    coders = table("codings.csv").groupby("session")["coder"].nunique()
    sessions = table("sessions.csv").set_index("session")
    assert (coders == 2).mean() >= 1 / 3
    assert (coders[sessions.index[sessions["split"] != "train"]] == 2).all()
    assert (sessions["coders"] == coders[sessions.index]).all()


def test_settled_codes_are_one_of_the_codings_or_have_a_reason():
    codings = table("codings.csv").set_index(["session", "utterance", "coder"])["behaviours"].unstack().dropna()  # noqa: PD010
    final = table("utterances.csv").set_index(["session", "utterance"])["behaviours"]
    reasons = set(map(tuple, table("settlements.csv")[["session", "utterance"]].astype(str).itertuples(index=False)))
    agreed = codings[codings["A"] == codings["B"]]
    changed = agreed[agreed["A"] != final[agreed.index]]
    assert all((s, str(u)) in reasons for s, u in changed.index)
    disputed = codings[codings["A"] != codings["B"]]
    assert all((s, str(u)) in reasons for s, u in disputed.index)


def test_every_kappa_is_high_enough_and_stands_in_the_card():
    sessions, utterances, rows = agreement(DATA)
    assert all(r.kappa is None or r.kappa >= 0.7 for r in rows)
    card = (DATA / "README.md").read_text("utf-8")
    assert agreement_table(rows) in card
    assert f"{sessions} sessions ({utterances:,} utterances)" in card
    assert describe(DATA) in card


def test_utterances_do_not_repeat(corpus):
    measured = variety(worker_texts(corpus))
    assert measured.near_duplicates_within < 0.01
    assert measured.near_duplicates_across < 0.01
    assert measured.distinct_2 > 0.45
    assert measured.distinct_3 > 0.8


def test_speech_is_as_uneven_as_speech(corpus):
    speech = variety([[u.text for u in s.utterances] for s in corpus.sessions if s.about["register"] == "speech"])
    chat = variety([[u.text for u in s.utterances] for s in corpus.sessions if s.about["register"] == "chat"])
    assert speech.disfluent > 0.08 > 3 * chat.disfluent
    q1, median, q3 = speech.words_quartiles
    assert q1 <= 5 <= median <= 10 <= q3


def test_the_measures_of_variety_see_a_template():
    words = ("sad", "glad", "mad")
    template = [[f"So you feel rather {w} about the thing that you told me about just now in here." for w in words]] * 3
    measured = variety(template)
    assert measured.near_duplicates_within == measured.near_duplicates_across == 1.0
    assert measured.distinct_3 < 0.5
    assert shared_runs([["a b c d e f g h i"]], ["x b c d e f g h i y"]) == ["b c d e f g h i"]


@needs_public
def test_it_is_as_varied_as_a_public_corpus(corpus):
    from reflectkit.segment import cut_text

    public = [
        [text[s.start : s.end] for text in texts for s in cut_text(text)]
        for texts in public_texts(PUBLIC / "annomi.train.csv", "worker").values()
    ]
    assert sum(len(t.split()) for texts in public for t in texts) > SAMPLE_WORDS
    assert variety(worker_texts(corpus)).distinct_3 > variety(public).distinct_3


@needs_public
def test_no_run_of_eight_words_is_taken_from_a_public_corpus(corpus):
    """Function words make a run by chance now and then; sentences do not."""
    others = [text for path in sorted(PUBLIC.glob("*.csv")) for texts in public_texts(path).values() for text in texts]
    runs = shared_runs(([t.text for t in s.transcript.turns] for s in corpus.sessions), others)
    assert len(runs) <= 25


@needs_public
@pytest.mark.parametrize(
    ("file", "copies"),
    [
        ("annomi_codes.csv", ["annomi.train", "annomi.dev"]),
        (
            "public_codes.csv",
            [
                *("mibot_silver.train", "bolt.train", "physact.train", "esconv.train", "mi_cc_silver.train"),
                *("esconv.dev", "mi_gold.dev", "misc_mibot.dev"),
            ],
        ),
    ],
)
def test_codes_by_reference_join_to_copies_of_the_corpora(file, copies):
    joined = {name: join_codes(DATA / file, PUBLIC / f"{name}.csv") for name in copies}
    assert all({s.split for s in own.sessions} == {name.split(".")[1]} for name, own in joined.items())
    assert sum(len(own.utterances) for own in joined.values()) == len(table(file))
    for s in (s for own in joined.values() for s in own.sessions):
        for u in s.utterances:
            assert s.transcript.turns[u.turn].text[u.start : u.end] == u.text == u.text.strip() != ""


@pytest.mark.parametrize("file", ["annomi_codes.csv", "public_codes.csv"])
def test_codes_by_reference_hold_no_words(file):
    frame = table(file)
    assert list(frame.columns) == [
        "transcript_id",
        "split",
        "utterance_id",
        "start",
        "end",
        "text_sha256",
        "behaviours",
        "flags",
        "second",
    ]
    assert frame["transcript_id"].nunique() >= 20
    assert frame.groupby("transcript_id")["split"].nunique().eq(1).all()
    assert frame["text_sha256"].str.fullmatch(r"[0-9a-f]{12}").all()


CODES = "transcript_id,split,utterance_id,start,end,text_sha256,behaviours,flags,second\n"
COPY = "transcript_id,utterance_id,interlocutor,utterance_text\n"


def test_codes_of_a_copy_with_neighbouring_rows_of_one_side(tmp_path):
    codes, copy = tmp_path / "codes.csv", tmp_path / "copy.csv"
    said = ["Right then.", "So. You slept?", "A bit."]
    digests = [hashlib.sha256(text.encode()).hexdigest()[:12] for text in said]
    codes.write_text(
        f"{CODES}3,dev,0,0,11,{digests[0]},other,,other\n3,dev,1,4,14,{digests[1]},closed_question,,other\n7,train,0,0,5,{digests[0]},other,,\n"
    )
    copy.write_text(f"{COPY}3,0,therapist,{said[0]}\n3,1,therapist,{said[1]}\n3,2,client,{said[2]}\n")
    (session,) = join_codes(codes, copy).sessions
    assert [u.text for u in session.utterances] == ["Right then.", "You slept?"]
    assert [u.before for u in session.utterances] == ["", "Right then."]
    assert (session.session, session.split) == ("annomi_003", "dev")
    assert reference_agreement(codes) == (3, 2, 1)


def test_another_edition_is_noticed(tmp_path):
    codes, copy = tmp_path / "codes.csv", tmp_path / "copy.csv"
    codes.write_text(f"{CODES}3,train,1,0,5,000000000000,other,,\n")
    for text, problem in (
        ("3,1,therapist,Right then.\n", r"codes\.csv, line 2: the text of your copy is not the one that was coded"),
        ("3,2,therapist,Right then.\n", "no utterance 1 in transcript annomi_003"),
        ("4,1,therapist,Right then.\n", "none of the transcripts"),
    ):
        copy.write_text(COPY + text)
        with pytest.raises(CorpusError, match=problem):
            join_codes(codes, copy)


DAMAGE = [
    ("sessions.csv", "train", "trian", "there is no split 'trian'"),
    ("sessions.csv", "\ns012,train,w01", "\ns012,test,w01", "Keep a writer in one split"),
    ("turns.csv", "client,client", "client,friend", "there is no role 'friend'"),
    ("turns.csv", "s011,1,1,", "s011,7,1,", "row '7' where 1 is next"),
    ("utterances.csv", "s011,0,1,1,0,", "s011,0,1,1,2,", "Mend the offsets"),
    ("utterances.csv", ",other,", ",chatter,", "there is no behaviour 'chatter'"),
    ("utterances.csv", "s011,1,", "s011,9,", "utterance 9 where 1 is next"),
    ("disclosures.csv", ",steer,", ",push,", "a directive-disclosure needs a subtype"),
    ("disclosures.csv", "near_miss,company", "near_miss,friends", "unknown kind or subtype"),
    ("codings.csv", ",other,", ",other|reflection,", "out of order"),
    ("codings.csv", "s011,1,A,other,", "s011,0,A,other,", "the coder codes this utterance twice"),
    ("codings.csv", "s011,1,A,", "s011,,A,", "utterance is no whole number"),
    ("utterances.csv", ",closed_question,", ",closed question,", "'closed question' (did you mean closed_question?)"),
    ("utterances.csv", "s011,0,1,1,0,", "s011,0,1,1.0,0,", "row, start or end is no whole number"),
    ("utterances.csv", "s011,0,1,1,0,", "s011,0,1,3,0,", "it does not stand in row 3"),
    ("utterances.csv", ",worker,", ",client,", "the speaker is not the worker who has turn 1"),
    (
        "turns.csv",
        "s011,2,2,client,client,",
        "s011,2,2,client,worker,",
        "the speaker is client before, and worker here",
    ),
    ("disclosures.csv", ",true", ",vrai", "returns_focus is neither true nor false"),
    ("disclosures.csv", ",steer,", ",steer,My brother|", "story or steering is no list of numbers"),
]


@pytest.mark.parametrize(("name", "old", "new", "problem"), DAMAGE)
def test_damage_is_found_and_named(tmp_path, name, old, new, problem):
    folder = shutil.copytree(DATA, tmp_path / "corpus")
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    found = check_corpus(folder)
    assert any(problem in line and line.startswith(name) for line in found), found[:3]
    with pytest.raises(CorpusError):
        load_corpus(folder)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(CorpusError, match=r"sessions\.csv is missing"):
        check_corpus(tmp_path)
    (tmp_path / "sessions.csv").write_text("session,split\n")
    with pytest.raises(CorpusError, match=r"columns .*'writer'.* are missing"):
        check_corpus(tmp_path)


def test_the_tables_open_in_one_line():
    for path in DATA.glob("*.csv"):
        assert len(pd.read_csv(path)) > 0
        with path.open(encoding="utf-8", newline="") as handle:
            assert "\r" not in handle.read()
            handle.seek(0)
            assert len({len(row) for row in csv.reader(handle)}) == 1


def test_blank_sheets_once_coded_are_a_corpus_of_the_same_utterances(tmp_path):
    """Rows that stand for themselves, captions, and two messages in a row."""
    chat = [("Worker", "You rang."), ("Worker", "I saw it late"), ("Client", "=1 I did."), ("Worker", "What now?")]
    sessions = [read_transcript(EXAMPLES / "video-call.vtt"), read_transcript(chat, session="chat")]
    assert write_sheets(sessions, tmp_path / "a") == sum(len(segment(t)) for t in sessions)
    sheet = pd.read_csv(tmp_path / "a" / "utterances.csv", keep_default_na=False)
    assert (sheet[["behaviours", "flags"]] == "").all(axis=None)
    assert len(check_corpus(tmp_path / "a")) == len(sheet)

    sheet.assign(behaviours="other").to_csv(tmp_path / "a" / "utterances.csv", index=False)
    for t, read in zip(sessions, load_corpus(tmp_path / "a").sessions, strict=True):
        assert [x.text for x in read.transcript.turns] == [x.text for x in t.turns]
        assert [(u.turn, u.start, u.text, u.heard) for u in read.utterances] == [
            (u.turn, u.start, u.text, u.heard) for u in segment(t)
        ]
        assert [read.transcript.turns[u.turn].piece_at(u.start).row for u in read.utterances] == [
            u.row for u in read.utterances
        ]
    assert "skill" not in describe(tmp_path / "a")


def test_remarks_in_the_place_of_codes_are_not_repeated(tmp_path):
    """What coders note may be somebody's words or name."""
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    for name, old in (("utterances.csv", ",other,"), ("codings.csv", ",A,other,"), ("turns.csv", ",client,client,")):
        path = tmp_path / name
        text = path.read_text("utf-8")
        start = old.rsplit(",", 2)[0]
        path.write_text(text.replace(old, f"{start},Jenny said she would jump,", 1), "utf-8")
    problems = check_corpus(tmp_path)
    assert len(problems) >= 3
    assert not any("Jenny" in p or "jump" in p for p in problems)


def test_cells_that_a_spreadsheet_wrote_say_the_same(tmp_path):
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    for name in ("exchanges.csv", "disclosures.csv"):
        frame = pd.read_csv(tmp_path / name, keep_default_na=False, dtype=str)
        for column in ("doubt", "returns_focus"):
            if column in frame:
                frame[column] = frame[column].str.upper()
        frame.to_csv(tmp_path / name, index=False)
    assert exchange_agreement(tmp_path / "exchanges.csv") == exchange_agreement(DATA / "exchanges.csv")
    assert describe(tmp_path) == describe(DATA)


def test_the_sheets_of_two_coders_are_put_together(tmp_path):
    chat = read_transcript([("Worker", "You rang. Why?"), ("Client", "I did."), ("Worker", "Tell me.")], session="chat")
    for coder, codes in (
        ("a", ["reflection", "open_question", "open_question"]),
        ("b", ["other", "open_question", "directive"]),
    ):
        write_sheets([chat], tmp_path / coder)
        sheet = pd.read_csv(tmp_path / coder / "utterances.csv", keep_default_na=False)
        sheet.assign(behaviours=codes).to_csv(tmp_path / coder / "utterances.csv", index=False)
    with pytest.raises(CorpusError, match=r"codings.csv is missing. Its columns: session, utterance, coder"):
        agreement(tmp_path / "a")
    assert write_codings({"A": tmp_path / "a", "B": tmp_path / "b"}, tmp_path / "a") == 6
    assert check_corpus(tmp_path / "a") == []
    sessions, utterances, rows = agreement(tmp_path / "a")  # without a table of stretches
    found = {r.code: (r.a, r.b, r.both) for r in rows}
    assert (sessions, utterances, found["open_question"], found["reflection"]) == (1, 3, (2, 1, 1), (1, 0, 0))
    with pytest.raises(CorpusError, match="stands in a already"):
        write_codings({"A": tmp_path / "a"}, tmp_path / "a")
    other = read_transcript([("Worker", "You rang."), ("Client", "I did.")], session="chat")
    write_sheets([other], tmp_path / "c")
    sheet = pd.read_csv(tmp_path / "c" / "utterances.csv", keep_default_na=False)
    sheet.assign(behaviours="other").to_csv(tmp_path / "c" / "utterances.csv", index=False)
    with pytest.raises(CorpusError, match="other utterances than the corpus"):
        write_codings({"A": tmp_path / "a"}, tmp_path / "c")


def test_tables_with_semicolons_are_told(tmp_path):
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    (tmp_path / "sessions.csv").write_text("session;split;writer\na;train;b\n", "utf-8")
    with pytest.raises(CorpusError, match="semicolons or tabs divide its cells"):
        check_corpus(tmp_path)


def test_sheets_are_never_written_over_and_name_each_session_once(tmp_path):
    chat = read_transcript([("Worker", "You rang."), ("Client", "I did.")], session="chat")
    write_sheets([chat], tmp_path)
    with pytest.raises(CorpusError, match="codes may be in it"):
        write_sheets([chat], tmp_path)
    with pytest.raises(CorpusError, match="two sessions are named 'chat'"):
        write_sheets([chat, chat], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_problems_name_the_line_a_row_begins_on(tmp_path):
    shutil.copytree(DATA, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "sessions.csv"
    text = path.read_text("utf-8").replace("\ns012,train", '\ns012,"tra\nin"').replace("\ns013,train", "\ns013,trian")
    path.write_text(text, "utf-8")
    lines = text.split("\n")
    problems = check_corpus(tmp_path)
    for start in ("s012,", "s013,trian"):
        line = 1 + next(i for i, text in enumerate(lines) if text.startswith(start))
        assert any(p.startswith(f"sessions.csv, line {line}: there is no split") for p in problems)


def test_sessions_that_a_filtered_spreadsheet_lost_are_told(tmp_path):
    from reflectkit import read_transcript
    from reflectkit.learn import write_sheets

    talk = [("Worker", "How was it?"), ("Client", "Bad.")]
    write_sheets([read_transcript(talk, session=name) for name in "ab"], tmp_path)
    utterances = (tmp_path / "utterances.csv").read_text().splitlines(keepends=True)
    (tmp_path / "utterances.csv").write_text("".join(line for line in utterances if not line.startswith("b,")))
    with (tmp_path / "sessions.csv").open("a") as handle:
        handle.write("c,train,w1,,,\n")
    problems = "\n".join(check_corpus(tmp_path))
    assert "session 'b' has no rows in utterances.csv" in problems
    assert "session 'c' has no rows in turns.csv" in problems
