"""The pooled year: found where series share it, right about growth, finite for any shape, blind to the future."""

import numpy as np
import pytest

from forecasting.forecasters import Forecaster, PooledSeasonalLevel, SeasonalNaive, forecaster_named

H, WEEK = 60, 7


def _panel(n_series=60, n_days=3 * 365, growth=0.0, seed=8, start=0):
    """Small counts with weekdays of their own, a common year with a sharp December, and a common yearly growth."""
    rng = np.random.default_rng(seed)
    day = np.arange(start, start + n_days)
    of_year = day % 365
    year = 1 + 0.5 * np.sin(2 * np.pi * of_year / 365) + 1.0 * (of_year > 340)
    weekday = 1 + 0.3 * rng.random((n_series, WEEK))
    mean = 10 * np.exp(rng.normal(0, 0.5, (n_series, 1))) * year * weekday[:, day % WEEK] * (1 + growth) ** (day / 365)
    return rng.poisson(mean).astype(float), mean


def _error(yhat, mean):
    return np.abs(yhat - mean).sum() / mean.sum()


def test_it_is_a_forecaster_by_its_name():
    model = forecaster_named("pooled_seasonal_level", season_lengths=(7, 364))
    assert isinstance(model, Forecaster)
    assert model == PooledSeasonalLevel()


def test_the_year_that_series_share_is_found_through_their_noise():
    y, mean = _panel(n_days=2 * 365 + 330 + H)
    past, future = y[:, :-H], mean[:, -H:]
    said = PooledSeasonalLevel().forecast(past, H, WEEK)
    assert not said.is_fallback.any()
    assert _error(said.yhat, future) < 0.06
    assert _error(said.yhat, future) < 0.25 * _error(SeasonalNaive().forecast_panel(past, H, WEEK), future)


def test_a_leap_day_does_not_shift_the_months():
    days = np.arange("2013-01-01", "2016-12-01", dtype="datetime64[D]")
    is_august = days.astype("datetime64[M]").astype(int) % 12 == 7
    y = np.where(is_august, 15.0, 10.0) * np.array([[1.0], [2.0], [3.0]])
    cutoff = np.datetime64("2016-07-31")
    said = PooledSeasonalLevel(cutoff).forecast(y[:, days <= cutoff], 40, WEEK).yhat
    np.testing.assert_allclose(said, y[:, days > cutoff][:, :40], rtol=0.02)
    leap = np.datetime64("2016-02-19")
    said = PooledSeasonalLevel(leap).forecast(y[:, days <= leap], 20, WEEK).yhat
    np.testing.assert_allclose(said, y[:, days > leap][:, :20], rtol=0.02)


@pytest.mark.parametrize("growth", [-0.15, 0.2])
def test_a_lasting_growth_goes_on_a_little_damped(growth):
    y, mean = _panel(n_days=4 * 365 + H, growth=growth)
    said = PooledSeasonalLevel().forecast(y[:, :-H], H, WEEK).yhat
    total, of_a_year_before = mean[:, -H:].sum(), mean[:, -H - 365 : -365].sum()
    assert 0.8 < (said.sum() - of_a_year_before) / (total - of_a_year_before) < 1.05


def test_series_keep_weekdays_of_their_own():
    y, _ = _panel(n_days=3 * 364)
    y[0, 0::7] *= 5
    said = PooledSeasonalLevel().forecast(y, H, WEEK).yhat
    assert said[0, ::7].mean() > 3 * np.delete(said[0], np.arange(0, H, 7)).mean()
    assert said[1, ::7].mean() < 1.5 * np.delete(said[1], np.arange(0, H, 7)).mean()


def test_series_that_start_late_or_pause_are_forecast_at_their_own_level():
    y, mean = _panel(n_days=3 * 365 + H)
    gapped = y.copy()
    gapped[:20, :900] = np.nan
    gapped[20:40, 800:1000] = np.nan
    said = PooledSeasonalLevel().forecast(gapped[:, :-H], H, WEEK)
    assert not said.is_fallback.any()
    assert _error(said.yhat, mean[:, -H:]) < 0.08


def test_a_peak_of_one_series_does_not_come_back_in_the_others():
    y, _ = _panel(n_days=3 * 365)
    before = PooledSeasonalLevel().forecast(y, H, WEEK).yhat
    y[0, 2 * 365 + 20] = 1e5
    after = PooledSeasonalLevel().forecast(y, H, WEEK).yhat
    np.testing.assert_allclose(after[1:], before[1:], rtol=0.1)


def test_the_unit_does_not_matter():
    y, _ = _panel()
    expected = PooledSeasonalLevel().forecast(y, H, WEEK).yhat
    np.testing.assert_allclose(PooledSeasonalLevel().forecast(1000 * y, H, WEEK).yhat, 1000 * expected, rtol=1e-9)


def test_every_shape_gets_a_complete_forecast_within_its_range(panel):
    said = PooledSeasonalLevel().forecast(panel, H, WEEK)
    assert said.yhat.shape == (len(panel), H)
    assert np.isfinite(said.yhat).all()
    assert (said.yhat[~(panel < 0).any(axis=1)] >= 0).all()


