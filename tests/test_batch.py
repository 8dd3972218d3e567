"""Many sessions: the same results as one by one, whatever is asked of the machine, and nothing lost when it dies."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import pandas as pd
import polars
import pyarrow
import pytest

from children import square_or_die
from conftest import DATA, EXAMPLES
from reflectkit import Failure, Transcript, TranscriptError, analyze, analyze_many, read_transcript, run_batch
from reflectkit.batch import engine
from reflectkit.batch import folder as folder_module
from reflectkit.batch.engine import in_order
from reflectkit.errors import BatchError, ModelError, ReflectkitError

pytestmark = pytest.mark.filterwarnings("ignore:A worker stopped while some jobs were given:UserWarning")


@pytest.fixture(scope="module")
def table():
    """Six sessions in one frame."""
    turns = pd.read_csv(DATA / "turns.csv")
    return turns[turns["session"].isin(sorted(turns["session"].unique())[:6])].reset_index(drop=True)


@pytest.fixture(scope="module")
def sessions(table, tmp_path_factory):
    """A folder of files in several formats, one of them no transcript; read only."""
    place = tmp_path_factory.mktemp("batch") / "sessions"
    (place / "more").mkdir(parents=True)
    for n, (name, rows) in enumerate(table.groupby("session")):
        if n < 3:
            text = "".join(f"{r.role}: {' '.join(r.text.split())}\n" for r in rows.itertuples())
            (place / f"{name}.txt").write_text(text, encoding="utf-8")
    table[table["session"] > "s013"].to_csv(place / "more" / "table.csv", index=False)
    (place / "more" / "bad.csv").write_text("speaker,text\nWorker\n", encoding="utf-8")
    (place / "photo.png").write_bytes(b"\x89PNG\r\n")
    return place


@pytest.fixture(scope="module")
def results(sessions, tiny_model, tmp_path_factory):
    """The results of those; read only."""
    out = tmp_path_factory.mktemp("batch") / "results"
    done = run_batch(sessions, out, model=tiny_model)
    assert (done.out, done.sessions, done.errors) == (out, 3 + 3, 2)
    return out


@pytest.fixture
def copies(sessions, results, tmp_path, tiny_model):
    """Sessions and their results to be changed."""
    shutil.copytree(sessions, tmp_path / "sessions")
    run_batch(tmp_path / "sessions", tmp_path / "results", model=tiny_model)
    return tmp_path / "sessions", tmp_path / "results"


@pytest.fixture(scope="module")
def one_by_one(sessions, tiny_model):
    return forms(analyze_many(sessions, on_error="collect", model=tiny_model))


@pytest.fixture(scope="module")
def short_tables(table, classifier):
    """Three sessions whose rows stand together, and scattered, each with what the frame gives."""
    together = table[table["session"].isin(table["session"].unique()[:3])].reset_index(drop=True)
    scattered = together.sort_values(["row", "session"], kind="stable").reset_index(drop=True)
    frames = {"together": together, "scattered": scattered}
    return {name: (frame, list(analyze_many(frame, model=classifier))) for name, frame in frames.items()}


def forms(results):
    return [r.to_json() if not isinstance(r, Failure) else r for r in results]


def tree(folder: Path):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_table_gives_what_each_session_gives_alone(table, classifier):
    many = list(analyze_many(table, model=classifier))
    assert [a.session for a in many] == list(table["session"].unique())
    for a in many:
        alone = analyze(table, session=a.session, model=classifier)
        assert a.coded == alone.coded
        assert a.metrics == alone.metrics
        assert [t.row for t in a.transcript.turns] == [t.row for t in alone.transcript.turns]


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("order", ["together", "scattered"])
def test_tables_in_files_give_what_the_frame_gives(short_tables, classifier, tmp_path, form, order):
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="reflectkit[parquet] is not installed")
    mixed, expected = short_tables[order]
    path = tmp_path / f"table.{form}"
    if form == "jsonl":
        mixed.to_json(path, orient="records", lines=True)
    elif form == "parquet":
        mixed.to_parquet(path)
    else:
        mixed.to_csv(path, index=False, sep="\t" if form == "tsv" else ",")
    for a, b in zip(analyze_many(path, model=classifier), expected, strict=True):
        assert (a.session, a.coded, a.balance) == (b.session, b.coded, b.balance)


def test_errors_in_a_table_name_its_rows_and_lines(tmp_path, classifier):
    path = tmp_path / "t.csv"
    path.write_text(
        "session,speaker,text\na,Worker,How?\na,Client,Bad.\nb,,Who says this?\nc,Worker,Well.,more\nd,Worker,How?\nd,Client,So.\n",
        encoding="utf-8",
    )
    found = list(analyze_many(path, on_error="collect", model=classifier))
    assert [getattr(r, "session", None) for r in found] == ["a", "b", "c", "d"]
    assert [(r.row, r.line) for r in found if isinstance(r, Failure)] == [(2, 4), (3, 5)]
    assert "no speaker" in found[1].reason
    assert "Who says" not in str(found[1])


def test_a_table_that_breaks_off_gives_the_sessions_that_are_whole(tmp_path, classifier):
    path = tmp_path / "t.csv"
    path.write_text(
        'session,speaker,text\na,Worker,How?\na,Client,Bad.\nb,Worker,Cut?\nb,Client,"Open', encoding="utf-8"
    )
    good, broken = analyze_many(path, on_error="collect", model=classifier)
    assert (good.session, isinstance(broken, Failure)) == ("a", True)
    assert "table is broken" in broken.reason


def test_any_mix_of_sources(table, classifier):
    rows = [("Worker", "How was it?"), ("Client", "Bad.")]
    mixed = [EXAMPLES / "drop-in.csv", rows, Transcript.from_text("Worker: You rang.\nClient: Yes."), table, EXAMPLES]
    found = list(analyze_many(mixed, model=classifier, on_error="collect"))
    assert len(found) == 3 + 6 + 5
    named = list(analyze_many({"one": rows, "two": EXAMPLES / "kitchen-table.txt"}, model=classifier))
    assert [a.session for a in named] == ["one", "two"]


def test_sources_are_taken_as_results_are_asked_for(classifier):
    taken = []

    def sources():
        for n in range(100):
            taken.append(n)
            yield [("Worker", "How was it?"), ("Client", "Bad.")]

    results = analyze_many(sources(), model=classifier)
    next(results), next(results)
    assert taken == [0, 1]
    assert isinstance(list(results)[-1].session, str)


def test_sources_that_break_off_say_so_in_processes_too(classifier):
    def sources():
        for _ in range(3):
            yield [("Worker", "How was it?"), ("Client", "Bad.")]
        raise RuntimeError("the database is gone")

    for n_jobs in (1, 2):
        found = []
        with joblib.parallel_config(backend="threading"), pytest.raises(RuntimeError, match="database is gone"):
            found.extend(analyze_many(sources(), model=classifier, n_jobs=n_jobs))


def test_collecting_and_raising(sessions, classifier):
    found = list(analyze_many(sessions, on_error="collect", model=classifier))
    failed = {r.file: r for r in found if isinstance(r, Failure)}
    assert set(failed) == {"more/bad.csv", "photo.png"}
    assert "a picture" in failed["photo.png"].reason
    with pytest.raises(TranscriptError):
        list(analyze_many(sessions, model=classifier))
    with pytest.raises(ReflectkitError, match="takes 'raise' or 'collect'"):
        analyze_many(sessions, on_error="ignore")


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_processes_change_nothing(sessions, tiny_model, one_by_one, backend):
    with joblib.parallel_config(backend=backend):
        assert forms(analyze_many(sessions, on_error="collect", model=tiny_model, n_jobs=2)) == one_by_one


def test_a_loaded_model_of_ones_own_stays_in_its_process(classifier):
    with pytest.raises(ModelError, match="give the path of its folder"):
        analyze_many([], model=classifier, n_jobs=2)


def test_an_unexpected_fault_is_a_row_that_tells_no_words(monkeypatch, classifier):
    from reflectkit.batch import many

    monkeypatch.setattr(many, "analyze_transcript", lambda *_, **__: {}["xanthippe"])
    (failed,) = analyze_many([[("Worker", "xanthippe"), ("Client", "Yes.")]], on_error="collect", model=classifier)
    assert "unexpected KeyError" in failed.reason
    assert "xanthippe" not in repr(failed) + str(failed.error)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_loses_nothing(tmp_path):
    tasks = [(n, tmp_path / "mark", False) for n in range(40)]
    assert list(in_order(square_or_die, tasks, n_jobs=2, given_up=lambda *_: -1)) == [n * n for n in range(40)]
    assert (tmp_path / "mark").exists()


def test_an_engine_that_takes_no_work_is_an_error_and_no_endless_try(monkeypatch):
    def broken(*_):
        raise ConnectionError("no scheduler")

    monkeypatch.setattr(engine, "_parallel", broken)
    with joblib.parallel_config(backend="threading"), pytest.raises(ConnectionError):
        list(in_order(str, [1, 2], n_jobs=2, given_up=lambda *_: ""))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_kills_every_process_is_given_up_alone(tmp_path):
    tasks = [(n, tmp_path / "mark", True) for n in range(12)]
    found = list(in_order(square_or_die, tasks, n_jobs=2, given_up=lambda task, problem: (task[0], problem)))
    assert found[7][0] == 7
    assert [f for n, f in enumerate(found) if n != 7] == [n * n for n in range(12) if n != 7]


# The folder of results ---------------------------------------------------------------------------------------------


def test_the_folder_holds_what_was_found(sessions, results, tiny_model):
    out = results
    table = pd.read_csv(out / "sessions.csv")
    a = analyze(sessions / "s011.txt", model=tiny_model)
    row = table[table["file"] == "s011.txt"].iloc[0]
    for name, value in a.metrics.items():
        assert row[name] == value or (value is None and pd.isna(row[name]))
        low, high = a.metrics.interval(name) or (float("nan"),) * 2
        assert [row[f"{name}_low"], row[f"{name}_high"]] == pytest.approx([low, high], nan_ok=True, abs=0)
    assert json.loads((out / "json" / f"{row['result']}.json").read_text("utf-8")) == a.to_dict()
    utterances = pd.read_csv(out / "utterances.csv", keep_default_na=False)
    mine = utterances[utterances["result"] == row["result"]]
    assert mine["text"].tolist() == a.utterances["text"].tolist()
    assert mine["reflection"].tolist() == a.utterances["reflection"].tolist()
    errors = pd.read_csv(out / "errors.csv")
    assert errors["file"].tolist() == ["photo.png", "more/bad.csv"]
    assert oct(out.stat().st_mode)[-2:] == "00"


def test_parquet_holds_what_csv_holds(results):
    pytest.importorskip("pyarrow", reason="reflectkit[parquet] is not installed")
    for name in ("sessions", "utterances", "directive_disclosures"):
        as_csv, as_parquet = pd.read_csv(results / f"{name}.csv"), pd.read_parquet(results / f"{name}.parquet")
        as_parquet = as_parquet.where(as_parquet != "")
        pd.testing.assert_frame_equal(as_csv, as_parquet, check_dtype=False, check_exact=False, rtol=1e-15)


def test_without_pyarrow_there_is_csv(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run_batch(EXAMPLES / "kitchen-table.txt", tmp_path / "results", model=tiny_model)
    assert not done.parquet
    assert not list((tmp_path / "results").glob("*.parquet"))


def test_formulas_and_names_are_made_harmless(tiny_model, tmp_path):
    rows = '"speaker","text","session"\n"Worker","=1+1 is it?","../../=x"\n"Client","+Yes.","../../=x"\n'
    rows += (
        '"Worker","How?","con.txt"\n"Client","Bad.","con.txt"\n"Worker","How?","CON.TXT"\n"Client","Bad.","CON.TXT"\n'
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.csv").write_text(rows, encoding="utf-8")
    run_batch(tmp_path / "in", tmp_path / "out", model=tiny_model)
    with (tmp_path / "out" / "utterances.csv").open(encoding="utf-8", newline="") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not any(cell[:1] in ("=", "+", "@") for cell in cells)
    names = [p.name.casefold() for p in (tmp_path / "out" / "json").iterdir()]
    assert len(set(names)) == 3
    assert not any(set(name.removesuffix(".json")) & set("./\\") for name in names)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out"]


def test_a_second_run_does_only_what_is_new(copies, tiny_model, monkeypatch):
    sessions, out = copies
    first = tree(out)
    analysed = []
    really = folder_module.analyse_item

    def noted(item, *args, **options):
        analysed.append(item.name)
        return really(item, *args, **options)

    monkeypatch.setattr(folder_module, "analyse_item", noted)
    assert run_batch(sessions, out, model=tiny_model).sessions == 6
    assert set(analysed) == {"more/bad.csv", "photo.png"}
    assert tree(out) == first
    analysed.clear()
    with (sessions / "s011.txt").open("a", encoding="utf-8") as handle:
        handle.write("worker: Shall we stop here?\n")
    (sessions / "s012.txt").unlink()
    assert run_batch(sessions, out, model=tiny_model).sessions == 5
    assert "s011.txt" in analysed
    assert len(list((out / "json").iterdir())) == 5  # the old result of one and the result of the other are gone


def test_results_inside_the_sources_are_no_sources(tiny_model, tmp_path, monkeypatch):
    shutil.copy(EXAMPLES / "kitchen-table.txt", tmp_path)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        done = run_batch(".", "results", model=tiny_model)
        assert (done.sessions, done.errors) == (1, 0)


def test_a_broken_result_is_made_again(copies, tiny_model):
    sessions, out = copies
    first = tree(out)
    next((out / "json").iterdir()).write_bytes(b'{"signature": "')
    run_batch(sessions, out, model=tiny_model)
    assert tree(out) == first


def test_other_options_and_other_folders_are_refused(sessions, results, tiny_model):
    for other in ({"worker": "worker"}, {"counting": "volley"}):
        with pytest.raises(BatchError, match=rf"another run \(other {next(iter(other))}\)"):
            run_batch(sessions, results, model=tiny_model, **other)
    with pytest.raises(BatchError, match="other files"):
        run_batch(sessions, sessions, model=tiny_model)


def test_two_runs_on_one_folder_are_refused(sessions, results, tiny_model):
    from filelock import FileLock

    first = tree(results)
    with FileLock(results / ".lock"), pytest.raises(BatchError, match="another run is writing"):
        run_batch(sessions, results, model=tiny_model)
    assert tree(results) == first


@pytest.mark.parametrize("at", ["json", "tables"])
def test_a_full_disk_is_a_clear_error_and_no_end(sessions, results, tiny_model, tmp_path, monkeypatch, at):
    out = tmp_path / "results"

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if at == "json":
            patch.setattr(folder_module, "write_atomically", full)
            patch.setattr(folder_module, "_claim", lambda target, _: (target / "json").mkdir(parents=True))
        else:
            patch.setattr(os, "fsync", lambda _: full() if (out / "json").exists() else None)
        with pytest.raises(BatchError, match=r"No space left on device.*goes on where it stopped"):
            run_batch(sessions, out, model=tiny_model)
    assert not list(out.glob(".*.part"))
    if at == "tables":
        run_batch(sessions, out, model=tiny_model)
        assert tree(out) == tree(results)


def batch(sessions, out, model, *more, **options):
    command = [sys.executable, "-W", "error", "-m", "reflectkit", "batch", sessions, "--out", out, "--model", model]
    return subprocess.Popen(
        list(map(str, [*command, *more])), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_run_killed_anywhere_ends_the_same(sessions, results, tiny_model, tmp_path):
    out = tmp_path / "disturbed"
    for n in (1, 4, 6):  # at the first result, in the middle, and when only the tables are left
        process = batch(sessions, out, tiny_model, start_new_session=True)
        while len(list(out.glob("json/*.json"))) < n and process.poll() is None:
            time.sleep(0.002)
        with contextlib.suppress(ProcessLookupError):  # it may be faster than the looking
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    run_batch(sessions, out, model=tiny_model)
    assert tree(out) == tree(results)


def test_processes_on_the_command_line_leave_no_words_in_temporary_files(sessions, results, tiny_model, tmp_path):
    temp = tmp_path / "temp"
    temp.mkdir()
    env = {**os.environ, "TMPDIR": str(temp), "TEMP": str(temp), "TMP": str(temp), "JOBLIB_TEMP_FOLDER": str(temp)}
    process = batch(sessions, tmp_path / "results", tiny_model, "--jobs", "2", env=env)
    said, complained = process.communicate()
    assert process.returncode == 0, complained
    assert "6 sessions" in said
    assert complained.strip() == "reflectkit: 2 could not be analysed: see errors.csv there"
    assert [p for p in temp.rglob("*") if p.is_file()] == []
    assert tree(tmp_path / "results") == tree(results)


def test_what_is_half_written_is_swept_away_and_nothing_else(copies, tiny_model):
    sessions, out = copies
    left = [out / ".sessions.csv.part", out / ".run.json.x1", out / "json" / ".a-0123456789ab.json.x2"]
    for path in [*left, out / ".pre-commit.yaml"]:
        path.write_text("x", encoding="utf-8")
    run_batch(sessions, out, model=tiny_model)
    assert [path.exists() for path in left] == [False, False, False]
    assert (out / ".pre-commit.yaml").exists()


def test_a_table_of_one_session_is_read_as_it_is_alone(tmp_path, classifier):
    told = read_transcript(EXAMPLES / "video-call.vtt")
    told.to_csv(tmp_path / "own.csv")
    (tmp_path / "above.csv").write_text(
        "Exported on Monday,,\n\nsession,speaker,text\na,Worker,How?\na,Client,Bad.\n", encoding="utf-8"
    )
    for path in tmp_path.iterdir():
        (many,) = analyze_many(path, model=classifier)
        alone = analyze(path, model=classifier)
        assert (many.coded, many.balance, many.transcript) == (alone.coded, alone.balance, alone.transcript)


@pytest.mark.parametrize(
    "written", [lambda at: at, str, lambda at: f"2026-03-01T10:{at:02}:00"], ids=["number", "text", "date"]
)
def test_a_convokit_corpus_gives_what_each_conversation_gives_alone(tmp_path, classifier, written):
    said = [
        ("b", "kit", "How was it?", 8),
        ("a", "mo", "Tired.", 40),
        ("a", "kit", "You look it. Sleep?", 30),
        ("b", "mo", "Bad.", 9),
    ]
    records = [
        {
            "id": f"u{i}",
            "conversation_id": c,
            "speaker": s,
            "text": t,
            "reply-to": None,
            "timestamp": written(at),
            "meta": {},
        }
        for i, (c, s, t, at) in enumerate(said)
    ]
    (tmp_path / "utterances.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    people = {"kit": {"meta": {"role": "listener"}}, "mo": {"meta": {"role": "client"}}}
    (tmp_path / "speakers.json").write_text(json.dumps(people), encoding="utf-8")
    (tmp_path / "index.json").write_text("{}", encoding="utf-8")
    many = list(analyze_many(tmp_path, model=classifier))
    assert [a.session for a in many] == ["b", "a"]
    for a in many:
        alone = analyze(tmp_path, session=a.session, model=classifier)
        assert (a.coded, a.balance, a.transcript.roles) == (alone.coded, alone.balance, alone.transcript.roles)
        assert set(a.transcript.notes) == {n for n in alone.transcript.notes if "other sessions" not in n.message}


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_frames_of_other_libraries_give_what_pandas_gives(table, classifier, library):
    few = table[table["session"].isin(sorted(table["session"].unique())[:2])][["session", "speaker", "role", "text"]]
    frame = {"polars": lambda: polars.from_pandas(few), "pyarrow": lambda: pyarrow.Table.from_pandas(few)}[library]()
    said = [a.to_json() for a in analyze_many(few, model=classifier)]
    assert len(said) == 2
    assert [a.to_json() for a in analyze_many(frame, model=classifier)] == said
    assert [a.to_json() for a in analyze_many([frame], model=classifier)] == said
    with pytest.raises(TranscriptError, match="Collect it"):
        list(analyze_many(polars.from_pandas(few).lazy(), model=classifier))


def test_parquet_without_sessions_is_one_session(tmp_path, classifier):
    pytest.importorskip("pyarrow", reason="reflectkit[parquet] is not installed")
    rows = pd.DataFrame({"speaker": ["Worker", "Client"], "text": ["How?", "Bad."]})
    rows.to_parquet(tmp_path / "monday.parquet")
    (tmp_path / "broken.parquet").write_bytes((tmp_path / "monday.parquet").read_bytes()[:-30])
    broken, whole = analyze_many(tmp_path, model=classifier, on_error="collect")
    assert "parquet file is broken" in broken.reason
    assert whole.session == "monday"


def test_empty_cells_too_many_are_no_error_and_sessions_too_long_are_one(tmp_path, classifier, monkeypatch):
    from reflectkit.batch import tables

    path = tmp_path / "t.csv"
    path.write_text(
        "session,speaker,text\na,Worker,How?,\na,Client,Bad.,\nb,Worker,How?\nb,Client,So.\nb,Client,So.\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    good, long = analyze_many(path, on_error="collect", model=classifier)
    assert (good.session, long.session, long.reason) == ("a", "b", "more than 2 rows. Split it into sessions.")
    path.write_text("session,speaker,text\na,Worker,How?\nb,Worker,How?\na,Client,Bad.\n", encoding="utf-8")
    monkeypatch.setattr(tables, "MAX_SCATTERED", 2)
    (scattered,) = analyze_many(path, on_error="collect", model=classifier)
    assert "Sort the table by session" in scattered.reason
    rows = [("a", "Worker", "How?"), ("a", "Client", "Bad."), ("b", "Worker", "How?"), ("b", "Client", "So.")]
    frame = pd.DataFrame(rows, columns=["session", "speaker", "text"])
    assert [a.session for a in analyze_many(frame, model=classifier)] == ["a", "b"]
    (scattered,) = analyze_many(frame.iloc[[0, 2, 1, 3]], on_error="collect", model=classifier)
    assert "Sort the table by session" in scattered.reason


def test_what_cannot_be_looked_into_is_told(tmp_path, classifier, monkeypatch):
    (tmp_path / "closed").mkdir()
    shutil.copy(EXAMPLES / "kitchen-table.txt", tmp_path)
    look = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", refuse)
    _, closed = analyze_many(tmp_path, on_error="collect", model=classifier)
    assert (closed.file, "Permission denied" in closed.reason) == ("closed", True)


def test_names_that_are_no_text_end_no_run(tiny_model, tmp_path):
    (tmp_path / "in").mkdir()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/caf\xe9.txt")).write_text("Worker: How?\nClient: Bad.\n")
    except OSError:
        pytest.skip("this file system has only names that are text")
    assert run_batch(tmp_path / "in", tmp_path / "out", model=tiny_model).sessions == 1
    sessions = pd.read_csv(tmp_path / "out" / "sessions.csv")
    assert sessions[["file", "session"]].iloc[0].tolist() == ["caf\\udce9.txt", "caf\\udce9"]


def test_counting_is_as_told(classifier):
    rows = [("Worker", "You rang. You ring often."), ("Client", "Yes.")]
    for counting in ("utterance", "volley"):
        (found,) = analyze_many([rows], model=classifier, counting=counting)
        assert found == analyze(rows, model=classifier, counting=counting)
    with pytest.raises(ValueError, match="no counting 'turn'"):
        analyze_many([rows], model=classifier, counting="turn")


def test_failures_are_frozen_values():
    failure = Failure("a.csv", None, 3, None, "no.", TranscriptError("no."))
    with pytest.raises(dataclasses.FrozenInstanceError):
        failure.row = 4
    assert failure == Failure("a.csv", None, 3, None, "no.", TranscriptError("other"))


# What is not as it should be ------------------------------------------------------------------------------------------

TWO_ROWS = "{0},Worker,What was it like?\n{0},Client,Long.\n"


@pytest.fixture
def table_file(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("session,speaker,text\n" + "".join(map(TWO_ROWS.format, "ABCDE")), "utf-8")
    return path


def errors_of(out):
    with (out / "errors.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_results_outlive_a_run_that_could_not_read_everything(table_file, tiny_model, tmp_path):
    """A stray quotation mark, or a drive that is away for once, must not cost what was done before."""
    out = tmp_path / "results"
    assert run_batch(table_file, out, model=tiny_model).sessions == 5
    done = tree(out / "json")
    sound = table_file.read_text("utf-8")
    table_file.write_text(sound.replace("B,Client,Long.", 'B,Client,"Long.'), "utf-8")
    broken = run_batch(table_file, out, model=tiny_model)
    assert (broken.sessions, broken.errors) == (1, 1)
    assert tree(out / "json") == done
    (error,) = errors_of(out)
    assert (error["line"], "nothing from this line on was read" in error["reason"]) == ("5", True)
    table_file.write_text(sound.replace(TWO_ROWS.format("E"), ""), "utf-8")  # E is gone, and all else was read
    assert run_batch(table_file, out, model=tiny_model).sessions == 4
    assert len(tree(out / "json")) == 4


def test_a_result_that_somebody_changed_is_made_again(copies, tiny_model):
    folder, out = copies
    before = tree(out)
    path = next((out / "json").glob("*.json"))
    path.write_text(path.read_text("utf-8").replace('"utterances":', '"sentences":'), "utf-8")
    run_batch(folder, out, model=tiny_model)
    assert tree(out) == before


def test_two_columns_of_one_name_are_refused_in_tables_of_many_sessions_too(table_file, classifier):
    rows = table_file.read_text("utf-8").splitlines()
    table_file.write_text("\n".join([f"{rows[0]},text", *(f"{row},no" for row in rows[1:])]), "utf-8")
    (failure,) = analyze_many(table_file, on_error="collect", model=classifier)
    assert "two columns for the text have the same name" in failure.reason


@pytest.mark.parametrize("scattered", [False, True])
def test_rows_without_a_session_are_no_session(table_file, classifier, scattered):
    extra = ",Worker,You sound tired.\n"
    table_file.write_text(
        table_file.read_text("utf-8").replace("C,Worker", f"{extra}C,Worker") + (extra if scattered else ""), "utf-8"
    )
    found = list(analyze_many(table_file, on_error="collect", model=classifier))
    failures = [f for f in found if isinstance(f, Failure)]
    assert [a.session for a in found if not isinstance(a, Failure)] == list("ABCDE")
    assert [(f.session, f.line, f.row) for f in failures] == [(None, 6, 4)]
    assert failures[0].reason.startswith("2 rows" if scattered else "1 row of the table names no session")
    assert "tired" not in failures[0].reason


def test_what_is_wrong_with_a_session_is_told_of_its_first_row(classifier):
    frame = pd.DataFrame(
        {"session": list("AABB"), "speaker": ["Worker", "Client", "Worker", "Worker"], "text": ["How?"] * 4}
    )
    with pytest.raises(TranscriptError, match=r"row 2.*only one speaker"):
        list(analyze_many(frame, model=classifier))


def test_results_below_a_folder_are_no_sources_and_links_are_followed(tiny_model, tmp_path):
    folder = tmp_path / "project"
    (folder / "more").mkdir(parents=True)
    shutil.copy(EXAMPLES / "kitchen-table.txt", folder / "more")
    run_batch(folder, folder / "results", model=tiny_model)
    try:
        (folder / "linked").symlink_to(folder / "more", target_is_directory=True)  # once is enough
        (folder / "more" / "up").symlink_to(folder, target_is_directory=True)
        (folder / "gone.txt").symlink_to(tmp_path / "nowhere")
        other = tmp_path / "elsewhere"
        other.mkdir()
        shutil.copy(EXAMPLES / "evening-chat.json", other)
        (folder / "other").symlink_to(other, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    run_batch(folder, folder / "again", model=tiny_model, counting="volley")
    assert {json.loads(p.read_text("utf-8"))["session"] for p in (folder / "again" / "json").iterdir()} == {
        "kitchen-table", "evening-chat",
    }  # fmt: skip
    (error,) = errors_of(folder / "again")
    assert (error["file"], error["reason"]) == ("gone.txt", "the link leads to no file. Mend it or take it away.")


def test_two_folders_that_end_alike_are_told_apart(tiny_model, tmp_path):
    folders = [tmp_path / part / "sessions" for part in "ab"]
    for folder in folders:
        folder.mkdir(parents=True)
        shutil.copy(EXAMPLES / "kitchen-table.txt", folder)
    assert run_batch(folders, tmp_path / "results", model=tiny_model).sessions == 2
    files = pd.read_csv(tmp_path / "results" / "sessions.csv")["file"].tolist()
    assert files == ["sessions/kitchen-table.txt", f"{folders[1]}/kitchen-table.txt"]


def test_a_transcript_given_where_a_path_belongs_is_repeated_nowhere(tiny_model, classifier, tmp_path):
    said = "Worker: How was Sunday?\nClient: I took pills and/or drank"
    for given in (said, "I want to end it tonight", "How\0are you"):
        for sources in (given, [given], {"monday": given}):
            (failure,) = analyze_many(sources, on_error="collect", model=classifier)
            assert not {"pills", "drank", "tonight", "are"} & set(f"{failure.file} {failure.reason}".split())
            assert "from_text" in failure.reason
        with pytest.raises(TranscriptError, match="from_text") as error:
            run_batch([given], tmp_path / "results", model=tiny_model)
        assert "tonight" not in str(error.value)
        assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_tables_in_other_encodings_are_taken_apart(table_file, classifier, encoding):
    table_file.write_text(table_file.read_text("utf-8"), encoding)
    assert [a.session for a in analyze_many(table_file, model=classifier)] == list("ABCDE")


def test_names_of_results_do_not_begin_like_formulas_or_options(tiny_model, tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLES / "kitchen-table.txt", tmp_path / "in" / "-may.txt")
    run_batch(tmp_path / "in", tmp_path / "out", model=tiny_model)
    (name,) = pd.read_csv(tmp_path / "out" / "sessions.csv")["result"]
    assert (tmp_path / "out" / "json" / f"{name}.json").is_file()
    assert name.startswith("may-")


def test_a_link_in_place_of_the_results_is_refused(tmp_path):
    """What it leads to would be swept and overwritten."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Worker: You look tired today.\nClient: I am.\n")
    run_batch(tmp_path / "in", tmp_path / "first", model="fast")
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.mkdir()
    out.mkdir()
    (victim / "precious.json").write_text("{}")
    (out / "run.json").write_bytes((tmp_path / "first" / "run.json").read_bytes())
    (out / "json").symlink_to(victim)
    with pytest.raises(BatchError, match="is a link or no folder"):
        run_batch(tmp_path / "in", out, model="fast")
    assert [p.name for p in victim.iterdir()] == ["precious.json"]


