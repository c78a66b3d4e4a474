"""What the clean and the feature tables of a warehouse hold, as digests."""

from __future__ import annotations

import hashlib
import json

import duckdb

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
    """Rows and digest of every table of these stages, over one connection: each costs a tenth of a second."""
    with warehouse.connect(read_only=True) as connection:
        return tuple(_measured(connection, stage, table) for stage in stages for table in TABLES[stage])


def _measured(connection: duckdb.DuckDBPyConnection, stage: str, table: str) -> TableVersion:
    columns = {name: kind for name, kind, *_ in connection.execute(f"describe {quoted(table)}").fetchall()}
    values = ", ".join(quoted(name) for name in columns)
    # Sums of 64-bit hashes: the order of rows is no part of it, repeated rows are.
    rows, total = connection.execute(
        f"select count(*), coalesce(sum(hash({values})::hugeint), 0)::varchar from {quoted(table)}"  # noqa: S608 - quoted
    ).fetchall()[0]
    text = json.dumps([columns, rows, total])
    return TableVersion(stage=stage, table=table, rows=rows, digest=hashlib.sha256(text.encode()).hexdigest()[:16])
