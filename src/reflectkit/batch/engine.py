"""Work spread over processes by joblib, in order, and done again where a process died.

Which engine does it is joblib's business: ``joblib.parallel_config(backend="dask")`` around a call moves it to a
cluster. The work must be a pure function that returns its errors; whatever joblib raises is then a broken process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from threading import Lock
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

TRIES = 2
"""Times that work is begun again where a process died, before it is given up."""

_WINDOW = 16


def workers(n_jobs: int | None) -> int:
    """Return how many processes there will be.

    Parameters
    ----------
    n_jobs : int or None
        As for `joblib.Parallel`: -1 for one a core, `None` for what `joblib.parallel_config` says, else one.

    Returns
    -------
    int
        At least 1; on a cluster, its workers.
    """
    if n_jobs == 1:
        return 1
    from joblib.parallel import get_active_backend

    backend, configured = get_active_backend()
    return max(1, int(backend.effective_n_jobs(configured if n_jobs is None else n_jobs)))


def shares_memory() -> bool:
    """Tell whether the configured engine is one of threads.

    Returns
    -------
    bool
        True if work is done in this process.
    """
    from joblib.parallel import get_active_backend

    return bool(getattr(get_active_backend()[0], "supports_sharedmem", False))


def in_order(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    n_jobs: int | None,
    given_up: Callable[[Task, str], Result],
) -> Iterator[Result]:
    """Do the work for every task; a few tasks a process are held at a time, however many there are.

    Parameters
    ----------
    work : callable
        A function that can be pickled and raises nothing.
    tasks : iterable
        What it takes, one by one.
    n_jobs : int or None
        As for `workers`.
    given_up : callable
        Gives the result for a task that no process survived `TRIES` times, from the task and the last error's name.

    Yields
    ------
    object
        Results, in the order of the tasks.
    """
    if workers(n_jobs) == 1:
        yield from map(work, tasks)
        return
    feed = _Feed(tasks)
    again: list[Task] = []
    failures = 0
    while True:
        attempt = _Attempt(again, feed)
        try:
            for result in _parallel(work, attempt, n_jobs):
                attempt.done()
                failures = 0
                yield result
            break
        except Exception:
            failures += 1
            again = attempt.close()
            if not again and failures > TRIES:  # the engine itself is broken, and took no task
                raise
        if failures >= TRIES and again:  # the first may be the one that kills: alone, it is known
            yield _alone(work, again.pop(0), given_up)
            failures = 0
    if feed.broken is not None:
        raise feed.broken


class _Feed(Generic[Task]):
    """Tasks as the caller gives them; if that fails, what came before is done first, and no process is blamed."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks = iter(tasks)
        self.broken: Exception | None = None

    def __iter__(self) -> Iterator[Task]:
        return self

    def __next__(self) -> Task:
        try:
            return next(self._tasks)
        except StopIteration:
            raise
        except Exception as error:
            self.broken = error
            raise StopIteration from None


class _Attempt(Generic[Task]):
    """Tasks on their way through joblib, whose threads go on taking them for a while after a process has died."""

    def __init__(self, again: Iterable[Task], feed: Iterator[Task]) -> None:
        self._again = iter(again)
        self._tasks = chain(self._again, feed)
        self._waiting: deque[Task] = deque()
        self._lock, self._open = Lock(), True

    def __iter__(self) -> Iterator[Task]:
        while True:
            with self._lock:
                if not self._open:
                    return
                try:
                    task = next(self._tasks)
                except StopIteration:
                    return
                self._waiting.append(task)
            yield task

    def done(self) -> None:
        """Forget the first task that waits: its result has come."""
        self._waiting.popleft()

    def close(self) -> list[Task]:
        """Hand out no more tasks; return those without a result."""
        with self._lock:
            self._open = False
            return [*self._waiting, *self._again]


def _parallel(work: Callable[[Task], Result], tasks: Iterable[Task], n_jobs: int | None) -> Iterator[Result]:
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    # Nothing is memory-mapped (max_nbytes): that would write what people said to a temporary file.
    if get_active_backend()[0].supports_return_generator:
        yield from Parallel(n_jobs=n_jobs, return_as="generator", max_nbytes=None)(map(delayed(work), tasks))
        return
    # Engines that give results only when all is done, such as Ray, get a window of tasks at a time.
    feed = iter(tasks)
    while window := list(islice(feed, _WINDOW * workers(n_jobs))):
        yield from Parallel(n_jobs=n_jobs, max_nbytes=None)(map(delayed(work), window))


def _alone(work: Callable[[Task], Result], task: Task, given_up: Callable[[Task, str], Result]) -> Result:
    from joblib import Parallel, delayed

    problem = ""
    for _ in range(TRIES):
        try:
            result: Result = Parallel(n_jobs=2, max_nbytes=None)([delayed(work)(task)])[0]
        except Exception as error:
            problem = type(error).__name__
        else:
            return result
    return given_up(task, problem)
