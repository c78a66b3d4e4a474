"""What makes a build another build, and when there is none."""

import datetime as dt

import duckdb
import pytest

from dagster_project import dbt
from dagster_project.dbt import dbt_vars
from dagster_project.pipeline.kept_build import (
    KeptBuild,
    KeptCheck,
    forget_build,
    input_fingerprint,
    keep_build,
    kept_build,
    written_fingerprint,
)
from dagster_project.product import Product
from tests.dagster_project.ingest.shop import AS_OF, GOOD, Shop, tidy_settings

CHECKS = (KeptCheck(("marts", "dim_series"), "unique", True, "ERROR"), KeptCheck(("raw", "a"), "fresh", False, "WARN"))


@pytest.fixture
def shop(tmp_path):
    shop = Shop(Product.model_validate(tidy_settings()), tmp_path)
    shop.deliver({"sales.csv": GOOD})
    with duckdb.connect(str(shop.paths.warehouse)) as con:
        con.execute("create schema forecasting")
        con.execute("create table forecasting.kept_builds (step varchar, fingerprint varchar, checks varchar)")
        con.execute("create table forecasting.run_cost (run_id varchar, wall_s double)")
        con.execute("create table forecasting.forecasts (run_id varchar, yhat double)")
        con.execute("insert into forecasting.forecasts values ('a', 1), ('a', 2)")
    return shop


def fingerprint(shop, **changes):
    return input_fingerprint(shop.paths, {**dbt_vars(shop.product, shop.paths), **changes})


def test_the_same_input_has_the_same_fingerprint(shop):
    before = fingerprint(shop)
    shop.deliver({"sales.csv": GOOD}, as_of=AS_OF + dt.timedelta(days=1))
    assert fingerprint(shop) == before


def test_a_delivery_a_setting_and_a_line_of_sql_make_another_build(shop, tmp_path, monkeypatch):
    seen = {fingerprint(shop), fingerprint(shop, cutoff="2026-02-20"), fingerprint(shop, as_of="2026-02-20 00:00:00")}
    shop.deliver({"sales.csv": GOOD.replace("2026-02-28,B,56", "2026-02-28,B,57")}, as_of=AS_OF + dt.timedelta(days=1))
    seen.add(fingerprint(shop))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "one.sql").write_text("select 1")
    monkeypatch.setattr(dbt, "MODELS_DIR", tmp_path / "models")
    monkeypatch.setattr(dbt, "ROOT", tmp_path)
    monkeypatch.setattr(dbt, "PROJECT_DIR", tmp_path / "models")
    monkeypatch.setattr(dbt, "PROFILES_DIR", tmp_path / "models")
    seen.add(fingerprint(shop))
    (tmp_path / "models" / "one.sql").write_text("select 2")
    seen.add(fingerprint(shop))
    assert len(seen) == 6


def test_what_python_wrote_counts_as_rows_in_any_order_and_costs_do_not(shop):
    before = written_fingerprint(shop.paths)
    with duckdb.connect(str(shop.paths.warehouse)) as con:
        con.execute("delete from forecasting.forecasts")
        con.execute("insert into forecasting.forecasts values ('a', 2), ('a', 1)")
        con.execute("insert into forecasting.run_cost values ('a', 1)")
    assert written_fingerprint(shop.paths) == before
    with duckdb.connect(str(shop.paths.warehouse)) as con:
        con.execute("insert into forecasting.forecasts values ('a', 2)")
    assert written_fingerprint(shop.paths) != before


def test_a_build_is_kept_with_its_tests_until_it_is_forgotten(shop):
    assert kept_build(shop.paths, "features") is None
    keep_build(shop.paths, "features", "f1", CHECKS)
    keep_build(shop.paths, "marts", "m1", ())
    assert kept_build(shop.paths, "features") == KeptBuild("f1", CHECKS)
    forget_build(shop.paths, "features")
    assert kept_build(shop.paths, "features") is None
    assert kept_build(shop.paths, "marts") == KeptBuild("m1", ())


def test_a_warehouse_that_is_not_there_has_no_build(shop):
    shop.paths.warehouse.unlink()
    assert kept_build(shop.paths, "features") is None
    forget_build(shop.paths, "features")
