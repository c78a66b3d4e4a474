from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from forecasting.backtest import backtest
from forecasting.errors import ForecastingError, UnknownForecasterError
from forecasting.feature_table import FeatureTable
from forecasting.run import build_panel, run_backtest
from forecasting.tables import BACKTEST_FORECASTS, FORECAST_QUANTILES, MODEL_CHOICES, SERIES_FAILURES
from forecasting.window_result import WindowReader, backtest_rows


@pytest.fixture(scope="module")
def result(product):
    return run_backtest(product.task, product.observations, product.features, product.cutoffs)


def test_what_comes_out_are_the_declared_tables(result):
    assert result.forecasts.schema == BACKTEST_FORECASTS
    assert result.quantiles.schema == FORECAST_QUANTILES
    assert result.choices.schema == MODEL_CHOICES
    assert result.failures.schema == SERIES_FAILURES


def test_every_model_answers_for_the_same_rows(product, result):
    keys = result.forecasts.group_by("model").aggregate([("ds", "count")])
    expected = 30 * 14 * len(product.cutoffs)
    assert keys["ds_count"].to_pylist() == [expected] * 5
    unique = result.forecasts.group_by(["unique_id", "cutoff", "ds", "model"]).aggregate([("h", "count")])
    assert unique.num_rows == result.forecasts.num_rows


def test_forecasts_lie_after_their_cutoff_within_the_horizon(result):
    days = pc.days_between(result.forecasts["cutoff"], result.forecasts["ds"])
    assert pc.equal(days, result.forecasts["h"].cast(pa.int64())).to_numpy().all()
    assert pc.min_max(days).as_py() == {"min": 1, "max": 14}


def test_the_future_cannot_change_a_backtest(product, result):
    oldest = product.cutoffs[0]
    obs = product.observations
    later = pc.greater(obs["ds"], pa.scalar(oldest, pa.timestamp("us")))
    poisoned = obs.set_column(2, "y", pc.if_else(later, 1e7, obs["y"]))
    rows = product.feature_rows
    later = pc.greater(rows["ds"], pa.scalar(oldest, pa.timestamp("us")))
    rows = rows.set_column(rows.column_names.index("y"), "y", pc.if_else(later, 1e7, rows["y"]))
    again = run_backtest(product.task, poisoned, FeatureTable(rows), product.cutoffs)
    at_oldest = pc.equal(result.forecasts["cutoff"], pa.scalar(oldest, pa.timestamp("us")))
    at_oldest_again = pc.equal(again.forecasts["cutoff"], pa.scalar(oldest, pa.timestamp("us")))
    columns = ["unique_id", "ds", "model", "yhat"]
    assert again.forecasts.filter(at_oldest_again).select(columns) == result.forecasts.filter(at_oldest).select(columns)


def test_running_a_stored_configuration_again_gives_the_same_tables(product, result):
    again = run_backtest(product.task, product.observations, product.features, product.cutoffs)
    assert again.forecasts == result.forecasts
    assert again.quantiles == result.quantiles
    assert again.choices == result.choices


def test_rows_in_another_order_give_the_same_forecasts(product, result):
    order = np.random.default_rng(0).permutation(product.observations.num_rows)
    again = run_backtest(product.task, product.observations.take(order), product.features, product.cutoffs)
    assert again.forecasts == result.forecasts


def test_refitting_everywhere_changes_later_windows_only(product):
    only = replace(product.task, candidates=("seasonal_naive", "lightgbm"))
    panel = build_panel(only, product.observations)
    once = backtest(only, panel, product.features, product.cutoffs)
    every = backtest(replace(only, refit="every"), panel, product.features, product.cutoffs)
    differs = [
        not np.array_equal(a.yhat["lightgbm"], b.yhat["lightgbm"])
        for a, b in zip(once.windows, every.windows, strict=True)
    ]
    assert differs == [False, True, True, True, True]


