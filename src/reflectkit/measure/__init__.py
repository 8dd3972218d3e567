"""Measuring: counts that add up, ratios taken last, stretches and passages found, each with how sure it is."""

from reflectkit.measure.counts import Balance as Balance
from reflectkit.measure.counts import Counting as Counting
from reflectkit.measure.counts import Metrics as Metrics
from reflectkit.measure.definitions import MEASURES as MEASURES
from reflectkit.measure.definitions import Measure as Measure
from reflectkit.measure.disclosure import find_disclosures as find_disclosures
from reflectkit.measure.session import Findings as Findings
from reflectkit.measure.session import measure_session as measure_session
