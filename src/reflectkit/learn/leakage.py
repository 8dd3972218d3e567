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

MOST_HOLDERS, MOST_SHARE = 4, 0.1
"""Sessions, and share of all, that may hold what only one would say: a service greets everybody with the same words."""


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
        punctuation aside; only pairs with `LEAST_SHARED` or more, or with all they have. What more sessions than
        `MOST_HOLDERS` and `MOST_SHARE` of all hold is a phrase of the service's and does not count; sessions that are the
        same word for word do, however short.
    """
    holders: dict[str, set[int]] = defaultdict(set)
    whole: dict[tuple[str, ...], set[int]] = defaultdict(set)
    sizes: Counter[int] = Counter()
    for number, session in enumerate(corpus.sessions):
        texts = [u.text for u in session.utterances] + [t.text for t in session.transcript.turns if t.role == "client"]
        plain = [as_recognised(t) for t in texts]
        long = {key for key in plain if len(key.split()) >= LEAST_WORDS}
        whole[tuple(plain)].add(number)
        sizes[number] = len(long)
        for key in long:
            holders[key].add(number)
    shared: Counter[tuple[int, int]] = Counter()
    usual = max(MOST_HOLDERS, MOST_SHARE * len(corpus.sessions))
    for own in holders.values():
        if len(own) <= usual:
            shared.update(combinations(sorted(own), 2))
    same = {pair for own in whole.values() for pair in combinations(sorted(own), 2)}
    found = ((a, b, max(shared[a, b], (a, b) in same)) for a, b in sorted({*shared, *same}))
    return [
        (corpus.sessions[a].session, corpus.sessions[b].session, n)
        for a, b, n in found
        if corpus.sessions[a].split != corpus.sessions[b].split
        and (n >= LEAST_SHARED or n == min(sizes[a], sizes[b]) or (a, b) in same)
    ]
