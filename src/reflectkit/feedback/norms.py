"""Context, not grades: what the same measures are in public demonstrations, and what a manual's experts hold.

Only numbers are kept of the demonstrations (``python -m reflectkit.learn.norms`` computes them).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from reflectkit.measure import Metrics

LONG_ENOUGH_WORDS = 1500
"""Words of worker and client from which context is given: about ten minutes, the least that gives steady frequencies."""


@dataclass(frozen=True, slots=True)
class Norm:
    """What a measure is elsewhere.

    Attributes
    ----------
    measure : str
        Name of the measure.
    source : str
        Where the numbers come from.
    n : int or None
        Sessions they rest on; `None` for experts' opinions.
    quartiles : tuple of (float, float, float) or None
        A quarter, half and three quarters of the sessions lie below; `None` for experts' opinions.
    note : str
        How to read it.
    """

    measure: str
    source: str
    n: int | None
    quartiles: tuple[float, float, float] | None
    note: str


@cache
def all_norms() -> tuple[Norm, ...]:
    """Return all context there is.

    Returns
    -------
    tuple of Norm
        As in ``norms.json``.
    """
    read = json.loads(resources.files("reflectkit.feedback").joinpath("norms.json").read_text("utf-8"))
    return tuple(
        Norm(**{**entry, "quartiles": tuple(entry["quartiles"]) if entry["quartiles"] else None}) for entry in read
    )


def norms_for(metrics: Metrics) -> tuple[Norm, ...]:
    """Return the context of a session's measures.

    Parameters
    ----------
    metrics : Metrics
        Its measures.

    Returns
    -------
    tuple of Norm
        For measures that have a value; empty if the session holds fewer than `LONG_ENOUGH_WORDS` words.
    """
    words = (metrics["worker_words"] or 0) + (metrics["client_words"] or 0)
    if words < LONG_ENOUGH_WORDS:
        return ()
    return tuple(norm for norm in all_norms() if metrics[norm.measure] is not None)
