"""The published tables once more as Parquet, for tools that do not read DuckDB files."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from dagster_project.publishing.copying import SNAPSHOT_SETTINGS
from dagster_project.publishing.durable import fsync_directory, fsync_file
from dagster_project.publishing.relations import Relation
from dagster_project.sql_text import literal, quoted


def export_parquet(file: Path, relations: list[Relation], folder: Path) -> None:
    """Write `folder/<schema>/<table>.parquet` for every relation of a snapshot file; the folder appears whole.

    A folder of that name from a publish that was killed is replaced.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    with duckdb.connect(str(file), read_only=True, config=SNAPSHOT_SETTINGS) as connection:
        for relation in relations:
            schema, table = relation.name.split(".")
            destination = temporary / schema / f"{table}.parquet"
            destination.parent.mkdir(exist_ok=True)
            target = literal(str(destination))
            connection.execute(f"copy {quoted(relation.name)} to {target} (format parquet, compression zstd)")
    for path in sorted(temporary.rglob("*")):
        if path.is_dir():
            fsync_directory(path)
        else:
            fsync_file(path)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    fsync_directory(folder.parent)
