"""Plain text: ``Speaker: words`` with wrapped lines, numbered turns and time stamps, headings, saved chats, Q. and A."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reflectkit.errors import TranscriptError
from reflectkit.read.apart import labels_apart
from reflectkit.read.chat import chat_lines
from reflectkit.read.cues import stamp
from reflectkit.read.formats import Reading
from reflectkit.read.furniture import afterwards, furniture, strip_line_numbers
from reflectkit.read.labels import Labelled, is_metadata, reads_like_label, speakers_among, split_heading, split_label
from reflectkit.read.own import Header, parse_header, unescape
from reflectkit.read.roles import role_of_label, shown
from reflectkit.read.timeline import on_one_clock
from reflectkit.read.times import CLOCK, seconds
from reflectkit.values import Note, Row, fold

OWN_MARK = "# "
_SOFT_BREAKS = re.compile("[\\x0b\\x0c\\x85\\u2028\\u2029]")
"""Line breaks of word processors; only in plain text, since JSON and tables may hold them inside a value."""

_ANSWERED = re.compile(r"[\s>*_-]*+(?P<label>[QA])[.)][*_]*+[ \t]++(?=\S)")
_LONE_STAMP = re.compile(
    rf"\s*+(?P<mark>[\[(#<])?(?P<time>{CLOCK})(?:[ \t]*+(?:-->|[-–])[ \t]*+{CLOCK})?(?:-\d{{1,2}})?[\])>#]?\s*$"
)
_CLOSING_STAMP = re.compile(rf"\s*+[\[(#](?P<time>{CLOCK})(?:-\d{{1,2}})?[\])#]$")
_BEGINS_WITH_TIME = re.compile(rf"\s*+[\[(#<]?{CLOCK}")
_ENOUGH_CLOSING = 3
_ENOUGH_LABELLED = 8
_MOST_WORDS_OF_A_NAME = 6
_MOST_TAKE_PART = 20
_SHARE_WITH_COLON = 0.5
"""Share of the lines that begin with a speaker and a colon from which no other way of writing is looked for."""

_OWN_ROW = re.compile(
    r"(?:\[(?P<start>[\d:.]*+)(?: - (?P<end>[\d:.]++))?\] )?(?P<label>(?:[^\\:]|\\.)*+): ?(?P<text>.*)$", re.DOTALL
)
INDENT = "  "
_STRAY = re.compile(r"\s*+(?P<label>[^\s:;][^:;\t\n]{0,38}?)(?:[ ]+[-–—][ ]+|[ ]?;[ ]+|[ ]?\t+)(?P<rest>\S.*)$")
_BARE = re.compile(r"\s*+(?P<label>\S{1,38})[ ]+(?=[A-Z\"“'‘])")
_INLINE = re.compile(r"[.?!…)\]\"”'’][ \t]+(?P<label>[A-Z][\w ]{0,24}):[ ]")
_AT_AN_END = re.compile(r"^\s*$|[.?!…)\]\"”'’]\s*$")  # a wrapped line may begin with somebody's name and a dash
_SEVERAL = 2
_MANY_PARAGRAPHS = 3
_OFTEN = 3
"""Labels within lines from which they are turns: one or two may be quoted."""


def read_lines(text: str, *, given: Iterable[str] = (), file: str | None = None) -> Reading:
    """Read plain text in which each turn begins with its speaker.

    Parameters
    ----------
    text : str
        Decoded text.
    given : iterable of str, optional
        Speakers named by the caller.
    file : str, optional
        Name for error messages.

    Returns
    -------
    Reading
        A row for each line block; `Row.row` counts blocks from 0. The session is named in files written by reflectkit
        only.

    Raises
    ------
    TranscriptError
        If no line names a speaker.
    """
    first, _, rest = text.partition("\n")
    header = parse_header(first.removeprefix(OWN_MARK)) if first.startswith(OWN_MARK) else None
    if header is not None:
        rows = _own_rows(rest.split("\n"), header, file)
        return Reading(rows, [], header.session, header.rows_are_units)
    lines, notes = strip_line_numbers(_SOFT_BREAKS.sub("\n", text).split("\n"))
    beside, more = furniture(lines)
    whole = lines
    lines = ["" if n in beside else line for n, line in enumerate(lines)]
    stamps = _lone_stamps(lines)
    labelled, speakers, told, skipped, by_colon = _labels(lines, given, stamps)
    notes += [*more, *told]
    if not speakers:
        timed = sum(_BEGINS_WITH_TIME.match(line[:40]) is not None for line in lines)
        if 2 * timed > sum(1 for line in lines if line.strip()):
            raise TranscriptError(
                "its lines have times and name no speakers.",
                "Export the transcript with speakers, or transcribe again with speaker recognition (diarisation).",
                file=file,
            )
        raise TranscriptError(
            "no line begins with a speaker.",
            "Begin each turn with its speaker and a colon, such as 'Worker: …' and 'Client: …'; "
            "turns told apart by blank lines alone do not say who speaks.",
            file=file,
        )
    labelled, alike, told = _called_alike(labelled, speakers)
    notes += told
    speakers = frozenset(found.label for found in labelled if found and found.label in speakers)
    about, roles = _who_takes_part(labelled, speakers)
    roles = alike | roles
    if about:
        message = "lines that say who takes part were not read as talk."
        notes.append(Note("skipped", message, line=min(about) + 1, count=len(about)))
    labelled, told = _strays(lines, labelled, speakers, about | skipped)
    notes += told
    named = [found if found and found.label in speakers else None for found in labelled]
    after = afterwards(whole, max((n for n, found in enumerate(named) if found), default=len(lines)))
    if left := [n for n in after if n not in beside]:
        message = "what stands after the talk was left out."
        notes.append(Note("skipped", message, line=min(left) + 1, count=len(left)))
    if len(speakers) == 1:
        _refuse_one_speaker(next(iter(speakers)), lines, labelled, file)
    blocks, above = _blocks(lines, named, stamps, about | skipped | after)
    if by_colon:  # in a chat every message has its head, and labels within it are quoted
        blocks, told = _split_within(blocks, speakers)
        notes += told
    if above:
        message = "lines before the first speaker were left out."
        notes.append(Note("skipped", message, line=above[0] + 1, count=len(above)))
    notes += _unheaded(lines, blocks)
    odd = [n + 1 for block in blocks for n in block.lines if labelled[n]]
    if odd:
        message = f"lines with a colon were read as speech going on, not as a new speaker ({_listed(odd)})."
        notes.append(Note("guessed", message, line=odd[0], count=len(odd)))
    rows, clocked = on_one_clock(_rows(blocks, roles))
    return Reading(rows, notes + clocked)


def _called_alike(
    labelled: Sequence[Labelled | None], speakers: frozenset[str]
) -> tuple[list[Labelled | None], dict[str, str], list[Note]]:
    """Give first turns under a fuller name ("Ngozi Adeyemi", then "NA") to who is called shortly afterwards, role and all."""
    times = Counter(fold(found.label) for found in labelled if found)
    begins: dict[str, int] = {}
    for n, found in enumerate(labelled):
        if found and found.label in speakers:
            begins.setdefault(found.label, n)
    called: dict[str, list[str]] = defaultdict(list)
    for label in begins:
        called[fold(label)].append(label)
    made, roles, mended = list(labelled), {}, []
    for n, found in enumerate(labelled):
        if not found or not found.rest or times[fold(found.label)] > 1:
            continue
        if role_of_label(found.label) is None and not reads_like_label(found.label):
            continue
        if len(found.label.split()) < 2 or _names_somebody(found.rest, surely=False):
            continue
        ways = [way for way in _ways_to_call(found.label) if len(way) > 1]
        short = [s for way in ways for s in called.get(way, ()) if begins[s] > n and s != found.label]
        if len(set(short)) == 1 and not is_metadata(found.label) and role_of_label(short[0]) is None:
            made[n] = Labelled(short[0], found.rest, found.start_s)
            mended.append(n + 1)
            if role_of_label(found.label):
                roles[short[0]] = found.label
    if not mended:
        return made, {}, []
    message = f"first turns under a fuller name were given to who is called shortly afterwards ({_listed(mended)})."
    return made, roles, [Note("guessed", message, line=mended[0], count=len(mended))]


def _strays(
    lines: Sequence[str], labelled: Sequence[Labelled | None], speakers: frozenset[str], passed: frozenset[int]
) -> tuple[list[Labelled | None], list[Note]]:
    """Find turns of known speakers that begin with another sign than the others, and lines that look like such turns."""
    known = {fold(label): label for label in speakers}
    found = list(labelled)
    mended, suspect = [], []
    for n, line in enumerate(lines):
        if labelled[n] or n in passed:
            continue
        match = _STRAY.match(line[:400])
        label = known.get(fold(match["label"])) if match else None
        if match and label is not None and (role_of_label(label) or n == 0 or _AT_AN_END.search(lines[n - 1][-10:])):
            found[n] = Labelled(label, line[match.start("rest") :].strip(), None)
            mended.append(n + 1)
        elif (match := _BARE.match(line[:80])) and role_of_label(match["label"]) and fold(match["label"]) in known:
            suspect.append(n + 1)
    notes = []
    if mended:
        message = (
            f"lines that begin with a speaker and another sign than a colon were read as turns ({_listed(mended)})."
        )
        notes.append(Note("guessed", message, line=mended[0], count=len(mended)))
    if suspect:
        message = (
            f"lines begin with a speaker's label without a sign after it, and were read as speech ({_listed(suspect)})."
        )
        notes.append(Note("suspect", message, line=suspect[0], count=len(suspect)))
    return found, notes


def _listed(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
    return f"line{'s'[: len(lines) != 1]} {shown}"


def _refuse_one_speaker(
    speaker: str, lines: Sequence[str], labelled: Sequence[Labelled | None], file: str | None
) -> None:
    """Say where the other speaker may be hidden: in the middle of lines, or behind a word that opens sentences too."""
    for n, line in enumerate(lines):
        if any(role_of_label(match["label"]) for match in _INLINE.finditer(line[:20_000])):
            raise TranscriptError(
                f"only one speaker heads a line ({shown([speaker])}), and labels stand within this one.",
                "Begin each turn on a line of its own.",
                file=file,
                line=n + 1,
            )
    others = Counter(found.label for found in labelled if found and found.label != speaker)
    label, times = next(iter(others.most_common(1)), ("", 0))
    if times >= _SEVERAL and not is_metadata(label):
        first = next(n for n, found in enumerate(labelled, 1) if found and found.label == label)
        raise TranscriptError(
            f"only one speaker is found ({shown([speaker])}); {times} lines that begin with {label!r} were read as speech.",
            f"If that is the other speaker, name both, as in worker={shown([speaker])}, client={label!r} (--worker, --client).",
            file=file,
            line=first,
        )


@dataclass(slots=True)
class _Block:
    """A speaker's line and those that go on with it."""

    label: str
    start_s: float | None
    parts: list[str]
    lines: list[int]
    """Positions of the lines that go on."""

    first: int = -1
    """Position of the line it begins in."""

    @property
    def is_open(self) -> bool:
        return self.start_s is None and not any(self.parts)


