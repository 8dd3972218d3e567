"""Many sessions: one frame of measures, and what tends to follow what.

Balances add up (``sum((a.balance for a in analyses), Balance())``); nothing here ranks sessions or workers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from reflectkit.analysis import Analysis
from reflectkit.codebook import BEHAVIOURS
from reflectkit.lazy import pd
from reflectkit.measure.definitions import MEASURES
from reflectkit.measure.sequence import moves

MEASURE_COLUMNS: tuple[str, ...] = tuple(f"{m.name}{end}" for m in MEASURES for end in ("", "_low", "_high"))
"""Columns of the measures wherever sessions stand side by side: each with the ends of its 90 % interval."""

LEAST_EXPECTED = 5.0
"""Transitions that chance alone would give, below which nothing is said of a pair (the usual rule for tables of counts)."""

FALSE_DISCOVERIES = 0.05
"""Share of the pairs told to differ from chance that may do so by chance (Benjamini and Hochberg 1995)."""


def sessions_frame(analyses: Iterable[Analysis]) -> pd.DataFrame:
    """Put the measures of sessions side by side.

    Parameters
    ----------
    analyses : iterable of Analysis
        Sessions; taken one at a time, so a generator will do.

    Returns
    -------
    pandas.DataFrame
        One row a session in the order given: ``session``, then for each measure its value and the ends of its 90 %
        interval (``<measure>, <measure>_low, <measure>_high``; float, NaN where undefined), then ``signature``.
    """
    rows = []
    for a in analyses:
        row: dict[str, object] = {"session": a.session}
        metrics = a.metrics  # made anew at each access, with all intervals
        for name, value in metrics.items():
            low, high = metrics.interval(name) or (None, None)
            row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        rows.append({**row, "signature": a.signature})
    frame = pd.DataFrame(rows, columns=["session", *MEASURE_COLUMNS, "signature"])
    # In one block, or pandas warns whoever adds a column.
    return frame.astype(dict.fromkeys(MEASURE_COLUMNS, "float64")).copy()


def transitions(analyses: Iterable[Analysis], *, draws: int = 2000, seed: int = 20261122) -> pd.DataFrame:
    """Tell what workers' volleys tend to follow on what, against chance.

    A volley does all its utterances do. For each pair of behaviours the number of volleys with the second that come right
    after one with the first is held against the same number with each session's volleys in random order, so that
    what a session has much of is not mistaken for sequence.

    Parameters
    ----------
    analyses : iterable of Analysis
        Sessions.
    draws : int, optional
        Random orders, at least 1.
    seed : int, optional
        Of the random orders.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``behaviour, then, n`` (observed), ``expected`` (mean over random orders), ``ratio``, ``p`` (two-sided
        permutation test), ``q`` (with the false discovery rate controlled over all pairs tested) and ``verdict``: ``"more
        often"``, ``"less often"``, ``"not distinguishable"`` or ``"too few"``; ratio, p and q are NaN for the last.

    Raises
    ------
    ValueError
        If `draws` is below 1.
    """
    if draws < 1:
        raise ValueError(f"at least one random order is needed, not {draws}.")
    rng = np.random.default_rng(seed)
    tables = [_table(a) for a in analyses]
    observed = _follow(tables)
    drawn = np.stack([_follow([rng.permutation(t) for t in tables]) for _ in range(draws)])
    expected = drawn.mean(axis=0)
    far = np.abs(drawn - expected) >= np.abs(observed - expected) - 1e-9
    p = (1 + far.sum(axis=0)) / (1 + draws)
    enough = expected >= LEAST_EXPECTED
    q = np.full_like(p, np.nan)
    q[enough] = _benjamini_hochberg(p[enough])
    rows = []
    for i, first in enumerate(BEHAVIOURS):
        for j, second in enumerate(BEHAVIOURS):
            n, mean = int(observed[i, j]), float(expected[i, j])
            if not enough[i, j]:
                rows.append((first.value, second.value, n, mean, np.nan, np.nan, np.nan, "too few"))
                continue
            verdict = "not distinguishable"
            if q[i, j] <= FALSE_DISCOVERIES:
                verdict = "more often" if n > mean else "less often"
            rows.append((first.value, second.value, n, mean, n / mean, p[i, j], q[i, j], verdict))
    return pd.DataFrame(rows, columns=["behaviour", "then", "n", "expected", "ratio", "p", "q", "verdict"])


def _table(analysis: Analysis) -> npt.NDArray[np.int64]:
    rows = [[b in done for b in BEHAVIOURS] for done in moves(analysis.transcript, analysis.coded)]
    return np.asarray(rows, dtype=np.int64).reshape(-1, len(BEHAVIOURS))


def _follow(tables: Iterable[npt.NDArray[np.int64]]) -> npt.NDArray[np.float64]:
    total = np.zeros((len(BEHAVIOURS), len(BEHAVIOURS)))
    for table in tables:
        total += table[:-1].T @ table[1:]
    return total


def _benjamini_hochberg(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty_like(p)
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return q
