"""The command line as its users meet it: in a process of its own, with exit codes and short errors."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

import pandas as pd
import pytest

from conftest import EXAMPLES
from reflectkit import BEHAVIOURS
from reflectkit.analysis import UTTERANCE_COLUMNS
from reflectkit.cli import _parser, main, output


def process(*args, **env):
    """Run a command as users do."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "reflectkit", *map(str, args)],
        capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1", **env},
    )  # fmt: skip


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def run(*args, stdin=""):
    """Run a command in this process, which has loaded what it needs."""
    streams = [io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="") for text in (stdin, "", "")]
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        try:
            code = main([str(a) for a in args])
        except SystemExit as stop:  # as argparse ends
            code = stop.code
    for stream in streams:
        stream.seek(0)
    return Done(code, streams[1].read(), streams[2].read())


def test_summary_and_file(tmp_path):
    out = tmp_path / "result.json"
    done = process("analyze", EXAMPLES / "kitchen-table.txt", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "What the worker's" in done.stdout
    assert json.loads(out.read_text("utf-8"))["session"] == "kitchen-table"
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


def test_torch_is_left_out_where_it_is_installed(tmp_path):
    """Importing it takes longer than an analysis."""
    (tmp_path / "torch.py").write_text("raise SystemExit('torch was imported')\n")
    done = process("analyze", EXAMPLES / "kitchen-table.txt", "--model", "fast", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("model", ["accurate", "fast"])
def test_no_way_into_the_network_is_even_loaded(tmp_path, model):
    """spaCy would import three HTTP clients, one of which opens a socket as it is imported."""
    code = (
        "import atexit, sys\n"
        "clients = ('requests', 'httpx', 'urllib3', 'aiohttp', 'http.client', 'ssl')\n"
        "atexit.register(lambda: print('loaded:', [c for c in clients if c in sys.modules]))\n"
        "from reflectkit.cli import main\n"
        "raise SystemExit(main())\n"
    )
    command = [sys.executable, "-c", code, "analyze", str(EXAMPLES / "kitchen-table.txt"), "--model", model]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_json_and_csv_on_standard_output():
    done = run("analyze", EXAMPLES / "evening-chat.json", "--json")
    assert json.loads(done.stdout)["roles"]["worker"] == ["supporter"]
    done = run("analyze", EXAMPLES / "video-call.vtt", "--worker", "ngozi a.", "--csv")
    from io import StringIO

    frame = pd.read_csv(StringIO(done.stdout))
    assert tuple(frame.columns) == (*UTTERANCE_COLUMNS, "signature")
    assert len(frame) > 10


def test_counting_by_stretches():
    done = run("analyze", EXAMPLES / "kitchen-table.txt", "--counting", "volley", "--json")
    assert "|counting:volley|" in json.loads(done.stdout)["signature"]


def test_standard_input_and_named_columns():
    csv = "A,B,C\nx,How was it?,1\ny,Bad.,2\n"
    done = run("analyze", "-", "--speaker-column", "A", "--text-column", "B", "--worker", "x", "--json", stdin=csv)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["utterances"][0]["text"] == "How was it?"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["analyze", "gone.txt"], "gone.txt: there is no such file"),
        (["report", EXAMPLES, "-o", "page.html"], "this is a folder"),
        (
            ["analyze", EXAMPLES / "video-call.vtt", "--worker", "Bob"],
            "no speaker is called 'Bob'. Speakers found: 'Ngozi A.', 'Priya'",
        ),
        (["analyze", EXAMPLES / "drop-in.csv", "--model", "nonesuch"], "no such model"),
        (["codebook", "kindness"], "no behaviour 'kindness'"),
        (["corpus", "check", EXAMPLES], "sessions.csv is missing"),
    ],
)
def test_bad_calls_end_in_two_with_a_line(args, words):
    done = run(*args)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().split("\n")) <= 2


