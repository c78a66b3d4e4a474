"""Deliveries: files become immutable raw snapshots."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivering import deliver_for_run
from dagster_project.product import Product
from dagster_project.reports.delivery import delivery_report_file


def delivery_assets(product: Product, paths: ProductPaths, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """One asset per raw entity that the product's SQL reads."""
    specs = [
        dg.AssetSpec(
            key=["raw", source["source_name"], source["name"]],
            group_name="raw",
            kinds={"parquet"},
            owners=[product.owners.data],
            description=source["description"] or f"Deliveries of {source['name']}, stored once and unchanged.",
        )
        for source in manifest["sources"].values()
        if source["schema"] != "forecasting"
    ]

    @dg.multi_asset(name="deliveries", specs=specs, op_tags={"step": "ingest"})
    def deliveries(context: dg.AssetExecutionContext, settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        """Store new files as raw snapshots; files seen before change nothing."""
        report = deliver_for_run(
            product,
            paths,
            source=Path(settings.source) if settings.source else None,
            as_of=datetime.fromisoformat(settings.as_of) if settings.as_of else None,
            now=started_at(context, settings),
        )
        page = dg.MetadataValue.path(str(delivery_report_file(paths, report.as_of)))
        for spec in specs:
            metadata = {**report.metadata_of(spec.key.path[-1]), "report": page}
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return deliveries
