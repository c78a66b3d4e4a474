"""Backtest, train, forecast, check: each reads contracted tables, makes one call, and writes tables of its run.

A run that was done before is used again without importing what would do it: sktime and LightGBM take seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from dagster_project.data_versions.recording import record_versions
from dagster_project.made_ahead import made_ahead
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.bundle_prediction import predicting
from dagster_project.pipeline.candidates import product_candidates
from dagster_project.pipeline.checks import CheckResult, run_checks
from dagster_project.pipeline.coded_reading import SeriesNames, coded_parts
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.feature_coverage import feature_coverage
from dagster_project.pipeline.feature_loading import WarehouseFeatures
from dagster_project.pipeline.identity import RunPlan, deliveries_in_force
from dagster_project.pipeline.ledger import costs, record_cost
from dagster_project.pipeline.regressor_loading import read_regressors
from dagster_project.pipeline.structure_loading import read_structure
from dagster_project.pipeline.task import forecast_task
from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.warehouse import Rows, Warehouse
from forecasting.configuration import configuration_text
from forecasting.errors import NotEnoughHistoryError
from forecasting.model_names import ENSEMBLE, GLOBAL_MODEL
from forecasting.task import ForecastTask

RUN_TABLES = (
    "backtest_forecasts",
    "backtest_quantiles",
    "model_choices",
    "series_failures",
    "candidate_verdicts",
    "backtest_configurations",
    "leak_alarms",
    "bias_decisions",
    "trials",
    "model_versions",
    "forecasts",
    "forecast_quantiles",
    "contributions",
    "check_results",
    "run_inputs",
)
LEAK_ALARMS = pa.schema(
    [("subject", pa.string()), ("observed", pa.float64()), ("threshold", pa.float64()), ("detail", pa.string())]
)
# In any order: they become a grid of series and periods.
OBSERVATIONS = "select series_number, ds, y, is_stockout from marts.fct_observations where ds <= $cutoff"
BACKTEST_FORECASTS = """
    select unique_id, cutoff::timestamp as cutoff, model, h, y, yhat, forecast_source
    from forecasting.backtest_forecasts
    where run_id = $run_id
"""
# Only where a product asks what was known then: the latest truth needs no versions.
VERSIONS = "select unique_id, ds, known_index, superseded_index, y, is_stockout from features.feature_versions"
BACKTEST_CUTOFFS = """
    select cutoff::timestamp as cutoff from features.feature_cutoffs
    where role in ('backtest', 'calibration')
    order by cutoff
