"""What the warehouse says about a shop that was counted by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2

from tests.dbt_project.demo_shop import FIRST_DAY, LAST_DAY, clean_order_lines, dirty_order_lines
from tests.dbt_project.macros import DBT_PROJECT


def test_every_dirty_line_meets_its_own_rule_and_nothing_is_lost(demo: duckdb.DuckDBPyConnection) -> None:
    log = dict(
        demo.execute("select rule_id, n_rows from monitoring.cleaning_log where entity = 'order_lines'").fetchall()
    )
    clean = len(clean_order_lines())

    assert sum(log.values()) == clean + len(dirty_order_lines())
    assert log == {
        "accepted": clean + 1,  # and the version of the duplicate key that wins
        "unparsable_value": 1, "missing_key": 1, "missing_value": 1, "non_finite_number": 1, "unknown_line_type": 1,
        "impossible_date": 1, "unknown_store": 1, "unknown_product": 1, "exact_duplicate": 1, "duplicate_key": 1,
        "cancelled_line": 1, "cancellation": 1, "non_positive_quantity": 1, "non_positive_price": 1, "return": 1,
        "late_row": 1,
    }  # fmt: skip


def test_a_quarantined_row_is_kept_as_it_was_delivered(demo: duckdb.DuckDBPyConnection) -> None:
    row = demo.execute("""
        select source_file, row_number, reason, raw_values from monitoring.quarantine where rule_id = 'unparsable_value'
    """).fetchone()

    assert row is not None
    assert row[:3] == ("order_lines.csv", len(clean_order_lines()) + 1, 'quantity: expected a number, found "many"')
    assert json.loads(row[3])["quantity"] == "many"


def test_observations_are_the_accepted_lines_added_up_and_returns_taken_off(demo: duckdb.DuckDBPyConnection) -> None:
    totals = dict(demo.execute("select unique_id, sum(y) from marts.fct_observations group by all").fetchall())
    sold: dict[str, float] = {}
    for line in clean_order_lines():
        key = f"{line['store_code']}|{line['product_code']}"
        sold[key] = sold.get(key, 0) + float(line["quantity"] or 0)

    # Of the dirty lines, one unit of the corrected duplicate and six of the late line count, two were returned.
    assert totals == sold | {"S1|milk": sold["S1|milk"] + 1 + 6 - 2}


def test_the_day_before_cleaning_is_the_day_after_cleaning_plus_what_the_rules_took(
    demo: duckdb.DuckDBPyConnection,
) -> None:
    day = demo.execute("select y from marts.fct_observations where unique_id = 'S1|milk' and ds = '2024-04-02'")

    assert day.fetchone() == (12 + 1 + 6 - 2,)


def test_every_series_is_gap_free_from_its_first_sale_until_it_ends(demo: duckdb.DuckDBPyConnection) -> None:
    lives = {
        row[0]: row[1:]
        for row in demo.execute("""
            select unique_id, min(ds), max(ds), count(*) from marts.fct_observations group by unique_id
        """).fetchall()
    }
    whole_time = (FIRST_DAY, LAST_DAY, (LAST_DAY - FIRST_DAY).days + 1)

    assert lives == {
        "S1|milk": whole_time, "S1|tea": whole_time, "S2|milk": whole_time,
        "S2|soap": (FIRST_DAY, dt.date(2024, 4, 20), 48),
    }  # fmt: skip


def test_an_empty_shelf_is_no_sale_but_marked(demo: duckdb.DuckDBPyConnection) -> None:
    found = demo.execute("select unique_id, ds, y from marts.fct_observations where is_stockout").fetchall()

    assert found == [("S1|milk", dt.date(2024, 4, 10), 0)]


def test_promotions_and_prices_reach_the_series_of_their_region_until_the_horizon_ends(
    demo: duckdb.DuckDBPyConnection,
) -> None:
    drivers = {
        (row[0], row[1]): row[2:]
        for row in demo.execute(
            "select unique_id, ds, promo, discount, price, known_at from marts.fct_drivers"
        ).fetchall()
    }

    assert max(day for _, day in drivers) == LAST_DAY + dt.timedelta(days=28)
    assert drivers["S1|milk", dt.date(2024, 4, 7)] == (1, 0.2, 2.5, dt.datetime.fromisoformat("2024-03-20T09:00"))
    assert drivers["S1|milk", dt.date(2024, 4, 8)] == (0, 0, 2.5, None)
    assert drivers["S2|milk", dt.date(2024, 4, 7)] == (0, 0, 2.5, None)
    assert drivers["S2|milk", dt.date(2024, 5, 20)] == (1, 0.25, 2.8, dt.datetime.fromisoformat("2024-05-10T09:00"))


def test_series_and_nodes_are_numbered_classified_and_linked(demo: duckdb.DuckDBPyConnection) -> None:
    series = {
        row[0]: row[1:]
        for row in demo.execute(
            "select unique_id, level, parent_id, status, demand_class from marts.dim_series"
        ).fetchall()
    }
    numbers = demo.execute("select list(series_number order by series_number) from marts.dim_series").fetchone()

    assert numbers == (list(range(1, len(series) + 1)),)
    assert series["S1|milk"] == ("bottom", "store=S1", "active", "smooth")
    assert series["S1|tea"] == ("bottom", "store=S1", "active", "intermittent")
    assert series["S2|soap"] == ("bottom", "store=S2", "discontinued", "intermittent")
    assert series["total"] == ("total", None, "active", "none")
    assert series["category=care"][1] == "department=household"
    assert series["region=south|category=care"][1] == "region=south"


def test_every_level_of_the_hierarchy_adds_up_to_the_same_total(demo: duckdb.DuckDBPyConnection) -> None:
    totals = demo.execute("""
        select level, sum(y) as total
        from marts.bridge_hierarchy inner join marts.fct_observations using (series_number)
        group by level
    """).fetchall()

    assert len(totals) == 6
    assert len({total for _, total in totals}) == 1


def test_only_holidays_of_the_country_and_region_count(demo: duckdb.DuckDBPyConnection) -> None:
    holidays = demo.execute("select ds, holiday_name from marts.dim_periods where is_holiday order by ds").fetchall()

    assert holidays == [
        (dt.date(2024, 3, 29), "Karfreitag"), (dt.date(2024, 4, 1), "Ostermontag"), (dt.date(2024, 5, 1), "Erster Mai"),
    ]  # fmt: skip


def test_close_days_and_pay_days_move_around_holidays(demo: duckdb.DuckDBPyConnection) -> None:
    close = demo.execute("""
        select ds from marts.dim_calendar where is_close_period and ds between '2024-04-01' and '2024-04-30' order by ds
    """).fetchall()
    paid = demo.execute("""
        select ds from marts.dim_calendar where is_payday and ds between '2024-03-01' and '2024-04-30' order by ds
    """).fetchall()

    assert [day.day for (day,) in close] == [2, 3, 4]
    assert [day for (day,) in paid] == [dt.date(2024, 3, 28), dt.date(2024, 4, 30)]


def test_the_calendar_covers_the_whole_horizon(demo: duckdb.DuckDBPyConnection) -> None:
    found = demo.execute("select max(ds) >= ?::date + 28 from marts.dim_periods", [LAST_DAY]).fetchone()

    assert found == (True,)


def test_the_quality_report_says_what_the_columns_hold(demo: duckdb.DuckDBPyConnection) -> None:
    report = {
        (table, column): row
        for table, column, *row in demo.execute(
            "select table_name, column_name, n_rows, n_nulls, n_distinct, min_value, max_value from monitoring.quality_report"
        ).fetchall()
    }
    n_rows, last_ds, silent = demo.execute(
        "select count(*), max(ds)::varchar, count(*) filter (where missing_kind = 'zero_demand') from marts.fct_observations"
    ).fetchone()

    assert report["marts.fct_observations", "ds"] == [n_rows, 0, None, "2024-03-04", last_ds]
    assert report["marts.fct_observations", "missing_kind"][2] == (2 if silent else 1)
    assert report["marts.dim_series", "parent_id"][1] == 1, "only the total has no parent"
