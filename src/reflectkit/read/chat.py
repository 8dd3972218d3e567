"""Saved chats: every message has the time on the wall, and its sender where other transcripts have a label.

Zoom saves captions as ``[Name] 10:02:11`` with the words below, and chats as ``10:02:11 From Name to Everyone: words`` or
with tabs; WhatsApp writes ``[21/03/2024, 10:02:33] Name: words`` or ``21/03/2024, 10:02 - Name: words``; messages copied from
Slack stand below ``Name  [2:05 PM]``, from Discord below ``Name — 21/03/2024 10:02``. Times are counted from the first message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from reflectkit.read.labels import Labelled
from reflectkit.values import Note

_DAY_S = 86400.0
_HALF_DAY_S = _DAY_S / 2
_HOUR_S = 3600.0
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:[ \u00a0\u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_MARKS = "[\u200e\u200f\u202a-\u202e\ufeff]*+"
_KINDS = {
    "zoom": (
        re.compile(rf"\[(?P<label>[^\[\]\n:]{{1,60}})\][ \t]++{_CLOCK}(?:[ \t]++(?P<rest>.*))?$"),
        re.compile(rf"{_CLOCK}[ \t]++From[ \t]++(?P<label>[^:\n]{{1,120}}):[ \t]*+(?P<rest>.*)$"),
        re.compile(rf"{_CLOCK}\t++(?P<label>[^\t\n:]{{1,60}}):?\t++(?P<rest>.*)$"),
        re.compile(rf"(?P<label>[^\W\d_][^\[\]\n:]{{0,60}}?)[ \t]{{1,4}}+\[{_CLOCK}(?<=[Mm])\](?P<rest>)$"),
    ),
    "whatsapp": (
        re.compile(
            rf"{_MARKS}\[?(?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}),?[ \u00a0\u202f]{_CLOCK}\]?(?:[ ]-)?[ ]"
            rf"(?:{_MARKS}(?P<label>[^:\n]{{1,60}}):(?:[ ](?P<rest>.*))?)?"
        ),
    ),
    "discord": (
        re.compile(
            rf"(?P<label>[^\s:—][^:\n—]{{0,60}}?)[ ]—[ ](?P<date>\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}),?[ \u00a0\u202f]"
            rf"{_CLOCK}(?P<rest>)\s*$"
        ),
    ),
}
_LEFT_OUT = re.compile(
    rf"{_MARKS}(?:<?(?:media|image|video|audio|sticker|document|gif|contact card) omitted>?|null|"
    r"(?:you deleted this message|this message was deleted)\.?|missed (?:group )?(?:voice|video) call[^\n]{0,40})\s*$",
    re.I,
)
_EDITED = re.compile(rf"{_MARKS}<This message was edited>\s*$", re.I)
_RECEIVER = re.compile(r"[ \t]++to[ \t]++\S.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Message:
    line: int
    label: str
    rest: str
    day: tuple[int, int, int] | None
    clock_s: float


def chat_lines(lines: Sequence[str]) -> tuple[list[Labelled | None], list[Note], frozenset[int]] | None:
    """Read the lines of a saved chat.

    Parameters
    ----------
    lines : sequence of str
        All lines of the file.

    Returns
    -------
    labelled : list of Labelled or None
        One a line, `None` for lines that go on with a message.
    notes : list of Note
        How the times were read, and what the app itself wrote.
    skipped : frozenset of int
        Positions of lines the app itself wrote.
    None
        In place of all that, if the lines are no saved chat of two people.
    """
    best: list[_Message] = []
    system: list[int] = []
    for kind, patterns in _KINDS.items():
        for pattern in patterns:
            messages, alone = _messages(lines, pattern)
            if len({m.label for m in messages}) > 1 and len(messages) > len(best):
                best, system = messages, alone if kind == "whatsapp" else []
    if not best:
        return None
    starts, notes = _starts(best)
    labelled: list[Labelled | None] = [None] * len(lines)
    for message, start_s in zip(best, starts, strict=True):
        rest = "[media omitted]" if _LEFT_OUT.match(message.rest) else _EDITED.sub("", message.rest).rstrip()
        labelled[message.line] = Labelled(message.label, rest, start_s)
    if system:
        notes.append(
            Note("skipped", "messages of the app itself were left out.", line=system[0] + 1, count=len(system))
        )
    return labelled, notes, frozenset(system)


def _messages(lines: Iterable[str], pattern: re.Pattern[str]) -> tuple[list[_Message], list[int]]:
    found, alone = [], []
    for n, line in enumerate(lines):
        match = pattern.match(line[:400])
        if match is None:
            continue
        if match["label"] is None:
            alone.append(n)
            continue
        fields = match.groupdict()
        label = _RECEIVER.sub("", match["label"]) if "From" in line[: match.start("label")] else match["label"]
        label = " ".join(label.split())
        if not any(map(str.isalnum, label)):
            continue
        rest = line[match.start("rest") :].strip() if match["rest"] is not None else ""
        found.append(_Message(n, label, rest, _day(fields.get("date")), _clock(fields)))
    return found, alone


def _day(text: str | None) -> tuple[int, int, int] | None:
    first, second, third = map(int, re.split("[./-]", text)) if text else (0, 0, 0)
    return (first, second, third) if text else None


def _clock(fields: Mapping[str, str | None]) -> float:
    """Return seconds since midnight; two fields without a date are minutes and seconds of a recording."""
    numbers = [int(fields[key] or 0) for key in ("hour", "minute", "second")]
    if fields["second"] is None and fields["half"] is None and "date" not in fields:
        numbers = [0, *numbers[:2]]
    if fields["half"]:
        numbers[0] = numbers[0] % 12 + 12 * (fields["half"] in "Pp")
    return numbers[0] * _HOUR_S + numbers[1] * 60 + numbers[2]


def _starts(messages: Sequence[_Message]) -> tuple[list[float | None], list[Note]]:
    """Count times from the first message, on if midnight passes; `None` if they run backwards."""
    times: list[float] | None = [m.clock_s for m in messages]
    if messages[0].day is not None:
        times = _dated(messages)
    elif messages[0].clock_s < _HOUR_S:
        return [m.clock_s for m in messages], []  # counted from the start of the recording already
    else:
        days, times = 0, [messages[0].clock_s]
        for before, now in pairwise(messages):
            days += before.clock_s - now.clock_s > _HALF_DAY_S
            times.append(now.clock_s + days * _DAY_S)
    if times is None:
        message = "dates that cannot be read, or run backwards in every order of day and month, were left out."
        return [None] * len(messages), [Note("skipped", message, count=len(messages))]
    note = Note("mended", "times of day were counted from the first message.", count=len(messages))
    return [t - times[0] if t >= times[0] else None for t in times], [note]


def _dated(messages: Sequence[_Message]) -> list[float] | None:
    """Seconds since some day, under the first order of day, month and year in which all dates are dates and none runs backwards."""
    for year, month, day in ((2, 1, 0), (2, 0, 1), (0, 1, 2)):
        try:
            days = [date(m.day[year] + 2000 * (m.day[year] < 100), m.day[month], m.day[day]) for m in messages if m.day]
        except ValueError:
            continue
        times = [d.toordinal() * _DAY_S + m.clock_s for d, m in zip(days, messages, strict=True)]
        if all(a <= b for a, b in pairwise(times)):
            return times
    return None
