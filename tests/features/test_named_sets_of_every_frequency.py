"""The lag and window sets that users of daily, weekly and hourly data ask for by name (R-076 to R-078, R-090)."""

from typing import Any

import numpy as np
import pandas as pd
import pytest


def one_row(rows: pd.DataFrame, cutoff: Any, h: int = 1) -> pd.Series:
    return rows[(rows["cutoff"] == cutoff) & (rows["h"] == h)].iloc[0]


@pytest.fixture(scope="module")
def forty_days(daily: Any, one_series: Any, calendar: Any) -> pd.DataFrame:
    ds = pd.date_range("2024-01-01", periods=40, freq="D")
    index = ds.to_numpy().astype("datetime64[D]").astype(int)
    padded = pd.date_range("2023-12-01", periods=120, freq="D")
    periods = calendar(padded, padded.to_numpy().astype("datetime64[D]").astype(np.int32))
    return daily.rows(one_series(ds, index, np.arange(1.0, 41.0) ** 1.5, periods))


def test_daily_lags_and_means(forty_days: pd.DataFrame) -> None:
    y = np.arange(1.0, 41.0) ** 1.5
    row = one_row(forty_days, "2024-02-09")
    assert row[["lag_1", "lag_7", "lag_30"]].tolist() == pytest.approx([y[39], y[33], y[10]], rel=1e-5)
    assert row["rolling_mean_7"] == pytest.approx(y[33:].mean(), abs=0.01)
    assert row["rolling_mean_30"] == pytest.approx(y[10:].mean(), abs=0.01)


def test_a_lag_is_null_until_the_series_is_old_enough(forty_days: pd.DataFrame) -> None:
    young = forty_days[forty_days["n_history"] < 30]
    assert len(young)
    assert young["lag_30"].isna().all()
    assert young.loc[young["n_history"] >= 7, "lag_7"].notna().all()
    # Thirty days before the first day after the cutoff is the first day of the series, once it is thirty days old.
    old = forty_days[forty_days["n_history"] == 33]
    assert (old["lag_30"] == np.float32(4.0**1.5)).all()


def test_weekly_lags_and_windows_by_hand(weekly: Any, one_series: Any, calendar: Any) -> None:
    ds = pd.date_range("2023-01-08", periods=60, freq="W-SUN")
    # Weeks end on Sunday; 1970-01-04 was the first.
    number = ((ds - pd.Timestamp("1970-01-04")).days // 7).to_numpy()
    random = np.random.default_rng(5)
    y = np.round(random.uniform(10, 90, 60), 1)
    padded = pd.date_range("2022-12-04", periods=80, freq="W-SUN")
    index = number[0] + (padded - ds[0]).days.to_numpy() // 7
    found = weekly.build(one_series(ds, number, y, calendar(padded, index.astype(np.int32))))
    with found:
        offset = found.execute("select min(period_index) from marts.fct_observations").fetchone()[0]
        assert offset == number[0]
        row = (
            found.execute(
                "select * from features.features join features.feature_cutoffs using (cutoff) where role = 'live' and h = 1"
            )
            .df()
            .iloc[0]
        )
    assert row["cutoff"] == ds[-1]
    assert row["ds"] == ds[-1] + pd.Timedelta(weeks=1)
    for lag in (1, 2, 4, 13, 52):
        assert row[f"lag_{lag}"] == pytest.approx(y[60 - lag], rel=1e-5)
    assert row["rolling_mean_4"] == pytest.approx(y[-4:].mean(), rel=1e-5)
    assert row["rolling_mean_13"] == pytest.approx(y[-13:].mean(), rel=1e-5)
    assert row["rolling_std_13"] == pytest.approx(y[-13:].std(ddof=1), rel=1e-4)
    assert row["rolling_median_8"] == pytest.approx(np.median(y[-8:]), rel=1e-5)
    assert row["rolling_min_12"] == pytest.approx(y[-12:].min(), rel=1e-5)
    assert row["rolling_max_12"] == pytest.approx(y[-12:].max(), rel=1e-5)
    assert row["aligned_1"] == pytest.approx(y[60 - 52], rel=1e-5)


def test_hourly_lags_and_windows_by_hand(hourly: Any, one_series: Any, calendar: Any) -> None:
    ds = pd.date_range("2024-03-28 00:00", periods=96, freq="h")
    number = (ds - pd.Timestamp("1970-01-01")) // pd.Timedelta(hours=1)
    y = np.round(np.random.default_rng(6).uniform(100, 900, 96), 1)
    padded = pd.date_range("2024-03-20", periods=24 * 20, freq="h")
    local = padded.tz_localize("UTC").tz_convert("Europe/Madrid").tz_localize(None)
    index = ((padded - pd.Timestamp("1970-01-01")) // pd.Timedelta(hours=1)).to_numpy().astype(np.int32)
    rows = hourly.rows(one_series(ds, number.to_numpy(), y, calendar(local, index, padded)))
    row = one_row(rows, ds[-1], h=3)
    for lag in (1, 2, 3, 24):
        assert row[f"lag_{lag}"] == pytest.approx(y[96 - lag], rel=1e-5)
    for window in (3, 6, 24, 48, 72):
        assert row[f"rolling_mean_{window}"] == pytest.approx(y[-window:].mean(), rel=1e-5)
        assert row[f"rolling_std_{window}"] == pytest.approx(y[-window:].std(ddof=1), rel=1e-4)
    assert row["rolling_mean_4"] == pytest.approx(y[-4:].mean(), rel=1e-5)
    assert row["rolling_mean_13"] == pytest.approx(y[-13:].mean(), rel=1e-5)
    assert row["aligned_1"] == pytest.approx(y[95 + 3 - 24], rel=1e-5)
    assert np.isnan(row["second_season_aligned_1"])
    # 02:00 UTC on 2024-04-01 is 04:00 on the summer clock of Madrid, one day after it changed.
    assert (row["ds"], row["hour_of_day"], row["half_hour_of_day"]) == (pd.Timestamp("2024-04-01 02:00"), 4, 8)
