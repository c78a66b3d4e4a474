"""How the weeks around a date stood, in earlier years, to the year before them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest


def test_the_index_compares_the_fortnights_around_the_date_with_the_year_before_it(
    daily: Any, one_series: Any, calendar: Any
) -> None:
    ds = pd.date_range("2021-01-01", periods=1100, freq="D")
    number = ds.to_numpy().astype("datetime64[D]").astype(int)
    y = 100 + 30 * np.sin(2 * np.pi * ds.dayofyear.to_numpy() / 365.25)
    padded = pd.date_range("2020-12-01", periods=1250, freq="D")
    periods = calendar(padded, padded.to_numpy().astype("datetime64[D]").astype(np.int32))
    rows = daily.rows(one_series(ds, number, y, periods))
    live = rows[rows["cutoff"] == ds[-1]]
    for row in live.itertuples(index=False):
        target, cutoff = 1099 + row.h, 1099
        indexes = []
        # One calendar year back, and two: 730.5 days, rounded.
        for back in (365, 731):
            around = y[target - back - 14 : target - back + 15].mean()
            indexes.append(around / y[cutoff - back - 363 : cutoff - back + 1].mean())
        assert row.year_index == pytest.approx(np.mean(indexes), rel=1e-4)
    # The year before the cutoff and the year before that were alike, so the index says what comes.
    truth = 100 + 30 * np.sin(2 * np.pi * live["ds"].dt.dayofyear / 365.25)
    assert np.allclose(live["year_index"] * y.mean(), truth, rtol=0.05)


def test_without_two_years_there_is_no_index(daily: Any, daily_marts: Any) -> None:
    rows = daily.rows(daily_marts)
    assert rows[["year_index", "expected_demand_by_year"]].isna().all(axis=None)
