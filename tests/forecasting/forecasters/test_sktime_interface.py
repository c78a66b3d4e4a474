"""Our panel forecasters as sktime forecasters: its conformance suite, panels without a loop, quantiles, updates."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sktime.forecasting.compose import TransformedTargetForecaster
from sktime.transformations.difference import Differencer
from sktime.utils.estimator_checks import check_estimator

from forecasting.forecasters import (
    FORECASTERS,
    GlobalLightGBMForecaster,
    Naive,
    SeasonalNaive,
    SimpleExponentialSmoothing,
)

CLASSES = sorted({type(build()) for build in FORECASTERS.values()}, key=lambda cls: cls.__name__)
ESSENTIAL = [
    "test_constructor",
    "test_fit_does_not_overwrite_hyper_params",
    "test_clone",
    "test_set_params",
    "test_hierarchical_with_exogeneous",
    "test_predict_time_index",
    "test_predict_quantiles",
    "test_pred_int_tag",
    "test_update_predict_single",
    "test_raises_not_fitted_error",
    "test_non_state_changing_method_contract",
    "test_doctest_examples",
]


def _panel(n_series=3, n_days=60):
    days = pd.date_range("2024-01-01", periods=n_days, freq="D")
    index = pd.MultiIndex.from_product([[f"s{i}" for i in range(n_series)], days], names=["unique_id", "ds"])
    return pd.DataFrame({"y": np.random.default_rng(0).gamma(2, 5, len(index))}, index=index)


def _refused(cls, tests=None):
    """What sktime's own suite refuses; its warnings are about its test data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(cls, tests_to_run=tests, verbose=False)
    assert len(results) > (20 if tests else 500)
    return {name: result for name, result in results.items() if result != "PASSED"}


@pytest.mark.parametrize("cls", [Naive, SeasonalNaive, GlobalLightGBMForecaster], ids=lambda cls: cls.__name__)
def test_sktime_accepts_it(cls):
    assert _refused(cls, ESSENTIAL) == {}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("cls", [*CLASSES, GlobalLightGBMForecaster], ids=lambda cls: cls.__name__)
def test_sktime_accepts_it_in_every_respect(cls):
    assert _refused(cls) == {}


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_sktime_and_the_array_say_the_same(cls):
    y = _panel()
    through_sktime = cls(season_length=7).fit(y).predict(fh=range(1, 11))
    matrix = y["y"].to_numpy().reshape(3, 60)
    np.testing.assert_array_equal(
        through_sktime["y"].to_numpy().reshape(3, 10), cls(season_length=7).forecast_panel(matrix, 10, 7)
    )
    assert through_sktime.index.get_level_values("ds").max() == pd.Timestamp("2024-03-10")


def test_a_panel_is_one_call_not_a_loop(monkeypatch):
    calls = []
    original = Naive._forecast_array
    monkeypatch.setattr(Naive, "_forecast_array", lambda self, y, h, m: calls.append(len(y)) or original(self, y, h, m))
    Naive().fit(_panel(n_series=50)).predict(fh=[1])
    assert calls == [50]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_quantiles_do_not_cross_and_widen_with_the_step(cls):
    levels = [0.05, 0.1, 0.5, 0.9, 0.95]
    quantiles = cls(season_length=7).fit(_panel()).predict_quantiles(fh=range(1, 15), alpha=levels)
    assert (np.diff(quantiles.to_numpy(), axis=1) >= 0).all()
    width = (quantiles["y"][0.9] - quantiles["y"][0.1]).to_numpy().reshape(3, 14)
    assert (np.diff(width, axis=1) >= -1e-9).all()


def test_intervals_of_a_random_walk_cover_what_they_claim():
    rng = np.random.default_rng(5)
    walks = rng.normal(0, 1, (300, 220)).cumsum(axis=1)
    index = pd.MultiIndex.from_product([range(300), range(200)], names=["unique_id", "ds"])
    y = pd.DataFrame({"y": walks[:, :200].ravel()}, index=index)
    bounds = Naive().fit(y).predict_interval(fh=range(1, 11), coverage=0.8).to_numpy().reshape(300, 10, 2)
    inside = (walks[:, 200:210] >= bounds[:, :, 0]) & (walks[:, 200:210] <= bounds[:, :, 1])
    assert 0.72 < inside.mean() < 0.90


def test_new_observations_move_the_forecast():
    y = _panel()
    days = y.index.get_level_values("ds")
    forecaster = SimpleExponentialSmoothing(alpha=0.5).fit(y[days < "2024-02-15"])
    forecaster.update(y[days >= "2024-02-15"])
    expected = SimpleExponentialSmoothing(alpha=0.5).fit(y).predict(fh=[1, 2])
    pd.testing.assert_frame_equal(forecaster.predict(fh=[1, 2]), expected)


def test_it_works_in_a_pipeline_of_sktime():
    y = _panel(n_series=1).droplevel("unique_id").asfreq("D")
    pipeline = TransformedTargetForecaster([("difference", Differencer(lags=7)), ("naive", Naive())])
    assert np.isfinite(pipeline.fit(y).predict(fh=[1, 2, 3]).to_numpy()).all()


def test_series_that_start_and_end_apart_are_all_forecast_from_the_last_day():
    y = _panel()
    ragged = y.drop(index=[("s0", day) for day in pd.date_range("2024-02-10", "2024-02-29")])
    yhat = Naive().fit(ragged).predict(fh=[1])
    assert set(yhat.index.get_level_values("ds")) == {pd.Timestamp("2024-03-01")}
    assert yhat.loc["s0", "y"].iloc[0] == y.loc[("s0", pd.Timestamp("2024-02-09")), "y"]
