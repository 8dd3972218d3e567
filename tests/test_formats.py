"""The registry of formats, and what follows it."""

from __future__ import annotations

import subprocess
import sys

from conftest import ROOT
from reflectkit.read.formats import BY_SUFFIX, FORMATS, NAMES, as_table


def test_the_readme_and_the_command_line_follow_the_registry():
    assert as_table() in (ROOT / "README.md").read_text("utf-8")
    shown = subprocess.run(
        [sys.executable, "-m", "reflectkit", "analyze", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert all(name in shown.split("content:")[1].split("--encoding")[0].replace(",", " ").split() for name in NAMES)


def test_a_name_and_an_ending_belong_to_one_format():
    assert len(set(NAMES)) == len(FORMATS)
    assert len(BY_SUFFIX) == sum(len(f.suffixes) for f in FORMATS)
    assert all(suffix.startswith(".") and suffix == suffix.casefold() for suffix in BY_SUFFIX)
