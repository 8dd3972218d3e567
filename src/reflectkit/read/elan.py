"""ELAN files (``.eaf``): the tiers people speak on, merged by time; tiers of codes beside them left out and counted."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from reflectkit.errors import TranscriptError
from reflectkit.read.decoding import MAX_LINE_CHARS
from reflectkit.read.formats import Reading
from reflectkit.read.xml_ import walk
from reflectkit.values import Note, Row, count_words, fold

_BESIDE = re.compile(
    r"(?:^|[\W_])(?:cod(?:e|es|ing)|gestures?|gaze|notes?|comments?|translations?|gloss(?:es)?|misc|miti|annotations?|pos|"
    r"morph(?:emes?)?|phon|nonverbal|non-verbal|actions?|topics?|ft|ge|mb|mot)(?:$|[\W_])",
    re.IGNORECASE,
)
_SPEECH = re.compile(
    r"(?:^|[\W_])(?:speech|utterances?|transcripts?|transcriptions?|text|tx|orth?o?|says?)(?:$|[\W_])", re.IGNORECASE
)
MAX_TIERS = 1000
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_+/.-]{0,9}")


@dataclass(slots=True)
class _Tier:
    name: str
    participant: str
    parent: str | None
    kind: str
    spoken: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Annotation, its first and second time slot or ("", its parent annotation), and its words."""

    @property
    def speaker(self) -> str:
        after_at = self.name.rpartition("@")[2] if "@" in self.name else ""
        return " ".join((self.participant or after_at or self.name).split())

    @property
    def words(self) -> int:
        return sum(count_words(said[3]) for said in self.spoken)


def find_eaf(head: str) -> tuple[str, str] | None:
    """Tell an ELAN file from the beginning of a file.

    Parameters
    ----------
    head : str
        The first characters, without leading white space.

    Returns
    -------
    (str, str) or None
        The format's name and what gave it away.

    Examples
    --------
    >>> find_eaf('<?xml version="1.0"?><ANNOTATION_DOCUMENT>')
    ('eaf', 'its XML is an ANNOTATION_DOCUMENT')
    """
    if head.startswith("<") and "<ANNOTATION_DOCUMENT" in head[:5000]:
        return "eaf", "its XML is an ANNOTATION_DOCUMENT"
    return None


def read_eaf(text: str, *, file: str | None = None) -> Reading:
    """Read an ELAN file.

    Parameters
    ----------
    text : str
        Decoded file.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        One row an annotation, in order of time, with its participant (or its tier's name) as the speaker.

    Raises
    ------
    TranscriptError
        If its XML is broken or no tier holds speech.
    """
    document = _Document(file)
    data = text.encode("utf-8", "replace")
    for kind, tag, value in walk(
        (data[i : i + 65536] for i in range(0, len(data), 65536)), file=file, encoding="utf-8"
    ):
        document.add(kind, tag, value)
    chosen = _speech(document)
    if not chosen:
        raise TranscriptError("no tier holds speech.", "Give a file with a tier of words for each speaker.", file=file)
    rows, notes = _merged(chosen, document)
    left = [tier for tier in document.tiers.values() if tier.spoken and tier not in chosen]
    if left:
        message = "tiers beside those of speech were left out (codes, translations, notes)."
        notes.insert(0, Note("skipped", message, count=len(left)))
    return Reading(rows, notes)


class _Document:
    """Collects time slots, tiers and annotations while the file is walked through."""

    def __init__(self, file: str | None) -> None:
        self.slots: dict[str, float | None] = {}
        self.tiers: dict[str, _Tier] = {}
        self.listed: set[str] = set()
        self._file = file
        self._tier: _Tier | None = None
        self._annotation = ("", "", "")
        self._parts: list[str] | None = None
        self._length = 0

    def add(self, kind: str, tag: str, value: object) -> None:
        if kind == "start" and isinstance(value, dict):
            self._start(tag, value)
        elif kind == "text" and self._parts is not None:
            self._parts.append(str(value))
            self._length += len(str(value))
            if self._length > MAX_LINE_CHARS:
                raise TranscriptError(
                    f"an annotation of more than {MAX_LINE_CHARS:,} characters.", "Check the file.", file=self._file
                )
        elif kind == "end" and tag == "ANNOTATION_VALUE":
            if self._tier is not None and self._parts is not None:
                self._tier.spoken.append((*self._annotation, " ".join("".join(self._parts).split())))
            self._parts = None

    def _start(self, tag: str, at: dict[str, str]) -> None:
        if tag == "TIME_SLOT":
            value = at.get("TIME_VALUE", "")
            self.slots[at.get("TIME_SLOT_ID", "")] = int(value) / 1000 if re.fullmatch(r"\d{1,12}", value) else None
        elif tag == "TIER":
            name = at.get("TIER_ID", "")
            self._tier = _Tier(name, at.get("PARTICIPANT", ""), at.get("PARENT_REF"), at.get("LINGUISTIC_TYPE_REF", ""))
            self._tier = self.tiers.setdefault(name, self._tier)
            if len(self.tiers) > MAX_TIERS:
                raise TranscriptError(f"more than {MAX_TIERS:,} tiers.", "Keep the tiers of speech.", file=self._file)
        elif tag == "ALIGNABLE_ANNOTATION":
            self._annotation = (at.get("ANNOTATION_ID", ""), at.get("TIME_SLOT_REF1", ""), at.get("TIME_SLOT_REF2", ""))
        elif tag == "REF_ANNOTATION":
            self._annotation = (at.get("ANNOTATION_ID", ""), "", at.get("ANNOTATION_REF", ""))
        elif tag == "ANNOTATION_VALUE":
            self._parts, self._length = [], 0
        elif tag == "LINGUISTIC_TYPE" and at.get("CONTROLLED_VOCABULARY_REF"):
            self.listed.add(at.get("LINGUISTIC_TYPE_ID", ""))


