"""Screening: what in a text may identify someone, where, and how sure that is; and masking it.

It screens and never promises: it misses, and text whose names are replaced is still about somebody.

Conventions
-----------
- Offsets are 0-based characters, end exclusive: into the string, into a turn's text, or into a speaker's label.
- Placeholders that are there already (``[NAME]``, ``XXXX``, ``<PERSON_1>``, ``____``) are not identifiers.
- Nothing is stored, logged or sent; no repr and no message holds words of the text.
"""

from reflectkit.identifiers.items import DIRECT, Finder, Item, Kind, Screening
from reflectkit.identifiers.masking import mask
from reflectkit.identifiers.screening import remaining, screen

__all__ = ["DIRECT", "Finder", "Item", "Kind", "Screening", "mask", "remaining", "screen"]
