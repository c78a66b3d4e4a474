"""What a model may be given in the rows of the horizon, and how much of it there was."""

import duckdb
import pyarrow as pa
import pytest

from dagster_project.errors import ContractError
from dagster_project.pipeline.feature_coverage import feature_coverage
from dagster_project.pipeline.task import forecast_task
from dagster_project.product import Product, load_product
from dagster_project.warehouse import Warehouse


def warehouse_with(path, *features):
    with duckdb.connect(str(path)) as con:
        con.execute("create schema features")
        con.execute(f"create table features.features ({', '.join(f'{name} double' for name, *_ in features)})")
        con.execute("create table features.feature_columns (feature varchar, availability varchar, is_used boolean)")
        con.execute("alter table features.feature_columns add column is_categorical boolean default false")
        con.executemany("insert into features.feature_columns values (?, ?, ?, false)", features)
    return Warehouse(path)


def test_features_of_the_horizon_are_known_ahead_or_at_the_cutoff(tmp_path):
    warehouse = warehouse_with(
        tmp_path / "w.duckdb", ("driver_promo", "known ahead", True), ("lag_1", "at the cutoff", True)
    )
    task = forecast_task(load_product("demo"), warehouse)
    assert [column.name for column in task.features] == ["driver_promo", "lag_1"]


def test_a_feature_that_is_observed_afterwards_is_refused_at_the_horizon(tmp_path):
    warehouse = warehouse_with(
        tmp_path / "w.duckdb", ("driver_promo", "known ahead", True), ("units_sold", "observed", True)
    )
    with pytest.raises(ContractError, match="units_sold, observed only afterwards"):
        forecast_task(load_product("demo"), warehouse)


def test_a_driver_that_is_known_afterwards_is_refused_whatever_the_specification_says(tmp_path):
    settings = load_product("demo").describe()
    drivers = [{**item, "known": "past"} if item["name"] == "promo" else item for item in settings["drivers"]]
    warehouse = warehouse_with(tmp_path / "w.duckdb", ("driver_promo", "known ahead", True))
    with pytest.raises(ContractError, match="driver_promo, observed only afterwards"):
        forecast_task(Product.model_validate({**settings, "drivers": drivers}), warehouse)


def test_an_unused_feature_may_be_of_any_kind(tmp_path):
    warehouse = warehouse_with(tmp_path / "w.duckdb", ("h", "known ahead", True), ("visitors", "observed", False))
    assert [column.name for column in forecast_task(load_product("demo"), warehouse).features] == ["h"]


def test_coverage_counts_what_the_forecast_rows_know():
    rows = pa.table({"unique_id": ["a", "a"], "h": [1, 2], "y": [None, None], "driver_promo": [1.0, None]})
    assert feature_coverage(rows).to_pylist() == [
        {"feature": "h", "n_rows": 2, "n_known": 2},
        {"feature": "driver_promo", "n_rows": 2, "n_known": 1},
    ]
    assert feature_coverage(None).num_rows == 0
