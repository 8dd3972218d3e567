"""Plain text: ``Speaker: words`` with wrapped lines, numbered turns and time stamps, headings, saved chats, Q. and A."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from reflectkit.errors import TranscriptError
from reflectkit.read.chat import chat_lines
from reflectkit.read.cues import stamp
from reflectkit.read.formats import Reading
from reflectkit.read.labels import Labelled, speakers_among, split_heading, split_label
from reflectkit.read.own import Header, parse_header, unescape
from reflectkit.values import Note, Row, fold

OWN_MARK = "# "
_SOFT_BREAKS = re.compile("[\\x0b\\x0c\\x85\\u2028\\u2029]")
"""Line breaks of word processors; only in plain text, since JSON and tables may hold them inside a value."""

_ANSWERED = re.compile(r"[\s>*_-]*+(?P<label>[QA])[.)][*_]*+[ \t]++(?=\S)")
_FOOTER = re.compile(
    r"(?:transcribed|transcription|transcript|recorded|generated|created|exported|powered) (?:by|with|from|using|on) "
    r".{0,60}?(?:https?://|www\.|otter|rev\.com|trint|sonix|descript|happy ?scribe|zoom|teams|temi|fireflies|whisper)\S{0,60}\W*$",
    re.IGNORECASE,
)
_OWN_ROW = re.compile(
    r"(?:\[(?P<start>[\d:.]*+)(?: - (?P<end>[\d:.]++))?\] )?(?P<label>(?:[^\\:]|\\.)*+): ?(?P<text>.*)$", re.DOTALL
)
INDENT = "  "


def read_lines(text: str, *, given: Iterable[str] = (), file: str | None = None) -> Reading:
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
    Reading
        A row for each line block; `Row.row` counts blocks from 0. The session is named in files written by reflectkit
        only.

    Raises
    ------
    TranscriptError
        If no line names a speaker.
    """
    first, _, rest = text.partition("\n")
    header = parse_header(first.removeprefix(OWN_MARK)) if first.startswith(OWN_MARK) else None
    if header is not None:
        rows = _own_rows(rest.split("\n"), header, file)
        return Reading(rows, [], header.session, header.rows_are_units)
    lines = _SOFT_BREAKS.sub("\n", text).split("\n")
    labelled, speakers, notes, skipped = _labels(lines, given)
    if not speakers:
        raise TranscriptError(
            "no line begins with a speaker.",
            "Begin each turn with its speaker and a colon, such as 'Worker: …' and 'Client: …'; "
            "turns told apart by blank lines alone do not say who speaks.",
            file=file,
        )
    footer = _footer(lines)
    if footer is not None:
        notes.append(Note("skipped", "a line about how the transcript was made was left out.", line=footer + 1))
    blocks: list[tuple[str, list[str], float | None]] = []
    odd: list[int] = []
    for number, (line, found) in enumerate(zip(lines, labelled, strict=True), 1):
        if not line.strip() or number - 1 in skipped or number - 1 == footer:
            continue
        if found and found.label in speakers:
            blocks.append((found.label, [found.rest], found.start_s))
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
    return Reading(rows, notes)


def _labels(
    lines: Sequence[str], given: Iterable[str]
) -> tuple[list[Labelled | None], frozenset[str], list[Note], frozenset[int]]:
    """Find who is named in which line, in the first way of writing that gives two speakers."""
    with_colon = [split_label(line) for line in lines]
    chat = chat_lines(lines)
    if chat is not None:
        labelled, notes, skipped = chat
        beside = sum(bool(found) and not sent for found, sent in zip(with_colon, labelled, strict=True))
        if sum(map(bool, labelled)) >= beside:  # else messages are only quoted
            return labelled, frozenset(found.label for found in labelled if found), notes, skipped
    answered = [_answered(line) for line in lines]
    if _people(answered) > 1 and sum(map(bool, answered)) > sum(map(bool, with_colon)):
        return answered, frozenset("QA"), [], frozenset()
    speakers = speakers_among(Counter(found.label for found in with_colon if found), given)
    if len({fold(label) for label in speakers}) < 2:
        headings = [split_heading(line) for line in lines]
        if _people(headings) > 1:
            return headings, frozenset(found.label for found in headings if found), [], frozenset()
    return with_colon, speakers, [], frozenset()


def _people(labelled: Iterable[Labelled | None]) -> int:
    return len({fold(found.label) for found in labelled if found})


def _answered(line: str) -> Labelled | None:
    """Read ``Q. …`` and ``A. …``, as in the record of a hearing."""
    match = _ANSWERED.match(line[:200])
    return Labelled(match["label"], line[match.end() :].strip(), None) if match else None


def _footer(lines: Sequence[str]) -> int | None:
    """Find the line that says who made the transcript: the last one, after a blank line."""
    last = next((n for n in range(len(lines) - 1, 0, -1) if lines[n].strip()), 0)
    if last and not lines[last - 1].strip() and _FOOTER.match(lines[last].strip()[:300]):
        return last
    return None


def _own_rows(lines: Sequence[str], header: Header, file: str | None) -> list[Row]:
    """Read what reflectkit wrote: a turn a line, line breaks kept by two blanks before the next line."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for number, line in enumerate(lines, 2):
        match = None if line.startswith(INDENT) else _OWN_ROW.match(line)
        if match is not None:
            found.append((match, [match["text"]]))
        elif line.startswith(INDENT) and found:
            found[-1][1].append(line.removeprefix(INDENT))
        elif line:
            raise TranscriptError(
                "a line that is neither a turn nor goes on with one.",
                "Begin it with 'Name: ' or with two blanks; or take the first line out, to have the file read as any text.",
                file=file,
                line=number,
            )
    rows = []
    for n, (match, parts) in enumerate(found):
        speaker = unescape(match["label"])
        start_s, end_s = (stamp(match[key]) if match[key] else None for key in ("start", "end"))
        rows.append(Row(n, speaker, "\n".join(parts), start_s, end_s, header.role_of(speaker)))
    return rows
