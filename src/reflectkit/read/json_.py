"""JSON and JSON lines: lists of records, of pairs, or an object that holds such a list."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.read.tabular import read_mappings
from reflectkit.values import Note, Row

LIST_KEYS = (
    "turns utterances transcript messages dialog dialogue conversation segments sentences paragraphs monologues entries rows "
    "data items lines chat"
).split()
"""Keys under which transcripts keep their list of turns, the likeliest first."""

WRAPPERS = frozenset([*LIST_KEYS, *"result results response body output payload call session".split()])
"""Keys under which the object with that list may lie."""

_TEXT_KEYS = frozenset([*WRAPPERS, "text", "content", "transcription"])
_DEEPEST = 4


def parse_json(text: str, file: str | None, line: int | None = None) -> Any:  # noqa: ANN401
    """Parse JSON text.

    Parameters
    ----------
    text : str
        Decoded file, or one line of it.
    file : str or None
        Name for error messages.
    line : int, optional
        1-based line, if `text` is one line of a file.

    Returns
    -------
    object
        What it holds.

    Raises
    ------
    TranscriptError
        If it is not JSON, is nested too deeply, or holds a number that is too long.
    """
    problem: TranscriptError
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = TranscriptError(
            f"broken JSON ({error.msg}, character {error.colno}).",
            "Export it again, or check the brackets and quotation marks there.",
            file=file,
            line=line or error.lineno,
        )
    except (RecursionError, ValueError):
        problem = TranscriptError(
            "the JSON is nested too deeply or holds a number too long.", "Export it again.", file=file, line=line
        )
    raise problem  # outside the handlers: the parser's own error holds the whole text


def read_json(
    data: object, *, columns: Mapping[str, Hashable] | None = None, session: str | None = None, file: str | None = None
) -> tuple[list[Row], list[Note], str | None]:
    """Read a JSON transcript.

    Parameters
    ----------
    data : object
        Parsed file.
    columns, session, file : optional
        As for `reflectkit.read.tabular.rows_of`.

    Returns
    -------
    rows, notes, session
        As for `reflectkit.read.tabular.rows_of`.

    Raises
    ------
    TranscriptError
        If it holds no list of turns.
    """
    notes: list[Note] = []
    name: str | None = None
    if isinstance(data, Mapping):
        found_list = _find_list(data)
        if found_list is None:
            raise TranscriptError(
                "the object holds no list of turns.",
                f"Put it under one of: {', '.join(LIST_KEYS[:6])}.",
                file=file,
            )
        name, key, rest, data = found_list
        if rest:
            notes.append(Note("skipped", f"keys beside {key!r} were not used.", count=rest))
    if not isinstance(data, list):
        raise TranscriptError("the JSON is neither a list of turns nor an object with one.", "Give a list.", file=file)
    rows, more, found = read_records(data, columns=columns, session=session, file=file)
    return rows, notes + more, found or name


def written_out(data: object) -> str | None:
    r"""Find a transcript that is one string, or a list of lines such as ``"Worker: Hello."``.

    Parameters
    ----------
    data : object
        Parsed file.

    Returns
    -------
    str or None
        Its text; `None` if it is none of this kind.

    Examples
    --------
    >>> written_out({"transcript": ["Worker: Hello.", "Client: Hi."]})
    'Worker: Hello.\nClient: Hi.'
    """
    for _ in range(_DEEPEST):
        if isinstance(data, Mapping):
            held = [
                value for key, value in data.items() if key in _TEXT_KEYS and isinstance(value, str | list | Mapping)
            ]
            if len(held) != 1:
                return None
            data = held[0]
        elif isinstance(data, list):
            lines = [line for line in data if isinstance(line, str)]
            return "\n".join(lines) if lines and len(lines) == len(data) else None
        else:
            return data if isinstance(data, str) and "\n" in data.strip() else None
    return None


def _find_list(data: Mapping[str, Any]) -> tuple[str | None, str, int, list[Any]] | None:
    """Find the list of turns, under its key or one that holds nothing else likely: name, key, other keys, list."""
    name: str | None = None
    unused = 0
    for _ in range(_DEEPEST):
        named = (str(data[k]) for k in ("session", "session_id", "id", "title") if isinstance(data.get(k), str | int))
        name = name or next(named, None)
        key = next((k for k in LIST_KEYS if isinstance(data.get(k), list)), None)
        if key is not None:
            return name, key, unused + len(data) - 1 - ("session" in data), data[key]
        inner = [value for k, value in data.items() if isinstance(value, Mapping) and (k in WRAPPERS or len(data) == 1)]
        if len(inner) != 1:
            return None
        unused += len(data) - 1
        data = inner[0]
    return None


def read_jsonl(
    text: str, *, columns: Mapping[str, Hashable] | None = None, session: str | None = None, file: str | None = None
) -> tuple[list[Row], list[Note], str | None]:
    """Read JSON lines, one record a line.

    Parameters
    ----------
    text : str
        Decoded file.
    columns, session, file : optional
        As for `reflectkit.read.tabular.rows_of`.

    Returns
    -------
    rows, notes, session
        As for `reflectkit.read.tabular.rows_of`.

    Raises
    ------
    TranscriptError
        If a line is not JSON; the message names the line.
    """
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    records = [parse_json(line, file, n) for n, line in numbered]
    return read_records(records, lines=[n for n, _ in numbered], columns=columns, session=session, file=file)


def read_records(
    records: Sequence[Any],
    *,
    lines: Sequence[int] | None = None,
    columns: Mapping[str, Hashable] | None = None,
    session: str | None = None,
    file: str | None = None,
) -> tuple[list[Row], list[Note], str | None]:
    """Read records that are mappings or ``(speaker, text)`` pairs.

    Parameters
    ----------
    records : sequence
        All mappings, or all pairs.
    lines : sequence of int, optional
        1-based line of each record.
    columns, session, file : optional
        As for `reflectkit.read.tabular.rows_of`.

    Returns
    -------
    rows, notes, session
        As for `reflectkit.read.tabular.rows_of`.

    Raises
    ------
    TranscriptError
        If a record is neither; the message names its row.
    """
    if not records:
        raise TranscriptError(
            "there is nothing in it.", "Give a transcript with the words of worker and client.", file=file
        )
    mappings: list[Mapping[Hashable, Any]] = []
    for position, record in enumerate(records):
        if isinstance(record, Mapping):
            mappings.append(record)
        elif isinstance(record, list | tuple) and len(record) == 2 and all(isinstance(x, str) for x in record):
            mappings.append({"speaker": record[0], "text": record[1]})
        else:
            raise TranscriptError(
                "a row that is neither a mapping nor a (speaker, text) pair.",
                "Give rows such as {'speaker': …, 'text': …} or ('worker', …).",
                file=file, line=lines[position] if lines else None, row=position,
            )  # fmt: skip
    return read_mappings(mappings, lines=lines, columns=columns, session=session, file=file)
