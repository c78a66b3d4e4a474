"""What Dagster loads: the assets, checks, job and schedule of one product."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource

from dagster_project.dbt import DBT, manifest_of
from dagster_project.defs.checks import check_asset
from dagster_project.defs.dbt_translation import dbt_project
from dagster_project.defs.forecasting import forecasting_assets
from dagster_project.defs.ingestion import delivery_assets
from dagster_project.defs.jobs import backfill_job, backtest_job, forecast_job, schedules
from dagster_project.defs.publishing import publishing_asset
from dagster_project.defs.reporting import report_asset
from dagster_project.defs.settings import RunSettings
from dagster_project.defs.transformation import warehouse_assets
from dagster_project.defs.watching import killed_run_sensor
from dagster_project.paths import ProductPaths
from dagster_project.product import Product, load_product


def definitions_for(product: Product, home: Path) -> dg.Definitions:
    """The definitions of one product: one code location."""
    paths = ProductPaths(home, product.name)
    manifest_path = manifest_of(product, paths)
    manifest: dict[str, Any] = json.loads(manifest_path.read_text())
    job, backfill = forecast_job(product), backfill_job(product)
    return dg.Definitions(
        assets=[
            delivery_assets(product, paths, manifest),
            *warehouse_assets(product, paths, manifest_path),
            *forecasting_assets(product, paths),
            check_asset(product, paths),
            report_asset(product, paths),
            publishing_asset(product, paths, manifest),
        ],
        jobs=[job, backtest_job(product), *([backfill] if backfill else [])],
        schedules=schedules(product, job),
        sensors=[killed_run_sensor(product)],
        resources={
            "dbt": DbtCliResource(project_dir=dbt_project(paths), dbt_executable=DBT),
            "settings": RunSettings.configure_at_launch(),
        },
        executor=dg.in_process_executor,
    )


@dg.definitions
def product_definitions() -> dg.Definitions:
    """The product that `FORECAST_PRODUCT` names, with its files below `FORECAST_HOME`."""
    home = Path(os.environ.get("FORECAST_HOME", "var")).absolute()
    return definitions_for(load_product(os.environ.get("FORECAST_PRODUCT", "demo")), home)
