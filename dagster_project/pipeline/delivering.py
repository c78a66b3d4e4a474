"""The first step of a run: what was dropped, or what the generated product makes, becomes raw snapshots."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from dagster_project.ingest import IngestReport, deliver
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.ledger import record_cost, start_ledger
from dagster_project.product import Product
from dagster_project.progress import reporter


def deliver_for_run(product: Product, paths: ProductPaths, *, source: Path | None, as_of: datetime) -> IngestReport:
    """Deliver `source`, or what lies in landing/; a generated product makes its first one.

    Raises:
        DeliveryRejected: a file is wrong; nothing of the delivery was stored.
        UsageError: there is nothing at `source`.
    """
    start_ledger(paths.create())
    reporter().step("ingest")
    with measured("ingest") as cost:
        # What a generator exports is dated in its own world, not by this machine's clock.
        instant = product.generator.as_of if product.generator is not None and source is None else as_of
        report = deliver(product, paths, source, instant)
        cost.rows_out = report.rows
    record_cost(paths, cost)
    reporter().done(
        f"{report.rows:,} rows of {len(report.outcomes)} entities {'stored' if report.changed else 'unchanged'}"
    )
    return report
