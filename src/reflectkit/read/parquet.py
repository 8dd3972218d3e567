"""Parquet tables, through pyarrow where it is installed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.archive import MAX_UNPACKED
from reflectkit.read.formats import Reading
from reflectkit.read.tabular import columns_used, find_columns, rows_of, unused

MAGIC = b"PAR1"
MAX_ROWS = 5_000_000
_BATCH = 256


def read_parquet(
    data: bytes,
    *,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> Reading:
    """Read a parquet table.

    Parameters
    ----------
    data : bytes
        The whole file.
    columns, session, file : optional
        As for `reflectkit.read.tabular.find_columns` and `reflectkit.read.tabular.rows_of`.

    Returns
    -------
    Reading
        One row a table row.

    Raises
    ------
    TranscriptError
        If pyarrow is not installed, or the file is broken or too large.
    """
    table = open_table(data, file)
    names = [str(name) for name in table.schema_arrow.names]
    groups = (table.metadata.row_group(i) for i in range(table.metadata.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)
    if table.metadata.num_rows > MAX_ROWS or unpacked > MAX_UNPACKED:
        problem = f"a table of {table.metadata.num_rows:,} rows and {unpacked >> 20:,} MB."
        raise TranscriptError(problem, "Split it into sessions.", file=file)
    found = find_columns(names, columns, file=file)
    rows, notes, name = rows_of(records_of(table, columns_used(found), file), found, session=session, file=file)
    return Reading(rows, notes + unused(found, names), name)


def open_table(source: bytes | Path, file: str | None) -> Any:  # noqa: ANN401
    """Open a parquet table.

    Parameters
    ----------
    source : bytes or Path
        The whole file, or where it is.
    file : str or None
        Name for error messages.

    Returns
    -------
    pyarrow.parquet.ParquetFile
        The table, of which no row is read yet.

    Raises
    ------
    TranscriptError
        If pyarrow is not installed, or the file is broken.
    """
    parquet: Any = None
    table: Any = None
    try:
        parquet = import_module("pyarrow.parquet")
        # Without threads: pyarrow's pools may still be starting when a short program ends, and abort it.
        opened = import_module("pyarrow").BufferReader(source) if isinstance(source, bytes) else source
        table = parquet.ParquetFile(opened, pre_buffer=False)
    except Exception:  # pyarrow raises many kinds on broken files, some with parts of them
        table = None
    if parquet is None:
        raise TranscriptError(
            "parquet files are read with pyarrow, which is not installed.",
            "Install it (pip install 'reflectkit[parquet]'), or save the table as CSV.",
            file=file,
        )
    if table is None:
        raise _broken(file)
    return table


def records_of(
    table: Any,  # noqa: ANN401
    used: list[Hashable] | None,
    file: str | None,
) -> Iterator[tuple[None, dict[Hashable, Any]]]:
    """Go through the rows of a table, some thousand in memory at a time.

    Parameters
    ----------
    table : pyarrow.parquet.ParquetFile
        As from `open_table`.
    used : list of hashable or None
        Columns to read; all if `None`.
    file : str or None
        Name for error messages.

    Yields
    ------
    tuple of (None, dict)
        No line, and the row.

    Raises
    ------
    TranscriptError
        If the file is broken.
    """
    batches: Any = None
    while True:
        records: list[dict[Hashable, Any]] | None = None
        broken = False
        try:
            batches = batches or table.iter_batches(batch_size=_BATCH, columns=used, use_threads=False)
            batch = next(batches, None)
            records = None if batch is None else batch.to_pylist()
        except Exception:  # pyarrow raises many kinds on broken files, some with parts of them
            broken = True
        if broken:
            raise _broken(file)
        if records is None:
            return
        yield from ((None, record) for record in records)


def _broken(file: str | None) -> TranscriptError:
    return TranscriptError("the parquet file is broken.", "Write it again.", file=file)