@pytest.mark.parametrize(("n_days", "season"), [(WEEK, WEEK), (454, WEEK), (900, 24)])
def test_a_panel_without_a_year_to_share_is_marked(n_days, season):
    y, _ = _panel(n_series=4, n_days=n_days)
    said = PooledSeasonalLevel().forecast(y, H, season)
    assert said.is_fallback.all()
    assert np.isfinite(said.yhat).all()
    assert said.fallback_model == "seasonal_window_average"


def test_silent_series_are_marked_and_no_panel_is_no_error():
    y, _ = _panel(n_series=5)
    y[0, -400:] = np.nan
    y[1] = np.nan
    assert PooledSeasonalLevel().forecast(y, H, WEEK).is_fallback.tolist() == [True, True, False, False, False]
    assert PooledSeasonalLevel().forecast(np.empty((0, 900)), H, WEEK).yhat.shape == (0, H)
    assert PooledSeasonalLevel().forecast(np.empty((2, 0)), H, WEEK).yhat.shape == (2, H)


def test_nothing_sold_stays_nothing():
    y, _ = _panel(n_series=5)
    y[0] = 0.0
    np.testing.assert_array_equal(PooledSeasonalLevel().forecast(y, H, WEEK).yhat[0], 0.0)
    np.testing.assert_array_equal(PooledSeasonalLevel().forecast(np.zeros((3, 900)), H, WEEK).yhat, 0.0)


@pytest.mark.filterwarnings("error")
def test_a_pool_that_fell_silent_is_marked_and_stays_silent():
    y, _ = _panel(n_series=5, n_days=4 * 365)
    y[:, 500:] = 0.0
    said = PooledSeasonalLevel().forecast(y, H, WEEK)
    assert said.is_fallback.all()
    np.testing.assert_array_equal(said.yhat, 0.0)


def test_the_input_is_left_alone():
    y, _ = _panel(n_series=5)
    before = y.copy()
    PooledSeasonalLevel().forecast(y, H, WEEK)
    np.testing.assert_array_equal(y, before)


def _stepped(last_day, growths=(0.14, 0.04, 0.08), n_ahead=H, noise=0.02, seed=3):
    """Series whose level changes on the first of January only, up to `last_day` and the truth of the days after it."""
    day = np.arange("2013-01-01", np.datetime64(last_day) + 1 + n_ahead, dtype="datetime64[D]")
    year = day.astype("datetime64[Y]").astype(int) - 43
    of_year = (day - day.astype("datetime64[Y]")).astype(int)
    level = np.cumsum([0.0, *growths, 0.06])[year]
    rng = np.random.default_rng(seed)
    common = np.exp(level) * (1 + 0.4 * np.sin(2 * np.pi * of_year / 365.25))
    y = np.array([[10.0], [40.0], [90.0]]) * common * np.exp(rng.normal(0, noise, day.size))
    n_past = day.size - n_ahead
    return y[:, :n_past], y[:, n_past:], np.datetime64(last_day)


@pytest.mark.parametrize("last_day", ["2015-06-30", "2015-10-20", "2016-03-15"])
def test_a_level_that_stands_still_within_a_calendar_year_is_carried_on(last_day):
    past, future, day = _stepped(last_day)
    said = PooledSeasonalLevel(day).forecast(past, H, WEEK).yhat
    assert abs(said.sum() / future.sum() - 1) < 0.01
    without_dates = PooledSeasonalLevel().forecast(past, H, WEEK).yhat
    assert abs(without_dates.sum() / future.sum() - 1) > abs(said.sum() / future.sum() - 1)


def test_the_turn_of_the_year_brings_the_damped_mean_of_the_growths():
    past, _, day = _stepped("2015-12-21", noise=0.0)
    said = PooledSeasonalLevel(day).forecast(past, 20, WEEK).yhat
    _, flat, _ = _stepped("2015-12-21", growths=(0.14, 0.04, 0.0), n_ahead=20, noise=0.0)
    ratio = (said / flat).mean(axis=0)
    np.testing.assert_allclose(ratio[:10], 1.0, atol=0.01)
    np.testing.assert_allclose(ratio[10:], np.exp((0.14 + 0.04) / 3), atol=0.01)


def test_a_year_that_has_just_begun_is_seen_in_its_first_days():
    past, future, day = _stepped("2016-01-12", growths=(0.14, 0.04, -0.2))
    said = PooledSeasonalLevel(day).forecast(past, H, WEEK).yhat
    assert abs(said.sum() / future.sum() - 1) < 0.02


@pytest.mark.parametrize("growth", [-0.15, 0.2])
def test_a_level_that_moves_every_day_is_not_taken_for_steps(growth):
    y, mean = _panel(n_days=3 * 365 + 180 + H, growth=growth)
    day = np.datetime64("2016-06-29")
    said = PooledSeasonalLevel(day).forecast(y[:, :-H], H, WEEK).yhat
    np.testing.assert_allclose(said.sum(), PooledSeasonalLevel().forecast(y[:, :-H], H, WEEK).yhat.sum(), rtol=0.02)
    assert abs(said.sum() / mean[:, -H:].sum() - 1) < 0.06
