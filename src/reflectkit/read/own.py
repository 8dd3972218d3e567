r"""What reflectkit writes so that reading it gives the same transcript again.

Tables and JSON hold everything; they are known by their header and by a key. Captions and text have no place for a
session's name, for roles, or for what a line break means: there `reflectkit.write` says it in one line of JSON, which
other programs take for a comment:

- WebVTT: the first block is ``NOTE reflectkit {"session": …, "rows": "units"}``;
- text: the first line is ``# reflectkit {"session": …, "rows": "units", "worker": […], "client": […]}``.

Below that line the words stand as anybody would write them, but for a backslash before the few signs that would be
read as something else. Without it the files are read as everybody else's.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.files import FORMULA_SIGNS
from reflectkit.read.formats import Reading
from reflectkit.read.times import seconds
from reflectkit.values import Row

MARK = "reflectkit "
UNITS, CAPTIONS = "units", "captions"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a file written by reflectkit says.

    Attributes
    ----------
    session : str
        Name of the session.
    rows_are_units : bool
        As in `Transcript.rows_are_units`.
    worker, client : frozenset of str
        Speakers by role; everybody else is neither. Empty in WebVTT, whose voice tags hold the role.
    """

    session: str
    rows_are_units: bool
    worker: frozenset[str] = frozenset()
    client: frozenset[str] = frozenset()

    def role_of(self, speaker: str) -> str:
        """Return the role of a speaker, in the word that stands in role columns too.

        Parameters
        ----------
        speaker : str
            Label in the file.

        Returns
        -------
        str
            Worker, client or other.
        """
        return "worker" if speaker in self.worker else "client" if speaker in self.client else "other"


def escape(text: str, signs: str = "") -> str:
    r"""Put a backslash before the signs that would be read as something else.

    Parameters
    ----------
    text : str
        As said.
    signs : str, optional
        Which signs; the backslash and line breaks are always among them.

    Returns
    -------
    str
        On one line.

    Examples
    --------
    >>> print(escape("a:b", ":"))
    a\:b
    """
    for sign in "\\" + signs:
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", "\\n")


def unescape(text: str) -> str:
    r"""Take the backslashes of `escape` out again.

    Parameters
    ----------
    text : str
        As written.

    Returns
    -------
    str
        As said.

    Examples
    --------
    >>> unescape(r"a\:b")
    'a:b'
    """
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], text) if "\\" in text else text


def parse_header(line: str) -> Header | None:
    """Read the line of JSON.

    Parameters
    ----------
    line : str
        From the word reflectkit on.

    Returns
    -------
    Header or None
        `None` if it is no such line.
    """
    if not line.startswith(MARK + "{"):
        return None
    try:
        said = json.loads(line.removeprefix(MARK))
    except (ValueError, RecursionError):
        return None
    names = [said.get(role, []) for role in ("worker", "client")]
    if not (isinstance(said.get("session"), str) and said.get("rows") in (UNITS, CAPTIONS)):
        return None
    if not all(isinstance(side, list) and all(isinstance(name, str) for name in side) for side in names):
        return None
    return Header(said["session"], said["rows"] == UNITS, frozenset(names[0]), frozenset(names[1]))


def header_in_note(block: Sequence[str]) -> Header | None:
    """Find the header in a comment of WebVTT.

    Parameters
    ----------
    block : sequence of str
        Lines of the block.

    Returns
    -------
    Header or None
        `None` if the comment says something else.
    """
    return parse_header(block[0].removeprefix("NOTE ")) if len(block) == 1 else None


# Tables and JSON -----------------------------------------------------------------------------------------------------

UNIT = "row_is_unit"
COLUMNS = ("session", "speaker", "role", "text", "start_s", "end_s", UNIT)
"""Header of the tables; other tables are read by `reflectkit.read.tabular`, whatever their columns."""

KIND = "reflectkit transcript"
"""Value of ``"kind"`` in the JSON."""


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet might run a cell as a formula (CWE-1236), with or without apostrophes before it.

    Parameters
    ----------
    cell : str
        Content of a cell.

    Returns
    -------
    bool
        True if it begins with ``= + - @``, after blanks or apostrophes if there are any.
    """
    return cell.lstrip("' \t\r\n\u00a0")[:1] in FORMULA_SIGNS and cell != ""


def guarded(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet might run as a formula; `unguarded` takes it away.

    Parameters
    ----------
    cell : str
        Content of a cell.

    Returns
    -------
    str
        As it is written.
    """
    return f"'{cell}" if is_formula(cell) else cell


