"""Behaviour tests in the manner of CheckList (Ribeiro et al. 2020): short cases that say what must or must not change.

- ``rules.csv`` (minimum functionality): ``rule, case, heard, before, text, must, must_not``, cases for every rule of the codebook;
- ``pairs.csv``: ``test, kind, heard, before, text, changed_heard, changed_text, behaviour``; kind ``invariance`` (the decision
  stays; with a behaviour named, that behaviour stays), ``up`` or ``down`` (the behaviour's probability rises or falls).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reflectkit.classify import Classifier, decide
from reflectkit.codebook import BEHAVIOURS, Behaviour
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import read_rows
from reflectkit.values import Utterance

RULES, PAIRS = "rules.csv", "pairs.csv"
KINDS = ("invariance", "up", "down")
_RULE_COLUMNS = ("rule", "case", "heard", "before", "text", "must", "must_not")
_PAIR_COLUMNS = ("test", "kind", "heard", "before", "text", "changed_heard", "changed_text", "behaviour")


@dataclass(frozen=True, slots=True)
class TestScore:
    """How often a kind of case fails.

    Attributes
    ----------
    test, kind : str
        Name, and ``"rule"``, ``"invariance"``, ``"up"`` or ``"down"``.
    cases, failures : int
        How many there are, and how many fail.
    """

    __test__ = False  # its name begins like a test's

    test: str
    kind: str
    cases: int
    failures: int


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    rows = read_rows(path, columns)
    for number, row in enumerate(rows, 1):
        names = [row[key] for key in ("must", "must_not", "behaviour") if key in row]
        if unknown := [b for joined in names for b in joined.split("|") if b and b not in list(BEHAVIOURS)]:
            raise CorpusError(f"{path.name}, record {number}: there is no behaviour {unknown[0]!r}. Mend it.")
        if not row.get("rule", "1").isdecimal():
            raise CorpusError(f"{path.name}, record {number}: rule {row['rule']!r} is no whole number. Mend it.")
        if row.get("kind", "up") not in KINDS or (row.get("kind") in ("up", "down") and not row["behaviour"]):
            raise CorpusError(
                f"{path.name}, record {number}: kind must be {', '.join(KINDS)}, the last two with a behaviour."
            )
    if not rows:
        raise CorpusError(f"{path.name}: there is no case in it.")
    return rows


def case_utterance(text: str, heard: str, before: str) -> Utterance:
    """Make an utterance of a case.

    Parameters
    ----------
    text, heard, before : str
        Its words, what the client said last, and the worker's words before.

    Returns
    -------
    Utterance
        As if it were a whole turn.
    """
    return Utterance(0, 0, 0, len(text), text, "worker", heard, before)


def _column(name: str) -> int:
    return BEHAVIOURS.index(Behaviour(name))


def rule_failures(classifier: Classifier, folder: str | os.PathLike[str]) -> list[tuple[dict[str, str], bool]]:
    """Run the rules' cases.

    Parameters
    ----------
    classifier : Classifier
        The model.
    folder : path
        With ``rules.csv``.

    Returns
    -------
    list of (dict, bool)
        Every case, and whether it fails: a behaviour that must hold is not decided, or one that must not is.
    """
    cases = _rows(Path(folder, RULES), _RULE_COLUMNS)
    p = classifier.predict_proba([case_utterance(c["text"], c["heard"], c["before"]) for c in cases])
    results = []
    for case, (chosen, _) in zip(cases, decide(p, classifier.thresholds), strict=True):
        must, must_not = ({Behaviour(b) for b in case[key].split("|") if b} for key in ("must", "must_not"))
        results.append((case, not must <= set(chosen) or bool(must_not & set(chosen))))
    return results


def run_behaviour_tests(classifier: Classifier, folder: str | os.PathLike[str]) -> list[TestScore]:
    """Run all behaviour tests of a folder.

    Parameters
    ----------
    classifier : Classifier
        The model.
    folder : path
        With ``rules.csv`` and ``pairs.csv``.

    Returns
    -------
    list of TestScore
        Rules in order, then pairs by name.

    Raises
    ------
    CorpusError
        If a table is missing or lacks a column.
    """
    counted: dict[tuple[str, str], list[int]] = {}

    def count(test: str, kind: str, failed: bool) -> None:
        entry = counted.setdefault((test, kind), [0, 0])
        entry[0] += 1
        entry[1] += failed

    for case, failed in rule_failures(classifier, folder):
        count(f"rule {int(case['rule']):02d}", "rule", failed)
    pairs = _rows(Path(folder, PAIRS), _PAIR_COLUMNS)
    before = classifier.predict_proba([case_utterance(c["text"], c["heard"], c["before"]) for c in pairs])
    after = classifier.predict_proba(
        [case_utterance(c["changed_text"], c["changed_heard"], c["before"]) for c in pairs]
    )
    sets = [[set(chosen) for chosen, _ in decide(p, classifier.thresholds)] for p in (before, after)]
    for i, case in enumerate(pairs):
        count(case["test"], case["kind"], _fails(case, before[i], after[i], sets[0][i], sets[1][i]))
    return [TestScore(test, kind, n, failed) for (test, kind), (n, failed) in sorted(counted.items())]


def _fails(
    case: dict[str, str],
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    old: set[Behaviour],
    new: set[Behaviour],
) -> bool:
    if case["kind"] == "invariance":
        return Behaviour(case["behaviour"]) not in new if case["behaviour"] else old != new
    column = _column(case["behaviour"])
    rose = after[column] > before[column]
    return bool(not rose if case["kind"] == "up" else after[column] >= before[column])
