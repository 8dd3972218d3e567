"""``reflectkit convert``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command
from reflectkit.cli.output import show
from reflectkit.cli.reading import add_reading, reading, refuse_overwriting, source
from reflectkit.errors import ReflectkitError

if TYPE_CHECKING:
    from reflectkit.cli.commands import Subparsers

EXAMPLES = """  reflectkit convert session.vtt --out session.csv                      for a spreadsheet
  reflectkit convert session.docx --out session.txt --worker "Dee W"    with who is who
  reflectkit convert sessions.csv --session 12 --out twelve.json        one session of a table"""

FORMS = {".csv": "csv", ".json": "json", ".vtt": "vtt", ".txt": "text"}


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    convert = command(
        commands,
        "convert",
        help="write a transcript in another format",
        description="Read a transcript and write it as CSV, JSON, WebVTT or text, with speakers, roles and times. "
        "Read again, it is the same transcript.",
        examples=EXAMPLES,
    )
    convert.add_argument("file", help="transcript in any of the formats; - for standard input")
    add_reading(convert)
    convert.add_argument(
        "--out",
        "-o",
        metavar="FILE",
        required=True,
        help=f"file to write; its ending says the format: {', '.join(FORMS)}",
    )
    convert.set_defaults(run=_convert)


def _convert(options: argparse.Namespace) -> int:
    from reflectkit.read import read_transcript

    out = Path(options.out)
    form = FORMS.get(out.suffix.casefold())
    if form is None:
        raise ReflectkitError(f"--out {out.name}: write to a name that ends in {', '.join(FORMS)}.")
    refuse_overwriting(out, options.file)
    transcript = read_transcript(source(options.file), **reading(options))
    getattr(transcript, f"to_{form}")(out)
    rows = sum(len(turn.pieces) for turn in transcript.turns)
    show(f"{rows} rows, {len(transcript.turns)} turns, read as {transcript.format} ({transcript.format_reason})\n")
    for note in transcript.notes:
        place = f"line {note.line}: " if note.line is not None else f"row {note.row}: " if note.row is not None else ""
        show(f"  {note.kind}: {place}{note.message} ({note.count})\n")
    show(f"written to {out}\n")
    return 0
