"""`forecast run --dry-run`: what a run would do, without doing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster_project.paths import ProductPaths
from dagster_project.pipeline.identity import deliveries_in_force
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse


def dry_run_text(product: Product, paths: ProductPaths, source: Path | None) -> tuple[dict[str, Any], str]:
    """The plan as a record and as text: files, series, windows, candidates and rows that would be written."""
    folder = source or paths.landing
    files = sorted(folder.iterdir()) if folder.is_dir() else [folder] if folder.exists() else []
    known = deliveries_in_force(paths)
    n_series = _known_series(paths)
    n_windows = product.backtest.n_windows + product.backtest.n_calibration_windows
    candidates = list(product.models.candidates)
    rows = None if n_series is None else n_series * product.horizon * len(candidates) * (1 + n_windows)
    record: dict[str, Any] = {
        "product": product.name,
        "new_files": [file.name for file in files],
        "deliveries_known": len(known),
        "n_series": n_series,
        "horizon": product.horizon,
        "candidates": candidates,
        "backtest_windows": n_windows,
        "forecast_rows": rows,
    }
    delivered = ", ".join(file.name for file in files) or ("generated" if product.generator and not known else "none")
    text = "\n".join(
        [
            f"{product.title} ({product.name}); nothing was done.",
            f"  deliver    {delivered}; {len(known)} deliveries are known already",
            f"  build      staging, intermediate, marts, features in {paths.warehouse.name}",
            f"  backtest   {n_windows} windows of {product.horizon} periods: {', '.join(candidates)}",
            f"  series     {'known after the first run' if n_series is None else f'{n_series:,}'}",
            f"  write      {'known after the first run' if rows is None else f'about {rows:,} forecasts'}",
            f"  publish    if every blocking check passes; the last {product.publish.keep} snapshots are kept",
        ]
    )
    return record, text


def _known_series(paths: ProductPaths) -> int | None:
    warehouse = Warehouse(paths.warehouse)
    if not warehouse.exists("marts.dim_series"):
        return None
    found = warehouse.read("select count(*) as n_series from marts.dim_series where level = 'bottom'")
    return int(found["n_series"][0].as_py())
