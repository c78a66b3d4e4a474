"""The reports of a run: its evaluation, and what became of the delivery that it used, linked from here."""

from typing import Any

import dagster as dg

from dagster_project.dead_runs import writer_pool
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivery_reporting import report_of_delivery
from dagster_project.pipeline.reporting import evaluate_live_run
from dagster_project.product import Product
from dagster_project.reports.operator_view import operator_view

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
    def evaluation() -> dg.MaterializeResult[Any]:
        """Read the tables, draw, write one file."""
        written = evaluate_live_run(product, paths)
        return dg.MaterializeResult(
            metadata={
                "report": dg.MetadataValue.path(str(written.path)),
                # Once more: by now the warehouse has judged its rows and knows what it changed about the past.
                "delivery_report": dg.MetadataValue.path(str(report_of_delivery(product, paths))),
                "size_bytes": written.path.stat().st_size,
                **{name: dg.MetadataValue.md(text) for name, text in operator_view(written).items()},
            }
        )

    return evaluation
