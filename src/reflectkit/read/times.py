"""Time stamps as transcripts write them."""

from __future__ import annotations

import re
from datetime import timedelta

CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_CLOCK = re.compile(rf"{CLOCK}$")
_LATEST_S = 1e13
"""No time is as late: clocks that count milliseconds from 1970 have 13 digits."""


def seconds(value: object) -> float | None:
    """Turn a time stamp into seconds.

    Parameters
    ----------
    value : object
        A number of seconds, or text such as ``"12.5"``, ``"01:02"`` (minutes, seconds) or ``"00:01:02,500"``.

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
        for part in text.split(":"):
            total = total * 60 + float(part)
        return total
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < _LATEST_S else None
