"""The same captions as webvtt-py and pysubs2 find, in files of their own test suites and of other tools.

The files are other people's and not part of this repository: `REFLECTKIT_FORMATS` names the folder that holds them in
`vtt` and `srt`. Where it is absent these tests are skipped, and say so.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest

from conftest import ROOT
from reflectkit import TranscriptError
from reflectkit.read.cues import clean, stamp, timed_cues, vtt_cues
from reflectkit.read.decoding import decode

FORMATS = Path(os.environ.get("REFLECTKIT_FORMATS", ROOT.parent / "shared" / "formats"))
FILES = sorted([*FORMATS.glob("vtt/*"), *FORMATS.glob("srt/*")])
pytestmark = pytest.mark.skipif(not FILES, reason=f"no caption files in {FORMATS} (set REFLECTKIT_FORMATS)")

REFUSED = {
    "webvttpy_empty.vtt": "nothing in it",
    "webvttpy_invalid.vtt": "not WEBVTT",
    **dict.fromkeys(["wpt_nulls.vtt", "wpt_text.vtt", "wpt_timestamps.vtt"], "NUL"),
    **dict.fromkeys(
        [f"webvttpy_invalid_format{n}.srt" for n in ("1", "2", "3")]
        + [f"webvttpy_missing_timeframe.{suffix}" for suffix in ("srt", "vtt", "sbv")]
        + ["webvttpy_invalid_format.sbv", "wpt_timings-too-short.vtt"],
        "without times",
    ),
}
"""What is refused rather than read with words missing."""

THEIR_WAY = {
    ("webvtt", "pysrt_capability_tester.srt"): "takes '<6 … >' in the words for a tag",
    ("webvtt", "pysrt_invalid.srt"): "wants fractions of seconds",
    ("webvtt", "wpt_arrows.vtt"): "leaves arrows in the words out",
    ("pysubs2", "pysrt_invalid.srt"): "wants fractions of seconds",
    ("pysubs2", "pysrt_windows-1252_head.srt"): "takes times that are cut off for words",
    ("pysubs2", "webvttpy_comments.vtt"): "takes a comment for words",
    ("pysubs2", "webvttpy_invalid_timeframe.vtt"): "takes broken times for words",
    ("pysubs2", "webvttpy_using_identifiers.vtt"): "takes an identifier for words",
    ("pysubs2", "wpt_arrows.vtt"): "takes broken times for words",
    ("pysubs2", "wpt_ids.vtt"): "takes an identifier for words",
    ("pysubs2", "wpt_newlines.vtt"): "takes an identifier for words",
}
"""Where another library reads otherwise, and how."""


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^<>]*>|\{[^{}]*\}", "", html.unescape(text)).split())


def spoken(cues):
    """Captions with words and times, those that end before they start left out."""
    return [
        (start, end, plain(text)) for start, end, text in cues if start is not None and end >= start and plain(text)
    ]


def ours(path: Path):
    text, _ = decode(path.read_bytes(), file=path.name)
    cues = vtt_cues(text, None)[0] if path.suffix == ".vtt" else timed_cues(text, None, comma=path.suffix == ".sbv")
    return [(cue.start_s, cue.end_s, clean(cue.payload)) for cue in cues]


def webvtt(path: Path):
    import webvtt as library

    read = {".vtt": library.read, ".srt": library.from_srt, ".sbv": library.from_sbv}[path.suffix]
    try:
        captions = read(str(path))
    except (library.errors.MalformedFileError, library.errors.MalformedCaptionError, UnicodeDecodeError):
        return None
    return [(stamp(caption.start), stamp(caption.end), caption.text) for caption in captions]


def pysubs2(path: Path):
    import pysubs2 as library

    if path.suffix == ".sbv":
        return None
    text, _ = decode(path.read_bytes(), file=path.name)
    events = library.SSAFile.from_string(text, format_=path.suffix[1:])
    return [(event.start / 1000, event.end / 1000, event.plaintext) for event in events]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_same_captions_same_times_same_words(path):
    if path.name in REFUSED:
        with pytest.raises(TranscriptError, match=REFUSED[path.name]):
            ours(path)
        return
    found = spoken(ours(path))
    for library in (webvtt, pysubs2):
        theirs = library(path)
        if theirs is not None:
            same = spoken(theirs) == found
            assert same != ((library.__name__, path.name) in THEIR_WAY), library.__name__
