"""``reflectkit batch``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from reflectkit.cli.output import show
from reflectkit.read.formats import NAMES

if TYPE_CHECKING:
    from reflectkit.cli.output import Subparsers

EXAMPLES = """examples:
  reflectkit batch sessions/ --out results/                     every file in a folder
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
    batch = commands.add_parser(
        "batch",
        help="analyse many sessions and write tables",
        description="Analyse a folder of sessions, or a table of many, and write the results to a folder.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    batch.add_argument("sources", nargs="+", metavar="FOLDER", help="folders, files, tables with a session column")
    batch.add_argument("--out", "-o", required=True, metavar="RESULTS", help="folder for the results")
    batch.add_argument(
        "--jobs", "-j", type=int, default=1, metavar="N", help="processes; -1 for one a core (default 1)"
    )
    batch.add_argument("--model", help="name of a shipped model or folder of a model")
    batch.add_argument("--worker", action="append", metavar="NAME", help="speaker who is the worker in all sessions")
    batch.add_argument("--client", action="append", metavar="NAME", help="speaker who is the client in all sessions")
    batch.add_argument(
        "--format", choices=NAMES, metavar="FORMAT", help="format of all files, if it is not found from the content"
    )
    batch.add_argument("--encoding", help="text encoding of all files, if it is not found")
    for meaning in ("text", "speaker", "role", "start", "end", "session"):
        batch.add_argument(f"--{meaning}-column", metavar="COLUMN", help=f"column or key of the {meaning}")
    batch.set_defaults(run=_batch)


def _batch(options: argparse.Namespace) -> int:
    from reflectkit.batch import run_batch
    from reflectkit.errors import BatchError, TranscriptError

    if options.jobs == 0:
        raise BatchError("--jobs 0 would do nothing.", "Give a number of processes, or -1.", options.out)
    for source in options.sources:
        _must_exist(source, TranscriptError)
    named = {m: getattr(options, f"{m}_column") for m in ("text", "speaker", "role", "start", "end", "session")}
    done = run_batch(
        options.sources[0] if len(options.sources) == 1 else options.sources,
        options.out,
        n_jobs=options.jobs,
        model=options.model,
        worker=options.worker,
        client=options.client,
        format=options.format,
        columns={m: name for m, name in named.items() if name is not None} or None,
        encoding=options.encoding,
        progress=True,
    )
    show(f"{done.sessions} sessions in {options.out}\n")
    if not done.parquet:
        print("reflectkit: tables are CSV only; for parquet install reflectkit[batch]", file=sys.stderr)
    if done.errors:
        print(f"reflectkit: {done.errors} could not be analysed: see errors.csv there", file=sys.stderr)
    return 0 if done.sessions else 2


def _must_exist(source: str, error: type[Exception]) -> None:
    from pathlib import Path

    if not Path(source).exists():
        raise error(f"{Path(source).name}: there is no such file or folder. Check the path.")
