"""What a run is: the digest of its settings, its data and its code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from dagster_project.dbt import LATEST, MODELS_DIR, PROJECT_DIR, ROOT
from dagster_project.errors import StepFailed
from dagster_project.ingest import Manifest, manifests_of
from dagster_project.ingest.sealing import sealed_as_of
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.product_settings import ADJUSTMENTS
from dagster_project.warehouse import Warehouse
from forecasting.periods import period_index

CODE_FOLDERS = (
    ROOT / "forecasting",
    MODELS_DIR,
    PROJECT_DIR / "macros",
    PROJECT_DIR / "seeds",
    ROOT / "dagster_project",
)


@dataclass(frozen=True)
class RunPlan:
    """One run: the same settings, deliveries, cutoff and code give the same `run_id`, so it is never done twice.

    `is_complete` says that the working warehouse already holds the whole run; `generated_at` is then the first one.
    `asked_as_of` and `asked_cutoff` are what the run was told, '' for everything delivered and the last period; of a
    product whose days are sealed, `asked_as_of` is the end of the last sealed day.
    """

    run_id: str
    as_of: datetime
    cutoff: datetime
    config_hash: str
    data_hash: str
    code_version: str
    generated_at: datetime
    is_complete: bool
    asked_as_of: str = ""
    asked_cutoff: str = ""


def deliveries_in_force(paths: ProductPaths, as_of: str = "") -> list[Manifest]:
    """The deliveries that history is made of at `as_of`, oldest first; adjustments by hand are no history."""
    limit = datetime.fromisoformat(as_of or LATEST)
    return sorted(
        (item for item in manifests_of(paths) if item.as_of <= limit and item.source != ADJUSTMENTS),
        key=lambda manifest: (manifest.as_of, manifest.source, manifest.entity, manifest.delivery_id),
    )


def raw_version_of(deliveries: list[Manifest]) -> str:
    """Twelve hex digits of which deliveries are in force, in their order."""
    return _digest([f"{item.source}/{item.entity}/{item.delivery_id}" for item in deliveries])


def plan_run(
    product: Product, paths: ProductPaths, *, as_of: str, cutoff: str, generated_at: datetime, force: bool = False
) -> RunPlan:
    """The identity of the run that these settings ask for, and whether it was done before.

    The cutoff is read from the feature table, so the features must have been built for these settings.

    Raises:
        StepFailed: nothing was delivered, or the features are not built, or not for this cutoff.
    """
    as_of = sealed_as_of(product, paths, as_of)
    deliveries = deliveries_in_force(paths, as_of)
    if not deliveries:
        raise StepFailed(
            expected="at least one delivery" + (f" up to {as_of}" if as_of else ""),
            found="none",
            do=f"Drop files into {paths.landing.name}/, or: forecast --product {product.name} run --from PATH.",
        )
    warehouse = Warehouse(paths.warehouse)
    live = warehouse.read("select cutoff::timestamp as cutoff from features.feature_cutoffs where role = 'live'")
    if live.num_rows != 1:
        raise StepFailed(
            expected="one live cutoff in features.feature_cutoffs",
            found=f"{live.num_rows}",
            do=f"Build the features first: forecast --product {product.name} run.",
        )
    live_cutoff: datetime = live["cutoff"][0].as_py()
    _require_cutoff(product, live_cutoff, cutoff)
    config_hash = product.config_hash
    data_hash = raw_version_of(deliveries)
    code = code_version()
    run_id = _digest([config_hash, data_hash, live_cutoff.isoformat(), as_of, cutoff, code])
    earlier = warehouse.read("select generated_at from forecasting.runs where run_id = $run_id", {"run_id": run_id})
    known = earlier.num_rows > 0
    return RunPlan(
        run_id=run_id,
        as_of=deliveries[-1].as_of,
        cutoff=live_cutoff,
        config_hash=config_hash,
        data_hash=data_hash,
        code_version=code,
        generated_at=earlier["generated_at"][0].as_py() if known else generated_at,
        is_complete=known and not force,
        asked_as_of=as_of,
        asked_cutoff=cutoff,
    )


def _require_cutoff(product: Product, live: datetime, asked: str) -> None:
    if not asked:
        return
    built, wanted = period_index(np.array([live, datetime.fromisoformat(asked)], "datetime64[us]"), product.freq)
    if built != wanted:
        raise StepFailed(
            expected=f"features that end at the cutoff {asked}",
            found=f"features that end at {live}, of another run",
            do=f"Build them first: forecast --product {product.name} run --cutoff {asked}.",
        )


@cache
def code_version() -> str:
    """Twelve hex digits of the SQL and Python that make the numbers, as installed, committed or not."""
    parts = [
        f"{path.relative_to(ROOT)}:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for folder in CODE_FOLDERS
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".sql", ".csv", ".yml"} and _makes_numbers(path)
    ]
    return _digest(parts)


def _makes_numbers(path: Path) -> bool:
    relative = path.relative_to(ROOT).parts
    return relative[:2] not in {("dagster_project", "cli"), ("dagster_project", "products")}


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
