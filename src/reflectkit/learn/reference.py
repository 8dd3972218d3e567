"""Codes for public text, by reference: where an utterance stands and what it does, without its words.

``data/annotated/annomi_codes.csv`` codes worker utterances of AnnoMI by this project's codebook. Its rows name the
transcript, the utterance of AnnoMI, offsets into that text, and the first twelve digits of the text's SHA-256, so that
a different edition is noticed. The words come from a user's own copy of the corpus.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reflectkit.codebook import Behaviour, Flag, Role
from reflectkit.errors import CorpusError
from reflectkit.learn.corpus import read_rows
from reflectkit.segment import heard_before
from reflectkit.values import Utterance

COLUMNS = ("transcript_id", "utterance_id", "start", "end", "text_sha256", "behaviours", "flags")
_TRANSCRIPT = ("transcript_id", "dialogue_id")
_NUMBER = ("utterance_id", "turn_index")
_TEXT = ("utterance_text", "text")
_SPEAKER = ("interlocutor", "speaker")
_CLIENT = ("client", "patient")


@dataclass(frozen=True, slots=True, repr=False)
class ReferenceCode:
    """A coded utterance of public text, joined to its words.

    Attributes
    ----------
    transcript : int
        Number of the transcript.
    utterance : Utterance
        With context; `turn` and `row` are AnnoMI's utterance number.
    behaviours : tuple of Behaviour
        At least one.
    flags : tuple of Flag
        May be empty.
    """

    transcript: int
    utterance: Utterance
    behaviours: tuple[Behaviour, ...]
    flags: tuple[Flag, ...]

    def __repr__(self) -> str:
        return f"ReferenceCode({self.transcript}:{self.utterance.turn}, {'|'.join(self.behaviours)})"


def join_codes(codes: str | os.PathLike[str], copy: str | os.PathLike[str]) -> list[ReferenceCode]:
    """Join codes by reference to a user's own copy of the corpus.

    Parameters
    ----------
    codes : path
        Such as ``data/annotated/annomi_codes.csv``.
    copy : path
        CSV of the corpus: AnnoMI's own layout (``transcript_id, utterance_id, interlocutor, utterance_text``) or a tidy
        one (``dialogue_id, turn_index, speaker, text``).

    Returns
    -------
    list of ReferenceCode
        In the order of `codes`.

    Raises
    ------
    CorpusError
        If a column is missing, a coded utterance is not in the copy, or its text is another edition's.
    """
    texts = _texts(Path(copy))
    joined: list[ReferenceCode] = []
    heard = _heard(texts)
    before: Utterance | None = None
    for line, row in enumerate(read_rows(Path(codes), COLUMNS), 2):
        transcript, number = int(row["transcript_id"]), int(row["utterance_id"])
        found = texts.get(transcript, {}).get(number)
        where = f"{Path(codes).name}, line {line}"
        if found is None:
            raise CorpusError(
                f"{where}: your copy has no utterance {number} in transcript {transcript}. Use the whole corpus."
            )
        role, text = found
        if hashlib.sha256(text.encode()).hexdigest()[:12] != row["text_sha256"] or role is not Role.WORKER:
            raise CorpusError(f"{where}: the text of your copy is not the one that was coded. Use the same edition.")
        start, end = int(row["start"]), int(row["end"])
        same = before is not None and joined[-1].transcript == transcript and before.turn == number
        own = before.text if same and before is not None else ""
        before = Utterance(number, number, start, end, text[start:end], "worker", heard[transcript, number], own)
        joined.append(
            ReferenceCode(
                transcript,
                before,
                tuple(Behaviour(b) for b in row["behaviours"].split("|")),
                tuple(Flag(f) for f in row["flags"].split("|") if f),
            )
        )
    return joined


def _texts(path: Path) -> Mapping[int, Mapping[int, tuple[Role, str]]]:
    rows = read_rows(path, ())
    names = rows[0].keys() if rows else ()
    columns = [next((c for c in likely if c in names), None) for likely in (_TRANSCRIPT, _NUMBER, _SPEAKER, _TEXT)]
    if None in columns:
        raise CorpusError(
            f"{path.name}: it needs columns {_TRANSCRIPT[0]}, {_NUMBER[0]}, {_SPEAKER[0]} and {_TEXT[0]}."
        )
    transcript, number, speaker, text = (str(c) for c in columns)
    texts: dict[int, dict[int, tuple[Role, str]]] = {}
    for row in rows:  # several annotators give several rows of one utterance: the first stands for all
        digits = re.sub(r"\D", "", row[transcript])
        if digits and row[number].strip().isdigit():
            role = Role.CLIENT if row[speaker].strip().casefold() in _CLIENT else Role.WORKER
            texts.setdefault(int(digits), {}).setdefault(int(row[number]), (role, row[text]))
    return texts


def _heard(texts: Mapping[int, Mapping[int, tuple[Role, str]]]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for transcript, utterances in texts.items():
        numbers = sorted(utterances)
        for number, heard in zip(numbers, heard_before(utterances[n] for n in numbers), strict=True):
            found[transcript, number] = heard
    return found
