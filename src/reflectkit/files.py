"""What files are written with: whole or not at all, and cells that no spreadsheet runs."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA_SIGNS = frozenset("=+-@＝＋－＠")
"""What formulas begin with in spreadsheets."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_RUN = FORMULA_SIGNS | {"\t", "\r"}


def may_be_name(text: str) -> bool:
    r"""Tell whether a file can have a name; what cannot be one may be a transcript given by mistake, and is not repeated.

    Parameters
    ----------
    text : str
        The last part of a path.

    Returns
    -------
    bool
        True for a line of up to 255 characters, the most that file systems take.

    Examples
    --------
    >>> may_be_name("session.txt"), may_be_name("Worker: Hello.\nClient: Hi.")
    (True, False)
    """
    return len(text) <= 255 and "\n" not in text


def printable(name: str) -> str:
    r"""Make a name of a file or a session writable: names on disk need not be text.

    Parameters
    ----------
    name : str
        As the operating system gave it.

    Returns
    -------
    str
        The same, with bytes that are no text as escapes.

    Examples
    --------
    >>> printable("caf\udce9"), printable("café")
    ('caf\\udce9', 'café')
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def on_one_line(name: str) -> str:
    r"""Write line breaks and their like in a file's name as escapes: tables name a file in one line.

    Parameters
    ----------
    name : str
        Name of a file.

    Returns
    -------
    str
        The same otherwise.

    Examples
    --------
    >>> on_one_line("Icon\r")
    'Icon\\r'
    """
    return _CONTROL.sub(lambda m: m[0].encode("unicode_escape").decode(), name)


def safe_cell(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run as a formula (CWE-1236).

    Parameters
    ----------
    value : object
        Content of a cell.

    Returns
    -------
    object
        Text with an apostrophe where it needs one; anything but text as it is.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("Hello"), safe_cell(-2)
    ("'=1+1", 'Hello', -2)
    """
    if isinstance(value, str) and value.lstrip(" ")[:1] in _RUN:
        return "'" + value
    return value


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
        return safe_cell(value)

    made: pd.DataFrame = frame.apply(lambda column: column.map(safe) if column.dtype.kind not in "bif" else column)
    return made


def written(text: str, path: str | os.PathLike[str] | None) -> str:
    """Return a text, and write it to a file if one is named.

    Parameters
    ----------
    text : str
        What to write.
    path : path or None
        As for `write_atomically`.

    Returns
    -------
    str
        The text.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    if path is not None:
        write_atomically(Path(path), text)
    return text


def open_private(path: Path) -> int:
    """Open a file for writing, emptied, readable by its owner alone.

    Parameters
    ----------
    path : Path
        Made if missing.

    Returns
    -------
    int
        A file descriptor.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)


def write_together(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of one folder, each whole; none is put in place before all are written.

    Parameters
    ----------
    folder : Path
        Where to.
    files : mapping of str to bytes
        Content by name, put in place in this order.

    Raises
    ------
    OSError
        If one cannot be written; all that stood there before is as it was.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing.") as place:
        for name, data in files.items():
            with open(open_private(Path(place, name)), "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        for name in files:
            os.replace(Path(place, name), folder / name)


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone.

    Parameters
    ----------
    path : Path
        Where to; a file or link there is replaced, a pipe or device is written to.
    text : str
        What to write, in UTF-8.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.
    """
    if path.exists() and not path.is_file():  # a pipe, a device; a folder cannot be opened and says so
        with path.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
        return
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
