"""Publishing a finished run: its checks first, then the snapshot."""

from __future__ import annotations

from datetime import datetime

from dagster_project.errors import GateRefused
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.identity import RunPlan
from dagster_project.pipeline.ledger import record_cost
from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.publishing.manifest import ProductCard
from dagster_project.publishing.protocol import Lineage, Publication
from dagster_project.publishing.protocol import publish as publish_tables
from dagster_project.warehouse import Warehouse

REFUSING = """
    select check_name || ': ' || detail as refusal
    from forecasting.check_results
    where run_id = $run_id and not passed and severity = 'block'
    order by check_name
"""
SERVED_VERSIONS = """
    select string_agg(distinct model_version, ',' order by model_version) as model_version
    from forecasting.forecasts
    inner join forecasting.model_choices using (unique_id, cutoff, model, run_id)
    inner join marts.dim_series using (unique_id)
    where run_id = $run_id and level = 'bottom'
"""


def publish_run(product: Product, paths: ProductPaths, plan: RunPlan, *, published_at: datetime) -> Publication:
    """Publish the serving tables of a run whose checks passed.

    Raises:
        GateRefused: the run is not complete, a blocking check of it failed, or the marts speak of another run.
    """
    warehouse = Warehouse(paths.warehouse)
    refusals = warehouse.read(REFUSING, {"run_id": plan.run_id})["refusal"].to_pylist()
    known = warehouse.read("select 1 from forecasting.runs where run_id = $run_id", {"run_id": plan.run_id}).num_rows
    live = warehouse.read("select run_id from forecasting.live_run")["run_id"].to_pylist()
    if refusals or not known:
        raise GateRefused(
            expected=f"run {plan.run_id} to be complete and its blocking checks to pass",
            found="; ".join(refusals) or "no such finished run",
            do="The last snapshot stays. Run `forecast run`, or see forecasting.check_results with --working.",
        )
    if live != [plan.run_id]:
        raise GateRefused(
            expected=f"marts of run {plan.run_id}",
            found=f"marts of run {', '.join(live) or 'none'}, an evaluation or a run with other settings",
            do="The last snapshot stays. `forecast run` builds the marts of the run again, and publishes them.",
        )
    served = warehouse.read(SERVED_VERSIONS, {"run_id": plan.run_id})["model_version"][0].as_py()
    reporter().step("publish")
    with measured("publish") as cost:
        published = publish_tables(
            paths,
            ProductCard.of(product),
            Lineage(
                run_id=plan.run_id,
                data_as_of=plan.as_of.isoformat(),
                cutoff=plan.cutoff.isoformat(),
                model_version=served or "",
                code_version=plan.code_version,
            ),
            published_at=published_at,
            keep=product.publish.keep,
        )
    cost.rows_out = sum(published.tables.values())
    record_cost(paths, cost)
    what = "unchanged, still served" if published.unchanged else f"{cost.rows_out:,} rows"
    reporter().done(f"snapshot {published.snapshot_id}: {what}")
    return published
