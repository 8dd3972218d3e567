"""Kill a batch at random points, go on, and compare the results with those of an undisturbed run.

``python benchmarks/kill.py`` does it 50 times and prints how often every file was the same to the byte.
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


def start(source: Path, out: Path, jobs: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "reflectkit", "batch", source, "--out", out, "--model", "fast", "--jobs", jobs]
    return subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """Kill, go on, compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--sessions", type=int, default=80)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    points = random.Random(options.seed)
    turns = pd.read_csv(ROOT / "data" / "annotated" / "turns.csv")
    names = sorted(turns["session"].unique())[: options.sessions]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "table.csv"
        turns[turns["session"].isin(names)].to_csv(source, index=False)
        begun = time.monotonic()
        assert start(source, folder / "undisturbed", options.jobs).wait() == 0
        took = time.monotonic() - begun
        expected = tree(folder / "undisturbed")
        same = killed = 0
        reached = []
        for n in range(options.times):
            out = folder / f"disturbed{n}"
            process = start(source, out, options.jobs)
            time.sleep(took * points.random())
            os.killpg(process.pid, signal.SIGKILL)  # the process is not waited for yet, so its group is still there
            killed += process.wait() == -signal.SIGKILL
            reached.append(len(list(out.glob("json/*.json"))))
            assert start(source, out, options.jobs).wait() == 0
            same += tree(out) == expected
        print(
            f"{killed} of {options.times} runs were killed, with {min(reached)} to {max(reached)} of {len(names)} sessions "
            f"done; {same} of {options.times} ended the same to the byte ({len(expected)} files)."
        )


if __name__ == "__main__":
    main()
