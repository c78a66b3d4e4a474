"""The report of a delivery: written when it arrives, and again once the warehouse has judged its rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from dagster_project.errors import UsageError
from dagster_project.ingest.report import kept_report, reports_kept
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.reports.delivery import judged_by, write_delivery_report
from dagster_project.warehouse import Warehouse


def report_of_delivery(product: Product, paths: ProductPaths, as_of: datetime | None = None) -> Path:
    """Write the report of the delivery at `as_of` (UTC), else of the newest one, from what is known about it now.

    Raises:
        UsageError: there was no such delivery.
    """
    kept = reports_kept(paths)
    if not kept or (as_of is not None and as_of not in kept):
        raise UsageError(
            expected=f"a delivery of {product.name}" + (f" at {as_of}" if as_of else ""),
            found=", ".join(str(instant) for instant in kept[-5:]) or "none",
            do="Run `forecast ingest` first, or name the instant of a delivery that there was.",
        )
    report = kept_report(paths, as_of or kept[-1])
    return write_delivery_report(product, paths, report, judged_by(Warehouse(paths.warehouse), report))
