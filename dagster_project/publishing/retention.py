"""What is kept of earlier snapshots, and the clearing away of what a killed publish left.

A snapshot that was ever served has a manifest beside its file: the manifest is written after the pointer. A file
without one was never seen by a reader.
"""

from __future__ import annotations

import shutil

from dagster_project.failpoints import failpoint
from dagster_project.paths import ProductPaths
from dagster_project.publishing.manifest import Manifest, manifest_path, read_all, write_manifest


def clear_leftovers(paths: ProductPaths, current: Manifest | None) -> None:
    """Finish or remove what publishes left that died; the caller holds the publish lock, so none is at work."""
    if current is not None and not manifest_path(paths, current.snapshot_id).exists():
        # Killed between pointer and manifest: it is served, so it is a snapshot.
        write_manifest(paths, current)
    for path in [*paths.published.glob(".snap_*.tmp*"), *paths.published.glob(".*.json.*.tmp")]:
        path.unlink(missing_ok=True)
    _remove_all_but(paths, {manifest.snapshot_id for manifest in read_all(paths)})


def keep_newest(paths: ProductPaths, current: Manifest, keep: int) -> tuple[str, ...]:
    """Keep the served snapshot and the newest others, `keep` in all; return the ids that were removed.

    A reader that has a removed file open goes on reading it: the name goes, the bytes stay until it closes.
    """
    others = [manifest.snapshot_id for manifest in read_all(paths) if manifest.snapshot_id != current.snapshot_id]
    kept = {current.snapshot_id, *others[max(len(others) - keep + 1, 0) :]}
    _remove_all_but(paths, kept)
    return tuple(snapshot_id for snapshot_id in others if snapshot_id not in kept)


def _remove_all_but(paths: ProductPaths, kept: set[str]) -> None:
    for file in sorted(paths.published.glob("snap_*.duckdb")):
        if file.stem.removeprefix("snap_") not in kept:
            file.unlink()
            failpoint("publish", "mid_retention")
    for manifest_file in sorted(paths.published.glob("snap_*.json")):
        if manifest_file.stem.removeprefix("snap_") not in kept:
            manifest_file.unlink()
    for folder in sorted(paths.published_parquet.glob("*")):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
