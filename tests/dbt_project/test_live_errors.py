"""Live forecasts are measured by what happened to the series that they spoke of."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt_project.macros import DBT_PROJECT, model

FILE = DBT_PROJECT.parent / "models_sql" / "intermediate" / "accuracy" / "int_live_errors.sql"
DAYS = "select date '2024-01-01' + d::integer as ds, 19723 + d::integer as period_index from range(20) as r (d)"
# Node of each series, which sell 1, 10 and 100 a day: c moves from north to south on the 6th.
HISTORY = [
    ("north", "a", 1, 1, None, None),
    ("north", "c", 3, 1, None, "2024-01-06"),
    ("south", "b", 2, 1, None, None),
    ("south", "c", 3, 2, "2024-01-06", None),
]


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute(
            "create table bridge_hierarchy_history (node_id varchar, unique_id varchar, series_number integer, "
            "version integer, valid_from date, valid_to date)"
        )
        con.executemany("insert into bridge_hierarchy_history values ($1, $2, $3, $4, $5, $6)", HISTORY)
        con.execute(
            "create table bridge_hierarchy as select node_id, series_number from bridge_hierarchy_history where valid_to is null"
        )
        con.execute("create table dim_series_history as select unique_id, version from bridge_hierarchy_history")
        con.execute(
            f"create table fct_observations as select *, chr(96 + series_number::integer) as unique_id, "
            f"10.0 ** (series_number - 1) as y, false as is_stockout, false as is_imputed from ({DAYS}), "
            "range(1, 4) as s (series_number)"
        )
        con.execute(
            "create table fct_node_observations as select node_id as unique_id, ds, sum(y) as y "
            "from bridge_hierarchy join fct_observations using (series_number) group by all"
        )
        con.execute(
            "create table fct_forecasts as select unique_id, cutoff, cutoff + h::integer as ds, 'm' as model, h::integer as h, "
            "1.0::double as yhat, true as is_served from (values ('north'), ('south'), ('a')) as u (unique_id), "
            "(values (date '2024-01-04'), (date '2024-01-10')) as c (cutoff), range(1, 4) as s (h)"
        )
        con.execute(
            "create table fct_forecast_quantiles as select unique_id, cutoff, ds, model, 0.5 as quantile_level, yhat from fct_forecasts"
        )
        con.execute(
            "create table int_series_scales as select distinct unique_id, cutoff, 'old' as age, 'large' as volume, "
            "'smooth' as demand_class, 'active' as status, 1 as attributes_version, 1.0 as mase_scale, 1.0 as rmsse_scale "
            "from fct_forecasts"
        )
        con.execute(
            f"create table dim_periods as select ds, 1 as day_of_week, 0 as hour_of_day, false as is_holiday, "
            f"false as is_close_period from ({DAYS})"
        )
        con.execute("create table fct_events (unique_id varchar, ds date, event_kind varchar)")
        yield con


def scored(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[float]]:
    """What the forecasts of a series or node at a cutoff are measured by."""
    rows = con.execute(
        f"select unique_id, strftime(cutoff, '%m-%d'), y from ({model(FILE)}) where evaluation_window = 'all' and model = 'm'"
    ).fetchall()
    assert len(rows) == 18, "three series and nodes, two cutoffs, three steps"
    return {key: {y for *found, y in rows if tuple(found) == key} for key in {(row[0], row[1]) for row in rows}}


def test_a_node_is_measured_by_the_series_that_belonged_to_it_at_the_cutoff(con):
    assert scored(con) == {
        ("a", "01-04"): {1.0},
        ("a", "01-10"): {1.0},
        ("north", "01-04"): {101.0},
        ("north", "01-10"): {1.0},
        ("south", "01-04"): {10.0},
        ("south", "01-10"): {110.0},
    }


def test_without_a_move_a_node_is_measured_by_its_series(con):
    con.execute("delete from bridge_hierarchy_history where valid_to is not null")
    con.execute("update bridge_hierarchy_history set version = 1, valid_from = null")
    con.execute("update dim_series_history set version = 1")
    assert scored(con)["south", "01-04"] == {110.0}
