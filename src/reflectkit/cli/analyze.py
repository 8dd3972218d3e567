"""``reflectkit analyze``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.batch import into_folder, must_exist
from reflectkit.cli.commands import command
from reflectkit.cli.output import complain, show, with_titles
from reflectkit.cli.reading import add_analysis, add_jobs, add_reading, analysing, reading, refuse_overwriting, source
from reflectkit.errors import ReflectkitError, TranscriptError
from reflectkit.files import safe_cells, write_atomically
from reflectkit.read.corpora import UTTERANCES

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.batch import Failure
    from reflectkit.cli.commands import Subparsers

EXAMPLES = """  reflectkit analyze session.txt                     print a summary
  reflectkit analyze session.vtt --worker "Dee W"    say who the worker is
  reflectkit analyze session.csv --out result.json   write everything as JSON
  reflectkit analyze session.csv --csv               print the worker's utterances as CSV
  reflectkit analyze sessions/                       print a summary of every session in a folder
  reflectkit analyze sessions/ --csv                 the utterances of them all, as one CSV
  reflectkit analyze sessions/ --out results/        tables, and one JSON a session, as "reflectkit batch" does
  reflectkit codebook reflection                     what "reflection" means"""

_FAILURES_SHOWN = 20


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    analyse = command(
        commands,
        "analyze",
        aliases=["analyse"],
        help="classify the worker's utterances and measure the balance of talk",
        description="Classify every worker utterance and measure the balance of talk, "
        "in one session or in each of several. Nothing is added up over sessions, and none is ranked.",
        examples=EXAMPLES,
    )
    analyse.add_argument(
        "file",
        nargs="+",
        help="transcript in any of the formats, or several, or a folder of them; - for standard input",
    )
    add_reading(analyse)
    add_analysis(analyse)
    add_jobs(analyse)
    form = analyse.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", help="give everything as JSON instead of a summary; several sessions one a line"
    )
    form.add_argument("--csv", action="store_true", help="give the worker's utterances as CSV instead of a summary")
    analyse.add_argument(
        "--out",
        "-o",
        metavar="PLACE",
        help="for one session a file to write to (.json or .csv by its ending), and the summary is printed; "
        "for several a folder for the results",
    )
    analyse.set_defaults(run=_analyze)


def _analyze(options: argparse.Namespace) -> int:
    if len(options.file) == 1:
        folder = options.file[0] != "-" and os.path.isdir(options.file[0])
        if not folder or (options.session is not None and any(Path(options.file[0], u).is_file() for u in UTTERANCES)):
            return _one(options, options.file[0])
    return _several(options)


def _one(options: argparse.Namespace, file: str) -> int:
    from reflectkit.pipeline import analyze

    out = Path(options.out) if options.out is not None else None
    if out is not None:
        if out.suffix.casefold() not in (".json", ".csv") and not (options.json or options.csv):
            raise ReflectkitError(
                f"--out {out.name}: write to a name that ends in .json or .csv, or add --json or --csv; "
                "a page to look at is made by: reflectkit report."
            )
        refuse_overwriting(out, file)
    result = analyze(source(file), **analysing(options))
    if out is not None:
        as_csv = options.csv or (not options.json and out.suffix.casefold() == ".csv")
        write_atomically(out, _csv(result) if as_csv else result.to_json())
        show(f"{with_titles(result.summary())}written to {out}\n")
    elif options.csv:
        show(_csv(result))
    else:
        show(result.to_json() if options.json else with_titles(result.summary()))
    return 0


def _several(options: argparse.Namespace) -> int:
    if "-" in options.file:
        raise ReflectkitError("standard input (-) is one session. Give it alone.")
    if options.session is not None:
        raise ReflectkitError(
            "--session takes one session out of one file, and several sessions are analysed here. "
            "Leave it out, or give the one file."
        )
    for file in options.file:
        must_exist(file)
    if options.out is None:
        return _shown(options)
    if options.json or options.csv or Path(options.out).suffix.casefold() in (".json", ".csv"):
        raise ReflectkitError(
            f"--out {Path(options.out).name}: the results of several sessions are a folder, with tables and one JSON a "
            "session. Give a folder, such as --out results, or leave out --out to have one CSV or JSON lines."
        )
    return into_folder(options, options.file)


def _shown(options: argparse.Namespace) -> int:
    """Print one session after the other as they are done."""
    from reflectkit.batch import Failure, analyze_many
    from reflectkit.batch.sources import Reading, count
    from reflectkit.identifiers import remaining
    from reflectkit.progress import bar, visible

    sources = options.file[0] if len(options.file) == 1 else options.file
    results = analyze_many(sources, on_error="collect", n_jobs=options.jobs, **analysing(options, one=False))
    if visible() and not sys.stdout.isatty():  # summaries that scroll by tell enough
        results = bar(results, total=count(sources, Reading.of(**reading(options, one=False))), unit="sessions")
    done = identified = 0
    failures: list[Failure] = []
    for result in results:
        if isinstance(result, Failure):
            failures.append(result)
            continue
        if options.json:
            show(result.to_json(indent=None))
        elif options.csv:
            show(_csv(result, header=not done))
        else:
            show(("\n" if done else "") + with_titles(result.summary()))
        done += 1
        identified += bool(remaining(result.transcript))
    if identified:
        complain(
            f"direct identifiers remain in {identified} of {done} sessions. "
            "reflectkit screen lists them, reflectkit screen --mask replaces them."
        )
    for failure in failures[:_FAILURES_SHOWN]:
        complain(str(TranscriptError(failure.reason, file=failure.file, line=failure.line, row=failure.row)))
    if len(failures) > _FAILURES_SHOWN:
        complain(f"{len(failures) - _FAILURES_SHOWN} more could not be analysed; --out FOLDER lists them all.")
    if not done and not failures:
        raise TranscriptError(
            "there is nothing in it to analyse.", "Give a folder of transcripts.", file=options.file[0]
        )
    if failures:
        complain(f"{done} of {done + len(failures)} sessions analysed.")
    return 0 if done else 2


def _csv(result: Analysis, *, header: bool = True) -> str:
    return str(safe_cells(result.to_frame()).to_csv(index=False, lineterminator="\n", header=header))
