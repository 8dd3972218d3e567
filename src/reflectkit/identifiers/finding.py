"""All finders on one text, or on one label: what overlaps is settled, what is a placeholder already is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reflectkit.errors import TranscriptError
from reflectkit.identifiers.items import Finder, Item, Kind
from reflectkit.identifiers.names import find_names
from reflectkit.identifiers.patterns import find_patterns
from reflectkit.identifiers.places import find_places
from reflectkit.identifiers.wordlists import first_names, fold, surnames, words

PLACEHOLDER = re.compile(
    r"\[[A-Z][A-Z0-9 _/-]{0,40}\]|\[(?:my|his|her|their|your|our|the|a|an) [^\[\]\n]{1,40}\]|\[(?:name|place|town|"
    r"city|street|date|phone|email|address|redacted|removed)[ _]?\d{0,3}\]"
    r"|<[A-Za-z][A-Za-z_0-9 ]{1,30}>|\{\{?[A-Za-z_0-9]{2,30}\}?\}|\b[Xx]{3,}\b|_{2,}|\*{2,}|\b[A-Z]{3,}_\d{1,4}\b"
)


_SIGNS = str.maketrans({"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\u2011": "-", "\u2010": "-"})


_BLANK = "\u25a1"


_GIVEN = {
    "person": Kind.NAME, "per": Kind.NAME, "email_address": Kind.EMAIL, "phone_number": Kind.PHONE,
    "location": Kind.PLACE, "gpe": Kind.PLACE, "street_address": Kind.ADDRESS, "zip_code": Kind.POSTCODE,
    "uk_postcode": Kind.POSTCODE, "organization": Kind.PLACE, "us_ssn": Kind.NATIONAL_NUMBER,
    "uk_nhs": Kind.NATIONAL_NUMBER, "uk_nino": Kind.NATIONAL_NUMBER, "us_passport": Kind.NATIONAL_NUMBER,
    "us_driver_license": Kind.NATIONAL_NUMBER, "au_medicare": Kind.NATIONAL_NUMBER, "au_tfn": Kind.NATIONAL_NUMBER,
    "credit_card": Kind.ACCOUNT_NUMBER, "iban_code": Kind.ACCOUNT_NUMBER, "us_bank_number": Kind.ACCOUNT_NUMBER,
    "ip_address": Kind.ACCOUNT_NUMBER,
}  # fmt: skip


def is_cased(text: str, *, short: bool = False) -> bool:
    """Tell whether a text is written with capitals where a writer puts them.

    Parameters
    ----------
    text : str
        Any text.
    short : bool, optional
        True for a turn of a text that is known to have capitals: only one all in capitals, or of some length without any, has none of use.

    Returns
    -------
    bool
        False for recognised speech in lower case and for text all in capitals.
    """
    begins = [w for w in re.findall(r"[^\W\d_]+", PLACEHOLDER.sub(" ", text)) if w not in ("I",)]
    upper = sum(w[0].isupper() for w in begins)
    whole = sum(w.isupper() and len(w) > 1 for w in begins)
    if len(begins) > 3 and whole > 0.6 * len(begins):
        return False
    return upper > 0 or (short and len(begins) < 4)


def find(
    text: str, *, finders: Sequence[Finder] = (), cased: bool | None = None, known: frozenset[str] = frozenset()
) -> list[Item]:
    """Find all items of one text, surest first where they overlap.

    Parameters
    ----------
    text : str
        Any text.
    finders : sequence of callable, optional
        As for `screen`.
    cased : bool, optional
        True if the text has capitals where a writer puts them; told from the text if not given.
    known : frozenset of str, optional
        Folded names found elsewhere.

    Returns
    -------
    list of Item
        In order, not overlapping, of any confidence.
    """
    plain = blank_placeholders(text)
    cased = is_cased(text) if cased is None else cased
    items = [
        *find_patterns(plain),
        *find_places(plain, cased=cased),
        *find_names(plain, cased=cased, known=known),
        *(i for finder in finders for i in _given(finder, text)),
    ]
    return _settle(items, plain)


def blank_placeholders(text: str) -> str:
    """Write placeholders as a sign that is no letter, and typographic signs as plain ones; every character keeps its offset.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        As long as `text`.
    """
    return PLACEHOLDER.sub(lambda m: _BLANK * len(m[0]), text).translate(_SIGNS)


def _settle(items: Iterable[Item], plain: str) -> list[Item]:
    """Of items that overlap keep the surest, of equals the longest."""
    kept: list[Item] = []
    taken = bytearray(len(plain))
    for item in sorted(items, key=lambda i: (-_weight(i), i.start - i.end, i.start)):
        if (
            item.end > item.start
            and not any(taken[item.start : item.end])
            and _BLANK not in plain[item.start : item.end]
        ):
            taken[item.start : item.end] = b"\1" * (item.end - item.start)
            kept.append(item)
    return sorted(kept, key=lambda i: i.start)


def _weight(item: Item) -> float:
    # A name inside an address or a hospital's name is not a name of its own.
    longer = (
        0.3 if item.kind in (Kind.ADDRESS, Kind.PLACE) and item.confidence >= 0.55 and item.basis != "a town" else 0.0
    )
    return item.confidence + longer + (0.3 if item.kind in (Kind.EMAIL, Kind.URL, Kind.HANDLE) else 0.0)


def _given(finder: Finder, text: str) -> Iterator[Item]:
    for span in finder(text):
        if isinstance(span, tuple):
            start, end, kind, *rest = span
            sure = rest[0] if rest else 0.8
        else:
            start, end = span.start, span.end
            kind = getattr(span, "entity_type", None) or getattr(span, "kind", "")
            sure = getattr(span, "score", None)
            sure = getattr(span, "confidence", 0.8) if sure is None else sure
        sound = isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
        if not sound or not kind or not 0 <= float(sure) <= 1:
            raise TranscriptError(
                "a finder gave a span that does not lie in the text, has no kind, or a confidence outside 0 to 1.",
                "Return (start, end, kind, confidence) with offsets in characters, end exclusive.",
            )
        name = str(kind).lower()
        yield Item(start, end, _GIVEN.get(name, name), float(sure), "the caller's finder")


_NO_LABEL = frozenset(
    "speaker participant person unknown user guest host interviewer interviewee supporter seeker helper caller tutor "
    "system bot psw csw moderator facilitator "
    """
    client clients patient patients worker workers peer counsellor counselor therapist volunteer supervisor usor
    session transcript call chat video audio recording
    """.split()
)


def find_label(label: str) -> list[Item]:
    """Find names in a speaker's label or a session's name.

    Parameters
    ----------
    label : str
        Such as ``"Monica R."``, ``"PSW 1"``, ``"Patel, Anita (Trust)"``.

    Returns
    -------
    list of Item
        Names and whatever else is told by its form.
    """
    plain = blank_placeholders(label)
    items = list(find_patterns(plain))
    tokens = list(re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", plain))
    named = [t for t in tokens if _names_someone(t[0])]
    if named:
        start, end = named[0].start(), named[-1].end()
        if end + 1 < len(plain) and re.fullmatch(r" [A-Z]\.?", plain[end : end + 3].rstrip(" ()")):
            end = min(len(plain), end + 3 if plain[end + 2 : end + 3] == "." else end + 2)
        items.append(
            Item(
                start,
                end,
                Kind.NAME,
                0.9 if len(named) > 1 else 0.8,
                "full name" if len(named) > 1 else "a speaker's label",
            )
        )
    return _settle(items, plain)


def _names_someone(token: str) -> bool:
    base = fold(token)
    if len(base) < 2 or base in _NO_LABEL or (token.isupper() and len(token) < 5 and base not in first_names()):
        return False
    return (
        base in first_names()
        or base not in words()
        or (token[0].isupper() and base in surnames() and base not in words())
    )
