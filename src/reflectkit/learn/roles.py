"""Fit and score the guess of who the worker is from how the speakers talk.

Each session is seen whole and as openings of several lengths, so that confidence is honest for short ones too. The two
speakers' features are subtracted, and every pair is seen both ways round: the regression has no intercept and cannot
learn an order.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.read import roles
from reflectkit.values import Row

OPENINGS = (6, 12, 24, 10_000)
"""Rows seen of each session."""

Session = tuple[list[Row], str, str]


def pairs(corpus: Corpus) -> list[Session]:
    """Return sessions of two speakers as rows, with who is who.

    Parameters
    ----------
    corpus : Corpus
        Annotated sessions.

    Returns
    -------
    list of (list of Row, str, str)
        Rows, the worker's and the client's label.
    """
    found = []
    for session in corpus.sessions:
        turns = session.transcript.turns
        sides = {role: {t.speaker for t in turns if t.role is role} for role in (Role.WORKER, Role.CLIENT)}
        if all(len(side) == 1 for side in sides.values()):
            rows = [Row(t.row, t.speaker, t.text) for t in turns]
            found.append((rows, sides[Role.WORKER].pop(), sides[Role.CLIENT].pop()))
    return found


def public_pairs(path: str | Path) -> list[Session]:
    """Read sessions of a tidied public corpus (columns ``dialogue_id, speaker, text``, speaker worker or client).

    Parameters
    ----------
    path : path
        The CSV file.

    Returns
    -------
    list of (list of Row, str, str)
        As `pairs`.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    with Path(path).open(encoding="utf-8", newline="") as handle:
        for record in csv.DictReader(handle):
            own = rows[record["dialogue_id"]]
            own.append(Row(len(own), record["speaker"], record["text"]))
    return [(own, "worker", "client") for own in rows.values() if {r.speaker for r in own} == {"worker", "client"}]


def fit(sessions: Sequence[Session]) -> dict[str, float]:
    """Fit the regression.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Train sessions.

    Returns
    -------
    dict of str to float
        Weight of each of `reflectkit.read.roles.FEATURES`.
    """
    x, y = [], []
    for rows, worker, client in sessions:
        for n in OPENINGS:
            own = rows[:n]
            if len({r.speaker for r in own}) == 2 and (n <= len(rows) or n == OPENINGS[-1]):
                difference = np.subtract(roles.talk_features(own, worker), roles.talk_features(own, client))
                x += [difference, -difference]
                y += [1, 0]
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(np.asarray(x), y)
    return {name: round(float(w), 3) for name, w in zip(roles.FEATURES, fitted.coef_[0], strict=True)}


def score(sessions: Sequence[Session], rows_seen: int) -> tuple[int, int, int]:
    """Guess roles with the labels replaced by names that say nothing.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.
    rows_seen : int
        Rows seen of each.

    Returns
    -------
    right, wrong, refused : int
        How many sessions were guessed right, guessed wrong, or refused as unsure.
    """
    right = wrong = refused = 0
    for rows, worker, _ in sessions:
        names = {worker: "Alex"}
        own = [Row(r.row, names.get(r.speaker, "Robin"), r.text) for r in rows[:rows_seen]]
        if len({r.speaker for r in own}) < 2:
            continue
        try:
            guess = roles.assign_roles(own)
        except TranscriptError:
            refused += 1
            continue
        right += guess.worker == ("Alex",)
        wrong += guess.worker != ("Alex",)
    return right, wrong, refused


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on ``data/annotated``, write the weights into the package, print how often the guess is right."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.roles", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--score-only", action="store_true")
    parser.add_argument("--public", nargs="*", default=[], help="CSV files of tidied public corpora to score as well")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    if not options.score_only:
        path = Path(str(roles.__file__)).with_name("roles.json")
        path.write_text(json.dumps({"weights": fit(pairs(corpus.split("train")))}, indent=1) + "\n", encoding="utf-8")
        roles._weights.cache_clear()
    print("| sessions | rows seen | right | wrong | refused |\n|---|---|---|---|---|")  # noqa: T201
    sets = {s: pairs(corpus.split(s)) for s in ("dev", "test")} | {
        Path(p).stem: public_pairs(p) for p in options.public
    }
    for name, sessions in sets.items():
        for n in OPENINGS:
            right, wrong, refused = score(sessions, n)
            print(f"| {name} | {n if n < OPENINGS[-1] else 'all'} | {right} | {wrong} | {refused} |")  # noqa: T201


if __name__ == "__main__":
    main()
