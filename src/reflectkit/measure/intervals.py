"""How sure a count is: intervals from the model's probabilities.

The count an annotator would give is a sum of independent yes-or-no events with the model's calibrated probabilities p
(Poisson-binomial), so its mean is ``sum(p)`` and its variance ``sum(p * (1 - p))``. Sessions differ more than that: the
variance is multiplied by the model's dispersion, measured on sessions it was not trained on. Ratios are taken from joint
draws of their counts. `reflectkit evaluate` prints how often the intervals hold.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

LEVEL = 0.9
"""Share of sessions whose true count the interval is meant to hold."""

Z = 1.6449
"""Half-width of a normal distribution's interval of that level, in standard deviations."""

DRAWS = 2000
_SEED = 20261122

Interval: TypeAlias = "tuple[float, float]"


def count_interval(value: int, mean: float, variance: float, most: int) -> Interval:
    """Return the interval of a count.

    Parameters
    ----------
    value : int
        The count as decided; the interval holds it.
    mean, variance : float
        Of the count an annotator would give.
    most : int
        Highest possible count.

    Returns
    -------
    tuple of (float, float)
        Whole numbers in [0, most].

    Examples
    --------
    >>> count_interval(4, 4.4, 1.2, 30)
    (3.0, 6.0)
    >>> count_interval(4, 4.0, 0.0, 30)
    (4.0, 4.0)
    """
    half = Z * math.sqrt(variance)
    low, high = math.floor(mean - half + 0.5), math.ceil(mean + half - 0.5)
    return float(max(0, min(low, value))), float(min(most, max(high, value)))


def ratio_interval(
    value: float, over: tuple[float, float], under: tuple[tuple[float, float], ...], *, whole: bool
) -> Interval:
    """Return the interval of a ratio of counts.

    Parameters
    ----------
    value : float
        The ratio as decided; the interval holds it.
    over : tuple of (float, float)
        Mean and variance of the numerator's count.
    under : tuple of (float, float)
        Mean and variance of each count in the denominator.
    whole : bool
        True for a share: the numerator is counted in the denominator too.

    Returns
    -------
    tuple of (float, float)
        The middle `LEVEL` of the ratios of `DRAWS` draws from a fixed seed.
    """
    rng = np.random.default_rng(_SEED)

    def draw(mean: float, variance: float) -> npt.NDArray[np.float64]:
        return np.maximum(rng.normal(mean, math.sqrt(variance), DRAWS), 0.0)

    top = draw(*over)
    bottom = np.sum([draw(*count) for count in under], axis=0) + (top if whole else 0.0)
    ratios = top[bottom > 0] / bottom[bottom > 0]
    if not len(ratios):
        return value, value
    low, high = np.quantile(ratios, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return min(float(low), value), max(float(high), value)
