"""What is added up in stretches of time is added up once: each period lies in one stretch, whatever their length."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt_project.macros import macro


@pytest.mark.parametrize(
    ("n_series", "n_periods", "n_batches"),
    [(1, 1, 1), (3, 700, 1), (50_000, 250, 3), (6_000_000, 2, 2)],
)
def test_every_period_is_in_one_batch_and_batches_are_of_a_size(n_series: int, n_periods: int, n_batches: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"create view fct_observations as select (i % {n_periods} + 16000)::integer as period_index "
            f"from range({n_series * n_periods}) as observations (i)"
        )
        batches = connection.execute(macro("period_batches")()).fetchall()
    assert len(batches) == n_batches
    assert batches[0][0] == 16000
    assert all(later[0] == earlier[1] + 1 for earlier, later in zip(batches, batches[1:], strict=False))
    assert batches[-1][1] >= 16000 + n_periods - 1


def test_without_observations_there_is_no_batch() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table fct_observations (period_index integer)")
        assert connection.execute(macro("period_batches")()).fetchall() == []
