"""How sure a number is: counts as estimates that add up, and intervals of counts and ratios.

The count an annotator would give is a sum of independent yes-or-no events with the model's calibrated probabilities p
(Poisson-binomial), so its mean is ``sum(p)`` and its variance ``sum(p * (1 - p))``. Sessions differ more than that: the
variance is multiplied by the model's dispersion, measured on sessions it was not trained on. Ratios are taken from joint
draws of their counts. ``reflectkit evaluate`` prints how often the intervals hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count that rests on a model's decisions; estimates add up.

    Attributes
    ----------
    value : int
        The count as decided.
    mean, variance : float
        Of the count an annotator would give.
    most : int
        Highest possible count.

    Examples
    --------
    >>> Estimate(2, 2.5, 0.4, 10) + Estimate(1, 0.5, 0.4, 5)
    Estimate(value=3, mean=3.0, variance=0.8, most=15)
    """

    value: int = 0
    mean: float = 0.0
    variance: float = 0.0
    most: int = 0

    def __add__(self, other: Estimate) -> Estimate:
        if not isinstance(other, Estimate):
            return NotImplemented
        return Estimate(
            self.value + other.value,
            self.mean + other.mean,
            self.variance + other.variance,
            self.most + other.most,
        )

    @classmethod
    def of(
        cls, decided: Iterable[bool], probabilities: Iterable[float], sizes: Iterable[int] | None = None
    ) -> Estimate:
        """Count events.

        Parameters
        ----------
        decided : iterable of bool
            What was decided of each.
        probabilities : iterable of float
            Of each, in [0, 1], in the same order.
        sizes : iterable of int, optional
            How much each counts, such as its words; 1 if not given.

        Returns
        -------
        Estimate
            With the variance of independent events.

        Examples
        --------
        >>> Estimate.of([True, False], [0.5, 0.5])
        Estimate(value=1, mean=1.0, variance=0.5, most=2)
        """
        yes, p = list(decided), list(probabilities)
        if sizes is None:
            count = sum(1 for one, _ in zip(yes, p, strict=True) if one)
            return cls(count, math.fsum(p), math.fsum([q * (1 - q) for q in p]), len(p))
        n = list(sizes)
        return cls(
            sum(size for size, one in zip(n, yes, strict=True) if one),
            math.fsum(size * q for size, q in zip(n, p, strict=True)),
            math.fsum(size * size * q * (1 - q) for size, q in zip(n, p, strict=True)),
            sum(n),
        )

    def widened(self, dispersion: float) -> Estimate:
        """Return the estimate with its variance multiplied.

        Parameters
        ----------
        dispersion : float
            How many times more than independent events counts of sessions vary, at least 1.

        Returns
        -------
        Estimate
            Otherwise the same.
        """
        return Estimate(self.value, self.mean, self.variance * dispersion, self.most)

    def interval(self) -> Interval:
        """Return the interval of the count.

        Returns
        -------
        tuple of (float, float)
            Whole numbers in [0, most] that hold the value.

        Examples
        --------
        >>> Estimate(4, 4.4, 1.2, 30).interval()
        (3.0, 6.0)
        >>> Estimate(4, 4.0, 0.0, 30).interval()
        (4.0, 4.0)
        """
        half = Z * math.sqrt(self.variance)
        low, high = math.floor(self.mean - half + 0.5), math.ceil(self.mean + half - 0.5)
        return float(max(0, min(low, self.value))), float(min(self.most, max(high, self.value)))


def ratio_interval(value: float, over: Estimate, under: Iterable[Estimate], *, whole: bool) -> Interval:
    """Return the interval of a ratio of counts.

    Parameters
    ----------
    value : float
        The ratio as decided; the interval holds it.
    over : Estimate
        The numerator's count.
    under : iterable of Estimate
        Each count in the denominator.
    whole : bool
        True for a share: the numerator is counted in the denominator too.

    Returns
    -------
    tuple of (float, float)
        The middle `LEVEL` of the ratios of `DRAWS` draws from a fixed seed.
    """
    rng = np.random.default_rng(_SEED)

    def draw(count: Estimate) -> npt.NDArray[np.float64]:
        if not count.variance:
            return np.full(DRAWS, count.mean)
        return np.clip(rng.normal(count.mean, math.sqrt(count.variance), DRAWS), 0.0, count.most)

    top = draw(over)
    bottom = np.sum([draw(count) for count in under], axis=0) + (top if whole else 0.0)
    ratios = top[bottom > 0] / bottom[bottom > 0]
    if not len(ratios):
        return value, value
    low, high = np.quantile(ratios, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return min(float(low), value), max(float(high), value)
