"""Time columns in other units than seconds: milliseconds, days as spreadsheets count them, dates.

A unit is taken from the column's name where that says it. Otherwise seconds are believed unless nobody could talk that
fast or that slowly and another unit makes talk of it; what was done is always noted.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from itertools import pairwise

from reflectkit.read.times import seconds
from reflectkit.values import Note, Row, count_words

SLOWEST, FASTEST = 0.02, 20.0
"""Words a second, silences included, beyond which numbers are no seconds: 50 seconds a word, and a tenth of a word's length."""

_TALK = (0.5, 10.0)
_EPOCH_S, _EPOCH_MS = 1e8, 1e11
_MILLISECONDS = re.compile(r"(?:ms|msecs?|millis|milliseconds?)$")
_SPREADSHEET_DAY_0 = datetime(1899, 12, 31, tzinfo=UTC)
_ENOUGH_WORDS = 10
_DAY_S, _BACKWARDS_S = 86_400.0, 60.0


def moment(value: object) -> float | None:
    """Turn a time stamp, a time of day or a date into seconds.

    Parameters
    ----------
    value : object
        What `reflectkit.read.times.seconds` takes, a `datetime.time`, a `datetime.datetime` or an ISO 8601 date and time.

    Returns
    -------
    float or None
        Seconds from 0, from midnight, or (dates) from 1970; `None` if the value is missing or is no time.

    Examples
    --------
    >>> from datetime import time
    >>> moment(time(0, 1, 2)), moment("1970-01-02T00:00:01+00:00"), moment("soon")
    (62.0, 86401.0, None)
    """
    if isinstance(value, time):
        return value.hour * 3600.0 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, str) and re.match(r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value[:60]):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        if value != value:  # pandas' missing date
            return None
        value = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        if value.year < 1905:  # spreadsheets give hours beyond a day as a date of 1900
            return (value - _SPREADSHEET_DAY_0).total_seconds()
        return value.timestamp()
    return seconds(value)


def in_seconds(
    rows: Sequence[Row], start: Hashable | None, end: Hashable | None, *, clock: bool = False
) -> tuple[list[Row], list[Note]]:
    """Bring the times of a table to seconds from the start of the recording.

    Parameters
    ----------
    rows : sequence of Row
        Rows with times as they stand in the table.
    start, end : hashable or None
        Names of the columns.
    clock : bool, optional
        True if the times were stored as times of day, as spreadsheets store what is typed as 0:11.

    Returns
    -------
    rows : list of Row
        The rows in seconds.
    notes : list of Note
        The unit and zero found, where they are not seconds from 0.
    """
    rows = list(rows)
    times = [t for row in rows for t in (row.start_s, row.end_s) if t is not None]
    if not times:
        return rows, []
    notes: list[Note] = []
    n = len(times)
    in_ms = [
        name is not None and bool(_MILLISECONDS.search(str(name).strip(" )]").casefold())) for name in (start, end)
    ]
    factors = (0.001 if in_ms[0] else 1.0, 0.001 if in_ms[1] else 1.0)
    if any(in_ms):
        notes.append(Note("guessed", "the times are in milliseconds, as the column's name says.", count=n))
    elif min(times) > _EPOCH_MS:
        factors = (0.001, 0.001)
        notes.append(Note("guessed", "the times are dates in milliseconds since 1970.", count=n))
    elif min(times) < _EPOCH_S:
        factor, message = _unit(rows, times, clock)
        factors = (factor, factor)
        if message:
            notes.append(Note("guessed", message, count=n))
    zero = min(t * f for row in rows for t, f in zip((row.start_s, row.end_s), factors, strict=True) if t is not None)
    if zero > _EPOCH_S:
        notes.append(Note("mended", "the times are dates: they are counted in seconds from the first.", count=n))
    else:
        zero = 0.0
    if factors == (1.0, 1.0) and not zero:
        return rows, notes
    return [
        replace(row, start_s=_scaled(row.start_s, factors[0], zero), end_s=_scaled(row.end_s, factors[1], zero))
        for row in rows
    ], notes


def _scaled(value: float | None, factor: float, zero: float) -> float | None:
    # Dividing by 1000 gives the nearest number, multiplying by 0.001 does not.
    return None if value is None else (value / 1000 if factor == 0.001 else value * factor) - zero


def _unit(rows: Sequence[Row], times: Sequence[float], clock: bool) -> tuple[float, str]:
    rate = _words_a_second(rows)
    if rate is None:
        return 1.0, ""
    if clock and times[0] < 3600 and all(t % 60 == 0 for t in times) and _talks(rate * 60):
        return 1 / 60, "times such as 0:11 were stored as hours and minutes; they were read as minutes and seconds."
    if SLOWEST <= rate <= FASTEST:
        return 1.0, ""
    if rate < SLOWEST and all(t == int(t) for t in times) and _talks(rate * 1000):
        return 0.001, "the times were taken for milliseconds: as seconds, nobody would talk so slowly."
    if rate > FASTEST and max(times) < 1 and _talks(rate / 86400):
        return 86400.0, "the times were taken for fractions of a day, as spreadsheets store them."
    return 1.0, ""


def _talks(rate: float) -> bool:
    return _TALK[0] <= rate <= _TALK[1]


def _words_a_second(rows: Sequence[Row]) -> float | None:
    """Words over the time from each start to the next; `None` where too little is timed to tell."""
    timed = [row for row in rows if row.start_s is not None]
    words, span = 0, 0.0
    for row, after in pairwise(timed[:2000]):
        if row.start_s is not None and after.start_s is not None and after.start_s > row.start_s:
            words += count_words(row.text)
            span += after.start_s - row.start_s
    return words / span if words >= _ENOUGH_WORDS and span > 0 else None


def on_one_clock(rows: Sequence[Row]) -> tuple[list[Row], list[Note]]:
    """Let times that start anew at midnight go on, and note others that run backwards.

    Parameters
    ----------
    rows : sequence of Row
        In order.

    Returns
    -------
    rows, notes
        The rows, a day added to the times after midnight; a note if that was done, or if a row begins a minute or more
        before the one above it.
    """
    starts = [(i, row.start_s) for i, row in enumerate(rows) if row.start_s is not None]
    back = [(i, one - other) for (_, one), (i, other) in pairwise(starts) if one - other >= _BACKWARDS_S]
    if not back:
        return list(rows), []
    first, by = back[0]
    if len(back) == 1 and by > _DAY_S / 2:
        later = [replace(row, start_s=_next_day(row.start_s), end_s=_next_day(row.end_s)) for row in rows[first:]]
        message = "times begin anew at midnight: a day was added to those after it."
        return [*rows[:first], *later], [Note("mended", message, row=rows[first].row, count=len(later))]
    message = "times run backwards: measures of time may be wrong."
    return list(rows), [Note("suspect", message, row=rows[first].row, count=len(back))]


def in_order_of_time(rows: Sequence[Row]) -> tuple[list[Row], list[Note]]:
    """Put rows in the order of their times, if all have one.

    Parameters
    ----------
    rows : sequence of Row
        As they stand in the source.

    Returns
    -------
    rows, notes
        The rows in order; a note if that is another.
    """
    if any(row.start_s is None for row in rows):
        return list(rows), []
    ordered = sorted(rows, key=lambda row: row.start_s or 0.0)
    message = "utterances were put in the order of their times."
    return ordered, [] if ordered == list(rows) else [Note("mended", message, count=len(ordered))]


def _next_day(moment_s: float | None) -> float | None:
    return None if moment_s is None else moment_s + _DAY_S
