"""Backtest, training and forecast: read a contracted table, one call, write a table, report."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.dead_runs import writer_pool
from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.paths import ProductPaths
from dagster_project.pipeline import stages
from dagster_project.pipeline.identity import RunPlan, plan_run
from dagster_project.product import Product
from forecasting.candidate_choice import AUTO
from forecasting.model_names import DRIVER_MODEL

OBSERVATIONS = dg.AssetKey(["marts", "fct_observations"])
SERIES = dg.AssetKey(["marts", "dim_series"])
FEATURES = dg.AssetKey(["features", "features"])
CUTOFFS = dg.AssetKey(["features", "feature_cutoffs"])
HIERARCHY = dg.AssetKey(["marts", "bridge_hierarchy_history"])
PLANS = [dg.AssetKey(["features", table]) for table in ("feature_driver_values", "feature_calendar")]
FORMER_NODES = dg.AssetKey(["features", "feature_former_nodes"])
KNOWN_THEN = [dg.AssetKey(["features", table]) for table in ("feature_versions", "feature_known_targets")]
NODES = dg.AssetKey(["marts", "fct_node_observations"])
ELIGIBILITY = dg.AssetKey(["marts", "fct_series_eligibility"])

DESCRIPTIONS = {
    "backtest_forecasts": "What every forecaster would have said at past cutoffs, beside what happened.",
    "backtest_quantiles": "Quantiles of those forecasts, calibrated on windows before the one they are for.",
    "model_choices": "The model that each series is served with, chosen on the backtest windows.",
    "leak_alarms": "What looked too good to be true in the backtest; a row of it stops publishing.",
    "bias_decisions": "Which segments have a bias that stays, and what would be, or is, done about it.",
    "live_run": "The run that the marts speak of: the one that was made, or used again, last.",
    "series_failures": "Series that a forecaster failed on, with the reason and the fallback that answered instead.",
    "model_versions": "Trained models: lineage, parameters and the digest of their bundle.",
    "feature_importance": "How much each feature contributed to a trained model.",
    "forecasts": "What every forecaster says about the periods after the live cutoff.",
    "forecast_quantiles": "Quantiles of the live forecasts.",
    "trials": "Settings of the global model that were tried before the backtest, with their error, and which are used.",
    "contributions": "What each feature adds to served forecasts of the global model; it adds up to them.",
    "feature_coverage": "How much of each feature was known in the rows that the run forecast from.",
    "check_results": "Every check of the run: observed, threshold, passed or not.",
    "runs": "One row per run: its inputs' digests, cutoff and code version.",
    "run_inputs": "Which raw snapshots, clean and feature tables the run was made of, with their digests.",
    "run_cost": "Wall, CPU and peak memory of each step.",
}


def table_spec(product: Product, table: str, deps: list[dg.AssetKey], *kinds: str) -> dg.AssetSpec:
    """The asset of one table of schema `forecasting`."""
    return dg.AssetSpec(
        key=["forecasting", table],
        deps=deps,
        group_name="forecasting",
        kinds={"duckdb", *kinds},
        owners=[product.owners.model],
        description=DESCRIPTIONS[table],
    )


def forecasting_assets(product: Product, paths: ProductPaths) -> list[dg.AssetsDefinition]:
    """The three Python steps between the features and the marts of forecasts."""

    def plan_of(context: dg.AssetExecutionContext, settings: RunSettings) -> RunPlan:
        return plan_run(
            product,
            paths,
            as_of=settings.as_of,
            cutoff=settings.cutoff,
            generated_at=started_at(context, settings),
            force=settings.force,
        )

    def results(written: stages.Written) -> Iterator[dg.MaterializeResult[Any]]:
        for table, rows in written.rows.items():
            yield dg.MaterializeResult(
                asset_key=["forecasting", table],
                metadata={"dagster/row_count": rows, **written.metadata.get(table, {})},
            )

    inputs = [OBSERVATIONS, SERIES, FEATURES, CUTOFFS, HIERARCHY, FORMER_NODES, NODES, ELIGIBILITY]
    inputs += KNOWN_THEN if product.data.as_known_then else []
    inputs += PLANS if {AUTO, DRIVER_MODEL} & set(product.models.candidates) else []
    backtest_tables = [
        "backtest_forecasts",
        "backtest_quantiles",
        "model_choices",
        "series_failures",
        "leak_alarms",
        "bias_decisions",
        "trials",
        "live_run",
    ]
    backtested = dg.AssetKey(["forecasting", "backtest_forecasts"])
    chosen = dg.AssetKey(["forecasting", "model_choices"])
    trained = dg.AssetKey(["forecasting", "model_versions"])

    @dg.multi_asset(
        name="backtest",
        specs=[table_spec(product, table, inputs, "sktime", "lightgbm") for table in backtest_tables],
        pool=writer_pool(product.name),
    )
    def backtest(context: dg.AssetExecutionContext, settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        """Stand at past cutoffs, forecast, compare; choose the model of each series."""
        yield from results(stages.backtest(product, paths, plan_of(context, settings)))

    @dg.multi_asset(
        name="training",
        specs=[
            table_spec(product, table, [*inputs, chosen], "lightgbm")
            for table in ("model_versions", "feature_importance")
        ],
        pool=writer_pool(product.name),
    )
    def training(context: dg.AssetExecutionContext, settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        """Train the global model on everything up to the live cutoff and store it as a checked bundle."""
        yield from results(stages.train(product, paths, plan_of(context, settings)))

    @dg.multi_asset(
        name="forecast",
        specs=[
            table_spec(product, table, [*inputs, backtested, trained], "sktime", "lightgbm")
            for table in ("forecasts", "forecast_quantiles", "contributions", "feature_coverage")
        ],
        pool=writer_pool(product.name),
    )
    def forecast(context: dg.AssetExecutionContext, settings: RunSettings) -> Iterator[dg.MaterializeResult[Any]]:
        """Forecast every series over the whole horizon, with quantiles from the backtest's residuals."""
        yield from results(stages.forecast(product, paths, plan_of(context, settings)))

    return [backtest, training, forecast]
