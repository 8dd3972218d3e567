"""What every command writes with: whole files or none, cells no spreadsheet runs, and a console that always prints."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reflectkit.errors import IdentifierWarning

if TYPE_CHECKING:
    import argparse
    from typing import TypeAlias

    import pandas as pd

    Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def safe_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before cells that a spreadsheet would run as a formula (CWE-1236).

    Parameters
    ----------
    frame : pandas.DataFrame
        Left as it is.

    Returns
    -------
    pandas.DataFrame
        A copy whose text cells do not begin with ``= + - @`` or a tab; tuples are joined by ``|``.
    """

    def safe(value: object) -> object:
        if isinstance(value, tuple):
            value = "|".join(":".join(map(str, part)) if isinstance(part, tuple) else str(part) for part in value)
        if isinstance(value, str) and value.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"):
            return "'" + value
        return value

    made: pd.DataFrame = frame.apply(lambda column: column.map(safe) if column.dtype.kind not in "bif" else column)
    return made


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    Parameters
    ----------
    path : Path
        Where to; replaced if it exists.
    text : str
        What to write, in UTF-8.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print warnings about remaining identifiers as one line on standard error; others pass as they are.

    Yields
    ------
    None
        For a ``with`` statement.
    """
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", IdentifierWarning)
        yield
    for warning in told:
        if issubclass(warning.category, IdentifierWarning):
            print(f"reflectkit: {warning.message}", file=sys.stderr)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def show(text: str) -> None:
    """Print text.

    Parameters
    ----------
    text : str
        Printed as it is, without a line break added.
    """
    # A console that cannot show a letter shows a question mark instead of ending in an error.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
