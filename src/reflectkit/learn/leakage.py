"""Sessions that stand on both sides of a split, whole, in part, or under another name."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

from reflectkit.learn.corpus import Corpus
from reflectkit.learn.noise import as_recognised

LEAST_WORDS = 7
"""Shorter turns and utterances are said by anybody."""

LEAST_SHARED = 3
"""Long stretches two sessions must share to be taken for one."""


def leaks(corpus: Corpus) -> list[tuple[str, str, int]]:
    """Find pairs of sessions in different splits that share what only one session would say.

    Parameters
    ----------
    corpus : Corpus
        With a split for each session.

    Returns
    -------
    list of (str, str, int)
        Two sessions and how many worker utterances or client turns of `LEAST_WORDS` words or more they share, case and
        punctuation aside; only pairs with `LEAST_SHARED` or more, or with all they have.
    """
    holders: dict[str, set[int]] = defaultdict(set)
    sizes: Counter[int] = Counter()
    for number, session in enumerate(corpus.sessions):
        texts = [u.text for u in session.utterances] + [t.text for t in session.transcript.turns if t.role == "client"]
        long = {key for t in texts if len((key := as_recognised(t)).split()) >= LEAST_WORDS}
        sizes[number] = len(long)
        for key in long:
            holders[key].add(number)
    shared: Counter[tuple[int, int]] = Counter()
    for own in holders.values():
        shared.update(combinations(sorted(own), 2))
    return [
        (corpus.sessions[a].session, corpus.sessions[b].session, n)
        for (a, b), n in sorted(shared.items())
        if corpus.sessions[a].split != corpus.sessions[b].split and (n >= LEAST_SHARED or n == min(sizes[a], sizes[b]))
    ]
