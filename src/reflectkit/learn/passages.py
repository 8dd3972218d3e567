"""Fit and score the small models of passages: directive-disclosure and the codebook's flags.

They learn on the train sessions, each seen several times: with the annotators' behaviours and with each shipped model's,
so that they know both certain and doubtful codes; and on the flag cases written for them. Thresholds are those of the
best F1 in cross-validation by session (for safety passages: of a recall of `SAFETY_RECALL`; for stretches: one half).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from reflectkit.classify import Classifier, available_models, classify
from reflectkit.codebook import Flag, Role
from reflectkit.learn.corpus import CodedSession, Corpus, load_corpus, read_rows, yes
from reflectkit.learn.evaluation import places
from reflectkit.learn.linear import SEED
from reflectkit.learn.remembering import remembering
from reflectkit.measure import disclosure, flags, lexical
from reflectkit.measure.volleys import volleys
from reflectkit.pipeline import load_model
from reflectkit.values import CodedUtterance, Piece, RoleAssignment, Transcript, Turn, Utterance

STRENGTHS = (0.03, 0.1, 0.3)
"""Inverse strengths of regularisation tried."""

FOLDS = 8
LEAST_CASES = 6
"""Cases a feature must hold in."""

LEAST_WEIGHT = 0.03
SAFETY_RECALL = 0.7
"""Recall of single utterances and turns in cross-validation at which the threshold of safety passages is set: passages
run over several turns, and far fewer are missed as a whole."""

NEAR_TURNS = 2
"""Turns from a safety passage within which another one leads the reader to it."""

MODELS = (Flag.MINIMISING, Flag.LEADING, Flag.STACKED, Flag.WITH_PERMISSION, Flag.SAFETY)
CLIENT = "client_safety"
STRETCH = "disclosure"
FLAG_CASES = "flags.csv"
CLIENT_SAFETY = "client_safety.csv"
CASE_COLUMNS = ("family", "client", "before", "text", "covered", "flags", "second", "doubt")


@dataclass(slots=True)
class Cases:
    """What one model learns from.

    Attributes
    ----------
    features : list of mapping
        One a case.
    y : list of bool
        Whether it is one.
    groups : list of str
        What must stay on one side of a fold.
    written : list of bool
        Whether it was written to show the line, and so says nothing of how often such passages occur.
    """

    features: list[Mapping[str, float]] = field(default_factory=list)
    y: list[bool] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    written: list[bool] = field(default_factory=list)

    def add(self, features: Mapping[str, float], y: bool, group: str, *, written: bool = False) -> None:
        """Add a case.

        Parameters
        ----------
        features : mapping of str to float
            Its features.
        y : bool
            Whether it is one.
        group : str
            Its session or family.
        written : bool, optional
            As in `written`.
        """
        self.features.append(features)
        self.y.append(y)
        self.groups.append(group)
        self.written.append(written)

    def extend(self, more: Cases) -> None:
        """Add other cases.

        Parameters
        ----------
        more : Cases
            Of the same model.
        """
        self.features += more.features
        self.y += more.y
        self.groups += more.groups
        self.written += more.written


def views(session: CodedSession, models: Iterable[Classifier]) -> Iterator[tuple[CodedUtterance, ...]]:
    """Yield a session's utterances with the annotators' codes, then with each model's.

    Parameters
    ----------
    session : CodedSession
        The session.
    models : iterable of Classifier
        The models.

    Yields
    ------
    tuple of CodedUtterance
        Same utterances each time.
    """
    yield session.coded()
    for model in models:
        yield classify(session.utterances, model)


def session_cases(
    sessions: Iterable[CodedSession], models: Sequence[Classifier], client: Mapping[tuple[str, int], bool]
) -> dict[str, Cases]:
    """Collect the cases of annotated sessions.

    Parameters
    ----------
    sessions : iterable of CodedSession
        The sessions.
    models : sequence of Classifier
        Models whose codes are looked at besides the annotators'.
    client : mapping of (str, int) to bool
        Client turns that are safety passages, and whether that is in doubt, by session and turn.

    Returns
    -------
    dict of str to Cases
        For each model of passages.
    """
    found = {name: Cases() for name in (STRETCH, CLIENT, *MODELS)}
    for session in sessions:
        coded_as = {(u.turn, u.start): f for u, f in zip(session.utterances, session.flags, strict=True)}
        gold = {place for d in session.disclosures for place in places(d)}
        t = session.transcript
        around, said = flags.surroundings(t), flags.client_said(t)
        for coded in views(session, models):
            for volley in volleys(t, coded):
                for candidate in disclosure.candidates(volley):
                    members = (volley[i].utterance for i in (*candidate.story, *candidate.steering))
                    true = any((u.turn, u.start) in gold for u in members)
                    found[STRETCH].add(candidate.features().flat(), true, session.session)
                for place in flags.places(t, volley, said):
                    u = place.coded.utterance
                    own = coded_as[u.turn, u.start]
                    for flag, features in flags.flag_features(place, around).items():
                        found[flag].add(features.flat(), flag in own, session.session)
        for turn in t.turns:
            if client and turn.role is Role.CLIENT and turn.words:
                doubt = client.get((session.session, turn.index))
                if doubt is not True:
                    found[CLIENT].add(
                        flags.client_safety_features(turn, around).flat(), doubt is False, session.session
                    )
    return found


def flag_cases(path: str | Path, models: Sequence[Classifier]) -> dict[str, Cases]:
    """Collect the cases written for flags: single worker utterances after a client's words.

    Parameters
    ----------
    path : path
        CSV with columns ``family, client, before, text, covered, flags, second, doubt``.
    models : sequence of Classifier
        Models whose codes are looked at: nobody coded the behaviours of these.

    Returns
    -------
    dict of str to Cases
        For minimising, leading and safety; cases that cover the flag and that a second coder, blind to the flags, flagged
        the same without doubt.
    """
    found = {flag.value: Cases() for flag in (Flag.MINIMISING, Flag.LEADING, Flag.SAFETY)}
    rows = list(filter(_settled, read_rows(Path(path), CASE_COLUMNS)))
    said = [
        Utterance(1, 1, 0, len(r["text"]), r["text"], "worker", heard=r["client"], before=r["before"]) for r in rows
    ]
    alone: flags.Surroundings = [{}, {}]
    for model in models:
        for row, u in zip(rows, said, strict=True):
            (coded,) = classify([u], model)
            exchange = _exchange(row["client"], row["text"])
            (place,) = flags.places(exchange, [coded], flags.client_said(exchange))
            for flag, features in flags.flag_features(place, alone).items():
                if flag in found and flag.value in row["covered"].split("|"):
                    found[flag].add(features.flat(), flag.value in row["flags"].split("|"), row["family"], written=True)
    return found


def _exchange(client: str, worker: str) -> Transcript:
    said = ((Role.CLIENT, client), (Role.WORKER, worker))
    turns = tuple(Turn(i, role, role, text, (Piece(i, 0, len(text)),)) for i, (role, text) in enumerate(said))
    return Transcript("case", turns, RoleAssignment((Role.WORKER,), (Role.CLIENT,)))


def _settled(row: Mapping[str, str]) -> bool:
    return row["flags"] == row["second"] and not yes(row["doubt"])


def case_agreement(path: str | Path) -> tuple[int, int, int]:
    """Count the cases for flags and the agreement of their two coders.

    Parameters
    ----------
    path : path
        As for `flag_cases`.

    Returns
    -------
    tuple of (int, int, int)
        Cases; those with the same flags by both; those the models learn from.
    """
    rows = read_rows(Path(path), CASE_COLUMNS)
    return len(rows), sum(r["flags"] == r["second"] for r in rows), sum(map(_settled, rows))


def fit(cases: Cases, *, recall: float | None = None) -> tuple[dict[str, object], float]:
    """Fit one model.

    Parameters
    ----------
    cases : Cases
        What it learns from.
    recall : float, optional
        Recall its threshold is set for; the threshold of the best F1 if not given.

    Returns
    -------
    model : dict
        ``intercept``, ``threshold`` and ``weights``, as `reflectkit.measure.lexical.logistic` reads them.
    loss : float
        Mean log loss in cross-validation.
    """
    vectoriser = DictVectorizer()
    x = vectoriser.fit_transform(cases.features)
    columns = np.flatnonzero(np.asarray((x != 0).sum(axis=0)).ravel() >= LEAST_CASES)
    x, y, in_sessions = x[:, columns], np.asarray(cases.y), ~np.asarray(cases.written)
    groups = np.unique(cases.groups, return_inverse=True)[1]
    best: tuple[float, float, npt.NDArray[np.float64]] | None = None
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, solver="liblinear", max_iter=3000, random_state=SEED)
        odds = cross_val_predict(model, x, y, groups=groups, cv=GroupKFold(FOLDS), method="decision_function")
        own = _log_loss(y[in_sessions], expit(odds[in_sessions]))
        if best is None or own < best[0]:
            best = own, strength, odds
    _, strength, odds = best  # type: ignore[misc]
    # Cases written to show the line are half true; the scale is set by what happens in sessions.
    scale = LogisticRegression(C=1e3).fit(odds[in_sessions, None], y[in_sessions])
    a, b = float(scale.coef_[0, 0]), float(scale.intercept_[0])
    p = expit(a * odds[in_sessions] + b)
    true = y[in_sessions]
    threshold = float(np.quantile(p[true], 1 - recall)) if recall else _best_threshold(true, p)
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=3000, random_state=SEED).fit(x, y)
    names = vectoriser.get_feature_names_out()[columns]
    weights = {str(n): round(a * float(w), 2) for n, w in zip(names, model.coef_[0], strict=True)}
    return {
        "intercept": round(a * float(model.intercept_[0]) + b, 3),
        "threshold": round(threshold, 3),
        "weights": {n: w for n, w in sorted(weights.items()) if abs(w) >= LEAST_WEIGHT},
    }, _log_loss(true, p)


def _log_loss(y: npt.NDArray[np.bool_], p: npt.NDArray[np.float64]) -> float:
    return float(-np.log(np.clip(np.where(y, p, 1 - p), 1e-9, 1)).mean())


def _best_threshold(y: npt.NDArray[np.bool_], p: npt.NDArray[np.float64]) -> float:
    """Halfway between the last probability taken and the next one, where F1 is highest."""
    order = np.argsort(-p, kind="stable")
    f1 = 2 * np.cumsum(y[order]) / (np.arange(1, len(y) + 1) + y.sum())
    last = int(f1.argmax())
    return float((p[order[last]] + p[order[min(last + 1, len(y) - 1)]]) / 2)


@dataclass(frozen=True, slots=True)
class PassageScore:
    """How well passages of one kind are found.

    Attributes
    ----------
    name : str
        A flag, ``"client_safety"`` or ``"disclosure"``.
    codes : str
        Whose behaviours the finding rested on: ``"annotators"`` or a model's name.
    true, found, both : int
        Annotated; found; found that were annotated (stretches: that overlap).
    missed : int
        Annotated that were not found.
    """

    name: str
    codes: str
    true: int
    found: int
    both: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Share of the found that were annotated; `None` if nothing was found."""
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of the annotated that were found; `None` if nothing was annotated."""
        return 1 - self.missed / self.true if self.true else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; `None` if either is."""
        p, r = self.precision, self.recall
        return None if p is None or r is None else 2 * p * r / (p + r) if p + r else 0.0


