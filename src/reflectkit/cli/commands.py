"""How every command is added: with a sentence on what it does, and examples."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def command(
    commands: Subparsers,
    name: str,
    *,
    help: str,
    examples: str,
    description: str | None = None,
    aliases: Sequence[str] = (),
) -> argparse.ArgumentParser:
    """Add a command.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program, or of a command with actions.
    name : str
        What it is called by.
    help : str
        What it does, for the list of commands.
    examples : str
        Lines ``  reflectkit …   what it does``, and what else is to be said after them.
    description : str, optional
        What it does, for its own page; `help` as a sentence if not given.
    aliases : sequence of str, optional
        Other names.

    Returns
    -------
    argparse.ArgumentParser
        Of the command, for its arguments.
    """
    return commands.add_parser(
        name,
        aliases=list(aliases),
        help=help,
        description=textwrap.fill(description or f"{help[:1].upper()}{help[1:]}.", 100),
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def completed(argument: argparse.Action, by: Callable[..., list[str]]) -> None:
    """Let shells complete an argument.

    Parameters
    ----------
    argument : argparse.Action
        The argument.
    by : callable
        Gives what it may be, whatever it is given; called only when a shell asks.
    """
    argument.completer = by  # type: ignore[attr-defined]
