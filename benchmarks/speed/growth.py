"""Growth: the same run on more and more series, to see that its cost grows no faster than they do."""

from __future__ import annotations

from typing import Any

from benchmarks.child_process import Cost
from benchmarks.generated import ALL_ITEMS, SEED, STORES, Retail
from benchmarks.speed.case import Request, case_result
from benchmarks.speed.scale import generated_run

SIZES = (1_000, 3_000, 10_000, ALL_ITEMS * len(STORES))


def growth(request: Request) -> dict[str, Any]:
    """Cost of a whole run at four sizes; the ratio is cost per series at the largest size over the smallest."""
    sizes = [size for size in SIZES if size <= (request.n_series or SIZES[-1])] or [request.n_series or SIZES[0]]
    rows: dict[str, dict[str, float]] = {}
    costs: list[Cost] = []
    for size in sizes:
        retail = Retail.of_series(size)
        _, run = generated_run(request, retail)
        costs.append(run.cost)
        per_series = 1000 * run.cost.cpu_s / retail.n_series
        rows[f"{retail.n_series} series"] = {**run.cost.as_json(), "cpu_ms_per_series": per_series}
    figures = list(rows.values())
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "sizes": list(sizes),
        "clock": "each a run of its own in a cold process, start of the tools included",
    }
    ratio = figures[-1]["cpu_ms_per_series"] / figures[0]["cpu_ms_per_series"]
    return case_result("growth", protocol, rows, costs[-1], {"cpu_per_series_largest_over_smallest": ratio})
