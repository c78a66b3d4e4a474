"""The evaluation report of a finished run, beside the product's other files."""

from __future__ import annotations

from pathlib import Path

from dagster_project.errors import UsageError
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.reports.evaluation import report_file, write_evaluation
from dagster_project.warehouse import Warehouse

LIVE_RUN = """
    select runs.run_id, runs.cutoff, runs.as_of, runs.code_version, runs.config_hash
    from forecasting.runs
    inner join forecasting.live_run as live on runs.run_id = live.run_id
"""


def report_of(product: Product, paths: ProductPaths, run_id: str = "") -> Path:
    """Write the report of the live run, of which the marts speak, and say where it lies; of another, where it was left.

    Raises:
        UsageError: no run is live, or the one that is named left no report.
    """
    runs = Warehouse(paths.warehouse).read(LIVE_RUN).to_pylist()
    if run_id and run_id not in [run["run_id"] for run in runs]:
        left = report_file(paths, run_id)
        if not left.exists():
            raise UsageError(
                expected=f"the live run of {product.name}, or one that left a report",
                found=f"run {run_id}, and no {left.name} in {left.parent}",
                do="Make it live again: `forecast run` with its --cutoff and --as-of.",
            )
        return left
    if not runs:
        raise UsageError(
            expected=f"a finished run of {product.name} that the marts speak of",
            found="none",
            do="Run `forecast run` first; `forecast query --working 'from forecasting.runs'` lists what there is.",
        )
    run = runs[0]
    lineage = {
        "run": run["run_id"],
        "cutoff": str(run["cutoff"]),
        "data as of": str(run["as_of"]),
        "code": run["code_version"] or "",
        "settings": run["config_hash"] or "",
    }
    return write_evaluation(product, paths, run["run_id"], lineage)
