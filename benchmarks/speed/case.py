"""What every speed case shares: cold child processes, the median of three, and the shape of a result."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.child_process import Cost

REPEATS = 3


@dataclass(frozen=True)
class Request:
    """What the command line asks for: a folder to work in, a smaller number of series, the folder of real data."""

    folder: Path
    n_series: int | None = None
    data_dir: Path | None = None


Case = Callable[[Request], dict[str, Any]]
"""A speed case: measures, and returns the result without versions and machine."""


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
