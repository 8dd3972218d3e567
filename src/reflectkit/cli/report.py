"""``reflectkit report``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command
from reflectkit.cli.output import show
from reflectkit.cli.reading import add_analysis, add_reading, analysing, refuse_overwriting, source
from reflectkit.errors import ReflectkitError
from reflectkit.files import write_atomically

if TYPE_CHECKING:
    from reflectkit.cli.commands import Subparsers

EXAMPLES = """  reflectkit report session.vtt -o session.html               one session as a page for the browser
  reflectkit report session.csv -o page.html --quotes none    without any words of the session
  reflectkit report may.txt june.txt july.txt -o three.html   sessions of one worker, in order of time"""


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    report = command(
        commands,
        "report",
        help="write a session as a page for the browser, or several sessions over time",
        description="Write one self-contained page: a session with its timeline and annotated transcript, "
        "or, from several files, sessions of one worker or one caseload over time.",
        examples=EXAMPLES,
    )
    report.add_argument("file", nargs="+", help="transcript; - for standard input; several in order of time")
    report.add_argument("--out", "-o", metavar="FILE", required=True, help="write the page to FILE (.html)")
    report.add_argument(
        "--quotes",
        choices=("full", "masked", "none"),
        default="full",
        help="words shown: all, names and other identifiers masked, or none; a page of several sessions shows none in "
        "any case and numbers the sessions instead of naming them for masked and none",
    )
    add_reading(report)
    add_analysis(report)
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from reflectkit.pipeline import analyze
    from reflectkit.progress import bar
    from reflectkit.report.sessions import report_sessions

    out = Path(options.out)
    if out.suffix.casefold() not in (".html", ".htm"):
        raise ReflectkitError(f"--out {out.name}: write to a name that ends in .html.")
    refuse_overwriting(out, *options.file)
    how = analysing(options)
    files = bar(options.file, total=len(options.file), unit="sessions") if len(options.file) > 1 else options.file
    analyses = [analyze(source(file), **how) for file in files]
    if len(analyses) == 1:
        page = analyses[0].to_html(quotes=options.quotes)
    else:
        page = report_sessions(analyses, names=options.quotes == "full")
    write_atomically(out, page)
    show(f"written to {out}\n")
    return 0
