"""Read many broken files: each must be read, or refused with one `TranscriptError`, in bounded time.

``python benchmarks/fuzz_readers.py --examples 200000 --seed 1`` makes that many files of every format from small valid
ones, broken in structure (lines and tokens deleted, doubled, spliced, nested, made long), in characters (numbers,
Unicode, line ends, encodings) and in bytes. With ``--folder`` (or the environment variable ``REFLECTKIT_FORMATS``) the files of
that folder are broken as well. Files live in memory only. What is printed holds no word of any file: exceptions are told
by type, place in the code, and the number that makes the file again (``make("csv", seed, number)``).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from reflectkit import TranscriptError, TranscriptWarning, read_transcript

CHUNK = 500
"""Files a worker process makes and reads in one go."""

SAID = (
    "You look worn out today.", "I hardly slept.", "What was the night like?", "Long, and then the boiler went: bang.",
    "So you sat there, in the cold?", 'She said "go", so I went.', "[laughs] Mm.", "It's 10:30 - time's up; more next week?",
)  # fmt: skip
PEOPLE = (("Worker", "Client"), ("Ngozi A.", "Sam"), ("PSW", "P1"), ("S1", "S2"))
TOKENS = (
    "-->", "WEBVTT", "<v ", "</v>", "<v.loud A>", "NOTE", "STYLE", "00:00:01.000", "99:99:99,999", "1:2:3", ":", "::", '"', '""', "'",
    ",", ";", "\t", "|", "{", "}", "[", "]", "[[", "{}", "null", "true", "NaN", "Infinity", "-1", "1e999", "1e-999", "0x1f", "9" * 30,
    "9" * 400, "9" * 5000,
    "0" * 40, "٣", "½", "²", "speaker", "text", "role", "start", "sep=;", "=1+1", "@SUM(A1)", "&#0;", "&amp;", "&lt;v&gt;",
    "\\ud800", "\\u0000", "\\", "//", "http://x.y", "\0", "\x1a", "\x1b[0m", "\u202e", "\u2066", "\u200d", "\ufeff", "e\u0301\u0301",
    "\U0001f9d1\u200d\U0001f680", "\ud7ff", "\u2028", "\x85", "\xa0", "ß", "İ", "ﬃ", "[inaudible 00:05:02]", "[NAME]", "(", ")", "*", "**",
    "***", "_", "#1", "1.", "(1)", "Speaker 1  0:03", "Worker:", "Client (00:01):", "%mor:", "@Begin", "*INV:\t", "<!DOCTYPE x>",
)  # fmt: skip
NEWLINES = ("\n", "\r\n", "\r", "\n\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\n\t\n", "\n \n")
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-7", "gb18030")
ENDINGS = {
    "text": ".txt", "csv": ".csv", "tsv": ".tsv", "json": ".json", "jsonl": ".jsonl", "vtt": ".vtt", "srt": ".srt", "sbv": ".sbv",
    "cha": ".cha", "eaf": ".eaf", "annomi": ".csv", "convokit": ".jsonl", "docx": ".docx", "xlsx": ".xlsx", "odt": ".odt", "ods": ".ods",
}  # fmt: skip


def _stamp(seconds: int, comma: bool = False) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}{',' if comma else '.'}500"


Lines = list[tuple[str, str, int]]


def _vtt(lines: Lines) -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"{_stamp(t)} --> {_stamp(t + 2)}\n<v {s}>{x}</v>" for s, x, t in lines)


def _zoom(lines: Lines) -> str:
    return "WEBVTT\n\n" + "\n\n".join(
        f"{i}\n{_stamp(t)} --> {_stamp(t + 2)}\n{s}: {x}" for i, (s, x, t) in enumerate(lines, 1)
    )


def _srt(lines: Lines) -> str:
    return "\n\n".join(
        f"{i}\n{_stamp(t, True)} --> {_stamp(t + 2, True)}\n{s}: {x}" for i, (s, x, t) in enumerate(lines, 1)
    )


def _table(delimiter: str, header: str = "speaker{0}text{0}start") -> Callable[[Lines], str]:
    def make(lines: Lines) -> str:
        quoted = ('"' + x.replace('"', '""') + '"' for _, x, _ in lines)
        rows = (delimiter.join((s, x, str(t))) for (s, _, t), x in zip(lines, quoted, strict=True))
        return "\n".join((header.format(delimiter), *rows))

    return make


def _words(lines: Lines) -> Iterator[tuple[int, str, float, float]]:
    """Yield speaker number, word, start and end, as speech recognisers give them."""
    for i, (_, x, t) in enumerate(lines):
        for j, word in enumerate(x.split()):
            yield i % 2, word, t + j / 10, t + j / 10 + 0.09


def _aws(lines: Lines) -> object:
    items = [
        {"start_time": str(a), "end_time": str(b), "type": "pronunciation", "speaker_label": f"spk_{n}", "alternatives": [{"content": w}]}
        for n, w, a, b in _words(lines)
    ]  # fmt: skip
    return {"jobName": "j", "results": {"items": items, "speaker_labels": {"segments": [], "speakers": 2}}}


def _deepgram(lines: Lines) -> object:
    said = [{"start": t, "end": t + 2, "speaker": i % 2, "transcript": x} for i, (_, x, t) in enumerate(lines)]
    words = [{"word": w, "start": a, "end": b, "speaker": n} for n, w, a, b in _words(lines)]
    return {"metadata": {}, "results": {"utterances": said, "channels": [{"alternatives": [{"words": words}]}]}}


def _azure(lines: Lines) -> object:
    return {
        "recognizedPhrases": [
            {"speaker": i % 2, "offset": f"PT{t}.5S", "duration": "PT2S", "nBest": [{"display": x}]}
            for i, (_, x, t) in enumerate(lines)
        ]
    }


def _google(lines: Lines) -> object:
    words = [{"word": w, "startTime": f"{a}s", "endTime": f"{b}s", "speakerTag": n + 1} for n, w, a, b in _words(lines)]
    return {"results": [{"alternatives": [{"transcript": "", "words": words}]}]}


def _dumped(make: Callable[[Lines], object]) -> Callable[[Lines], str]:
    return lambda lines: json.dumps(make(lines), ensure_ascii=False)


def _eaf(lines: Lines) -> str:
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="ts{i}" TIME_VALUE="{i * 900}"/>' for i in range(2 * len(lines)))
    tiers = "".join(
        f'<TIER TIER_ID="{s}" PARTICIPANT="{s}" LINGUISTIC_TYPE_REF="d"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" '
        f'TIME_SLOT_REF1="ts{2 * i}" TIME_SLOT_REF2="ts{2 * i + 1}"><ANNOTATION_VALUE>{x}</ANNOTATION_VALUE>'
        "</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
        for i, (s, x, _) in enumerate(lines)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>'


SKELETONS: dict[str, tuple[Callable[[Lines], str], ...]] = {
    "text": (
        lambda lines: "\n".join(f"{s}: {x}" for s, x, _ in lines),
        lambda lines: "\n".join(f"{i}. [00:{t:02}] {s}: {x}" for i, (s, x, t) in enumerate(lines)),
        lambda lines: "\n".join(f"{s}  0:{t:02}\n{x}\n" for s, x, t in lines),
        lambda lines: "Date: 3 May\n\n" + "\n".join(f"**{s}:** {x}\n  and so on" for s, x, _ in lines),
        lambda lines: "\n".join(f"{s} (00:{t:02}): {x}" for s, x, t in lines),
        lambda lines: "\n".join(f"[00:{t:02}] [{s}]: {x}" for s, x, t in lines),
        lambda lines: "\n".join(f"{s}: {x} #00:00:{t:02}-5#" for s, x, t in lines),
        lambda lines: "\n".join(f"{s} - {x}" for s, x, _ in lines * 2),
        lambda lines: "\n\n".join(f"{s}\n00:{t:02}\n{x}" for s, x, t in lines * 2),
        lambda lines: "\n".join(f"{n} {x}" for n, x in enumerate("\n".join(f"{s}: {x}\nso" for s, x, _ in lines).split("\n"), 1)),
        lambda lines: f"Worker: {lines[0][0]} (W)\n----\n" + "\n".join(f"{s}: {x}" for s, x, _ in lines) + "\nPage 1 of 1\nEND OF TAPE",
        lambda lines: "\n".join(f"[21/03/2024, 10:02:{t:02}] {s}: {x}" for s, x, t in lines),
        lambda lines: "\n".join(f"{s}  [2:{t:02} PM]\n{x}" for s, x, t in lines),
    ),
    "csv": (_table(","), _table(";"), _table(",", "role{0}Utterance{0}timestamp")),
    "tsv": (_table("\t"), _table("\t", "interlocutor{0}utterance_text{0}t")),
    "json": (
        _dumped(lambda lines: [{"speaker": s, "text": x, "start": t} for s, x, t in lines]),
        _dumped(lambda lines: {"id": "s1", "messages": [{"from": {"name": s}, "body": x} for s, x, _ in lines]}),
        _dumped(lambda lines: [[s, x] for s, x, _ in lines]),
        _dumped(lambda lines: {"transcript": "\n".join(f"{s}: {x}" for s, x, _ in lines)}),
    ),
    "jsonl": (
        lambda lines: "\n".join(json.dumps({"role": s, "content": x}) for s, x, _ in lines),
        lambda lines: "\n".join(json.dumps([s, x]) for s, x, _ in lines),
    ),
    "vtt": (_vtt, _zoom),
    "srt": (_srt,),
    "sbv": (lambda lines: "\n\n".join(f"0{_stamp(t)[1:]},0{_stamp(t + 2)[1:]}\n{s}: {x}" for s, x, t in lines),),
    "whisper": (
        _dumped(lambda lines: {"language": "en", "segments": [{"start": t, "end": t + 2, "text": x, "speaker": s} for s, x, t in lines]}),
    ),
    "aws": (_dumped(_aws),),
    "deepgram": (_dumped(_deepgram),),
    "assemblyai": (
        _dumped(lambda lines: {"utterances": [{"start": t * 1000, "end": t * 1000 + 9, "text": x, "speaker": s[0]} for s, x, t in lines]}),
    ),
    "azure": (_dumped(_azure),),
    "google": (_dumped(_google),),
    "revai": (
        _dumped(lambda lines: {"monologues": [{"speaker": i % 2, "elements": [{"type": "text", "value": x, "ts": t, "end_ts": t + 2}]}
                                              for i, (_, x, t) in enumerate(lines)]}),
    ),
    "speechmatics": (
        _dumped(lambda lines: {"format": "2.9", "results": [
            {"type": "word", "start_time": t, "end_time": t + 2, "alternatives": [{"content": x, "speaker": f"S{i % 2 + 1}"}]}
            for i, (_, x, t) in enumerate(lines)]}),
    ),
    "elevenlabs": (
        _dumped(lambda lines: {"language_code": "en", "words": [
            {"text": x, "type": "word", "start": t, "end": t + 2, "speaker_id": f"speaker_{i % 2}"} for i, (_, x, t) in enumerate(lines)]}),
    ),
    "cha": (
        lambda lines: "@UTF8\n@Begin\n@Participants:\tINV A Investigator, PAR B Participant\n"
        + "\n".join(f"*{'PAR' if i % 2 else 'INV'}:\t{x} \x15{t}000_{t + 2}000\x15\n%com:\tx" for i, (_, x, t) in enumerate(lines))
        + "\n@End\n",
    ),
    "eaf": (_eaf,),
    "annomi": (
        lambda lines: "transcript_id,utterance_id,interlocutor,timestamp,utterance_text,annotator_id\n"
        + "\n".join(f'0,{i // 2},{"client" if i // 2 % 2 else "therapist"},00:00:{t:02},"{x.replace(chr(34), chr(39))}",{i % 2}'
                    for i, (_, x, t) in enumerate(lines * 2)),
    ),
    "esconv": (
        _dumped(lambda lines: [{"emotion_type": "x", "dialog": [{"speaker": "supporter" if i % 2 else "seeker", "content": x}
                                                                 for i, (_, x, _) in enumerate(lines)]}]),
    ),
    "convokit": (
        lambda lines: "\n".join(json.dumps({"id": str(i), "conversation_id": "0", "speaker": s, "text": x, "timestamp": t, "meta": {}})
                                for i, (s, x, t) in enumerate(lines)),
    ),
}  # fmt: skip

_DOCX = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
_BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/{}" ContentType="{}"/></Types>'
)


def _docx_parts(lines: Lines) -> dict[str, str]:
    paragraphs = "".join(f"<w:p><w:r><w:t>{s}: {x}</w:t><w:br/></w:r></w:p>" for s, x, _ in lines)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return {
        "[Content_Types].xml": _TYPES.format("word/document.xml", main),
        "_rels/.rels": _RELATIONS.format("officeDocument", "word/document.xml"),
        "word/document.xml": _DOCX.format(paragraphs),
    }


def _xlsx_parts(lines: Lines) -> dict[str, str]:
    def row(n: int, cells: Iterable[str]) -> str:
        inside = "".join(
            f'<c r="C{n}"><v>{c}</v></c>'
            if c.isdigit()
            else f'<c r="{"ABC"[i]}{n}" t="inlineStr"><is><t>{c}</t></is></c>'
            for i, c in enumerate(cells)
        )
        return f'<row r="{n}">{inside}</row>'

    rows = row(1, ("speaker", "text", "start")) + "".join(
        row(n, (s, x, str(t))) for n, (s, x, t) in enumerate(lines, 2)
    )
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return {
        "[Content_Types].xml": _TYPES.format("xl/workbook.xml", main),
        "_rels/.rels": _RELATIONS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": _SHEET.format(rows),
    }


_ODF = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
    "<office:body><office:{0}>{1}</office:{0}></office:body></office:document-content>"
)


def _odt_parts(lines: Lines) -> dict[str, str]:
    paragraphs = "".join(
        f'<text:p>{s}:<text:tab/>{x}<text:s text:c="2"/>x<text:line-break/></text:p>' for s, x, _ in lines
    )
    return {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": _ODF.format("text", paragraphs)}


def _ods_parts(lines: Lines) -> dict[str, str]:
    def row(*cells: str) -> str:
        inside = "".join(
            f'<table:table-cell table:number-columns-repeated="1"><text:p>{c}</text:p></table:table-cell>'
            for c in cells
        )
        return f'<table:table-row table:number-rows-repeated="1">{inside}</table:table-row>'

    rows = row("speaker", "text", "start") + "".join(row(s, x, str(t)) for s, x, t in lines)
    table = f'<table:table table:name="S">{rows}</table:table>'
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "content.xml": _ODF.format("spreadsheet", table),
    }


ARCHIVES: dict[str, Callable[[Lines], dict[str, str]]] = {
    "docx": _docx_parts, "xlsx": _xlsx_parts, "odt": _odt_parts, "ods": _ods_parts,
}  # fmt: skip
BINARY = tuple(ARCHIVES)
MADE = (*SKELETONS, *BINARY)


def session(rng: random.Random) -> Lines:
    """Draw a few lines of a session: speaker, words, second."""
    people = rng.choice(PEOPLE)
    return [(people[i % 2], rng.choice(SAID), 3 * i) for i in range(rng.randint(2, 7))]


# How files are broken -------------------------------------------------------------------------------------------------


def _delete(rng: random.Random, text: str) -> str:
    a = rng.randrange(len(text) + 1)
    return text[:a] + text[a + rng.choice((1, 1, 3, 20, 200)) :]


def _double(rng: random.Random, text: str) -> str:
    a = rng.randrange(len(text) + 1)
    return text[: a + rng.choice((1, 8, 60))] + text[a:]


def _insert(rng: random.Random, text: str) -> str:
    a = rng.randrange(len(text) + 1)
    return text[:a] + rng.choice(TOKENS) + text[a:]


def _nest(rng: random.Random, text: str) -> str:
    a = rng.randrange(len(text) + 1)
    times = rng.choice((2, 5, 50, 500, 3000))
    return text[:a] + rng.choice((*TOKENS, *NEWLINES, " ", "a", "a ", "<c>", '{"a":', "\n1\n"))[:40] * times + text[a:]


def _lines(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 3:
        lines[i] = "".join(rng.sample(lines[i], len(lines[i])))
    else:
        rng.shuffle(lines)
    return "\n".join(lines)


def _splice(rng: random.Random, text: str) -> str:
    other = rng.choice(SKELETONS[rng.choice(list(SKELETONS))])(session(rng))
    a, b = rng.randrange(len(text) + 1), rng.randrange(len(other) + 1)
    return text[:a] + other[b:] if rng.random() < 0.5 else text[:a] + other[b : b + 80] + text[a:]


def _number(rng: random.Random, text: str) -> str:
    digits = [i for i, sign in enumerate(text) if sign.isdigit()]
    if not digits:
        return text
    a = rng.choice(digits)
    return (
        text[:a]
        + rng.choice(("9" * 25, "9" * 400, "-1", "1e400", "NaN", "٣", "²", "", "0.0.0", "1_0", "0x9", "60:99"))
        + text[a + 1 :]
    )


def _newline(rng: random.Random, text: str) -> str:
    sign = rng.choice(NEWLINES)
    return "".join(sign if c == "\n" and rng.random() < 0.5 else c for c in text)


def _unicode(rng: random.Random, text: str) -> str:
    a = rng.randrange(len(text) + 1)
    code = rng.choice((rng.randrange(0x20), rng.randrange(0x80, 0x3000), rng.randrange(0xE000, 0x110000)))
    return text[:a] + chr(code) * rng.choice((1, 1, 2, 30)) + text[a:]


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


WAYS = (_delete, _double, _insert, _insert, _nest, _lines, _lines, _splice, _number, _number, _newline, _unicode, _cut)


def break_text(rng: random.Random, text: str) -> str:
    """Break a text in one to four ways."""
    for _ in range(rng.choice((0, 1, 1, 2, 3, 4))):
        text = rng.choice(WAYS)(rng, text)
    return text


def break_bytes(rng: random.Random, data: bytes) -> bytes:
    """Break bytes in one to three ways."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        a = rng.randrange(len(data) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            data = data[:a] + rng.randbytes(rng.choice((1, 2, 4, 30))) + data[a + 1 :]
        elif kind == 1:
            data = data[:a] + data[a + rng.choice((1, 2, 50)) :]
        elif kind == 2:
            data = data[:a] + data[max(0, a - 40) :]
        else:
            data = data[:a]
    return data


