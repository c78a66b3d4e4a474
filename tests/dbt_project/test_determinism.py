"""Shuffled rows, another time zone and another number of threads change nothing."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.dbt_project.conftest import dbt_build

TABLES = (
    "marts.dim_series", "marts.bridge_hierarchy", "marts.dim_calendar", "marts.dim_periods", "marts.fct_observations",
    "marts.fct_drivers", "marts.dim_series_history", "marts.bridge_hierarchy_history", "marts.fct_observation_versions",
    "monitoring.cleaning_log", "monitoring.quarantine", "monitoring.feed_gaps", "monitoring.quality_report",
)  # fmt: skip


def contents(warehouse: Path) -> dict[str, str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            table: connection.execute(f"select md5(string_agg(rows::varchar, '\n' order by rows::varchar)) from {table} as rows").fetchone()[0]
            for table in TABLES
        }  # fmt: skip


@pytest.mark.slow
def test_the_same_deliveries_give_the_same_tables(demo_home: Path, demo_warehouse: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_home / "raw", tmp_path / "raw")
    for file in (tmp_path / "raw").rglob("*.parquet"):
        table = pq.read_table(file)
        order = list(range(table.num_rows))
        random.Random(7).shuffle(order)
        pq.write_table(table.take(order), file)
    other = dbt_build(tmp_path, {}, environment={"TZ": "Asia/Tokyo", "FORECAST_THREADS": "1"})

    assert contents(other) == contents(demo_warehouse)
