"""Fit and score the guess of who the worker is from how the speakers talk.

Each session is seen whole and as openings of several lengths, so that confidence is honest for short ones too. The two
sides' features are subtracted, and every pair is seen both ways round: the regression of sides has no intercept and
cannot learn an order. It sees row scores of a regression that has not seen its session.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from reflectkit.codebook import Role
from reflectkit.errors import TranscriptError
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.read import roles, talk
from reflectkit.values import Row

OPENINGS = (6, 12, 24, 10_000)
"""Rows seen of each session."""

FOLDS = 5
LEAST_ROWS = 3
"""Rows a word must stand in to be given a weight."""

BINS = (0.5, 0.7, 0.9, 0.95, 0.98, 1.0)
"""Edges of the reliability table's confidences."""

EXCHANGED = 0.01
"""Share of labelled sessions taken to be exchanged when the confidence of labels is scored."""

Session: TypeAlias = tuple[list[Row], str, str]
Guess: TypeAlias = tuple[float, bool]


def pairs(corpus: Corpus) -> list[Session]:
    """Return sessions of two speakers as rows, with who is who.

    Parameters
    ----------
    corpus : Corpus
        Annotated sessions.

    Returns
    -------
    list of (list of Row, str, str)
        Rows as the source has them, the worker's and the client's label.
    """
    found = []
    for session in corpus.sessions:
        turns = session.transcript.turns
        sides = {role: {t.speaker for t in turns if t.role is role} for role in (Role.WORKER, Role.CLIENT)}
        if all(len(side) == 1 for side in sides.values()):
            rows = [Row(p.row, t.speaker, t.text[p.start : p.end]) for t in turns for p in t.pieces]
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


def fit_rows(sessions: Sequence[Session]) -> dict[str, float]:
    """Fit the regression that looks at one row's words.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Train sessions.

    Returns
    -------
    dict of str to float
        Weight of each feature of `reflectkit.read.talk.row_features` that is not 0; the intercept under ``""``.
    """
    features, by_worker = [], []
    for rows, worker, _ in sessions:
        named = talk.row_features([talk.heard(r.text) for r in rows])
        for row, names in zip(rows, named, strict=True):
            if names:
                features.append(names)
                by_worker.append(row.speaker == worker)
    vectors = CountVectorizer(analyzer=list, min_df=LEAST_ROWS)
    x = vectors.fit_transform(features)
    fitted = LogisticRegression(C=0.3, l1_ratio=1.0, solver="liblinear", random_state=0).fit(x, by_worker)
    weights = zip(vectors.get_feature_names_out(), fitted.coef_[0], strict=True)
    return {"": round(float(fitted.intercept_[0]), 3)} | {
        str(name): round(float(w), 3) for name, w in weights if abs(w) >= 0.001
    }


def folded_weights(sessions: Sequence[Session]) -> list[Mapping[str, float]]:
    """Fit `fit_rows` for every session on the folds it is not in.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Train sessions.

    Returns
    -------
    list of mapping of str to float
        Weights that have not seen the session, one a session.
    """
    weights = [fit_rows([s for i, s in enumerate(sessions) if i % FOLDS != fold]) for fold in range(FOLDS)]
    return [weights[i % FOLDS] for i in range(len(sessions))]


