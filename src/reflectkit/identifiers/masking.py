"""Replace what screening found by consistent placeholders."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias, overload

from reflectkit.codebook import Role
from reflectkit.identifiers.items import Finder, Item, Kind
from reflectkit.identifiers.screening import LEAST, screen, screen_transcript
from reflectkit.identifiers.wordlists import fold
from reflectkit.read import Source, read_transcript
from reflectkit.values import Note, Transcript, Turn

Key: TypeAlias = dict[str, tuple[str, ...]]
"""Placeholder to the words it stands for, as first written, each spelling once."""

_ROLE_LABELS = {Role.WORKER: "Worker", Role.CLIENT: "Client", Role.OTHER: "Other"}


@overload
def mask(
    source: str,
    *,
    finders: Iterable[Finder] = ...,
    least: float = ...,
    speakers: str = ...,
    mapping: Literal[False] = ...,
    **reading: Any,  # noqa: ANN401
) -> str: ...
@overload
def mask(
    source: str,
    *,
    finders: Iterable[Finder] = ...,
    least: float = ...,
    speakers: str = ...,
    mapping: Literal[True],
    **reading: Any,  # noqa: ANN401
) -> tuple[str, Key]: ...
@overload
def mask(
    source: Source,
    *,
    finders: Iterable[Finder] = ...,
    least: float = ...,
    speakers: str = ...,
    mapping: Literal[False] = ...,
    **reading: Any,  # noqa: ANN401
) -> Transcript: ...
@overload
def mask(
    source: Source,
    *,
    finders: Iterable[Finder] = ...,
    least: float = ...,
    speakers: str = ...,
    mapping: Literal[True],
    **reading: Any,  # noqa: ANN401
) -> tuple[Transcript, Key]: ...
def mask(
    source: Source,
    *,
    finders: Iterable[Finder] = (),
    least: float = LEAST,
    speakers: str = "names",
    mapping: bool = False,
    **reading: Any,
) -> str | Transcript | tuple[str | Transcript, Key]:
    """Replace what `screen` finds by placeholders such as ``[NAME_1]``; the same name gets the same one.

    First name, full name and possessive of one person are linked where one full name fits; titles and ``'s`` stay. What
    `screen` misses stays
    too, and masked text is still about somebody: treat it as personal data.

    Parameters
    ----------
    source : str, path, open file, pandas.DataFrame, rows, or Transcript
        As for `screen`: a string is the text itself.
    finders : iterable of callable, optional
        As for `screen`.
    least : float, optional
        As for `screen`.
    speakers : {"names", "roles", "keep"}, optional
        What becomes of speaker labels: names in them are masked like names in the text, every label becomes ``Worker``,
        ``Client 2`` and so on,
        or labels stay as they are.
    mapping : bool, optional
        True to get the key as well: it is as sensitive as the transcript, and is kept nowhere else.
    **reading
        As for `screen`.

    Returns
    -------
    str or Transcript
        A string for a string; for all else a transcript whose turns, pieces and roles fit the masked text.
    dict of str to tuple of str
        Only if `mapping` is true: placeholder to the words it stands for.

    Raises
    ------
    TranscriptError
        As for `screen`.
    ValueError
        If `speakers` is none of its choices.

    Examples
    --------
    >>> mask("Jenny Hargreaves rang. I like Jenny's laugh.")
    "[NAME_1] rang. I like [NAME_1]'s laugh."
    """
    if speakers not in ("names", "roles", "keep"):
        raise ValueError("speakers= is one of 'names', 'roles', 'keep'")
    finders = tuple(finders)
    if isinstance(source, str):
        items = screen(source, finders=finders, least=least, **reading).items
        book = _Book([(source, i) for i in items])
        text: str | Transcript = _replace(source, [(i.start, i.end, book.placeholder(source, i)) for i in items])[0]
        return (text, book.key) if mapping else text
    transcript = read_transcript(source, **reading)
    masked, made = _mask_transcript(
        transcript, screen_transcript(transcript, finders=finders, least=least).items, speakers
    )
    return (masked, made) if mapping else masked


class _Book:
    """Who or what has which placeholder, in the order of the text."""

    def __init__(self, found: Sequence[tuple[str, Item]]) -> None:
        self.key: Key = {}
        self._numbers: dict[str, int] = {}
        self._given: dict[tuple[str, str], str] = {}
        full = {
            name for text, i in found if i.kind == Kind.NAME for name in [_name(text[i.start : i.end])] if " " in name
        }
        owners: dict[str, set[str]] = {}
        for name in full:
            for part in (name.split()[0], name.split()[-1]):
                owners.setdefault(part, set()).add(name)
        self._whole = {part: next(iter(own)) for part, own in owners.items() if len(own) == 1}

    def placeholder(self, text: str, item: Item) -> str:
        words = text[item.start : item.end]
        if item.kind == Kind.NAME:
            same = _name(words)
            same = self._whole.get(same, same)
        else:
            same = re.sub(r"\W+", "", fold(words))
        kind = re.sub(r"\W+", "_", str(item.kind)).upper()
        name = self._given.get((kind, same))
        if name is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            name = self._given[kind, same] = f"[{kind}_{self._numbers[kind]}]"
        if words not in self.key.get(name, ()):
            self.key[name] = (*self.key.get(name, ()), words)
        return name


def _name(words: str) -> str:
    return " ".join(re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*", fold(words)))


def _replace(text: str, spans: Iterable[tuple[int, int, str]]) -> tuple[str, list[tuple[int, int, int]]]:
    """Replace spans; return the text and, for each, its old start, old end and how far what follows has moved."""
    parts: list[str] = []
    moves: list[tuple[int, int, int]] = []
    last = moved = 0
    for start, end, new in sorted(spans):
        parts += [text[last:start], new]
        moved += len(new) - (end - start)
        moves.append((start, end, moved))
        last = end
    return "".join([*parts, text[last:]]), moves


def _mask_transcript(transcript: Transcript, items: Sequence[Item], speakers: str) -> tuple[Transcript, Key]:
    if speakers != "names":
        items = [i for i in items if i.field != "speaker"]
    book = _Book([(_whole(transcript, i), i) for i in items])
    labels = _role_labels(transcript) if speakers == "roles" else {t.speaker: t.speaker for t in transcript.turns}
    session = transcript.session
    by_turn: dict[int, list[Item]] = {}
    for field in ("session", "speaker"):
        # Numbers are given in the order of the text; words are replaced from the end, where offsets are still true.
        own = [(i, book.placeholder(_whole(transcript, i), i)) for i in items if i.field == field]
        for item, new in reversed(own):
            text = _whole(transcript, item)
            if field == "session":
                session = session[: item.start] + new + session[item.end :]
            else:
                labels[text] = labels[text][: item.start] + new + labels[text][item.end :]
    labels = _distinct(labels)
    for item in items:
        if item.field == "text" and item.turn is not None:
            by_turn.setdefault(item.turn, []).append(item)
    turns = tuple(_mask_turn(t, by_turn.get(t.index, []), book, labels[t.speaker]) for t in transcript.turns)
    worker, client, other = (
        tuple(dict.fromkeys(labels.get(label, label) for label in side))
        for side in (transcript.roles.worker, transcript.roles.client, transcript.roles.other)
    )
    roles = replace(transcript.roles, worker=worker, client=client, other=other)
    notes = tuple(_mask_note(n, labels) for n in transcript.notes)
    return replace(transcript, session=session, turns=turns, roles=roles, notes=notes), book.key


def _whole(transcript: Transcript, item: Item) -> str:
    """Return the text an item lies in."""
    if item.turn is None:
        return transcript.session
    turn = transcript.turns[item.turn]
    return turn.speaker if item.field == "speaker" else turn.text


def _role_labels(transcript: Transcript) -> dict[str, str]:
    by_role: dict[Role, dict[str, None]] = {}
    for turn in transcript.turns:
        by_role.setdefault(turn.role, {})[turn.speaker] = None
    return {
        speaker: _ROLE_LABELS[role] if len(own) == 1 else f"{_ROLE_LABELS[role]} {n}"
        for role, own in by_role.items()
        for n, speaker in enumerate(own, start=1)
    }


def _distinct(labels: dict[str, str]) -> dict[str, str]:
    """Keep speakers apart whose masked labels are the same."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    for old, new in labels.items():
        label = new
        while label in taken:
            counts[new] += 1
            label = f"{new} {counts[new] + 1}"
        made[old] = label
        taken.add(label)
    return made


