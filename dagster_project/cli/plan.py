"""`forecast run --dry-run`: what a run would do, without doing it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from dagster_project.dbt import LATEST, dbt_vars
from dagster_project.ingest import manifests_of
from dagster_project.ingest.decoding import digest
from dagster_project.ingest.sealing import sealed_as_of
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.candidates import product_candidates
from dagster_project.pipeline.identity import deliveries_in_force
from dagster_project.pipeline.kept_build import input_fingerprint, kept_build
from dagster_project.product import Product
from dagster_project.run_request import LaunchSettings
from dagster_project.warehouse import Warehouse
from forecasting.candidate_choice import AUTO, Verdict


def dry_run_text(product: Product, paths: ProductPaths, settings: LaunchSettings) -> tuple[dict[str, Any], str]:
    """The plan as a record and as text: new files, series, windows, candidates and rows that would be written."""
    new = _new_files(paths, Path(settings.source) if settings.source else paths.landing)
    known = deliveries_in_force(paths, settings.as_of)
    is_built = not new and not settings.force and _is_built(product, paths, settings)
    n_series = _known_series(paths)
    n_windows = product.backtest.n_windows + product.backtest.n_calibration_windows
    verdicts = _verdicts(product, paths)
    candidates = [verdict.model for verdict in verdicts if verdict.is_candidate]
    rows = None if n_series is None else n_series * product.horizon * len(candidates) * (1 + n_windows)
    record: dict[str, Any] = {
        "product": product.name,
        "new_files": [file.name for file in new],
        "deliveries_known": len(known),
        "is_built": is_built,
        "n_series": n_series,
        "horizon": product.horizon,
        "candidates": candidates,
        "verdicts": [asdict(verdict) for verdict in verdicts],
        "backtest_windows": n_windows,
        "forecast_rows": rows,
    }
    delivered = ", ".join(file.name for file in new) or (
        "generated" if product.generator and not known else "nothing new"
    )
    build = "nothing: the input is unchanged" if is_built else "staging, intermediate, marts, features"
    text = "\n".join(
        [
            f"{product.title} ({product.name}); nothing was done.",
            f"  deliver    {delivered}; {len(known)} deliveries are known already",
            f"  build      {build} in {paths.warehouse.name}",
            f"  backtest   {n_windows} windows of {product.horizon} periods: {', '.join(candidates)}",
            *(
                f"    {verdict.model:<24}{'' if verdict.is_candidate else 'left out: '}{verdict.reason}"
                for verdict in verdicts
            ),
            f"  series     {'known after the first run' if n_series is None else f'{n_series:,}'}",
            f"  write      {'known after the first run' if rows is None else f'about {rows:,} forecasts'}",
            f"  publish    if every blocking check passes; the last {product.publish.keep} snapshots are kept",
        ]
    )
    return record, text


def _new_files(paths: ProductPaths, folder: Path) -> list[Path]:
    """Files whose bytes were never delivered."""
    files = sorted(folder.iterdir()) if folder.is_dir() else [folder] if folder.exists() else []
    delivered = {file.sha256 for manifest in manifests_of(paths) for file in manifest.files}
    return [file for file in files if file.is_file() and digest(file) not in delivered]


def _is_built(product: Product, paths: ProductPaths, settings: LaunchSettings) -> bool:
    kept = kept_build(paths, "features")
    as_of = sealed_as_of(product, paths, settings.as_of)
    variables = dbt_vars(product, paths, as_of=as_of or LATEST, cutoff=settings.cutoff)
    return kept is not None and kept.fingerprint == input_fingerprint(paths, variables)


def _verdicts(product: Product, paths: ProductPaths) -> tuple[Verdict, ...]:
    """Who competes; an automatic choice needs the marts of a first build."""
    warehouse = Warehouse(paths.warehouse)
    if product.models.candidates == (AUTO,) and not warehouse.exists("marts.fct_observations"):
        return (Verdict(AUTO, True, "chosen in the first run, from the number and length of the series"),)
    return product_candidates(product, warehouse)


def _known_series(paths: ProductPaths) -> int | None:
    warehouse = Warehouse(paths.warehouse)
    if not warehouse.exists("marts.dim_series"):
        return None
    found = warehouse.read("select count(*) as n_series from marts.dim_series where level = 'bottom'")
    return int(found["n_series"][0].as_py())
