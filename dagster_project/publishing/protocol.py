"""The publish protocol: copy, verify, name, point. Tested by killing it at every point.

1. Read what the warehouse offers. If it says what the served snapshot says, nothing is done.
2. Copy the serving relations into a temporary file, CHECKPOINT, close; no `.wal` may stay.
3. A fresh process verifies the file against what was read from the warehouse.
4. SHA-256, fsync, read-only, Parquet beside it, rename to the snapshot's own name, fsync the directory.
5. Replace `current.json` in one step. Only here do readers see anything. Then the manifest: this one was served.
6. Remove what is older than the snapshots to keep.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.errors import SnapshotDamaged, StepFailed
from dagster_project.failpoints import failpoint
from dagster_project.locks import file_lock, writer_lock
from dagster_project.paths import ProductPaths
from dagster_project.publishing.contract import SCHEMA_VERSION
from dagster_project.publishing.copying import copy_into
from dagster_project.publishing.durable import fsync_directory, fsync_file, sha256_of
from dagster_project.publishing.manifest import (
    Manifest,
    ProductCard,
    point_to,
    read_all,
    read_current,
    write_manifest,
)
from dagster_project.publishing.parquet_export import export_parquet
from dagster_project.publishing.relations import Content, Relation, content_digest, content_of, relations_in
from dagster_project.publishing.retention import clear_leftovers, keep_newest
from dagster_project.publishing.verification import problems_seen_by_fresh_process, refuse
from dagster_project.warehouse import Warehouse

FAILPOINTS = (
    "before_copy",
    "mid_copy",
    "after_copy",
    "after_verify",
    "after_parquet",
    "after_rename",
    "after_pointer",
    "after_manifest",
    "mid_retention",
)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Which run made what is published; timestamps and cutoff as ISO texts."""

    run_id: str
    data_as_of: str
    cutoff: str
    model_version: str
    code_version: str


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publish did: the served snapshot, and whether it was served before."""

    snapshot_id: str
    file: Path
    sha256: str
    tables: dict[str, int]
    unchanged: bool
    removed: tuple[str, ...] = ()


def publish(
    paths: ProductPaths, card: ProductCard, lineage: Lineage, *, published_at: datetime, keep: int = 3
) -> Publication:
    """Make the warehouse's serving tables the served snapshot.

    Tables that say the same as the served snapshot leave it as it is. Blocking checks have passed before this.

    Raises:
        GateRefused: the copy does not keep what the published tables promise; the served snapshot stays.
        WarehouseBusy: another process writes the warehouse or publishes.
        StepFailed: the copy could not be written, for example because the disk is full.
    """
    for folder in (paths.published, paths.published_parquet):
        folder.mkdir(parents=True, exist_ok=True)
    with publishing_lock(paths, "publish"):
        current = _readable_current(paths)
        clear_leftovers(paths, current)
        with writer_lock(paths, "copying the serving tables"):
            relations, contents = _offered(paths, card)
            digest = content_digest(contents, card.model_dump(mode="json"))
            if current is not None and current.content_digest == digest and is_intact(paths, current):
                return _publication(paths, current, unchanged=True)
            failpoint("publish", "before_copy")
            temporary = paths.published / f".snap_next.{os.getpid()}.tmp"
            _copy(temporary, paths, relations)
        failpoint("publish", "after_copy")
        try:
            refuse(problems_seen_by_fresh_process(temporary, contents, card.own_names), "the new snapshot")
        except Exception:
            _discard(temporary)
            raise
        failpoint("publish", "after_verify")
        manifest = _manifest(
            paths,
            temporary,
            contents=contents,
            digest=digest,
            card=card,
            lineage=lineage,
            published_at=published_at,
        )
        _name(paths, temporary, manifest, relations)
        point_to(paths, manifest)
        failpoint("publish", "after_pointer")
        write_manifest(paths, manifest)
        failpoint("publish", "after_manifest")
        removed = keep_newest(paths, manifest, keep)
    return _publication(paths, manifest, unchanged=False, removed=removed)


def publishing_lock(paths: ProductPaths, doing: str) -> AbstractContextManager[None]:
    """Only one process at a time changes what is published."""
    return file_lock(paths.published / ".publish.lock", doing, wait_s=5.0)


def is_intact(paths: ProductPaths, manifest: Manifest) -> bool:
    """Whether the snapshot's file is there and has the bytes that were published."""
    file = paths.published / manifest.file
    return file.exists() and sha256_of(file) == manifest.sha256


