"""The periods at which effects are measured anew do not move when older history is told later."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.dbt_project.macros import model

SQL = Path(__file__).resolve().parents[2] / "models_sql/features/feature_snapshots.sql"
SEASON = {"season_length": 7, "as_known_then": True}


def _snapshots(told_first: int, told_later: int | None) -> dict[int, int | None]:
    """The snapshot that is known at each period; the older history counts from cutoff 300 on."""
    with duckdb.connect() as connection:
        oldest = told_first if told_later is None else told_later
        connection.execute(f"create table feature_demand as select unnest(range({oldest}, 400)) as period_index")
        connection.execute(
            "create table feature_known_histories "
            "(history_number integer, first_index integer, first_cutoff_index integer, last_cutoff_index integer)"
        )
        histories = [(1, told_first, 100, 399), (2, None, 100, 120), (3, told_first, 121, 399)]
        if told_later is not None:
            histories = [(1, told_first, 100, 299), *histories[1:], (4, told_later, 300, 399)]
        connection.executemany("insert into feature_known_histories values (?, ?, ?, ?)", histories)
        rows = connection.execute(f"select period_index, known_snapshot from ({model(SQL, SEASON)})").fetchall()
    return dict(rows)


def test_older_history_that_came_later_moves_nothing_of_the_cutoffs_before_it() -> None:
    before, after = _snapshots(0, None), _snapshots(-500, -500)

    assert before[27] == 0
    assert before[26] is None
    moved = _snapshots(0, -500)
    assert {period: moved[period] for period in range(300)} == {period: before[period] for period in range(300)}
    assert {period: after[period] for period in range(300)} != {period: before[period] for period in range(300)}
