"""The published snapshot: what API, dashboard and BI tools read."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from dagster_project.alerting.findings import of_monitoring
from dagster_project.alerting.sending import send
from dagster_project.dead_runs import writer_pool
from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.identity import plan_run
from dagster_project.pipeline.publication import publish_run
from dagster_project.product import Product
from dagster_project.publishing.contract import SERVING_SCHEMAS


def publishing_asset(product: Product, paths: ProductPaths, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The snapshot, downstream of every table that it holds."""
    served = [
        dg.AssetKey([node["schema"], node["name"]])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in SERVING_SCHEMAS and node["config"]["enabled"]
    ]

    @dg.asset(
        key=["published", "snapshot"],
        deps=[*served, dg.AssetKey(["forecasting", "check_results"])],
        group_name="publishing",
        kinds={"duckdb", "parquet"},
        owners=[product.owners.data],
        description="A verified copy of the serving tables under a new name, and the pointer that names it. "
        "Readers keep the last good snapshot whatever happens to a run.",
        pool=writer_pool(product.name),
    )
    def snapshot(context: dg.AssetExecutionContext, settings: RunSettings) -> dg.MaterializeResult[Any]:
        """Copy, verify in a fresh process, rename, point."""
        now = started_at(context, settings)
        plan = plan_run(product, paths, as_of=settings.as_of, cutoff=settings.cutoff, generated_at=now)
        published = publish_run(product, paths, plan, published_at=now)
        alerts = send(product, paths, of_monitoring(product, paths), now)
        return dg.MaterializeResult(
            metadata={
                "snapshot_id": published.snapshot_id,
                "file": dg.MetadataValue.path(str(published.file)),
                "unchanged": published.unchanged,
                "alerts": ", ".join(f"{item.alert.tier} for {item.alert.owner}" for item in alerts) or "none",
                "dagster/row_count": sum(published.tables.values()),
            }
        )

    return snapshot
