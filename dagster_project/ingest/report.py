"""What one ingest did, entity by entity; kept as JSON in `logs/`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from dagster_project.paths import ProductPaths

STAMP = "%Y%m%dT%H%M%S"
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


def keep_report(paths: ProductPaths, report: IngestReport) -> None:
    """Write the report beside those of earlier ingests; a second ingest as of the same instant takes its place."""
    file = _file(paths, report.as_of)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")


def kept_report(paths: ProductPaths, as_of: datetime) -> IngestReport:
    """The report of the ingest as of an instant (UTC), as it was written."""
    return IngestReport.model_validate_json(_file(paths, as_of).read_bytes())


def reports_kept(paths: ProductPaths) -> list[datetime]:
    """The instants (UTC) of all ingests that left a report, oldest first."""
    return sorted(datetime.strptime(file.stem, STAMP) for file in _folder(paths).glob("*.json"))  # noqa: DTZ007 - UTC


def _folder(paths: ProductPaths) -> Path:
    return paths.logs / "ingest"


def _file(paths: ProductPaths, as_of: datetime) -> Path:
    return _folder(paths) / f"{as_of:{STAMP}}.json"