def unguarded(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from running a cell.

    Parameters
    ----------
    cell : str
        As reflectkit wrote it.

    Returns
    -------
    str
        As it was.
    """
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def are_units(cells: Iterable[object]) -> bool:
    """Tell whether the rows of a table were cut by somebody on purpose.

    Parameters
    ----------
    cells : iterable
        Of the column `UNIT`; none if there is no such column.

    Returns
    -------
    bool
        As `Transcript.rows_are_units`.
    """
    return all(str(cell).casefold() != "false" for cell in cells)


def is_own_table(text: str) -> bool:
    """Tell whether reflectkit wrote a table.

    Parameters
    ----------
    text : str
        Decoded file.

    Returns
    -------
    bool
        True if its header is `COLUMNS`.
    """
    return text.startswith(",".join(COLUMNS) + "\n")


def read_own_table(text: str, *, session: str | None = None, file: str | None = None) -> Reading:
    """Read a table that reflectkit wrote: cells as they were, no guesses.

    Parameters
    ----------
    text : str
        Decoded file.
    session : str, optional
        Session asked for.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        Rows as they were; no notes.

    Raises
    ------
    TranscriptError
        If a row has been altered so that it cannot be read, or the session is another.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    sessions: dict[str, None] = {}
    units = True
    broken = ""
    try:
        next(reader)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(COLUMNS):
                problem = f"{len(cells)} cells under {len(COLUMNS)} column names."
                fix = "Put quotation marks around text that holds commas."
                raise TranscriptError(problem, fix, file=file, line=reader.line_num, row=len(rows))
            record = dict(zip(COLUMNS, map(unguarded, cells), strict=True))
            sessions.setdefault(record["session"])
            units = units and are_units([record[UNIT]])
            rows.append(_own_record(record, len(rows), file))
    except csv.Error as error:
        broken = str(error)
    if broken:
        fix = "Check the quotation marks there, or write it again."
        raise TranscriptError(f"the table is broken ({broken}).", fix, file=file, line=reader.line_num)
    if len(sessions) > 1 or (session is not None and sessions and session not in sessions):
        raise TranscriptError(
            f"the table holds {len(sessions)} sessions, of which none is the one asked for."
            if session is not None
            else f"the table holds {len(sessions)} sessions.",
            "Check session=, and keep one session a file, or analyse all with reflectkit batch.",
            file=file,
        )
    return Reading(rows, [], next(iter(sessions), None), units)


def is_own_json(data: object) -> bool:
    """Tell whether reflectkit wrote some JSON.

    Parameters
    ----------
    data : object
        Parsed file.

    Returns
    -------
    bool
        True if it says so.
    """
    return isinstance(data, Mapping) and data.get("kind") == KIND and isinstance(data.get("rows"), list)


def read_own_json(data: Mapping[str, Any], *, file: str | None = None) -> Reading:
    """Read JSON that reflectkit wrote.

    Parameters
    ----------
    data : mapping
        Parsed file.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        Rows as they were; no notes.

    Raises
    ------
    TranscriptError
        If a row has been altered so that it cannot be read.
    """
    rows = []
    for n, record in enumerate(data["rows"]):
        if not isinstance(record, Mapping):
            raise TranscriptError("a row that is no object.", "Write it again.", file=file, row=n)
        rows.append(_own_record(record, n, file))
    session = data.get("session")
    return Reading(rows, [], session if isinstance(session, str) else None, data.get("rows_are_units") is not False)


def _own_record(record: Mapping[str, Any], row: int, file: str | None) -> Row:
    words = {key: record.get(key, "") for key in ("speaker", "text", "role")}
    if not all(isinstance(value, str) for value in words.values()) or not words["speaker"].strip():
        raise TranscriptError("a row without speaker or text.", "Give every row both.", file=file, row=row)
    start_s, end_s = (seconds(record.get(key)) for key in ("start_s", "end_s"))
    if start_s is not None and end_s is not None and end_s < start_s:
        raise TranscriptError("a row that ends before it starts.", "Mend its times.", file=file, row=row)
    return Row(row, words["speaker"], words["text"], start_s, end_s, words["role"])
