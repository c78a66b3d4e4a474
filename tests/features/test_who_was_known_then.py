"""Which series a cutoff knew, by the versions of their observations that had been told by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.macros import model

SQL = Path(__file__).resolve().parents[2] / "models_sql/marts/forecasts/fct_series_eligibility.sql"
FIRST = dt.date.fromisoformat("2024-01-01")
DAY = (FIRST - dt.date(1970, 1, 1)).days
# Twenty days each: `plain` in turn, `late` begins with ten days that came on day 15, `corrected` on day 12 about day 3,
# `taken_back` lost its last five days on day 18, `dense` has every day but was told on day 19.
CUTOFFS = {"calibration": 9, "backtest": 14, "live": 19}
VERSIONS = [
    *(("late", day, day, 15, False) for day in range(10)),
    *(("late", day, 15, None, True) for day in range(10)),
    ("corrected", 3, 3, 12, True),
    ("corrected", 3, 12, None, True),
    *(("taken_back", day, day, 18, True) for day in range(15, 18)),
    *(("taken_back", day, 18, None, False) for day in range(15, 18)),
    *(("dense", day, day, 19, False) for day in range(19)),
    *(("dense", day, 19, None, True) for day in range(19)),
]
OBSERVED = {
    "plain": range(20),
    "late": range(20),
    "corrected": range(20),
    "taken_back": range(15),
    "dense": range(20),
    "gaps": range(0, 20, 2),
}


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create table feature_cutoffs (cutoff date, cutoff_index integer, role varchar)")
        for role, day in CUTOFFS.items():
            cutoff = FIRST + dt.timedelta(days=day)
            connection.execute("insert into feature_cutoffs values (?, ?, ?)", [cutoff, DAY + day, role])
        connection.execute(
            "create table dim_series (unique_id varchar, series_number integer, status varchar, level varchar)"
        )
        connection.execute(
            "create table int_series_lives "
            "(series_number integer, first_period integer, last_period integer, is_complete boolean)"
        )
        connection.execute(
            "create table int_observations_conformed (series_number integer, period_index integer, y double)"
        )
        connection.execute(
            "create table feature_versions (series_number integer, period_index integer, known_index integer, "
            "superseded_index integer, is_told boolean)"
        )
        for number, (name, days) in enumerate(OBSERVED.items(), start=1):
            connection.execute("insert into dim_series values (?, ?, 'active', 'bottom')", [name, number])
            connection.execute(
                "insert into int_series_lives values (?, ?, ?, ?)",
                [number, DAY + min(days), DAY + max(days), len(days) == max(days) + 1],
            )
            connection.executemany(
                "insert into int_observations_conformed values (?, ?, 1)", [(number, DAY + day) for day in days]
            )
        numbers = {name: number for number, name in enumerate(OBSERVED, start=1)}
        connection.executemany(
            "insert into feature_versions values (?, ?, ?, ?, ?)",
            [
                (numbers[name], DAY + day, DAY + known, None if superseded is None else DAY + superseded, is_told)
                for name, day, known, superseded, is_told in VERSIONS
            ],
        )
        yield connection


def _judged(warehouse: duckdb.DuckDBPyConnection, *, as_known_then: bool) -> dict[str, list[tuple[int, bool]]]:
    """Observations and whether it is forecast, by series, at the three cutoffs in turn."""
    rows = warehouse.execute(
        f"select unique_id, n_observations, is_forecast from ({model(SQL, {'as_known_then': as_known_then})}) "
        "order by unique_id, cutoff"
    ).fetchall()
    found: dict[str, list[tuple[int, bool]]] = {}
    for name, n_observations, is_forecast in rows:
        found.setdefault(name, []).append((n_observations, is_forecast))
    return found


def test_a_cutoff_counts_what_had_been_told_by_then(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert _judged(warehouse, as_known_then=True) == {
        "plain": [(10, True), (15, True), (20, True)],
        "gaps": [(5, True), (8, True), (10, True)],
        "corrected": [(10, True), (15, True), (20, True)],
        "late": [(0, False), (5, True), (20, True)],
        "taken_back": [(10, True), (15, True), (15, True)],
        "dense": [(0, False), (0, False), (20, True)],
    }


def test_the_latest_truth_counts_every_period_from_its_end(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = _judged(warehouse, as_known_then=False)

    assert found["late"] == found["dense"] == found["plain"] == [(10, True), (15, True), (20, True)]
    assert found["taken_back"] == [(10, True), (15, True), (15, True)]
