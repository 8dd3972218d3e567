"""How varied a corpus of talk is, and how far it repeats itself or another corpus.

Measures: near-duplicate utterances within and across sessions, distinct n-grams, runs of words shared with other
corpora, lengths, and disfluencies. Long repeated runs are the fingerprint of templates and of copying.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reflectkit.learn.corpus import Corpus

LEAST_WORDS = 6
"""Utterances shorter than this repeat in any talk ("And then what happened?") and are not counted as duplicates."""

SHINGLE = 3
NEAR = 0.6
"""Jaccard similarity of word trigrams from which two utterances count as near-duplicates."""

SAMPLE_WORDS = 20_000
"""Words over which distinct n-grams are counted: the ratio falls with length, so that all corpora are cut to one length."""

RUN = 8
"""Words in a row that count as taken from elsewhere."""

_WORD = re.compile(r"[\w']+")
_DISFLUENT = re.compile(r"\b(?:um+|uh+|er+|erm+|hm+|mm+)\b|\b(\w+)[,-]? \1\b|\w-(?:\s|$)|\.\.\.|…|—", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Variety:
    """What `variety` measured.

    Attributes
    ----------
    utterances : int
        All utterances.
    near_duplicates_within, near_duplicates_across : float
        Share of utterances of at least `LEAST_WORDS` words that nearly repeat one of the same, or of another, session.
    distinct_2, distinct_3 : float
        Distinct word pairs and triples over all of them, in `SAMPLE_WORDS` words.
    words_quartiles : tuple of float
        Quartiles of words an utterance.
    disfluent : float
        Share of utterances with a filler, a repetition, a broken word or a trailing-off.
    """

    utterances: int
    near_duplicates_within: float
    near_duplicates_across: float
    distinct_2: float
    distinct_3: float
    words_quartiles: tuple[float, float, float]
    disfluent: float


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'"))


def variety(sessions: Sequence[Sequence[str]]) -> Variety:
    """Measure variety.

    Parameters
    ----------
    sessions : sequence of sequence of str
        Worker utterances of each session.

    Returns
    -------
    Variety
        The figures.
    """
    within, across, n = _near_duplicates(sessions)
    spoken = [w for session in sessions for text in session for w in [*_words(text), "|"]][:SAMPLE_WORDS]
    lengths = [len(_words(text)) for session in sessions for text in session]
    distinct = {}
    for size in (2, 3):
        grams = [tuple(spoken[i : i + size]) for i in range(len(spoken) - size + 1)]
        distinct[size] = len(set(grams)) / max(len(grams), 1)
    q1, q2, q3 = (float(q) for q in np.quantile(lengths, (0.25, 0.5, 0.75)))
    disfluent = np.mean([bool(_DISFLUENT.search(text)) for session in sessions for text in session])
    return Variety(
        len(lengths), within / max(n, 1), across / max(n, 1), distinct[2], distinct[3], (q1, q2, q3), float(disfluent)
    )


def _near_duplicates(sessions: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    shingles: list[tuple[int, frozenset[tuple[str, ...]]]] = []
    for number, texts in enumerate(sessions):
        for text in texts:
            words = _words(text)
            if len(words) >= LEAST_WORDS:
                shingles.append(
                    (number, frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)))
                )
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, (_, own) in enumerate(shingles):
        for shingle in own:
            holders[shingle].append(i)
    within: set[int] = set()
    across: set[int] = set()
    for i, (session, own) in enumerate(shingles):
        shared = Counter(j for shingle in own for j in holders[shingle] if j != i)
        for j, n in shared.items():
            other_session, other = shingles[j]
            if n / (len(own) + len(other) - n) >= NEAR:
                (within if other_session == session else across).add(i)
    return len(within), len(across), len(shingles)


def shared_runs(sessions: Iterable[Sequence[str]], others: Iterable[str]) -> list[str]:
    """List runs of `RUN` words that stand in other texts too.

    Parameters
    ----------
    sessions : iterable of sequence of str
        Texts to check, all speakers.
    others : iterable of str
        Texts of other corpora.

    Returns
    -------
    list of str
        The runs, each once, sorted.
    """
    own = {run for session in sessions for text in session for run in _runs(text)}
    return sorted(own & {run for text in others for run in _runs(text)})


def _runs(text: str) -> Iterable[str]:
    words = _words(text)
    return (" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def public_texts(path: str | os.PathLike[str], speaker: str | None = None) -> dict[str, list[str]]:
    """Read a tidied public corpus.

    Parameters
    ----------
    path : path
        CSV with columns ``dialogue_id, speaker, text``.
    speaker : str, optional
        Only this speaker's rows.

    Returns
    -------
    dict of str to list of str
        Texts by dialogue.
    """
    found: dict[str, list[str]] = defaultdict(list)
    with Path(path).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if speaker is None or row["speaker"] == speaker:
                found[row["dialogue_id"]].append(row["text"])
    return found


def worker_texts(corpus: Corpus) -> list[list[str]]:
    """Return the worker's utterances of each session.

    Parameters
    ----------
    corpus : Corpus
        Annotated sessions.

    Returns
    -------
    list of list of str
        Texts by session.
    """
    return [[u.text for u in s.utterances] for s in corpus.sessions]
