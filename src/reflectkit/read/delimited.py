"""CSV and TSV text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Hashable, Iterator, Mapping

from reflectkit.errors import TranscriptError
from reflectkit.read.cells import HEADER_WITHIN, Cells, read_cells
from reflectkit.read.tabular import sniff_delimiter
from reflectkit.values import Note, Row


def read_delimited(
    text: str,
    *,
    delimiter: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> tuple[list[Row], list[Note], str | None]:
    """Read CSV or TSV text.

    Parameters
    ----------
    text : str
        Decoded file.
    delimiter : str, optional
        Found from the first line if not given.
    columns, session, file : optional
        As for `reflectkit.read.cells.read_cells`.

    Returns
    -------
    rows, notes, session
        As for `reflectkit.read.tabular.rows_of`.

    Raises
    ------
    TranscriptError
        If it is not such a table.
    """
    text = text.lstrip("\n")
    declared = re.match(r"sep=(.)\n", text)  # as Excel writes it
    if declared is not None:
        delimiter, text = declared[1], text[declared.end() :]
    if delimiter is None:
        header = text.split("\n", 1)[0]
        above = text.split("\n", HEADER_WITHIN)[:HEADER_WITHIN]  # a title may stand above the header
        delimiter = next(filter(None, map(sniff_delimiter, above)), None) or max("\t,;|", key=header.count)
    return read_cells(_cells(text, delimiter, file), columns=columns, session=session, file=file)


def _cells(text: str, delimiter: str, file: str | None) -> Iterator[Cells]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        broken = ""
        cells: list[str] | None = None
        try:
            cells = next(reader, None)
        except csv.Error as error:
            broken = str(error)
        if broken:
            fix = "Check the quotation marks there, or save it again as CSV (UTF-8)."
            raise TranscriptError(f"the table is broken ({broken}).", fix, file=file, line=reader.line_num)
        if cells is None:
            return
        yield reader.line_num, cells