def _speech(document: _Document) -> list[_Tier]:
    """Choose one tier of speech a speaker."""
    by_speaker: dict[str, list[_Tier]] = {}
    for tier in document.tiers.values():
        if tier.words and tier.kind not in document.listed and not _holds_codes(tier):
            by_speaker.setdefault(fold(_root(tier, document).speaker), []).append(tier)
    chosen = [max(tiers, key=_likely_speech) for tiers in by_speaker.values()]
    # "Ana codes" beside "Ana" stands for no other person, nor does a tier called "notes"; "Client 2" does.
    names = [fold(tier.name) for tier in chosen]
    alone = [
        tier
        for tier in chosen
        if tier.participant
        or not any(
            fold(tier.name).startswith(name) and re.match(r"[\W_]+[^\W\d_]", fold(tier.name)[len(name) :])
            for name in names
        )
    ]
    people = [tier for tier in alone if tier.participant or not _BESIDE.search(tier.name)]
    return people if len(people) > 1 else alone


def _root(tier: _Tier, document: _Document) -> _Tier:
    """Follow a tier's parents to the tier that stands for a person."""
    for _ in range(len(document.tiers)):
        above = document.tiers.get(tier.parent or "")
        if above is None or tier.participant or "@" in tier.name:
            return tier
        tier = above
    return tier


def _likely_speech(tier: _Tier) -> tuple[bool, bool, bool, int]:
    words_each = tier.words / max(len(tier.spoken), 1)
    named = bool(_SPEECH.search(tier.name)) or not _BESIDE.search(tier.name)
    return (words_each > 1.0, named, tier.parent is None, tier.words)


def _holds_codes(tier: _Tier) -> bool:
    values = Counter(said[3] for said in tier.spoken if said[3])
    coded = sum(n for value, n in values.items() if _CODE.fullmatch(value) and value not in ("I", "OK"))
    return coded > 0.8 * sum(values.values()) and (len(values) > 1 or sum(values.values()) > 1)


def _merged(chosen: list[_Tier], document: _Document) -> tuple[list[Row], list[Note]]:
    """Merge the tiers by time; an annotation without a time keeps its place after the one before it."""
    times: dict[str, tuple[str, str]] = {}
    for tier in document.tiers.values():
        for name, first, second, _ in tier.spoken:
            times.setdefault(name, (first, second))
    placed: list[tuple[float, int, int, str, str, float | None, float | None]] = []
    counts: Counter[str] = Counter()
    for order, tier in enumerate(chosen):
        speaker = _root(tier, document).speaker
        last = 0.0
        for position, (name, _, _, said) in enumerate(tier.spoken):
            start_s, end_s = _aligned(name, times, document.slots)
            if start_s is not None and end_s is not None and end_s < start_s:
                start_s = end_s = None
            last = last if start_s is None else start_s
            if not said:
                counts["empty"] += 1
                continue
            counts["unaligned"] += start_s is None
            placed.append((last, order, position, speaker, said, start_s, end_s))
    placed.sort(key=lambda p: p[:3])
    rows = [Row(i, speaker, said, start_s, end_s) for i, (_, _, _, speaker, said, start_s, end_s) in enumerate(placed)]
    until = (-1.0, "")
    for row in rows:
        if row.start_s is not None and row.start_s < until[0] and row.speaker != until[1]:
            counts["overlaps"] += 1
        if row.end_s is not None and row.end_s > until[0]:
            until = (row.end_s, row.speaker)
    messages = {
        "empty": ("skipped", "empty annotations were left out."),
        "unaligned": ("mended", "annotations without a time were put after the one before them on their tier."),
        "overlaps": ("mended", "annotations that begin while somebody else talks were put in order of their start."),
    }
    return rows, [Note(*messages[key], count=counts[key]) for key in messages if counts[key]]


def _aligned(
    name: str, times: dict[str, tuple[str, str]], slots: dict[str, float | None]
) -> tuple[float | None, float | None]:
    for _ in range(10):  # annotations refer to the one above them, a few tiers up
        first, second = times.get(name, ("", ""))
        if first or not second:
            return slots.get(first), slots.get(second)
        name = second
    return None, None
