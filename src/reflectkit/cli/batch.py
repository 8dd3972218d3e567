"""``reflectkit batch``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command
from reflectkit.cli.output import complain, show
from reflectkit.cli.reading import add_analysis, add_jobs, add_reading, analysing
from reflectkit.errors import TranscriptError
from reflectkit.files import may_be_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reflectkit.cli.commands import Subparsers

EXAMPLES = """  reflectkit batch sessions/ --out results/                     every file in a folder
  reflectkit batch sessions/ --out results/ --jobs -1           on every core
  reflectkit batch corpus.csv --out results/ --model accurate   a table with a session column

A run that was stopped goes on when it is started again. results/ holds sessions, utterances and
directive_disclosures as CSV (and parquet, with pyarrow), errors.csv, and one JSON file a session."""


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    batch = command(
        commands,
        "batch",
        help="analyse many sessions and write tables",
        description="Analyse a folder of sessions, or a table of many, and write the results to a folder. "
        "The options of reading hold for all files.",
        examples=EXAMPLES,
    )
    batch.add_argument("sources", nargs="+", metavar="FOLDER", help="folders, files, tables with a session column")
    batch.add_argument("--out", "-o", required=True, metavar="RESULTS", help="folder for the results")
    add_reading(batch, one=False)
    add_analysis(batch)
    add_jobs(batch)
    batch.set_defaults(run=_batch)


def _batch(options: argparse.Namespace) -> int:
    for source in options.sources:
        must_exist(source)
    return into_folder(options, options.sources)


def into_folder(options: argparse.Namespace, sources: Sequence[str]) -> int:
    """Analyse many sessions into a folder of results, and say what came of it.

    Parameters
    ----------
    options : argparse.Namespace
        With the options of reading and analysing, ``jobs`` and ``out``.
    sources : sequence of str
        Folders and files.

    Returns
    -------
    int
        Exit code: 2 if no session could be analysed.
    """
    from reflectkit.batch import run_batch

    done = run_batch(
        sources[0] if len(sources) == 1 else sources,
        options.out,
        n_jobs=options.jobs,
        progress=True,
        **analysing(options, one=False),
    )
    show(f"{done.sessions} {'session' if done.sessions == 1 else 'sessions'} in {options.out}\n")
    if not done.parquet:
        complain("tables are CSV only; for parquet install reflectkit[parquet]")
    if done.errors:
        complain(f"{done.errors} could not be analysed: see errors.csv there")
    elif not done.sessions:
        complain(f"{Path(sources[0]).name}: there is nothing in it to analyse", fault=True)
    return 0 if done.sessions else 2


def must_exist(source: str) -> None:
    """Make sure that there is a file or folder.

    Parameters
    ----------
    source : str
        Its path.

    Raises
    ------
    TranscriptError
        If there is none.
    """
    if not os.path.exists(source):
        name = Path(source).name
        file = name if may_be_name(name) else None
        raise TranscriptError("there is no such file or folder.", "Check the path.", file=file)
