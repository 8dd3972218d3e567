"""What every command that reads a transcript asks for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from reflectkit.read.formats import NAMES

_COLUMNS = ("text", "speaker", "role", "start", "end")


def add_reading(command: argparse.ArgumentParser) -> None:
    """Add the options of reading.

    Parameters
    ----------
    command : argparse.ArgumentParser
        Of a command that reads transcripts.
    """
    command.add_argument(
        "--worker",
        action="append",
        metavar="NAME",
        help="speaker who is the worker: label, number in order of appearance or pattern (may be given again)",
    )
    command.add_argument(
        "--client", action="append", metavar="NAME", help="speaker who is the client, likewise (may be given again)"
    )
    command.add_argument(
        "--format",
        choices=NAMES,
        metavar="FORMAT",
        help=f"format, if it is not found from the content: {', '.join(NAMES)}",
    )
    command.add_argument("--encoding", help="text encoding, if it is not found")
    command.add_argument("--session", metavar="NAME", help="session to take from a table of several")
    for meaning in _COLUMNS:
        command.add_argument(f"--{meaning}-column", metavar="COLUMN", help=f"column or key of the {meaning}")


def add_analysis(command: argparse.ArgumentParser) -> None:
    """Add the options of analysing.

    Parameters
    ----------
    command : argparse.ArgumentParser
        Of a command that analyses transcripts.
    """
    command.add_argument("--model", help="name of a shipped model or folder of a model")
    command.add_argument(
        "--counting",
        choices=("utterance", "volley"),
        default="utterance",
        help="count behaviours in each utterance, or once in each stretch until the client takes the floor",
    )


def source(file: str) -> Any:  # noqa: ANN401
    """Return what a file argument stands for.

    Parameters
    ----------
    file : str
        Path, or ``-`` for standard input.

    Returns
    -------
    Path or binary stream
        As `reflectkit.analyze` takes it.
    """
    return sys.stdin.buffer if file == "-" else Path(file)


def reading(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of reading as `reflectkit.read_transcript` takes them.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command.

    Returns
    -------
    dict of str to object
        Keyword arguments.
    """
    named = {meaning: getattr(options, f"{meaning}_column") for meaning in _COLUMNS}
    return {
        "worker": options.worker,
        "client": options.client,
        "format": options.format,
        "columns": {meaning: name for meaning, name in named.items() if name is not None} or None,
        "session": options.session,
        "encoding": options.encoding,
    }


def analysing(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of reading and analysing as `reflectkit.analyze` takes them.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command.

    Returns
    -------
    dict of str to object
        Keyword arguments.
    """
    return {**reading(options), "model": options.model, "counting": options.counting}


def refuse_overwriting(out: Path, *files: str) -> None:
    """Make sure that no transcript is written over.

    Parameters
    ----------
    out : Path
        Where to write.
    *files : str
        Transcripts.

    Raises
    ------
    TranscriptError
        If `out` is one of them.
    """
    from reflectkit.errors import TranscriptError

    for file in files:
        if file != "-" and out.exists() and Path(file).exists() and out.samefile(file):
            raise TranscriptError("--out would overwrite the transcript.", "Give another name.", file=out.name)
