"""What screening finds, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, overload

from reflectkit.lazy import pd

Finder: TypeAlias = Callable[[str], Iterable[Any]]
"""Any callable that takes a text and returns spans: ``(start, end, kind)``, ``(start, end, kind, confidence)``, or objects
with ``start``, ``end``, ``entity_type`` (or ``kind``) and ``score`` (or ``confidence``), as Presidio's analyser returns."""


class Kind(StrEnum):
    """What an item may give away. Finders may add kinds of their own."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    POSTCODE = "postcode"
    DATE_OF_BIRTH = "date_of_birth"
    AGE = "age"
    NATIONAL_NUMBER = "national_number"
    ACCOUNT_NUMBER = "account_number"
    URL = "url"
    HANDLE = "handle"
    PLACE = "place"


DIRECT = frozenset(
    [Kind.EMAIL, Kind.PHONE, Kind.ADDRESS, Kind.NATIONAL_NUMBER, Kind.ACCOUNT_NUMBER, Kind.URL, Kind.HANDLE]
)
"""Kinds that lead to one person by themselves; a full name does so too."""


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch that may identify someone. Holds no words.

    Attributes
    ----------
    start, end : int
        Offsets, end exclusive.
    kind : str
        One of `Kind`, or a kind of the caller's finder in lower case.
    confidence : float
        In [0, 1]: a rank set by rule, not a measured probability.
    basis : str
        What gave it away, such as ``"full name"`` or ``"after a word of kin"``.
    turn : int or None
        0-based turn; `None` for a string and for the session's name.
    field : str
        ``"text"``, ``"speaker"`` (the label of the turn's speaker, reported at the first turn that has it) or ``"session"``.
    """

    start: int
    end: int
    kind: str
    confidence: float
    basis: str = ""
    turn: int | None = None
    field: str = "text"


@dataclass(frozen=True, slots=True, repr=False)
class Screening(Sequence[Item]):
    """What was found, in order of the text. A sequence of `Item`.

    Attributes
    ----------
    items : tuple of Item
        In order: session's name, speakers' labels, then the turns.
    """

    items: tuple[Item, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many items of each kind, most frequent first."""
        return dict(Counter(str(item.kind) for item in self.items).most_common())

    def to_frame(self) -> pd.DataFrame:
        """Return one row an item.

        Returns
        -------
        pandas.DataFrame
            Columns ``turn`` (missing for a string), ``field, start, end, kind, confidence, basis``.
        """
        rows = [(i.turn, i.field, i.start, i.end, str(i.kind), i.confidence, i.basis) for i in self.items]
        columns = ["turn", "field", "start", "end", "kind", "confidence", "basis"]
        types = {"turn": "Int64", "start": "int64", "end": "int64", "confidence": "float64"}
        return pd.DataFrame(rows, columns=columns).astype(types)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, index: int | slice) -> Item | tuple[Item, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Screening({len(self.items)} items: {', '.join(f'{k} {n}' for k, n in self.counts.items()) or 'none'})"
