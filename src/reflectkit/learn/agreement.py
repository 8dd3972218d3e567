"""How far two independent coders agree: Cohen's kappa and positive agreement, with bootstrap intervals over sessions.

Agreement is counted on utterances that both coders coded. For directive-disclosure the unit is the stretch: one coder's
stretch is matched if it overlaps one of the other's, and positive agreement is twice the matches over all stretches.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS, CODED_FLAGS
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import read_table, refuse_unsound

CODERS = ("A", "B")
RESAMPLES = 1000
SEED = 11


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one code.

    Attributes
    ----------
    code : str
        Behaviour, flag, or ``"directive_disclosure"``.
    a, b, both : int
        How often coder A, coder B and both gave it; for stretches, `both` counts A's stretches that B's overlap.
    kappa, kappa_low, kappa_high : float or None
        Cohen's kappa with its 90 % bootstrap interval; `None` for stretches, which have no negatives to count, and
        where chance alone would agree fully.
    positive, positive_low, positive_high : float or None
        Positive agreement in [0, 1]; `None` if nobody gave the code.
    """

    code: str
    a: int
    b: int
    both: int
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    positive: float | None
    positive_low: float | None
    positive_high: float | None


def agreement(folder: str | os.PathLike[str]) -> tuple[int, int, list[Agreement]]:
    """Compute agreement between the two coders of a corpus.

    Parameters
    ----------
    folder : path
        Folder of the corpus, with ``codings.csv``; stretches are compared if there is a ``disclosures.csv``.

    Returns
    -------
    sessions, utterances : int
        How much both coded.
    rows : list of Agreement
        Behaviours, flags and directive-disclosure.

    Raises
    ------
    CorpusError
        If a table breaks the format, or no session is coded twice.
    """
    path = Path(folder)
    refuse_unsound(path)
    codes: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(dict)
    for row in read_table(path, "codings.csv"):
        given = {*row["behaviours"].split("|"), *(f for f in row["flags"].split("|") if f)}
        codes[row["session"], int(row["utterance"])][row["coder"]] = given
    twice = {key: by for key, by in codes.items() if set(by) >= set(CODERS)}
    if not twice:
        raise CorpusError(f"{path / 'codings.csv'}: no session is coded by both {' and '.join(CODERS)}.")
    sessions = sorted({session for session, _ in twice})
    number = {s: i for i, s in enumerate(sessions)}
    draws = np.random.default_rng(SEED).integers(0, len(sessions), size=(RESAMPLES, len(sessions)))
    rows = []
    for code in [*BEHAVIOURS, *CODED_FLAGS]:
        # Per session: both, only A, only B, neither.
        table = np.zeros((len(sessions), 4))
        for (session, _), by in twice.items():
            a, b = (code in by[coder] for coder in CODERS)
            table[number[session], 0 if a and b else 1 if a else 2 if b else 3] += 1
        rows.append(_agreement(str(code), table, draws))
    if (path / "disclosures.csv").exists():
        rows.append(_stretches(path, sessions, draws))
    return len(sessions), len(twice), rows


def _kappa(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cohen's kappa of tables with columns both, only A, only B, neither; NaN where chance agrees fully."""
    n = table.sum(axis=-1)
    n = np.where(n > 0, n, np.nan)
    both, a, b = table[..., 0], table[..., 0] + table[..., 1], table[..., 0] + table[..., 2]
    observed = (both + table[..., 3]) / n
    chance = (a * b + (n - a) * (n - b)) / n**2
    return np.asarray(np.divide(observed - chance, 1 - chance, out=np.full_like(observed, np.nan), where=chance < 1))


def _positive(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    given = 2 * table[..., 0] + table[..., 1] + table[..., 2]
    return np.asarray(np.divide(2 * table[..., 0], given, out=np.full_like(given, np.nan), where=given > 0))


def _interval(values: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    known = values[~np.isnan(values)]
    if not len(known):
        return None, None
    low, high = np.quantile(known, (0.05, 0.95))
    return float(low), float(high)


def _known(value: npt.NDArray[np.float64]) -> float | None:
    return None if np.isnan(value) else float(value)


def _agreement(code: str, table: npt.NDArray[np.float64], draws: npt.NDArray[np.int64]) -> Agreement:
    total, resampled = table.sum(axis=0), table[draws].sum(axis=1)
    return Agreement(
        code,
        int(total[0] + total[1]),
        int(total[0] + total[2]),
        int(total[0]),
        _known(_kappa(total)),
        *_interval(_kappa(resampled)),
        _known(_positive(total)),
        *_interval(_positive(resampled)),
    )


def _stretches(path: Path, sessions: Sequence[str], draws: npt.NDArray[np.int64]) -> Agreement:
    spans: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in read_table(path, "disclosures.csv"):
        if row["kind"] == "directive_disclosure":
            spans[row["session"], row["coder"]].append((int(row["first"]), int(row["last"])))
    table = np.zeros((len(sessions), 4))
    for i, session in enumerate(sessions):
        a, b = (spans[session, coder] for coder in CODERS)
        matched_a, matched_b = _matched(a, b), _matched(b, a)
        # Twice the matches over all stretches: half of each coder's matches stand for one both.
        table[i] = ((matched_a + matched_b) / 2, len(a) - matched_a, len(b) - matched_b, 0)
    found = _agreement("directive_disclosure", table, draws)
    n_a, n_b = (sum(len(spans[s, coder]) for s in sessions) for coder in CODERS)
    both = sum(_matched(spans[s, "A"], spans[s, "B"]) for s in sessions)
    positive = (found.positive, found.positive_low, found.positive_high)
    return Agreement("directive_disclosure", n_a, n_b, both, None, None, None, *positive)


def _matched(a: Iterable[tuple[int, int]], b: Sequence[tuple[int, int]]) -> int:
    return sum(any(first <= y and x <= last for x, y in b) for first, last in a)


def agreement_table(rows: Sequence[Agreement]) -> str:
    """Write agreement as a Markdown table.

    Parameters
    ----------
    rows : sequence of Agreement
        As from `agreement`.

    Returns
    -------
    str
        One row a code.
    """

    def two(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    lines = [
        "| code | by A | by B | by both | kappa | 90 % interval | positive agreement | 90 % interval |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        kappa = f"{two(r.kappa_low)}–{two(r.kappa_high)}" if r.kappa is not None else "–"
        positive = f"{two(r.positive_low)}–{two(r.positive_high)}" if r.positive is not None else "–"
        cells = (r.code, str(r.a), str(r.b), str(r.both), two(r.kappa), kappa, two(r.positive), positive)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
