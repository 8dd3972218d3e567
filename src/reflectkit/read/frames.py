"""Data frames: pandas, and through Narwhals polars, pyarrow and the others it knows.

Narwhals rather than the data frame interchange protocol: pandas has deprecated the protocol, Narwhals is pure Python
without dependencies, and scikit-learn brings it along.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.formats import Reading
from reflectkit.read.own import UNIT, are_units
from reflectkit.read.tabular import columns_used, find_columns, rows_of, unused

_OFFERS = ("iloc", "__dataframe__", "__arrow_c_stream__", "__narwhals_dataframe__", "collect_schema")


def is_frame(source: object) -> bool:
    """Tell whether something in memory is a data frame.

    Parameters
    ----------
    source : object
        Anything.

    Returns
    -------
    bool
        True for frames of pandas and of all libraries that offer their columns to others, lazy frames among them.
    """
    kind = type(source)  # asked of the class: a lazy frame works out its columns when asked
    return hasattr(kind, "columns") and any(hasattr(kind, name) for name in _OFFERS)


def read_frame(
    frame: Any,  # noqa: ANN401
    *,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
) -> Reading:
    """Read a data frame, one row a row.

    Parameters
    ----------
    frame : pandas.DataFrame or any frame Narwhals knows
        Left as it is.
    columns, session : optional
        As for `reflectkit.read.tabular.find_columns` and `reflectkit.read.tabular.rows_of`.

    Returns
    -------
    Reading
        Rows, notes and the session's name.

    Raises
    ------
    TranscriptError
        If columns cannot be recognised or a row cannot be used, or the frame is lazy or of an unknown library.
    """
    names, values = open_frame(frame)
    found = find_columns(names, columns)
    used = columns_used(found)
    cells = zip(*map(values, used), strict=True)
    rows, notes, name = rows_of(((None, dict(zip(used, row, strict=True))) for row in cells), found, session=session)
    units = are_units(values(UNIT) if UNIT in names else ())
    return Reading(rows, notes + unused(found, [n for n in names if n != UNIT]), name, units)


def open_frame(frame: Any) -> tuple[list[Hashable], Callable[[Hashable], list[Any]]]:  # noqa: ANN401
    """Return the names of a data frame's columns, and what gives the values of each.

    Parameters
    ----------
    frame : pandas.DataFrame or any frame Narwhals knows
        Left as it is.

    Returns
    -------
    names : list of hashable
        In their order.
    values : callable
        Gives the list of values of the column of a name.

    Raises
    ------
    TranscriptError
        If the frame is lazy or of an unknown library.
    """
    if hasattr(frame, "iloc"):
        return list(frame.columns), lambda name: list(frame[name].tolist())
    import narwhals as nw

    known = nw.from_native(frame, eager_only=True, pass_through=True)
    if not isinstance(known, nw.DataFrame):
        raise TranscriptError(
            f"a {type(frame).__name__} is no data frame that can be read.", "Collect it, or turn it into pandas."
        )
    return list(known.columns), lambda name: known[str(name)].to_list()
