"""The doors: `screen` for a text or a session, `remaining` for the warning of `reflectkit.analyze`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.identifiers.items import DIRECT, Finder, Item, Kind, Screening
from reflectkit.identifiers.names import find_names
from reflectkit.identifiers.patterns import find_patterns, may_hold
from reflectkit.identifiers.places import find_addresses, find_places
from reflectkit.identifiers.wordlists import brands, first_names, fold, surnames, words
from reflectkit.read import Source, read_transcript
from reflectkit.values import Transcript

LEAST = 0.5
"""Confidence from which an item is listed."""

SURE = 0.75
"""Confidence from which an item counts for the warning of `reflectkit.analyze`."""

PLACEHOLDER = re.compile(
    r"\[[A-Z][A-Z0-9 _/-]{0,40}\]|\[(?:my|his|her|their|your|our|the|a|an) [^\[\]\n]{1,40}\]|\[(?:name|place|town|city|street|date|phone|email|address|redacted|removed)[ _]?\d{0,3}\]"
    r"|<[A-Za-z][A-Za-z_0-9 ]{1,30}>|\{\{?[A-Za-z_0-9]{2,30}\}?\}|\b[Xx]{3,}\b|_{2,}|\*{2,}|\b[A-Z]{3,}_\d{1,4}\b"
)
_SIGNS = str.maketrans({"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\u2011": "-", "\u2010": "-"})
_BLANK = "\u25a1"
_GIVEN = {
    "person": Kind.NAME, "per": Kind.NAME, "email_address": Kind.EMAIL, "phone_number": Kind.PHONE, "location": Kind.PLACE, "gpe": Kind.PLACE,
    "street_address": Kind.ADDRESS, "zip_code": Kind.POSTCODE, "uk_postcode": Kind.POSTCODE, "organization": Kind.PLACE, "us_ssn": Kind.NATIONAL_NUMBER,
    "uk_nhs": Kind.NATIONAL_NUMBER, "uk_nino": Kind.NATIONAL_NUMBER, "us_passport": Kind.NATIONAL_NUMBER, "us_driver_license": Kind.NATIONAL_NUMBER,
    "au_medicare": Kind.NATIONAL_NUMBER, "au_tfn": Kind.NATIONAL_NUMBER, "credit_card": Kind.ACCOUNT_NUMBER, "iban_code": Kind.ACCOUNT_NUMBER,
    "us_bank_number": Kind.ACCOUNT_NUMBER, "ip_address": Kind.ACCOUNT_NUMBER,
}  # fmt: skip
_ORDER = {"session": 0, "speaker": 1, "text": 2}


def screen(source: Source, *, finders: Iterable[Finder] = (), least: float = LEAST, **reading: Any) -> Screening:  # noqa: ANN401
    """List what may identify someone.

    It screens and does not promise: it misses, most of all names in lower case that no list has, and nothing tells it that a story is known in town.

    Parameters
    ----------
    source : str, path, open file, pandas.DataFrame, rows, or Transcript
        A **string is the text itself**, not the path of a file (give ``pathlib.Path("session.txt")`` for that); anything else is a
        session, read as by `reflectkit.read_transcript`.
    finders : iterable of callable, optional
        Further finders, each a callable from a text to spans: tuples ``(start, end, kind)`` or ``(start, end, kind, confidence)``, or objects with
        ``start``, ``end``, ``entity_type`` and ``score``, such as Presidio's ``lambda text: analyzer.analyze(text, language="en")``.
    least : float, optional
        Confidence in [0, 1] from which an item is listed.
    **reading
        For a session, as for `reflectkit.read_transcript`: `worker`, `client`, `format`, `columns`, `session`, `encoding`.

    Returns
    -------
    Screening
        Items with ``start``, ``end``, ``kind``, ``confidence`` and, for a session, ``turn`` and ``field``. They do not overlap.

    Raises
    ------
    TranscriptError
        If the source cannot be read, if a string is the name of an existing file, or if a finder returns something else than spans of the text.

    Examples
    --------
    >>> [(i.start, i.end, str(i.kind)) for i in screen("My sister Jenny is on 07700 900123.")]
    [(10, 15, 'name'), (22, 34, 'phone')]
    >>> screen([("Worker", "Hello, [NAME]."), ("Client", "Hello. Dr Patel rang.")])
    Screening(1 items: name 1)
    """
    if not 0 <= least <= 1:
        raise TranscriptError("least= is a confidence from 0 to 1.", "Give a number in that range.")
    finders = tuple(finders)
    if isinstance(source, str):
        refuse_path(source)
        if reading:
            raise TranscriptError("a string is taken as text, and only sessions are read with options.", f"Leave out {', '.join(sorted(reading))}=.")
        return Screening(tuple(i for i in find(source, finders=finders) if i.confidence >= least))
    return screen_transcript(read_transcript(source, **reading), finders=finders, least=least)


def refuse_path(text: str) -> None:
    """Refuse a string that is the name of an existing file: most likely its content was meant.

    Parameters
    ----------
    text : str
        What was given as text.

    Raises
    ------
    TranscriptError
        If a file of that name exists.
    """
    if 0 < len(text) <= 250 and "\n" not in text and "\0" not in text and Path(text).suffix:
        try:
            there = os.path.isfile(text)
        except (OSError, ValueError):
            there = False
        if there:
            raise TranscriptError(
                "a string is taken as text, and this one is the name of a file.", "Give pathlib.Path(...) to have the file read.", file=Path(text).name
            )


def screen_transcript(transcript: Transcript, *, finders: Sequence[Finder] = (), least: float = LEAST) -> Screening:
    """List what may identify someone in a session that is already read.

    Parameters
    ----------
    transcript : Transcript
        The session.
    finders : sequence of callable, optional
        As for `screen`.
    least : float, optional
        As for `screen`.

    Returns
    -------
    Screening
        As from `screen`.
    """
    cased = is_cased("\n".join(t.text for t in transcript.turns[:200])) if transcript.turns else True
    items = list(_labels(transcript))
    known = {part for i in items for part in _parts(_label_of(transcript, i)[i.start : i.end])}
    found = [find(t.text, finders=finders, cased=cased and is_cased(t.text, short=True)) for t in transcript.turns]
    known |= {
        part
        for turn, own in zip(transcript.turns, found, strict=True)
        for i in own
        if i.kind == Kind.NAME and i.confidence >= 0.7
        for part in _parts(turn.text[i.start : i.end])
    }
    known -= words() | brands()
    for turn, own in zip(transcript.turns, found, strict=True):
        if known and any(fold(w) in known for w in re.findall(r"[^\W\d_]{2,}", turn.text)):
            first = {(i.start, i.end): i for i in own}
            again = find(turn.text, finders=finders, cased=cased and is_cased(turn.text, short=True), known=frozenset(known))
            own = [first.get((i.start, i.end), i) for i in again]
        items += [replace(i, turn=turn.index) for i in own]
    kept = [i for i in items if i.confidence >= least]
    return Screening(tuple(sorted(kept, key=lambda i: (_ORDER[i.field], -1 if i.turn is None else i.turn, i.start))))


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


def find(text: str, *, finders: Sequence[Finder] = (), cased: bool | None = None, known: frozenset[str] = frozenset()) -> list[Item]:
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
        if item.end > item.start and not any(taken[item.start : item.end]) and _BLANK not in plain[item.start : item.end]:
            taken[item.start : item.end] = b"\1" * (item.end - item.start)
            kept.append(item)
    return sorted(kept, key=lambda i: i.start)


def _weight(item: Item) -> float:
    # A name inside an address or a hospital's name is not a name of its own.
    longer = 0.3 if item.kind in (Kind.ADDRESS, Kind.PLACE) and item.confidence >= 0.55 and item.basis != "a town" else 0.0
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


def _labels(transcript: Transcript) -> Iterator[Item]:
    seen: set[str] = set()
    for turn in transcript.turns:
        if turn.speaker not in seen:
            seen.add(turn.speaker)
            yield from (replace(i, turn=turn.index, field="speaker") for i in find_label(turn.speaker))
    yield from (replace(i, field="session") for i in find_label(re.sub(r"[_\W]", " ", transcript.session)))


_NO_LABEL = frozenset(
    "speaker participant person unknown user guest host interviewer interviewee supporter seeker helper caller tutor system bot psw csw moderator facilitator "
    "client clients patient patients worker workers peer counsellor counselor therapist volunteer supervisor usor session transcript call chat video audio recording".split()
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
        items.append(Item(start, end, Kind.NAME, 0.9 if len(named) > 1 else 0.8, "full name" if len(named) > 1 else "a speaker's label"))
    return _settle(items, plain)


def _names_someone(token: str) -> bool:
    base = fold(token)
    if len(base) < 2 or base in _NO_LABEL or (token.isupper() and len(token) < 5 and base not in first_names()):
        return False
    return base in first_names() or base not in words() or (token[0].isupper() and base in surnames() and base not in words())


def _label_of(transcript: Transcript, item: Item) -> str:
    return transcript.session if item.turn is None else transcript.turns[item.turn].speaker


def _parts(name: str) -> list[str]:
    return [f for w in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", name) if len(f := fold(w)) > 2]


_FULL = re.compile(r"(?<!\w)([A-Z][a-zà-ÿ'’-]{1,24})(?= (?:[A-Z]\.? )?([A-Z][a-zà-ÿ'’-]{2,24})(?!\w))")


def remaining(transcript: Transcript) -> dict[str, int]:
    """Count the direct identifiers that surely remain: what leads to one person by itself.

    A quick look for the warning of `reflectkit.analyze`; `screen` looks closer.

    Parameters
    ----------
    transcript : Transcript
        The session.

    Returns
    -------
    dict of str to int
        Distinct items by kind (full names under ``"name"``), most frequent first; empty if none is found.
    """
    distinct: dict[str, set[str]] = {}
    for label in {t.speaker for t in transcript.turns}:
        for i in find_label(label):
            if i.basis == "full name" and all(len(w.strip(".")) > 1 for w in label[i.start : i.end].split()):
                distinct.setdefault("name", set()).add(fold(label[i.start : i.end]))
    for turn in transcript.turns:
        plain = turn.text
        direct = may_hold(plain)
        if direct:
            plain = blank_placeholders(plain)
        for i in (*find_patterns(plain), *find_addresses(plain)) if direct else ():
            if i.kind in DIRECT and i.confidence >= SURE:
                distinct.setdefault(str(i.kind), set()).add(fold(plain[i.start : i.end]))
        for m in _FULL.finditer(plain):
            first, last = fold(m[1]), fold(m[2])
            if first in first_names() and first not in words() and last.removesuffix("'s") in surnames():
                distinct.setdefault("name", set()).add(f"{first} {last}")
    return {kind: len(found) for kind, found in sorted(distinct.items(), key=lambda pair: -len(pair[1]))}
