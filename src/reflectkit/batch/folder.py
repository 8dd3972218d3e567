"""A folder of results: written whole, gone on with after a stop, and the same to the byte either way.

- ``run.json``: what made the results. A folder made in another way is refused, never mixed.
- ``json/``: one file a session (`Analysis.to_json`, on one line), written as soon as it is done. Its name holds a
  fingerprint of the source, so that a session is done again if, and only if, its file or its rows changed. Files of
  sources that are gone are taken away at the end of a run that could read all others.
- ``sessions``, ``utterances``, ``directive_disclosures`` as CSV and, where pyarrow is installed, parquet, and
  ``errors.csv``: made anew from those files at the end of every run, and put in place whole.

A run holds ``.lock``; another on the same folder is refused.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reflectkit.batch.engine import in_order
from reflectkit.batch.many import Failure, How, Model, analyse_item, guarded, lost
from reflectkit.batch.sources import MANIFEST, Item, Reading, count, digest, items
from reflectkit.batch.tables import Part
from reflectkit.batch.writing import Tables, cells
from reflectkit.classify import Artefact
from reflectkit.errors import BatchError, TranscriptError
from reflectkit.files import printable, write_atomically
from reflectkit.interchange import as_json
from reflectkit.measure import Counting
from reflectkit.pipeline import signature
from reflectkit.progress import bar, visible
from reflectkit.read import existing_path
from reflectkit.version import __version__

FORMAT = 1
"""Rises when the results of an older version cannot be gone on with."""

LOCK, JSON = ".lock", "json"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_RESULT = f"*{'[0-9a-f]' * 12}.json"  # what `_done` names them; other files are left alone


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a run left.

    Attributes
    ----------
    out : Path
        The folder.
    sessions, errors : int
        Sessions analysed, by this run or one before it, and sources that could not be.
    parquet : bool
        True if parquet was written beside CSV.
    """

    out: Path
    sessions: int
    errors: int
    parquet: bool


@dataclass(frozen=True, slots=True, repr=False)
class _Done:
    """A session done: the stem of its file, its source, and the file's content."""

    name: str
    file: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class _Unread:
    """A source that could not be opened or read to its end: results of earlier runs may be of sessions in it."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class _Stop:
    """The results cannot be written."""

    problem: str


def run_batch(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    n_jobs: int | None = None,
    model: Model = None,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    format: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    encoding: str | None = None,
    counting: Counting = "utterance",
    progress: bool = False,
) -> BatchResult:
    """Analyse files and write the results to a folder; a run that was stopped goes on where it stopped.

    Parameters
    ----------
    sources : path or sequence of paths
        Folders, files, and tables of many sessions, as for `reflectkit.analyze_many`.
    out : path
        Folder for the results, made if missing.
    n_jobs, model, worker, client, format, columns, encoding, counting : optional
        As for `reflectkit.analyze_many`.
    progress : bool, optional
        True for a bar on standard error, with rate and time left, if that is a terminal.

    Returns
    -------
    BatchResult
        How many sessions there are.

    Raises
    ------
    BatchError
        If the folder is another run's, or in use, or cannot be written.
    TranscriptError
        If a string is given that is no path; a file that is missing costs its row of ``errors.csv``.
    ModelError
        If the model cannot be found or trusted.
    ValueError
        If there is no such `counting`.
    """
    paths = [_named(p) for p in ([sources] if isinstance(sources, str | os.PathLike) else sources)]
    reading = Reading.of(worker=worker, client=client, format=format, columns=columns, encoding=encoding)
    how = How.of(reading, model, counting, n_jobs)
    artefact = how.classifier.artefact
    made_by = signature(artefact, counting)
    target = Path(out).resolve()
    with _writing(target), _locked(target):
        _claim(target, _manifest(paths, reading, artefact, counting, made_by))
        _sweep(target)
        given = paths[0] if len(paths) == 1 else paths
        work = partial(_work, folder=target / JSON, how=how, signature=made_by)
        found = in_order(work, items(given, reading, leave_out=target), n_jobs=n_jobs, given_up=_died)
        if progress and visible():
            found = bar(found, total=count(given, reading, leave_out=target), unit="sessions")
        result = _gather(target, found)
        _sweep(target)
        return result


def _named(source: str | os.PathLike[str]) -> Path:
    """Return a path that may be written down: of what exists, or of what can be nothing but a file's name."""
    try:
        return existing_path(source)
    except TranscriptError as error:
        if error.file is None:
            raise
        return Path(source)


def _manifest(paths: Sequence[Path], reading: Reading, artefact: Artefact, counting: Counting, made_by: str) -> str:
    made = {
        "format": FORMAT,
        "reflectkit": __version__,
        "signature": made_by,
        "model": {"name": artefact.name, "sha256": artefact.sha256},
        "sources": [printable(str(path.absolute())) for path in paths],
        "options": {
            "worker": reading.worker and list(reading.worker),
            "client": reading.client and list(reading.client),
            "format": reading.format,
            "columns": reading.columns and dict(reading.columns),
            "encoding": reading.encoding,
            "counting": counting,
        },
    }
    return json.dumps(made, indent=2, ensure_ascii=False, default=str) + "\n"


