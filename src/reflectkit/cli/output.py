"""What every command prints with: a console that always prints, and colours where they can be seen."""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO

from reflectkit.progress import is_terminal

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FOREIGN = re.compile(rf"(?!\x1b\[[0-9;]{{1,8}}m|\x1b\[0m){_CONTROL.pattern}")
"""What could drive a terminal: names and words of a transcript may hold it; our own colours are no more than colours."""


def _escaped(sign: re.Match[str]) -> str:
    return sign[0].encode("unicode_escape").decode()


def show(text: str) -> None:
    """Print text.

    Parameters
    ----------
    text : str
        Printed as it is, without a line break added.
    """
    # A console that cannot show a letter shows a question mark instead of ending in an error.
    if is_terminal(sys.stdout):
        text = _FOREIGN.sub(_escaped, text)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def complain(text: str, *, fault: bool = False) -> None:
    """Print a line on standard error, under the program's name.

    Parameters
    ----------
    text : str
        What to say.
    fault : bool, optional
        True if the command fails by it.
    """
    name = _styled("reflectkit:", "1;31" if fault else "33", sys.stderr)
    print(f"{name} {_CONTROL.sub(_escaped, text)}", file=sys.stderr)


def title(text: str) -> str:
    """Make text stand out, if standard output takes colours.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    str
        The text, bold on a terminal.
    """
    return _styled(text, "1", sys.stdout)


def with_titles(summary: str) -> str:
    """Make the titles of a summary stand out, and its bars, if standard output takes colours.

    Parameters
    ----------
    summary : str
        As `Analysis.summary` writes it: a title stands after an empty line, over lines that are set in.

    Returns
    -------
    str
        The same without colours; with them, the same but for what makes titles bold and bars green.
    """
    if not takes_colours(sys.stdout):
        return summary
    lines = summary.split("\n")
    made: list[str] = []
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        words, bar = line.rstrip("#"), len(line) - len(line.rstrip("#"))
        if not above and line[:1].strip() and (below.startswith("  ") or not made):
            made.append(title(line))
        elif bar and words.endswith(" "):
            made.append(words + _styled("#" * bar, "32", sys.stdout))
        else:
            made.append(line)
    return "\n".join(made)


def takes_colours(stream: TextIO) -> bool:
    """Tell whether a stream takes colours.

    Parameters
    ----------
    stream : text stream
        Standard output or standard error.

    Returns
    -------
    bool
        False if ``NO_COLOR`` is set (https://no-color.org); else true if ``FORCE_COLOR`` is (https://force-color.org);
        else whether it is a terminal, ``TERM=dumb`` excepted.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream)


def _styled(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if takes_colours(stream) else text
