"""``reflectkit completion``: what a shell needs to complete commands, options and files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from reflectkit.cli.commands import command
from reflectkit.cli.output import show

if TYPE_CHECKING:
    from reflectkit.cli.commands import Subparsers

SHELLS = ("bash", "zsh", "fish")

EXAMPLES = """  eval "$(reflectkit completion bash)"     in this shell; for all, as a line of ~/.bashrc
  eval "$(reflectkit completion zsh)"      likewise in ~/.zshrc, after compinit
  reflectkit completion fish > ~/.config/fish/completions/reflectkit.fish"""


def add(commands: Subparsers) -> None:
    """Add the commands of this file.

    Parameters
    ----------
    commands : argparse subparsers
        Of the program.
    """
    completion = command(
        commands,
        "completion",
        help="print a script that makes a shell complete commands and options",
        examples=EXAMPLES,
    )
    completion.add_argument("shell", choices=SHELLS, help="the shell")
    completion.set_defaults(run=_completion)


def _completion(options: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    show(shellcode(["reflectkit"], shell=options.shell).lstrip("\n"))
    return 0