def _blocks(
    lines: Sequence[str], labelled: Sequence[Labelled | None], stamps: Mapping[int, float], passed: frozenset[int]
) -> tuple[list[_Block], list[int]]:
    """Give every line to its speaker, and a line of a time alone to the turn it heads; return lines above the first too."""
    blocks: list[_Block] = []
    above: list[int] = []
    headed = _heads_a_turn(lines, labelled, stamps)
    waiting: float | None = None
    for n, (line, found) in enumerate(zip(lines, labelled, strict=True)):
        if not line.strip() or n in passed:
            continue
        if found:
            start_s = waiting if found.start_s is None else found.start_s
            blocks.append(_Block(found.label, start_s, [found.rest], [], n))
            waiting = None
        elif n in headed:
            waiting = stamps[n]
        elif not blocks:
            above.append(n)
        elif n in stamps and blocks[-1].is_open:
            blocks[-1].start_s = stamps[n]
        else:
            blocks[-1].parts.append(line.strip())
            blocks[-1].lines.append(n)
    return blocks, above


def _unheaded(lines: Sequence[str], blocks: Sequence[_Block]) -> list[Note]:
    """Note paragraphs that name nobody, where speakers are named at first alone: turns of the other side may be among them."""
    heads = Counter(fold(block.label) for block in blocks)
    paragraphs = [
        n + 1 for block in blocks if block.start_s is None for n in block.lines if n and not lines[n - 1].strip()
    ]
    if len(paragraphs) < _MANY_PARAGRAPHS or len(paragraphs) <= len(blocks) or max(heads.values()) > 1:
        return []
    message = (
        f"only the first turns name a speaker: paragraphs after them were read as going on ({_listed(paragraphs)}). "
        "If they are turns, put the speaker before each."
    )
    return [Note("suspect", message, line=paragraphs[0], count=len(paragraphs))]


