"""Five baselines for every generated series, on the dense matrix they work on."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.child_process import run_child
from benchmarks.generated import HORIZON, Retail
from benchmarks.speed.case import REPEATS, Request, case_result, median_of


def baselines(request: Request) -> dict[str, Any]:
    """Seconds of each baseline, cold process, median of three."""
    retail = Retail.of_series(request.n_series)
    matrix = request.folder / "units.npy"
    y = np.concatenate([units[:, : retail.n_days] for _, units in retail.blocks()]).astype(np.float64)
    np.save(matrix, y)
    runs = [
        run_child("benchmarks.children.baselines", [str(matrix)], request.folder / f"run_{number}")
        for number in range(REPEATS)
    ]
    cost = median_of([cost for cost, _ in runs])
    answer = next(answer for found, answer in runs if found is cost)
    answer["five baselines"] = {name: sum(row[name] for row in answer.values()) for name in ("wall_s", "cpu_s")}
    protocol = {
        "data": "generated retail demand as a float64 matrix on disk",
        "n_series": len(y),
        "n_days": retail.n_days,
        "horizon": HORIZON,
        "clock": "per baseline: the array call; in total: cold process, imports and reading the matrix included",
        "repeats": REPEATS,
    }
    return case_result("baselines", protocol, answer, cost)
