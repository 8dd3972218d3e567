"""What people said stays where it was: not in logs, reprs, errors, temporary files or the home directory."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from pathlib import Path

from conftest import EXAMPLES
from reflectkit import Transcript, analyze

WORD = "xanthippe"


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