def _split_within(blocks: Sequence[_Block], speakers: frozenset[str]) -> tuple[list[_Block], list[Note]]:
    """Cut blocks where a known speaker's label and a colon follow the end of a sentence, if they often do; else note it."""
    known = {fold(label): label for label in speakers}
    if not any(":" in part and _INLINE.search(part) for block in blocks for part in block.parts):
        return list(blocks), []
    made: list[_Block] = []
    within: list[int] = []
    for block in blocks:
        current = _Block(block.label, block.start_s, [], [], block.first)
        made.append(current)
        for part, n in zip(block.parts, [block.first, *block.lines], strict=True):
            at = 0
            for match in _INLINE.finditer(part):
                label = known.get(fold(match["label"]))
                if label is None:
                    continue
                current.parts.append(part[at : match.start("label")].strip())
                current = _Block(label, None, [], [], n)
                made.append(current)
                at = match.end()
                within.append(n + 1)
            current.parts.append(part[at:].strip())
            if n != block.first:
                current.lines.append(n)
    if not within:
        return list(blocks), []
    places = _listed(list(dict.fromkeys(within)))
    if len(within) < _OFTEN:
        message = (
            f"a speaker's label stands within a line and was read as speech; begin each turn on a line ({places})."
        )
        return list(blocks), [Note("suspect", message, line=within[0], count=len(within))]
    message = f"turns that begin in the middle of a line were cut there ({places})."
    return made, [Note("guessed", message, line=within[0], count=len(within))]


