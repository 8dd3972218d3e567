"""Tables of cells, as sheets, delimited text and tables in documents have them: the header is looked for, or done without."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Any

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.read.labels import is_metadata
from reflectkit.read.roles import role_of_label
from reflectkit.read.tabular import Columns, find_columns, is_start, rows_of, unused
from reflectkit.read.times import seconds
from reflectkit.values import Note, Row, fold

HEADER_WITHIN = 20
"""Rows in which the header is looked for."""

_SAMPLE = 200
_RULE = re.compile(r":?-{2,}:?|={2,}")  # below the header of a table in Markdown
_ORDINALS = ("first", "second", "third", "fourth")

Cells = tuple[int | None, Sequence[Any]]
"""1-based line of the source, where it has one, and the values of a row."""


def read_cells(
    rows: Iterable[Cells],
    *,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
    ragged: bool = False,
) -> tuple[list[Row], list[Note], str | None]:
    """Read a table with a header among its first rows, or one so plain that it needs none.

    Parameters
    ----------
    rows : iterable of (int or None, sequence)
        1-based line and cells; consumed once.
    columns, session, file : optional
        As for `reflectkit.read.tabular.find_columns` and `reflectkit.read.tabular.rows_of`.
    ragged : bool, optional
        True where rows end with their last filled cell, as in sheets, so that a short row is none with a cell missing.

    Returns
    -------
    rows, notes, session
        As for `reflectkit.read.tabular.rows_of`.

    Raises
    ------
    TranscriptError
        If there is neither a header nor a plain table of speakers and words.
    """
    counts = {"blank": 0}
    stream = _filled(rows, counts)
    head = list(islice(stream, HEADER_WITHIN))
    if not head:
        raise TranscriptError("there are no turns in it.", "Give a table with speakers and words.", file=file)
    notes: list[Note] = []
    at = next((i for i, (_, cells) in enumerate(head) if _header(cells, columns)), None)
    guess = None
    if at is None and not columns:
        sides = next((i for i, (_, cells) in enumerate(head) if _has_side_by_side(_names(cells))), None)
        if sides is not None:
            names = _names(head[sides][1])
            return _side_by_side(chain(head[sides + 1 :], stream), names, session=session, file=file)
        head += islice(stream, _SAMPLE - HEADER_WITHIN)
        guess = guess_columns([cells for _, cells in head])
    if guess is not None:
        names, found = guess
        notes.append(_guessed(names))
    else:
        at = at or 0
        names = _names(head[at][1])
        found = find_columns(
            names, columns, file=file, line=head[at][0]
        )  # says what is missing where nothing is a header
        head = head[at + 1 :]
        if at:
            notes.append(Note("skipped", "rows above the header were left out.", line=1, count=at))
    records = _records(chain(head, stream), names, ragged, file)
    result, more, name = rows_of(records, found, session=session, file=file)
    if counts["blank"]:
        more.append(Note("skipped", "blank rows were left out.", count=counts["blank"]))
    return result, notes + more + unused(found, filter(None, names)), name


def _has_side_by_side(names: Sequence[str]) -> bool:
    """Tell a header that has a column for the worker and one for the client."""
    return {Role.WORKER, Role.CLIENT} <= {role_of_label(name) for name in names}


def _side_by_side(
    rows: Iterable[Cells], names: Sequence[str], *, session: str | None, file: str | None
) -> tuple[list[Row], list[Note], str | None]:
    """Read a table with a column for each speaker, row by row from the left."""
    speaking = [i for i, name in enumerate(names) if role_of_label(name) is not None]
    timed = next((i for i, name in enumerate(names) if i not in speaking and is_start(name)), None)
    records: list[tuple[int | None, dict[Hashable, Any]]] = []
    for line, cells in rows:
        start = cells[timed] if timed is not None and timed < len(cells) else None
        for i in speaking:
            if i < len(cells) and cells[i] is not None and str(cells[i]).strip():
                records.append((line, {"speaker": names[i], "text": cells[i], "start": start}))
    found = Columns("text", "speaker", start=None if timed is None else "start")
    result, notes, name = rows_of(records, found, session=session, file=file)
    notes.append(Note("guessed", "each speaker has a column: its cells were taken for what that speaker says."))
    unread = len(names) - len(speaking) - (timed is not None)
    if unread:
        notes.append(Note("skipped", "columns beside those of speakers and time were not used.", count=unread))
    return result, notes, name


def _filled(rows: Iterable[Cells], counts: dict[str, int]) -> Iterator[Cells]:
    for line, cells in rows:
        written = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
        if written and not all(map(_RULE.fullmatch, written)):
            yield line, cells
        else:
            counts["blank"] += 1


def _names(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in cells]


def _header(cells: Sequence[Any], columns: Mapping[str, Hashable] | None) -> bool:
    names = _names(cells)
    named = set((columns or {}).values()) if isinstance(columns, Mapping) else set()
    try:
        find_columns(names, columns)
    except TranscriptError:
        # A header that holds a column the caller named is the header, whatever else is wrong with it. So is one that
        # would be, but for a name that stands twice.
        return bool(named & set(names)) or (
            len(set(names)) < len(names) and _header(list(dict.fromkeys(names)), columns)
        )
    return True


def _records(
    rows: Iterable[Cells], names: list[str], ragged: bool, file: str | None
) -> Iterator[tuple[int | None, dict[Hashable, Any]]]:
    for position, (line, cells) in enumerate(rows):
        if len(cells) > len(names) and any(cell is not None and str(cell).strip() for cell in cells[len(names) :]):
            raise TranscriptError(
                f"{len(cells)} cells under {len(names)} column names.",
                "Put quotation marks around text that holds the delimiter, or name every column.",
                file=file,
                line=line,
                row=position,
            )
        yield line, dict(zip_longest(names, cells[: len(names)]) if ragged else zip(names, cells, strict=False))


def _guessed(names: list[str]) -> Note:
    what = {"text": "words", "speaker": "speakers", "start": "start times", "end": "end times"}
    told = ", ".join(f"the {_ORDINALS[i]} for {what[n]}" for i, n in enumerate(names) if n)
    return Note("guessed", f"the table has no header line: of its columns, {told} were taken.")


def guess_columns(sample: Sequence[Sequence[Any]]) -> tuple[list[str], Columns] | None:
    """Tell the columns of a table without a header: speaker and words, perhaps times before them.

    Parameters
    ----------
    sample : sequence of sequence
        The first rows.

    Returns
    -------
    (list of str, Columns) or None
        A name for every column (``""`` for a running number) and what they mean; `None` where it is not plain.

    Examples
    --------
    >>> guess_columns([["0:01", "PSW", "Come in, sit down."], ["0:04", "Client", "Thanks."]])[0]
    ['start', 'speaker', 'text']
    >>> guess_columns([["a", "b"], ["worker", "Hello."]]) is None
    True
    """
    rows = [list(cells) for cells in sample]
    width = max(map(len, rows), default=0)
    if not 2 <= width <= len(_ORDINALS) or any(len(cells) != width for cells in rows) or len(rows) < 2:
        return None
    names: list[str] = []
    for values in zip(*rows, strict=True):
        if _runs(values):
            names.append("")
        elif all(seconds(v) is not None for v in values):
            names.append("end" if "start" in names else "start")
        elif "speaker" not in names and _labels(values):
            names.append("speaker")
        else:
            names.append("text")
    wanted = [n for n in names if n]
    if len(set(wanted)) < len(wanted) or not {"speaker", "text"} <= set(wanted):
        return None
    return names, replace(
        Columns("text", "speaker"), start="start" if "start" in names else None, end="end" if "end" in names else None
    )


def _runs(values: Sequence[Any]) -> bool:
    """Tell a running number, which is no time."""
    numbers = [str(v).strip() for v in values]
    return len(numbers) > 1 and all(
        n.isdecimal() and int(n[:9]) == i
        for i, n in enumerate(numbers, int(numbers[0][:9]) if numbers[0].isdecimal() else 0)
    )


def _labels(values: Sequence[Any]) -> bool:
    labels = ["" if v is None else fold(str(v)[:100]) for v in values]
    if any(not label or len(label) > 40 or len(label.split()) > 4 or label[-1] in "?!," for label in labels):
        return False
    different = set(labels)
    if len(different) < 2 or any(not any(map(str.isalnum, label)) or is_metadata(label) for label in different):
        return False
    if all(role_of_label(label) for label in different):
        return True
    # The first row stands for a header nobody recognised unless its label comes back.
    return len(labels) >= 4 and 2 * len(different) <= len(labels) and labels.count(labels[0]) > 1
