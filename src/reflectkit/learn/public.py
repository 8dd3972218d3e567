"""Score a model on tidied public corpora, which code rows (turns, messages, sentences) and only some behaviours.

A row is cut into utterances, each is decided in its context, and the row carries every behaviour one of its utterances
carries. ``question`` is what a corpus says when it does not tell open from closed. A behaviour is scored on the rows
whose corpus can express it (`covered`), and not on rows whose source code is ambiguous (it ends in ``?``).
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier
from reflectkit.classify.classifier import calibrate
from reflectkit.classify.surroundings import places
from reflectkit.codebook import BEHAVIOURS, Behaviour, Role
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import Corpus, read_rows
from reflectkit.learn.evaluation import SEED, predict
from reflectkit.learn.fitting import HeldOut, f1
from reflectkit.learn.noise import as_recognised
from reflectkit.segment import cut_text, heard_before
from reflectkit.values import Utterance

QUESTION = "question"
_QUESTIONS = frozenset(("open_question", "closed_question"))
LEAST_POSITIVES = 5
RESAMPLES = 500
_COLUMNS = ("dialogue_id", "speaker", "text", "labels", "covered", "source_label")


@dataclass(frozen=True, slots=True, repr=False)
class PublicRow:
    """A worker row of a public corpus.

    Attributes
    ----------
    dialogue : str
        Its dialogue.
    utterances : tuple of Utterance
        The row cut into utterances, with context.
    labels, covered : frozenset of str
        What it carries, and what its corpus can express.
    ambiguous : bool
        True if the source's own code is ambiguous.
    number : int
        Of the row in its dialogue, as its corpus counts; 0 if it does not.
    alternative : bool
        True for one of several replies to the same words, which do not stand around each other.
    """

    dialogue: str
    utterances: tuple[Utterance, ...]
    labels: frozenset[str]
    covered: frozenset[str]
    ambiguous: bool
    number: int = 0
    alternative: bool = False

    def says(self, behaviour: str) -> bool | None:
        """Tell whether the row carries a behaviour, as far as its source can say.

        Parameters
        ----------
        behaviour : str
            A behaviour, or ``"question"``.

        Returns
        -------
        bool or None
            `None` where the source cannot say, or its code is ambiguous.
        """
        if self.ambiguous:
            return None
        if behaviour == QUESTION:
            carried = bool(self.labels & {QUESTION, *_QUESTIONS})
            return carried if carried or self.covered & {QUESTION, *_QUESTIONS} else None
        # A question whose subtype is not told says nothing of open or closed.
        if behaviour in _QUESTIONS and QUESTION in self.labels:
            return None
        return behaviour in self.labels if behaviour in self.labels or behaviour in self.covered else None

    def answers(self, behaviour: str) -> bool | None:
        """Tell what a model can be held against.

        Parameters
        ----------
        behaviour : str
            A behaviour, or ``"question"``.

        Returns
        -------
        bool or None
            As from `says`; `None` for every behaviour where the source names positives only.
        """
        return self.says(behaviour) if self.covered else None


def load_public(path: str | os.PathLike[str], *, recognised: bool = False) -> list[PublicRow]:
    """Read a tidied public corpus.

    Parameters
    ----------
    path : path
        CSV with columns ``dialogue_id, speaker, text, labels, covered, source_label``; speaker is worker or client.
    recognised : bool, optional
        True to take case and punctuation away first, as speech recognition does.

    Returns
    -------
    list of PublicRow
        Worker rows, in order.

    Raises
    ------
    CorpusError
        If the file cannot be read, a column is missing, or no worker says anything.
    """
    file = Path(path)
    dialogues: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line, record in enumerate(read_rows(file, _COLUMNS), 2):
        if record["speaker"] not in ("worker", "client"):
            raise CorpusError(
                f"{file.name}, record {line - 1}: the speaker is neither worker nor client. Write one of them."
            )
        _check_cells(record, f"{file.name}, record {line - 1}")
        dialogues[record["dialogue_id"]].append(record)
    rows = []
    for name, records in dialogues.items():
        texts = [as_recognised(r["text"]) if recognised else r["text"] for r in records]
        roles = [Role.CLIENT if r["speaker"] == "client" else Role.WORKER for r in records]
        turn = 0
        for record, text, role, heard in zip(
            records, texts, roles, heard_before(zip(roles, texts, strict=True)), strict=True
        ):
            if role is Role.WORKER:
                rows.append(_row(name, record, cut_utterances(text, heard, turn=turn)))
            else:
                turn += 1
    if not any(row.utterances for row in rows):
        raise CorpusError(f"{file.name}: no worker row holds any words. Check the speaker column.")
    return rows


def _check_cells(record: dict[str, str], where: str) -> None:
    names = {*(b.value for b in BEHAVIOURS), "question"}
    for column in ("labels", "covered"):
        if not {*filter(None, record[column].split("|"))} <= names:
            raise CorpusError(f"{where}: {column} holds something else than {', '.join(sorted(names))}. Mend it.")
    if not re.fullmatch(r"\d{0,9}", record.get("turn_index") or ""):
        raise CorpusError(f"{where}: turn_index is no whole number. Mend it.")


def _row(dialogue: str, record: dict[str, str], utterances: tuple[Utterance, ...]) -> PublicRow:
    labels, covered = (frozenset(filter(None, record[c].split("|"))) for c in ("labels", "covered"))
    return PublicRow(
        dialogue,
        utterances,
        labels,
        covered,
        record["source_label"].endswith("?"),
        int(record.get("turn_index") or 0),
        (record.get("annotator") or "").startswith("alternative"),
    )


def annotated_rows(corpus: Corpus, *, recognised: bool = False) -> list[PublicRow]:
    """Take annotated sessions as if they were a public corpus: cut by reflectkit, coded by the row.

    Parameters
    ----------
    corpus : Corpus
        The sessions.
    recognised : bool, optional
        True to take case and punctuation away first, as speech recognition does.

    Returns
    -------
    list of PublicRow
        Worker rows, in order; each carries what the annotators' utterances in it carry.
    """
    heard = as_recognised if recognised else str
    rows = []
    for s in corpus.sessions:
        for own in s.rows():
            first = s.utterances[own[0]]
            turn = s.transcript.turns[first.turn]
            piece = next(p for p in turn.pieces if p.row == first.row)
            words = heard(turn.text[piece.start : piece.end])
            cut = cut_utterances(words, heard(first.heard), heard(first.before), turn=first.turn)
            labels = frozenset(b.value for k in own for b in s.behaviours[k])
            rows.append(PublicRow(s.session, cut, labels, frozenset(b.value for b in BEHAVIOURS), False))
    return rows


def cut_utterances(text: str, heard: str, before: str = "", *, turn: int = 0) -> tuple[Utterance, ...]:
    """Cut a worker's row into utterances, each in its context.

    Parameters
    ----------
    text : str
        The row.
    heard : str
        What the client said last.
    before : str, optional
        The worker's utterance before the row, in the same turn.
    turn : int, optional
        Number of the turn.

    Returns
    -------
    tuple of Utterance
        In order.
    """
    utterances: list[Utterance] = []
    for span in cut_text(text):
        words = text[span.start : span.end]
        utterances.append(Utterance(turn, 0, span.start, span.end, words, "worker", heard, before))
        before = words
    return tuple(utterances)


def utterances_of(rows: Iterable[PublicRow]) -> tuple[list[Utterance], list[tuple[str, int]]]:
    """Return the rows' utterances, and where each is from.

    Parameters
    ----------
    rows : iterable of PublicRow
        The rows, in order.

    Returns
    -------
    utterances : list of Utterance
        Row after row.
    dialogues : list of (str, int)
        As many; an alternative reply is a dialogue of its own.
    """
    pairs = [(u, (row.dialogue, i if row.alternative else -1)) for i, row in enumerate(rows) for u in row.utterances]
    return [u for u, _ in pairs], [dialogue for _, dialogue in pairs]


def by_row(values: npt.NDArray[Any], rows: Sequence[PublicRow]) -> npt.NDArray[Any]:
    """Give every row the highest value of its utterances.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_utterances, n_behaviours)
        Of the rows' utterances, row after row.
    rows : sequence of PublicRow
        Each with at least one utterance.

    Returns
    -------
    numpy.ndarray, shape (n_rows, n_behaviours)
        Of the same type.
    """
    starts = np.cumsum([0, *(len(row.utterances) for row in rows[:-1])])
    return np.asarray(np.maximum.reduceat(values, starts, axis=0))


def answers(
    rows: Sequence[PublicRow], values: npt.NDArray[Any], behaviour: str
) -> tuple[list[int], npt.NDArray[np.bool_], npt.NDArray[Any]]:
    """Hold what rows carry beside what a model gives them, where their source can say.

    Parameters
    ----------
    rows : sequence of PublicRow
        Rows of positives only are left out.
    values : numpy.ndarray, shape (n_rows, n_behaviours)
        Decisions or scores of the model.
    behaviour : str
        A behaviour, or ``"question"``: the higher of open and closed.

    Returns
    -------
    usable : list of int
        Numbers of the rows.
    y : numpy.ndarray of bool, shape (n_usable,)
        Whether they carry it.
    given : numpy.ndarray, shape (n_usable,)
        The model's values.
    """
    said = [row.answers(behaviour) for row in rows]
    usable = [i for i, known in enumerate(said) if known is not None]
    columns = [0, 1] if behaviour == QUESTION else [BEHAVIOURS.index(Behaviour(behaviour))]
    y = np.asarray([said[i] for i in usable], dtype=np.bool_)
    return usable, y, values[usable][:, columns].max(axis=1)


def held_out(
    score: Callable[[Sequence[Utterance]], tuple[npt.NDArray[np.float64], object]],
    arrays: Mapping[str, npt.NDArray[np.float64]],
    rows: Sequence[PublicRow],
) -> HeldOut:
    """Score public rows for the choice of thresholds.

    Parameters
    ----------
    score : callable
        As `reflectkit.classify.scoring.Scorer.score`.
    arrays : mapping of str to numpy.ndarray
        As for `reflectkit.classify.classifier.calibrate`.
    rows : sequence of PublicRow
        Of a dev file.

    Returns
    -------
    HeldOut
        A row a row.
    """
    rows = [row for row in rows if row.utterances]
    utterances, dialogues = utterances_of(rows)
    p = by_row(calibrate(score(utterances)[0], arrays, places(utterances, dialogues)), rows)
    said = [[row.answers(b.value) for b in BEHAVIOURS] for row in rows]
    return HeldOut(
        p,
        np.asarray([[bool(x) for x in own] for own in said], dtype=np.bool_),
        np.asarray([[x is not None for x in own] for own in said], dtype=np.bool_),
    )


@dataclass(frozen=True, slots=True)
class PublicScore:
    """F1 of one behaviour on a public corpus.

    Attributes
    ----------
    behaviour : str
        A behaviour, or ``"question"``.
    rows, positives : int
        Rows scored, and how many of them carry it.
    f1, low, high : float
        F1 with its 90 % bootstrap interval, dialogues resampled.
    """

    behaviour: str
    rows: int
    positives: int
    f1: float
    low: float
    high: float


def macro_f1(scores: Sequence[PublicScore]) -> float | None:
    """Return the mean F1 of the behaviours a corpus can say.

    Parameters
    ----------
    scores : sequence of PublicScore
        As from `evaluate_public`.

    Returns
    -------
    float or None
        In [0, 1]; `None` if the corpus says too little to be scored.
    """
    return sum(s.f1 for s in scores) / len(scores) if scores else None


def evaluate_public(classifier: Classifier, rows: Sequence[PublicRow]) -> list[PublicScore]:
    """Score a model's own decisions on public rows.

    Parameters
    ----------
    classifier : Classifier
        The model.
    rows : sequence of PublicRow
        As from `load_public`.

    Returns
    -------
    list of PublicScore
        Behaviours with at least `LEAST_POSITIVES` rows, the coarse question after the closed one.
    """
    rows = [row for row in rows if row.utterances]
    _, decided, _ = predict(classifier, *utterances_of(rows))
    return score_rows(rows, by_row(decided, rows))


def score_rows(rows: Sequence[PublicRow], carried: npt.NDArray[np.bool_]) -> list[PublicScore]:
    """Score what somebody finds in public rows.

    Parameters
    ----------
    rows : sequence of PublicRow
        The rows.
    carried : numpy.ndarray of bool, shape (n_rows, 8)
        The behaviours each is found to carry.

    Returns
    -------
    list of PublicScore
        As from `evaluate_public`.
    """
    names = {name: i for i, name in enumerate(dict.fromkeys(row.dialogue for row in rows))}
    dialogue = np.asarray([names[row.dialogue] for row in rows])
    draws = np.random.default_rng(SEED).integers(0, len(names), size=(RESAMPLES, len(names)))
    scores = []
    for behaviour in ("open_question", "closed_question", QUESTION, *(b.value for b in BEHAVIOURS[2:-1])):
        usable, y, found = answers(rows, carried, behaviour)
        if y.sum() < LEAST_POSITIVES:
            continue
        hits = np.bincount(dialogue[usable], weights=y & found, minlength=len(names))
        sizes = np.bincount(dialogue[usable], weights=y.astype(float) + found, minlength=len(names))
        resampled = 2 * hits[draws].sum(axis=1) / np.maximum(sizes[draws].sum(axis=1), 1)
        low, high = np.quantile(resampled, (0.05, 0.95))
        scores.append(
            PublicScore(
                behaviour,
                len(y),
                int(y.sum()),
                f1(y, np.asarray(found, dtype=np.bool_)) or 0.0,
                float(low),
                float(high),
            )
        )
    return scores
