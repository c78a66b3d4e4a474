"""The pooled season: found where series share it, own where they do not, finite for any shape, blind to the future."""

import time

import numpy as np
import pytest

from forecasting.forecasters import Forecaster, PooledSeason, SeasonalNaive, forecaster_named

H, YEAR = 12, 12


def _panel(n_series=40, n_years=3, own=0.0, noise=0.15, seed=4):
    """Months of several years with a shape that all share, `own` departures from it, growth and noise; and means."""
    rng = np.random.default_rng(seed)
    month = np.arange(YEAR * n_years + H)
    shared = 0.4 * np.sin(2 * np.pi * np.arange(YEAR) / YEAR) + 0.5 * (np.arange(YEAR) == 11)
    shape = shared + own * rng.normal(size=(n_series, YEAR))
    level = rng.lognormal(5, 1, (n_series, 1)) * np.exp(0.005 * month)
    mean = level * np.exp(shape[:, month % YEAR])
    return mean[:, :-H] * np.exp(rng.normal(0, noise, (n_series, YEAR * n_years))), mean[:, -H:]


def _error(yhat, mean):
    return np.abs(yhat - mean).sum() / mean.sum()


def test_it_is_a_forecaster_by_its_name():
    model = forecaster_named("pooled_season", season_lengths=(12,))
    assert isinstance(model, Forecaster)
    assert model == PooledSeason()


@pytest.mark.parametrize("n_years", [2, 3, 5])
def test_a_season_that_series_share_is_found_through_their_noise(n_years):
    y, mean = _panel(n_years=n_years)
    said = PooledSeason().forecast(y, H, YEAR)
    assert not said.is_fallback.any()
    assert _error(said.yhat, mean) < 0.7 * _error(SeasonalNaive().forecast_panel(y, H, YEAR), mean)


def test_seasons_of_their_own_stay_their_own():
    y, mean = _panel(n_years=5, own=0.6, noise=0.03)
    assert _error(PooledSeason().forecast(y, H, YEAR).yhat, mean) < 0.08


def test_one_series_alone_is_forecast_with_its_own_season():
    y, mean = _panel(n_series=1, n_years=6, noise=0.02)
    assert _error(PooledSeason().forecast(y, H, YEAR).yhat, mean) < 0.06


def test_series_that_start_late_pause_or_hold_zeros_are_forecast_too():
    y, mean = _panel(n_years=5)
    y[:10, :30] = np.nan
    y[10:20, 40:44] = np.nan
    y[20] = 0.0
    said = PooledSeason().forecast(y, H, YEAR)
    assert said.is_fallback.tolist() == [row == 20 for row in range(40)]
    np.testing.assert_array_equal(said.yhat[20], 0.0)
    others = np.arange(40) != 20
    assert _error(said.yhat[others], mean[others]) < 0.15


def test_an_outlier_of_one_series_does_not_come_back_in_the_others():
    y, _ = _panel()
    before = PooledSeason().forecast(y, H, YEAR).yhat
    y[0, 20] *= 1000
    np.testing.assert_allclose(PooledSeason().forecast(y, H, YEAR).yhat[1:], before[1:], rtol=0.05)


def test_values_below_zero_and_short_histories_are_marked():
    y, _ = _panel(n_years=3)
    y[3, 5] = -1.0
    y[4, :-10] = np.nan
    said = PooledSeason().forecast(y, H, YEAR)
    assert np.flatnonzero(said.is_fallback).tolist() == [3, 4]
    assert "from zero upwards" in said.fallback_reason[3]
    assert said.fallback_model == "theta"
    assert PooledSeason().forecast(y[:, :20], H, YEAR).is_fallback.all()
    assert PooledSeason().forecast(y, H, 1).is_fallback.all()


def test_the_unit_does_not_matter():
    y, _ = _panel()
    expected = PooledSeason().forecast(y, H, YEAR).yhat
    np.testing.assert_allclose(PooledSeason().forecast(1000 * y, H, YEAR).yhat, 1000 * expected, rtol=1e-6)


def test_every_shape_gets_a_complete_forecast_within_its_range(panel):
    for season in (4, 12):
        said = PooledSeason().forecast(panel, H, season)
        assert said.yhat.shape == (len(panel), H)
        assert np.isfinite(said.yhat).all()
        assert (said.yhat[~(panel < 0).any(axis=1)] >= 0).all()


def test_no_series_and_no_history_are_no_errors_and_the_input_is_left_alone():
    assert PooledSeason().forecast(np.empty((0, 40)), H, YEAR).yhat.shape == (0, H)
    assert PooledSeason().forecast(np.empty((2, 0)), H, YEAR).yhat.shape == (2, H)
    y, _ = _panel()
    y[0, 3] = np.nan
    before = y.copy()
    PooledSeason().forecast(y, H, YEAR)
    np.testing.assert_array_equal(y, before)


def test_many_series_are_forecast_in_seconds_and_as_well():
    y, mean = _panel(n_series=3_000)
    start = time.process_time()
    said = PooledSeason().forecast(y, H, YEAR)
    assert time.process_time() - start < 5.0
    assert _error(said.yhat, mean) < 0.1
