"""What every speed case shares: cold child processes, the median of three, and the shape of a result."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.child_process import Cost, run_measured
from dagster_project.errors import StepFailed

REPEATS = 3


@dataclass(frozen=True)
class Request:
    """What the command line asks for: a folder to work in, a smaller number of series, the folder of real data."""

    folder: Path
    n_series: int | None = None
    data_dir: Path | None = None


Case = Callable[[Request], dict[str, Any]]
"""A speed case: measures, and returns the result without versions and machine."""


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


def median_of(costs: Sequence[Cost]) -> Cost:
    """The run with the median wall time, as it was: no figure of one run beside one of another."""
    middle = statistics.median_low([cost.wall_s for cost in costs])
    return next(cost for cost in costs if cost.wall_s == middle)


def case_result(
    case: str,
    protocol: Mapping[str, Any],
    metrics: Mapping[str, Mapping[str, float]],
    cost: Cost,
    ratios: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """A result in the shape of the interface; `metrics` has one row of figures per measured thing."""
    result: dict[str, Any] = {"case": case, "protocol": dict(protocol), "metrics": dict(metrics)}
    if ratios is not None:
        result["ratios"] = dict(ratios)
    return {**result, **cost.as_json()}
