"""Read the training rows into memory: `python -m benchmarks.children.feature_reading PRODUCT HOME ANSWER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from dagster_project.paths import ProductPaths
from dagster_project.pipeline.feature_loading import WarehouseFeatures
from dagster_project.pipeline.task import forecast_task
from dagster_project.product import load_product
from dagster_project.warehouse import Warehouse


def main(product_file: Path, home: Path, answer: Path) -> int:
    """Load what the live model learns from, as training does, and write how much it is."""
    product = load_product(product_file)
    warehouse = Warehouse(ProductPaths(home, product.name).warehouse)
    names = tuple(column.name for column in forecast_task(product, warehouse).features)
    cutoff = warehouse.read("select cutoff::timestamp as c from features.feature_cutoffs where role = 'live'")
    rows = WarehouseFeatures(warehouse, names).training_rows(cutoff["c"][0].as_py())
    answer.write_text(json.dumps({"rows": rows.num_rows, "columns": rows.num_columns, "arrow_mb": rows.nbytes / 2**20}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
