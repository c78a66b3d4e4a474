"""The snapshots that are kept: listing them, proving one intact, going back to one, asking one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from dagster_project.errors import SnapshotDamaged, StepFailed, UsageError, Where
from dagster_project.paths import ProductPaths
from dagster_project.publishing.contract import SERVING_SCHEMAS
from dagster_project.publishing.durable import sha256_of
from dagster_project.publishing.manifest import (
    Manifest,
    point_to,
    read_all,
    read_current,
    read_manifest,
)
from dagster_project.publishing.protocol import publishing_lock

# The reader gets nothing but the snapshot: no other file, no network, no way to change that.
READER_SETTINGS: dict[str, str | int | bool] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
    "memory_limit": "2GB",
}


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """One snapshot on disk; `size` in bytes."""

    manifest: Manifest
    is_served: bool
    size: int


def list_snapshots(paths: ProductPaths) -> list[KeptSnapshot]:
    """The kept snapshots, newest first."""
    try:
        current = read_current(paths)
    except SnapshotDamaged:
        current = None
    served = current.snapshot_id if current else None
    return [
        KeptSnapshot(manifest, manifest.snapshot_id == served, (paths.published / manifest.file).stat().st_size)
        for manifest in reversed(read_all(paths))
    ]


def served_snapshot(paths: ProductPaths) -> Manifest:
    """The manifest of the served snapshot.

    Raises:
        StepFailed: nothing was published yet.
        SnapshotDamaged: the pointer is there and cannot be read.
    """
    current = read_current(paths)
    if current is None:
        raise StepFailed(
            expected="a published snapshot",
            found="none yet",
            do=f"Run `forecast --product {paths.root.name} run`; it ends with publishing.",
        )
    return current


def verify_snapshot(paths: ProductPaths, snapshot_id: str | None = None) -> Manifest:
    """Prove that a snapshot, by default the served one, has the bytes that were published.

    Raises:
        SnapshotDamaged: the file is missing, or its SHA-256 is another one.
    """
    manifest = read_manifest(paths, snapshot_id) if snapshot_id else served_snapshot(paths)
    file = paths.published / manifest.file
    found = "no file" if not file.exists() else sha256_of(file)
    if found != manifest.sha256:
        raise SnapshotDamaged(
            expected=f"snapshot {manifest.snapshot_id} with SHA-256 {manifest.sha256[:12]}…",
            found=found if found == "no file" else f"SHA-256 {found[:12]}…",
            do="`forecast rollback` points readers to the newest intact snapshot; `forecast publish` makes a new one.",
            where=Where(file=manifest.file),
        )
    return manifest


def rollback(paths: ProductPaths, to: str | None = None) -> Manifest:
    """Serve an earlier snapshot again: `to`, or the newest intact one before the served one. Only the pointer changes.

    Raises:
        StepFailed: there is none to go back to.
        SnapshotDamaged: the snapshot `to` is not intact.
    """
    with publishing_lock(paths, "rollback"):
        try:
            current = read_current(paths)
        except SnapshotDamaged:
            current = None
        manifest = verify_snapshot(paths, to) if to else _newest_intact_before(paths, current)
        left = current.snapshot_id if current and current.snapshot_id != manifest.snapshot_id else None
        manifest = manifest.model_copy(update={"rolled_back_from": left})
        point_to(paths, manifest)
    return manifest


def query_snapshot(
    paths: ProductPaths,
    sql: str,
    params: Sequence[object] | Mapping[str, object] | None = None,
    *,
    snapshot_id: str | None = None,
) -> pa.Table:
    """The answer of one read-only query on a published snapshot, by default the served one.

    Tables are found without their schema: `select * from forecast_latest`. Reads nothing but the snapshot.

    Raises:
        UsageError: the query is wrong or is no query; DuckDB's sentence is part of the message.
    """
    manifest = read_manifest(paths, snapshot_id) if snapshot_id else served_snapshot(paths)
    with reader_of(paths.published / manifest.file) as connection:
        try:
            if params is not None:
                return connection.execute(sql, params).to_arrow_table()
            relation = connection.sql(sql)
            if relation is not None:
                return relation.to_arrow_table()
            found = "a statement without rows"
        except duckdb.Error as error:
            found = f"DuckDB's answer: {error}"
    raise UsageError(
        expected="a query on the published snapshot",
        found=found,
        do='`forecast query "show all tables"` lists the tables and their columns.',
    )


def reader_of(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can read this snapshot and do nothing else."""
    try:
        connection = duckdb.connect(str(file), read_only=True, config=READER_SETTINGS)
    except duckdb.Error as error:
        raise SnapshotDamaged(
            expected="a readable snapshot",
            found=str(error).splitlines()[0],
            do="`forecast rollback` points readers to the newest intact snapshot.",
            where=Where(file=file.name),
        ) from error
    connection.execute(f"set search_path = '{','.join(SERVING_SCHEMAS)}'")
    connection.execute("set lock_configuration = true")
    return connection


def _newest_intact_before(paths: ProductPaths, current: Manifest | None) -> Manifest:
    for manifest in reversed(read_all(paths)):
        if current is not None and manifest.sequence >= current.sequence:
            continue
        if sha256_of(paths.published / manifest.file) == manifest.sha256:
            return manifest
    raise StepFailed(
        expected="an intact snapshot before the served one",
        found="none",
        do="`forecast snapshots` lists what is kept; `publish: {keep: N}` in the product file keeps more.",
    )
