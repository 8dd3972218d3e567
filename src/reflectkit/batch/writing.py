"""The tables of a batch: rows go in session by session, whole files come out at the end."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

from reflectkit.caseload import MEASURE_COLUMNS
from reflectkit.codebook import BEHAVIOURS
from reflectkit.files import open_private, safe_cell
from reflectkit.measure.definitions import MEASURES

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

Cell: TypeAlias = "str | int | float | bool | None"

_ID = {"result": "string", "file": "string", "session": "string"}
COLUMNS: dict[str, dict[str, str]] = {
    "sessions": _ID
    | dict.fromkeys(("format", "workers", "clients", "roles_basis"), "string")
    | {"roles_confidence": "double", "turns": "int64"}
    | dict.fromkeys(MEASURE_COLUMNS, "double")
    | {"signature": "string"},
    "utterances": _ID
    | dict.fromkeys(("turn", "row", "start", "end"), "int64")
    | {"speaker": "string", "text": "string", "start_s": "double", "behaviours": "string"}
    | {b.value: "bool" for b in BEHAVIOURS}
    | {f"p_{b.value}": "double" for b in BEHAVIOURS}
    | {"unsure": "bool", "evidence": "string"},
    "directive_disclosures": _ID
    | dict.fromkeys(("turns", "rows", "subtype", "story", "steering"), "string")
    | {"returns_focus": "bool"},
    "errors": {"file": "string", "session": "string", "row": "int64", "line": "int64", "reason": "string"},
}
"""Columns of each table with their kind, in Arrow's words. Lists are written ``a|b``, spans ``turn:start:end``."""

_GROUP = 500_000
"""Cells of a parquet file's row group: as many as are held in memory."""


class Tables:
    """The tables of a batch while they are written; nothing is in place before `finish`.

    Parameters
    ----------
    folder : Path
        Where they will stand.
    """

    def __init__(self, folder: Path) -> None:
        try:
            import pyarrow as pa
        except ImportError:
            self.parquet = False
        else:
            self.parquet = pa is not None
        self._folder = folder
        self._tables: list[_Table] = []

    def __enter__(self) -> Tables:
        try:
            for name, columns in COLUMNS.items():
                self._tables.append(_Table(self._folder, name, columns, parquet=self.parquet and name != "errors"))
        except OSError:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._discard()

    def _discard(self) -> None:
        for table in self._tables:
            table.discard()

    def add_session(self, result: str, file: str, data: dict[str, Any]) -> None:
        """Add a session.

        Parameters
        ----------
        result : str
            Name of its file in ``json/``, without the ending.
        file : str
            Where it comes from.
        data : dict
            As from `Analysis.to_dict`.
        """
        who = (result, file, data["session"])
        for table, rows in zip(self._tables, cells(data), strict=False):
            for row in rows:
                table.add((*who, *row))

    def add_error(self, file: str, session: str | None, row: int | None, line: int | None, reason: str) -> None:
        """Add a source that could not be analysed.

        Parameters
        ----------
        file, session, row, line, reason : str, int or None
            As in `Failure`.
        """
        self._tables[-1].add((file, session, row, line, reason))

    def finish(self) -> None:
        """Put all tables in their place."""
        for table in self._tables:
            table.close()
        for table in self._tables:
            table.place()


class _Table:
    def __init__(self, folder: Path, name: str, columns: dict[str, str], *, parquet: bool) -> None:
        self._columns = columns
        self._places = {kind: folder / f"{name}.{kind}" for kind in (("csv", "parquet") if parquet else ("csv",))}
        self._parts = {kind: folder / f".{name}.{kind}.part" for kind in self._places}
        self._text: TextIO = open(open_private(self._parts["csv"]), "w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow(columns)
        self._held: list[tuple[Cell, ...]] = []
        self._group = _GROUP // len(columns)
        self._parquet: ParquetWriter | None = None
        if parquet:
            from pyarrow.parquet import ParquetWriter

            self._schema = _schema(columns)
            os.close(open_private(self._parts["parquet"]))
            self._parquet = ParquetWriter(self._parts["parquet"], self._schema, compression="zstd")

    def add(self, row: tuple[Cell, ...]) -> None:
        self._csv.writerow([safe_cell(cell) for cell in row])
        if self._parquet is not None:
            self._held.append(row)
            if len(self._held) == self._group:
                self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        if self._parquet is not None and self._held:
            columns = zip(self._schema, zip(*self._held, strict=True), strict=True)
            self._parquet.write_table(
                pa.table([pa.array(cells, field.type) for field, cells in columns], schema=self._schema)
            )
            self._held = []

    def close(self) -> None:
        self._text.flush()
        os.fsync(self._text.fileno())
        self._text.close()
        if self._parquet is not None:
            self._write_group()
            self._parquet.close()

    def place(self) -> None:
        for kind, part in self._parts.items():
            os.replace(part, self._places[kind])

    def discard(self) -> None:
        """Close and take away what was not put in place."""
        for close in (self._text.close, self._parquet.close if self._parquet is not None else lambda: None):
            try:
                close()
            except OSError:  # a full disk: what is half written goes anyway
                continue
        for part in self._parts.values():
            part.unlink(missing_ok=True)


def _schema(columns: dict[str, str]) -> pa.Schema:
    import pyarrow as pa

    types: dict[str, Any] = {"string": pa.string(), "double": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])


def cells(data: dict[str, Any]) -> tuple[list[tuple[Cell, ...]], ...]:
    """Turn a session's result into rows.

    Parameters
    ----------
    data : dict
        As from `Analysis.to_dict`.

    Returns
    -------
    tuple of list of tuple
        Rows of each of the first three tables in `COLUMNS`, from their fourth column on.

    Raises
    ------
    LookupError, TypeError, AttributeError
        If it is not one.
    """
    return (
        [_session(data)],
        [_utterance(u) for u in data["utterances"]],
        [_disclosure(d) for d in data["directive_disclosures"]],
    )


def _session(data: dict[str, Any]) -> tuple[Cell, ...]:
    roles, metrics = data["roles"], data["metrics"]
    values = (metrics.get(m.name, {}).get(key) for m in MEASURES for key in ("value", "low", "high"))
    return (
        data["source"]["format"], "|".join(roles["worker"]), "|".join(roles["client"]), roles["basis"],
        roles["confidence"], len(data["turns"]), *values, data["signature"],
    )  # fmt: skip


def _utterance(u: dict[str, Any]) -> tuple[Cell, ...]:
    found = u["behaviours"]
    evidence = "|".join(f"{e['behaviour']}:{e['start']}:{e['end']}" for e in u["evidence"])
    return (
        u["turn"], u["row"], u["start"], u["end"], u["speaker"], u["text"], u["start_s"], "|".join(found),
        *(b.value in found for b in BEHAVIOURS), *(u["probabilities"][b.value] for b in BEHAVIOURS), u["unsure"], evidence,
    )  # fmt: skip


def _disclosure(d: dict[str, Any]) -> tuple[Cell, ...]:
    turns, rows = ("|".join(map(str, d[key])) for key in ("turns", "rows"))
    story, steering = (
        "|".join(f"{s['turn']}:{s['start']}:{s['end']}" for s in d[key]) for key in ("story", "steering")
    )
    return turns, rows, d["subtype"], story, steering, d["returns_focus"]
