"""One command in a process of its own, with what it cost: wall, CPU and peak memory of the whole process tree."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from dagster_project.errors import StepFailed

SAMPLE_SECONDS = 0.05
THREADS = 2
# Every library that would otherwise take all cores it sees; a fair comparison gives each side the same two.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock, seconds of CPU, MB of memory (sum of resident sizes of the tree, sampled)."""

    wall_s: float
    cpu_s: float
    peak_rss_mb: float

    def as_json(self) -> dict[str, float]:
        """Rounded as far as the figures carry."""
        return {
            "wall_s": round(self.wall_s, 2),
            "cpu_s": round(self.cpu_s, 2),
            "peak_rss_mb": round(self.peak_rss_mb, 1),
        }


@dataclass(frozen=True)
class Finished:
    """A command that ended: its exit code, cost, and everything it printed."""

    exit_code: int
    cost: Cost
    output: str


def run_measured(command: Sequence[str], log: Path, cwd: Path | None = None) -> Finished:
    """Run a command to its end on two cores, in folder `cwd`; output goes to `log`.

    CPU seconds count descendants that their parents waited for, as the operating system does.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    variables = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(THREADS))}
    before = _cpu_of_children()
    started = time.perf_counter()
    with log.open("w") as sink:
        process = psutil.Popen(list(command), stdout=sink, stderr=subprocess.STDOUT, env=variables, cwd=cwd)
        process.cpu_affinity(sorted(os.sched_getaffinity(0))[:THREADS])
        peak = 0
        while True:
            peak = max(peak, _resident(process))
            try:
                exit_code = process.wait(timeout=SAMPLE_SECONDS)
                break
            except psutil.TimeoutExpired:
                continue
    wall = time.perf_counter() - started
    cost = Cost(wall, _cpu_of_children() - before, peak / 2**20)
    return Finished(exit_code, cost, log.read_text(errors="replace"))


def run_child(module: str, arguments: Sequence[str], folder: Path, python: str = sys.executable) -> tuple[Cost, Any]:
    """Run `python -m module ... ANSWER` cold; returns its cost and the JSON it wrote to ANSWER.

    Raises:
        StepFailed: it ended with an error, whose last lines are in the message.
    """
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    start = ["-m", module] if python == sys.executable else [module]
    finished = run_measured([python, *start, *arguments, str(answer)], folder / "child.log")
    if finished.exit_code != 0 or not answer.exists():
        raise StepFailed(
            expected=f"{module} to finish",
            found=f"exit code {finished.exit_code}, and its output ends\n{finished.output[-2000:].strip()}\n",
            do="Run it by hand; --keep DIR keeps its files.",
        )
    return finished.cost, json.loads(answer.read_text())


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(process: psutil.Process) -> int:
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            try:
                total += member.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return total
    return total
