"""Measuring: counts first, ratios last; every measure is defined in `definitions`."""

from reflectkit.measure.counts import Balance, Metrics, balance
from reflectkit.measure.definitions import MEASURES, Measure
from reflectkit.measure.disclosure import find_disclosures

__all__ = ["MEASURES", "Balance", "Measure", "Metrics", "balance", "find_disclosures"]
