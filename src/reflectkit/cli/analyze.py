"""``reflectkit analyze``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.output import show
from reflectkit.cli.reading import add_analysis, add_reading, analysing, refuse_overwriting, source
from reflectkit.errors import ReflectkitError
from reflectkit.files import safe_cells, write_atomically

if TYPE_CHECKING:
    from reflectkit.analysis import Analysis
    from reflectkit.cli.output import Subparsers

EXAMPLES = """examples:
  reflectkit analyze session.txt                     print a summary
  reflectkit analyze session.vtt --worker "Dee W"    say who the worker is
  reflectkit analyze session.csv --out result.json   write everything as JSON
  reflectkit analyze session.csv --csv               print the worker's utterances as CSV
  reflectkit codebook reflection                     what "reflection" means"""


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    analyse = commands.add_parser(
        "analyze",
        aliases=["analyse"],
        help="classify a session's worker utterances and measure the balance of talk",
        description="Classify every worker utterance of a session and measure the balance of talk.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    analyse.add_argument("file", help="transcript in any of the formats; - for standard input")
    add_reading(analyse)
    add_analysis(analyse)
    form = analyse.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="give everything as JSON instead of a summary")
    form.add_argument("--csv", action="store_true", help="give the worker's utterances as CSV instead of a summary")
    analyse.add_argument(
        "--out", "-o", metavar="FILE", help="write to FILE (.json or .csv by its ending) and print the summary"
    )
    analyse.set_defaults(run=_analyze)


def _analyze(options: argparse.Namespace) -> int:
    from reflectkit.pipeline import analyze

    out = Path(options.out) if options.out is not None else None
    if out is not None:
        if out.suffix.casefold() not in (".json", ".csv") and not (options.json or options.csv):
            raise ReflectkitError(
                f"--out {out.name}: write to a name that ends in .json or .csv, or add --json or --csv."
            )
        refuse_overwriting(out, options.file)
    result = analyze(source(options.file), **analysing(options))
    as_csv = options.csv or (out is not None and not options.json and out.suffix.casefold() == ".csv")
    text = _csv(result) if as_csv else result.to_json()
    if out is not None:
        write_atomically(out, text)
        show(f"{result.summary()}written to {out}\n")
    else:
        show(text if options.json or options.csv else result.summary())
    return 0


def _csv(result: Analysis) -> str:
    return str(safe_cells(result.to_frame()).to_csv(index=False, lineterminator="\n"))
