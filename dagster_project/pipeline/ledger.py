"""The cost of the running run's steps, kept beside the logs until the run's tables are written."""

from __future__ import annotations

import json

import pyarrow as pa

from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import StepCost

FILE_NAME = "step_cost.jsonl"
SCHEMA = pa.schema(
    [
        ("step", pa.string()),
        ("wall_s", pa.float64()),
        ("cpu_s", pa.float64()),
        ("peak_rss_mb", pa.float64()),
        ("rows_out", pa.int64()),
    ]
)


def start_ledger(paths: ProductPaths) -> None:
    """Forget the steps of the run before."""
    paths.logs.mkdir(parents=True, exist_ok=True)
    (paths.logs / FILE_NAME).write_text("")


def record_cost(paths: ProductPaths, cost: StepCost) -> None:
    """Add one finished step."""
    paths.logs.mkdir(parents=True, exist_ok=True)
    line = {
        "step": cost.step,
        "wall_s": round(cost.wall_s, 3),
        "cpu_s": round(cost.cpu_s, 3),
        "peak_rss_mb": round(cost.peak_rss_mb, 1),
        "rows_out": cost.rows_out,
    }
    with (paths.logs / FILE_NAME).open("a") as ledger:
        ledger.write(json.dumps(line) + "\n")


def costs(paths: ProductPaths) -> pa.Table:
    """One row per finished step of the running or last run: seconds, seconds, MB, rows."""
    file = paths.logs / FILE_NAME
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return pa.Table.from_pylist(rows, schema=SCHEMA)
