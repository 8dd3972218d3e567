"""The command line: reads arguments, calls the library, prints what it returns.

Exit codes: 0 done, 2 bad call or bad input. Errors are one or two lines on standard error, without the transcript's words.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from reflectkit.cli import analyze, batch, convert, learn, reference, report, screen
from reflectkit.errors import ReflectkitError, ReflectkitWarning


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments without the program's name; those of the process if not given.

    Returns
    -------
    int
        0 when done, 2 for a bad call or bad input.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            warnings.simplefilter("always", ReflectkitWarning)  # a warning to people, whatever Python is told to do
            return int(options.run(options))
    except ReflectkitError as error:
        print(f"reflectkit: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f" {Path(error.filename).name}" if error.filename else ""
        print(
            f"reflectkit: cannot write{place} ({error.strerror}). Check the path and free space.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("reflectkit: stopped", file=sys.stderr)
        return 130
    return 2


def _show_warning(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
    """Print a warning on one line, without the place in the source it comes from."""
    print(f"reflectkit: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reflectkit",
        description="Reflective-listening feedback on peer-support and counselling transcripts. Nothing leaves this machine.",
        epilog=analyze.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(run=_no_command(parser))
    commands = parser.add_subparsers(metavar="COMMAND")

    for group in (analyze, report, batch, convert, screen, reference, learn):
        group.add(commands)
    return parser


def _no_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        if options.version:
            from reflectkit.version import __version__

            print(f"reflectkit {__version__}")
            return 0
        parser.print_help(sys.stderr)
        return 2

    return run
