"""Memory and time of reading a long session in every format that can be made here, and of writing it back.

``python benchmarks/read_memory.py [--rows 200000] [FORMAT …]`` prints one line a format: the file's size, turns, seconds of
computing (so that other work on the machine counts little) and the peak memory. Each is read by a process of its own, from
standard input, so that the figures hold the file's bytes and nothing of how it was made. Needs the ``test`` extra; ends in
1 if a format takes more than the limit.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

WORDS = "well so then maybe I you think sleep work home went back again never tired and left them with it".split()
LIMIT_MB = 500


def rows(n: int) -> Iterator[tuple[str, str, int]]:
    """Yield speaker, words and start in milliseconds: ten words a row, all rows different."""
    for i in range(n):
        said = " ".join(WORDS[(i * 7 + j * j) % len(WORDS)] for j in range(9))
        yield ("Worker", "Client")[i % 2], f"{said} {i}.", i * 4000


def clock(ms: int, sign: str = ".") -> str:
    """Write milliseconds as captions do."""
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{sign}{ms % 1000:03d}"


def as_text(n: int) -> bytes:
    return "\n".join(f"{s}: {t}" for s, t, _ in rows(n)).encode()


def as_headings(n: int) -> bytes:
    return "".join(f"{s}  {ms // 60_000}:{ms // 1000 % 60:02d}\n{t}\n\n" for s, t, ms in rows(n)).encode()


def as_csv(n: int) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([("speaker", "text", "start_ms"), *rows(n)])
    return out.getvalue().encode()


def as_json(n: int) -> bytes:
    return json.dumps([{"speaker": s, "text": t, "start": ms / 1000} for s, t, ms in rows(n)], indent=0).encode()


def as_jsonl(n: int) -> bytes:
    return "\n".join(json.dumps({"speaker": s, "text": t, "start": ms / 1000}) for s, t, ms in rows(n)).encode()


def as_convokit(n: int) -> bytes:
    records = ({"id": str(i), "conversation_id": "0", "speaker": s, "text": t, "meta": {}, "reply-to": None, "timestamp": ms / 1000}
               for i, (s, t, ms) in enumerate(rows(n)))  # fmt: skip
    return "\n".join(map(json.dumps, records)).encode()


def as_vtt(n: int) -> bytes:
    cues = (f"{clock(ms)} --> {clock(ms + 3500)}\n<v {s}>{t}</v>\n" for s, t, ms in rows(n))
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def as_rolling_vtt(n: int) -> bytes:
    parts, shown = ["WEBVTT\n\n"], " "
    for s, t, ms in rows(n):
        line, end = f"{s}: {t}", clock(ms + 3500)
        timed = line.replace(" ", f"<{clock(ms)}><c> ", 1) + "</c>"
        parts.append(f"{clock(ms)} --> {end}\n{shown}\n{timed}\n\n{end} --> {end}\n{line}\n \n\n")
        shown = line
    return "".join(parts).encode()


def as_whisper(n: int) -> bytes:
    segments = [{"start": ms / 1000, "end": ms / 1000 + 3.5, "text": t, "speaker": s} for s, t, ms in rows(n)]
    return json.dumps({"segments": segments, "language": "en"}).encode()


def as_aws(n: int) -> bytes:
    segments = [
        {"id": i, "transcript": t, "start_time": str(ms / 1000), "end_time": str(ms / 1000 + 3.5), "speaker_label": s}
        for i, (s, t, ms) in enumerate(rows(n))
    ]
    return json.dumps({"results": {"audio_segments": segments}}).encode()


def as_srt(n: int) -> bytes:
    cues = (f"{i}\n{clock(ms, ',')} --> {clock(ms + 3500, ',')}\n{s}: {t}\n" for i, (s, t, ms) in enumerate(rows(n), 1))
    return "\n".join(cues).encode()


def as_cha(n: int) -> bytes:
    tiers = (f"*{s}:\t{t[:-1]} . \x15{ms}_{ms + 3500}\x15\n%mor:\tco|well" for s, t, ms in rows(n))
    return ("@UTF8\n@Begin\n" + "\n".join(tiers) + "\n@End\n").encode()


def as_eaf(n: int) -> bytes:
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}" TIME_VALUE="{i * 2000}"/>\n' for i in range(2 * n))
    tiers = {"Worker": [], "Client": []}
    for i, (s, t, _) in enumerate(rows(n)):
        tiers[s].append(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" TIME_SLOT_REF1="t{2 * i}" TIME_SLOT_REF2="t{2 * i + 1}">'
            f"<ANNOTATION_VALUE>{escape(t)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n"
        )
    spoken = "".join(f'<TIER TIER_ID="{s}">{"".join(annotations)}</TIER>' for s, annotations in tiers.items())
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{spoken}</ANNOTATION_DOCUMENT>".encode()


def as_docx(n: int) -> bytes:
    return _docx("".join(f"<w:p><w:r><w:t>{s}: {escape(t)}</w:t></w:r></w:p>" for s, t, _ in rows(n)))


def as_docx_table(n: int) -> bytes:
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{escape(x)}</w:t></w:r></w:p></w:tc>" for x in (s, t)) + "</w:tr>"
        for s, t, _ in [("Speaker", "Text", 0), *rows(n)]
    )
    return _docx(f"<w:tbl>{cells}</w:tbl>")


def _docx(body: str) -> bytes:
    out = io.BytesIO()
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def as_xlsx(n: int) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [("speaker", "text", "start_ms"), *rows(n)]:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(n: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    speakers, texts, starts = zip(*rows(n), strict=True)
    out = io.BytesIO()
    pq.write_table(pa.table({"speaker": speakers, "text": texts, "start_ms": starts}), out)
    return out.getvalue()


MAKERS: dict[str, Callable[[int], bytes]] = {
    "text": as_text, "text, headings": as_headings, "csv": as_csv, "json": as_json, "jsonl": as_jsonl, "vtt": as_vtt,
    "vtt, rolling": as_rolling_vtt, "srt": as_srt, "whisper": as_whisper, "aws": as_aws, "cha": as_cha, "eaf": as_eaf,
    "convokit": as_convokit, "docx": as_docx, "docx, table": as_docx_table, "xlsx": as_xlsx, "parquet": as_parquet,
}  # fmt: skip
OWN = ("csv", "json", "vtt", "text")


def measure(form: str) -> None:
    """Read standard input (and write it, if a form is named); print turns, seconds and this process's peak in MB."""
    from reflectkit import read_transcript

    started = time.process_time()
    transcript = read_transcript(sys.stdin.buffer, worker="Worker", client="Client")
    if form:
        getattr(transcript, f"to_{form}")()
    print(len(transcript.turns), f"{time.process_time() - started:.1f}", f"{peak_mb():.0f}")


def peak_mb() -> float:
    """Return the peak memory of this process; on Linux without that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> int:
    """Print the table."""
    jobs = {name: (make, "") for name, make in MAKERS.items()} | {f"vtt, to_{form}": (as_vtt, form) for form in OWN}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=f"all if not given: {', '.join(jobs)}")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--measure", metavar="FORM", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure)
        return 0
    print(f"{'format':<16}{'file MB':>9}{'turns':>9}{'CPU s':>9}{'peak MB':>9}")
    worst = 0.0
    for name in options.formats or jobs:
        make, form = jobs[name]
        data = make(options.rows)
        command = [sys.executable, __file__, "--measure", form]
        done = subprocess.run(command, input=data, capture_output=True, check=True)
        turns, seconds, peak = done.stdout.decode().split()
        worst = max(worst, float(peak))
        print(f"{name:<16}{len(data) / 2**20:>9.1f}{turns:>9}{seconds:>9}{peak:>9}", flush=True)
    print(f"largest peak {worst:.0f} MB, limit {LIMIT_MB} MB")
    return int(worst > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
