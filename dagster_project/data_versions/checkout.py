"""Building a recorded version of the data again, in a home of its own, and comparing it with what was recorded.

A checkout is a home like any other: raw snapshots that were in force (hard links, so nothing is stored twice) and a
warehouse file built from them. What is served and the working warehouse are not touched.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from dagster_project.data_versions.measuring import TABLES, measure
from dagster_project.data_versions.record import (
    CLEAN,
    FEATURES,
    RawSnapshot,
    VersionRecord,
    record_named,
    unknown_version,
)
from dagster_project.dbt import LATEST, dbt_vars, failed_nodes, run_dbt
from dagster_project.errors import SnapshotDamaged, StepFailed, UsageError, Where
from dagster_project.ingest import Manifest, manifests_of
from dagster_project.ingest.decoding import digest as digest_of
from dagster_project.ingest.quoting import parquet_relation
from dagster_project.ingest.verification import Damage
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivery_history import replay_missing_deliveries
from dagster_project.pipeline.identity import code_version, deliveries_in_force, raw_version_of
from dagster_project.product import Product
from dagster_project.publishing.manifest import SNAPSHOT_ID, read_manifest
from dagster_project.sql_text import quoted
from dagster_project.warehouse import Warehouse

# dbt's selectors of what a stage needs; the names of its tables are the names of its models.
_SELECTED = {stage: [f"+{table.split('.')[1]}" for table in tables] for stage, tables in TABLES.items()}


@dataclass(frozen=True, slots=True)
class Compared:
    """One table of a checkout beside its record; `recorded` is empty where nothing was recorded."""

    stage: str
    table: str
    rows: int
    recorded: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether it holds what it held, as far as that was recorded."""
        return self.recorded in {"", self.found}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A version that was built again: where, by which code, and how it compares."""

    version: str
    paths: ProductPaths
    recorded_code: str
    code: str
    tables: tuple[Compared, ...]

    @property
    def differing(self) -> tuple[Compared, ...]:
        """The tables that are not what was recorded."""
        return tuple(table for table in self.tables if not table.agrees)


def check_out(product: Product, paths: ProductPaths, version: str, *, stage: str = FEATURES) -> Checkout:
    """Build raw, clean and feature tables of a version below `checkouts/<version>/`, up to `stage`, and compare them.

    `version`: a run id, a published snapshot, a `raw-`, `clean-` or `features-` version, or a raw snapshot (the state
    when it had just arrived). An earlier checkout of the version is replaced.

    Raises:
        UsageError: nothing has this id, or the settings of its time are none any more.
        SnapshotDamaged: a raw snapshot of it is gone or changed.
        StepFailed: dbt could not build it.
    """
    record = _resolve(product, paths, version)
    then = _product_of(record)
    home = paths.root / "checkouts" / version
    copy = ProductPaths(home, then.name)
    shutil.rmtree(home, ignore_errors=True)
    copy.create()
    compared = [_linked(paths, copy, snapshot) for snapshot in record.raw]
    for anchor in paths.raw.glob("source=*/entity=*/dt=*/run=empty/*.parquet"):
        _link(anchor, copy.raw / anchor.relative_to(paths.raw))
    built = () if stage == "raw" else (CLEAN,) if stage == CLEAN else (CLEAN, FEATURES)
    _build(then, copy, record, built)
    _show_raw(copy, record)
    recorded = {table.table: table.digest for table in record.tables}
    compared += [
        Compared(table.stage, table.table, table.rows, recorded.get(table.table, ""), table.digest)
        for table in measure(Warehouse(copy.warehouse), built)
    ]
    return Checkout(version, copy, record.code_version, code_version(), tuple(compared))


def _resolve(product: Product, paths: ProductPaths, version: str) -> VersionRecord:
    """The record of a version; one without digests for a raw snapshot, whose state no run may have seen."""
    wanted = read_manifest(paths, version).run_id if SNAPSHOT_ID.fullmatch(version) else version
    record = record_named(paths, wanted)
    if record is not None:
        return record
    delivered = next((manifest for manifest in manifests_of(paths) if manifest.delivery_id == version), None)
    if delivered is None:
        raise unknown_version(paths, version)
    as_of = str(delivered.as_of)
    deliveries = deliveries_in_force(paths, as_of)
    return VersionRecord(
        run_id="",
        as_of=as_of,
        cutoff="",
        code_version="",
        duckdb_version="",
        raw_version=raw_version_of(deliveries),
        raw=tuple(RawSnapshot.of(manifest) for manifest in deliveries),
        settings=product.describe(),
    )


def _product_of(record: VersionRecord) -> Product:
    try:
        return Product.model_validate(record.settings)
    except ValidationError as error:
        raise UsageError(
            "settings that this version of the code can read",
            f"{error.error_count()} others, first: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}",
            f"Check out the code {record.code_version} and build the version with it.",
        ) from error


def _linked(paths: ProductPaths, copy: ProductPaths, snapshot: RawSnapshot) -> Compared:
    folder = paths.raw / snapshot.folder
    for file in sorted(folder.glob("*")):
        _link(file, copy.raw / snapshot.folder / file.name)
    stored = _manifest(copy, snapshot)
    if stored is None:
        raise SnapshotDamaged(
            f"the raw snapshot {snapshot.delivery_id} of {snapshot.entity}",
            "none",
            "Deliver its files again with the same --as-of, then try again.",
            Where(file=snapshot.folder),
        )
    for part in stored.files:
        parquet = folder / part.parquet
        found = digest_of(parquet) if parquet.is_file() else None
        if found != part.parquet_sha256:
            raise Damage(str(parquet.relative_to(paths.root)), part.parquet_sha256, found).as_error()
    name = f"{snapshot.source}.{snapshot.entity} {snapshot.delivery_id}"
    # Sixteen digits tell two files apart, and fit a terminal.
    return Compared("raw", name, stored.rows, snapshot.digest[:16], RawSnapshot.of(stored).digest[:16])


def _manifest(copy: ProductPaths, snapshot: RawSnapshot) -> Manifest | None:
    found = manifests_of(copy, snapshot.source, snapshot.entity)
    return next((manifest for manifest in found if str(manifest.folder) == snapshot.folder), None)


def _link(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:
        # Another disk, or one that knows no links.
        shutil.copyfile(file, target)


def _build(product: Product, copy: ProductPaths, record: VersionRecord, stages: tuple[str, ...]) -> None:
    if not stages:
        return
    as_of = record.as_of or LATEST
    replay_missing_deliveries(product, copy, as_of=as_of)
    selected = [name for stage in stages for name in _SELECTED[stage]]
    without = [word for kind in ("test", "unit_test") for word in ("--exclude-resource-type", kind)]
    done = run_dbt(
        ["--quiet", "build", "--select", *selected, *without],
        product,
        copy,
        variables=dbt_vars(product, copy, as_of=as_of, cutoff=record.cutoff),
        capture=True,
    )
    if done.returncode != 0:
        failed = "; ".join(f"{node}: {message}" for node, message in failed_nodes(copy)[:3])
        raise StepFailed(
            expected=f"the data of {record.run_id or 'this delivery'} to be built again",
            found=failed or (done.stdout + done.stderr).strip()[-1000:],
            do="Mend what dbt names, or build it with the code that recorded it.",
        )


def _show_raw(copy: ProductPaths, record: VersionRecord) -> None:
    """One view per raw table, over the snapshots that were in force."""
    warehouse = Warehouse(copy.warehouse)
    warehouse.execute("create schema if not exists raw")
    for name, snapshots in _by_table(record).items():
        files = [file for item in snapshots for file in sorted((copy.raw / item.folder).glob("*.parquet"))]
        relation = parquet_relation(files)
        warehouse.execute(f"create or replace view raw.{quoted(name)} as select * from {relation}")  # noqa: S608 - quoted


def _by_table(record: VersionRecord) -> Mapping[str, list[RawSnapshot]]:
    tables: dict[str, list[RawSnapshot]] = {}
    for snapshot in record.raw:
        tables.setdefault(f"{snapshot.source}__{snapshot.entity}", []).append(snapshot)
    return tables
