"""The command line: reads arguments, calls the library, prints what it returns.

Exit codes: 0 done, 1 a fault of reflectkit itself, 2 bad call or bad input. Errors are one or two lines on standard error,
without the transcript's words.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from reflectkit import tokens
from reflectkit.cli import analyze, batch, completion, convert, learn, reference, report, screen
from reflectkit.cli.output import complain
from reflectkit.errors import ReflectkitError, ReflectkitWarning, fault


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments without the program's name; those of the process if not given.

    Returns
    -------
    int
        0 when done, 1 for a fault of reflectkit itself, 2 for a bad call or bad input.
    """
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
        import argcomplete

        argcomplete.autocomplete(parser, always_complete_options=False)
    if sys.platform == "win32":
        from colorama import just_fix_windows_console

        just_fix_windows_console()
    options = parser.parse_args(arguments)
    tokens.own_process = arguments is None and not options.trains
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            warnings.simplefilter("always", ReflectkitWarning)  # a warning to people, whatever Python is told to do
            return int(options.run(options))
    except ReflectkitError as error:
        complain(str(error), fault=True)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f" {Path(error.filename).name}" if error.filename else ""
        complain(f"cannot write{place} ({error.strerror}). Check the path and free space.", fault=True)
    except KeyboardInterrupt:
        complain("stopped")
        return 130
    except Exception as error:  # a trace would show values, which may be words of the transcript
        complain(
            f"{fault(error)} That is a mistake in reflectkit: please report it, without the transcript.", fault=True
        )
        return 1
    return 2


def _show_warning(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
    """Print a warning on one line, without the place in the source it comes from."""
    complain(str(message))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reflectkit",
        description="Reflective-listening feedback on peer-support and counselling transcripts. Nothing leaves this machine.",
        epilog=f"examples:\n{analyze.EXAMPLES}\n\nreflectkit COMMAND --help has more examples of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.set_defaults(run=_no_command(parser), trains=False)
    commands = parser.add_subparsers(metavar="COMMAND")

    for group in (analyze, report, batch, convert, screen, reference, learn, completion):
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