def fit_sides(sessions: Sequence[Session], row_weights: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Fit the regression that looks at a whole side.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Train sessions.
    row_weights : sequence of mapping of str to float
        Weights of the regression of rows to use for each session, as from `folded_weights`.

    Returns
    -------
    dict of str to float
        Weight of each of `reflectkit.read.talk.FEATURES`.
    """
    x, y = [], []
    for (rows, worker, client), weights in zip(sessions, row_weights, strict=True):
        for n in OPENINGS:
            own = rows[:n]
            speakers = [r.speaker for r in own]
            if len(set(speakers)) == 2 and (n <= len(rows) or n == OPENINGS[-1]):
                texts = [talk.heard(r.text) for r in own]
                features = talk.side_features(texts, speakers, talk.row_scores(texts, weights))
                difference = np.subtract(features[worker], features[client])
                x += [difference, -difference]
                y += [1, 0]
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(np.asarray(x), y)
    return {name: round(float(w), 3) for name, w in zip(talk.FEATURES, fitted.coef_[0], strict=True)}


def renamed(session: Session, rows_seen: int) -> list[Row] | None:
    """Give the speakers names that say nothing.

    Parameters
    ----------
    session : (list of Row, str, str)
        The session.
    rows_seen : int
        Rows seen of it.

    Returns
    -------
    list of Row or None
        Worker "Alex", client "Robin"; `None` if only one of them speaks.
    """
    rows, worker, _ = session
    own = [Row(r.row, "Alex" if r.speaker == worker else "Robin", r.text) for r in rows[:rows_seen]]
    return own if len({r.speaker for r in own}) == 2 else None


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
    for session in sessions:
        own = renamed(session, rows_seen)
        if own is None:
            continue
        try:
            guess = roles.assign_roles(own)
        except TranscriptError:
            refused += 1
            continue
        right += guess.worker == ("Alex",)
        wrong += guess.worker != ("Alex",)
    return right, wrong, refused


def guesses(sessions: Sequence[Session]) -> list[Guess]:
    """Guess roles with neutral names in all openings, also where the guess would be refused.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.

    Returns
    -------
    list of (float, bool)
        Confidence and whether the guess is right.
    """
    found = []
    for session in sessions:
        for n in OPENINGS:
            own = renamed(session, n)
            if own is not None and (n <= len(session[0]) or n == OPENINGS[-1]):
                speakers = list(dict.fromkeys(r.speaker for r in own))
                worker, _, _, confidence = roles.guess(own, speakers)
                found.append((confidence, worker == ["Alex"]))
    return found


def groups(sessions: Sequence[Session]) -> list[tuple[list[Row], set[str]]]:
    """Put neighbouring sessions together, block by block, as sessions of two workers and two clients.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.

    Returns
    -------
    list of (list of Row, set of str)
        Rows, and the workers among the speakers "Alex", "Kim" (workers), "Robin" and "Sam" (clients). In turns of three,
        all four speak, the workers are one, or the clients are one.
    """
    block = 6
    made = []
    for number, (one, two) in enumerate(zip(sessions[::2], sessions[1::2], strict=False)):
        names = [("Alex", "Robin"), ("Kim", "Sam")]
        if number % 3 == 1:
            names[1] = ("Alex", "Sam")
        if number % 3 == 2:
            names[1] = ("Kim", "Robin")
        rows: list[Row] = []
        for at in range(0, max(len(one[0]), len(two[0])), block):
            for (own, worker, _), (as_worker, as_client) in zip((one, two), names, strict=True):
                for r in own[at : at + block]:
                    rows.append(Row(len(rows), as_worker if r.speaker == worker else as_client, r.text))
        made.append((rows, {name for name, _ in names}))
    return made


def score_groups(sessions: Sequence[Session]) -> tuple[int, int, int]:
    """Guess roles in sessions of three or four speakers.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions `groups` are made of.

    Returns
    -------
    right, wrong, refused : int
        Wrong if anybody stands on the other side; speakers of few words who are set aside, and told so, are not wrong.
    """
    right = wrong = refused = 0
    for rows, workers in groups(sessions):
        try:
            guess = roles.assign_roles(rows)
        except TranscriptError:
            refused += 1
            continue
        is_right = set(guess.worker) <= workers and not set(guess.client) & workers
        right, wrong = right + is_right, wrong + (not is_right)
    return right, wrong, refused


def labelled(sessions: Sequence[Session], *, exchanged: bool) -> list[Guess]:
    """Read sessions under the labels "worker" and "client", right or exchanged.

    Parameters
    ----------
    sessions : sequence of (list of Row, str, str)
        Sessions.
    exchanged : bool
        True to exchange the labels.

    Returns
    -------
    list of (float, bool)
        Confidence and whether the roles are right.
    """
    found = []
    for rows, worker, _ in sessions:
        own = [Row(r.row, "worker" if (r.speaker == worker) is not exchanged else "client", r.text) for r in rows]
        found.append((roles.assign_roles(own).confidence, not exchanged))
    return found


def calibration(found: Sequence[Guess], weights: Sequence[float] | None = None) -> tuple[float, float]:
    """Return how far confidences are from what comes true.

    Parameters
    ----------
    found : sequence of (float, bool)
        Confidence and whether it was right.
    weights : sequence of float, optional
        Weight of each; 1 if not given.

    Returns
    -------
    brier : float
        Mean squared error in [0, 1] (Brier, 1950).
    error : float
        Expected calibration error over `BINS`: mean distance of confidence and accuracy.
    """
    p = np.asarray([c for c, _ in found])
    right = np.asarray([r for _, r in found], dtype=float)
    w = np.ones(len(p)) if weights is None else np.asarray(weights)
    inside = np.digitize(p, BINS[1:-1])
    error = sum(abs(np.sum(w[inside == b] * (p - right)[inside == b])) for b in range(len(BINS) - 1)) / w.sum()
    return float(np.average((p - right) ** 2, weights=w)), float(error)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on ``data/annotated``, write the weights into the package, print how often the guess is right and how sure it is."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.roles", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--score-only", action="store_true")
    parser.add_argument("--public", nargs="*", default=[], help="CSV files of tidied public corpora to score as well")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    if not options.score_only:
        train = pairs(corpus.split("train"))
        weights = {"sides": fit_sides(train, folded_weights(train)), "rows": fit_rows(train)}
        path = Path(str(roles.__file__)).with_name("roles.json")
        path.write_text(json.dumps(weights, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        talk._model.cache_clear()
    sets = {s: pairs(corpus.split(s)) for s in ("dev", "test")} | {
        Path(p).stem: public_pairs(p) for p in options.public
    }
    print("\n".join([*_guessed(sets), "", *_calibrated(sets), "", *_labelled(sets)]))  # noqa: T201


def _guessed(sets: Mapping[str, Sequence[Session]]) -> Iterator[str]:
    yield from (
        "Names that say nothing:",
        "",
        "| sessions | rows seen | right | wrong | refused |",
        "|---|---|---|---|---|",
    )
    for name, sessions in sets.items():
        for n in OPENINGS:
            right, wrong, refused = score(sessions, n)
            yield f"| {name} | {n if n < OPENINGS[-1] else 'all'} | {right} | {wrong} | {refused} |"
    for name, sessions in sets.items():
        right, wrong, refused = score_groups(sessions)
        yield f"| {name}, three or four speakers | all | {right} | {wrong} | {refused} |"


def _calibrated(sets: Mapping[str, Sequence[Session]]) -> Iterator[str]:
    found = {name: guesses(sessions) for name, sessions in sets.items()}
    yield from ("How sure the guess from talk is, refused ones included:", "")
    yield from ("| sessions | n | Brier | calibration error |", "|---|---|---|---|")
    everything = [g for own in found.values() for g in own]
    for name, own in [*found.items(), ("all", everything)]:
        brier, error = calibration(own)
        yield f"| {name} | {len(own)} | {brier:.3f} | {error:.3f} |"
    yield from ("", "| confidence | n | mean confidence | right |", "|---|---|---|---|")
    for low, high in pairwise(BINS):
        own = [g for g in everything if low <= g[0] < high]
        if own:
            mean, right = (float(np.mean([g[i] for g in own])) for i in (0, 1))
            yield f"| {low:.2f} to {high:.2f} | {len(own)} | {mean:.3f} | {right:.3f} |"


def _labelled(sets: Mapping[str, Sequence[Session]]) -> Iterator[str]:
    yield from (f"Labels of role words, one session in {1 / EXCHANGED:.0f} exchanged:", "")
    yield "| sessions | Brier | calibration error | mean confidence, right | mean confidence, exchanged |"
    yield "|---|---|---|---|---|"
    for name, sessions in sets.items():
        fine, swapped = (labelled(sessions, exchanged=exchanged) for exchanged in (False, True))
        brier, error = calibration([*fine, *swapped], [1 - EXCHANGED] * len(fine) + [EXCHANGED] * len(swapped))
        means = " | ".join(f"{np.mean([c for c, _ in found]):.3f}" for found in (fine, swapped))
        yield f"| {name} | {brier:.4f} | {error:.4f} | {means} |"


if __name__ == "__main__":
    main()
