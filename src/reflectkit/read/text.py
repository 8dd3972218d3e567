"""Plain text: ``Speaker: words`` with wrapped lines, numbered turns and time stamps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from reflectkit.errors import TranscriptError
from reflectkit.read.labels import speakers_among, split_label
from reflectkit.values import Note, Row

_SOFT_BREAKS = re.compile("[\\x0b\\x0c\\x85\\u2028\\u2029]")
"""Line breaks of word processors; only in plain text, since JSON and tables may hold them inside a value."""


def read_lines(text: str, *, given: Iterable[str] = (), file: str | None = None) -> tuple[list[Row], list[Note]]:
    """Read plain text in which each turn begins with its speaker.

    Parameters
    ----------
    text : str
        Decoded text.
    given : iterable of str, optional
        Speakers named by the caller.
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
    lines = _SOFT_BREAKS.sub("\n", text).split("\n")
    labelled = [split_label(line) for line in lines]
    candidates = Counter(found.label for found in labelled if found)
    speakers = speakers_among(candidates, given)
    if not speakers:
        raise TranscriptError(
            "no line begins with a speaker.",
            "Begin each turn with its speaker and a colon, such as 'Worker: …' and 'Client: …'.",
            file=file,
        )
    notes: list[Note] = []
    blocks: list[tuple[str, list[str], float | None]] = []
    odd: list[int] = []
    for number, (line, found) in enumerate(zip(lines, labelled, strict=True), 1):
        if found and found.label in speakers:
            blocks.append((found.label, [found.rest], found.start_s))
        elif not line.strip():
            continue
        elif not blocks:
            notes.append(Note("skipped", "a line before the first speaker was left out.", line=number))
        else:
            if found:
                odd.append(number)
            blocks[-1][1].append(line.strip())
    if odd:
        shown = ", ".join(map(str, odd[:10])) + (", …" if len(odd) > 10 else "")
        message = f"lines with a colon were read as speech going on, not as a new speaker (lines {shown})."
        notes.append(Note("guessed", message, line=odd[0], count=len(odd)))
    rows = [
        Row(i, speaker, " ".join(part for part in parts if part), start_s)
        for i, (speaker, parts, start_s) in enumerate(blocks)
    ]
    return rows, notes
