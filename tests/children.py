"""Work that tests give to other processes, which import it by this name."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import reflectkit


def analyze_json(source: Path, model: str) -> str:
    return reflectkit.analyze(source, model=model).to_json()


def square_or_die(task: tuple[int, Path, bool]) -> int:
    """Square a number; the process that meets a 7 is killed, once or always."""
    n, mark, always = task
    if n == 7 and (always or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return n * n
