"""Notebooks run from top to bottom, leave nothing behind, and are kept without outputs."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SAYS = {
    "01": "story:",
    "02": r"drop-in\.html: \d+ kB",
    "03": r"78 sessions, [\d,]+ worker utterances labelled by a model \(model:fast@",
    "04": "'renamed' stand in different splits",
    "05": r"Screening\(0 items: none\)",
    "06": "4 sessions, 0 errors, 2 as they were",
}
"""What each prints at the point it was written for."""

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def test_the_notebooks_are_numbered_without_a_gap():
    assert [p.name[:2] for p in NOTEBOOKS] == list(SAYS)


@each
def test_outputs_are_stripped(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [f"cell-{i:02}" for i in range(len(notebook.cells))]
    for cell in cells(notebook, "code"):
        assert cell.outputs == []
        assert cell.execution_count is None


@each
def test_each_opens_with_whom_it_is_for_and_links_to_what_is_there(path):
    prose = [cell.source for cell in cells(nbformat.read(path, as_version=4), "markdown")]
    assert re.match(r"# [^\n]+\n\n\*\*For\*\* .+\*\*At the end you have\*\* ", prose[0])
    for link in re.findall(r"\]\(([^)#]+)", "\n".join(prose)):
        assert (FOLDER / link).exists(), link


@pytest.mark.local_sockets
@pytest.mark.filterwarnings("ignore")
@each
def test_runs_from_top_to_bottom(path):
    before = sorted(FOLDER.iterdir())
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}, kernel_name="python3")
    client.execute()
    printed = "".join(o.get("text", "") for c in cells(notebook, "code") for o in c.outputs)
    assert re.search(SAYS[path.name[:2]], printed)
    assert sorted(FOLDER.iterdir()) == before
