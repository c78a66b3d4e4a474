"""What `forecast doctor` looks at, in plain words."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from dagster_project.errors import ForecastError
from dagster_project.ingest import manifests_of, verify_snapshots
from dagster_project.locks import holder_of
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.publishing.snapshots import list_snapshots, served_snapshot, verify_snapshot

PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "dagster-dbt", "sktime", "lightgbm", "pandas", "fastapi")
ENOUGH_DISK_GB = 2.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and what was found."""

    what: str
    is_well: bool
    found: str


def diagnose(product: Product, paths: ProductPaths) -> list[Finding]:
    """Everything that commonly stands between a user and a forecast, in the order a run needs it."""
    return [*_versions(), *_product(product), *_disk(paths), *_lock(paths), *_raw(paths), *_published(paths)]


def _versions() -> Iterator[Finding]:
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    yield Finding("Python", sys.version_info[:2] >= (3, 11), found)
    missing, present = [], []
    for package in PACKAGES:
        try:
            present.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    yield Finding("packages", not missing, f"missing: {', '.join(missing)}" if missing else ", ".join(present))


def _product(product: Product) -> Iterator[Finding]:
    yield Finding(
        "product",
        True,
        f"{product.name}: {product.title}; every {product.period_interval}, {product.horizon} periods ahead",
    )


def _disk(paths: ProductPaths) -> Iterator[Finding]:
    existing = next(folder for folder in (paths.root, *paths.root.parents) if folder.exists())
    free = shutil.disk_usage(existing).free / 2**30
    yield Finding("disk", free >= ENOUGH_DISK_GB, f"{free:.1f} GB free where the product's files are")


def _lock(paths: ProductPaths) -> Iterator[Finding]:
    holder = holder_of(paths.warehouse_lock)
    if holder is None:
        yield Finding("working warehouse", True, "free" if paths.warehouse.exists() else "not built yet: forecast run")
    else:
        yield Finding("working warehouse", True, f"process {holder.get('pid')} is at work: {holder.get('doing')}")


def _raw(paths: ProductPaths) -> Iterator[Finding]:
    try:
        damages = verify_snapshots(paths)
        count = len(manifests_of(paths))
    except ForecastError as error:
        yield Finding("raw snapshots", False, str(error))
        return
    if damages:
        yield Finding("raw snapshots", False, str(damages[0].as_error()))
    else:
        yield Finding("raw snapshots", True, f"{count} intact" if count else "none yet: forecast ingest --from PATH")


def _published(paths: ProductPaths) -> Iterator[Finding]:
    try:
        manifest = verify_snapshot(paths, served_snapshot(paths).snapshot_id)
    except ForecastError as error:
        yield Finding("published snapshot", False, str(error))
        return
    yield Finding(
        "published snapshot",
        True,
        f"{manifest.snapshot_id} intact, cutoff {manifest.cutoff[:16]}, {len(list_snapshots(paths))} kept",
    )
