"""What a run may be asked for, without the orchestrator that does it: commands that run nothing start in a moment."""

from __future__ import annotations

from dataclasses import dataclass

FORECAST_JOB = "forecast_run"
BACKTEST_JOB = "backtest_run"
BACKFILL_JOB = "backfill_run"


@dataclass(frozen=True)
class LaunchSettings:
    """The run's settings as text, as Dagster's UI would take them; see `RunSettings`."""

    source: str = ""
    as_of: str = ""
    cutoff: str = ""
    generated_at: str = ""
    force: bool = False