def score(corpus: Corpus, models: Sequence[Classifier], client: Mapping[tuple[str, int], bool]) -> list[PassageScore]:
    """Score the finding of passages.

    Parameters
    ----------
    corpus : Corpus
        Sessions the models of passages did not learn from.
    models : sequence of Classifier
        Classifiers whose codes it rests on, besides the annotators'.
    client : mapping of (str, int) to bool
        As for `session_cases`; doubtful turns count neither way.

    Returns
    -------
    list of PassageScore
        For each kind and each source of codes.
    """
    scores = []
    names = ["annotators", *(m.artefact.name for m in models)]
    per_session = [list(views(s, models)) for s in corpus.sessions]
    for i, codes in enumerate(names):
        tally = {name: np.zeros(4, dtype=int) for name in (STRETCH, *Flag, CLIENT)}
        for session, seen in zip(corpus.sessions, per_session, strict=True):
            _tally(tally, session, seen[i], client)
        scores += [PassageScore(name, codes, *map(int, n)) for name, n in tally.items() if n[0]]
    return scores


def _tally(
    tally: Mapping[str, npt.NDArray[np.int_]],
    session: CodedSession,
    coded: Sequence[CodedUtterance],
    client: Mapping[tuple[str, int], bool],
) -> None:
    t = session.transcript
    true = [places(d) for d in session.disclosures]
    found = [places(d) for d in disclosure.find_disclosures(t, coded).steering]
    hit = sum(any(a & b for b in true) for a in found)
    missed = sum(not any(a & b for b in found) for a in true)
    tally[STRETCH] += (len(true), len(found), hit, missed)
    passages = flags.find_flags(t, coded).passages
    for flag in Flag:
        a = {(u.turn, u.start) for u, own in zip(session.utterances, session.flags, strict=True) if flag in own}
        b = {(p.turn, p.start) for p in passages if p.flag is flag and p.role is Role.WORKER}
        tally[flag] += (len(a), len(b), len(a & b), len(a - b))
    if client:
        doubtful = {turn for (name, turn), doubt in client.items() if name == session.session and doubt}
        a = {(turn, 0) for (name, turn), doubt in client.items() if name == session.session and not doubt}
        b = {(p.turn, 0) for p in passages if p.role is Role.CLIENT and p.turn not in doubtful}
        tally[CLIENT] += (len(a), len(b), len(a & b), len(a - b))


