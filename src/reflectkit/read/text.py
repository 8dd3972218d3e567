"""Plain text: ``Speaker: words`` with wrapped lines, numbered turns and time stamps."""

from __future__ import annotations

from collections import Counter

from reflectkit.errors import TranscriptError
from reflectkit.read.labels import is_metadata, speakers_among, split_label
from reflectkit.values import Note, Row


def read_lines(text: str, *, file: str | None = None) -> tuple[list[Row], list[Note]]:
    """Read plain text in which each turn begins with its speaker.

    Parameters
    ----------
    text : str
        Decoded text.
    file : str, optional
        Name for error messages.

    Returns
    -------
    rows : list of Row
        One a line block; `Row.row` counts blocks from 0.
    notes : list of Note
        Lines skipped and why.

    Raises
    ------
    TranscriptError
        If no line names a speaker.
    """
    lines = text.split("\n")
    labelled = [split_label(line) for line in lines]
    candidates = Counter(found.label for found in labelled if found)
    speakers = speakers_among(candidates)
    if not speakers:
        raise TranscriptError(
            "no line begins with a speaker.",
            "Begin each turn with its speaker and a colon, such as 'Worker: …' and 'Client: …'.",
            file=file,
        )
    notes: list[Note] = []
    blocks: list[tuple[str, list[str], float | None]] = []
    odd: Counter[str] = Counter()
    for number, (line, found) in enumerate(zip(lines, labelled, strict=True), 1):
        if found and found.label in speakers:
            blocks.append((found.label, [found.rest], found.start_s))
        elif not line.strip():
            continue
        elif not blocks:
            notes.append(Note("skipped", "a line before the first speaker was left out.", line=number))
        elif found and is_metadata(found.label) and len(found.label) > 3:
            notes.append(
                Note("skipped", "a line that looks like a heading of the transcript was left out.", line=number)
            )
        else:
            if found:
                odd["label"] += 1
            blocks[-1][1].append(line.strip())
    if odd["label"]:
        notes.append(
            Note(
                "guessed", "lines with a colon were read as speech going on, not as a new speaker.", count=odd["label"]
            )
        )
    rows = [
        Row(i, speaker, " ".join(part for part in parts if part), start_s)
        for i, (speaker, parts, start_s) in enumerate(blocks)
    ]
    return rows, notes
