"""Score the swap alarm: how often it fires on labels as they are, and on labels exchanged at random.

The weights are those of `reflectkit.read.talk`; for the train sessions, which they were fitted on, weights are fitted
again on other folds. Three kinds of exchange are drawn: one row under the other speaker's label, two neighbours under
each other's, and a run of three to eight rows under the wrong one, as after a label that slipped.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from reflectkit.codebook import Role
from reflectkit.learn.corpus import load_corpus
from reflectkit.learn.roles import Session, folded_weights, pairs, public_pairs
from reflectkit.read import swaps, talk
from reflectkit.values import Row

SEED = 20
DRAWS = 4
"""Exchanges drawn of each kind for every session."""

PIECE = 8
"""Words of a row where sessions are cut as captions are."""

Scored: TypeAlias = tuple[list[float], list[bool]]
Sets: TypeAlias = dict[str, tuple[list[Session], list[Mapping[str, float] | None]]]
Draw: TypeAlias = Callable[[np.random.Generator, Sequence[bool]], list[int]]


def scored(sessions: Sequence[Session], weights: Iterable[Mapping[str, float] | None]) -> list[Scored]:
    """Score the rows of sessions long enough for the alarm.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.
    weights : iterable of mapping or None
        Weights for each session; `None` for those shipped.

    Returns
    -------
    list of (list of float, list of bool)
        Log-odds of each row's words, and whether its label says worker.
    """
    found = []
    for (rows, worker, _), own in zip(sessions, weights, strict=False):
        if len(rows) >= swaps.LEAST_ROWS_TO_SUSPECT:
            texts = [talk.heard(r.text) for r in rows[: talk.MOST_ROWS]]
            found.append((talk.row_scores(texts, own), [r.speaker == worker for r in rows[: talk.MOST_ROWS]]))
    return found


def in_pieces(sessions: Sequence[Session]) -> list[Session]:
    """Cut rows into pieces of `PIECE` words, as captions cut speech.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.

    Returns
    -------
    list of (list of Row, str, str)
        The same with shorter rows.
    """
    cut = []
    for rows, worker, client in sessions:
        pieces: list[Row] = []
        for r in rows:
            words = r.text.split()
            for at in range(0, len(words), PIECE):
                pieces.append(Row(len(pieces), r.speaker, " ".join(words[at : at + PIECE])))
        cut.append((pieces, worker, client))
    return cut


def _one(rng: np.random.Generator, labels: Sequence[bool]) -> list[int]:
    return [int(rng.integers(1, len(labels) - 1))]


def _neighbours(rng: np.random.Generator, labels: Sequence[bool]) -> list[int]:
    places = [i for i in range(len(labels) - 1) if labels[i] != labels[i + 1]]
    first = places[int(rng.integers(len(places)))]
    return [first, first + 1]


def _run(rng: np.random.Generator, labels: Sequence[bool]) -> list[int]:
    length = int(rng.integers(3, 9))
    first = int(rng.integers(0, max(len(labels) - length, 1)))
    return list(range(first, min(first + length, len(labels))))


KINDS: Mapping[str, Draw] = {"one row": _one, "two neighbours": _neighbours, "a run": _run}


def false_alarms(sessions: Sequence[Scored]) -> float:
    """Share of sessions as labelled in which a row is suspected.

    Parameters
    ----------
    sessions : sequence of (list of float, list of bool)
        As from `scored`.

    Returns
    -------
    float
        In [0, 1].
    """
    return float(np.mean([_highest(s) >= swaps.ROW_LOG_ODDS for s in sessions]))


def _highest(session: Scored) -> float:
    return max(swaps.exchange_log_odds(*session))


def recall(sessions: Sequence[Scored], draw: Draw) -> tuple[float, float]:
    """Exchange labels at random and look whether the alarm finds them.

    Parameters
    ----------
    sessions : sequence of (list of float, list of bool)
        As from `scored`.
    draw : callable
        Chooses the rows to exchange.

    Returns
    -------
    found : float
        Share of exchanges of which at least one row is suspected.
    elsewhere : float
        Share of exchanges beside which a row is suspected that is neither exchanged nor next to one that is.
    """
    rng = np.random.default_rng(SEED)
    hits, elsewhere = [], []
    for scores, labels in sessions:
        for _ in range(DRAWS):
            chosen = draw(rng, labels)
            exchanged = [label is not (i in chosen) for i, label in enumerate(labels)]
            odds = swaps.exchange_log_odds(scores, exchanged)
            fired = [i for i, value in enumerate(odds) if value >= swaps.ROW_LOG_ODDS]
            hits.append(any(i in chosen for i in fired))
            near = {i + d for i in chosen for d in (-1, 0, 1)}
            elsewhere.append(any(i not in near for i in fired))
    return float(np.mean(hits)), float(np.mean(elsewhere))


def whole_sessions(sessions: Sequence[Session], weights: Iterable[Mapping[str, float] | None]) -> tuple[float, float]:
    """Look how often the alarm for the whole session fires.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.
    weights : iterable of mapping or None
        Weights for each session; `None` for those shipped.

    Returns
    -------
    as_labelled, exchanged : float
        Share of sessions in which it fires, labels as they are and labels exchanged.
    """
    fired: tuple[list[bool], list[bool]] = ([], [])
    for (rows, worker, _), own in zip(sessions, weights, strict=False):
        texts = [talk.heard(r.text) for r in rows[: talk.MOST_ROWS]]
        sides = [Role.WORKER if r.speaker == worker else Role.CLIENT for r in rows[: talk.MOST_ROWS]]
        features = talk.side_features(texts, sides, talk.row_scores(texts, own))
        fit = talk.probability(features[Role.WORKER], features[Role.CLIENT])
        fired[0].append(fit < swaps.SESSION_BELOW)
        fired[1].append(1 - fit < swaps.SESSION_BELOW)
    return float(np.mean(fired[0])), float(np.mean(fired[1]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how often the swap alarm fires rightly and wrongly."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.swaps", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--public", nargs="*", default=[], help="CSV files of tidied public corpora to score as well")
    parser.add_argument("--rows", nargs="*", default=[], metavar="DIALOGUE:ROW", help="rows to look at, as 012:11")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    train = pairs(corpus.split("train"))
    sets: Sets = {"train (other folds' weights)": (train, [*folded_weights(train)])}
    for name, sessions in [(s, pairs(corpus.split(s))) for s in ("dev", "test")] + [
        (Path(p).stem, public_pairs(p)) for p in options.public
    ]:
        sets[name] = (sessions, [None] * len(sessions))
    looked_at = [f"{wanted}: {_looked_at(wanted, options.public)}" for wanted in options.rows]
    print("\n".join([*_whole(sets), "", *_single(sets), *looked_at]))  # noqa: T201


def _whole(sets: Sets) -> Iterator[str]:
    yield from ("The whole session:", "", "| sessions | n | fires, labels as they are | fires, labels exchanged |")
    yield "|---|---|---|---|"
    for name, (sessions, weights) in sets.items():
        as_they_are, exchanged = whole_sessions(sessions, weights)
        yield f"| {name} | {len(sessions)} | {as_they_are:.3f} | {exchanged:.3f} |"


def _single(sets: Sets) -> Iterator[str]:
    heads = " | ".join(f"{kind} found | elsewhere" for kind in KINDS)
    yield from (
        "Single rows:",
        "",
        f"| sessions | n | 95th percentile | sessions as labelled that are suspected | {heads} |",
    )
    yield "|---|---|---|---|" + "---|---|" * len(KINDS)
    prepared = {name: scored(sessions, weights) for name, (sessions, weights) in sets.items()}
    prepared |= {
        f"{name}, cut as captions": scored(in_pieces(sessions), weights) for name, (sessions, weights) in sets.items()
    }
    for name, own in prepared.items():
        percentile = float(np.quantile([_highest(s) for s in own], 0.95))
        cells = " | ".join(f"{x:.2f}" for draw in KINDS.values() for x in recall(own, draw))
        yield f"| {name} | {len(own)} | {percentile:.2f} | {false_alarms(own):.3f} | {cells} |"


def _looked_at(wanted: str, files: Sequence[str]) -> str:
    """Tell whether a row of a public dialogue is suspected."""
    dialogue, number = wanted.split(":")
    for file in files:
        with Path(file).open(encoding="utf-8", newline="") as handle:
            records = [r for r in csv.DictReader(handle) if r["dialogue_id"].rpartition("_")[2] == dialogue]
        if records:
            roles = [Role.WORKER if r["speaker"] == "worker" else Role.CLIENT for r in records]
            suspected = swaps.suspects([Row(i, r["speaker"], r["text"]) for i, r in enumerate(records)], roles)
            return "suspected" if int(number) in suspected else f"not suspected (rows suspected: {suspected})"
    return "not in these files"


if __name__ == "__main__":
    main()