def _offered(paths: ProductPaths, card: ProductCard) -> tuple[list[Relation], dict[str, Content]]:
    with Warehouse(paths.warehouse).attached() as (connection, catalog):
        relations = relations_in(connection, catalog, card.own_names)
        return relations, {relation.name: content_of(connection, catalog, relation) for relation in relations}


def _readable_current(paths: ProductPaths) -> Manifest | None:
    try:
        return read_current(paths)
    except SnapshotDamaged:
        # A damaged pointer is what this publish is going to replace.
        return None


def _copy(temporary: Path, paths: ProductPaths, relations: list[Relation]) -> None:
    try:
        copy_into(temporary, Warehouse(paths.warehouse), relations)
    except duckdb.Error as error:
        _discard(temporary)
        raise StepFailed(
            expected="room and rights to write the new snapshot",
            found=f"DuckDB's answer {str(error).splitlines()[0]!r}",
            do=f"The served snapshot stays. Mend it below {paths.published.name}/ and publish again.",
        ) from error


def _discard(temporary: Path) -> None:
    temporary.unlink(missing_ok=True)
    temporary.with_name(temporary.name + ".wal").unlink(missing_ok=True)


def _manifest(
    paths: ProductPaths,
    temporary: Path,
    *,
    contents: Mapping[str, Content],
    digest: str,
    card: ProductCard,
    lineage: Lineage,
    published_at: datetime,
) -> Manifest:
    snapshot_id = f"{_next_sequence(paths):06d}-{digest[:10]}"
    return Manifest(
        snapshot_id=snapshot_id,
        file=f"snap_{snapshot_id}.duckdb",
        sha256=sha256_of(temporary),
        tables={name: content.rows for name, content in contents.items()},
        table_digests={name: content.digest for name, content in contents.items()},
        content_digest=digest,
        data_as_of=lineage.data_as_of,
        cutoff=lineage.cutoff,
        model_version=lineage.model_version,
        published_at=published_at.isoformat(timespec="seconds"),
        run_id=lineage.run_id,
        code_version=lineage.code_version,
        schema_version=SCHEMA_VERSION,
        duckdb_version=duckdb.__version__,
        product=card,
    )


def _name(paths: ProductPaths, temporary: Path, manifest: Manifest, relations: list[Relation]) -> None:
    fsync_file(temporary)
    temporary.chmod(0o444)
    export_parquet(temporary, relations, paths.published_parquet / manifest.snapshot_id)
    failpoint("publish", "after_parquet")
    temporary.rename(paths.published / manifest.file)
    fsync_directory(paths.published)
    failpoint("publish", "after_rename")


def _next_sequence(paths: ProductPaths) -> int:
    """One more than any snapshot that was served and is still known."""
    current = _readable_current(paths)
    known = [manifest.sequence for manifest in read_all(paths)] + ([current.sequence] if current else [])
    return max(known, default=0) + 1


def _publication(
    paths: ProductPaths, manifest: Manifest, *, unchanged: bool, removed: tuple[str, ...] = ()
) -> Publication:
    return Publication(
        snapshot_id=manifest.snapshot_id,
        file=paths.published / manifest.file,
        sha256=manifest.sha256,
        tables=manifest.tables,
        unchanged=unchanged,
        removed=removed,
    )
