"""The jobs of a product: the whole run, an evaluation, a backfill; and when the run starts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.frequency import WEEKDAYS
from dagster_project.product import Product
from dagster_project.run_request import BACKFILL_JOB, BACKTEST_JOB, FORECAST_JOB

if TYPE_CHECKING:
    # Dagster exports the function but not the type that it returns.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# What training, forecasting and closing a run's books write; an evaluation does none of them.
SERVING_TABLES = (
    "model_versions",
    "feature_importance",
    "forecasts",
    "forecast_quantiles",
    "contributions",
    "feature_coverage",
    "check_results",
    "runs",
    "run_inputs",
)
# A run that hangs is ended; the last published snapshot stays.
MAX_RUNTIME_SECONDS = 4 * 3600
# Where the history of a product that names no start may begin.
FIRST_PARTITION = "2010-01-01"


def forecast_job(product: Product) -> UnresolvedAssetJobDefinition:
    """Everything from deliveries to the published snapshot: what `forecast run` runs too."""
    return dg.define_asset_job(
        FORECAST_JOB,
        selection=dg.AssetSelection.all(),
        description=f"{product.title}: from delivered files to a published snapshot.",
        tags={"product": product.name, "dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
        executor_def=dg.in_process_executor,
    )


def backtest_job(product: Product) -> UnresolvedAssetJobDefinition:
    """Only what an evaluation needs: nothing is trained for serving, checked or published."""
    not_needed = dg.AssetSelection.assets(*(["forecasting", table] for table in SERVING_TABLES))
    everything_else = dg.AssetSelection.all() - not_needed - dg.AssetSelection.groups("publishing")
    return dg.define_asset_job(
        BACKTEST_JOB,
        selection=everything_else.without_checks(),
        description=f"{product.title}: forecasts at past cutoffs, compared with what happened.",
        tags={"product": product.name, "dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
        executor_def=dg.in_process_executor,
    )


def backfill_job(product: Product) -> UnresolvedAssetJobDefinition | None:
    """Forecasts of past cutoffs, one partition per cutoff; each is what `forecast run --cutoff` computes.

    Nothing is published: readers must not see the past come back. The next whole run publishes the backfilled forecasts
    with its own. Frequencies longer than a month have no partitions.
    """
    partitions = _cutoffs(product)
    if partitions is None:
        return None
    return dg.define_asset_job(
        BACKFILL_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups("publishing"),
        description=f"{product.title}: forecasts as they would have been made at past cutoffs. Nothing is published.",
        tags={"product": product.name, "dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
        executor_def=dg.in_process_executor,
        config=dg.PartitionedConfig(
            partitions_def=partitions,
            run_config_for_partition_key_fn=lambda key: {"resources": {"settings": {"config": {"cutoff": key}}}},
        ),
    )


def _cutoffs(product: Product) -> dg.TimeWindowPartitionsDefinition | None:
    """One partition per period; of a product with several periods a day one per day. A key is a date in its period."""
    start = str(product.data.history_start or FIRST_PARTITION)
    if product.freq.startswith("W-"):
        # Dagster counts weekdays from Sunday.
        return dg.WeeklyPartitionsDefinition(start, day_offset=(WEEKDAYS.index(product.freq[2:]) + 1) % 7)
    if product.freq in {"MS", "ME"}:
        return dg.MonthlyPartitionsDefinition(start)
    if product.freq[0] in {"Q", "Y"}:
        return None
    return dg.DailyPartitionsDefinition(start)


def schedules(product: Product, job: UnresolvedAssetJobDefinition) -> list[dg.ScheduleDefinition]:
    """The product's cadence, stopped until an operator starts it."""
    if not product.problem.cron:
        return []
    return [
        dg.ScheduleDefinition(
            name=f"{product.name}_cadence",
            job=job,
            cron_schedule=product.problem.cron,
            execution_timezone=product.timezone,
            description=product.problem.cadence,
        )
    ]