def _heads_a_turn(
    lines: Sequence[str], labelled: Sequence[Labelled | None], stamps: Mapping[int, float]
) -> frozenset[int]:
    """Return the lines of a time alone after which a speaker without a time begins."""
    headed: set[int] = set()
    after: Labelled | None = None
    for n in range(len(lines) - 1, -1, -1):
        if n in stamps and after is not None and after.start_s is None:
            headed.add(n)
        if lines[n].strip():
            after = labelled[n]
    return frozenset(headed)


def _lone_stamps(lines: Sequence[str]) -> dict[int, float]:
    """Find lines that hold a time and nothing else; a single ``10:30`` may be an answer."""
    found = {n: match for n, line in enumerate(lines) if (match := _LONE_STAMP.match(line[:60])) and len(line) <= 60}
    if len(found) == 1 and all(m["mark"] is None and m["time"].count(":") < 2 for m in found.values()):
        return {}
    return {n: seconds(match["time"]) or 0.0 for n, match in found.items()}


def _rows(blocks: Sequence[_Block], roles: Mapping[str, str]) -> list[Row]:
    """Make rows; where most of them end with a time, as f4 and easytranscript write, it is their end."""
    texts = [" ".join(filter(None, block.parts)) for block in blocks]
    closing = [_CLOSING_STAMP.search(text[-40:]) for text in texts]
    closed = sum(map(bool, closing))
    believed = closed >= _ENOUGH_CLOSING and 2 * closed >= len(blocks)
    rows = []
    for i, (block, text, match) in enumerate(zip(blocks, texts, closing, strict=True)):
        end_s = None
        if believed and match:
            text = text[: len(text) - len(match[0])]
            end_s = seconds(match["time"])
            if block.start_s is not None and end_s is not None and end_s < block.start_s:
                end_s = None
        rows.append(Row(i, block.label, text, block.start_s, end_s, roles.get(block.label, "")))
    return rows


def _who_takes_part(
    labelled: Sequence[Labelled | None], speakers: frozenset[str]
) -> tuple[frozenset[int], dict[str, str]]:
    """Find lines such as ``Interviewer: Jo Park (JP)`` above the talk, and whose role they tell."""
    times = Counter(fold(found.label) for found in labelled if found and found.label in speakers)
    about: dict[int, Labelled] = {}
    for n, found in enumerate(labelled):
        if found and found.label in speakers:
            once = times[fold(found.label)] == 1
            if (
                len(about) == _MOST_TAKE_PART
                or role_of_label(found.label) is None
                or not _names_somebody(found.rest, surely=not once)
            ):
                break
            about[n] = found
    talking = {found.label for n, found in enumerate(labelled) if found and found.label in speakers and n not in about}
    if len({fold(label) for label in talking}) < 2:
        return frozenset(), {}
    called = [(found.label, _ways_to_call(found.rest)) for found in about.values()]
    roles = {}
    for speaker in talking:
        told = {label for label, ways in called if fold(speaker) in ways}
        if len(told) == 1:
            roles[speaker] = told.pop()
    return frozenset(about), roles


def _names_somebody(rest: str, *, surely: bool) -> bool:
    words = [word.strip("()[],;&/") for word in rest.split()]
    named = [word for word in words if word]
    if not 1 <= len(words) <= _MOST_WORDS_OF_A_NAME or not named or rest[-1] in "?!":
        return False
    if surely and not re.search(r"\d|[(\[]", rest):
        return False
    return all(
        (word[0].isupper() or any(map(str.isdigit, word))) and not (word[-1] in ".?!" and len(word) > 3)
        for word in named
    )


