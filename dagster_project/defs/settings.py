"""What one run may be told: which data, up to when, and made when."""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field, field_validator

from dagster_project.instants import as_instant


class RunSettings(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Settings of a run; empty means the usual: everything delivered, the last observed period, the landing folder."""

    source: str = Field(default="", description="Folder or file to deliver first; empty: the product's landing folder.")
    as_of: str = Field(default="", description="Deliveries after this UTC timestamp do not count; empty: all count.")
    cutoff: str = Field(default="", description="Last period the forecasters may see; empty: the last observed one.")
    generated_at: str = Field(default="", description="UTC timestamp written beside new forecasts; empty: run start.")
    force: bool = Field(default=False, description="Train and backtest anew although this run's inputs are unchanged.")

    @field_validator("as_of", "cutoff", "generated_at")
    @classmethod
    def _one_spelling(cls, text: str) -> str:
        # A run is known by its settings: the same instant, spelled otherwise, must not be another run.
        return str(as_instant(text, "the run's settings")) if text else ""


def started_at(context: dg.AssetExecutionContext, settings: RunSettings) -> datetime:
    """When the run was started, UTC without zone: as the command line says, or as Dagster recorded it."""
    if settings.generated_at:
        return datetime.fromisoformat(settings.generated_at)
    record = context.instance.get_run_record_by_id(context.run_id)
    if record is None:
        raise dg.Failure(f"run {context.run_id} is not in Dagster's storage; start it through the job")
    created: datetime = record.create_timestamp
    return created.astimezone(UTC).replace(tzinfo=None, microsecond=0)
