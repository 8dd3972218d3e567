"""The doors: `screen` for a text or a session, `remaining` for the warning of `reflectkit.analyze`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reflectkit.errors import TranscriptError
from reflectkit.identifiers.finding import blank_placeholders, find, find_label, is_cased
from reflectkit.identifiers.items import DIRECT, Finder, Item, Kind, Screening
from reflectkit.identifiers.patterns import find_patterns, may_hold
from reflectkit.identifiers.places import find_addresses
from reflectkit.identifiers.wordlists import brands, first_names, fold, surnames, words
from reflectkit.read import Source, read_transcript
from reflectkit.values import Transcript

LEAST = 0.5
"""Confidence from which an item is listed."""

SURE = 0.75
"""Confidence from which an item counts for the warning of `reflectkit.analyze`."""

_ORDER = {"session": 0, "speaker": 1, "text": 2}


def screen(source: Source, *, finders: Iterable[Finder] = (), least: float = LEAST, **reading: Any) -> Screening:  # noqa: ANN401
    """List what may identify someone.

    It screens and does not promise: it misses, most of all names in lower case that no list has, and nothing tells it that a
    story is known in town.

    Parameters
    ----------
    source : str, path, open file, pandas.DataFrame, rows, or Transcript
        A **string is the text itself**, not the path of a file (give ``pathlib.Path("session.txt")`` for that); anything else is a
        session, read as by `reflectkit.read_transcript`.
    finders : iterable of callable, optional
        Further finders, each a callable from a text to spans: tuples ``(start, end, kind)`` or ``(start, end, kind,
        confidence)``, or objects with
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
        If the source cannot be read, if a string is the name of an existing file, or if a finder returns something else than
        spans of the text.

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
            raise TranscriptError(
                "a string is taken as text, and only sessions are read with options.",
                f"Leave out {', '.join(sorted(reading))}=.",
            )
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
                "a string is taken as text, and this one is the name of a file.",
                "Give pathlib.Path(...) to have the file read.",
                file=Path(text).name,
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
            again = find(
                turn.text, finders=finders, cased=cased and is_cased(turn.text, short=True), known=frozenset(known)
            )
            own = [first.get((i.start, i.end), i) for i in again]
        items += [replace(i, turn=turn.index) for i in own]
    kept = [i for i in items if i.confidence >= least]
    return Screening(tuple(sorted(kept, key=lambda i: (_ORDER[i.field], -1 if i.turn is None else i.turn, i.start))))


def _labels(transcript: Transcript) -> Iterator[Item]:
    seen: set[str] = set()
    for turn in transcript.turns:
        if turn.speaker not in seen:
            seen.add(turn.speaker)
            yield from (replace(i, turn=turn.index, field="speaker") for i in find_label(turn.speaker))
    yield from (replace(i, field="session") for i in find_label(re.sub(r"[_\W]", " ", transcript.session)))


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
