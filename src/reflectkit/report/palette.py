"""The colours of the behaviours, in one place for pages and plots.

The hues follow Okabe and Ito (2008), "Color Universal Design". Their lightness is changed so that every colour has a
contrast of at least 3:1 to the page behind it (WCAG 2.2, 1.4.11) and so that any two stay apart under simulated
protanopia, deuteranopia and tritanopia (Machado, Oliveira and Fernandes 2009). Colour never stands alone: a behaviour
also has a lane, a filled or hollow form, and a letter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reflectkit.codebook import BEHAVIOURS, Behaviour

PAPER = "#ffffff"
"""Background the colours are made for."""

DARK_PAPER = "#1d2125"
"""Background in dark mode."""


def _by_behaviour(values: str) -> Mapping[Behaviour, str]:
    return MappingProxyType(dict(zip(BEHAVIOURS, values.split(), strict=True)))


COLOURS = _by_behaviour("#1f4eb1 #19416d #358170 #ad7304 #410339 #a83a08 #7a8ab4 #57554f")
"""Colour of each behaviour on `PAPER`."""

DARK_COLOURS = _by_behaviour("#6b97dc #267ba6 #77cfac #d1a748 #ab4e69 #e3601b #c7c8ff #9a9690")
"""Colour of each behaviour on `DARK_PAPER`."""

LETTERS = _by_behaviour("O C R V S D I X")
"""Letter of each behaviour."""

HOLLOW = frozenset({Behaviour.CLOSED_QUESTION, Behaviour.VALIDATION, Behaviour.SELF_DISCLOSURE, Behaviour.OTHER})
"""Behaviours drawn as an outline; the other one of their lane is filled."""

LANES: tuple[tuple[str, tuple[Behaviour, Behaviour]], ...] = (
    ("asks", (Behaviour.OPEN_QUESTION, Behaviour.CLOSED_QUESTION)),
    ("listens", (Behaviour.REFLECTION, Behaviour.VALIDATION)),
    ("steers, tells", (Behaviour.DIRECTIVE, Behaviour.SELF_DISCLOSURE)),
    ("informs", (Behaviour.INFORMATION, Behaviour.OTHER)),
)
"""The worker's lanes of a timeline from top to bottom, each with its filled and its hollow behaviour."""


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour as WCAG 2.2 defines it.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.

    Returns
    -------
    float
        From 0 (black) to 1 (white).

    Examples
    --------
    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it.

    Parameters
    ----------
    one, other : str
        ``#rrggbb``.

    Returns
    -------
    float
        From 1 (the same) to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Choose the colour of a letter on a fill.

    Parameters
    ----------
    colour : str
        The fill, ``#rrggbb``.

    Returns
    -------
    str
        White or near-black, whichever has more contrast; at least 4.5:1 on the colours of this file.

    Examples
    --------
    >>> ink_on(COLOURS[Behaviour.DIRECTIVE]), ink_on(DARK_COLOURS[Behaviour.REFLECTION])
    ('#ffffff', '#111111')
    """
    return max("#ffffff", "#111111", key=lambda ink: contrast(colour, ink))
