"""Speakers set apart from their words by something else than a colon: a dash, a tab, brackets, a line of their own.

Words stand before a dash in talk too, so such a reading is believed only if few labels come back again and again and
head most of what there is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from reflectkit.read.labels import Labelled, is_metadata, reads_like_label, without_emphasis
from reflectkit.read.roles import role_of_label
from reflectkit.read.times import CLOCK, seconds
from reflectkit.values import fold

_STAMP = (
    rf"(?:\d{{1,5}}[.)]?[ \t]++)?"
    rf"(?:[\[(#<]?(?P<before>{CLOCK})(?:[ ]?[-–][ ]?{CLOCK})?(?:-\d\#)?[\])>]?[ \t]*+[-–|]?[ \t]*+)?"
)
_NAME = r"(?P<label>[^\W_][^\n:\[\]<>()|\t;]{0,38}?)"
_WAYS: Mapping[str, re.Pattern[str]] = {
    "tabs": re.compile(rf"{_STAMP}{_NAME}(?:[ ]?\t|[ ]{{2}})\s*+(?P<rest>\S.*)$"),
    "brackets": re.compile(rf"{_STAMP}[\[(<]{_NAME}[\])>][ \t]*+(?P<rest>.*)$"),
    "dashes": re.compile(rf"{_STAMP}{_NAME}[ ]++[-–—][ ]++(?P<rest>\S.*)$"),
    "times": re.compile(rf"{_NAME}[ ]*+[\[(](?P<before>{CLOCK})[\])][ \t]++(?P<rest>\S.*)$"),
    "signs": re.compile(rf"{_STAMP}{_NAME}[ ]?[>);/|.][ \t]++(?P<rest>\S.*)$"),
}
_SHARE = 0.4
"""Least share of the lines that must begin with a speaker, for labels that are role words, numbered or in capitals."""

_SHARE_OF_NAMES = 0.6
"""The same for labels that only look like names."""

_MOST_SPEAKERS = 8
_MOST_WORDS = 3
_LEAST_TURNS = 2
_ANSWERS = frozenset(
    """
    mm mmm mhm hmm hm uh uhhuh huh ah aha oh right sure exactly absolutely great good fine true maybe really wow nice thanks yeah yep
    nope cool definitely never nothing hello hi hey bye goodbye totally obviously please agreed correct perfect alright indeed
    certainly often sometimes always today yesterday tomorrow now here there listen look see wait honestly actually basically
    um er erm still yet only even thank course maybe perhaps again
    """.split()
)


def labels_apart(lines: Sequence[str]) -> tuple[list[Labelled | None], str] | None:
    """Read lines whose speakers stand apart without a colon.

    Parameters
    ----------
    lines : sequence of str
        All lines of the file; blank ones are passed over.

    Returns
    -------
    (list of Labelled or None, str) or None
        One a line, and what sets the speakers apart; `None` where nothing plainly does.

    Examples
    --------
    >>> found, way = labels_apart(["PSW - How?", "Client - Bad - really.", "PSW - Oh.", "Client - Yes."])
    >>> way, found[1]
    ('dashes', Labelled(label='Client', rest='Bad - really.', start_s=None))
    """
    best: list[Labelled | None] = []
    best_way, most = "", 0
    filled = sum(1 for line in lines if line.strip())
    plain = [without_emphasis(line) for line in lines]
    bare = [line.lstrip("•·* ") for line in plain]
    for way, pattern in _WAYS.items():
        labelled = _believed([_split(line, pattern) for line in bare], filled)
        count = sum(map(bool, labelled))
        if count > most:
            best, best_way, most = labelled, way, count
    alone = _on_own_lines(lines, plain)
    if sum(map(bool, alone)) > most:
        best, best_way = alone, "lines of their own"
    return (best, best_way) if best_way else None


def _split(line: str, pattern: re.Pattern[str]) -> Labelled | None:
    match = pattern.match(line[:200])
    if match is None or not _may_be_label(match["label"].strip()):
        return None
    return Labelled(" ".join(match["label"].split()), line[match.start("rest") :], seconds(match["before"]))


def _may_be_label(label: str) -> bool:
    words = label.split()
    if not words or len(words) > _MOST_WORDS or not any(map(str.isalpha, label)):
        return False
    if role_of_label(label) is not None:
        return True
    if is_metadata(label) or any(word.casefold().strip(".,'’-") in _ANSWERS for word in words):
        return False
    return reads_like_label(label) and all(w[0].isupper() or w[0].isdigit() for w in words)


def _believed(labelled: Sequence[Labelled | None], lines: int) -> list[Labelled | None]:
    """Keep the labels that come back, if they are few and head enough of the lines; else none."""
    kept = _coming_back(labelled)
    plain = {found.label for found in kept if found and not _is_marked(found.label)}
    share = _SHARE_OF_NAMES if plain else _SHARE
    return kept if sum(map(bool, kept)) >= share * lines else []


def _coming_back(labelled: Sequence[Labelled | None]) -> list[Labelled | None]:
    """Keep the labels that come back if they are few, else none."""
    times = Counter(fold(found.label) for found in labelled if found)
    speakers = {label for label, n in times.items() if n >= _LEAST_TURNS}
    if not 2 <= len(speakers) <= _MOST_SPEAKERS:
        return [None] * len(labelled)
    return [found if found and fold(found.label) in speakers else None for found in labelled]


def _is_marked(label: str) -> bool:
    return role_of_label(label) is not None or label.isupper() or any(map(str.isdigit, label))


def _on_own_lines(lines: Sequence[str], plain: Sequence[str]) -> list[Labelled | None]:
    """Read lines that hold a speaker's label and nothing else, each with words under it."""
    labelled = [
        Labelled(" ".join(line.split()), "", None) if len(line) <= 60 and _may_be_label(line) else None
        for line in plain
    ]
    filled = [n for n, line in enumerate(lines) if line.strip()]
    kept = _coming_back(labelled)
    heads = [n for n in filled if kept[n]]
    if not heads:
        return []
    followed = sum(kept[b] is None for a, b in pairwise(filled) if kept[a])
    begins = [n for n in filled if n >= heads[0] and (n == 0 or not lines[n - 1].strip())]
    of_paragraphs = sum(kept[n] is not None for n in begins) / max(len(begins), 1)
    of_lines = len(heads) / max(sum(n >= heads[0] for n in filled), 1)
    enough = of_lines >= _SHARE or (len(begins) > _LEAST_TURNS and of_paragraphs >= 2 * _SHARE)
    return kept if enough and followed >= len(heads) - 1 else []
