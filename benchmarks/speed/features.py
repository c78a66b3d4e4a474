"""Features: seconds and cells per second of the dbt models between the marts and the models that learn from them."""

from __future__ import annotations

from typing import Any

from benchmarks.child_process import run_child
from benchmarks.generated import SEED, Retail
from benchmarks.speed.case import REPEATS, Request, case_result, median_of
from benchmarks.speed.scale import generated_run
from dagster_project.warehouse import Warehouse


def features(request: Request) -> dict[str, Any]:
    """Run the feature models again on finished marts, without their tests; cold dbt, median of three."""
    retail = Retail.of_series(request.n_series)
    product, run = generated_run(request, retail, models={"candidates": ["seasonal_naive"]})
    arguments = [str(run.paths.home / f"{product.name}.yml"), str(run.paths.home)]
    runs = [
        run_child("benchmarks.children.features", arguments, request.folder / f"run_{number}")
        for number in range(REPEATS)
    ]
    cost = median_of([cost for cost, _ in runs])
    reading, read = run_child("benchmarks.children.feature_reading", arguments, request.folder / "reading")
    warehouse = Warehouse(run.warehouse)
    counted = warehouse.read("select count(*) as n, count(*) filter (is_training_sample) as t from features.features")
    n_rows, n_training = (int(counted[name][0].as_py()) for name in ("n", "t"))
    n_columns = len(warehouse.column_types("features.features"))
    figures = {
        **cost.as_json(),
        "rows": n_rows,
        "training_rows": n_training,
        "cells_per_cpu_s": n_rows * n_columns / cost.cpu_s,
    }
    read_figures = {**reading.as_json(), "rows": read["rows"], "columns": read["columns"], "arrow_mb": read["arrow_mb"]}
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "n_series": retail.n_series,
        "n_days": retail.n_days,
        "columns": n_columns,
        "origins": f"{product.features.n_origins}, {product.features.origin_step} days apart, and the backtest's",
        "horizons_per_origin": product.features.horizons_per_origin,
        "clock": "dbt run of the folder features, start of dbt and parsing included; reading is a process of its own",
        "repeats": REPEATS,
    }
    return case_result("features", protocol, {"features": figures, "read training rows": read_figures}, cost)
