"""Hold an annotated corpus beside public ones: variety, shared runs of words, and what gives it away.

The last is a classifier that tells the corpus's worker utterances from a public corpus's. Were it at chance, the two
would read alike; what it keys on says how they differ.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from reflectkit.learn.corpus import load_corpus
from reflectkit.learn.noise import as_recognised
from reflectkit.learn.variety import public_texts, shared_runs, variety
from reflectkit.segment import cut_text

LEAST_WORDS = 4
SEED = 3
KEYS = 15


def tell_apart(own: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> tuple[float, list[str], list[str]]:
    """Train a classifier to tell two corpora apart, case and punctuation taken away.

    Parameters
    ----------
    own, other : sequence of sequence of str
        Utterances by session; those shorter than `LEAST_WORDS` words are left out.

    Returns
    -------
    accuracy : float
        Balanced accuracy in cross-validation that keeps sessions together; .5 is chance.
    own_keys, other_keys : list of str
        The words and word pairs that weigh most for either side.
    """
    rows = [
        (as_recognised(text), side, f"{side}{number}")
        for side, sessions in enumerate((own, other))
        for number, session in enumerate(sessions)
        for text in session
        if len(text.split()) >= LEAST_WORDS
    ]
    texts, y, groups = [r[0] for r in rows], np.asarray([r[1] for r in rows]), [r[2] for r in rows]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[\w']+", min_df=5, sublinear_tf=True),
        LogisticRegression(C=3, class_weight="balanced", max_iter=1000, random_state=SEED),
    )
    guess = cross_val_predict(
        model, texts, y, groups=groups, cv=StratifiedGroupKFold(5, shuffle=True, random_state=SEED)
    )
    accuracy = float(np.mean([(guess[y == side] == side).mean() for side in (0, 1)]))
    model.fit(texts, y)
    names, weights = model[0].get_feature_names_out(), model[1].coef_[0]
    order = np.argsort(weights)
    return accuracy, [str(n) for n in names[order[:KEYS]]], [str(n) for n in names[order[::-1][:KEYS]]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare ``data/annotated`` with a public corpus of spoken sessions and print what the card states."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.compare", description=main.__doc__)
    parser.add_argument("public", help="CSV of a tidied public corpus of spoken sessions, such as annomi.train.csv")
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--others", nargs="*", default=[], help="CSV files to look for shared runs of words in")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    name = Path(options.public).stem
    public = [
        [text[s.start : s.end] for text in texts for s in cut_text(text)]
        for texts in public_texts(options.public, "worker").values()
    ]
    speech = [[u.text for u in s.utterances] for s in corpus.sessions if s.about["register"] == "speech"]
    lines = [
        "| worker talk | distinct pairs | distinct triples | words, quartiles | disfluent |",
        "|---|---|---|---|---|",
    ]
    for label, sessions in (("data/annotated, speech", speech), (name, public)):
        v = variety(sessions)
        quartiles = " / ".join(f"{q:.0f}" for q in v.words_quartiles)
        lines.append(f"| {label} | {v.distinct_2:.2f} | {v.distinct_3:.2f} | {quartiles} | {100 * v.disfluent:.0f} % |")
    accuracy, own_keys, other_keys = tell_apart(speech, public)
    lines += [
        "",
        "A linear classifier tells the speech sessions' worker utterances (four words or more, no case, no "
        f"punctuation) from {name}'s with a balanced accuracy of {accuracy:.2f} (.50 is chance). It keys on, for this "
        f"corpus: {', '.join(own_keys)}; for {name}: {', '.join(other_keys)}.",
    ]
    if options.others:
        texts = (t for file in options.others for own in public_texts(file).values() for t in own)
        runs = shared_runs(([t.text for t in s.transcript.turns] for s in corpus.sessions), texts)
        lines += ["", f"Runs of eight words that stand in one of {len(options.others)} public files too: {len(runs)}."]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
