"""Compute the context of measures from public demonstrations: numbers only, by the demonstrations' own codes.

``python -m reflectkit.learn.norms annomi.train.csv annomi.dev.csv`` writes them into the package.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from reflectkit.feedback import norms
from reflectkit.measure.definitions import LEAST_EVENTS
from reflectkit.values import count_words

SOURCE = "AnnoMI, public demonstrations of motivational interviewing, good and poor ones together (Wu et al. 2022)"
MANUAL = "MITI 4.2.1 (Moyers et al. 2014)"
COUNTED = "counted by turn from the demonstrations' own codes; demonstrations are shorter and tidier than practice"
OPINION = (
    "the manual's experts call 1 reflection for each question fair and 2 good, and say themselves that this is opinion, "
    "not drawn from data; it is about counselling that aims at change, not about peer support"
)


def session_measures(rows: Iterable[dict[str, str]]) -> dict[str, float]:
    """Measure one demonstration.

    Parameters
    ----------
    rows : iterable of dict
        Its rows of a tidied public corpus: ``speaker, text, labels``.

    Returns
    -------
    dict of str to float
        Measures that rest on enough.
    """
    words = {"worker": 0, "client": 0}
    n: dict[str, int] = defaultdict(int)
    for row in rows:
        words[row["speaker"]] = words.get(row["speaker"], 0) + count_words(row["text"])
        labels = set(row["labels"].split("|")) if row["speaker"] == "worker" else set()
        for label in labels:
            n[label] += 1
        n["asks"] += bool(labels & {"open_question", "closed_question", "question"})
    found = {}
    if words["worker"] + words["client"]:
        found["worker_talk_share"] = words["worker"] / (words["worker"] + words["client"])
    if n["asks"] >= LEAST_EVENTS:
        found["reflections_per_question"] = n["reflection"] / n["asks"]
    told = n["open_question"] + n["closed_question"]
    if told >= LEAST_EVENTS:
        found["open_question_share"] = n["open_question"] / told
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute the context from files of a tidied public corpus and write it into the package."""
    parser = argparse.ArgumentParser(prog="python -m reflectkit.learn.norms", description=main.__doc__)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args(arguments)
    sessions: dict[str, list[dict[str, str]]] = defaultdict(list)
    for file in options.files:
        with Path(file).open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                sessions[row["dialogue_id"]].append(row)
    measured = [session_measures(rows) for rows in sessions.values()]
    entries: list[dict[str, object]] = []
    for name in ("worker_talk_share", "open_question_share", "reflections_per_question"):
        values = [m[name] for m in measured if name in m]
        quartiles = [round(float(q), 2) for q in np.quantile(values, (0.25, 0.5, 0.75))]
        entries.append({"measure": name, "source": SOURCE, "n": len(values), "quartiles": quartiles, "note": COUNTED})
        print(f"{name}: {len(values)} sessions, quartiles {quartiles}")  # noqa: T201
    entries.append(
        {"measure": "reflections_per_question", "source": MANUAL, "n": None, "quartiles": None, "note": OPINION}
    )
    path = Path(str(norms.__file__)).with_name("norms.json")
    path.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