"""


@dataclass(frozen=True)
class Written:
    """Rows per table of schema `forecasting`, and what Dagster shows beside them."""

    rows: Mapping[str, int]
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def backtest(product: Product, paths: ProductPaths, plan: RunPlan) -> Written:
    """Forecast at past cutoffs with every candidate, and choose the model of each series."""
    tables = (
        "backtest_forecasts",
        "backtest_quantiles",
        "model_choices",
        "series_failures",
        "leak_alarms",
        "bias_decisions",
        "trials",
        "live_run",
    )
    warehouse = Warehouse(paths.warehouse)
    reporter().step("backtest")
    _drop_unfinished(warehouse, plan)
    _make_live(warehouse, plan)
    if plan.is_complete:
        return _kept(warehouse, plan, tables)
    from dagster_project.pipeline.tuned import tuned_task  # noqa: PLC0415
    from forecasting import run  # noqa: PLC0415

    with measured("backtest") as cost:
        task = forecast_task(product, warehouse)
        features, versions = _features(product, warehouse, task), _versions(product, warehouse)
        task, trials = tuned_task(product, warehouse, task, lambda: _observations(warehouse, plan), features, versions)
        cutoffs: list[datetime] = warehouse.read(BACKTEST_CUTOFFS)["cutoff"].to_pylist()
        reporter().detail(f"{len(cutoffs)} windows, {', '.join(task.candidates)}")
        structure = read_structure(warehouse, plan.cutoff)
        # Of the rows nothing is kept beside the panel: at 59 million of them they take a gigabyte.
        panel = run.build_panel(
            task,
            _observations(warehouse, plan),
            structure=structure,
            versions=versions,
            regressors=read_regressors(product, warehouse, task.candidates),
        )
        result = run.run_backtest(task, panel, features, cutoffs, structure)
        written = _write(
            warehouse,
            plan,
            {
                "backtest_forecasts": result.forecast_rows,
                "backtest_quantiles": result.quantile_rows,
                "model_choices": result.choices,
                "series_failures": result.failures,
                "trials": trials,
                "bias_decisions": result.bias_decisions,
                "leak_alarms": pa.Table.from_pylist([asdict(alarm) for alarm in result.alarms], LEAK_ALARMS),
            },
        )
        verdicts = pa.Table.from_pylist([asdict(verdict) for verdict in product_candidates(product, warehouse)])
        configuration = pa.table({"configuration": [configuration_text(task, cutoffs)]})
        _write(warehouse, plan, {"candidate_verdicts": verdicts, "backtest_configurations": configuration})
        cost.rows_out = written["backtest_forecasts"]
    record_cost(paths, cost)
    reporter().done(f"{len(cutoffs)} windows, {written['backtest_forecasts']:,} forecasts")
    alarms = "; ".join(alarm.detail for alarm in result.alarms) or "none"
    return Written({**written, "live_run": 1}, {"backtest_forecasts": {"windows": len(cutoffs), "leak_alarms": alarms}})


def train(product: Product, paths: ProductPaths, plan: RunPlan) -> Written:
    """Train the global model on everything known at the live cutoff, and keep it as a bundle."""
    tables = ("model_versions", "feature_importance")
    warehouse = Warehouse(paths.warehouse)
    reporter().step("train")
    if plan.is_complete:
        return _kept(warehouse, plan, tables)
    from dagster_project.pipeline.tuned import with_chosen_settings  # noqa: PLC0415
    from forecasting import run  # noqa: PLC0415
    from forecasting.bundle import save_bundle  # noqa: PLC0415

    with measured("train") as cost:
        task = with_chosen_settings(warehouse, forecast_task(product, warehouse), plan.run_id)
        features = _features(product, warehouse, task)
        if GLOBAL_MODEL not in task.candidates or features is None:
            record_cost(paths, cost)
            reporter().done("no candidate has a training step")
            return Written(dict.fromkeys(tables, 0))
        try:
            trained = run.train(task, features.training_rows(plan.cutoff), plan.cutoff)
        except NotEnoughHistoryError as error:
            record_cost(paths, cost)
            reporter().done(f"no {GLOBAL_MODEL}: {error}")
            return Written(dict.fromkeys(tables, 0), {"model_versions": {"not_trained": str(error)}})
        bundle = save_bundle(trained, paths.models, target=product.target.name, code_version=plan.code_version)
        versions = pa.Table.from_pylist(
            [
                {
                    "model_version": bundle.version,
                    "model": GLOBAL_MODEL,
                    "cutoff": plan.cutoff,
                    "as_of": plan.as_of,
                    "n_rows": trained.n_rows,
                    "n_series": trained.n_series,
                    "feature_schema_hash": trained.schema.digest,
                    "parameters": json.dumps(trained.parameters, sort_keys=True),
                    "sha256": bundle.manifest["manifest_sha256"],
                    "bundle": f"models/{bundle.folder.name}",
                    "code_version": plan.code_version,
                    "generated_at": plan.generated_at,
                }
            ]
        )
        importance = trained.importance()
        importance = importance.append_column(
            "model_version", pa.array([bundle.version] * importance.num_rows, pa.string())
        )
        warehouse.replace_run("forecasting.model_versions", versions, plan.run_id)
        warehouse.execute("delete from forecasting.feature_importance where model_version = ?", [bundle.version])
        warehouse.append("forecasting.feature_importance", importance)
        cost.rows_out = trained.n_rows
    record_cost(paths, cost)
    reporter().done(f"{GLOBAL_MODEL} {bundle.version} on {trained.n_rows:,} rows of {trained.n_series:,} series")
    return Written(
        {"model_versions": 1, "feature_importance": importance.num_rows},
        {"model_versions": {"model_version": bundle.version, "training_rows": trained.n_rows}},
    )


def forecast(product: Product, paths: ProductPaths, plan: RunPlan) -> Written:
    """Forecast every series and node after the live cutoff with every candidate; quantiles of what is served."""
    tables = ("forecasts", "forecast_quantiles", "contributions", "feature_coverage")
    warehouse = Warehouse(paths.warehouse)
    reporter().step("forecast")
    _make_live(warehouse, plan)
    if plan.is_complete:
        return _kept(warehouse, plan, tables)
    from dagster_project.pipeline.explaining import explain  # noqa: PLC0415
    from forecasting import run  # noqa: PLC0415

    with measured("forecast") as cost:
        task = forecast_task(product, warehouse)
        features = _features(product, warehouse, task)
        version = _model_version(warehouse, plan)
        bundle = paths.models / version if version else None
        rows = features.forecast_rows(plan.cutoff) if features else None
        with predicting(bundle, rows) as stored:
            result = run.forecast(
                task,
                _observations(warehouse, plan),
                plan.cutoff,
                feature_rows=rows,
                trained=stored,
                backtest_forecasts=made_ahead(coded_parts(warehouse, BACKTEST_FORECASTS, {"run_id": plan.run_id})),
                structure=read_structure(warehouse, plan.cutoff),
                versions=_versions(product, warehouse),
                regressors=read_regressors(product, warehouse, task.candidates),
            )
        failures = pa.concat_tables(
            [_so_far(warehouse, plan, "series_failures", result.failures.schema), result.failures]
        )
        choices = pa.concat_tables([_so_far(warehouse, plan, "model_choices", result.choices.schema), result.choices])
        written = _write(
            warehouse,
            plan,
            {
                "forecasts": (_stamped(part, plan, version) for part in result.forecast_rows),
                "forecast_quantiles": result.quantile_rows,
                "contributions": explain(product, bundle, rows, result),
                "feature_coverage": feature_coverage(rows),
                "model_choices": choices,
                "series_failures": failures,
            },
        )
        cost.rows_out = written["forecasts"]
    record_cost(paths, cost)
    reporter().done(f"{written['forecasts']:,} forecasts, {written['forecast_quantiles']:,} quantiles")
    return Written(
        {table: written[table] for table in tables},
        {"forecasts": {"series_failures": result.failures.num_rows, "cutoff": plan.cutoff.isoformat()}},
    )


def check(product: Product, paths: ProductPaths, plan: RunPlan) -> list[CheckResult]:
    """Run every check, keep the results, and close the run's books."""
    warehouse = Warehouse(paths.warehouse)
    reporter().step("checks")
    with measured("checks") as cost:
        results = run_checks(product, warehouse, plan.run_id, as_of=plan.as_of, generated_at=plan.generated_at)
        rows = [
            {
                "check_name": result.check.name,
                "subject": "run",
                "layer": result.check.layer,
                "severity": result.check.severity.value,
                "passed": result.passed,
                "observed": result.observed,
                "threshold": result.threshold,
                "detail": result.detail,
                "checked_at": plan.generated_at,
            }
            for result in results
        ]
        warehouse.replace_run("forecasting.check_results", pa.Table.from_pylist(rows), plan.run_id)
        if not plan.is_complete:
            record_versions(
                product,
                paths,
                deliveries_in_force(paths, plan.asked_as_of),
                run_id=plan.run_id,
                raw_version=plan.data_hash,
                as_of=plan.asked_as_of,
                cutoff=plan.asked_cutoff,
                code_version=plan.code_version,
            )
            warehouse.replace_run("forecasting.runs", _run_row(product, plan), plan.run_id)
            warehouse.replace_run("forecasting.run_cost", costs(paths), plan.run_id)
        cost.rows_out = len(results)
    record_cost(paths, cost)
    failed = [result.check.name for result in results if not result.passed]
    reporter().done(f"{len(results) - len(failed)} passed" + (f", failed: {', '.join(failed)}" if failed else ""))
    return results


