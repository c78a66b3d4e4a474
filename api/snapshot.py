"""One published snapshot, opened: verified, indexed, and ready for queries that are off the hot path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from api.index import ForecastIndex, build_index, column_types
from api.manifest import SUPPORTED_SCHEMA_VERSIONS, Manifest
from api.settings import Settings
from api.sql_json import text

SERVING_SCHEMAS = ("marts", "registry", "monitoring", "compat")
CHUNK_BYTES = 1 << 20


class SnapshotRefused(Exception):  # noqa: N818 - it is refused, nothing broke
    """A snapshot that must not be served; the message is the reason that readers see."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An immutable snapshot in memory; requests hold a reference, so a swap never changes an answer half-way."""

    manifest: Manifest
    folder: Path
    index: ForecastIndex
    columns: dict[str, dict[str, str]]
    connection: duckdb.DuckDBPyConnection
    published_at: datetime
    performance: dict[tuple[str, str], float]

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for one query: a shared one gives one thread another thread's rows."""
        return self.connection.cursor()


def open_snapshot(folder: Path, manifest: Manifest, settings: Settings) -> Snapshot:
    """Verify a snapshot's bytes, open it read-only, and build its index.

    Raises:
        SnapshotRefused: it is missing, damaged, or of a schema this version does not know.
    """
    file = folder / manifest.file
    if manifest.schema_version not in SUPPORTED_SCHEMA_VERSIONS:
        raise SnapshotRefused(
            f"snapshot {manifest.snapshot_id} has schema version {manifest.schema_version}, "
            f"this API reads {', '.join(sorted(SUPPORTED_SCHEMA_VERSIONS))}"
        )
    if not file.exists():
        raise SnapshotRefused(f"{manifest.file} is missing")
    if file.with_name(file.name + ".wal").exists():
        raise SnapshotRefused(f"{manifest.file} has a write-ahead log beside it: part of the data is not in the file")
    if _sha256_of(file) != manifest.sha256:
        raise SnapshotRefused(f"{manifest.file} does not have the SHA-256 that was published")
    try:
        connection = _connect(file, settings)
        tables = connection.execute(
            f"select schema_name || '.' || table_name from (select schema_name, table_name from duckdb_tables() "  # noqa: S608 - constants
            "union all select schema_name, view_name from duckdb_views()) as relations "
            f"where schema_name in ({', '.join(map(text, SERVING_SCHEMAS))}) order by 1"
        ).fetchall()
        columns = {table: column_types(connection, table) for (table,) in tables}
        index = build_index(connection, manifest)
        performance = _performance(connection, columns)
    except duckdb.Error as error:
        raise SnapshotRefused(f"{manifest.file} cannot be read: {str(error).splitlines()[0]}") from error
    except KeyError as error:
        raise SnapshotRefused(f"{manifest.file} lacks the contracted column {error}") from error
    return Snapshot(
        manifest=manifest,
        folder=folder,
        index=index,
        columns=columns,
        connection=connection,
        published_at=_time(manifest.published_at),
        performance=performance,
    )


def _performance(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, dict[str, str]]
) -> dict[tuple[str, str], float]:
    """Backtest metrics over all series, windows and horizons, by model and metric."""
    if "marts.fct_backtest_metrics" not in columns:
        return {}
    rows = connection.execute(
        "select model, metric, value from marts.fct_backtest_metrics "
        "where cutoff is null and segment_name = 'overall' and h_bucket = 'all' and isfinite(value) order by all"
    ).fetchall()
    return {(model, metric): value for model, metric, value in rows}


def _connect(file: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        str(file),
        read_only=True,
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "lock_configuration": True,
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
        },
    )


def _sha256_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        while chunk := handle.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _time(said: str) -> datetime:
    time = datetime.fromisoformat(said)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
