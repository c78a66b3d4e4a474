"""The period numbers of SQL are those of Python, for every frequency."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from forecasting.periods import period_ds, period_index
from tests.dbt_project.macros import macro

FREQUENCIES = (
    "5min",
    "15min",
    "20min",
    "30min",
    "h",
    "2h",
    "6h",
    "12h",
    "D",
    "W-MON",
    "W-WED",
    "W-SUN",
    "MS",
    "ME",
    "QS",
    "QE",
    "YS",
    "YE",
)
TIMES = np.array(
    ["1999-12-31T23:59", "2000-02-29T12:30", "2019-12-29", "2019-12-30", "2020-01-01", "2024-02-29T23:55",
     "2024-03-31T01:05", "2026-11-30"],
    dtype="datetime64[us]",
)  # fmt: skip


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_sql_and_python_number_periods_alike(freq: str) -> None:
    expression = macro("period_index", {"freq": freq})("instant")
    numbers = [
        row[0]
        for row in duckdb.execute(
            f"select {expression} from (select unnest(?) as instant)", [TIMES.tolist()]
        ).fetchall()
    ]

    assert numbers == period_index(TIMES, freq).tolist()


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_a_period_number_leads_back_to_the_same_ds_in_sql_and_python(freq: str) -> None:
    numbers = period_index(TIMES, freq)
    expression = macro("period_from_index", {"freq": freq})("number")
    found = duckdb.execute(
        f"select cast({expression} as timestamp) from (select unnest(?) as number)", [numbers.tolist()]
    ).fetchall()

    assert [row[0] for row in found] == period_ds(numbers, freq).tolist()


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_periods_tile_the_time_without_gap_or_overlap(freq: str) -> None:
    start = macro("period_start", {"freq": freq})
    index = macro("period_index", {"freq": freq})
    first = int(period_index(TIMES[:1], freq)[0])
    wrong = duckdb.execute(f"""
        with periods as (select unnest(range({first}, {first + 300}))::integer as number),
        limits as (select number, {start("number")} as starts, {start("number + 1")} as ends from periods)
        select number, starts, ends from limits
        where starts >= ends or {index("starts")} <> number or {index("ends - interval 1 microsecond")} <> number
    """).fetchall()

    assert wrong == []


def test_an_hour_is_the_average_of_the_readings_that_came_and_says_how_many() -> None:
    readings = (
        "select 'a' as key_1, null as key_2, null as key_3, null as key_4, 480000 + reading // 12 as period_index, "
    )
    rows = f"({readings} reading::double as target, null::timestamp as known_at from range(19) as r (reading))"
    hourly = {"freq": "h", "ds_type": "timestamp", "target_kind": "continuous"}
    found = duckdb.sql(
        f"select y, n_readings from ({macro('one_row_per_period', hourly)(rows)}) order by ds"
    ).fetchall()

    assert found == [(5.5, 12), (15.0, 7)]


def test_amounts_have_no_number_of_readings() -> None:
    rows = "(select 'a' as key_1, null as key_2, null as key_3, null as key_4, 1 as period_index, 2 as target, null::timestamp as known_at)"
    weekly = {"freq": "W-MON", "target_kind": "count"}

    assert duckdb.sql(f"select y, n_readings from ({macro('one_row_per_period', weekly)(rows)})").fetchall() == [
        (2, None)
    ]


@pytest.mark.parametrize(
    ("season_length", "horizon", "discontinued_after", "periods"),
    [(7, 28, 0, 28), (24, 24, 0, 48), (12, 12, 0, 24), (4, 8, 0, 8), (1, 5, 0, 5), (52, 13, 0, 65), (7, 28, 364, 364)],
)
def test_a_series_may_be_silent_for_two_seasons_or_a_long_one_and_a_horizon(
    season_length: int, horizon: int, discontinued_after: int, periods: int
) -> None:
    variables = {"season_length": season_length, "horizon": horizon, "discontinued_after": discontinued_after}

    assert int(macro("longest_silence", variables)()) == periods
