"""Pages made from the code say what the code says."""

from __future__ import annotations

from conftest import ROOT
from reflectkit.measure.definitions import markdown


def test_the_page_of_measures_is_what_the_command_prints():
    assert (ROOT / "docs" / "measures.md").read_text("utf-8") == markdown(), (
        "run: reflectkit measures --markdown > docs/measures.md"
    )
