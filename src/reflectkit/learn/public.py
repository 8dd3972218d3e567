"""Score a model on tidied public corpora, which code rows (turns, messages, sentences) and only some behaviours.

A row is cut into utterances, each is decided in its context, and the row carries every behaviour one of its utterances
carries. ``question`` is what a corpus says when it does not tell open from closed. A behaviour is scored on the rows
whose corpus can express it (`covered`), and not on rows whose source code is ambiguous (it ends in ``?``).
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reflectkit.classify import Classifier
from reflectkit.codebook import BEHAVIOURS, Role
from reflectkit.errors import CorpusError
from reflectkit.learn.evaluation import SEED, f1, predict
from reflectkit.learn.training import as_recognised
from reflectkit.pipeline import load_model
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
    """

    dialogue: str
    utterances: tuple[Utterance, ...]
    labels: frozenset[str]
    covered: frozenset[str]
    ambiguous: bool


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
        If a column is missing.
    """
    dialogues: dict[str, list[dict[str, str]]] = defaultdict(list)
    with Path(path).open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if missing := [c for c in _COLUMNS if c not in (reader.fieldnames or ())]:
            raise CorpusError(f"{Path(path).name}, line 1: columns {missing} are missing. Add them.")
        for record in reader:
            dialogues[record["dialogue_id"]].append(record)
    rows = []
    for name, records in dialogues.items():
        texts = [as_recognised(r["text"]) if recognised else r["text"] for r in records]
        roles = [Role.CLIENT if r["speaker"] == "client" else Role.WORKER for r in records]
        for record, text, role, heard in zip(
            records, texts, roles, heard_before(zip(roles, texts, strict=True)), strict=True
        ):
            if role is Role.WORKER:
                rows.append(_row(name, record, text, heard))
    return rows


def _row(dialogue: str, record: dict[str, str], text: str, heard: str) -> PublicRow:
    utterances: list[Utterance] = []
    for span in cut_text(text):
        before = utterances[-1].text if utterances else ""
        utterances.append(Utterance(0, 0, span.start, span.end, text[span.start : span.end], "worker", heard, before))
    labels, covered = (frozenset(filter(None, record[c].split("|"))) for c in ("labels", "covered"))
    return PublicRow(dialogue, tuple(utterances), labels, covered, record["source_label"].endswith("?"))


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
    utterances = [u for row in rows for u in row.utterances]
    owner = np.asarray([i for i, row in enumerate(rows) for _ in row.utterances], dtype=np.int64)
    _, decided, _ = predict(classifier, utterances)
    carried = np.zeros((len(rows), len(BEHAVIOURS)), dtype=bool)
    np.logical_or.at(carried, owner, decided)
    names = {name: i for i, name in enumerate(dict.fromkeys(row.dialogue for row in rows))}
    dialogue = np.asarray([names[row.dialogue] for row in rows])
    draws = np.random.default_rng(SEED).integers(0, len(names), size=(RESAMPLES, len(names)))
    scores = []
    for behaviour in ("open_question", "closed_question", QUESTION, *(b.value for b in BEHAVIOURS[2:-1])):
        usable = [i for i, row in enumerate(rows) if _covers(row, behaviour)]
        y = np.asarray([_carries(rows[i], behaviour) for i in usable], dtype=bool)
        if y.sum() < LEAST_POSITIVES:
            continue
        if behaviour == QUESTION:
            found = np.asarray(carried[usable][:, :2].any(axis=1))
        else:
            found = carried[usable][:, [b.value for b in BEHAVIOURS].index(behaviour)]
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


def _covers(row: PublicRow, behaviour: str) -> bool:
    if row.ambiguous:
        return False
    if behaviour == QUESTION:
        return bool(row.covered & {QUESTION, *_QUESTIONS})
    # A row of a question whose subtype is not told says nothing of open or closed.
    return behaviour in row.covered and not (behaviour in _QUESTIONS and QUESTION in row.labels)


def _carries(row: PublicRow, behaviour: str) -> bool:
    return bool(row.labels & ({QUESTION, *_QUESTIONS} if behaviour == QUESTION else {behaviour}))


def main(arguments: Sequence[str] | None = None) -> None:
    """Score a model on tidied public corpora and print a table."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.public", description=main.__doc__)
    parser.add_argument("files", nargs="+", help="CSV files of tidied public corpora")
    parser.add_argument("--model", help="name or folder of the model")
    parser.add_argument("--recognised", action="store_true", help="take case and punctuation away first")
    options = parser.parse_args(arguments)
    classifier = load_model(options.model)
    print(f"model {classifier.artefact.id}\n")  # noqa: T201
    print("| corpus | behaviour | rows | with it | F1 | 90 % interval |\n|---|---|---|---|---|---|")  # noqa: T201
    for file in options.files:
        scores = evaluate_public(classifier, load_public(file, recognised=options.recognised))
        for s in scores:
            interval = f"{s.low:.2f}–{s.high:.2f}"
            print(f"| {Path(file).stem} | {s.behaviour} | {s.rows} | {s.positives} | {s.f1:.2f} | {interval} |")  # noqa: T201
        print(f"| {Path(file).stem} | **macro** | | | **{np.mean([s.f1 for s in scores]):.2f}** | |")  # noqa: T201


if __name__ == "__main__":
    main()