def _drop_unfinished(warehouse: Warehouse, plan: RunPlan) -> None:
    """Forget what runs wrote that were killed, refused or only evaluated: their books were never closed."""
    for table in RUN_TABLES:
        warehouse.execute(
            # A name of our own tables.
            f"delete from forecasting.{table} "  # noqa: S608
            "where run_id <> ? and run_id not in (select run_id from forecasting.runs)",
            [plan.run_id],
        )


def _make_live(warehouse: Warehouse, plan: RunPlan) -> None:
    """From now on the marts speak of this run, new or used again; of evaluations too, until the next run."""
    warehouse.replace_all("forecasting.live_run", pa.table({"run_id": [plan.run_id]}))


def _observations(warehouse: Warehouse, plan: RunPlan) -> pa.Table:
    return SeriesNames(warehouse).named(warehouse.read(OBSERVATIONS, {"cutoff": plan.cutoff}))


def _versions(product: Product, warehouse: Warehouse) -> pa.Table | None:
    return warehouse.read(VERSIONS) if product.data.as_known_then else None


def _features(product: Product, warehouse: Warehouse, task: ForecastTask) -> WarehouseFeatures | None:
    if GLOBAL_MODEL not in task.candidates:
        return None
    return WarehouseFeatures(warehouse, tuple(column.name for column in task.features), product.data.as_known_then)


