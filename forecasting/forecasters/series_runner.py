"""Forecasting series by series in worker processes: chunked, timed out, and never stopped by one series.

For methods that know one series at a time. A series that raises, takes too long, or takes its worker process down
yields a reason instead of a forecast; every other series is unaffected.
"""

import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from joblib.externals.loky import get_reusable_executor

from forecasting.panel import Floats

ForecastOne = Callable[[Floats, int, int], Floats]
"""From one gap-free history, h and the season length to h values; may raise anything."""
Outcome = tuple[Floats | None, str | None]
"""The forecast, or the reason why there is none."""

_CHUNKS_PER_WORKER = 8  # small enough to share the work evenly, large enough that passing it around costs nothing
_MAX_CHUNK = 64
_GRACE_SECONDS = 60.0  # what a worker may need to start and import before its first series
# Between two cutoffs other models have their turn. A worker that leaves meanwhile costs the next one five CPU seconds
# of importing the engine: five times in a run of eighty-nine quarterly series.
_IDLE_SECONDS = 180
_LOST = "its worker process died or gave no answer in time"
# One thread per worker: the processes are the parallelism.
_WORKER_ENVIRONMENT = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Limits:
    """How many processes work, and how long one series may take; one process means: this one.

    `modules` are imported by each process before the clock of its first series starts.
    """

    n_jobs: int = 2
    timeout_seconds: float = 30.0
    modules: tuple[str, ...] = ()


class SeriesTimeoutError(Exception):
    """One series took longer than it may."""


def forecast_each(
    forecast_one: ForecastOne, histories: Sequence[Floats], steps: Sequence[int], season_length: int, limits: Limits
) -> list[Outcome]:
    """One outcome per history, in order; `steps[i]` values are asked of history i.

    The result does not depend on the number of processes, as long as nothing runs into the time limit.
    """
    run = partial(_forecast_chunk, forecast_one, season_length, limits)
    if limits.n_jobs == 1 or len(histories) <= 1:
        return run(histories, steps)
    size = max(1, min(_MAX_CHUNK, len(histories) // (limits.n_jobs * _CHUNKS_PER_WORKER)))
    chunks = [range(i, min(i + size, len(histories))) for i in range(0, len(histories), size)]
    outcomes: list[Outcome] = [(None, _LOST)] * len(histories)
    suspects: list[int] = []
    for chunk, answer in _in_workers(run, chunks, histories, steps, limits):
        if answer is None:
            suspects.extend(chunk)
        else:
            outcomes[chunk.start : chunk.stop] = answer
    # One of these took its worker down. One at a time, a series can only harm itself.
    for i in sorted(suspects):
        for _, answer in _in_workers(run, [range(i, i + 1)], histories, steps, limits):
            outcomes[i] = (None, _LOST) if answer is None else answer[0]
    return outcomes


def _in_workers(
    run: Callable[[Sequence[Floats], Sequence[int]], list[Outcome]],
    chunks: Sequence[range],
    histories: Sequence[Floats],
    steps: Sequence[int],
    limits: Limits,
) -> Iterator[tuple[range, list[Outcome] | None]]:
    """Each chunk with its outcomes, or with None when its worker died or hung."""
    waiting = deque(chunks)
    running: dict[Future[list[Outcome]], range] = {}
    while waiting or running:
        executor = get_reusable_executor(max_workers=limits.n_jobs, timeout=_IDLE_SECONDS, env=_WORKER_ENVIRONMENT)
        while waiting and len(running) < limits.n_jobs:
            chunk = waiting.popleft()
            running[executor.submit(run, [histories[i] for i in chunk], [steps[i] for i in chunk])] = chunk
        # Signals end what runs too long in Python; this second limit ends what hangs in native code.
        longest = max(len(chunk) for chunk in running.values())
        done, _ = wait(running, longest * limits.timeout_seconds + _GRACE_SECONDS, return_when=FIRST_COMPLETED)
        if done and not any(isinstance(future.exception(), BrokenExecutor) for future in done):
            for future in done:
                yield running.pop(future), future.result()
            continue
        executor.shutdown(wait=True, kill_workers=True)
        for chunk in running.values():
            yield chunk, None
        running.clear()


def _forecast_chunk(
    forecast_one: ForecastOne, season_length: int, limits: Limits, histories: Sequence[Floats], steps: Sequence[int]
) -> list[Outcome]:
    for module in limits.modules:
        import_module(module)
    outcomes: list[Outcome] = []
    for history, h in zip(histories, steps, strict=True):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), _time_limit(limits.timeout_seconds):
                warnings.simplefilter("ignore")
                yhat = np.asarray(forecast_one(history, h, season_length), dtype=np.float64).reshape(-1)
        except Exception as error:  # noqa: BLE001 - whatever a model throws concerns its own series only
            outcomes.append((None, f"{type(error).__name__}: {str(error).strip()[:300]}"))
            continue
        outcomes.append((yhat, None))
    return outcomes


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only; worker processes run their tasks there
        return

    def stop(_signal: int, _frame: Any) -> None:
        raise SeriesTimeoutError(f"took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
