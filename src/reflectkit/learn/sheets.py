"""Blank sheets for coders: sessions as the tables of an annotated corpus, cut into utterances and not yet coded."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reflectkit.errors import CorpusError
from reflectkit.files import write_atomically
from reflectkit.learn.corpus import DESCRIBED, REQUIRED, TABLES, read_table, refuse_unsound
from reflectkit.read.own import guarded
from reflectkit.segment import segment
from reflectkit.values import Transcript


def write_sheets(transcripts: Iterable[Transcript], folder: str | os.PathLike[str]) -> int:
    """Write sessions as the tables of an annotated corpus, for people to code.

    ``behaviours`` and ``flags`` in ``utterances.csv`` are blank, and so is ``writer`` in ``sessions.csv``; every ``split`` is
    ``train``. `check_corpus` lists what is left to be filled in. A cell that a spreadsheet might run as a
    formula stands after an apostrophe, which is taken away where a corpus is read: the offsets do not count it.

    Parameters
    ----------
    transcripts : iterable of Transcript
        As from `reflectkit.read_transcript`, each with a name of its own.
    folder : path
        Where the tables go, made if missing; only their owner can read them.

    Returns
    -------
    int
        Worker utterances to be coded.

    Raises
    ------
    CorpusError
        If the folder holds such a table already, two sessions have one name, or a speaker changes roles within a session.
    OSError
        If a table cannot be written.
    """
    path = Path(folder)
    if there := [name for name in REQUIRED if (path / name).exists()]:
        raise CorpusError(f"{there[0]} stands in {path.name} already, and codes may be in it. Give another folder.")
    rows: dict[str, list[Sequence[object]]] = {name: [] for name in REQUIRED}
    seen: set[str] = set()
    for transcript in transcripts:
        name = transcript.session
        if name in seen:
            raise CorpusError(f"two sessions are named {name!r}. Name each once (session=).")
        seen.add(name)
        rows["sessions.csv"].append((name, "train", "", *("" for _ in DESCRIBED)))
        turns, numbers = _turns(transcript)
        rows["turns.csv"] += turns
        rows["utterances.csv"] += [
            (name, n, u.turn, numbers[u.turn, u.row], u.start, u.end, u.speaker, u.text, "", "")
            for n, u in enumerate(segment(transcript))
        ]
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    for table, own in rows.items():
        columns = (*TABLES[table], *DESCRIBED) if table == "sessions.csv" else TABLES[table]
        write_atomically(path / table, _csv([columns, *own]))
    return len(rows["utterances.csv"])


def write_codings(sheets: Mapping[str, str | os.PathLike[str]], folder: str | os.PathLike[str]) -> int:
    """Put the sheets of coders who worked blind to each other together, as ``codings.csv``.

    Parameters
    ----------
    sheets : mapping of str to path
        Folder of each coder's copy of the sheets, filled in, by the coder's name; `reflectkit corpus agreement` compares
        ``"A"`` with ``"B"``.
    folder : path
        Folder of the corpus, whose ``utterances.csv`` holds the final codes; it may be a coder's own.

    Returns
    -------
    int
        Codings written: utterances times coders.

    Raises
    ------
    CorpusError
        If a sheet breaks the format, its utterances are not the corpus's, or there is a ``codings.csv`` already.
    OSError
        If the table cannot be written.
    """
    path = Path(folder) / "codings.csv"
    if path.exists():
        raise CorpusError(f"codings.csv stands in {path.parent.name} already. Take it away first.")
    cut = ("session", "utterance", "turn", "start", "end")
    cuts = [tuple(row[c] for c in cut) for row in read_table(path.parent, "utterances.csv")]
    rows: list[Sequence[object]] = []
    for coder, sheet in sheets.items():
        refuse_unsound(Path(sheet))
        coded = read_table(Path(sheet), "utterances.csv")
        if [tuple(row[c] for c in cut) for row in coded] != cuts:
            raise CorpusError(
                f"the sheet of coder {coder!r} holds other utterances than the corpus. Start from one sheet."
            )
        rows += [(row["session"], row["utterance"], coder, row["behaviours"], row["flags"]) for row in coded]
    write_atomically(path, _csv([TABLES["codings.csv"], *rows]))
    return len(rows)


def _turns(transcript: Transcript) -> tuple[list[Sequence[object]], dict[tuple[int, int], int]]:
    """Return the rows of ``turns.csv`` and, by turn and row of the source, their numbers."""
    rows: list[Sequence[object]] = []
    numbers: dict[tuple[int, int], int] = {}
    role_of = {turn.speaker: turn.role for turn in transcript.turns}
    for turn in transcript.turns:
        if role_of[turn.speaker] is not turn.role:
            raise CorpusError(
                f"session {transcript.session!r}: a speaker changes roles. Give each role a label of its own."
            )
        # Captions of a turn are joined by spaces, rows of a corpus by line breaks: they become one row.
        texts = [turn.text[p.start : p.end] for p in turn.pieces] if transcript.rows_are_units else [turn.text]
        for i, piece in enumerate(turn.pieces):
            numbers[turn.index, piece.row] = len(rows) + min(i, len(texts) - 1)
        for text in texts:
            rows.append((transcript.session, len(rows), turn.index, turn.speaker, turn.role.value, text))
    return rows, numbers


def _csv(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return out.getvalue()
