"""Backtest from a finished warehouse: `python -m benchmarks.children.backtest PRODUCT HOME MODE ANSWER`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from dagster_project.paths import ProductPaths
from dagster_project.pipeline.feature_loading import WarehouseFeatures
from dagster_project.pipeline.stages import BACKTEST_CUTOFFS, OBSERVATIONS
from dagster_project.pipeline.task import forecast_task
from dagster_project.product import load_product
from dagster_project.warehouse import Warehouse
from forecasting import metrics
from forecasting.backtest import backtest
from forecasting.run import build_panel

MODEL = "lightgbm"


def main(product_file: Path, home: Path, mode: str, answer: Path) -> None:
    """Run one mode (`single`: the newest window only; `first`, `every`: when models learn) and write its error."""
    product = load_product(product_file)
    warehouse = Warehouse(ProductPaths(home, product.name).warehouse)
    task = forecast_task(product, warehouse)
    cutoffs: list[datetime] = warehouse.read(BACKTEST_CUTOFFS)["cutoff"].to_pylist()
    live = warehouse.read("select cutoff::timestamp as cutoff from features.feature_cutoffs where role = 'live'")
    observations = warehouse.read(OBSERVATIONS, {"cutoff": live["cutoff"][0].as_py()})
    features = WarehouseFeatures(warehouse, tuple(column.name for column in task.features))
    task = replace(task, refit="every" if mode == "every" else "first", candidates=(MODEL,))
    chosen = cutoffs[-1:] if mode == "single" else cutoffs
    done = backtest(task, build_panel(task, observations), features, chosen)
    wape = float(np.mean([metrics.wape(window.y, window.yhat[MODEL]) for window in done.windows]))
    newest = done.windows[-1]
    figures = {"wape": wape, "wape_newest_window": metrics.wape(newest.y, newest.yhat[MODEL])}
    answer.write_text(json.dumps(figures))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
