"""Kill a batch at random points, go on, and compare the results with those of an undisturbed run.

``python benchmarks/kill.py`` does it 50 times, in one process and in two by turns, and prints how often every file was the
same to the byte. Moments are drawn from the time between the first result and the end, so that the kills fall on the
reading, the analysing and the writing, not on the loading of libraries.
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


def start(source: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reflectkit", "batch", source, "--out", out, "--model", "fast", "--jobs", jobs]
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def await_results(process: subprocess.Popen[bytes], out: Path) -> None:
    """Wait for the first result, or the end."""
    while not any(out.glob("json/*.json")) and process.poll() is None:
        time.sleep(0.005)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--sessions", type=int, default=24)
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
        took, expected = {}, {}
        for jobs in JOBS:
            out = folder / f"undisturbed{jobs}"
            process = start(source, out, jobs)
            await_results(process, out)
            first = time.monotonic()
            assert process.wait() == 0
            took[jobs], expected[jobs] = time.monotonic() - first, tree(out)
        assert expected[1] == expected[2]
        same = killed = 0
        reached = []
        for n in range(options.times):
            jobs, out = JOBS[n % len(JOBS)], folder / f"disturbed{n}"
            process = start(source, out, jobs)
            await_results(process, out)
            time.sleep(took[jobs] * points.random())
            if process.poll() is None:  # until it is waited for, its group is still there
                os.killpg(process.pid, signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
            reached.append(len(list(out.glob("json/*.json"))))
            assert start(source, out, 1).wait() == 0
            same += tree(out) == expected[jobs]
        print(
            f"{killed} of {options.times} runs were killed, with {min(reached)} to {max(reached)} of {len(names)} sessions "
            f"done; {same} of {options.times} ended the same to the byte ({len(expected[1])} files), "
            f"in {(time.monotonic() - began) / 60:.1f} minutes."
        )


if __name__ == "__main__":
    main()
