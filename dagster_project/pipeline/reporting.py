"""The evaluation report of a finished run, beside the product's other files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.errors import UsageError
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.reports.evaluation import Evaluation, report_file, write_evaluation
from dagster_project.warehouse import Warehouse

LIVE_RUN = """
    select runs.run_id, runs.cutoff, runs.as_of, runs.code_version, runs.config_hash
    from forecasting.runs
    inner join forecasting.live_run as live on runs.run_id = live.run_id
"""


def evaluate_live_run(product: Product, paths: ProductPaths) -> Evaluation:
    """Write the report of the run that the marts speak of.

    Raises:
        UsageError: no run is live.
    """
    run = _live_run(paths)
    if run is None:
        raise UsageError(
            expected=f"a finished run of {product.name} that the marts speak of",
            found="none",
            do="Run `forecast run` first; `forecast query --working 'from forecasting.runs'` lists what there is.",
        )
    lineage = {
        "run": run["run_id"],
        "cutoff": str(run["cutoff"]),
        "data as of": str(run["as_of"]),
        "code": run["code_version"] or "",
        "settings": run["config_hash"] or "",
    }
    return write_evaluation(product, paths, run["run_id"], lineage)


def report_of(product: Product, paths: ProductPaths, run_id: str = "") -> Path:
    """Where the report of a run lies: that of the live run is written, another run's is the one that it left.

    Raises:
        UsageError: no run is live, or the one that is named left no report.
    """
    run = _live_run(paths)
    if run_id and (run is None or run["run_id"] != run_id):
        left = report_file(paths, run_id)
        if not left.exists():
            raise UsageError(
                expected=f"the live run of {product.name}, or one that left a report",
                found=f"run {run_id}, and no {left.name} in {left.parent}",
                do="Make it live again: `forecast run` with its --cutoff and --as-of.",
            )
        return left
    return evaluate_live_run(product, paths).path


def _live_run(paths: ProductPaths) -> dict[str, Any] | None:
    runs: list[dict[str, Any]] = Warehouse(paths.warehouse).read(LIVE_RUN).to_pylist()
    return runs[0] if runs else None
