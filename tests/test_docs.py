"""Pages say what the code says, and what they point to is there. (The site itself is built by ``.ci/run``, warnings as errors.)"""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
from types import ModuleType

import pytest

import reflectkit
import reflectkit.learn
from conftest import ROOT
from reflectkit.measure.definitions import markdown

DOCS = ROOT / "docs"
HANDWRITTEN = [p for p in (*DOCS.glob("*.md"), *DOCS.glob("guides/*.md"))]
MARKDOWN = [
    *ROOT.glob("*.md"),
    *HANDWRITTEN,
    *ROOT.glob("models/**/*.md"),
    *ROOT.glob("data/*/*.md"),
    *ROOT.glob("src/**/*.md"),
]


@pytest.fixture(scope="module")
def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("made", DOCS / "made.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_measures_is_what_the_command_prints():
    assert (DOCS / "measures.md").read_text("utf-8") == markdown(), (
        "run: reflectkit measures --markdown > docs/measures.md"
    )


def test_every_public_name_is_in_the_python_reference():
    listed: dict[str, set[str]] = {}
    module = ""
    for line in (DOCS / "api.md").read_text("utf-8").splitlines():
        if line.startswith(".. currentmodule::"):
            module = line.split()[-1]
        elif name := re.fullmatch(r"(?:   |\.\. py:data:: )([\w.]+)", line):
            listed.setdefault(module, set()).add(name[1])
    plots = {
        name for name, f in inspect.getmembers(reflectkit.plot, inspect.isfunction) if f.__module__ == "reflectkit.plot"
    }
    assert set(reflectkit.__all__) - {"plot"} - listed["reflectkit"] == set()
    assert {name for name in plots if not name.startswith("_")} == listed["reflectkit.plot"]
    assert set(reflectkit.learn.__all__) == listed["reflectkit.learn"]


def test_every_page_is_in_the_contents(made):
    trees = re.findall(r"```\{toctree\}\n(?::[^\n]*\n)*\n(.*?)```", (DOCS / "index.md").read_text("utf-8"), re.DOTALL)
    contents = [line for tree in trees for line in tree.split()]
    pages = [p.relative_to(DOCS).with_suffix("").as_posix() for p in HANDWRITTEN]
    assert sorted(contents) == sorted({*pages, *(f"made/{name}" for name in made.PAGES.values())} - {"index"})
    assert [path for path in made.PAGES if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_files_lead_somewhere(page, made):
    broken = []
    for link in made.LINK.finditer(made.CODE.sub("", page.read_text("utf-8"))):
        file = (page.parent / link["target"]).resolve()
        if ":" in link["target"]:
            continue
        if not file.is_file() or (link["anchor"] and link["anchor"][1:] not in _anchors(file.read_text("utf-8"))):
            broken.append(link[0])
    assert broken == []


def _anchors(text: str) -> set[str]:
    """Return what a heading is called in a link, as GitHub and the site's generator have it."""
    headings = re.findall(r"^#+ +(.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


def test_the_pages_made_from_the_code_hold_all_of_it(made):
    commands = made.commands()
    assert all(f"## reflectkit {name}\n" in commands for name in ("analyze", "report", "screen", "corpus check"))
    assert "## reflectkit analyse\n" not in commands
    schema = made.schema()  # fails on a key that does not say what it is
    assert all(f"| `{key}` |" in schema for key in reflectkit.json_schema()["properties"])
    assert json.dumps(reflectkit.json_schema(), indent=1) in schema


def test_links_out_of_the_documentation_go_to_the_pages_that_show_the_files(made):
    text = "[a](../models/README.md#the-models) `[b](../README.md)` [c](https://example.org) [d](scaling.md)"
    shown = made.relinked(text, DOCS / "index.md", DOCS)
    assert shown == "[a](made/models.md#the-models) `[b](../README.md)` [c](https://example.org) [d](scaling.md)"
    with pytest.raises(ValueError, match="links to the folder data, which is no page"):
        made.relinked("[e](../data)", DOCS / "index.md", DOCS)
