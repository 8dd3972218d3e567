"""What each choice of the encoder's training is worth: small trainings that differ in one thing, scored on dev sets alone.

The trainings take a share of a shipped recipe's examples, and one pass, all from one seed: read the table as a comparison,
not as the shipped models' scores, and differences no larger than what another order of the same examples makes as none.
``python -m reflectkit.learn.ablation FOLDER`` prints it.
"""

from __future__ import annotations

import argparse
import os
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from reflectkit.codebook import BEHAVIOURS
from reflectkit.learn.corpus import Corpus, load_corpus
from reflectkit.learn.examples import Example, public_examples, session_examples
from reflectkit.learn.finetune import Settings, Tuned, averaged, finetune
from reflectkit.learn.fitting import best_f1
from reflectkit.learn.linear import SEED
from reflectkit.learn.noise import recognised
from reflectkit.learn.public import LEAST_POSITIVES
from reflectkit.learn.reference import ANNOMI_CODES, PUBLIC_CODES, join_codes
from reflectkit.learn.training import Materials, Recipe, read_recipe, read_sources
from reflectkit.values import Utterance

SHARE = 5
"""One example in so many of every source is learnt from."""

DEV = {"annomi": ANNOMI_CODES, "esconv": PUBLIC_CODES, "mi_gold": PUBLIC_CODES, "misc_mibot": PUBLIC_CODES}
"""Public corpora whose dev dialogues are coded by this codebook, and where the codes are."""

_DOUBT = 0.1
_DOUBTED = 0.02


class Drawn:
    """Examples of a recipe, drawn once, so that every training sees the same ones.

    Parameters
    ----------
    recipe : Recipe
        Of an encoder.
    sessions : Corpus
        The annotated sessions.
    corpora : path
        Folder of the tidied public corpora.
    """

    def __init__(self, recipe: Recipe, sessions: Corpus, corpora: str | os.PathLike[str]) -> None:
        materials = Materials(sessions, corpora, None)
        self._recipe, self._corpora = recipe, Path(corpora)
        self.files = [
            (source, _one_in(SHARE, examples))
            for source, examples in read_sources(recipe, materials, lambda line: None)
        ]
        self.sessions = sessions

    def all(self) -> list[Example]:
        """Return what the recipe learns from."""
        return [e for _, own in self.files for e in own]

    def without(self, kind: str) -> list[Example]:
        """Leave sources of a kind out.

        Parameters
        ----------
        kind : {"sessions", "exchanges", "public"}
            The field of `reflectkit.learn.training.Source` that tells them.

        Returns
        -------
        list of Example
            The others.
        """
        return [e for source, own in self.files if not getattr(source, kind) for e in own]

    def as_cut(self) -> list[Example]:
        """Leave out what recognition cuts amiss: every example is then one utterance as its coders cut it."""
        whole = {(u.turn, u.start, u.text) for e in session_examples(self.sessions) for u in e.utterances}
        return [
            e
            for source, own in self.files
            for e in own
            if not source.sessions or all((u.turn, u.start, u.text) in whole for u in e.utterances)
        ]

    def own_codes(self, *, weight: float = 1.0, instances: str = "any", doubt: float = _DOUBT) -> list[Example]:
        """Take the public corpora by their own codes instead of this codebook's.

        Parameters
        ----------
        weight : float, optional
            Of each row.
        instances : {"any", "each"}, optional
            How utterances of a row share its codes.
        doubt : float, optional
            Share of a code that is held to be chance.

        Returns
        -------
        list of Example
            One in `SHARE` of each corpus's rows, which are more than are coded by this codebook.
        """
        found: list[Example] = []
        for source, _ in self.files:
            if source.public:
                rows = public_examples(self._corpora / source.public, weight=weight, doubt=doubt)
                found += [
                    part for row in _one_in(SHARE, rows) for part in (_apart(row) if instances == "each" else [row])
                ]
        return found