def test_usage_errors_end_in_two():
    for args in (
        [],
        ["analyze"],
        ["frobnicate"],
        ["analyze", "a.txt", "--json", "--csv"],
        ["analyze", "a.txt", "--format", "pptx"],
    ):
        done = run(*args)
        assert done.returncode == 2
        assert "usage" in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unwritable_place_leaves_nothing(tmp_path):
    done = run("analyze", EXAMPLES / "kitchen-table.txt", "--out", tmp_path / "no" / "such" / "r.json")
    assert done.returncode == 2
    assert "cannot write r.json" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_one_session_and_of_several(tmp_path):
    out = tmp_path / "page.html"
    done = run("report", EXAMPLES / "drop-in.csv", "-o", out, "--model", "fast")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Marlon (PSW)" in out.read_text("utf-8")
    done = run("report", EXAMPLES / "drop-in.csv", "-o", out, "--model", "fast", "--quotes", "none")
    assert (done.returncode, "Marlon" in out.read_text("utf-8")) == (0, False)
    done = run("report", EXAMPLES / "drop-in.csv", EXAMPLES / "kitchen-table.txt", "-o", out, "--model", "fast")
    assert done.returncode == 0, done.stderr
    assert "2 sessions" in out.read_text("utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_report_overwrites_no_transcript(tmp_path):
    path = tmp_path / "session.html"
    path.write_text("Worker: How was it?\nClient: Bad.\n", encoding="utf-8")
    done = run("report", EXAMPLES / "drop-in.csv", path, "-o", path)
    assert (done.returncode, "would overwrite" in done.stderr) == (2, True)
    assert path.read_text("utf-8").startswith("Worker")
    done = run("report", path, "-o", tmp_path / "page.pdf")
    assert (done.returncode, "ends in .html" in done.stderr) == (2, True)


def test_the_transcript_is_not_overwritten(tmp_path):
    path = tmp_path / "session.csv"
    path.write_text("speaker,text\nWorker,How?\nClient,Bad.\n", encoding="utf-8")
    done = run("analyze", path, "--out", path)
    assert (done.returncode, "would overwrite" in done.stderr) == (2, True)
    assert path.read_text("utf-8").startswith("speaker")
    done = run("analyze", path, "--out", tmp_path / "r.xlsx")
    assert (done.returncode, "ends in .json or .csv" in done.stderr) == (2, True)


def test_formulas_in_a_table_are_defused(tmp_path):
    path, out = tmp_path / "=cmd.csv", tmp_path / "r.csv"
    rows = 'speaker,text\n+Worker,"=HYPERLINK(""x"",""y"") What is it?"\n@Client,+1\n+Worker,-2 is cold. @you\n'
    path.write_text(rows, encoding="utf-8")
    assert run("analyze", path, "--worker", "+Worker", "--out", out).returncode == 0
    frame = pd.read_csv(out)
    cells = frame.select_dtypes("str").to_numpy().ravel()
    assert any(str(c).startswith("'=") for c in cells)
    assert not any(str(c)[:1] in "=+-@" for c in cells if isinstance(c, str))


NAMED = 'speaker,text\nWorker,"Hello Jenny Tully, ring me on 07700 900123."\nClient,=Jenny here.\n'


def test_screen_lists_places_and_words_only_when_asked(tmp_path):
    path, out = tmp_path / "session.csv", tmp_path / "masked.csv"
    path.write_text(NAMED, encoding="utf-8")
    done = run("screen", path)
    assert done.returncode == 0, done.stderr
    assert "3 items: name 2, phone 1" in done.stdout
    assert "Jenny" not in done.stdout + done.stderr
    assert "07700" not in done.stdout + done.stderr
    assert "Jenny Tully" in run("screen", path, "--show").stdout
    items = json.loads(run("screen", path, "--json").stdout)["items"]
    assert [(i["turn"], i["kind"], i["start"], i["end"]) for i in items] == [
        (0, "name", 6, 17), (0, "phone", 30, 42), (1, "name", 1, 6),
    ]  # fmt: skip
    assert run("screen", path, "--mask", out, "--roles").returncode == 0
    frame = pd.read_csv(out)
    assert frame["text"].tolist() == ["Hello [NAME_1], ring me on [PHONE_1].", "'=[NAME_1] here."]
    assert frame["speaker"].tolist() == ["Worker", "Client"]


def test_screen_refuses_what_it_cannot_write(tmp_path):
    path = tmp_path / "session.csv"
    path.write_text(NAMED, encoding="utf-8")
    for args, words in (
        (["--mask", path], "would overwrite"), (["--mask", tmp_path / "a.docx"], "ends in .csv"), (["--roles"], "Add --mask"),
        (["--least", "7"], "0 to 1"),
    ):  # fmt: skip
        done = run("screen", path, *args)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr
    assert path.read_text("utf-8") == NAMED


def test_analyze_says_in_one_line_that_identifiers_remain(tmp_path):
    path = tmp_path / "session.csv"
    path.write_text(NAMED, encoding="utf-8")
    done = run("analyze", path, "--model", "fast")
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().split("\n") == [
        "reflectkit: direct identifiers remain in the transcript (phone 1, name 1). "
        "reflectkit.screen lists them, reflectkit.mask replaces them."
    ]


# Several sessions ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two sessions and a file that is none."""
    place = tmp_path_factory.mktemp("sessions")
    (place / "b.txt").write_text("Worker: How was it?\nClient: Bad.\n", encoding="utf-8")
    (place / "a.csv").write_text("speaker,text\nWorker,You rang. Why?\nClient,Late.\n", encoding="utf-8")
    (place / "photo.png").write_bytes(b"\x89PNG\r\n")
    return place


def test_a_folder_is_a_summary_a_session(folder, tiny_model, capsys):
    assert main(["analyze", str(folder), "--model", str(tiny_model)]) == 0
    said, complained = capsys.readouterr()
    assert [line for line in said.split("\n") if line.startswith("Session ")] == ["Session a", "Session b"]
    first, last = complained.strip().split("\n")
    assert first.startswith("reflectkit: photo.png: this is a picture")
    assert last == "reflectkit: 2 of 3 sessions analysed."


def test_a_folder_says_in_one_line_how_many_sessions_hold_identifiers(tiny_model, tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(NAMED, encoding="utf-8")
    (tmp_path / "c.txt").write_text("Worker: How was it?\nClient: Bad.\n", encoding="utf-8")
    done = run("analyze", tmp_path, "--json", "--model", tiny_model)
    assert done.stderr.startswith("reflectkit: direct identifiers remain in 2 of 3 sessions. reflectkit screen lists")
    assert done.stderr.count("\n") == 1


def test_a_folder_as_lines_of_json_and_as_one_table(folder, tiny_model, capsys, tmp_path):
    main(["analyze", str(folder), "--json", "--model", str(tiny_model), "--counting", "volley"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["session"] for one in found] == ["a", "b"]
    assert all("|counting:volley|" in one["signature"] for one in found)
    main(["analyze", str(folder / "b.txt"), str(folder / "a.csv"), "--csv", "--model", str(tiny_model)])
    table = tmp_path / "t.csv"
    table.write_text(capsys.readouterr().out, encoding="utf-8")
    assert pd.read_csv(table)["session"].tolist() == ["b", "a", "a"]


def test_a_folder_into_a_folder_is_a_batch(folder, tiny_model, capsys, tmp_path):
    for name, out in (("analyze", "one"), ("batch", "two")):
        assert main([name, str(folder), "--out", str(tmp_path / out), "--model", str(tiny_model)]) == 0
        assert "2 sessions in" in capsys.readouterr().out
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / out).rglob("*") if p.is_file()} for out in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--out", "all.csv"], "results of several sessions are a folder"),
        (["--out", "results", "--json"], "results of several sessions are a folder"),
        (["--session", "3"], "--session takes one session out of one file"),
        (["-"], "standard input (-) is one session"),
        (["gone.txt"], "gone.txt: there is no such file or folder"),
        (["--jobs", "0"], "0 would do nothing"),
    ],
)
def test_what_makes_no_sense_of_a_folder_is_refused(folder, args, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("analyze", folder, *args)
    assert (done.returncode, done.stdout, words in done.stderr) == (2, "", True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_sessions_is_an_error(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for args in ([], ["--out", str(tmp_path / "results")]):
        assert main(["analyze", str(tmp_path / "empty"), "--model", "fast", *args]) == 2
        assert "empty: there is nothing in it to analyse" in capsys.readouterr().err


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def test_long_work_shows_rate_and_time_left_on_a_terminal_only(folder, tiny_model, capsys, tmp_path, monkeypatch):
    args = ["batch", str(folder), "--out", str(tmp_path / "results"), "--model", str(tiny_model)]
    monkeypatch.setenv("TERM", "xterm")
    assert main(args) == 0
    assert "it/s" not in (err := capsys.readouterr().err)
    assert "\r" not in err
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(args) == 0
    assert re.search(r"3/3 \[\d\d:\d\d<\d\d:\d\d, +[\d.]+ ?(sessions/s|s/ sessions)", sys.stderr.getvalue())
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stderr", Terminal())
    main(args)
    assert "\r" not in sys.stderr.getvalue()


# The look of it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "on_terminal", "in_pipe"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colours_are_for_terminals_and_can_be_had_or_refused(env, on_terminal, in_pipe, monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm"} | env).items():
        monkeypatch.setenv(name, value)
    assert output.takes_colours(Terminal()) is on_terminal
    assert output.takes_colours(io.StringIO()) is in_pipe


def test_colours_change_no_word(tiny_model, monkeypatch, capsys):
    args = ["analyze", str(EXAMPLES / "kitchen-table.txt"), "--model", str(tiny_model)]
    main(args)
    plain = capsys.readouterr().out
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(args)
    coloured = capsys.readouterr().out
    assert "\x1b[" not in plain
    assert "\x1b[1mTalk\x1b[0m\n" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_every_command_has_examples_that_are_right():
    def pages(parser, name=()):
        yield name, parser.epilog or ""
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for command, below in action.choices.items():
                    yield from pages(below, (*name, command))

    seen = 0
    for name, epilog in pages(_parser()):
        calls = [line.split("  ")[1] for line in epilog.split("\n") if line.startswith("  reflectkit ")]
        assert calls or "completion" in name, name
        for call in calls:
            words = shlex.split(call.split(" > ")[0])
            assert _parser().parse_args(words[1:]).run, call
            seen += 1
    assert seen > 40


def test_a_fault_tells_its_place_and_no_words(monkeypatch, capsys):
    from reflectkit import pipeline

    monkeypatch.setattr(pipeline, "analyze", lambda *_, **__: {}["xanthippe"])
    assert main(["analyze", str(EXAMPLES / "kitchen-table.txt")]) == 1
    said = "".join(capsys.readouterr())
    assert "an unexpected KeyError in test_cli.py, line" in said
    assert "xanthippe" not in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell, capsys):
    assert main(["completion", shell]) == 0
    assert "reflectkit" in capsys.readouterr().out


def test_a_shell_is_told_what_could_come_next(tmp_path):
    answer = tmp_path / "answer"
    for line, expected in (("reflectkit ana", ["analyze", "analyse"]), ("reflectkit codebook op", ["open_question "])):
        asked = {"COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE": "1"}
        done = process(**asked, _ARGCOMPLETE_STDOUT_FILENAME=str(answer), _ARGCOMPLETE_IFS="|")
        assert (done.returncode, done.stderr) == (0, "")
        assert sorted(answer.read_text("utf-8").split("|")) == sorted(expected)


def test_codebook_measures_models_version():
    whole = run("codebook").stdout
    for b in BEHAVIOURS:
        assert f"| `{b.value}` |" in whole
        assert run("codebook", b.label).stdout.startswith(b.value)
    assert "talk_ratio (ratio)" in run("measures").stdout
    models = run("models").stdout
    assert "(default)" in models
    assert "licence: " in models
    assert run("--version").stdout.startswith("reflectkit ")


def test_help_shows_examples_and_needs_nothing_heavy():
    code = (
        "import sys; from reflectkit.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "assert not {'spacy', 'sklearn', 'pandas', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "reflectkit analyze session.txt" in done.stdout


def test_a_reader_that_stops_early_is_no_error():
    shell = f'"{sys.executable}" -m reflectkit codebook | head -1'
    done = subprocess.run(shell, shell=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_a_console_without_unicode_still_works():
    done = process("analyze", EXAMPLES / "kitchen-table.txt", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
