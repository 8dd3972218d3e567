"""``reflectkit screen``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command
from reflectkit.cli.convert import FORMS
from reflectkit.cli.output import show
from reflectkit.cli.reading import add_reading, reading, refuse_overwriting, source
from reflectkit.errors import ReflectkitError

if TYPE_CHECKING:
    from reflectkit.cli.commands import Subparsers
    from reflectkit.identifiers import Item, Screening
    from reflectkit.values import Transcript

EXAMPLES = """  reflectkit screen session.csv                            kinds and places, without the words
  reflectkit screen session.csv --show                     with the words, to look at them
  reflectkit screen session.csv --mask masked.csv          and a copy with placeholders
  reflectkit screen session.csv --mask masked.csv --roles  the speakers' labels too

It misses some: look yourself before you share. Masked text is still personal data."""

_NOTE = "This screens and misses some: look yourself before you share. Masked text is still personal data.\n"


def add(commands: Subparsers) -> None:
    """Add the command of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    screen = command(
        commands,
        "screen",
        help="list what in a transcript may identify someone, and mask it",
        description="List what may identify someone: turn, kind, confidence and place, not the words.",
        examples=EXAMPLES,
    )
    screen.add_argument("file", help="transcript in any of the formats; - for standard input")
    add_reading(screen)
    screen.add_argument(
        "--least",
        type=float,
        default=0.5,
        metavar="CONFIDENCE",
        help="list items from this confidence on (0 to 1; 0.5 if not given)",
    )
    screen.add_argument("--show", action="store_true", help="print the words found as well")
    screen.add_argument("--json", action="store_true", help="give the items as JSON instead of a table")
    screen.add_argument(
        "--mask", metavar="OUT", help=f"write the transcript with placeholders to OUT ({', '.join(FORMS)})"
    )
    screen.add_argument(
        "--roles", action="store_true", help="with --mask: write roles in place of the speakers' labels"
    )
    screen.set_defaults(run=_screen)


def _screen(options: argparse.Namespace) -> int:
    from reflectkit.identifiers import mask, screen
    from reflectkit.read import read_transcript

    out = Path(options.mask) if options.mask is not None else None
    if out is not None:
        if out.suffix.casefold() not in FORMS:
            raise ReflectkitError(f"--mask {out.name}: write to a name that ends in {', '.join(FORMS)}.")
        refuse_overwriting(out, options.file)
    if options.roles and out is None:
        raise ReflectkitError("--roles is for --mask. Add --mask OUT.csv, or leave it out.")
    transcript = read_transcript(source(options.file), **reading(options))
    found = screen(transcript, least=options.least)
    if out is not None:
        masked = mask(transcript, least=options.least, speakers="roles" if options.roles else "names")
        getattr(masked, f"to_{FORMS[out.suffix.casefold()]}")(out)
    if options.json:
        rows = [_row(i) | ({"words": _words(transcript, i)} if options.show else {}) for i in found]
        show(json.dumps({"counts": found.counts, "items": rows}, ensure_ascii=False, indent=2) + "\n")
    else:
        show(_table(transcript, found, words=options.show) + (f"written to {out}\n" if out is not None else "") + _NOTE)
    return 0


def _row(item: Item) -> dict[str, object]:
    return {
        "turn": item.turn, "field": item.field, "start": item.start, "end": item.end, "kind": str(item.kind),
        "confidence": item.confidence, "basis": item.basis,
    }  # fmt: skip


def _words(transcript: Transcript, item: Item) -> str:
    if item.turn is None:
        return transcript.session[item.start : item.end]
    turn = transcript.turns[item.turn]
    return (turn.speaker if item.field == "speaker" else turn.text)[item.start : item.end]


def _table(transcript: Transcript, found: Screening, *, words: bool) -> str:
    lines = []
    if len(found):
        lines.append(
            f"{'turn':>5}  {'field':8} {'kind':16} {'confidence':>10}  {'place':13} basis{'; words' if words else ''}"
        )
    for i in found:
        turn = "" if i.turn is None else str(i.turn)
        shown = f"; {' '.join(_words(transcript, i).split())}" if words else ""
        lines.append(
            f"{turn:>5}  {i.field:8} {i.kind:16} {i.confidence:>10.2f}  {f'{i.start}-{i.end}':13} {i.basis}{shown}"
        )
    counts = ", ".join(f"{kind} {n}" for kind, n in found.counts.items())
    lines.append(f"{len(found)} items{': ' + counts if counts else ''}")
    return "\n".join(lines) + "\n"
