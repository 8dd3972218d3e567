"""What every command writes with: cells no spreadsheet runs, and a console that always prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

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
