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
from reflectkit.errors import ModelError, ReflectkitError, TranscriptError
from reflectkit.pipeline import analyze_transcript, load_model


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
    worker, client, format, columns, encoding : optional
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
    alone = workers(n_jobs) == 1
    carried = portable(model, here=alone or shares_memory())
    work = partial(_analyse, reading=reading, model=carried, alone=alone)
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


def _analyse(item: Item, *, reading: Reading, model: str | Path | Classifier, alone: bool) -> Analysis | Failure:
    return guarded(lambda: analyse_item(item, reading, model, alone=alone), item)


def analyse_item(item: Item, reading: Reading, model: str | Path | Classifier, *, alone: bool) -> Analysis:
    """Analyse one session.

    Parameters
    ----------
    item : Item
        The session.
    reading : Reading
        How to read it.
    model : str, Path or Classifier
        As from `portable`.
    alone : bool
        False if other processes work beside this one: each then keeps to one thread.

    Returns
    -------
    Analysis
        As from `reflectkit.analyze`.

    Raises
    ------
    ReflectkitError
        If it cannot be analysed.
    """
    classifier = model if isinstance(model, Classifier) else load_model(model)
    transcript = read_item(item, reading)
    with nullcontext() if alone else single_thread():
        return analyze_transcript(transcript, classifier)


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
        # A fault of this library, or memory that ran out. Its message may hold words of the transcript: only its kind is told.
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else ""
        problem = f"an unexpected {type(error).__name__}{place}."
        return _failure(item, TranscriptError(problem, "Please report it, without the transcript.", file=item.name))


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
    session = item.content.session if isinstance(item.content, Part) else None
    if isinstance(error, TranscriptError):
        return Failure(item.name, session, error.row, error.line, f"{error.problem} {error.fix}".strip(), error)
    return Failure(item.name, session, None, None, str(error), error)