@dataclass(frozen=True, slots=True)
class SafetyScore:
    """How well a reader is led to the safety passages of sessions.

    Attributes
    ----------
    codes : str
        Whose behaviours it rested on.
    turns, near : int
        Turns of either speaker annotated as safety passages; those with a found one at most `NEAR_TURNS` away.
    sessions, led : int
        Sessions that hold any; those in which at least one passage was found near one.
    found, spoken : int
        Turns found; turns with words.
    """

    codes: str
    turns: int
    near: int
    sessions: int
    led: int
    found: int
    spoken: int


def score_safety(corpus: Corpus, model: Classifier, client: Mapping[tuple[str, int], bool]) -> SafetyScore:
    """Score how well a reader is led to safety passages.

    Parameters
    ----------
    corpus : Corpus
        Sessions the models of passages did not learn from.
    model : Classifier
        Classifier whose codes it rests on.
    client : mapping of (str, int) to bool
        As for `session_cases`; doubtful turns count neither way.

    Returns
    -------
    SafetyScore
        Counts over the sessions.
    """
    tally = np.zeros(6, dtype=int)
    for session in corpus.sessions:
        t = session.transcript
        coded = classify(session.utterances, model)
        found = {p.turn for p in flags.find_flags(t, coded).passages if p.flag is Flag.SAFETY}
        true = {u.turn for u, own in zip(session.utterances, session.flags, strict=True) if Flag.SAFETY in own}
        true |= {turn for (name, turn), doubt in client.items() if name == session.session and not doubt}
        near = sum(any(abs(a - b) <= NEAR_TURNS for b in found) for a in true)
        tally += (len(true), near, bool(true), bool(near), len(found), sum(turn.words > 0 for turn in t.turns))
    return SafetyScore(model.artefact.name, *map(int, tally))