def _ways_to_call(name: str) -> frozenset[str]:
    """Return the whole name, each of its words, what stands in brackets, and the initials."""
    words = [word.strip("()[],;&/.") for word in re.sub(r"[(\[][^()\[\]]*[)\]]", " ", name).split()]
    inside = re.findall(r"[(\[]([^()\[\]]+)[)\]]", name)
    ways = [" ".join(words), *words, *inside, "".join(word[:1] for word in words)]
    return frozenset(fold(way) for way in ways if way)


def _labels(
    lines: Sequence[str], given: Iterable[str], stamps: Mapping[int, float]
) -> tuple[list[Labelled | None], frozenset[str], list[Note], frozenset[int], bool]:
    """Find who is named in which line: in a chat, Q. and A., before a colon, in headings with a time, or set apart otherwise.

    The last value tells whether before a colon.
    """
    with_colon = [split_label(line) for line in lines]
    chat = chat_lines(lines)
    if chat is not None:
        labelled, notes, skipped = chat
        beside = sum(bool(found) and not sent for found, sent in zip(with_colon, labelled, strict=True))
        if sum(map(bool, labelled)) >= beside:  # else messages are only quoted
            return labelled, _named(labelled), notes, skipped, False
    answered = [_answered(line) for line in lines]
    if _people(answered) > 1 and sum(map(bool, answered)) > sum(map(bool, with_colon)):
        return answered, frozenset("QA"), [], frozenset(), False
    speakers = speakers_among(Counter(found.label for found in with_colon if found), given)
    speakers |= _named_once(lines, with_colon, speakers)
    few = len({fold(label) for label in speakers}) < 2
    if few:
        headings = [split_heading(line) for line in lines]
        if _people(headings) > 1:
            return headings, _named(headings), [], frozenset(), False
    headed = sum(found is not None and found.label in speakers for found in with_colon)
    if few or headed < _SHARE_WITH_COLON * sum(1 for line in lines if line.strip()):
        apart = labels_apart(["" if n in stamps else line for n, line in enumerate(lines)])
        if apart is not None and (few or sum(map(bool, apart[0])) > headed):
            note = Note("guessed", f"no colon sets the speakers apart from their words: they were told by {apart[1]}.")
            return apart[0], _named(apart[0]), [note], frozenset(), False
    return with_colon, speakers, [], frozenset(), True


def _named(labelled: Iterable[Labelled | None]) -> frozenset[str]:
    return frozenset(found.label for found in labelled if found)


def _named_once(lines: Sequence[str], labelled: Sequence[Labelled | None], speakers: frozenset[str]) -> frozenset[str]:
    """Return labels that stand once and look like names, where no line goes on with the one above: somebody looks in."""
    first = next((n for n, found in enumerate(labelled) if found and found.label in speakers), len(lines))
    filled = [found for line, found in zip(lines[first:], labelled[first:], strict=True) if line.strip()]
    talk = [found for found in filled if found is not None]
    if len(talk) < max(_ENOUGH_LABELLED, len(filled)):
        return frozenset()
    once = {found.label for found in talk if found.label not in speakers}
    return frozenset(s for s in once if reads_like_label(s) and all(word[0].isupper() for word in s.split()))


def _people(labelled: Iterable[Labelled | None]) -> int:
    return len({fold(found.label) for found in labelled if found})


def _answered(line: str) -> Labelled | None:
    """Read ``Q. …`` and ``A. …``, as in the record of a hearing."""
    match = _ANSWERED.match(line[:200])
    return Labelled(match["label"], line[match.end() :].strip(), None) if match else None


def _own_rows(lines: Sequence[str], header: Header, file: str | None) -> list[Row]:
    """Read what reflectkit wrote: a turn a line, line breaks kept by two blanks before the next line."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for number, line in enumerate(lines, 2):
        match = None if line.startswith(INDENT) else _OWN_ROW.match(line)
        if match is not None:
            found.append((match, [match["text"]]))
        elif line.startswith(INDENT) and found:
            found[-1][1].append(line.removeprefix(INDENT))
        elif line:
            raise TranscriptError(
                "a line that is neither a turn nor goes on with one.",
                "Begin it with 'Name: ' or with two blanks; or take the first line out, to have the file read as any text.",
                file=file,
                line=number,
            )
    rows = []
    for n, (match, parts) in enumerate(found):
        speaker = unescape(match["label"])
        start_s, end_s = (stamp(match[key]) if match[key] else None for key in ("start", "end"))
        rows.append(Row(n, speaker, "\n".join(parts), start_s, end_s, header.role_of(speaker)))
    return rows
