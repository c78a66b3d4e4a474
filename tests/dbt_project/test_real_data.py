"""The real files, counted to the last row and unit; skipped without FORECAST_DATA_DIR."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.conftest import dbt_build
from tests.dbt_project.raw_snapshots import write_delivery, write_file

pytestmark = [pytest.mark.real_data, pytest.mark.slow]
HOLIDAY_COLUMNS = ["ds", "country", "subdivision", "name", "kind"]
NO_DRIVERS = [f"driver_{slot:02}" for slot in range(1, 17)]


def test_online_retail_reconciles_with_the_file_to_the_last_unit(data_dir: Path, tmp_path: Path) -> None:
    file = data_dir / "online_retail" / "online-retail-dataset.csv.gz"
    write_file(tmp_path / "raw", "online_retail", "order_lines", [file], encoding="latin-1")
    write_delivery(tmp_path / "raw", "calendar", "holidays", [], columns=HOLIDAY_COLUMNS)
    warehouse = dbt_build(
        tmp_path,
        {"product": "online_retail", "source_system": "online_retail", "keys": ["country", "product_group"],
         "key_slots": ["country", "product_group", "key_3", "key_4"], "hierarchy": [["country"], ["product_group"]],
         "driver_slots": NO_DRIVERS, "drivers_known_ahead": [], "allow_negative": True,
         "target_kind": "intermittent", "season_lengths": [7], "entity_modes": {}},
    )  # fmt: skip
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        log = dict(connection.execute("select rule_id, n_rows from monitoring.cleaning_log").fetchall())
        delivered = connection.execute(
            "select sum(quantity) from intermediate.int_online_retail__order_lines_judged"
        ).fetchone()
        left_out = connection.execute(
            "select sum(quantity) from intermediate.int_online_retail__order_lines_judged where rule_id is not null"
        ).fetchone()
        observed = connection.execute("select sum(y) from marts.fct_observations").fetchone()

    assert sum(log.values()) == 541_909
    assert log["exact_duplicate"] == 5_268
    assert log["cancellation"] == log["cancelled_line"] > 1_000
    assert delivered == (5_176_450,)
    assert left_out is not None
    assert observed == (5_176_450 - left_out[0],)


def test_spains_hours_are_complete_except_for_the_hours_that_the_clock_skips(data_dir: Path, tmp_path: Path) -> None:
    files = sorted((data_dir / "spain_energy" / "raw_entsoe").glob("*.csv.gz"))
    write_file(tmp_path / "raw", "spain_entsoe", "load", files)
    write_delivery(tmp_path / "raw", "calendar", "holidays", [], columns=HOLIDAY_COLUMNS)
    warehouse = dbt_build(
        tmp_path,
        {"product": "spain_load", "source_system": "spain_entsoe", "keys": ["zone"], "freq": "h",
         "key_slots": ["zone", "key_2", "key_3", "key_4"], "hierarchy": [], "ds_type": "timestamp",
         "period_interval": "1 hour", "driver_slots": ["operator_forecast", *NO_DRIVERS[1:]], "season_length": 24,
         "season_lengths": [24, 168], "target_kind": "continuous", "timezone": "Europe/Madrid", "entity_modes": {}},
    )  # fmt: skip
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        log = dict(connection.execute("select rule_id, n_rows from monitoring.cleaning_log").fetchall())
        hours = connection.execute("""
            select count(*), count(*) filter (where is_imputed), min(ds)::varchar, max(ds)::varchar
            from marts.fct_observations
        """).fetchone()

    assert log == {"accepted": 35_064, "nonexistent_hour": 4}
    assert hours == (35_064, 36, "2014-12-31 23:00:00", "2018-12-31 22:00:00")


def test_rossmann_keeps_closed_days_and_marks_the_missing_half_year(data_dir: Path, tmp_path: Path) -> None:
    for entity, name in [("sales", "train.csv.gz"), ("planned_days", "test.csv.gz"), ("stores", "store.csv")]:
        write_file(tmp_path / "raw", "rossmann", entity, [data_dir / "rossmann" / name])
    write_delivery(tmp_path / "raw", "calendar", "holidays", [], columns=HOLIDAY_COLUMNS)
    warehouse = dbt_build(
        tmp_path,
        {"product": "rossmann", "source_system": "rossmann", "keys": ["store"], "horizon": 48,
         "key_slots": ["store", "key_2", "key_3", "key_4"], "hierarchy": [["store_type"]], "entity_modes": {},
         "attribute_slots": ["store_type", *[f"attribute_{slot}" for slot in range(2, 9)]],
         "driver_slots": ["open", "promo", "customers", "state_holiday", *NO_DRIVERS[4:]]},
    )  # fmt: skip
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        log = dict(
            connection.execute("select entity || ' ' || rule_id, n_rows from monitoring.cleaning_log").fetchall()
        )
        observed = connection.execute("""
            select count(*) filter (where not is_imputed), count(*) filter (where not is_imputed and y = 0),
                count(distinct unique_id) filter (where is_imputed and ds between '2014-07-01' and '2014-12-31')
            from marts.fct_observations
        """).fetchone()
        plans = connection.execute("select max(ds)::varchar from marts.fct_drivers where open is not null").fetchone()

    assert log == {"sales accepted": 1_017_209, "planned_days accepted": 41_077, "planned_days open_unknown": 11,
                   "stores accepted": 1_115}  # fmt: skip
    # 172,817 closed days and 54 open ones without sales.
    assert observed == (1_017_209, 172_871, 180)
    assert plans == ("2015-09-17",)
