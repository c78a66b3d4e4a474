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

SERVED = """
    with live_choices as (
        select model
        from forecasting.model_choices
        where run_id = $run_id
        qualify cutoff = max(cutoff) over ()
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
        (select count(*) from marts.forecast_latest)::bigint as forecast_rows
"""


def run_summary(product: Product, paths: ProductPaths) -> tuple[dict[str, Any], str]:
    """The run as a record and as text."""
    warehouse = Warehouse(paths.warehouse)
    counts = warehouse.read(ROWS).to_pylist()[0]
    models = backtest_rows(paths)
    manifest = served_snapshot(paths)
    choices = warehouse.read(SERVED, {"run_id": manifest.run_id}).to_pylist()
    steps = costs(paths).to_pylist()
    record = {
        "product": product.name,
        **counts,
        "models": models,
        "served": choices,
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
    console.print("\nBacktest, mean over the windows (lower is better):")
    console.print(as_table(record["models"]))
    served = ", ".join(f"{row['model']} for {row['series']:,} series" for row in record["served"])
    console.print(f"\nServed: {served}")
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