@pytest.mark.parametrize("n_rows", [10_000_000, 97])
def test_the_rows_of_a_backtest_can_be_read_back_in_any_parts(product, result, n_rows):
    reader = WindowReader(build_panel(product.task, product.observations), product.task.horizon)
    for batch in result.forecasts.to_batches(max_chunksize=n_rows):
        reader.add(pa.Table.from_batches([batch]))
    read = reader.windows()
    order = [(name, "ascending") for name in ("cutoff", "model", "unique_id", "ds")]
    assert backtest_rows(read).read().sort_by(order) == result.forecasts.sort_by(order)
    for mine, theirs in zip(read, result.windows, strict=True):
        assert mine.cutoff == theirs.cutoff
        for model in theirs.models:
            np.testing.assert_array_equal(mine.yhat[model], theirs.yhat[model])
        np.testing.assert_array_equal(mine.y, theirs.y)


def test_a_series_without_feature_rows_falls_back_and_is_listed(product):
    rows = product.feature_rows
    incomplete = pc.and_(pc.equal(rows["unique_id"], "series_003"), pc.equal(rows["h"], 9))
    features = FeatureTable(rows.filter(pc.invert(incomplete)))
    result = run_backtest(product.task, product.observations, features, product.cutoffs)
    failed = result.failures.to_pylist()
    assert {row["unique_id"] for row in failed} == {"series_003"}
    assert {row["model"] for row in failed} == {"lightgbm"}
    assert {row["fallback_model"] for row in failed} == {"seasonal_naive"}
    assert len(failed) == len(product.cutoffs)
    marked = result.forecasts.filter(
        pc.and_(pc.equal(result.forecasts["model"], "lightgbm"), pc.equal(result.forecasts["unique_id"], "series_003"))
    )
    assert set(marked["forecast_source"].to_pylist()) == {"baseline"}


def test_a_model_that_breaks_falls_back_for_every_series(product):
    class Broken(FeatureTable):
        def forecast_rows(self, cutoff):
            rows = super().forecast_rows(cutoff)
            return rows.set_column(
                rows.column_names.index("rolling_mean_28"), "rolling_mean_28", pa.nulls(rows.num_rows, pa.float32())
            ).set_column(
                rows.column_names.index("aligned_mean_4"),
                "aligned_mean_4",
                pa.array(np.full(rows.num_rows, np.float32(np.inf))),
            )

    result = run_backtest(product.task, product.observations, Broken(product.feature_rows), product.cutoffs)
    assert np.isfinite(result.forecasts["yhat"].to_numpy()).all()
    assert result.failures.num_rows == 30 * len(product.cutoffs)
    assert set(result.choices["model"].to_pylist()[-30:]) != {"lightgbm"}


def test_stock_outs_are_neither_learnt_from_nor_scored(product):
    sold_out = np.zeros(product.observations.num_rows, dtype=bool)
    sold_out[-5:] = True
    observations = product.observations.append_column("is_stockout", pa.array(sold_out))
    result = run_backtest(product.task, observations, product.features, product.cutoffs)
    assert result.forecasts["y"].null_count == 5 * 5


def test_an_unknown_candidate_is_an_error_and_not_a_fallback(product):
    task = replace(product.task, candidates=("seasonal_naive", "seasonal_nave"))
    with pytest.raises(UnknownForecasterError, match="seasonal_nave"):
        run_backtest(task, product.observations, None, product.cutoffs)


def test_a_cutoff_outside_the_history_is_an_error(product):
    with pytest.raises(ForecastingError, match=r"later cutoff|cutoff inside"):
        run_backtest(product.task, product.observations, product.features, [product.cutoffs[0] - timedelta(days=900)])


def test_a_backtest_without_features_needs_no_global_model(product):
    task = replace(product.task, candidates=("naive", "seasonal_naive"))
    result = run_backtest(task, product.observations, None, product.cutoffs)
    assert set(result.forecasts["model"].to_pylist()) == {"naive", "seasonal_naive"}
