"""All or nothing: a delivery is prepared aside, committed by one file, and moved into place; a kill leaves no half.

The commit file is the point of no return. Killed before it, the next ingest forgets what was prepared; killed after
it, the next ingest finishes moving. Moving is renaming, so no reader sees part of a snapshot.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.errors import WarehouseBusy
from dagster_project.ingest.manifest import NAME, Manifest
from dagster_project.paths import ProductPaths

_COMMIT = "commit.json"


def incoming(paths: ProductPaths) -> Path:
    """Where a delivery is prepared: on the same disk as `raw/`, seen by no reader."""
    return paths.root / ".incoming"


@contextmanager
def only_one_ingest(paths: ProductPaths) -> Iterator[None]:
    """Keep a second ingest of the product out.

    Raises:
        WarehouseBusy: one is running.
    """
    paths.root.mkdir(parents=True, exist_ok=True)
    with (paths.root / ".ingest.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WarehouseBusy(
                f"no other ingest of {paths.product}", "one that is running", "Wait for it to end, then try again."
            ) from error
        yield


def recover(paths: ProductPaths) -> list[str]:
    """Finish or forget what a killed ingest left; the snapshots that were finished."""
    folder = incoming(paths)
    commit = folder / _COMMIT
    finished: list[str] = []
    if commit.exists():
        finished = json.loads(commit.read_text(encoding="utf-8"))
        _move(paths, finished)
    shutil.rmtree(folder, ignore_errors=True)
    return finished


def store(paths: ProductPaths, manifests: list[Manifest]) -> None:
    """Commit prepared snapshots: their Parquet lies below `incoming`, under the path it will have below `raw/`."""
    if not manifests:
        return
    folder = incoming(paths)
    for manifest in manifests:
        prepared = folder / manifest.folder
        (prepared / NAME).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        for path in sorted(prepared.iterdir()):
            path.chmod(0o444)
            _sync(path)
        _sync(prepared)
    written = folder / f"{_COMMIT}.new"
    written.write_text(json.dumps([str(manifest.folder) for manifest in manifests]), encoding="utf-8")
    _sync(written)
    written.rename(folder / _COMMIT)
    _sync(folder)
    recover(paths)


def _move(paths: ProductPaths, folders: list[str]) -> None:
    for relative in folders:
        prepared, final = incoming(paths) / relative, paths.raw / relative
        if not prepared.exists():
            continue  # moved before the kill
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists():
            # Only a damaged snapshot is stored again under its own name.
            shutil.rmtree(final)
        prepared.rename(final)
        _sync(final.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
