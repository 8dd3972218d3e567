"""Fit and score the cutting of stretches without punctuation.

Every worker row of the train sessions is seen twice: as a recogniser would give it (no signs), and with only its commas
and dashes left. The answer is where the annotators' utterances begin.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from reflectkit import segment
from reflectkit.learn.corpus import CodedSession, Corpus, load_corpus
from reflectkit.learn.noise import as_recognised
from reflectkit.values import blank_events

_SENTENCE_ENDS = re.compile(r"[.?!…]+")
LEAST_WEIGHT = 0.1
"""Weights below this are left out of the file: they move few decisions and would double its size."""

LEAST_ROWS = 6
"""Gaps a feature must hold in."""


def gaps(session: CodedSession, *, commas: bool) -> Iterator[tuple[dict[str, float], bool]]:
    """Yield the gaps of a session's worker rows, punctuation taken away.

    Parameters
    ----------
    session : CodedSession
        The session.
    commas : bool
        True to keep commas and dashes.

    Yields
    ------
    features : dict of str to float
        As `reflectkit.segment.gap_features`, each 1.0.
    begins : bool
        True if an utterance begins after the gap.
    """
    begins: dict[int, set[int]] = defaultdict(set)
    for u in session.utterances:
        begins[u.turn].add(u.start)
    for turn in session.transcript.turns:
        if turn.index not in begins:
            continue
        heard, marks = blank_events(turn.text)
        for piece in turn.pieces:
            starts, words, signs = segment.stretch_words(heard, piece.start, piece.end)
            kept = [(s, as_recognised(w) or w, sign) for s, w, sign in zip(starts, words, signs, strict=True) if w]
            for i in range(1, len(kept)):
                event = any(kept[i - 1][0] < m.start < kept[i][0] for m in marks)
                sign = kept[i - 1][2] if commas else ""
                names = segment.gap_features([w for _, w, _ in kept], i, sign=sign, event=event)
                yield dict.fromkeys(names, 1.0), any(kept[i - 1][0] < b <= kept[i][0] for b in begins[turn.index])


def fit(corpus: Corpus) -> dict[str, object]:
    """Fit the gap model on train sessions; its threshold makes as many cuts in dev sessions as their annotators did.

    The threshold of the best boundary F1 is lower: it cuts too often, and every count of utterances would be too high.

    Parameters
    ----------
    corpus : Corpus
        With train and dev sessions.

    Returns
    -------
    dict
        ``weights``, ``intercept`` and ``threshold``, as in ``segment.json``.
    """
    rows = [g for s in corpus.split("train").sessions for commas in (False, True) for g in gaps(s, commas=commas)]
    vectoriser = DictVectorizer()
    x = vectoriser.fit_transform([features for features, _ in rows])
    spread = np.asarray((x > 0).sum(axis=0)).ravel()
    keep = np.flatnonzero(spread >= LEAST_ROWS)
    fitted = LogisticRegression(C=0.3, max_iter=2000, random_state=0).fit(x[:, keep], [begins for _, begins in rows])
    names = vectoriser.get_feature_names_out()[keep]
    weights = {
        str(n): round(float(w), 2) for n, w in zip(names, fitted.coef_[0], strict=True) if abs(w) >= LEAST_WEIGHT
    }
    model: dict[str, object] = {
        "weights": dict(sorted(weights.items())),
        "intercept": round(float(fitted.intercept_[0]), 3),
    }
    dev = [g for s in corpus.split("dev").sessions for g in gaps(s, commas=False)]
    y = np.asarray([begins for _, begins in dev])
    scores = np.asarray([fitted.intercept_[0] + sum(weights.get(n, 0.0) for n in features) for features, _ in dev])
    model["threshold"] = round(_even_threshold(y, scores), 2)
    return model


def _even_threshold(y: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64]) -> float:
    return float(np.sort(scores)[::-1][int(y.sum()) - 1])


def boundary_scores(sessions: Sequence[CodedSession], *, recognised: bool = False) -> tuple[float, float, float, int]:
    """Score the cuts of `reflectkit.segment` inside rows against the annotators'.

    Parameters
    ----------
    sessions : sequence of CodedSession
        The sessions.
    recognised : bool, optional
        True to take case and punctuation away first.

    Returns
    -------
    precision, recall, f1 : float
        Of boundaries inside rows, in [0, 1].
    n : int
        Boundaries of the annotators.
    """
    right = found = coded = 0
    for session in sessions:
        for turn in session.transcript.turns:
            for piece in turn.pieces:
                own = [u for u in session.utterances if u.turn == turn.index and piece.start <= u.start < piece.end]
                if not own:
                    continue
                parts = [as_recognised(u.text) if recognised else u.text for u in own]
                parts = [p for p in parts if p]
                text = " ".join(parts)
                gold = set(np.cumsum([0, *(len(p) + 1 for p in parts)])[1:-1].tolist())
                cuts = {span.start for span in segment.cut_text(text)} - {0}
                right, found, coded = right + len(gold & cuts), found + len(cuts), coded + len(gold)
    precision, recall = right / max(found, 1), right / max(coded, 1)
    return precision, recall, 2 * right / max(found + coded, 1), coded


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit the gap model on ``data/annotated``, write it into the package, and print boundary scores by register."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.segmentation", description=main.__doc__)
    parser.add_argument("--data", default="data/annotated")
    parser.add_argument("--score-only", action="store_true")
    options = parser.parse_args(arguments)
    corpus = load_corpus(options.data)
    if not options.score_only:
        path = Path(str(segment.__file__)).with_name("segment.json")
        path.write_text(json.dumps(fit(corpus), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
        segment._gap_model.cache_clear()
    print("| split | register | boundaries | precision | recall | F1 |\n|---|---|---|---|---|---|")  # noqa: T201
    for split in ("dev", "test"):
        sessions = corpus.split(split).sessions
        for register in ("speech", "chat", "asr"):
            _line(split, register, [s for s in sessions if s.about["register"] == register], recognised=False)
        _line(split, "all, punctuation removed", sessions, recognised=True)


def _line(split: str, name: str, sessions: Sequence[CodedSession], *, recognised: bool) -> None:
    precision, recall, f1, n = boundary_scores(sessions, recognised=recognised)
    print(f"| {split} | {name} | {n} | {precision:.2f} | {recall:.2f} | {f1:.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
