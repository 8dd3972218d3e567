"""What each choice of the encoder's training is worth: small trainings that differ in one thing, scored on dev sets alone.

The trainings are a fraction of the shipped models', one pass each, all from one seed: read differences of a point or less as
none, and the table as a comparison, not as the shipped models' scores. ``python -m reflectkit.learn.ablation`` prints it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.examples import Example, exchange_examples, public_examples, session_examples
from reflectkit.learn.finetune import Settings, Tuned, finetune
from reflectkit.learn.fitting import best_f1
from reflectkit.learn.linear import SEED
from reflectkit.learn.noise import recognised
from reflectkit.learn.public import LEAST_POSITIVES, QUESTION, PublicRow, answers, by_row, load_public
from reflectkit.values import Utterance

SAMPLE = {"sessions": 1600, "exchanges": 400, "annomi": 400, "esconv": 500, "mibot_silver": 300}
"""Examples of each source."""

DEV = ("annomi", "mi_gold", "misc_mibot")
_NOISY = ("esconv", "mibot_silver")
_DOUBTED = 0.02


class Ablation:
    """Sources drawn once, so that every training sees the same examples.

    Parameters
    ----------
    data : str
        Folder of the annotated corpus.
    corpora : str
        Folder of the tidied public corpora.
    """

    def __init__(self, data: str, corpora: str) -> None:
        self.corpora = Path(corpora)
        corpus = load_corpus(data)
        self.dev: Corpus = corpus.split("dev")
        self.rows: dict[str, list[PublicRow]] = {
            name: [r for r in load_public(self.corpora / f"{name}.dev.csv") if r.utterances and r.covered]
            for name in DEV
        }
        self.own = self._draw("sessions", session_examples(corpus.split("train")))
        self.exchanges = self._draw("exchanges", exchange_examples(Path(data, "exchanges.csv")))

    def _draw(self, name: str, examples: Sequence[Example]) -> list[Example]:
        return random.Random(SEED).sample(list(examples), min(SAMPLE[name], len(examples)))

    def public(self, *, weight: float = 0.5, instances: str = "any", doubt: float = 0.1) -> list[Example]:
        """Return the public examples, told in one way.

        Parameters
        ----------
        weight : float, optional
            Of an example of a noisy corpus.
        instances : {"any", "each"}, optional
            How utterances of a row share its codes.
        doubt : float, optional
            Of noisy corpora.

        Returns
        -------
        list of Example
            Of AnnoMI, ESConv and the silver corpus.
        """
        found: list[Example] = []
        for name in ("annomi", *_NOISY):
            noisy = name in _NOISY
            file = self.corpora / f"{name}.train.csv"
            whole = public_examples(file, weight=weight if noisy else 1.0, doubt=doubt if noisy else 0.0)
            drawn = self._draw(name, whole)
            if instances == "each":
                drawn = [
                    replace(e, utterances=(u,), weight=e.weight / len(e.utterances))
                    for e in drawn
                    for u in e.utterances
                ]
            found += drawn
        return found

    def score(self, tuned: Tuned, *, blind: bool = False) -> dict[str, float]:
        """Return macro-F1 at the best thresholds of each dev set.

        Parameters
        ----------
        tuned : Tuned
            The network.
        blind : bool, optional
            True to hide the context.

        Returns
        -------
        dict of str to float
            Own dev sessions as written and as recognised, then the public ones.
        """

        def see(utterances: Sequence[Utterance]) -> npt.NDArray[np.float64]:
            return tuned.log_odds([replace(u, heard="", before="") for u in utterances] if blind else utterances)

        codes = self.dev.labels()
        scores: dict[str, float] = {}
        for name, utterances in (
            ("own dev", self.dev.utterances),
            ("own dev, recognised", [recognised(u) for u in self.dev.utterances]),
        ):
            s = see(utterances)
            scores[name] = float(np.mean([best_f1(codes[:, i], s[:, i]) for i in range(len(BEHAVIOURS))]))
        for name, rows in self.rows.items():
            s = by_row(see([u for r in rows for u in r.utterances]), rows)
            pairs = [answers(rows, s, b)[1:] for b in (*(b.value for b in BEHAVIOURS[:-1]), QUESTION)]
            scores[name] = float(np.mean([best_f1(y, given) for y, given in pairs if y.sum() >= LEAST_POSITIVES]))
        return scores


def confident(examples: Sequence[Example]) -> list[Example]:
    """Leave out what a linear model, trained on the other dialogues, holds for wrong (after Northcutt et al. 2021).

    Parameters
    ----------
    examples : sequence of Example
        Of noisy corpora; others come back as they are.

    Returns
    -------
    list of Example
        With codes unknown where the model gives them a probability under .02, or over .98 where they are said to be absent.
    """
    texts = [" ".join(u.text for u in e.utterances) for e in examples]
    groups = [e.group for e in examples]
    known = np.stack([e.known for e in examples])
    for b in range(known.shape[1]):
        part = [int(i) for i in np.flatnonzero(known[:, b])]
        y = np.asarray([examples[i].target[b] > 0.5 for i in part])
        if y.sum() < 20 or (~y).sum() < 20:
            continue
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
        )
        p = cross_val_predict(
            model,
            [texts[i] for i in part],
            y,
            groups=[groups[i] for i in part],
            cv=GroupKFold(4),
            method="predict_proba",
        )[:, 1]
        known[np.asarray(part)[np.where(y, p, 1 - p) < _DOUBTED], b] = False
    return [replace(e, known=k) for e, k in zip(examples, known, strict=True) if k.any()]


def _blind(e: Example) -> Example:
    return replace(e, utterances=tuple(replace(u, heard="", before="") for u in e.utterances))


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the variants and print the table."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.ablation", description=main.__doc__)
    parser.add_argument("corpora", help="folder of the tidied public corpora")
    parser.add_argument("--data", default="data/annotated")
    options = parser.parse_args(arguments)
    a = Ablation(options.data, options.corpora)
    own, public = [*a.own, *a.exchanges], a.public()
    once = Settings(epochs=1)
    variants: Mapping[str, tuple[Callable[[], list[Example]], Settings]] = {
        "as shipped": (lambda: [*own, *public], once),
        "one attention for all: the mean": (lambda: [*own, *public], replace(once, pooling="mean")),
        "every utterance of a row carries its codes": (lambda: [*own, *a.public(instances="each")], once),
        "codes of noisy corpora not doubted": (lambda: [*own, *a.public(doubt=0.0)], once),
        "doubted codes mixed with own belief": (lambda: [*own, *public], replace(once, bootstrap=0.5)),
        "codes a second model holds for wrong left out": (lambda: [*own, *confident(public)], once),
        "noisy corpora at full weight": (lambda: [*own, *a.public(weight=1.0)], once),
        "no public corpora": (lambda: own, once),
        "no contrast exchanges": (lambda: [*a.own, *public], once),
        "context hidden": (lambda: [_blind(e) for e in (*own, *public)], once),
        "no recognised copies": (lambda: [*own, *public], replace(once, spoken=0.0)),
    }
    lines: list[str] = []
    for name, (examples, settings) in variants.items():
        tuned = finetune(examples(), settings)
        scores = a.score(tuned, blind=name == "context hidden")
        if not lines:
            lines = [f"| training | {' | '.join(scores)} |", "|---" * (len(scores) + 1) + "|"]
            print("\n".join(lines), flush=True)  # noqa: T201
        cells = " | ".join(f"{s:.2f}".replace("0.", ".", 1) for s in scores.values())
        print(f"| {name} | {cells} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
