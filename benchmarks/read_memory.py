"""Memory and time of reading a long session in every format that can be made here.

``python benchmarks/read_memory.py [ROWS]`` prints one line a format. Each is read by a process of its own, from standard
input, so that the figures hold the file's bytes and nothing of how it was made. Needs the ``test`` extra.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

WORDS = "well so then maybe I you think sleep work home went back again never tired and left them with it".split()
CHILD = """
import pathlib, re, sys, time
from reflectkit import read_transcript
start = time.perf_counter()
t = read_transcript(sys.stdin.buffer)
spent = time.perf_counter() - start
peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
print(len(t.turns), round(spent, 1), int(peak) // 1024)
"""
# VmHWM, so Linux only: what the resource module calls the peak counts the parent's memory too.


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
    "text": as_text, "csv": as_csv, "json": as_json, "jsonl": as_jsonl, "vtt": as_vtt, "srt": as_srt, "cha": as_cha,
    "eaf": as_eaf, "convokit": as_convokit, "docx": as_docx, "docx table": as_docx_table, "xlsx": as_xlsx, "parquet": as_parquet,
}  # fmt: skip


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    print(f"{'format':<12}{'file MB':>9}{'turns':>9}{'seconds':>9}{'peak MB':>9}")
    for name, make in MAKERS.items():
        data = make(n)
        done = subprocess.run([sys.executable, "-c", CHILD], input=data, capture_output=True, check=True)
        turns, seconds, peak = done.stdout.decode().split()
        print(f"{name:<12}{len(data) / 2**20:>9.1f}{turns:>9}{seconds:>9}{peak:>9}", flush=True)


if __name__ == "__main__":
    main()
