"""Reconciling the twelve levels of M5's hierarchy: 42,840 nodes x 28 days, diagonal weights."""

from __future__ import annotations

from typing import Any

from benchmarks.child_process import run_child
from benchmarks.generated import HORIZON, Retail
from benchmarks.speed.case import REPEATS, Request, case_result, median_of


def reconcile(request: Request) -> dict[str, Any]:
    """Seconds and memory of one reconciliation, and how well its sums agree; cold process, median of three."""
    retail = Retail.of_series(request.n_series)
    runs = [
        run_child("benchmarks.children.reconcile", [str(retail.n_items)], request.folder / f"run_{number}")
        for number in range(REPEATS)
    ]
    cost = median_of([cost for cost, _ in runs])
    answer = next(answer for found, answer in runs if found is cost)
    protocol = {
        "data": "base forecasts and error variances drawn at random, a tenth of them negative",
        "n_nodes": answer.pop("n_nodes"),
        "horizon": HORIZON,
        "clock": "reconcile: the call; in total: cold process, imports and building the hierarchy included",
        "repeats": REPEATS,
    }
    return case_result("reconcile", protocol, answer, cost)
