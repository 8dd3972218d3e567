"""How sure a number is: counts as estimates that add up, and intervals of counts and ratios.

The count an annotator would give is a sum of yes-or-no events with the model's calibrated probabilities p
(Poisson-binomial): its mean is ``sum(p)``, and were the events independent its variance would be ``sum(p * (1 - p))``.
Sessions differ more than that: in one session a behaviour is likelier throughout than the model thinks, in another less
likely. Such a shift, of standard deviation s on the scale of log-odds, moves the mean by ``s * sum(p * (1 - p))``, whose
square is added to the variance; s is measured for each behaviour on sessions the model was not trained on. The mean is
taken halfway between ``sum(p)`` and the count of decisions, which is nearer to annotators' counts of unseen sessions than
either (an average of forecasts, Bates and Granger 1969). The interval of a count is its highest-density region, the shortest
that holds `LEVEL` of the distribution: at 0, below which no count lies, nothing is kept for a tail that cannot be. Since
counts are whole numbers it holds a little more; the cards say how much. Ratios are taken from joint draws of their counts.
``reflectkit evaluate`` prints how far each way of counting is off and how often the intervals hold.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

LEVEL = 0.9
"""Share of sessions whose true count the interval is meant to hold."""

Z = 1.6449
"""Half-width of a normal distribution's interval of that level, in standard deviations."""


def student(freedom: int) -> float:
    """Return the half-width of Student's distribution's interval of `LEVEL`, in standard errors.

    Parameters
    ----------
    freedom : int
        Degrees of freedom, at least 2.

    Returns
    -------
    float
        By the expansion in powers of ``1 / freedom`` (Abramowitz and Stegun 1964, 26.7.5); a hundredth off at 2, at worst.

    Examples
    --------
    >>> [round(student(n), 2) for n in (2, 4, 30)]
    [2.88, 2.13, 1.7]
    """
    z, v = Z, freedom
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


DRAWS = 2000
_SEED = 20261122

Interval: TypeAlias = "tuple[float, float]"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count that rests on a model's decisions; estimates of different sessions add up.

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
        cls,
        value: int,
        probabilities: Sequence[float],
        *,
        sizes: Sequence[int] | None = None,
        session_sd: float = 0.0,
    ) -> Estimate:
        """Estimate a session's count.

        Parameters
        ----------
        value : int
            The count as decided.
        probabilities : sequence of float
            Of each event, in [0, 1].
        sizes : sequence of int, optional
            How much each event counts, such as its words; 1 if not given.
        session_sd : float, optional
            Standard deviation of the shift of log-odds between sessions, at least 0.

        Returns
        -------
        Estimate
            Halfway between what was decided and what the probabilities say.

        Examples
        --------
        >>> Estimate.of(2, [0.5, 0.5])
        Estimate(value=2, mean=1.5, variance=0.5, most=2)
        >>> Estimate.of(2, [0.5, 0.5], session_sd=2.0)
        Estimate(value=2, mean=1.5, variance=1.5, most=2)
        """
        n = [1] * len(probabilities) if sizes is None else sizes
        doubts = [q * (1 - q) for q in probabilities]
        expected = math.fsum(map(mul, n, probabilities))
        slope = math.fsum(map(mul, n, doubts))
        chance = slope if sizes is None else math.fsum(k * k * d for k, d in zip(n, doubts, strict=True))
        return cls(value, (value + expected) / 2, chance + (session_sd * slope) ** 2, sum(n))

    def interval(self) -> Interval:
        """Return the interval of the count: the shortest that holds it with a probability of at least `LEVEL`.

        The count is taken as normal, rounded to whole numbers and kept within [0, most].

        Returns
        -------
        tuple of (float, float)
            Whole numbers in [0, most] that hold the value.

        Examples
        --------
        >>> Estimate(4, 4.4, 1.2, 30).interval()
        (3.0, 6.0)
        >>> Estimate(0, 0.2, 0.2, 30).interval()
        (0.0, 1.0)
        >>> Estimate(4, 4.0, 0.0, 30).interval()
        (4.0, 4.0)
        """

        def shortest(size: int) -> tuple[int, int]:
            low = max(0, min(math.ceil(self.mean - size / 2), self.most - size + 1))
            return low, low + size - 1

        # What is enough in the middle; where 0 or most is near, less is.
        enough = min(self.most, math.ceil(2 * Z * math.sqrt(self.variance)))
        spare = bisect_left(range(enough), True, key=lambda n: self.probability(*shortest(n + 1)) >= LEVEL)
        low, high = shortest(spare + 1)
        return float(min(low, self.value)), float(max(high, self.value))

    def probability(self, low: float, high: float) -> float:
        """Tell how likely the count lies in an interval.

        Parameters
        ----------
        low, high : float
            Its ends, whole numbers, both within it.

        Returns
        -------
        float
            In [0, 1].

        Examples
        --------
        >>> round(Estimate(4, 4.4, 1.2, 30).probability(3, 6), 3)
        0.931
        """
        if not self.variance:
            return float(low - 0.5 <= self.mean <= high + 0.5)
        scale = math.sqrt(2 * self.variance)
        below, begin, end, above = (
            math.erf((x - self.mean) / scale) for x in (-0.5, low - 0.5, high + 0.5, self.most + 0.5)
        )
        return (end - begin) / (above - below)


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
