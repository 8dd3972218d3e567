"""Training examples from sources that each say only part of the truth.

An example is one or more utterances and, for each behaviour (and for "a question, open or closed not told"), whether its
source says yes, says no, or cannot say. A session's utterance is one example; a turn or a message of a public corpus is
an example of several utterances, of which *some* carry what the row carries (multiple-instance learning).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import CodedSession, Corpus, read_rows, yes
from reflectkit.learn.noise import as_recognised, mishear
from reflectkit.learn.noise import recognised as as_heard
from reflectkit.learn.public import QUESTION, cut_utterances, load_public
from reflectkit.values import Utterance

TARGETS = (*(b.value for b in BEHAVIOURS), QUESTION)
"""The behaviours, and the coarse question that is their union of open and closed."""

OTHER = TARGETS.index("other")

MOST_INSTANCES = 10
"""Utterances of one row that are looked at; longer turns are lectures whose codes say little of any one utterance."""

EXCHANGE_COLUMNS = ("family", "rule", "client", "before", "text", "behaviours", "second", "doubt")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Example:
    """Utterances with what is known of them together.

    Attributes
    ----------
    utterances : tuple of Utterance
        At least one; "yes" means that one of them carries it, "no" that none does.
    target : numpy.ndarray, shape (9,)
        1.0 yes, 0.0 no, between where the source is doubted; columns as `TARGETS`.
    known : numpy.ndarray of bool, shape (9,)
        False where the source cannot say.
    weight : float
        How much it counts in the loss.
    group : str
        What must stay on one side of a split.
    """

    utterances: tuple[Utterance, ...]
    target: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    weight: float
    group: str


def session_examples(corpus: Corpus, *, weight: float = 1.0) -> list[Example]:
    """Make one example of every utterance of annotated sessions.

    Parameters
    ----------
    corpus : Corpus
        The sessions.
    weight : float, optional
        Weight of each example.

    Returns
    -------
    list of Example
        Every behaviour known.
    """
    return [
        _whole(u, behaviours, weight, s.session)
        for s in corpus.sessions
        for u, behaviours in zip(s.utterances, s.behaviours, strict=True)
    ]


def _whole(utterance: Utterance, behaviours: Iterable[Behaviour], weight: float, group: str) -> Example:
    own = set(behaviours)
    question = bool(own & {Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION})
    target = np.asarray([*(b in own for b in BEHAVIOURS), question], dtype=np.float32)
    return Example((utterance,), target, np.ones(len(TARGETS), dtype=np.bool_), weight, group)


def miscut_examples(corpus: Corpus, *, weight: float = 1.0) -> list[Example]:
    """Make examples of what speech recognition and reflectkit's own cutting make of annotated rows, where they cut amiss.

    Without punctuation a cut can fall inside an annotator's utterance, or miss the end of one. The utterances between two
    ends that both see are one example: *some* of what was cut carries what the annotators' utterances carry.

    Parameters
    ----------
    corpus : Corpus
        The sessions.
    weight : float, optional
        Weight of each example.

    Returns
    -------
    list of Example
        Every behaviour known, but `other` where it stands beside another.
    """
    return [e for s in corpus.sessions for e in _miscut(s, weight)]


def _miscut(session: CodedSession, weight: float) -> Iterator[Example]:
    for numbers in session.rows():
        said = [(as_recognised(session.utterances[k].text), session.behaviours[k]) for k in numbers]
        said = [(words, behaviours) for words, behaviours in said if words]
        text = " ".join(words for words, _ in said)
        starts = [0, *accumulate(len(words) + 1 for words, _ in said)]
        first = session.utterances[numbers[0]]
        cut = cut_utterances(text, as_recognised(first.heard), as_recognised(first.before))
        shared = sorted(({*starts[:-1]} & {u.start for u in cut}) | {starts[-1]})
        for begin, end in pairwise(shared):
            own = tuple(u for u in cut if begin <= u.start < end)
            coded = [behaviours for at, (_, behaviours) in zip(starts, said, strict=False) if begin <= at < end]
            if len(own) == len(coded) == 1:
                continue
            example = _whole(own[0], {b for behaviours in coded for b in behaviours}, weight, session.session)
            if example.target.sum() > example.target[OTHER] > 0:
                example.target[OTHER], example.known[OTHER] = 0, False
            yield replace(example, utterances=own[:MOST_INSTANCES])


def exchange_examples(path: str | Path, *, weight: float = 1.0) -> list[Example]:
    """Read contrast exchanges: single worker utterances in their context, written in families that differ in one thing.

    Parameters
    ----------
    path : path
        CSV with columns ``family, rule, client, before, text, behaviours, second, doubt``.
    weight : float, optional
        Weight of each example.

    Returns
    -------
    list of Example
        Those that a second coder, who did not see the codes, coded the same without doubt; each once. Every behaviour is
        known; a family is a group.

    Raises
    ------
    CorpusError
        If a column is missing or a behaviour is not the codebook's.
    """
    examples = []
    source = Path(path)
    seen: set[tuple[str, str, str]] = set()
    for number, row in enumerate(read_rows(source, EXCHANGE_COLUMNS), 1):
        try:
            behaviours = [Behaviour(b) for b in row["behaviours"].split("|")]
        except ValueError:
            raise CorpusError(f"{source.name}, record {number}: a behaviour is not the codebook's. Mend it.") from None
        text = row["text"]
        said = (row["client"], row["before"], text)
        if row["second"] != row["behaviours"] or yes(row["doubt"]) or said in seen:
            continue
        seen.add(said)
        u = Utterance(0, 0, 0, len(text), text, "worker", row["client"], row["before"])
        examples.append(_whole(u, behaviours, weight, row["family"]))
    return examples


def exchange_agreement(path: str | Path) -> tuple[int, int, int]:
    """Count contrast exchanges and the agreement of their two coders.

    Parameters
    ----------
    path : path
        As for `exchange_examples`.

    Returns
    -------
    tuple of (int, int, int)
        Exchanges; those with the same codes by both; those models learn from.
    """
    rows = read_rows(Path(path), EXCHANGE_COLUMNS)
    return len(rows), sum(r["behaviours"] == r["second"] for r in rows), len(exchange_examples(path))


def public_examples(
    path: str | Path, *, weight: float = 1.0, instances: str = "any", doubt: float = 0.0, recognised: bool = False
) -> list[Example]:
    """Make examples of the rows of a tidied public corpus.

    Parameters
    ----------
    path : path
        As for `reflectkit.learn.public.load_public`.
    weight : float, optional
        Weight of each row.
    instances : {"any", "each"}, optional
        ``"any"``: some utterance of the row carries its codes; ``"each"``: every utterance does, which is the plain way.
    doubt : float, optional
        Share of a code that is held to be chance, in [0, .5): targets become `doubt` and ``1 - doubt``.
    recognised : bool, optional
        True to take the rows as a speech recogniser would give them, and of these only what is cut amiss for it.

    Returns
    -------
    list of Example
        Rows whose source code is ambiguous, or that say nothing, are left out.
    """
    examples = []
    rows = load_public(path)
    if recognised:
        heard = load_public(path, recognised=True)
        rows = [r for row, r in zip(rows, heard, strict=True) if _words(row.utterances) != _words(r.utterances)]
    for row in rows:
        if row.ambiguous or not row.utterances:
            continue
        known = np.asarray([row.says(name) is not None for name in TARGETS], dtype=np.bool_)
        if not known.any():
            continue
        target = np.asarray([bool(row.says(name)) for name in TARGETS], dtype=np.float32)
        target = np.clip(target, doubt, 1 - doubt).astype(np.float32)
        parts = (
            [row.utterances[:MOST_INSTANCES]] if instances == "any" else [(u,) for u in row.utterances[:MOST_INSTANCES]]
        )
        examples += [Example(p, target, known, weight / len(parts), row.dialogue) for p in parts]
    return examples


def _words(utterances: Iterable[Utterance]) -> list[str]:
    return [as_recognised(u.text) for u in utterances]


def varied(
    example: Example, rng: random.Random, *, spoken: float = 0.35, misheard: float = 0.1, alone: float = 0.05
) -> Example:
    """Change an example in ways that do not change its behaviours.

    Parameters
    ----------
    example : Example
        Left as it is.
    rng : random.Random
        Where chance comes from.
    spoken : float, optional
        Chance of taking case and punctuation away, as speech recognition does.
    misheard : float, optional
        Chance that words are misheard as well.
    alone : float, optional
        Chance of hiding the client's words.

    Returns
    -------
    Example
        Changed or the same.
    """
    utterances: Sequence[Utterance] = example.utterances
    roll = rng.random()
    if roll < spoken:
        utterances = [as_heard(u) for u in utterances]
        if roll < misheard:
            utterances = [mishear(u, rng) for u in utterances]
    if rng.random() < alone:
        utterances = [replace(u, heard="") for u in utterances]
    return replace(example, utterances=tuple(utterances))