def _claim(target: Path, manifest: str) -> None:
    """Make the folder this run's, or see that it is already."""
    path, results = target / MANIFEST, target / JSON
    if results.is_symlink() or (results.exists() and not results.is_dir()):
        problem = f"its {JSON!r} is a link or no folder, and what it leads to would be overwritten."
        raise BatchError(problem, "Take it away, or choose another folder.", target.name)
    if not path.exists():
        others = [entry.name for entry in target.iterdir() if not entry.name.startswith(".")]
        if others:
            raise BatchError("it holds other files.", "Choose a new or an empty folder.", target.name)
        write_atomically(path, manifest)
    elif (held := path.read_text("utf-8", "replace")) != manifest:
        raise BatchError(
            f"it holds the results of another run ({_difference(held, manifest)}).",
            "Choose another folder.",
            target.name,
        )
    (target / JSON).mkdir(mode=0o700, exist_ok=True)


def _difference(held: str, manifest: str) -> str:
    try:
        before, now = json.loads(held), json.loads(manifest)
        flat = [{**run, **run["options"]} for run in (before, now)]
        names = [
            name for name in flat[1] if flat[0].get(name) != flat[1][name] and name not in ("options", "signature")
        ]
    except (ValueError, TypeError, KeyError):
        names = []
    return f"other {', '.join(names)}" if names else "run.json differs"


def _sweep(target: Path) -> None:
    """Take away what killed runs left half written, and nothing else."""
    for folder, pattern in ((target, f".{MANIFEST}.*"), (target, ".*.part"), (target / JSON, f".{_RESULT}.*")):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _work(item: Item, *, folder: Path, how: How, signature: str) -> _Done | Failure | _Unread | _Stop:
    fingerprint = guarded(lambda: digest(item), item)
    if isinstance(fingerprint, Failure):
        return _Unread(fingerprint)
    return guarded(lambda: _done(item, fingerprint, folder, how, signature), item)


def _died(item: Item, problem: str) -> _Unread:
    return _Unread(lost(item, problem))


def _done(item: Item, fingerprint: str, folder: Path, how: How, signature: str) -> _Done | _Stop:
    stem = (item.content.session or "") if isinstance(item.content, Part) else Path(item.name).stem
    name = f"{_UNSAFE.sub('_', stem)[:40].lstrip('-')}-{fingerprint[:12]}".lstrip("-")
    path = folder / f"{name}.json"
    data = _held(path, signature)
    if data is None:
        data = analyse_item(item, how).to_dict()
        try:
            write_atomically(path, as_json(data, indent=None))
        except OSError as error:
            return _Stop(error.strerror or type(error).__name__)
    return _Done(name, item.name, data)


def _held(path: Path, signature: str) -> dict[str, Any] | None:
    """Return a result of a run before, `None` if there is none or a crash of the machine, or a hand, left it broken."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        cells(data)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return data if data["signature"] == signature and "session" in data else None


def _gather(target: Path, found: Iterator[_Done | Failure | _Unread | _Stop]) -> BatchResult:
    sessions = errors = 0
    earlier = _results_by_file(target)
    kept: set[str] = set()
    failed: set[str] = set()
    all_read = True
    with Tables(target) as tables:
        for result in found:
            if isinstance(result, _Stop):
                raise OSError(0, result.problem)
            if isinstance(result, _Done):
                if result.name not in kept:
                    kept.add(result.name)
                    tables.add_session(result.name, result.file, result.data)
                    sessions += 1
                continue
            all_read = all_read and isinstance(result, Failure)
            failure = result if isinstance(result, Failure) else result.failure
            failed.update(earlier.get(failure.file, ()))  # a table may have lost a heading, and not its sessions
            tables.add_error(failure.file, failure.session, failure.row, failure.line, failure.reason)
            errors += 1
        tables.finish()
    # Results of sources that are gone or changed: nobody expects their words to be kept here. Where something could not
    # be read, nobody knows what is gone.
    for path in (target / JSON).glob(_RESULT) if all_read else ():
        if path.stem not in kept and path.stem not in failed:
            path.unlink(missing_ok=True)
    return BatchResult(target, sessions, errors, tables.parquet)


def _results_by_file(target: Path) -> dict[str, set[str]]:
    """Return the results that the tables of the run before tell of, by the file they came from."""
    found: dict[str, set[str]] = defaultdict(set)
    try:
        with (target / "sessions.csv").open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                found[row["file"]].add(row["result"])
    except (OSError, ValueError, LookupError, csv.Error):
        return {}
    return found


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Make the folder; tell what cannot be written in one clear error."""
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise BatchError(
            f"the results cannot be written ({error.strerror or type(error).__name__}).",
            "Mend that and run the same again: it goes on where it stopped.",
            target.name,
        ) from None


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(target / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BatchError(
            "another run is writing to it.", "Wait for its end, or choose another folder.", target.name
        ) from None
    try:
        yield
    finally:
        lock.release()
