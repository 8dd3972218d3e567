"""What every command that reads a transcript asks for: how to read it, and who is who."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.formats import NAMES

_COLUMNS = ("text", "speaker", "role", "start", "end")


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the file and how to read it.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Of one command.
    """
    parser.add_argument("file", help="transcript in any of the formats; - for standard input")
    parser.add_argument(
        "--worker",
        action="append",
        metavar="NAME",
        help="speaker who is the worker: label, number in order of appearance or pattern (may be given again)",
    )
    parser.add_argument(
        "--client", action="append", metavar="NAME", help="speaker who is the client, likewise (may be given again)"
    )
    parser.add_argument(
        "--format",
        choices=NAMES,
        metavar="FORMAT",
        help=f"format, if it is not found from the content: {', '.join(NAMES)}",
    )
    parser.add_argument("--encoding", help="text encoding, if it is not found")
    parser.add_argument("--session", metavar="NAME", help="session to take from a table of several")
    for meaning in _COLUMNS:
        parser.add_argument(f"--{meaning}-column", metavar="COLUMN", help=f"column or key of the {meaning}")


def reading(options: argparse.Namespace) -> tuple[Any, dict[str, Any]]:
    """Return the source and the keywords of `reflectkit.read_transcript`.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed arguments of `add_reading`.

    Returns
    -------
    source : Path or binary file
        What to read.
    keywords : dict of str to object
        How to read it.
    """
    named = {meaning: getattr(options, f"{meaning}_column") for meaning in _COLUMNS}
    keywords = {
        "worker": options.worker,
        "client": options.client,
        "format": options.format,
        "columns": {meaning: name for meaning, name in named.items() if name is not None} or None,
        "session": options.session,
        "encoding": options.encoding,
    }
    return sys.stdin.buffer if options.file == "-" else Path(options.file), keywords


def keep_source(options: argparse.Namespace, out: Path) -> None:
    """Refuse to write over the transcript that is read.

    Parameters
    ----------
    options : argparse.Namespace
        Parsed arguments of `add_reading`.
    out : Path
        File to write.

    Raises
    ------
    TranscriptError
        If both are the same file.
    """
    if options.file != "-" and out.exists() and Path(options.file).exists() and out.samefile(options.file):
        raise TranscriptError("--out would overwrite the transcript.", "Give another name.", file=out.name)
