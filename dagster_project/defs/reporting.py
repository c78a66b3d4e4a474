"""The evaluation report: one HTML file per run, linked from here."""

from typing import Any

import dagster as dg

from dagster_project.dead_runs import writer_pool
from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.identity import plan_run
from dagster_project.pipeline.reporting import report_of
from dagster_project.product import Product
from dagster_project.reports.operator_view import operator_view
from dagster_project.warehouse import Warehouse

SHOWN = (
    ["marts", "fct_backtest_metrics"],
    ["marts", "fct_segment_accuracy"],
    ["marts", "fct_segment_parity"],
    ["marts", "fct_top_offenders"],
    ["marts", "fct_quantile_calibration"],
    ["marts", "forecast_latest"],
    ["registry", "feature_importance"],
    ["forecasting", "check_results"],
)


def report_asset(product: Product, paths: ProductPaths) -> dg.AssetsDefinition:
    """The report, downstream of every table that it shows."""

    @dg.asset(
        key=["reports", "evaluation"],
        deps=[dg.AssetKey(list(key)) for key in SHOWN],
        group_name="publishing",
        kinds={"html"},
        owners=[product.owners.model],
        description="Accuracy beside the baselines, by step, part and series, with the intervals' calibration: one "
        "self-contained page per run.",
        pool=writer_pool(product.name),
    )
    def evaluation(context: dg.AssetExecutionContext, settings: RunSettings) -> dg.MaterializeResult[Any]:
        """Read the tables, draw, write one file."""
        plan = plan_run(
            product,
            paths,
            as_of=settings.as_of,
            cutoff=settings.cutoff,
            generated_at=started_at(context, settings),
        )
        path = report_of(product, paths, plan.run_id)
        pictures = operator_view(product, Warehouse(paths.warehouse))
        return dg.MaterializeResult(
            metadata={
                "report": dg.MetadataValue.path(str(path)),
                "size_bytes": path.stat().st_size,
                **{name: dg.MetadataValue.md(text) for name, text in pictures.items()},
            }
        )

    return evaluation
