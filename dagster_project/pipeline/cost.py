"""What a step costs: wall seconds, CPU seconds and peak memory of this process and its children."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.1


@dataclass
class StepCost:
    """Cost of one step; `rows_out` is set by whoever runs the step."""

    step: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_mb: float = 0.0
    rows_out: int | None = None


@contextmanager
def measured(step: str) -> Iterator[StepCost]:
    """Measure the block; children (dbt runs as one) are sampled every 100 ms, their peak is not kept."""
    cost = StepCost(step)
    stop = threading.Event()
    sampler = threading.Thread(target=_sample, args=(cost, stop), daemon=True)
    started, cpu_before = time.perf_counter(), _cpu_seconds()
    sampler.start()
    try:
        yield cost
    finally:
        stop.set()
        sampler.join()
        cost.wall_s = time.perf_counter() - started
        cost.cpu_s = _cpu_seconds() - cpu_before


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _sample(cost: StepCost, stop: threading.Event) -> None:
    process = psutil.Process()
    while True:
        resident = process.memory_info().rss
        for child in process.children(recursive=True):
            try:
                resident += child.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        cost.peak_rss_mb = max(cost.peak_rss_mb, resident / 2**20)
        if stop.wait(SAMPLE_SECONDS):
            return
