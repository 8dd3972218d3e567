"""Kill a batch at random points, go on, and compare the results with those of an undisturbed run.

``python benchmarks/kill.py`` kills 50 times, twice in each folder of results before the run that may end, and prints how
often every file was the same to the byte. Moments are drawn from the time in which sessions are analysed and tables
written, not from the loading of libraries. Some four minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
JOBS = (1, 2)
KILLS = 2


def start(source: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reflectkit", "batch", source, "--out", out, "--model", "fast", "--jobs", jobs]
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def stamp(out: Path) -> tuple[int, int] | None:
    """Tell one run's unfinished table from another's."""
    try:
        found = (out / ".sessions.csv.part").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def begun(source: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    """Start a batch, and wait until it works."""
    left = stamp(out)
    process = start(source, out, jobs)
    while stamp(out) in (None, left) and process.poll() is None:
        time.sleep(0.002)
    return process


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--sessions", type=int, default=12)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    points = random.Random(options.seed)
    began = time.monotonic()
    turns = pd.read_csv(ROOT / "data" / "annotated" / "turns.csv")
    names = sorted(turns["session"].unique())[: options.sessions]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "table.csv"
        turns[turns["session"].isin(names)].to_csv(source, index=False)
        undisturbed, took = {}, {}
        for jobs in JOBS:
            out = folder / f"undisturbed{jobs}"
            process = begun(source, out, jobs)
            at_work = time.monotonic()
            assert process.wait() == 0
            undisturbed[jobs], took[jobs] = tree(out), time.monotonic() - at_work
        assert undisturbed[1] == undisturbed[2]
        folders = same = killed = 0
        reached = []
        for n in range(options.times):
            out = folder / f"disturbed{n // KILLS}"
            jobs = JOBS[n // KILLS % len(JOBS)]
            left = 1 - len(list(out.glob("json/*.json"))) / len(names)
            process = begun(source, out, jobs)
            time.sleep(took[jobs] * left * points.random())
            if process.poll() is None:  # until it is waited for, its group is still there
                os.killpg(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            reached.append(len(list(out.glob("json/*.json"))))
            if n % KILLS == KILLS - 1 or n == options.times - 1:
                assert start(source, out, 1).wait() == 0
                folders += 1
                same += tree(out) == undisturbed[1]
        print(
            f"{killed} of {options.times} runs were killed, with {min(reached)} to {max(reached)} of {len(names)} sessions "
            f"done; {same} of {folders} folders ended the same to the byte ({len(undisturbed[1])} files), "
            f"in {(time.monotonic() - began) / 60:.1f} minutes."
        )


if __name__ == "__main__":
    main()
