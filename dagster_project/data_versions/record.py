"""The record of one run's data: what it was made of, and what each stage held. Written once, below `versions/`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.errors import SnapshotDamaged, UsageError, Where
from dagster_project.ingest import Manifest
from dagster_project.paths import ProductPaths
from dagster_project.publishing.durable import write_atomically

CLEAN, FEATURES = "clean", "features"
STAGES = ("raw", CLEAN, FEATURES)


class RawSnapshot(BaseModel):
    """One delivery that was in force; `digest` is that of its Parquet files."""

    model_config = ConfigDict(frozen=True)

    source: str
    entity: str
    delivery_id: str
    folder: str
    as_of: datetime
    rows: int
    digest: str

    @classmethod
    def of(cls, manifest: Manifest) -> RawSnapshot:
        """What the manifest of a delivery says."""
        digests = [file.parquet_sha256 for file in manifest.files]
        return cls(
            source=manifest.source,
            entity=manifest.entity,
            delivery_id=manifest.delivery_id,
            folder=str(manifest.folder),
            as_of=manifest.as_of,
            rows=manifest.rows,
            digest=digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest(),
        )


class TableVersion(BaseModel):
    """What one table held: rows, and a digest of columns, types and values that ignores the order of rows."""

    model_config = ConfigDict(frozen=True)

    stage: str
    table: str
    rows: int
    digest: str


class VersionRecord(BaseModel):
    """Everything that raw, clean and feature data of one run are a function of, and the digests of the result.

    `as_of` and `cutoff` are what the run was asked for, '' for everything delivered and the last observed period.
    `sealed` names the sealed snapshot that was read, where days are sealed. `settings` are those of the product file.
    Without `run_id` nothing was recorded: a state between runs.
    """

    model_config = ConfigDict(frozen=True)

    run_id: str
    as_of: str
    cutoff: str
    code_version: str
    duckdb_version: str
    raw_version: str
    sealed: str = ""
    raw: tuple[RawSnapshot, ...]
    tables: tuple[TableVersion, ...] = ()
    settings: dict[str, Any]

    def version_of(self, stage: str) -> str:
        """The id of a stage: `raw-…` of the deliveries, `clean-…` and `features-…` of what their tables held."""
        if stage == "raw":
            return f"raw-{self.raw_version}"
        said = [[table.table, table.rows, table.digest] for table in self.tables if table.stage == stage]
        return f"{stage}-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]}" if said else ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Every name by which this record can be asked for."""
        return tuple(filter(None, (self.run_id, *map(self.version_of, STAGES))))


def write_record(paths: ProductPaths, record: VersionRecord) -> None:
    """Keep a record; the same run again writes the same bytes."""
    _folder(paths).mkdir(parents=True, exist_ok=True)
    write_atomically(_folder(paths) / f"{record.run_id}.json", record.model_dump_json(indent=1) + "\n")


def read_records(paths: ProductPaths) -> list[VersionRecord]:
    """Every record, the one with the newest deliveries first.

    Raises:
        SnapshotDamaged: one of them cannot be read.
    """
    return sorted(_read_all(paths), key=lambda record: (_last(record.raw), record.run_id), reverse=True)


def record_named(paths: ProductPaths, version: str) -> VersionRecord | None:
    """The record of a run id, or the newest one that has a stage of this id."""
    return next((record for record in read_records(paths) if version in record.ids), None)


def unknown_version(paths: ProductPaths, version: str) -> UsageError:
    """The error for an id that names nothing."""
    known = [identity for record in read_records(paths)[:3] for identity in record.ids]
    return UsageError(
        "the id of a run, a published snapshot, a raw snapshot, or a raw-, clean- or features- version",
        repr(version),
        f"See `forecast data versions`; the newest are: {', '.join(known) or 'none, as no run has finished'}.",
    )


def _last(raw: Iterable[RawSnapshot]) -> datetime:
    return max(snapshot.as_of for snapshot in raw)


def _folder(paths: ProductPaths) -> Path:
    return paths.root / "versions"


def _read_all(paths: ProductPaths) -> Iterator[VersionRecord]:
    for path in sorted(_folder(paths).glob("*.json")):
        try:
            yield VersionRecord.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise SnapshotDamaged(
                "a version record as a run wrote it",
                f"{error.error_count()} faults, first: {error.errors()[0]['msg']}",
                "Move the file away; the run's data can no longer be compared with what it was.",
                Where(file=str(path.relative_to(paths.root))),
            ) from error
