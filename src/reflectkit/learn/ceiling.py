"""How far codes by this codebook and a public corpus's own codes agree: what a model that codes by this codebook can reach.

``python -m reflectkit.learn.ceiling FOLDER`` prints, for each tidied public corpus of which utterances are coded by
reference (`reflectkit.learn.reference`), F1 of those codes against the corpus's own, beside the models' on the same rows.
Nobody trained on this project's definitions does better than such a coder but by learning the other definitions.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, available_models, load_artefact
from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.evaluation import predict
from reflectkit.learn.public import PublicRow, PublicScore, by_row, load_public, macro_f1, score_rows, utterances_of
from reflectkit.learn.reference import codes_by_row, transcript_name
from reflectkit.learn.training import CODED, PUBLIC_DEV

CODER = "a coder by this codebook"


def coded_rows(copy: Path, codes: Path) -> tuple[list[PublicRow], npt.NDArray[np.bool_]]:
    """Find the rows of a public corpus that are coded by this codebook.

    Parameters
    ----------
    copy : Path
        CSV of the tidied corpus.
    codes : Path
        Table of codes by reference.

    Returns
    -------
    rows : list of PublicRow
        Those of coded transcripts.
    carried : numpy.ndarray of bool, shape (n_rows, 8)
        Which behaviours some utterance of each row carries.

    Raises
    ------
    CorpusError
        As `reflectkit.learn.reference.join_codes`.
    """
    carried = codes_by_row(codes, copy)
    rows = [(row, carried.get(transcript_name(row.dialogue))) for row in load_public(copy) if row.utterances]
    coded = [(row, own.get(row.number, set())) for row, own in rows if own is not None]
    return [row for row, _ in coded], np.asarray(
        [[b.value in own for b in BEHAVIOURS] for _, own in coded], dtype=np.bool_
    )


def compare(
    rows: Sequence[PublicRow], codes: npt.NDArray[np.bool_], classifiers: Mapping[str, Classifier]
) -> dict[str, list[PublicScore]]:
    """Score a coder and models against a corpus's own codes, on the same rows.

    Parameters
    ----------
    rows : sequence of PublicRow
        Each with utterances.
    codes : numpy.ndarray of bool, shape (n_rows, 8)
        The coder's.
    classifiers : mapping of str to Classifier
        The models by name.

    Returns
    -------
    dict of str to list of PublicScore
        By who decided, the coder first.
    """
    decided = {name: by_row(predict(model, *utterances_of(rows))[1], rows) for name, model in classifiers.items()}
    return {name: score_rows(rows, own) for name, own in {CODER: codes, **decided}.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.ceiling", description=main.__doc__)
    parser.add_argument("corpora", help="folder of the tidied public corpora")
    options = parser.parse_args(arguments)
    models = {name: Classifier(load_artefact(name)) for name in available_models()}
    for name in PUBLIC_DEV:
        rows, codes = coded_rows(Path(options.corpora, f"{name}.csv"), CODED[name])
        print(f"\n{name}: {len(rows)} rows\n\n{_table(compare(rows, codes, models))}")  # noqa: T201


def _table(scores: Mapping[str, Sequence[PublicScore]]) -> str:
    scored: Any = next(iter(scores.values()))
    lines = [
        f"| F1 of | {' | '.join(f'{s.behaviour} (n={s.positives})' for s in scored)} | mean |",
        "|---" * (len(scored) + 2) + "|",
    ]
    for who, own in scores.items():
        lines.append(f"| {who} | {' | '.join(f'{s.f1:.2f}' for s in own)} | {macro_f1(own):.3f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
