"""Who competes for a product: what its file names, or what suits the observations in its warehouse."""

import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dagster_project.cli.plan import dry_run_text
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.candidates import product_candidates
from dagster_project.product import load_product
from dagster_project.run_request import LaunchSettings
from dagster_project.warehouse import Warehouse
from forecasting.candidate_choice import candidates_of

RUN = "aaaaaaaaaaaa"
MACRO = Path(__file__).parents[3] / "dbt_project/macros/create_forecasting_tables.sql"


@pytest.fixture
def automatic():
    product = load_product("demo")
    return product.model_copy(update={"models": product.models.model_copy(update={"candidates": ("auto",)})})


def _build(path, n_series, n_days, first_cutoff="2024-12-31"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema forecasting")
        connection.execute(
            "create table marts.fct_observations as select 's' || series as unique_id, date '2024-01-01' + day::int as ds, "
            "1.0 as y from range(?) as s (series), range(?) as d (day)",
            [n_series, n_days],
        )
        connection.execute("create schema features")
        connection.execute(
            "create table features.feature_cutoffs as select * from (values (date '2023-12-31', 'calibration'), "
            "($1::date, 'backtest'), ($1::date + 28, 'backtest'), ($1::date + 56, 'live')) as c (cutoff, role)",
            [first_cutoff],
        )
        for name in ("candidate_verdicts", "backtest_configurations"):
            found = re.search(rf"create table if not exists forecasting\.{name} \(.*?\);", MACRO.read_text(), re.DOTALL)
            connection.execute(found.group())
    return Warehouse(path)


def test_named_candidates_stay_as_they_are(tmp_path):
    product = load_product("demo")
    verdicts = product_candidates(product, Warehouse(tmp_path / "none.duckdb"))
    assert candidates_of(verdicts) == product.models.candidates


def test_the_size_of_the_panel_decides(tmp_path, automatic):
    few = candidates_of(product_candidates(automatic, _build(tmp_path / "few.duckdb", 3, 100)))
    many = candidates_of(product_candidates(automatic, _build(tmp_path / "many.duckdb", 3_000, 100)))
    assert "lightgbm" not in few
    assert "lightgbm" in many


def test_what_was_observed_after_the_first_scored_cutoff_decides_nothing(tmp_path, automatic):
    def choice(name, n_days):
        warehouse = _build(tmp_path / name, 30, n_days, first_cutoff="2024-02-29")
        return product_candidates(automatic, warehouse)

    assert choice("early.duckdb", 60) == choice("late.duckdb", 400)
    assert "lightgbm" not in candidates_of(choice("enough.duckdb", 400))
    assert any("1,800 observations" in verdict.reason for verdict in choice("again.duckdb", 400))


def test_without_a_scored_window_the_live_cutoff_counts(tmp_path, automatic):
    warehouse = _build(tmp_path / "young.duckdb", 30, 100)
    warehouse.execute("delete from features.feature_cutoffs where role <> 'live'")
    warehouse.execute("update features.feature_cutoffs set cutoff = '2024-01-31'")
    assert any("930 observations" in verdict.reason for verdict in product_candidates(automatic, warehouse))


def test_verdicts_and_configurations_fit_their_tables(tmp_path, automatic):
    warehouse = _build(tmp_path / "few.duckdb", 3, 100)
    verdicts = product_candidates(automatic, warehouse)
    warehouse.replace_run("forecasting.candidate_verdicts", pa.Table.from_pylist([asdict(v) for v in verdicts]), RUN)
    warehouse.replace_run("forecasting.backtest_configurations", pa.table({"configuration": ["{}"]}), RUN)
    kept = warehouse.read("select model, reason from forecasting.candidate_verdicts where is_candidate").to_pylist()
    assert [row["model"] for row in kept] == list(candidates_of(verdicts))
    assert all(row["reason"] for row in kept)


def test_a_dry_run_shows_who_competes_and_why(tmp_path, automatic):
    paths = ProductPaths(tmp_path, automatic.name)
    settings = LaunchSettings("", generated_at=datetime(2026, 7, 1).isoformat())  # noqa: DTZ001 - naive as in the tables
    record, text = dry_run_text(automatic, paths, settings)
    assert record["candidates"] == ["auto"]
    assert "chosen in the first run" in text
    _build(paths.warehouse, 3, 100)
    record, text = dry_run_text(automatic, paths, settings)
    assert "theta" in record["candidates"]
    assert "lightgbm" not in record["candidates"]
    assert "left out: 300 observations" in text
