# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
"""The hierarchy of every cutoff, from the dated memberships of the warehouse."""

from datetime import datetime

import duckdb
import pytest

from dagster_project.pipeline.structure_loading import read_structure
from dagster_project.warehouse import Warehouse
from tests.dbt_project.macros import DBT_PROJECT, model

LIVE = datetime(2024, 1, 10)
# Node of each series: c moves from north to west on the 6th, between the two backtest cutoffs.
HISTORY = [
    ("north", "a", 1, 1, None, None),
    ("north", "b", 2, 1, None, None),
    ("north", "c", 3, 1, None, "2024-01-06"),
    ("west", "c", 3, 2, "2024-01-06", None),
    ("south", "d", 4, 1, None, None),
]


@pytest.fixture
def warehouse(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create schema features")
        con.execute(
            "create table marts.bridge_hierarchy_history (node_id varchar, level varchar, level_number integer, "
            "unique_id varchar, series_number integer, version integer, valid_from date, valid_to date)"
        )
        con.executemany(
            "insert into marts.bridge_hierarchy_history values ($1, 'region', 1, $2, $3, $4, $5, $6)", HISTORY
        )
        con.execute(
            "create table marts.bridge_hierarchy as select node_id, level, level_number, unique_id, series_number "
            "from marts.bridge_hierarchy_history where valid_to is null"
        )
        con.execute(
            "create table marts.dim_series_history as select distinct unique_id, version from marts.bridge_hierarchy_history"
        )
        con.execute(
            "create table marts.fct_observations as select series_number, date '2024-01-01' + d::integer as ds, "
            "19723 + d::integer as period_index, (10 ** series_number)::double as y "
            "from range(1, 5) as s (series_number), range(12) as d (d)"
        )
        con.execute(
            "create table marts.fct_node_observations as select node_id as unique_id, ds, sum(y) as y "
            "from marts.bridge_hierarchy join marts.fct_observations using (series_number) group by all"
        )
        con.execute(
            "create table marts.fct_series_eligibility as select 'a' as unique_id, date '2024-01-10' as cutoff, "
            "true as is_forecast, 10 as n_observations"
        )
        con.execute(
            "create table features.feature_cutoffs as select *, cutoff - date '1970-01-01' as cutoff_index from (values "
            "(date '2024-01-03', 'calibration'), "
            "(date '2024-01-05', 'backtest'), (date '2024-01-06', 'backtest'), (date '2024-01-04', 'training'), "
            "(date '2024-01-10', 'live')) as c (cutoff, role)"
        )
    return Warehouse(path)


def structure_of(warehouse, **variables):
    """The structure as it is read once dbt has built what nodes observed at earlier cutoffs."""
    sql = model(DBT_PROJECT.parent / "models_sql" / "features" / "feature_former_nodes.sql", variables)
    warehouse.execute(
        f"set search_path = 'features,marts'; create or replace table features.feature_former_nodes as {sql}"
    )
    return read_structure(warehouse, LIVE)


def test_nodes_that_had_other_members_are_summed_as_they_were(warehouse):
    rows = structure_of(warehouse).former_node_observations.to_pylist()
    found = {(row["cutoff"], row["unique_id"], row["y"]) for row in rows}
    # Before the move north had c too; west was nothing yet, and south is what it always was.
    assert found == {(datetime(2024, 1, day), "north", 1110.0) for day in (3, 5)}
    days = [row["ds"] for row in rows if row["cutoff"] == datetime(2024, 1, 3)]
    assert len(days) == 10, "up to the live cutoff: what happened after the window is its truth"


def test_memberships_tell_when_they_hold(warehouse):
    memberships = structure_of(warehouse).memberships.to_pylist()
    of_c = {row["node_id"]: (row["valid_from"], row["valid_to"]) for row in memberships if row["unique_id"] == "c"}
    assert of_c == {"north": (None, datetime(2024, 1, 6)), "west": (datetime(2024, 1, 6), None)}
    assert len(memberships) == len(HISTORY)


def test_without_a_second_version_nothing_is_summed_again(warehouse):
    warehouse.execute("delete from marts.dim_series_history where version > 1")
    assert structure_of(warehouse).former_node_observations.num_rows == 0


def test_nodes_whose_members_were_known_otherwise_are_summed_as_they_were_known(warehouse):
    warehouse.execute("delete from marts.dim_series_history where version > 1")
    warehouse.execute(
        "create table features.feature_versions as select * from (values "
        "(4, date '2024-01-02', 19724, 19724, 19729, 500.0), (4, date '2024-01-02', 19724, 19729, null, 10000.0), "
        "(4, date '2024-01-05', 19727, 19727, 19728, null), (4, date '2024-01-05', 19727, 19728, null, 10000.0)"
        ") as v (series_number, ds, period_index, known_index, superseded_index, y)"
    )
    rows = structure_of(warehouse, as_known_then=True).former_node_observations.to_pylist()
    told = {(row["cutoff"].day, row["ds"].day): row["y"] for row in rows}
    assert {row["unique_id"] for row in rows} == {"south"}
    # At the cutoffs before the 7th the 2nd counted 500; what had not arrived at the cutoff of the 5th is not there.
    assert [told[cutoff, 2] for cutoff in (3, 5, 6)] == [500.0] * 3
    assert told[10, 2] == 10000.0
    assert (5, 5) not in told
    # What happened after a cutoff is the latest truth.
    assert [told[cutoff, 5] for cutoff in (3, 6, 10)] == [10000.0] * 3
    assert [told[3, day] for day in (4, 9)] == [10000.0] * 2
