"""Progress of long work: a bar with rate and time left on a terminal, nothing anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

Thing = TypeVar("Thing")


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal that can move its cursor and show colours.

    Parameters
    ----------
    stream : text stream or None
        Standard output or standard error; `None` in programs without a console.

    Returns
    -------
    bool
        False in pipes, files, notebooks' kernels and on ``TERM=dumb``.
    """
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def visible() -> bool:
    """Tell whether somebody watches.

    Returns
    -------
    bool
        True if standard error `is_terminal`.
    """
    return is_terminal(sys.stderr)


def bar(things: Iterable[Thing], *, total: int | None, unit: str) -> Iterator[Thing]:
    """Hand things on, with a bar on standard error if it is `visible`.

    Parameters
    ----------
    things : iterable
        Taken one by one.
    total : int or None
        How many there are; without it there is no time left.
    unit : str
        What one of them is called.

    Yields
    ------
    object
        The things.
    """
    if not visible():
        yield from things
        return
    from tqdm import tqdm

    yield from tqdm(things, total=total, unit=f" {unit}", smoothing=0.05, dynamic_ncols=True)
