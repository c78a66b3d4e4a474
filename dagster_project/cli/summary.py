"""What a finished run says: rows, series, models beside seasonal naive, the snapshot, and what to try next."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from dagster_project.cli.session import as_table
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.ledger import costs
from dagster_project.pipeline.report import backtest_rows
from dagster_project.product import Product
from dagster_project.publishing.snapshots import served_snapshot
from dagster_project.warehouse import Warehouse

LEVELS = """
    select
        metrics.segment_value as level,
        max(series.nodes) as nodes,
        max(metrics.value) filter (where metrics.model = 'seasonal_naive') as seasonal_naive,
        max(metrics.value) filter (where metrics.model = 'base') as base,
        max(metrics.value) filter (where metrics.model = 'bottom_up') as bottom_up,
        max(metrics.value) filter (where metrics.model = 'reconciled') as reconciled,
        max(metrics.value) filter (where metrics.model = 'served') as served
    from marts.fct_backtest_metrics as metrics
    inner join (select level, count(*) as nodes from marts.dim_series group by level) as series
        on metrics.segment_value = series.level
    where
        metrics.segment_name = 'level' and metrics.metric = 'wape' and metrics.h_bucket = 'all'
        and metrics.cutoff is null
    group by metrics.segment_value
    order by nodes, level
"""
LEVEL_CHOICE = """
    select any_value(choices.reason) as reason
    from forecasting.model_choices as choices
    inner join marts.dim_series as series on choices.unique_id = series.unique_id
    where choices.run_id = $run_id and series.level = 'total'
    group by choices.cutoff
    order by choices.cutoff desc
    limit 1
"""
SERVED = """
    with live_choices as (
        select choices.model
        from forecasting.model_choices as choices
        inner join marts.dim_series as series on choices.unique_id = series.unique_id and series.level = 'bottom'
        where choices.run_id = $run_id
        qualify choices.cutoff = max(choices.cutoff) over ()
    )
    select model, count(*) as series
    from live_choices
    group by model
    order by series desc, model
"""
ROWS = """
    select
        coalesce((select sum(n_rows) from monitoring.cleaning_log), 0)::bigint as rows_received,
        coalesce((select sum(n_rows) from monitoring.cleaning_log where is_accepted), 0)::bigint as rows_accepted,
        coalesce((select sum(n_rows) from monitoring.cleaning_log where action = 'drop'), 0)::bigint as rows_dropped,
        coalesce((select sum(n_rows) from monitoring.cleaning_log where action = 'quarantine'), 0)::bigint
            as rows_quarantined,
        (select count(*) from marts.dim_series where level = 'bottom')::bigint as series,
        (select count(*) from marts.fct_observations)::bigint as observations,
        (select count(*) from marts.forecast_exclusions)::bigint as series_excluded,
        (select count(*) from marts.forecast_latest)::bigint as forecast_rows
"""


def run_summary(product: Product, paths: ProductPaths) -> tuple[dict[str, Any], str]:
    """The run as a record and as text."""
    warehouse = Warehouse(paths.warehouse)
    counts = warehouse.read(ROWS).to_pylist()[0]
    models = backtest_rows(paths)
    manifest = served_snapshot(paths)
    choices = warehouse.read(SERVED, {"run_id": manifest.run_id}).to_pylist()
    levels = warehouse.read(LEVELS).to_pylist()
    level_choice = warehouse.read(LEVEL_CHOICE, {"run_id": manifest.run_id})["reason"].to_pylist()
    steps = costs(paths).to_pylist()
    record = {
        "product": product.name,
        **counts,
        "models": models,
        "served": choices,
        "levels": levels,
        "level_choice": level_choice[0] if level_choice else None,
        "steps": steps,
        "snapshot": {
            "snapshot_id": manifest.snapshot_id,
            "file": str(paths.published / manifest.file),
            "cutoff": manifest.cutoff,
            "data_as_of": manifest.data_as_of,
        },
    }
    return record, _text(product, record)


def _text(product: Product, record: dict[str, Any]) -> str:
    out = io.StringIO()
    console = Console(file=out, width=110, soft_wrap=True)
    console.print(f"\n[bold]{product.title}[/] ({product.name})")
    console.print(
        f"  rows      {record['rows_received']:,} received = {record['rows_accepted']:,} accepted + "
        f"{record['rows_dropped']:,} cleaned away + {record['rows_quarantined']:,} quarantined"
    )
    console.print(
        f"  series    {record['series']:,} with {record['observations']:,} observations; "
        f"{record['forecast_rows']:,} forecast rows for {product.horizon} periods"
    )
    if record["series_excluded"]:
        console.print(f"  excluded  {record['series_excluded']:,} series, with reasons in marts.forecast_exclusions")
    console.print("\nBacktest, mean over the windows (lower is better):")
    console.print(as_table(record["models"]))
    served = ", ".join(f"{row['model']} for {row['series']:,} series" for row in record["served"])
    console.print(f"\nServed: {served}")
    if record["level_choice"]:
        console.print("\nWAPE per level, mean over the windows: the nodes' own models, sums of the series, reconciled:")
        console.print(as_table(record["levels"]))
        console.print(f"Nodes: {record['level_choice']}")
    console.print("\nSteps:")
    console.print(as_table(record["steps"]))
    snapshot = record["snapshot"]
    console.print(f"\nPublished snapshot {snapshot['snapshot_id']}\n  {snapshot['file']}")
    option = "" if product.name == "demo" else f" --product {product.name}"
    console.print(
        "\nNext:\n"
        f"  .venv/bin/forecast{option} query 'from marts.forecast_latest limit 5'\n"
        f"  .venv/bin/forecast{option} serve       then open http://127.0.0.1:8000/docs\n"
        f"  .venv/bin/forecast{option} dagster     the operator's view of every step\n"
    )
    return out.getvalue()
