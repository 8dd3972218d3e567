r"""What stands in a text and is not talk: page numbers, line numbers, rules, marks of the end, how the transcript was made."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from reflectkit.read.labels import split_label
from reflectkit.values import Note

_PAGE = re.compile(r"\W{0,5}(?:page|seite)\W{0,3}\d{1,4}(?:\W{0,3}(?:of|von)?\W{0,3}\d{1,4})?\W{0,5}", re.IGNORECASE)
_NUMBERED_PAGE = re.compile(r"[ \t]page[ \t]{1,3}(\d{1,4})(?:[ \t]{1,3}(?:of|/)[ \t]{1,3}\d{1,4})?\s*$", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?|today|yesterday)"
_DATE = (
    rf"(?:{_MONTH} \d{{1,2}}(?:,? \d{{4}})?|\d{{1,2}} {_MONTH}(?:,? \d{{4}})?|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}})"
)
_SENT = re.compile(
    rf"(?:(?:(?:{_DAY},? )?{_DATE}|{_DAY}),? (?:at )?\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?(?: ?[ap]\.?m\.?)?|"
    r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})? ?[ap]\.?m\.?)",
    re.IGNORECASE,
)
"""When a message was sent, on a line of its own; a bare clock may be one of the recording."""

_RULE = re.compile(r"[-–—_=*~#]{3,200}+")
_WHOLE = r"(?:transcript(?:ion)?|recording|interview|session|tape|audio|document|meeting)"
_END = re.compile(
    rf"\W{{0,10}}(?:end of (?:the )?{_WHOLE}|{_WHOLE} (?:ends|ended|concluded|stopped))(?: (?:at|after))?[\W\d]{{0,20}}",
    re.IGNORECASE,
)
_STOPPED = r"(?:started|stopped) (?:the )?(?:transcription|recording)\.?"
SWITCHED = re.compile(rf"[^\n]{{1,100}} {_STOPPED}", re.IGNORECASE)
"""What Teams writes into a transcript, in a paragraph of its own."""

_SWITCHED_BY = re.compile(rf"(?:[^\W\d_a-z][^\s:.,]{{0,30}} ){{1,4}}{_STOPPED}")
_AFTERWARDS = re.compile(
    r"\W{0,5}(?P<whose>(?:worker'?s?|supervision|supervisor'?s?|session|my|case) )?(?:notes?|reflections?|to do|debrief|afterwards)\W{0,5}",
    re.IGNORECASE,
)
_MADE_BY = re.compile(
    r"(?:transcribed|transcription|transcript|recorded|generated|created|exported|powered) (?:by|with|from|using|on) "
    r".{0,60}?(?:https?://|www\.|otter|rev\.com|trint|sonix|descript|happy ?scribe|zoom|teams|temi|fireflies|whisper)\S{0,60}\W*",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"this (?:editable )?transcript (?:was|is|has been) (?:exported|(?:computer|machine|auto(?:matically)?|ai)[- ]generated)\b.{0,200}",
    re.IGNORECASE,
)
_LONGEST = 200
_NUMBER = re.compile(r"[ \t]{0,8}(\d{1,5})(?:[ \t]{1,8}|$)")
_OFTEN = 3
_ENOUGH = 8
"""Numbered lines below which numbers at the head of lines are left alone."""

_NUMBERED = 0.9
"""Share of the lines, and of the steps from one to the next, that must be numbered on for them to be line numbers."""


def strip_line_numbers(lines: Sequence[str]) -> tuple[list[str], list[Note]]:
    """Take the numbers off where every line has one, talk that goes on included; numbered turns are left to the labels.

    Parameters
    ----------
    lines : sequence of str
        All lines of the file.

    Returns
    -------
    lines : list of str
        As many, without the numbers.
    notes : list of Note
        One note, or none.

    Examples
    --------
    >>> strip_line_numbers([f"{n}  {'Ana: so' if n % 2 else 'I went'}" for n in range(1, 11)])[0][:2]
    ['Ana: so', 'I went']
    """
    talk = [line for line in lines if line.strip() and not _PAGE.fullmatch(line.strip()[:80])]
    numbered = [match for line in talk if (match := _NUMBER.match(line[:20]))]
    if len(numbered) < _ENOUGH or len(numbered) < _NUMBERED * len(talk):
        return list(lines), []
    numbers = [int(match[1]) for match in numbered]
    steps = sum(b == a + 1 or b == 1 for a, b in pairwise(numbers))
    if steps < _NUMBERED * (len(numbers) - 1) or all(split_label(line) for line in talk):
        return list(lines), []
    stripped = [line[match.end() :] if (match := _NUMBER.match(line[:20])) else line for line in lines]
    return stripped, [Note("mended", "line numbers were taken off.", count=len(numbered))]


def furniture(lines: Sequence[str]) -> tuple[frozenset[int], list[Note]]:
    """Find the lines that are no talk, whoever stands above them.

    Parameters
    ----------
    lines : sequence of str
        All lines of the file.

    Returns
    -------
    positions : frozenset of int
        0-based.
    notes : list of Note
        What they are.
    """
    found = {
        n
        for n, line in enumerate(lines)
        if 0 < len(line) <= _LONGEST
        and (any(p.fullmatch(line.strip()) for p in (_PAGE, _RULE)) or _tells_of_the_recording(lines, n))
    }
    found |= _running(lines)
    notes = []
    if found:
        message = "page numbers, rules and marks of the end were left out."
        notes.append(Note("skipped", message, line=min(found) + 1, count=len(found)))
    sent = {
        n
        for n, line in enumerate(lines)
        if len(line) <= 60
        and any(map(str.isdigit, line))
        and _SENT.fullmatch(" ".join(line.split()))
        and _is_beside_a_message(lines, n)
    }
    if len(sent) >= _OFTEN:  # one or two may be answers
        message = "lines that say when a message was sent were left out."
        notes.append(Note("skipped", message, line=min(sent) + 1, count=len(sent)))
    else:
        sent = set()
    made = _made_by(lines, found)
    if made:
        message = "a line about how the transcript was made was left out."
        notes.append(Note("skipped", message, line=min(made) + 1, count=len(made)))
    return frozenset(found | made | sent), notes


def afterwards(lines: Sequence[str], last: int) -> frozenset[int]:
    """Find what stands after the talk: after a mark of the end, or under a heading such as "Notes".

    Parameters
    ----------
    lines : sequence of str
        All lines of the file, as they stood.
    last : int
        Position of the last line that begins with a speaker.

    Returns
    -------
    frozenset of int
        0-based positions of the lines with words.
    """
    for n in range(last + 1, len(lines)):
        line = lines[n].strip()[:_LONGEST]
        ends = _END.fullmatch(line) and _is_apart(lines, n)
        heading = _AFTERWARDS.fullmatch(line) if not lines[n - 1].strip() else None
        if ends or heading:
            below = frozenset(k for k in range(n, len(lines)) if lines[k].strip())
            if ends or (heading and heading["whose"]) or len(below) > 2:  # "Notes" and one line may be an answer
                return below
    return frozenset()


def _is_apart(lines: Sequence[str], n: int) -> bool:
    """Tell whether a line stands by itself: beside a blank line, at an end, or before a turn."""
    after = lines[n + 1] if n + 1 < len(lines) else ""
    return n == 0 or not lines[n - 1].strip() or not after.strip() or split_label(after) is not None


def _tells_of_the_recording(lines: Sequence[str], n: int) -> bool:
    line = lines[n].strip()
    if not (_END.fullmatch(line) or _SWITCHED_BY.fullmatch(line)):
        return False
    return _is_apart(lines, n) and split_label(line) is None


def _is_beside_a_message(lines: Sequence[str], n: int) -> bool:
    """Tell whether a line stands below a name, or first or last in a message, and not below a turn that goes on to it."""
    above = split_label(lines[n - 1]) if n else None
    if above is not None and above.rest:
        return False
    near = [lines[k].strip() if 0 <= k < len(lines) else "" for k in (n - 2, n - 1, n + 1)]
    return not all(near)


def _running(lines: Sequence[str]) -> set[int]:
    """Find the heads of pages: lines that end in a page's number, which rises, and what comes back beside each of them."""
    numbered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for n, line in enumerate(lines):
        page = _NUMBERED_PAGE.search(line[-60:]) if len(line) <= _LONGEST else None
        if page and split_label(line) is None:
            numbered[re.sub(r"\d+", "0", line.strip())].append((n, int(page[1])))
    found: set[int] = set()
    for own in numbered.values():
        if len(own) > 1 and all(one < other for (_, one), (_, other) in pairwise(own)):
            found.update(n for n, _ in own)
    around = {n: range(max(0, n - 2), min(len(lines), n + 3)) for n in found}
    plain = {k for near in around.values() for k in near if k not in found and split_label(lines[k]) is None}
    beside = Counter(text for near in around.values() for text in {lines[k].strip() for k in near if k in plain})
    again = {text for text, times in beside.items() if text and times >= len(found) > 1}
    return found | {k for k in plain if lines[k].strip() in again}


def _made_by(lines: Sequence[str], found: set[int]) -> set[int]:
    """Find the last lines if they say how the transcript was made: in so many words, or after a line that is no talk."""
    made: set[int] = set()
    for n in range(len(lines) - 1, 0, -1):
        line = lines[n].strip()
        if not line or n in found:
            continue
        apart = not lines[n - 1].strip() or n - 1 in found
        if not (_MADE.fullmatch(line[:300]) or (apart and _MADE_BY.fullmatch(line[:300]))):
            break
        made.add(n)
    return made
