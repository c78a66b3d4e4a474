"""The manifest beside every raw snapshot: what was delivered, and the digests that prove it is still the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.errors import SnapshotDamaged, Where
from dagster_project.ingest.content import ColumnProfile
from dagster_project.paths import ProductPaths

NAME = "manifest.json"


class DeliveredFile(BaseModel):
    """One delivered file and the Parquet it became."""

    model_config = ConfigDict(frozen=True)

    name: str
    bytes: int
    sha256: str
    encoding: str | None
    rows: int
    parquet: str
    parquet_bytes: int
    parquet_sha256: str
    notes: tuple[str, ...] = ()


class Manifest(BaseModel):
    """One delivery of one entity. `columns` as delivered; `profile` of the promised ones; times are UTC."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    product: str
    source: str
    entity: str
    delivery_id: str
    contract_version: str | None
    as_of: datetime
    received_at: datetime
    rows: int
    columns: tuple[str, ...]
    files: tuple[DeliveredFile, ...]
    profile: tuple[ColumnProfile, ...] = ()
    warnings: tuple[str, ...] = ()
    sla_status: Literal["on time", "late"] = "on time"
    minutes_late: int = 0

    @property
    def folder(self) -> Path:
        """The snapshot's directory, relative to `raw/`."""
        return (
            Path(f"source={self.source}")
            / f"entity={self.entity}"
            / f"dt={self.as_of.date().isoformat()}"
            / f"run={self.delivery_id}"
        )

    @property
    def source_digest(self) -> tuple[str, ...]:
        """What makes two deliveries the same: the delivered bytes."""
        return tuple(sorted(file.sha256 for file in self.files))


def manifests_of(paths: ProductPaths, source: str | None = None, entity: str | None = None) -> list[Manifest]:
    """All manifests of a product, or of one entity, oldest first.

    Raises:
        SnapshotDamaged: a manifest cannot be read.
    """
    return sorted(_read_all(paths, source or "*", entity or "*"), key=lambda item: (item.as_of, item.delivery_id))


def _read_all(paths: ProductPaths, source: str, entity: str) -> Iterator[Manifest]:
    for path in sorted(paths.raw.glob(f"source={source}/entity={entity}/dt=*/run=*/{NAME}")):
        try:
            yield Manifest.model_validate_json(path.read_bytes())
        except ValidationError as error:
            raise SnapshotDamaged(
                "a manifest as ingest wrote it",
                f"{error.error_count()} faults, first: {error.errors()[0]['msg']}",
                "Move this run's directory away and deliver its file again.",
                Where(file=str(path.relative_to(paths.root))),
            ) from error