def _mask_note(note: Note, labels: dict[str, str]) -> Note:
    message = note.message
    for old, new in labels.items():
        message = message.replace(repr(old), repr(new))
    return replace(note, message=message)


def _mask_turn(turn: Turn, items: Sequence[Item], book: _Book, speaker: str) -> Turn:
    spans = [span for item in items for span in _by_piece(turn, item, book.placeholder(turn.text, item))]
    text, moves = _replace(turn.text, spans)

    def moved(offset: int) -> int:
        passed = bisect_right(moves, offset, key=lambda move: move[1])
        return offset + (moves[passed - 1][2] if passed else 0)

    pieces = tuple(replace(p, start=moved(p.start), end=moved(p.end)) for p in turn.pieces)
    return replace(turn, speaker=speaker, text=text, pieces=pieces)


def _by_piece(turn: Turn, item: Item, name: str) -> Iterator[tuple[int, int, str]]:
    """Cut an item that spans two rows at their border, so that every row keeps its own words."""
    first = max(bisect_right(turn.pieces, item.start, key=lambda piece: piece.start) - 1, 0)
    for n in range(first, len(turn.pieces)):
        piece = turn.pieces[n]
        if piece.start >= item.end:
            return
        start, end = max(item.start, piece.start), min(item.end, piece.end)
        while start < end and turn.text[start].isspace():
            start += 1
        while start < end and turn.text[end - 1].isspace():
            end -= 1
        if start < end:
            yield start, end, name
