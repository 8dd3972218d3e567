"""Scores for groups of sessions: who talks, in which English, on which channel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reflectkit.classify import Classifier
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import CodedSession, Corpus
from reflectkit.learn.evaluation import predict
from reflectkit.learn.fitting import f1

LEAST_SESSIONS = 3
SEED = 7
RESAMPLES = 1000
_WOMAN = re.compile(r"\b(woman|women|mother|mum|widow|grandmother|girl|lady|she|her|sister|wife)\b", re.IGNORECASE)
_MAN = re.compile(r"\b(man|men|father|dad|widower|grandfather|boy|lad|he|his|brother|husband|uncle)\b", re.IGNORECASE)
_ENGLISHES = {
    "learner": r"learner",
    "North America": r"\b(US|American|Texas|New York|Canad\w+|Newfoundland|Midwest|Appalach\w+|Detroit|Cree|Boston|California)\b",
    "Britain and Ireland": r"\b(British|London|England|Scot\w+|Glasg\w+|Wales|Welsh|Irish|Cork|Belfast|Yorkshire|RP|Geordie|Dublin)\b",
}


def _gender(session: CodedSession) -> str:
    told = session.about.get("worker", "").split(";")[0]
    woman, man = _WOMAN.search(told), _MAN.search(told)
    if bool(woman) == bool(man):  # neither, or several workers
        return "not told or several"
    return "woman" if woman else "man"


def _english(session: CodedSession) -> str:
    told = session.about.get("english_worker", "")
    return next((name for name, pattern in _ENGLISHES.items() if re.search(pattern, told)), "other Englishes")


SLICES: Mapping[str, Callable[[CodedSession], str]] = {
    "worker's English": _english,
    "worker, as described": _gender,
    "register": lambda s: s.about["register"],
    "modality": lambda s: s.about["modality"],
    "skill written": lambda s: s.about["skill"],
}


@dataclass(frozen=True, slots=True)
class SliceScore:
    """Scores of one group of sessions.

    Attributes
    ----------
    of, group : str
        What sessions were grouped by, and the group.
    sessions, utterances : int
        How much it holds.
    macro_f1, low, high : float
        With its 90 % bootstrap interval, sessions resampled.
    gap : float
        Distance to the macro-F1 of all other sessions; negative is worse.
    """

    of: str
    group: str
    sessions: int
    utterances: int
    macro_f1: float
    low: float
    high: float
    gap: float


def evaluate_slices(classifier: Classifier, corpus: Corpus) -> list[SliceScore]:
    """Score a model on groups of sessions.

    Parameters
    ----------
    classifier : Classifier
        The model.
    corpus : Corpus
        Sessions the model was not trained on, with ``english_worker`` and ``worker`` in ``sessions.csv``.

    Returns
    -------
    list of SliceScore
        Groups of at least `LEAST_SESSIONS` sessions. Behaviours that a group lacks do not count in its mean.
    """
    y, groups = corpus.labels(), corpus.groups
    _, decided, _ = predict(classifier, corpus.utterances, groups.tolist())

    def macro(sessions: list[int]) -> float:
        rows = np.concatenate([np.flatnonzero(groups == s) for s in sessions])
        each = [f1(y[rows, i], decided[rows, i]) for i in range(len(BEHAVIOURS)) if y[rows, i].any()]
        return float(np.mean([x or 0.0 for x in each]))

    rng = np.random.default_rng(SEED)
    scores = []
    for of, group_of in SLICES.items():
        names = [group_of(s) for s in corpus.sessions]
        for group in sorted(set(names) - {""}):
            inside = [i for i, name in enumerate(names) if name == group]
            outside = [i for i, name in enumerate(names) if name != group]
            if len(inside) < LEAST_SESSIONS or not outside:
                continue
            drawn = [macro([int(i) for i in rng.choice(inside, len(inside))]) for _ in range(RESAMPLES // 5)]
            low, high = np.quantile(drawn, (0.05, 0.95))
            own = macro(inside)
            n = int(np.isin(groups, inside).sum())
            scores.append(SliceScore(of, group, len(inside), n, own, float(low), float(high), own - macro(outside)))
    return scores
