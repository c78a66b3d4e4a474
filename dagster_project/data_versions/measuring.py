"""What the clean and the feature tables of a warehouse hold, as digests."""

from __future__ import annotations

import hashlib
import json

from dagster_project.data_versions.record import CLEAN, FEATURES, TableVersion
from dagster_project.sql_text import quoted
from dagster_project.warehouse import Warehouse

# What training, backtest and forecast read: see their assets. Models of a stage are built with all that lies before.
TABLES = {
    CLEAN: (
        "marts.dim_series",
        "marts.fct_observations",
        "marts.fct_drivers",
        "marts.bridge_hierarchy",
        "marts.fct_node_observations",
    ),
    FEATURES: ("features.feature_cutoffs", "features.features"),
}


def measure(warehouse: Warehouse, stages: tuple[str, ...] = (CLEAN, FEATURES)) -> tuple[TableVersion, ...]:
    """Rows and digest of every table of these stages."""
    return tuple(_measured(warehouse, stage, table) for stage in stages for table in TABLES[stage])


def _measured(warehouse: Warehouse, stage: str, table: str) -> TableVersion:
    columns = warehouse.column_types(table)
    values = ", ".join(quoted(name) for name in columns)
    # Sums of 64-bit hashes: the order of rows is no part of it, repeated rows are.
    row = warehouse.read(
        f"select count(*) as n_rows, coalesce(sum(hash({values})::hugeint), 0)::varchar as total from {quoted(table)}"  # noqa: S608 - quoted
    ).to_pylist()[0]
    text = json.dumps([columns, row["n_rows"], row["total"]])
    return TableVersion(
        stage=stage, table=table, rows=row["n_rows"], digest=hashlib.sha256(text.encode()).hexdigest()[:16]
    )
