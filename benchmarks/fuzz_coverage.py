"""Break transcripts where that reaches new code: coverage-guided fuzzing with atheris, which is installed apart.

``pip install atheris``, then ``python benchmarks/fuzz_coverage.py -runs=200000`` (libFuzzer's options; a folder may be given to keep
what it finds). Each file must be read, or refused with one `TranscriptError`;
anything else ends the run with its trace. The first two bytes choose the format, found from the content or given, and the file's name.
"""

from __future__ import annotations

import sys
import warnings

import atheris

with atheris.instrument_imports(include=["reflectkit"]):
    from fuzz_readers import is_known, read

    from reflectkit.read.formats import NAMES

FORMATS = ("", *filter(is_known, NAMES))
SUFFIXES = (".txt", ".csv", ".json", ".vtt", ".srt", ".eaf", ".docx", ".xlsx")


def one(data: bytes) -> None:
    """Read one file, by its content or as a format that is named; its offsets must be true."""
    if len(data) < 2:
        return
    options: dict[str, object] = {"worker": "1"} if data[1] & 8 else {}
    if name := FORMATS[data[0] % len(FORMATS)]:
        options["format"] = name
    read(data[2:], "session" + SUFFIXES[data[1] % 8], options)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
