"""The one job, and when it runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from dagster_project.product import Product
from dagster_project.run_request import BACKTEST_JOB, FORECAST_JOB

if TYPE_CHECKING:
    # Dagster exports the function but not the type that it returns.
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# What training, forecasting and closing a run's books write; an evaluation does none of them.
SERVING_TABLES = (
    "model_versions",
    "feature_importance",
    "forecasts",
    "forecast_quantiles",
    "check_results",
    "runs",
)
# A run that hangs is ended; the last published snapshot stays.
MAX_RUNTIME_SECONDS = 4 * 3600


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
