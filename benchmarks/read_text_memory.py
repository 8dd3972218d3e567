"""How much memory and time a long transcript takes to read and to write, format by format.

``python benchmarks/read_text_memory.py [--turns 200000]`` writes a transcript of made-up words in every text format into
a folder that is removed again, reads each in a process of its own, and prints that process's seconds of computing (so
that other work on the machine counts little) and its peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WORDS = "well the bus was late again and nobody at the stop said much so I walked home in the rain".split()
LIMIT_MB = 500


def said(turns: int) -> Iterator[tuple[int, str, str]]:
    """Yield number, speaker and words of each turn."""
    for n in range(turns):
        yield n, ("Client", "Worker")[n % 2], " ".join(WORDS[n % 7 : n % 7 + 4 + n % 9]) + f" {n}."


def clock(seconds: float, point: str = ".") -> str:
    """Write a time as captions do."""
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}{point}000"


def _text(turns: int) -> str:
    return "".join(f"{speaker}: {words}\n" for _, speaker, words in said(turns))


def _otter(turns: int) -> str:
    return "".join(f"{speaker}  {n // 60 % 900}:{n % 60:02d}\n{words}\n\n" for n, speaker, words in said(turns))


def _vtt(turns: int) -> str:
    cues = (f"{clock(n)} --> {clock(n + 1)}\n<v {speaker}>{words}</v>\n\n" for n, speaker, words in said(turns))
    return "WEBVTT\n\n" + "".join(cues)


def _rolling(turns: int) -> str:
    parts, shown = ["WEBVTT\n\n"], " "
    for n, speaker, words in said(turns):
        line = f"{speaker}: {words}"
        timed = line.replace(" ", f"<{clock(n)}><c> ", 1) + "</c>"
        parts.append(
            f"{clock(n)} --> {clock(n + 1)}\n{shown}\n{timed}\n\n{clock(n + 1)} --> {clock(n + 1)}\n{line}\n \n\n"
        )
        shown = line
    return "".join(parts)


def _srt(turns: int) -> str:
    cues = (f"{n + 1}\n{clock(n, ',')} --> {clock(n + 1, ',')}\n{s}: {words}\n\n" for n, s, words in said(turns))
    return "".join(cues)


def _jsonl(turns: int) -> str:
    return "".join(json.dumps({"speaker": s, "text": words, "start": n}) + "\n" for n, s, words in said(turns))


def _whisper(turns: int) -> str:
    rows = [{"start": n, "end": n + 1, "text": words, "speaker": s} for n, s, words in said(turns)]
    return json.dumps({"segments": rows, "language": "en"})


def _aws(turns: int) -> str:
    rows = [
        {"id": n, "transcript": words, "start_time": str(n), "end_time": str(n + 1), "speaker_label": s}
        for n, s, words in said(turns)
    ]
    return json.dumps({"results": {"audio_segments": rows}})


MAKERS: dict[str, tuple[str, Callable[[int], str]]] = {
    "text": (".txt", _text),
    "text, headings": (".txt", _otter),
    "vtt": (".vtt", _vtt),
    "vtt, rolling": (".vtt", _rolling),
    "srt": (".srt", _srt),
    "jsonl": (".jsonl", _jsonl),
    "whisper": (".json", _whisper),
    "aws": (".json", _aws),
}
OWN = ("csv", "json", "vtt", "text")


def measure(path: str, form: str) -> None:
    """Read a file (and write it, if a form is named); print turns, seconds and this process's peak in MB."""
    from reflectkit import read_transcript

    started = time.process_time()
    transcript = read_transcript(path, worker="Worker", client="Client")
    if form:
        getattr(transcript, f"to_{form}")()
    taken = time.process_time() - started
    print(f"{len(transcript.turns)} {taken:.1f} {peak_mb():.0f}")


def peak_mb() -> float:
    """Return the peak memory of this process; on Linux without that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> int:
    """Print the table; 1 if a format takes more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=200_000)
    parser.add_argument("--measure", nargs=2, metavar=("FILE", "FORM"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return 0
    print(f"{'format':<22}{'file MB':>8}{'turns':>9}{'CPU s':>9}{'peak MB':>9}")
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        jobs = [(name, suffix, make, "") for name, (suffix, make) in MAKERS.items()]
        jobs += [(f"vtt, to_{form}", ".vtt", _vtt, form) for form in OWN]
        for name, suffix, make, form in jobs:
            path = Path(folder, f"long{suffix}")
            path.write_text(make(options.turns), encoding="utf-8")
            command = [sys.executable, __file__, "--measure", str(path), form]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            turns, taken, peak = done.stdout.split()
            worst = max(worst, float(peak))
            print(f"{name:<22}{path.stat().st_size / 1e6:>8.1f}{turns:>9}{taken:>9}{peak:>9}", flush=True)
    print(f"largest peak {worst:.0f} MB, limit {LIMIT_MB} MB")
    return int(worst > LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
