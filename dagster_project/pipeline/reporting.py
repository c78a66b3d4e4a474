"""The evaluation report of a finished run, beside the product's other files."""

from __future__ import annotations

from pathlib import Path

from dagster_project.errors import UsageError
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.reports.evaluation import write_evaluation
from dagster_project.warehouse import Warehouse

LATEST_RUN = """
    select run_id, cutoff, as_of, code_version, config_hash
    from forecasting.runs
    where $run_id = '' or run_id = $run_id
    order by generated_at desc, run_id
    limit 1
"""


def report_of(product: Product, paths: ProductPaths, run_id: str = "") -> Path:
    """Write the report of a run (the latest finished one when none is named) and say where it lies.

    Raises:
        UsageError: there is no such finished run.
    """
    warehouse = Warehouse(paths.warehouse)
    runs = warehouse.read(LATEST_RUN, {"run_id": run_id}).to_pylist()
    if not runs:
        raise UsageError(
            expected=f"a finished run {run_id}".rstrip() + f" of {product.name}",
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
