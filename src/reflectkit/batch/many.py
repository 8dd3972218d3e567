"""Many sessions: analyses one after the other, in order, as they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar, overload

from reflectkit.analysis import Analysis
from reflectkit.batch.engine import in_order, shares_memory, workers
from reflectkit.batch.sources import Item, Reading, Sources, items, read_item
from reflectkit.batch.tables import Part
from reflectkit.classify import DEFAULT_MODEL, Classifier, available_models, find_model, load_artefact, single_thread
from reflectkit.errors import ModelError, ReflectkitError, TranscriptError, fault
from reflectkit.files import printable
from reflectkit.measure import Counting
from reflectkit.pipeline import analyze_transcript, check_counting, load_model


@dataclass(frozen=True, slots=True)
class Failure:
    """A session that could not be analysed.

    Attributes
    ----------
    file : str
        Where it is: the file's path as given or below its folder.
    session : str or None
        Its name, where a table holds several.
    row, line : int or None
        0-based row and 1-based line of the problem, where known.
    reason : str
        What is wrong and how to mend it, without words of the transcript.
    error : ReflectkitError
        What `reflectkit.analyze` would raise.
    """

    file: str
    session: str | None
    row: int | None
    line: int | None
    reason: str
    error: ReflectkitError = field(repr=False, compare=False)


T = TypeVar("T")
Model = str | os.PathLike[str] | Classifier | None


@dataclass(frozen=True, slots=True, repr=False)
class How:
    """How every session is analysed; travels to other processes.

    Attributes
    ----------
    reading : Reading
        How it is read.
    model : str, Path or Classifier
        As from `portable`.
    counting : {"utterance", "volley"}
        As for `reflectkit.analyze`.
    alone : bool
        False if other processes work beside this one: each then keeps to one thread.
    """

    reading: Reading
    model: str | Path | Classifier
    counting: Counting
    alone: bool

    @classmethod
    def of(cls, reading: Reading, model: Model, counting: Counting, n_jobs: int | None) -> How:
        """Take what a caller gave.

        Parameters
        ----------
        reading : Reading
            How sessions are read.
        model, counting, n_jobs : optional
            As for `analyze_many`.

        Returns
        -------
        How
            The same, as every process can use it.

        Raises
        ------
        ModelError
            If the model cannot be found or trusted, or cannot travel.
        ValueError
            If there is no such `counting`.
        """
        check_counting(counting)
        alone = workers(n_jobs) == 1
        return cls(reading, portable(model, here=alone or shares_memory()), counting, alone)

    @property
    def classifier(self) -> Classifier:
        """The model, loaded once a process."""
        return self.model if isinstance(self.model, Classifier) else load_model(self.model)


@overload
def analyze_many(
    sources: Sources,
    *,
    n_jobs: int | None = ...,
    on_error: Literal["raise"] = ...,
    model: Model = ...,
    worker: str | Iterable[str] | None = ...,
    client: str | Iterable[str] | None = ...,
    format: str | None = ...,
    columns: Mapping[str, Hashable] | None = ...,
    encoding: str | None = ...,
    counting: Counting = ...,
) -> Iterator[Analysis]: ...


@overload
def analyze_many(
    sources: Sources,
    *,
    n_jobs: int | None = ...,
    on_error: Literal["collect"],
    model: Model = ...,
    worker: str | Iterable[str] | None = ...,
    client: str | Iterable[str] | None = ...,
    format: str | None = ...,
    columns: Mapping[str, Hashable] | None = ...,
    encoding: str | None = ...,
    counting: Counting = ...,
) -> Iterator[Analysis | Failure]: ...


def analyze_many(
    sources: Sources,
    *,
    n_jobs: int | None = None,
    on_error: str = "raise",
    model: Model = None,
    worker: str | Iterable[str] | None = None,
    client: str | Iterable[str] | None = None,
    format: str | None = None,
    columns: Mapping[str, Hashable] | None = None,
    encoding: str | None = None,
    counting: Counting = "utterance",
) -> Iterator[Analysis | Failure]:
    """Analyse many sessions, one after the other as they are asked for, in the order of the sources.

    A few sessions are in memory at a time, however many there are. Results do not depend on `n_jobs` or on the engine.

    Parameters
    ----------
    sources : path, DataFrame, mapping of str to source, or iterable of sources
        A folder (all files in it and below, those whose names begin with a dot left out), a file, or any mix of what
        `reflectkit.analyze` takes. A table with a column for the session (CSV, TSV, JSON lines, parquet with pyarrow,
        a data frame) counts as one source a session. The names in a mapping become the sessions' names, except those
        of such tables.
    n_jobs : int, optional
        Processes, -1 for one a core. If not given, what ``joblib.parallel_config`` says, which may be a cluster; else one.
    on_error : {"raise", "collect"}, optional
        What a session that cannot be analysed does: end the run, or be a `Failure` in its place.
    model : str, path or Classifier, optional
        As for `reflectkit.analyze`. A `Classifier` that is not a shipped model's cannot travel to other processes: give
        its folder.
    worker, client, format, columns, encoding, counting : optional
        As for `reflectkit.analyze`, the same for all sources.

    Returns
    -------
    iterator of Analysis or Failure
        One a session, in order. A process that dies (memory ran out, say) loses nothing: its sessions are done again.

    Raises
    ------
    TranscriptError
        With ``on_error="raise"``, if a source cannot be read as a session.
    ModelError
        If the model cannot be found or trusted.
    ValueError
        If there is no such `counting`.

    Examples
    --------
    >>> import reflectkit
    >>> rows = [("Worker", "What was Sunday like for you?"), ("Client", "Long. Nobody rang me.")]
    >>> sessions = {"monday": rows, "tuesday": rows[:1] + [("Client", "Quiet.")], "wednesday": []}
    >>> for a in reflectkit.analyze_many(sessions, on_error="collect"):
    ...     print(a.reason if isinstance(a, Failure) else (a.session, a.metrics["talk_ratio"]))
    ('monday', 1.5)
    ('tuesday', 6.0)
    there is nothing in it. Give a transcript with the words of worker and client.
    """
    if on_error not in ("raise", "collect"):
        raise ReflectkitError(f"on_error= takes 'raise' or 'collect', not {on_error!r}.")
    reading = Reading.of(worker=worker, client=client, format=format, columns=columns, encoding=encoding)
    work = partial(_analyse, how=How.of(reading, model, counting, n_jobs))
    return _results(sources, reading, work, n_jobs, collect=on_error == "collect")


def _results(
    sources: Sources, reading: Reading, work: partial[Analysis | Failure], n_jobs: int | None, *, collect: bool
) -> Iterator[Analysis | Failure]:
    for result in in_order(work, items(sources, reading), n_jobs=n_jobs, given_up=lost):
        if isinstance(result, Failure) and not collect:
            raise result.error
        yield result


def portable(model: Model, *, here: bool) -> str | Path | Classifier:
    """Turn what a caller gave as a model into something every process can load.

    Parameters
    ----------
    model : str, path, Classifier or None
        As for `analyze_many`.
    here : bool
        True if the work is done in this process.

    Returns
    -------
    str, Path or Classifier
        Name of a shipped model, absolute path of a folder, or, for work done here, the classifier itself.

    Raises
    ------
    ModelError
        If it cannot be found or trusted, or cannot travel.
    """
    if isinstance(model, Classifier):
        if here:
            return model
        name = model.artefact.name
        if name in available_models() and load_artefact(name).sha256 == model.artefact.sha256:
            return name
        raise ModelError("a loaded model cannot travel to other processes: give the path of its folder.", name)
    load_artefact(model)  # what is wrong with it is said before the work begins
    if model is None or str(model) in available_models():
        return DEFAULT_MODEL if model is None else str(model)
    return find_model(model).resolve()


def _analyse(item: Item, *, how: How) -> Analysis | Failure:
    return guarded(lambda: analyse_item(item, how), item)


def analyse_item(item: Item, how: How) -> Analysis:
    """Analyse one session.

    Parameters
    ----------
    item : Item
        The session.
    how : How
        How to.

    Returns
    -------
    Analysis
        As from `reflectkit.analyze`.

    Raises
    ------
    ReflectkitError
        If it cannot be analysed.
    """
    classifier = how.classifier
    transcript = read_item(item, how.reading)
    with nullcontext() if how.alone else single_thread():
        return analyze_transcript(transcript, classifier, counting=how.counting)


def guarded(work: Callable[[], T], item: Item) -> T | Failure:
    """Do work on one session; what goes wrong is a `Failure`.

    Parameters
    ----------
    work : callable
        The work.
    item : Item
        The session it is about.

    Returns
    -------
    object or Failure
        What the work returns.
    """
    try:
        return work()
    except ReflectkitError as error:
        return _failure(item, error)
    except Exception as error:
        # A fault of this library, or memory that ran out.
        fix = "Please report it, without the transcript."
        return _failure(item, TranscriptError(fault(error), fix, file=item.name))


def lost(item: Item, problem: str) -> Failure:
    """Return the failure of a session that no process survived.

    Parameters
    ----------
    item : Item
        The session.
    problem : str
        Name of the last error.

    Returns
    -------
    Failure
        It says so.
    """
    said = f"the process that worked on it died again and again ({problem})."
    return _failure(item, TranscriptError(said, "It may be too large for the memory.", file=item.name))


def _failure(item: Item, error: ReflectkitError) -> Failure:
    named = item.content.session if isinstance(item.content, Part) else None
    session = None if named is None else printable(named)
    if isinstance(error, TranscriptError):
        return Failure(item.name, session, error.row, error.line, f"{error.problem} {error.fix}".strip(), error)
    return Failure(item.name, session, None, None, str(error), error)