def _write(warehouse: Warehouse, plan: RunPlan, tables: Mapping[str, Rows]) -> dict[str, int]:
    return {name: warehouse.replace_run(f"forecasting.{name}", rows, plan.run_id) for name, rows in tables.items()}


def _kept(warehouse: Warehouse, plan: RunPlan, tables: tuple[str, ...]) -> Written:
    reporter().done(f"unchanged inputs: run {plan.run_id} is used again")
    rows = {
        # Names of our own tables.
        table: warehouse.read(f"select count(*) as rows from forecasting.{table}")["rows"][0].as_py()  # noqa: S608
        for table in tables
    }
    return Written(rows, {table: {"reused_run": plan.run_id} for table in tables})


def _stamped(forecasts: pa.Table, plan: RunPlan, version: str | None) -> pa.Table:
    from forecasting.bias_correction import CORRECTED  # noqa: PLC0415
    from forecasting.levels import BOTTOM_UP, RECONCILED  # noqa: PLC0415
    from forecasting.row_stream import coded  # noqa: PLC0415

    # A forecaster without a training step has no version but its name; the ensemble has the trained model as a member,
    # and sums, reconciled and corrected forecasts are made of it.
    of_the_trained = {GLOBAL_MODEL, ENSEMBLE, BOTTOM_UP, RECONCILED, CORRECTED} if version else set()
    models = forecasts.column("model").combine_chunks()
    versions = [version if model in of_the_trained else model for model in models.dictionary.to_pylist()]
    stamp = pa.repeat(pa.scalar(plan.generated_at, pa.timestamp("us")), forecasts.num_rows)
    return (
        forecasts.drop_columns(["h"])
        .append_column("model_version", coded(versions, models.indices))
        .append_column("generated_at", stamp)
    )


def _model_version(warehouse: Warehouse, plan: RunPlan) -> str | None:
    found = warehouse.read(
        "select model_version from forecasting.model_versions where run_id = $run_id", {"run_id": plan.run_id}
    )
    return str(found["model_version"][0].as_py()) if found.num_rows else None


def _so_far(warehouse: Warehouse, plan: RunPlan, table: str, schema: pa.Schema) -> pa.Table:
    """What the backtest wrote about earlier cutoffs."""
    # A name of our own tables.
    sql = f"select * from forecasting.{table} where run_id = $run_id and cutoff < $cutoff order by all"  # noqa: S608
    rows = warehouse.read(sql, {"run_id": plan.run_id, "cutoff": plan.cutoff})
    return rows.select(schema.names).cast(schema)


def _run_row(product: Product, plan: RunPlan) -> pa.Table:
    row = {
        "product": product.name,
        "as_of": plan.as_of,
        "cutoff": plan.cutoff,
        "config_hash": plan.config_hash,
        "data_hash": plan.data_hash,
        "code_version": plan.code_version,
        "generated_at": plan.generated_at,
    }
    return pa.Table.from_pylist([row])
