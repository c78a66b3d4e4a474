"""The promises of every panel forecaster: a new line in `FORECASTERS` is tested by being there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from forecasting.forecasters import FORECASTERS, Forecaster

H, SEASON = 28, 7


@pytest.fixture(params=FORECASTERS)
def forecaster(request):
    return FORECASTERS[request.param]()


def test_it_is_a_forecaster(forecaster):
    assert isinstance(forecaster, Forecaster)


def test_every_shape_gets_a_complete_and_finite_forecast(forecaster, panel):
    result = forecaster.forecast(panel, H, SEASON)
    assert result.yhat.shape == (len(panel), H)
    assert np.isfinite(result.yhat).all()


def test_what_was_never_negative_is_not_forecast_negative(forecaster, panel):
    yhat = forecaster.forecast_panel(panel, H, SEASON)
    never = ~(panel < 0).any(axis=1)
    assert (yhat[never] >= 0).all()


def test_what_never_was_is_forecast_as_zero_and_marked(forecaster, shapes):
    result = forecaster.forecast(shapes["never_observed"][None], H, SEASON)
    assert (result.yhat == 0).all()
    assert result.is_fallback.tolist() == [True]
    assert result.forecast_source.tolist() == ["baseline"]


def test_all_zeros_stay_zero_and_a_constant_stays_constant(forecaster, shapes):
    assert (forecaster.forecast_panel(shapes["all_zero"][None], H, SEASON) == 0).all()
    if "croston" not in type(forecaster).__name__.lower() or forecaster.variant == "classic":
        np.testing.assert_allclose(forecaster.forecast_panel(shapes["constant"][None], H, SEASON), 7.0)


def test_the_usual_series_gets_its_own_forecast(forecaster, shapes):
    assert not forecaster.forecast(shapes["usual"][None], H, SEASON).is_fallback.any()


def test_the_same_history_gives_the_same_forecast(forecaster, panel):
    first, second = (forecaster.forecast_panel(panel, H, SEASON) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_future_cannot_change_the_forecast(forecaster, panel):
    rewritten = panel.copy()
    rewritten[:, -30:] = 1e9
    np.testing.assert_array_equal(
        forecaster.forecast_panel(panel[:, :-30], H, SEASON), forecaster.forecast_panel(rewritten[:, :-30], H, SEASON)
    )


def test_the_input_is_left_alone(forecaster, panel):
    before = panel.copy()
    panel.flags.writeable = False
    forecaster.forecast_panel(panel, H, SEASON)
    np.testing.assert_array_equal(panel, before)


def test_series_do_not_influence_each_other(forecaster, panel):
    together = forecaster.forecast_panel(panel, H, SEASON)
    shuffled = np.random.default_rng(1).permutation(len(panel))
    np.testing.assert_allclose(forecaster.forecast_panel(panel[shuffled], H, SEASON), together[shuffled], rtol=1e-12)
    alone = np.vstack([forecaster.forecast_panel(row[None], H, SEASON) for row in panel])
    np.testing.assert_allclose(alone, together, rtol=1e-12)


def test_many_series_are_the_same_as_few(forecaster, panel):
    many = np.tile(panel[:, -100:], (200, 1))
    yhat = forecaster.forecast_panel(many, 3, SEASON).reshape(200, len(panel), 3)
    np.testing.assert_allclose(yhat, np.broadcast_to(yhat[0], yhat.shape), rtol=1e-12)


def test_a_series_that_stopped_early_is_forecast_from_the_cutoff(forecaster, shapes):
    """Sixty unobserved days later the weekday pattern, if the method has one, still falls on the right weekday."""
    stopped = shapes["missing_last_60"][None]
    at_its_end = forecaster.forecast_panel(stopped[:, :-60], 60 + H, SEASON)[:, 60:]
    yhat = forecaster.forecast_panel(stopped, H, SEASON)
    assert np.isfinite(yhat).all()
    assert abs(yhat.mean() / at_its_end.mean() - 1) < 0.35


def test_a_longer_horizon_begins_with_the_shorter_one(forecaster, panel):
    if forecaster.chooses_for_horizon:
        pytest.skip("its settings are chosen for the horizon, and say so")
    np.testing.assert_allclose(
        forecaster.forecast_panel(panel, 40, SEASON)[:, :5], forecaster.forecast_panel(panel, 5, SEASON), rtol=1e-9
    )


def test_no_column_at_all_is_survived(forecaster):
    assert (forecaster.forecast_panel(np.empty((2, 0)), 3, SEASON) == 0).all()


def test_values_at_the_edge_of_floating_point_stay_finite(forecaster):
    edge = np.array([[1e308, -1e308, 1e308, 1e308, -1e308, 1e308, 1e308, 1e308]])
    assert np.isfinite(forecaster.forecast_panel(edge, 5, 2)).all()


panels = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40),
    elements=st.one_of(st.just(0.0), st.just(float("nan")), st.floats(0, 1e9), st.integers(0, 5).map(float)),
)


def _assert_complete_and_within_range(name, y, h, season_length):
    yhat = FORECASTERS[name]().forecast_panel(y, h, season_length)
    assert yhat.shape == (len(y), h)
    assert np.isfinite(yhat).all()
    assert (yhat >= 0).all()
    if not FORECASTERS[name]().may_leave_range:
        largest = np.nan_to_num(y).max(axis=1)
        assert (yhat <= largest[:, None] * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", FORECASTERS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(y=panels, h=st.integers(1, 30), season_length=st.integers(1, 14))
def test_any_panel_gets_a_complete_forecast_within_its_range(name, y, h, season_length):
    _assert_complete_and_within_range(name, y, h, season_length)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FORECASTERS)
@settings(max_examples=150, deadline=None)
@given(y=panels, h=st.integers(1, 30), season_length=st.integers(1, 14))
def test_two_thousand_panels_get_complete_forecasts_within_their_range(name, y, h, season_length):
    _assert_complete_and_within_range(name, y, h, season_length)
