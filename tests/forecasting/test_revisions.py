"""A past cutoff sees what was known then; what it is measured by is the latest truth."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from forecasting.panel import Panel
from forecasting.run import forecast, run_backtest
from tests.forecasting.conftest import simulate

FIRST = np.datetime64("2024-01-01")
FIRST_INDEX = 19723


def versions(*rows):
    """Versions as `unique_id`, day of January, known day, superseded day, value."""
    return pa.table(
        {
            "unique_id": [row[0] for row in rows],
            "ds": np.array([FIRST + (row[1] - 1) for row in rows], "datetime64[us]"),
            "known_index": [FIRST_INDEX + row[2] - 1 for row in rows],
            "superseded_index": pa.array(
                [None if row[3] is None else FIRST_INDEX + row[3] - 1 for row in rows], pa.int64()
            ),
            "y": pa.array([row[4] for row in rows], pa.float64()),
        }
    )


@pytest.fixture
def panel():
    frame = pd.DataFrame(
        {"unique_id": ["a"] * 6 + ["b"] * 6, "ds": [*(FIRST + np.arange(6))] * 2, "y": np.arange(12.0)}
    )
    corrected = versions(("b", 2, 2, 4, 70.0), ("b", 2, 4, None, 7.0), ("b", 3, 3, 5, None), ("b", 3, 5, None, 8.0))
    return Panel.from_long(frame, freq="D", season_length=7).with_revisions(corrected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(2, [6, 70]), (3, [6, 70, np.nan]), (4, [6, 7, np.nan, 9]), (5, [6, 7, 8, 9, 10])],
)
def test_the_past_of_a_cutoff_holds_the_versions_of_then(panel, day, expected):
    past = panel.until(FIRST + (day - 1))
    np.testing.assert_array_equal(past.y[1], expected)
    np.testing.assert_array_equal(past.y[0], np.arange(day))


def test_the_past_of_a_past_is_that_of_the_earlier_cutoff(panel):
    np.testing.assert_array_equal(panel.until(FIRST + 4).until(FIRST + 2).y[1], [6, 70, np.nan])


def test_what_happened_after_a_cutoff_is_the_latest_truth(panel):
    np.testing.assert_array_equal(panel.actuals(FIRST, 2), [[1, 2], [7, 8]])
    np.testing.assert_array_equal(panel.y[1], np.arange(6.0, 12.0))


def test_some_of_the_series_keep_their_versions(panel):
    np.testing.assert_array_equal(panel.series(np.array([1])).until(FIRST + 2).y, [[6, 70, np.nan]])
    np.testing.assert_array_equal(panel.series(np.array([True, False])).until(FIRST + 2).y, [[0, 1, 2]])


def test_a_backtest_window_is_forecast_from_what_was_known_and_measured_by_the_truth():
    product = simulate(n_series=3, n_windows=2).with_task(candidates=("naive", "seasonal_naive"))
    observations = product.observations.to_pandas()
    first, second = product.cutoffs[-2:]
    series = observations["unique_id"].iloc[0]
    # The last day before the first window counted a thousand at first; it was corrected on the day after.
    index = (pd.Timestamp(first) - pd.Timestamp("1970-01-01")).days
    rows = {"unique_id": [series] * 2, "ds": [pd.Timestamp(first)] * 2, "known_index": [index, index + 1]}
    truth = observations.loc[(observations["unique_id"] == series) & (observations["ds"] == first), "y"].iloc[0]
    told = pa.Table.from_pandas(
        pd.DataFrame({**rows, "superseded_index": pd.array([index + 1, None], "Int64"), "y": [1000.0, truth]})
    )
    plain = run_backtest(product.task, product.observations, None, product.cutoffs).forecasts.to_pandas()
    then = run_backtest(product.task, product.observations, None, product.cutoffs, versions=told).forecasts.to_pandas()

    naive = (then["model"] == "naive") & (then["unique_id"] == series)
    assert (then.loc[naive & (then["cutoff"] == first), "yhat"] == 1000.0).all()
    assert (then.loc[naive & (then["cutoff"] == second), "yhat"] < 1000.0).all()
    pd.testing.assert_series_equal(then["y"], plain["y"])
    others = then["unique_id"] != series
    pd.testing.assert_frame_equal(
        then[others & (then["model"] == "naive")], plain[others & (plain["model"] == "naive")]
    )


def test_the_live_forecast_starts_from_what_is_known_at_its_cutoff():
    product = simulate(n_series=2, n_windows=1).with_task(candidates=("naive",))
    series = product.observations["unique_id"][0].as_py()
    index = (pd.Timestamp(product.live_cutoff) - pd.Timestamp("1970-01-01")).days
    late = pa.table(
        {
            "unique_id": [series],
            "ds": pa.array([product.live_cutoff], pa.timestamp("us")),
            "known_index": [index],
            "superseded_index": [index + 1],
            "y": [500.0],
        }
    )
    answer = forecast(product.task, product.observations, product.live_cutoff, versions=late).forecasts.to_pandas()
    assert (answer.loc[answer["unique_id"] == series, "yhat"] == 500.0).all()