def read_client_safety(path: str | Path) -> dict[tuple[str, int], bool]:
    """Read which client turns are safety passages.

    Parameters
    ----------
    path : path
        CSV with columns ``session, turn, doubt``.

    Returns
    -------
    dict of (str, int) to bool
        True where the coder was in doubt; empty if there is no such file.
    """
    if not Path(path).is_file():
        return {}
    rows = read_rows(Path(path), ("session", "turn", "doubt"))
    return {(r["session"], int(r["turn"])): yes(r["doubt"]) for r in rows}


def table(scores: Sequence[PassageScore]) -> str:
    """Write scores as a Markdown table.

    Parameters
    ----------
    scores : sequence of PassageScore
        As from `score`.

    Returns
    -------
    str
        One row a score.
    """
    lines = ["| passages | behaviours by | n | found | precision | recall | F1 |", "|---|---|---|---|---|---|---|"]
    for s in scores:
        cells = ("-" if x is None else f"{x:.2f}".removeprefix("0") for x in (s.precision, s.recall, s.f1))
        lines.append(f"| {s.name} | {s.codes} | {s.true} | {s.found} | {' | '.join(cells)} |")
    return "\n".join(lines)


def safety_table(scores: Sequence[SafetyScore]) -> str:
    """Write scores of safety passages as a Markdown table.

    Parameters
    ----------
    scores : sequence of SafetyScore
        As from `score_safety`.

    Returns
    -------
    str
        One row a score.
    """
    lines = [
        "| safety | turns | found or near | sessions | led to | turns shown | turns |",
        "|---|---|---|---|---|---|---|",
    ]
    for s in scores:
        near, led = (f"{a} ({100 * a / b:.0f} %)" if b else "-" for a, b in ((s.near, s.turns), (s.led, s.sessions)))
        lines.append(f"| {s.codes} | {s.turns} | {near} | {s.sessions} | {led} | {s.found} | {s.spoken} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit on the train sessions, write the models into the package, print how well passages are found."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.passages", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--score-only", action="store_true")
    options = parser.parse_args(arguments)
    data, models = Path(options.data), [remembering(load_model(name)) for name in available_models()]
    corpus, client = load_corpus(data), read_client_safety(data / CLIENT_SAFETY)
    if not options.score_only:
        cases = session_cases(corpus.split("train").sessions, models, client)
        for name, more in (flag_cases(data / FLAG_CASES, models) if (data / FLAG_CASES).is_file() else {}).items():
            cases[name].extend(more)
        folder = Path(str(lexical.__file__)).parent
        for name, known in cases.items():
            if not any(known.y):
                continue
            safety = name in (Flag.SAFETY, CLIENT)
            fitted, loss = fit(known, recall=SAFETY_RECALL if safety else None)
            if name == STRETCH:
                fitted["threshold"] = 0.5
            print(f"{name}: {len(known.y)} cases, {sum(known.y)} true, log loss {loss:.3f}")  # noqa: T201
            folder.joinpath(f"{name}.json").write_text(json.dumps(fitted, indent=0) + "\n", encoding="utf-8")
        lexical.logistic.cache_clear()
    own = corpus.split(options.split)
    print(table(score(own, models, client)))  # noqa: T201
    print("\n" + safety_table([score_safety(own, model, client) for model in models]))  # noqa: T201


if __name__ == "__main__":
    main()
