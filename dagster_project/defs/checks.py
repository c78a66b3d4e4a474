"""Checks of a run's forecasts; the blocking ones stop publishing."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.alerting.findings import of_checks
from dagster_project.alerting.sending import send
from dagster_project.dead_runs import writer_pool
from dagster_project.defs.forecasting import table_spec
from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.paths import ProductPaths
from dagster_project.pipeline import stages
from dagster_project.pipeline.checks import CHECKS, Severity
from dagster_project.pipeline.identity import plan_run
from dagster_project.product import Product

RESULTS = dg.AssetKey(["forecasting", "check_results"])


def check_asset(product: Product, paths: ProductPaths) -> dg.AssetsDefinition:
    """Runs every check over what the run wrote, keeps the results as a table, and reports each to Dagster."""
    inputs = [
        dg.AssetKey(["forecasting", table])
        for table in ("forecasts", "forecast_quantiles", "backtest_forecasts", "series_failures", "leak_alarms")
    ]

    @dg.multi_asset(
        name="checks",
        specs=[table_spec(product, table, inputs) for table in ("check_results", "runs", "run_inputs")],
        check_specs=[
            dg.AssetCheckSpec(
                name=check.name,
                asset=RESULTS,
                description=check.promise,
                blocking=check.severity is Severity.BLOCK,
            )
            for check in CHECKS
        ],
        pool=writer_pool(product.name),
    )
    def checks(
        context: dg.AssetExecutionContext, settings: RunSettings
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        """Check completeness, finiteness, order of quantiles, and that the served model beats seasonal naive."""
        plan = plan_run(
            product,
            paths,
            as_of=settings.as_of,
            cutoff=settings.cutoff,
            generated_at=started_at(context, settings),
            force=settings.force,
        )
        results = stages.check(product, paths, plan)
        send(product, paths, of_checks(product, results, plan.run_id), started_at(context, settings))
        yield dg.MaterializeResult(asset_key=RESULTS, metadata={"dagster/row_count": len(results)})
        for table in ("runs", "run_inputs"):
            yield dg.MaterializeResult(asset_key=["forecasting", table], metadata={"run_id": plan.run_id})
        for result in results:
            blocking = result.check.severity is Severity.BLOCK
            yield dg.AssetCheckResult(
                asset_key=RESULTS,
                check_name=result.check.name,
                passed=result.passed,
                # Only an ERROR of a blocking check stops what comes after; a warning is recorded and goes on.
                severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
                metadata={
                    "observed": float(result.observed),
                    "threshold": float(result.check.threshold(product)),
                    "detail": result.detail,
                },
            )

    return checks
