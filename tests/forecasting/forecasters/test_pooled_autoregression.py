"""The pooled linear model: finds what series share, stays finite for any shape, and never looks ahead."""

import numpy as np
import pytest

from forecasting.forecasters import Forecaster, PooledAutoregression, SeasonalNaive, Theta, forecaster_named

H, SEASON = 14, 7


def _panel(n_series=40, n_periods=200, seed=3):
    """Series of different sizes that follow one law: what was above its level a week ago is below it now."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n_series, n_periods))
    for t in range(SEASON, n_periods):
        z[:, t] = -0.95 * z[:, t - SEASON] + 0.2 * rng.normal(size=n_series)
    return 100.0 * np.exp(rng.normal(size=(n_series, 1))) * np.exp(0.1 * z)


def test_it_is_a_forecaster_by_its_name():
    model = forecaster_named("pooled_autoregression", season_lengths=(24, 168))
    assert isinstance(model, Forecaster)
    assert model == PooledAutoregression((24, 168))


def test_what_the_series_share_is_learnt():
    y = _panel()
    past, future = y[:, :-H], y[:, -H:]
    error = np.abs(PooledAutoregression().forecast(past, H, SEASON).yhat / future - 1).mean()
    for other in (SeasonalNaive(), Theta()):
        assert error < 0.5 * np.abs(other.forecast_panel(past, H, SEASON) / future - 1).mean()


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_a_series_does_not_matter(factor):
    y = _panel()
    scaled = y.copy()
    scaled[::2] *= factor
    expected = PooledAutoregression().forecast(y, H, SEASON).yhat
    expected[::2] *= factor
    np.testing.assert_allclose(PooledAutoregression().forecast(scaled, H, SEASON).yhat, expected, rtol=1e-6)


def test_every_shape_gets_a_complete_forecast_within_its_range(panel):
    result = PooledAutoregression().forecast(panel, H, SEASON)
    assert result.yhat.shape == (len(panel), H)
    assert np.isfinite(result.yhat).all()
    never_negative = ~(panel < 0).any(axis=1)
    assert (result.yhat[never_negative] >= 0).all()


def test_constants_stay_constant_beside_lively_series():
    y = np.vstack([_panel(), np.full((1, 200), 7.0), np.zeros((1, 200))])
    yhat = PooledAutoregression().forecast(y, H, SEASON).yhat
    np.testing.assert_allclose(yhat[-2], 7.0)
    np.testing.assert_array_equal(yhat[-1], 0.0)


def test_a_series_too_short_to_remember_gets_the_theta_forecast():
    y = _panel()
    y[0, :-10] = np.nan
    short = PooledAutoregression().forecast(y, H, SEASON)
    np.testing.assert_allclose(short.yhat[0], Theta().forecast_panel(y[:1], H, SEASON)[0])
    assert not short.is_fallback.any()


def test_nothing_observed_is_marked():
    y = np.vstack([_panel(n_series=5), np.full((1, 200), np.nan)])
    assert PooledAutoregression().forecast(y, H, SEASON).is_fallback.tolist() == [False] * 5 + [True]


def test_no_panel_at_all_is_no_error():
    assert PooledAutoregression().forecast(np.empty((0, 30)), H, SEASON).yhat.shape == (0, H)
    assert PooledAutoregression().forecast(np.full((2, 1), 3.0), H, SEASON).yhat.tolist() == [[3.0] * H] * 2


def test_the_past_decides_and_the_input_is_left_alone():
    y = _panel()
    before = y.copy()
    first = PooledAutoregression().forecast(y[:, :150], H, SEASON).yhat
    y[:, 150:] = 1e9
    np.testing.assert_array_equal(PooledAutoregression().forecast(y[:, :150], H, SEASON).yhat, first)
    np.testing.assert_array_equal(y[:, :150], before[:, :150])
