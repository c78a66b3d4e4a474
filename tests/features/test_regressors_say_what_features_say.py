"""Models that learn from every period are told of a plan what a feature row of the same cutoff and day says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from forecasting.periods import period_index
from forecasting.regressors import Regressors

HORIZON = 14


def test_every_plan_of_every_feature_row(daily: Any, daily_marts: Any) -> None:
    drivers = daily_marts.drivers.copy()
    random = np.random.default_rng(8)
    announced = drivers["ds"].to_numpy().astype("datetime64[us]") - random.integers(
        0, 20, len(drivers)
    ) * np.timedelta64(86_400_000_000, "us")
    late = random.random(len(drivers)) < 0.5
    drivers["known_at"] = np.where(late, announced + np.timedelta64(9 * 3600, "s"), np.datetime64("NaT"))
    with daily.build(replace(daily_marts, drivers=drivers)) as connection:
        features = connection.execute(
            "select unique_id, cutoff, ds, driver_promo, driver_price from features.features"
        ).df()
        sql = """
            select series.unique_id, plans.ds::timestamp as ds, plans.promo, plans.price, plans.known_index
            from features.feature_driver_values as plans
            inner join features.feature_series as series on plans.series_number = series.series_number
        """
        rows = connection.execute(sql).to_arrow_table()
        calendar = connection.execute(
            "select ds::timestamp as ds, day_of_year from features.feature_calendar"
        ).to_arrow_table()
    ids = np.array(sorted(set(features["unique_id"])), dtype=object)
    regressors = Regressors.of(rows, calendar, ids, {"promo": "binary", "price": "numeric"}, "D")
    said_something = 0
    for cutoff, of_cutoff in features.groupby("cutoff"):
        end = int(period_index(np.array([cutoff], "datetime64[us]"), "D")[0])
        known = regressors.at(end, end - 10, HORIZON)
        series = np.searchsorted(ids.astype(str), of_cutoff["unique_id"].to_numpy().astype(str))
        place = period_index(of_cutoff["ds"].to_numpy().astype("datetime64[us]"), "D") - known.start
        for name in ("promo", "price"):
            expected = of_cutoff[f"driver_{name}"].astype(float).to_numpy()
            np.testing.assert_array_equal(known.drivers[name][series, place], expected.astype(np.float32))
            said_something += int(pd.notna(expected).sum())
            assert pa.types.is_floating(rows.schema.field(name).type)
    assert 0 < said_something < 2 * len(features)