def test_no_file_of_a_folder_ends_or_holds_up_the_run(tmp_path):
    folder = tmp_path / "in"
    for name in ("deep", "pipe"):
        (folder / name).mkdir(parents=True)
    (folder / "a.txt").write_text("Worker: You look tired today.\nClient: I am.\n")
    (folder / "deep" / "run.json").write_text("[" * 200_000)
    os.mkfifo(folder / "pipe" / "run.json")
    (folder / "half.jsonl").write_text(
        '{"session":"\\ud800","speaker":"Worker","text":"hello"}\n'
        '{"session":"b","speaker":"Worker","text":"How are you?"}\n{"session":"b","speaker":"Client","text":"Bad."}\n'
    )
    result = run_batch(folder, tmp_path / "out", model="fast")
    assert result.sessions == 2
    assert (tmp_path / "out" / "sessions.csv").is_file()


def test_who_is_who_of_a_small_convokit_corpus_stands_beside_it(tmp_path):
    """The client's talk guessed from words alone would be the worker's."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    said = (
        "I lost my job in May. What would you do?",
        "Yeah. I lost mine too.",
        "How did you get through it?",
        "I walked every day.",
    )
    (folder / "utterances.jsonl").write_text(
        "".join(
            json.dumps(
                {
                    "id": f"u{i}",
                    "conversation_id": "c1",
                    "speaker": f"s{i % 2}",
                    "text": text,
                    "reply-to": None,
                    "timestamp": i,
                }
            )
            + "\n"
            for i, text in enumerate(said)
        )
    )
    speakers = {"s1": {"meta": {"role": "counselor"}}, "s0": {"meta": {"role": "client"}}}
    (folder / "speakers.json").write_text(json.dumps(speakers))
    for source in (folder, folder / "utterances.jsonl"):
        assert read_transcript(source).roles.worker == ("s1",)
    run_batch(folder, tmp_path / "out", model="fast")
    (result,) = (tmp_path / "out" / "json").glob("*.json")
    assert json.loads(result.read_text())["roles"]["worker"] == ["s1"]
    (folder / "speakers.json").write_text(json.dumps(dict(zip(speakers, reversed(speakers.values()), strict=True))))
    run_batch(folder, tmp_path / "out", model="fast")
    (result,) = (tmp_path / "out" / "json").glob("*.json")
    assert json.loads(result.read_text())["roles"]["worker"] == ["s0"]


def test_a_table_that_lost_a_heading_costs_no_results(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    rows = "".join(f"{s},{who},{text}\n" for s in "AB" for who, text in (("Worker", "How was it?"), ("Client", "Bad.")))
    (folder / "table.csv").write_text("session,speaker,text\n" + rows)
    (folder / "a.txt").write_text("Worker: You look tired.\nClient: I am.\n")
    run_batch(folder, tmp_path / "out", model="fast")
    (folder / "table.csv").write_text("session,who_is,what_is\n" + rows)
    result = run_batch(folder, tmp_path / "out", model="fast")
    assert (result.sessions, result.errors) == (1, 1)
    assert len(list((tmp_path / "out" / "json").glob("*.json"))) == 3
    (folder / "a.txt").unlink()
    run_batch(folder, tmp_path / "out", model="fast")
    assert not list((tmp_path / "out" / "json").glob("a-*.json"))


def test_the_folder_one_stands_in_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.txt").write_text("Worker: You look tired.\nClient: I am.\n")
    monkeypatch.chdir(tmp_path / "here")
    run_batch([".", EXAMPLES / "drop-in.csv"], tmp_path / "out", model="fast")
    with (tmp_path / "out" / "sessions.csv").open(newline="") as handle:
        assert "here/a.txt" in [row["file"] for row in csv.DictReader(handle)]
