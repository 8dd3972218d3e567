"""What to analyse: files, folders, tables and sessions in memory, one after the other and never all at once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias, cast

from reflectkit.batch.tables import SUFFIXES, Part, parts_of_file, parts_of_frame, read_part
from reflectkit.errors import TranscriptError, fault
from reflectkit.files import on_one_line, printable
from reflectkit.read import Frame, Source, existing_path, read_transcript
from reflectkit.read.corpora import SPEAKERS, UTTERANCES
from reflectkit.read.frames import is_frame
from reflectkit.values import Transcript

MANIFEST = "run.json"
"""What made a folder of results; such a folder below another is no source."""

_TABLES_OF = {"annomi": "csv"}  # a format of its own that is told from CSV by its columns
_BESIDE = frozenset([SPEAKERS, "conversations.json", "corpus.json", "index.json"])

Sources: TypeAlias = str | os.PathLike[str] | Frame | Mapping[str, Source] | Iterable[Source]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read every source.

    Attributes
    ----------
    worker, client : tuple of str or None
        Speaker labels.
    format : str or None
        Found from the content if `None`.
    columns : mapping of str to hashable or None
        Names of columns by meaning.
    encoding : str or None
        Found if `None`.
    """

    worker: tuple[str, ...] | None = None
    client: tuple[str, ...] | None = None
    format: str | None = None
    columns: Mapping[str, Hashable] | None = None
    encoding: str | None = None

    @classmethod
    def of(
        cls,
        *,
        worker: str | Iterable[str] | None,
        client: str | Iterable[str] | None,
        format: str | None,
        columns: Mapping[str, Hashable] | None,
        encoding: str | None,
    ) -> Reading:
        """Take what a caller gave.

        Parameters
        ----------
        worker, client, format, columns, encoding : optional
            As for `reflectkit.analyze`.

        Returns
        -------
        Reading
            The same, in plain values.
        """

        def labels(given: str | Iterable[str] | None) -> tuple[str, ...] | None:
            return None if given is None else (given,) if isinstance(given, str) else tuple(given)

        return cls(labels(worker), labels(client), format, dict(columns) if columns else None, encoding)


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One session still to be read, or what stood in the way of finding it.

    Attributes
    ----------
    name : str
        The file's path as given or below its folder; ``"source 3"`` for the fourth source in memory.
    content : Path, Part, Transcript or TranscriptError
        Where the session is.
    session : str or None
        Name that the caller gave the session.
    """

    name: str
    content: Path | Part | Transcript | TranscriptError
    session: str | None = None

    def __repr__(self) -> str:
        return f"Item({self.name!r}, {type(self.content).__name__})"


def items(sources: Sources, reading: Reading, *, leave_out: Path | None = None) -> Iterator[Item]:
    """Go through all sessions, in order.

    Parameters
    ----------
    sources : path, DataFrame, mapping of str to source, or iterable of sources
        As for `reflectkit.analyze_many`.
    reading : Reading
        How to read them.
    leave_out : Path, optional
        A folder inside that is not a source, for results; resolved.

    Yields
    ------
    Item
        One a session. Nothing is raised: an item may hold an error.
    """
    named = isinstance(sources, Mapping) and not is_frame(sources)
    for name, content in _given(sources, leave_out):
        for item in _taken_apart(on_one_line(printable(name)), content, reading):
            yield replace(item, session=name) if named and not isinstance(item.content, Part) else item


def count(sources: Sources, reading: Reading, *, leave_out: Path | None = None) -> int:
    """Count the sessions in files without reading more than the tables' session columns.

    Parameters
    ----------
    sources, reading, leave_out : optional
        As for `items`; paths only.

    Returns
    -------
    int
        How many items there will be.
    """
    n = 0
    for name, content in _given(sources, leave_out):
        table = _table(name, content, reading) if isinstance(content, Path) else None
        n += 1 if table is None else table[0]
    return n


def read_item(item: Item, reading: Reading) -> Transcript:
    """Read a session.

    Parameters
    ----------
    item : Item
        The session.
    reading : Reading
        How to read it.

    Returns
    -------
    Transcript
        The session read.

    Raises
    ------
    TranscriptError
        If it cannot be read.
    """
    read = _read(item.content, reading)
    return read if item.session is None else replace(read, session=printable(item.session))


def _read(content: Path | Part | Transcript | TranscriptError, reading: Reading) -> Transcript:
    if isinstance(content, TranscriptError):
        raise content
    if isinstance(content, Part):
        return read_part(content, **_roles(reading))
    if isinstance(content, Transcript):
        return read_transcript(content, **_roles(reading))
    return read_transcript(
        content, format=reading.format, columns=reading.columns, encoding=reading.encoding, **_roles(reading)
    )


def digest(item: Item) -> str:
    """Return a fingerprint of a session in a file: its place and its content.

    Parameters
    ----------
    item : Item
        Of a path or of a table's part.

    Returns
    -------
    str
        64 hexadecimal digits of SHA-256; another if a byte of the file, or a cell of the session, changes.

    Raises
    ------
    TranscriptError
        If the file cannot be read, or what stood in the way of finding the session.
    """
    if isinstance(item.content, TranscriptError):
        raise item.content
    taken = hashlib.sha256(item.name.encode("utf-8", "surrogateescape") + b"\0")
    if isinstance(item.content, Path):
        beside = item.content.with_name(SPEAKERS)
        parts = [item.content, *([beside] if item.content.name == UTTERANCES[0] and beside.is_file() else [])]
        try:
            for part in parts:
                with part.open("rb") as handle:
                    while chunk := handle.read(1 << 20):
                        taken.update(chunk)
        except OSError as error:
            raise TranscriptError(
                f"the file cannot be opened ({error.strerror}).", "Check the path and rights.", file=item.name
            ) from None
    elif isinstance(item.content, Part):
        own = item.content
        cells = [own.session, dict(own.columns), own.rows, [list(record.items()) for record in own.records]]
        taken.update(json.dumps(cells, default=str).encode())
    return taken.hexdigest()


def _given(sources: Sources, leave_out: Path | None) -> Iterator[tuple[str, Any]]:
    if isinstance(sources, str | os.PathLike):
        path = Path(sources)
        yield from _files(path, leave_out) if os.path.isdir(path) else [_one_file(sources, 0, short=True)]
    elif isinstance(sources, Transcript) or is_frame(sources):
        yield "source 0", sources
    elif isinstance(sources, Mapping):
        for name, source in sources.items():
            yield str(name), _one_file(source, 0)[1] if isinstance(source, str | os.PathLike) else source
    else:
        folders: set[str] = set()
        for n, source in enumerate(cast("Iterable[Source]", sources)):
            if not isinstance(source, str | os.PathLike):
                yield f"source {n}", source
            elif os.path.isdir(path := Path(source)):
                short = path.name or path.resolve().name  # "." has none
                called = str(path) if short in folders else short  # two may end alike
                folders.add(short)
                yield from ((f"{called}/{name}", file) for name, file in _files(path, leave_out))
            else:
                yield _one_file(source, n)


def _one_file(source: str | os.PathLike[str], n: int, *, short: bool = False) -> tuple[str, Path | TranscriptError]:
    """Name a file as it was given; a string that is no file may be a transcript, and is not repeated."""
    try:
        path = existing_path(source)
    except TranscriptError as error:
        return error.file or f"source {n}", error
    return path.name if short else str(source), path


def _files(folder: Path, leave_out: Path | None) -> Iterator[tuple[str, Path | TranscriptError]]:
    unread: list[OSError] = []
    seen: set[str] = set()
    for here, folders, files in os.walk(folder, onerror=unread.append, followlinks=True):
        real = os.path.realpath(here)
        if real in seen or (Path(here) != folder and MANIFEST in files and _is_of_a_run(Path(here, MANIFEST))):
            folders.clear()
            continue
        seen.add(real)
        if UTTERANCES[0] in files:  # of a ConvoKit corpus, the one file with words
            files = [f for f in files if f not in _BESIDE]
        kept = [f for f in folders if not f.startswith(".") and Path(here, f).resolve() != leave_out]
        folders[:] = sorted(kept)
        for file in sorted(files):
            path = Path(here, file)
            if file.startswith("."):
                continue
            name = path.relative_to(folder).as_posix()
            if path.is_file():
                yield name, path
            elif path.is_symlink():
                yield name, TranscriptError("the link leads to no file.", "Mend it or take it away.", file=name)
    for error in unread:
        place = Path(error.filename).relative_to(folder).as_posix()
        problem = f"the folder cannot be opened ({error.strerror})."
        yield place, TranscriptError(problem, "Check its rights.", file=place)


def _is_of_a_run(path: Path) -> bool:
    """Tell whether a folder holds the results of a batch, by its manifest."""
    try:
        if not path.is_file():  # reading a pipe would wait for ever
            return False
        with path.open(encoding="utf-8") as handle:
            made = json.loads(handle.read(1 << 20))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(made, dict) and {"reflectkit", "signature"} <= made.keys()


def _table(name: str, path: Path, reading: Reading) -> tuple[int, Iterator[Part]] | None:
    """Return the sessions of a table in a file, or `None` for a file of one session, or one that is broken."""
    format = SUFFIXES.get(path.suffix.casefold()) if reading.format is None else reading.format
    format = _TABLES_OF.get(format or "", format)
    if format is None or format not in SUFFIXES.values() or not os.path.isfile(path):
        return None
    try:
        return parts_of_file(path, format, columns=reading.columns, encoding=reading.encoding, file=name)
    except TranscriptError:
        return None  # the reader of single sessions tells better what is wrong


def _taken_apart(name: str, source: Any, reading: Reading) -> Iterator[Item]:  # noqa: ANN401
    try:
        if isinstance(source, TranscriptError):
            raise source
        if isinstance(source, Path):
            table = _table(name, source, reading)
            if table is None:
                yield Item(name, source)
            else:
                for part in table[1]:
                    yield Item(name, part)
        elif is_frame(source):
            parts = parts_of_frame(source, reading.columns)
            if parts is None:
                yield Item(name, read_transcript(source, columns=reading.columns, **_roles(reading)))
            else:
                for part in parts:
                    yield Item(name, part)
        elif isinstance(source, Transcript):
            yield Item(name, source)
        else:  # read here: open files and generators cannot travel to another process
            yield Item(name, _read_here(source, reading))
    except TranscriptError as error:
        yield Item(name, error)
    except Exception as error:  # a fault of this library, or of a generator that was given: one source, not the run
        yield Item(name, TranscriptError(fault(error), "Please report it, without the transcript.", file=name))


def _read_here(source: Any, reading: Reading) -> Transcript:  # noqa: ANN401
    if hasattr(source, "read"):
        return read_transcript(
            source, format=reading.format, columns=reading.columns, encoding=reading.encoding, **_roles(reading)
        )
    return read_transcript(source, columns=reading.columns, **_roles(reading))


def _roles(reading: Reading) -> dict[str, Any]:
    return {"worker": reading.worker, "client": reading.client}
