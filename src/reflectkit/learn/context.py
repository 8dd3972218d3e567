"""How much of the coding can be told from how much of a session: whether context is what the models lack.

``python -m reflectkit.learn.context`` prints, for utterances of the dev sessions drawn by chance, F1 against the final
codes of coders who saw no more than an encoder sees (`reflectkit.classify.view`), of coders who saw the client's turn and
the worker's turns before it whole, and of the models.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, available_models, load_artefact
from reflectkit.codebook import BEHAVIOURS
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import Corpus, load_corpus, read_table, with_lines
from reflectkit.learn.evaluation import predict
from reflectkit.learn.fitting import f1

TABLE = "context_codes.csv"

CODERS: Mapping[str, str] = {
    "in_view": "a coder who sees what an encoder sees",
    "in_turns": "a coder who sees whole turns, and the worker's before",
}
"""Columns of `TABLE`, and what its coders saw."""

Codes = npt.NDArray[np.bool_]


def context_codes(folder: Path, corpus: Corpus) -> tuple[list[int], dict[str, Codes]]:
    """Read the codes that were given with little context.

    Parameters
    ----------
    folder : Path
        Folder of the corpus.
    corpus : Corpus
        Its sessions, or some of them.

    Returns
    -------
    places : list of int
        Positions of the coded utterances among the corpus's, in the order of the table.
    codes : dict of str to numpy.ndarray of bool, shape (n_coded, 8)
        By column of the table.

    Raises
    ------
    CorpusError
        If the table is missing, names an utterance that is not in the corpus, or no known behaviour.
    """
    known = ((s.session, str(k)) for s in corpus.sessions for k in range(len(s.utterances)))
    place = {key: i for i, key in enumerate(known)}
    names = {b.value for b in BEHAVIOURS}
    rows = read_table(folder, TABLE)
    for line, row in with_lines(rows):
        if (row["session"], row["utterance"]) not in place:
            raise CorpusError(f"{TABLE}, line {line}: there is no such utterance. Check session and number.")
        if any(not set(row[column].split("|")) <= names for column in CODERS):
            raise CorpusError(f"{TABLE}, line {line}: there is no such behaviour. Use {', '.join(BEHAVIOURS)}.")
    codes = {c: np.asarray([[b in r[c].split("|") for b in BEHAVIOURS] for r in rows], np.bool_) for c in CODERS}
    return [place[row["session"], row["utterance"]] for row in rows], codes


def compare(y: Codes, decided: Mapping[str, Codes]) -> dict[str, list[float]]:
    """Score coders and models on the same utterances.

    Parameters
    ----------
    y : numpy.ndarray of bool, shape (n, 8)
        The final codes.
    decided : mapping of str to numpy.ndarray of bool, shape (n, 8)
        By who decided.

    Returns
    -------
    dict of str to list of float
        F1 of each behaviour, in [0, 1]; 0 where neither holds.
    """
    return {who: [f1(a, b) or 0.0 for a, b in zip(y.T, own.T, strict=True)] for who, own in decided.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.context", description=main.__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/annotated"), help="folder of the corpus")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.corpus).split("dev")
    places, codes = context_codes(options.corpus, corpus)
    decided = {CODERS[column]: own for column, own in codes.items()}
    for name in available_models():
        classifier = Classifier(load_artefact(name))
        decided[f"`{name}`, in its session"] = predict(classifier, corpus.utterances, corpus.groups.tolist())[1][places]
    y = corpus.labels()[places]
    head = [f"{b.value} (n={n})" for b, n in zip(BEHAVIOURS, y.sum(axis=0), strict=True)]
    print(f"| F1 of | {' | '.join(head)} | macro-F1 |\n{'|---' * (len(head) + 2)}|")  # noqa: T201
    for who, scores in compare(y, decided).items():
        print(f"| {who} | {' | '.join(f'{s:.2f}' for s in scores)} | {np.mean(scores):.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
