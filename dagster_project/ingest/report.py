"""What one ingest did, entity by entity; kept as JSON in `logs/`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["new", "unchanged", "restored", "rejected"]


class Outcome(BaseModel):
    """One delivery of one entity: stored (`new`, `restored` after damage), seen before, or refused."""

    model_config = ConfigDict(frozen=True)

    entity: str
    status: Status
    files: tuple[str, ...]
    delivery_id: str | None = None
    rows: int = 0
    columns: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sla_status: Literal["on time", "late"] | None = None
    minutes_late: int = 0


class Fault(BaseModel):
    """Why a file was refused: the message, its parts, and where the file went."""

    model_config = ConfigDict(frozen=True)

    file: str | None
    row: int | None
    column: str | None
    expected: str
    found: str
    do: str
    message: str
    quarantined_as: str | None


class IngestReport(BaseModel):
    """One ingest. With faults nothing of the delivery was stored, and `outcomes` says what was looked at."""

    model_config = ConfigDict(frozen=True)

    product: str
    as_of: datetime
    source: str
    outcomes: tuple[Outcome, ...]
    faults: tuple[Fault, ...] = ()
    ignored_files: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was stored."""
        return any(outcome.status in {"new", "restored"} for outcome in self.outcomes)

    @property
    def rows(self) -> int:
        """Rows of all entities that this delivery brought or repeated."""
        return sum(outcome.rows for outcome in self.outcomes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings, each with its entity."""
        return tuple(f"{outcome.entity}: {warning}" for outcome in self.outcomes for warning in outcome.warnings)

    def metadata_of(self, entity: str) -> dict[str, Any]:
        """Row count, status and warnings of one entity, for the asset that stands for it."""
        mine = [outcome for outcome in self.outcomes if outcome.entity == entity]
        return {
            "dagster/row_count": sum(outcome.rows for outcome in mine),
            "status": ", ".join(sorted({outcome.status for outcome in mine})) or "no file",
            "deliveries": ", ".join(outcome.delivery_id or "" for outcome in mine),
            "warnings": [warning for outcome in mine for warning in outcome.warnings],
        }
