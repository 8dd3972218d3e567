"""Time stamps as transcripts write them."""

from __future__ import annotations

import re
from datetime import timedelta

CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?(?:(?<=:\d{2}:\d{2}):\d{2}(?!\d))?"
"""Minutes and seconds, with hours before and a fraction or the number of a film's frame after them."""

_CLOCK = re.compile(rf"{CLOCK}$")
_ISO = re.compile(r"P(?:\d{1,6}D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?")
_LATEST_S = 1e13
"""No time is as late: clocks that count milliseconds from 1970 have 13 digits."""


def seconds(value: object) -> float | None:
    """Turn a time stamp into seconds.

    Parameters
    ----------
    value : object
        A number of seconds, or text such as ``"12.5"``, ``"01:02"`` (minutes, seconds) or ``"00:01:02,500"``. Frames, as in
        ``"00:01:02:24"``, are left out: how many make a second is not said.

    Returns
    -------
    float or None
        Seconds, at least 0; `None` if the value is missing or is no time.

    Examples
    --------
    >>> seconds("01:02"), seconds("00:01:02,5"), seconds(None), seconds("noon")
    (62.0, 62.5, None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, int | float):
        return float(value) if 0 <= value < _LATEST_S else None
    text = str(value).strip().replace(",", ".")
    if _CLOCK.match(text):
        total = 0.0
        for part in text.split(":")[:3]:
            total = total * 60 + float(part)
        return total
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < _LATEST_S else None


def iso_duration(value: object) -> float | None:
    """Turn an ISO 8601 duration into seconds; days are left out, as no recording has any.

    Parameters
    ----------
    value : object
        Such as ``"PT1M2.5S"``.

    Returns
    -------
    float or None
        Seconds; `None` if it is no such duration.

    Examples
    --------
    >>> iso_duration("PT1M2.5S"), iso_duration("a minute")
    (62.5, None)
    """
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    hours, minutes, rest = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
