"""Which model is the default, by a rule set before any score was known.

The free model is, if its mean macro-F1 on the public dev sets comes within `LEAD` of the non-commercial one's.
``python -m reflectkit.learn.default FOLDER`` prints the scores and what follows from them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from reflectkit.classify import DEFAULT_MODEL, Classifier, load_artefact
from reflectkit.learn.public import evaluate_public, load_public, macro_f1
from reflectkit.learn.training import PUBLIC_DEV

FREE, OTHER = "accurate", "accurate-nc"
LEAD = 0.03


def choose(free: float, other: float) -> str:
    """Return the name of the default model.

    Parameters
    ----------
    free, other : float
        Mean macro-F1 of the free and of the non-commercial model on the public dev sets, in [0, 1].

    Returns
    -------
    str
        One of `FREE`, `OTHER`.

    Examples
    --------
    >>> choose(0.60, 0.62), choose(0.60, 0.65)
    ('accurate', 'accurate-nc')
    """
    return FREE if other - free <= LEAD else OTHER


def main(arguments: Sequence[str] | None = None) -> None:
    """Score both models on the public dev sets and name the default."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.default", description=main.__doc__)
    parser.add_argument("corpora", help="folder of the tidied public corpora")
    options = parser.parse_args(arguments)
    rows = {name: load_public(Path(options.corpora, f"{name}.csv")) for name in PUBLIC_DEV}
    means = {}
    lines = [f"| model | {' | '.join(rows)} | mean |", "|---" * (len(rows) + 2) + "|"]
    for model in (FREE, OTHER):
        classifier = Classifier(load_artefact(model))
        scores = [macro_f1(evaluate_public(classifier, own)) or 0.0 for own in rows.values()]
        means[model] = sum(scores) / len(scores)
        lines.append(f"| {model} | {' | '.join(f'{s:.3f}' for s in scores)} | {means[model]:.3f} |")
    gap = means[OTHER] - means[FREE]
    chosen = choose(means[FREE], means[OTHER])
    agrees = "it is" if chosen == DEFAULT_MODEL else f"{DEFAULT_MODEL} is"
    lines += ["", f"{OTHER} is {gap:.3f} ahead; up to {LEAD:.3f} the free model is the default: {chosen} ({agrees})."]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
