"""The tables of a corpus's card, computed from the corpus."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from reflectkit.codebook import BEHAVIOURS, CODED_FLAGS, Role, Subtype
from reflectkit.learn.corpus import DESCRIBED, NEAR_MISSES, SPLITS, Corpus, load_corpus, read_table, yes
from reflectkit.learn.variety import variety


def describe(folder: str | os.PathLike[str]) -> str:
    """Describe a corpus: sizes, registers, codes, stretches, and how varied its worker talk is.

    Parameters
    ----------
    folder : path
        Folder of the corpus.

    Returns
    -------
    str
        Markdown tables, one blank line between them.

    Raises
    ------
    CorpusError
        If the corpus is not sound.
    """
    corpus = load_corpus(folder)
    tables = [_sizes(corpus), _spread(corpus), _codes(corpus), _stretches(Path(folder), corpus), _variety(corpus)]
    return "\n\n".join(tables)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(f"{c:,}" if isinstance(c, int) else str(c) for c in row) + " |" for row in rows]
    return "\n".join(lines)


def _sizes(corpus: Corpus) -> str:
    rows: list[Sequence[object]] = []
    for name in (*SPLITS, "all"):
        own = corpus if name == "all" else corpus.split(name)
        turns = [t for s in own.sessions for t in s.transcript.turns]
        worker = [t for t in turns if t.role is Role.WORKER]
        words = {role: sum(t.words for t in turns if t.role is role) for role in (Role.WORKER, Role.CLIENT)}
        writers = len({s.about["writer"] for s in own.sessions})
        row = (len(own.sessions), writers, len(worker), len(own.utterances), words[Role.WORKER], words[Role.CLIENT])
        rows.append((name, *row))
    header = ("split", "sessions", "writers", "worker turns", "worker utterances", "worker words", "client words")
    return _table(header, rows)


def _spread(corpus: Corpus) -> str:
    rows: list[Sequence[object]] = []
    for column in DESCRIBED:
        counts = {split: Counter(s.about[column] for s in corpus.split(split).sessions) for split in SPLITS}
        values = sorted({s.about[column] for s in corpus.sessions} - {""})
        rows += [(f"{column}: {v}", *(counts[split][v] for split in SPLITS)) for v in values]
    return _table(("sessions", *SPLITS), rows)


def _codes(corpus: Corpus) -> str:
    rows: list[Sequence[object]] = []
    for code in [*BEHAVIOURS, *CODED_FLAGS]:
        per_split = []
        for split in SPLITS:
            own = corpus.split(split).sessions
            per_split.append(
                sum(code in b or code in f for s in own for b, f in zip(s.behaviours, s.flags, strict=True))
            )
        kind = "behaviour" if code in list(BEHAVIOURS) else "flag"
        rows.append((f"{kind}: {code}", *per_split, sum(per_split)))
    several = [sum(len(b) > 1 for s in corpus.split(split).sessions for b in s.behaviours) for split in SPLITS]
    rows.append(("several behaviours at once", *several, sum(several)))
    return _table(("utterances", *SPLITS, "all"), rows)


def _stretches(folder: Path, corpus: Corpus) -> str:
    split_of = {s.session: s.split for s in corpus.sessions}
    coded = read_table(folder, "disclosures.csv") if (folder / "disclosures.csv").exists() else []
    final = [d for d in coded if d["coder"] == "final"]
    rows: list[Sequence[object]] = []
    for kind, names in (("directive_disclosure", tuple(Subtype)), ("near_miss", NEAR_MISSES)):
        for name in names:
            own = [d for d in final if d["kind"] == kind and d["subtype"] == name]
            counts = Counter(split_of[d["session"]] for d in own)
            back = sum(yes(d["returns_focus"]) for d in own)
            rows.append((f"{kind.replace('_', '-')}: {name}", *(counts[s] for s in SPLITS), len(own), back))
    return _table(("stretches", *SPLITS, "all", "focus returned"), rows)


def _variety(corpus: Corpus) -> str:
    rows: list[Sequence[object]] = []
    for register in (*sorted({s.about["register"] for s in corpus.sessions} - {""}), "all"):
        own = [s for s in corpus.sessions if register in ("all", s.about["register"])]
        v = variety([[u.text for u in s.utterances] for s in own])
        quartiles = " / ".join(f"{q:.0f}" for q in v.words_quartiles)
        shares = (v.near_duplicates_within, v.near_duplicates_across, v.disfluent)
        within, across, disfluent = (f"{100 * x:.1f} %" for x in shares)
        rows.append((register, within, across, f"{v.distinct_2:.2f}", f"{v.distinct_3:.2f}", quartiles, disfluent))
    header = (
        "worker talk",
        "near-duplicates within",
        "across sessions",
        "distinct pairs",
        "distinct triples",
        "words, quartiles",
        "disfluent",
    )
    return _table(header, rows)