def make(name: str, seed: int, number: int) -> tuple[bytes, str, dict[str, object]]:
    """Make a file: its bytes, its name, and how it is to be read."""
    rng = random.Random(f"{seed}:{name}:{number}")
    if name in ARCHIVES:
        data = _archive(rng, ARCHIVES[name](session(rng)))
    else:
        text = break_text(rng, rng.choice(SKELETONS[name])(session(rng)))
        data = _encoded(rng, text)
    if rng.random() < 0.3:
        data = break_bytes(rng, data)
    return data, *_options(rng, name)


def _encoded(rng: random.Random, text: str) -> bytes:
    encoding = rng.choice(ENCODINGS) if rng.random() < 0.15 else "utf-8"
    return text.encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass")


def _archive(rng: random.Random, parts: dict[str, str]) -> bytes:
    broken = rng.choice(list(parts))
    names = list(parts)
    if rng.random() < 0.1:
        rng.shuffle(names)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two parts of one name
        with zipfile.ZipFile(buffer, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for part in names:
                text = break_text(rng, parts[part]) if part == broken else parts[part]
                for _ in range(rng.choice((1, 1, 1, 1, 1, 1, 0, 2))):
                    archive.writestr(part if rng.random() < 0.98 else f"../{part}", text.encode("utf-8", "replace"))
    return buffer.getvalue()


def _options(rng: random.Random, name: str) -> tuple[str, dict[str, object]]:
    file = "a" + (ENDINGS.get(name, ".json") if rng.random() < 0.8 else rng.choice([*ENDINGS.values(), ""]))
    options: dict[str, object] = {}
    if rng.random() < 0.7:
        options["worker"] = rng.choice(("1", "1", "1", "1", "#2", "Worker", "*", "S?"))
    if rng.random() < 0.2 and is_known(name):
        options["format"] = name
    return file, options


@cache
def is_known(name: str) -> bool:
    """Tell whether ``format=`` takes a name."""
    try:
        read_transcript([], format=name)
    except TranscriptError as error:
        return not error.problem.startswith("there is no format")
    return True


# Reading them ---------------------------------------------------------------------------------------------------------


class TooSlowError(BaseException):
    """A file took longer than the limit; no reader can catch it by mistake."""


@dataclass
class Tally:
    """What became of the files of one format."""

    files: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    memory: float = 0.0
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add the files of another tally."""
        self.files += other.files
        self.read += other.read
        self.refused += other.refused
        self.slowest = max(self.slowest, other.slowest)
        self.memory = max(self.memory, other.memory)
        self.seconds += other.seconds
        self.wrong += other.wrong


def _ring(number: int, frame: object) -> None:
    raise TooSlowError


def read(data: bytes, file: str, options: dict[str, object]) -> bool:
    """Read a file; True if it was read, False if it was refused. Its offsets must be true."""
    handle = io.BytesIO(data)
    handle.name = file
    try:
        transcript = read_transcript(handle, **options)  # type: ignore[arg-type]
    except TranscriptError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            raise AssertionError("an error that is not one short line") from None
        return False
    for turn in transcript.turns:
        ends = [(p.start, p.end) for p in turn.pieces]
        if not turn.pieces or ends != sorted(ends) or ends[-1][1] != len(turn.text) or "\0" in turn.text:
            raise AssertionError("pieces that do not fit the turn")
    return True


def work(task: tuple[str, int, int, int, float, str]) -> Tally:
    """Make and read files of one format; runs in a worker process."""
    name, seed, first, count, limit, path = task
    tally = Tally()
    before = signal.signal(signal.SIGALRM, _ring)
    whole = Path(path).read_bytes() if path else b""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", TranscriptWarning)
        for number in range(first, first + count):
            data, file, options = _broken_copy(whole, name, seed, number) if path else make(name, seed, number)
            start = time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, limit)
            try:
                done = read(data, file, options)
                signal.setitimer(signal.ITIMER_REAL, 0)
                tally.read += done
                tally.refused += not done
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # every kind is counted
                signal.setitimer(signal.ITIMER_REAL, 0)
                at = traceback.extract_tb(error.__traceback__)[-1]
                digest = hashlib.sha256(data).hexdigest()[:12]
                tally.wrong[
                    f"{type(error).__name__} at {Path(at.filename).name}:{at.lineno}, {name} {number} ({digest})"
                ] += 1
            tally.slowest = max(tally.slowest, time.perf_counter() - start)
    signal.signal(signal.SIGALRM, before)
    tally.files, tally.seconds = count, time.perf_counter() - began
    tally.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return tally


def _broken_copy(whole: bytes, name: str, seed: int, number: int) -> tuple[bytes, str, dict[str, object]]:
    """Break a file of the folder, as text and as bytes."""
    rng = random.Random(f"{seed}:{name}:{number}")
    data = whole
    if len(whole) > 60_000:
        at = rng.randrange(len(whole) - 50_000)
        data = whole[at : at + 50_000] if rng.random() < 0.9 else whole
    if not whole.startswith(b"PK"):
        try:
            data = _encoded(rng, break_text(rng, data.decode()))
        except UnicodeDecodeError:
            data = break_bytes(rng, data)
    if rng.random() < 0.3 or whole.startswith(b"PK"):
        data = break_bytes(rng, data)
    options: dict[str, object] = {"worker": "1"} if rng.random() < 0.5 else {}
    return data, Path(name).name, options


def main() -> int:
    """Run the fuzzer, print a table a format, and return 1 if anything but a `TranscriptError` came up."""
    parser = argparse.ArgumentParser(description="Read many broken files and count what becomes of them.")
    parser.add_argument("--examples", type=int, default=2000, help="files of each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=5.0, help="seconds a file may take")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--formats", nargs="*", choices=MADE, help="all of them if not given")
    parser.add_argument(
        "--folder", default=os.environ.get("REFLECTKIT_FORMATS"), help="folder of files to break as well"
    )
    parser.add_argument(
        "--copies", type=int, help="broken copies of each file of the folder; a twentieth of --examples if not given"
    )
    options = parser.parse_args()
    chosen = options.formats or [name for name in MADE if is_known(name)]
    tasks = [
        (name, options.seed, first, min(CHUNK, options.examples - first), options.limit, "")
        for name in chosen
        for first in range(0, options.examples, CHUNK)
    ]
    if options.folder and not options.formats:
        copies = options.copies if options.copies is not None else options.examples // 20
        files = sorted(p for p in Path(options.folder).rglob("*") if p.is_file())
        tasks += [
            (str(p.relative_to(options.folder)), options.seed, first, min(CHUNK, copies - first), options.limit, str(p))
            for p in files
            for first in range(0, copies, CHUNK)
        ]
    tallies: dict[str, Tally] = {}
    with get_context("spawn").Pool(options.jobs, maxtasksperchild=40) as pool:
        waiting = [(task, pool.apply_async(work, (task,))) for task in tasks]
        for task, result in waiting:
            row = "files of the folder" if task[5] else task[0]
            tallies.setdefault(row, Tally()).add(result.get())
    print("| format | files | read | refused | other | slowest (s) | peak memory (MB) | files/s and process |")
    print("|---|---|---|---|---|---|---|---|")
    for name, t in tallies.items():
        print(
            f"| {name} | {t.files:,} | {t.read:,} | {t.refused:,} | {t.wrong.total()} | {t.slowest:.2f} | {t.memory:.0f} | "
            f"{t.files / t.seconds:,.0f} |"
        )
    for t in tallies.values():
        for what, n in t.wrong.most_common(20):
            print(f"{n} x {what}")
    return int(any(t.wrong for t in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
