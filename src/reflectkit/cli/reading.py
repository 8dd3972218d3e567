"""What every command that reads a transcript asks for."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from reflectkit.cli.commands import completed
from reflectkit.read.formats import NAMES

_COLUMNS = ("text", "speaker", "role", "start", "end", "session")


def add_reading(command: argparse.ArgumentParser, *, one: bool = True) -> None:
    """Add the options of reading.

    Parameters
    ----------
    command : argparse.ArgumentParser
        Of a command that reads transcripts.
    one : bool, optional
        False if the command takes every session of a table, not one.
    """
    group = command.add_argument_group("reading")
    group.add_argument(
        "--worker",
        action="append",
        metavar="NAME",
        help="speaker who is the worker: label, number in order of appearance or pattern (may be given again)",
    )
    group.add_argument(
        "--client", action="append", metavar="NAME", help="speaker who is the client, likewise (may be given again)"
    )
    group.add_argument(
        "--format",
        choices=NAMES,
        metavar="FORMAT",
        help=f"format, if it is not found from the content: {', '.join(NAMES)}",
    )
    group.add_argument("--encoding", help="text encoding, if it is not found")
    if one:
        group.add_argument("--session", metavar="NAME", help="session to take from a table of several")
    for meaning in _COLUMNS:
        group.add_argument(f"--{meaning}-column", metavar="COLUMN", help=f"column or key of the {meaning}")


def add_analysis(command: argparse.ArgumentParser) -> None:
    """Add the options of analysing.

    Parameters
    ----------
    command : argparse.ArgumentParser
        Of a command that analyses transcripts.
    """
    completed(command.add_argument("--model", help="name of a shipped model or folder of a model"), models)
    command.add_argument(
        "--counting",
        choices=("utterance", "volley"),
        default="utterance",
        help="count behaviours in each utterance, or once in each stretch until the client takes the floor",
    )


def add_jobs(command: argparse.ArgumentParser) -> None:
    """Add the option of how many processes work.

    Parameters
    ----------
    command : argparse.ArgumentParser
        Of a command that analyses many sessions.
    """
    command.add_argument(
        "--jobs",
        "-j",
        type=number_of_processes,
        default=1,
        metavar="N",
        help="processes; -1 for one a core (default 1)",
    )


def number_of_processes(given: str) -> int:
    """Read the number of processes.

    Parameters
    ----------
    given : str
        As typed.

    Returns
    -------
    int
        Not 0; negative as for joblib.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no whole number, 0, or many times the number of cores.
    """
    try:
        n = int(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is no whole number of processes") from None
    most = 4 * (os.cpu_count() or 1)
    if n > most:
        raise argparse.ArgumentTypeError(f"{n} processes would stand in each other's way: give {most} or fewer")
    if n == 0:
        raise argparse.ArgumentTypeError("0 would do nothing: give a number of processes, or -1 for one a core")
    return n


def models(**_: Any) -> list[str]:  # noqa: ANN401
    """Return the names of the shipped models, for shells that complete them.

    Parameters
    ----------
    **_
        What the shell knows.

    Returns
    -------
    list of str
        Names that ``--model`` takes; folders are taken too.
    """
    from reflectkit.classify import available_models

    return list(available_models())


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


def reading(options: argparse.Namespace, *, one: bool = True) -> dict[str, Any]:
    """Return the options of reading as `reflectkit.read_transcript` takes them.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command.
    one : bool, optional
        False for every session of a table, as `reflectkit.analyze_many` takes them.

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
        "encoding": options.encoding,
        **({"session": options.session} if one else {}),
    }


def analysing(options: argparse.Namespace, *, one: bool = True) -> dict[str, Any]:
    """Return the options of reading and analysing as `reflectkit.analyze` takes them.

    Parameters
    ----------
    options : argparse.Namespace
        Of the command.
    one : bool, optional
        False for every session of a table, as `reflectkit.analyze_many` takes them.

    Returns
    -------
    dict of str to object
        Keyword arguments.
    """
    return {**reading(options, one=one), "model": options.model, "counting": options.counting}


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
        if file != "-" and out.exists() and os.path.exists(file) and out.samefile(file):
            raise TranscriptError("--out would overwrite the transcript.", "Give another name.", file=out.name)
