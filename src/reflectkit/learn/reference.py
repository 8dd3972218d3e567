"""Codes for public text, by reference: where an utterance stands and what it does, without its words.

``data/annotated/annomi_codes.csv`` codes the worker utterances of AnnoMI by this project's codebook, and
``public_codes.csv`` some of other public corpora. Their rows name the transcript, the side of the split, the corpus's own
utterance, offsets into that text, and the first twelve digits of the text's SHA-256, so that a different edition is
noticed. The words come from a user's own copy of the corpus.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from reflectkit.codebook import Role
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import CodedSession, Corpus, coded_session, read_rows
from reflectkit.values import Row, join_rows

COLUMNS = ("transcript_id", "split", "utterance_id", "start", "end", "text_sha256", "behaviours", "flags", "second")
ANNOMI_CODES = Path("data/annotated/annomi_codes.csv")
PUBLIC_CODES = Path("data/annotated/public_codes.csv")

_TRANSCRIPT = ("transcript_id", "dialogue_id")
_NUMBER = ("utterance_id", "turn_index")
_TEXT = ("utterance_text", "text")
_SPEAKER = ("interlocutor", "speaker")
_CLIENT = ("client", "patient")

_Texts = Mapping[int, tuple[Role, str]]


def join_codes(codes: str | os.PathLike[str], copy: str | os.PathLike[str]) -> Corpus:
    """Join codes by reference to a user's own copy of the corpus.

    Parameters
    ----------
    codes : path
        Such as ``data/annotated/annomi_codes.csv``.
    copy : path
        CSV of the corpus, or of a part of it, in a tidy layout (``dialogue_id, turn_index, speaker, text``) or AnnoMI's own
        (``transcript_id, utterance_id, interlocutor, utterance_text``).

    Returns
    -------
    Corpus
        The coded sessions the copy holds, without stretches of directive-disclosure, which are not coded.

    Raises
    ------
    CorpusError
        If a column is missing, the copy holds none of the coded transcripts, a coded utterance is missing from one it
        holds, or its text is another edition's.
    """
    texts = _texts(Path(copy))
    coded = _coded(codes, texts, copy)
    return Corpus(tuple(_session(transcript, texts[transcript], rows) for transcript, rows in coded.items()))


def codes_by_row(codes: str | os.PathLike[str], copy: str | os.PathLike[str]) -> dict[str, dict[int, set[str]]]:
    """Put the codes of a row's utterances together.

    Parameters
    ----------
    codes, copy : path
        As for `join_codes`.

    Returns
    -------
    dict of str to dict of int to set of str
        By transcript (as `transcript_name` has it) and the corpus's own utterance: the behaviours some part of it carries.

    Raises
    ------
    CorpusError
        As `join_codes`.
    """
    carried: dict[str, dict[int, set[str]]] = {}
    for transcript, rows in _coded(codes, _texts(Path(copy)), copy).items():
        own = carried[transcript] = defaultdict(set)
        for row in rows:
            own[int(row["utterance_id"])] |= set(row["behaviours"].split("|"))
    return carried


def _coded(
    codes: str | os.PathLike[str], texts: Mapping[str, _Texts], copy: str | os.PathLike[str]
) -> dict[str, list[Mapping[str, str]]]:
    """Read the codes of the transcripts that a copy holds, and check that they are of its edition."""
    coded: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for line, row in enumerate(read_rows(Path(codes), COLUMNS), 2):
        transcript, number = transcript_name(row["transcript_id"]), int(row["utterance_id"])
        if transcript in texts:
            _check(texts[transcript], row, f"{Path(codes).name}, line {line}", transcript, number)
            coded[transcript].append(row)
    if not coded:
        raise CorpusError(
            f"{Path(copy).name}: it holds none of the transcripts that are coded. Use the corpus they are of."
        )
    return coded


def reference_agreement(codes: str | os.PathLike[str]) -> tuple[int, int, int]:
    """Count utterances coded by reference and the agreement of their two coders.

    Parameters
    ----------
    codes : path
        As for `join_codes`.

    Returns
    -------
    tuple of (int, int, int)
        Utterances; those coded twice; of these, those with the same behaviours by both.
    """
    rows = read_rows(Path(codes), COLUMNS)
    twice = [row for row in rows if row["second"]]
    return len(rows), len(twice), sum(row["second"] == row["behaviours"] for row in twice)


def _check(texts: _Texts, row: Mapping[str, str], where: str, transcript: str, number: int) -> None:
    role, text = texts.get(number, (Role.OTHER, ""))
    if role is Role.OTHER:
        raise CorpusError(
            f"{where}: your copy has no utterance {number} in transcript {transcript}. Use the whole transcript."
        )
    if hashlib.sha256(text.encode()).hexdigest()[:12] != row["text_sha256"] or role is not Role.WORKER:
        raise CorpusError(f"{where}: the text of your copy is not the one that was coded. Use the same edition.")


def _session(transcript: str, texts: _Texts, coded: Sequence[Mapping[str, str]]) -> CodedSession:
    numbers = sorted(texts)
    rows = [Row(k, texts[n][0].value, texts[n][1]) for k, n in enumerate(numbers)]
    place = {
        numbers[piece.row]: (turn, piece.row, piece.start)
        for turn, (_, _, pieces) in enumerate(join_rows(rows, rows_are_units=True))
        for piece in pieces
    }
    said = []
    for row in coded:
        turn, number, offset = place[int(row["utterance_id"])]
        ends = {key: str(offset + int(row[key])) for key in ("start", "end")}
        said.append({**row, **ends, "turn": str(turn), "row": str(number), "speaker": Role.WORKER.value})
    table = [{"row": str(r.row), "speaker": r.speaker, "role": r.speaker, "text": r.text} for r in rows]
    described = {"session": transcript, "split": coded[0]["split"], "writer": transcript}
    return coded_session(described, table, said)


def transcript_name(cell: str) -> str:
    """Name a transcript; AnnoMI numbers its own, and tidied copies write the number in their own ways.

    Parameters
    ----------
    cell : str
        As a table has it.

    Returns
    -------
    str
        Such as ``"annomi_011"`` for ``"11"``; other names as they are.
    """
    number = re.fullmatch(r"(?:annomi_)?0*(\d+)", cell.strip())
    return f"annomi_{int(number[1]):03}" if number else cell.strip()


def _texts(path: Path) -> Mapping[str, _Texts]:
    rows = read_rows(path, ())
    names = rows[0].keys() if rows else ()
    columns = [next((c for c in likely if c in names), None) for likely in (_TRANSCRIPT, _NUMBER, _SPEAKER, _TEXT)]
    if None in columns:
        raise CorpusError(
            f"{path.name}: it needs columns {_TRANSCRIPT[0]}, {_NUMBER[0]}, {_SPEAKER[0]} and {_TEXT[0]}."
        )
    transcript, number, speaker, text = (str(c) for c in columns)
    texts: dict[str, dict[int, tuple[Role, str]]] = {}
    for row in rows:  # several annotators give several rows of one utterance: the first stands for all
        if row[transcript].strip() and row[number].strip().isdigit():
            role = Role.CLIENT if row[speaker].strip().casefold() in _CLIENT else Role.WORKER
            texts.setdefault(transcript_name(row[transcript]), {}).setdefault(int(row[number]), (role, row[text]))
    return texts