def _one_in(share: int, examples: Sequence[Example]) -> list[Example]:
    return random.Random(SEED).sample(list(examples), len(examples) // share)


def _apart(example: Example) -> list[Example]:
    """Let every utterance of an example carry its codes, which is the plain way."""
    n = len(example.utterances)
    return [replace(example, utterances=(u,), weight=example.weight / n) for u in example.utterances]


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


def _blind(utterances: Iterable[Utterance]) -> tuple[Utterance, ...]:
    return tuple(replace(u, heard="", before="") for u in utterances)


def _hidden(examples: Iterable[Example]) -> list[Example]:
    return [replace(e, utterances=_blind(e.utterances)) for e in examples]


_View = Callable[[Sequence[Utterance]], Sequence[Utterance]]


def dev_scores(tuned: Tuned, dev: dict[str, Corpus], see: _View = list) -> dict[str, float]:
    """Return macro-F1 by this codebook at the best thresholds of each dev set.

    Parameters
    ----------
    tuned : Tuned
        The network.
    dev : dict of str to Corpus
        Dev sessions; the first are scored as recognised as well.
    see : callable, optional
        What the network is shown of utterances.

    Returns
    -------
    dict of str to float
        Over behaviours with at least `LEAST_POSITIVES` utterances, and the mean of all sets last.
    """
    scores: dict[str, float] = {}
    for name, corpus in dev.items():
        codes = corpus.labels()
        views = {name: corpus.utterances}
        if not scores:
            views[f"{name}, recognised"] = [recognised(u) for u in corpus.utterances]
        for view, utterances in views.items():
            s = tuned.log_odds(see(utterances))
            scores[view] = _macro(codes, s)
    return {**scores, "mean": float(np.mean(list(scores.values())))}


def _macro(codes: npt.NDArray[np.bool_], s: npt.NDArray[np.float64]) -> float:
    enough = [i for i in range(len(BEHAVIOURS)) if codes[:, i].sum() >= LEAST_POSITIVES]
    return float(np.mean([best_f1(codes[:, i], s[:, i]) for i in enough]))


@dataclass(frozen=True, slots=True)
class Variant:
    """A training that differs in one thing.

    Attributes
    ----------
    name : str
        What differs.
    examples : callable
        Returns what is learnt from.
    settings : Settings
        How.
    order : int
        Which order the examples come in.
    see : callable
        What the network is shown of dev utterances.
    """

    name: str
    examples: Callable[[], list[Example]]
    settings: Settings
    order: int = 0
    see: _View = list


def variants(drawn: Drawn, settings: Settings) -> list[Variant]:
    """List the trainings that are compared.

    Parameters
    ----------
    drawn : Drawn
        What is learnt from.
    settings : Settings
        How, where a variant says nothing else.

    Returns
    -------
    list of Variant
        The first two are as shipped, in two orders; the others differ from the first.
    """
    own = drawn.without("public")

    def coded(**how: float | str) -> Callable[[], list[Example]]:
        return lambda: [*own, *drawn.own_codes(**how)]  # type: ignore[arg-type]

    return [
        Variant("one network of the recipe", drawn.all, settings),
        Variant("the same, its examples in another order", drawn.all, settings, order=1),
        Variant("half of the examples", lambda: _one_in(2, drawn.all()), settings),
        Variant("one attention for all behaviours: the mean", drawn.all, replace(settings, pooling="mean")),
        Variant("context hidden", lambda: _hidden(drawn.all()), settings, see=_blind),
        Variant("no recognised copies", drawn.all, replace(settings, spoken=0.0)),
        Variant("no rows that recognition cuts amiss", drawn.as_cut, settings),
        Variant(
            "rows cut amiss: every piece carries the codes, not some piece",
            lambda: [part for e in drawn.all() for part in _apart(e)],
            settings,
        ),
        Variant("no words masked", drawn.all, replace(settings, hidden=0.0)),
        Variant("the last weights, not their running average", drawn.all, replace(settings, average=0.0)),
        Variant("no contrast exchanges", lambda: drawn.without("exchanges"), settings),
        Variant("no public text", lambda: own, settings),
        Variant("public text by its own codes: some utterance carries them, one in ten doubted", coded(), settings),
        Variant("the same, every utterance carries them", coded(instances="each"), settings),
        Variant("the same, not doubted", coded(doubt=0.0), settings),
        Variant("the same, doubted codes mixed with own belief", coded(), replace(settings, bootstrap=0.5)),
        Variant(
            "the same, without what a second model holds for wrong",
            lambda: [*own, *confident(drawn.own_codes())],
            settings,
        ),
        Variant("the same, at half weight", coded(weight=0.5), settings),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the variants and print the table."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.ablation", description=main.__doc__)
    parser.add_argument("corpora", help="folder of the tidied public corpora")
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--recipe", default="models/accurate.toml")
    options = parser.parse_args(arguments)
    sessions = load_corpus(options.data)
    recipe = read_recipe(options.recipe)
    drawn = Drawn(recipe, sessions, options.corpora)
    dev = {"own dev": sessions.split("dev")}
    for name, codes in DEV.items():
        dev[name] = join_codes(codes, Path(options.corpora, f"{name}.dev.csv")).split("dev")
    first: list[Tuned] = []
    lines = 0

    def tell(name: str, examples: int, scores: dict[str, float]) -> None:
        nonlocal lines
        if not lines:
            print(f"| training | examples | {' | '.join(scores)} |\n{'|---' * (len(scores) + 2)}|")  # noqa: T201
        cells = " | ".join(f"{s:.3f}".replace("0.", ".", 1) for s in scores.values())
        print(f"| {name} | {examples:,} | {cells} |", flush=True)  # noqa: T201
        lines += 1

    for variant in variants(drawn, Settings(epochs=1)):
        examples = variant.examples()
        tuned = finetune(examples, variant.settings, order=variant.order)
        tell(variant.name, len(examples), dev_scores(tuned, dev, variant.see))
        first = [*first, tuned][:2]
        if lines == 2:
            tell("the mean of the two networks, which is shipped", len(examples), dev_scores(averaged(first), dev))


if __name__ == "__main__":
    main()
