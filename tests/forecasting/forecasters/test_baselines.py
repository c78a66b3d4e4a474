"""What each baseline says, by hand and against statsforecast, which implements the same methods one series at a time."""

import numpy as np
import pytest

from forecasting.forecasters import (
    TSB,
    Croston,
    Drift,
    MovingAverage,
    Naive,
    SeasonalNaive,
    SeasonalWindowAverage,
    SimpleExponentialSmoothing,
    Theta,
)
from forecasting.forecasters.exponential_smoothing import ALPHAS, smoothed_level
from forecasting.metrics import smape

H = 10
RNG = np.random.default_rng(3)
DENSE = RNG.gamma(2.0, 5.0, (8, 200)) * (1 + 0.4 * np.sin(2 * np.pi * np.arange(200) / 7)) + np.arange(200) * 0.05
SPARSE = np.where(RNG.random((8, 200)) < 0.2, RNG.poisson(4, (8, 200)) + 1.0, 0.0)


def _statsforecast(model, panel, h=H):
    return np.vstack([model.forecast(y=row, h=h)["mean"] for row in panel])


@pytest.fixture(scope="module")
def engine():
    return pytest.importorskip("statsforecast.models")


def test_naive_and_drift_equal_statsforecast(engine):
    np.testing.assert_allclose(Naive().forecast_panel(DENSE, H, 1), _statsforecast(engine.Naive(), DENSE))
    np.testing.assert_allclose(Drift().forecast_panel(DENSE, H, 1), _statsforecast(engine.RandomWalkWithDrift(), DENSE))


@pytest.mark.parametrize("season_length", [2, 7, 52])
def test_seasonal_naive_equals_statsforecast(engine, season_length):
    theirs = _statsforecast(engine.SeasonalNaive(season_length=season_length), DENSE, 60)
    np.testing.assert_allclose(SeasonalNaive().forecast_panel(DENSE, 60, season_length), theirs)


@pytest.mark.parametrize("window", [4, 8, 13])
def test_moving_average_equals_statsforecast(engine, window):
    theirs = _statsforecast(engine.WindowAverage(window_size=window), DENSE)
    np.testing.assert_allclose(MovingAverage(window=window).forecast_panel(DENSE, H, 7), theirs)


def test_seasonal_window_average_equals_statsforecast(engine):
    theirs = _statsforecast(engine.SeasonalWindowAverage(season_length=7, window_size=3), DENSE)
    np.testing.assert_allclose(SeasonalWindowAverage(n_seasons=3).forecast_panel(DENSE, H, 7), theirs)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9])
def test_smoothing_with_a_given_weight_equals_statsforecast(engine, alpha):
    theirs = _statsforecast(engine.SimpleExponentialSmoothing(alpha=alpha), DENSE)
    np.testing.assert_allclose(SimpleExponentialSmoothing(alpha=alpha).forecast_panel(DENSE, H, 1), theirs)


def test_croston_and_its_correction_equal_statsforecast(engine):
    theirs = _statsforecast(engine.CrostonClassic(), SPARSE)
    np.testing.assert_allclose(Croston().forecast_panel(SPARSE, H, 1), theirs)
    theirs = _statsforecast(engine.CrostonSBA(), SPARSE)
    np.testing.assert_allclose(Croston(variant="sba").forecast_panel(SPARSE, H, 1), theirs)


def test_tsb_equals_statsforecast(engine):
    theirs = _statsforecast(engine.TSB(alpha_d=0.2, alpha_p=0.1), SPARSE)
    ours = TSB(alpha_size=0.2, alpha_probability=0.1).forecast_panel(SPARSE, H, 1)
    np.testing.assert_allclose(ours, theirs)


def test_theta_is_as_accurate_as_that_of_statsforecast(engine):
    """Not the same numbers: theirs optimises the smoothing weight freely, ours takes the best of ten."""
    past, future = DENSE[:, :-H], DENSE[:, -H:]
    theirs = smape(future, _statsforecast(engine.Theta(season_length=7), past))
    assert smape(future, Theta().forecast_panel(past, H, 7)) <= 1.02 * theirs


def test_the_best_weight_is_the_one_with_the_smallest_error_found_by_a_loop():
    levels, chosen = smoothed_level(DENSE, ALPHAS)
    for row, level, alpha in zip(DENSE, levels, chosen, strict=True):
        losses = {}
        for candidate in ALPHAS:
            state, loss = row[0], 0.0
            for value in row[1:]:
                loss += (value - state) ** 2
                state += candidate * (value - state)
            losses[candidate] = (loss, state)
        best = min(losses, key=lambda a: losses[a][0])
        assert (alpha, level) == (best, pytest.approx(losses[best][1]))


def test_smoothing_passes_over_periods_without_observation():
    gappy = np.array([[np.nan, 4.0, np.nan, np.nan, 8.0, np.nan]])
    assert SimpleExponentialSmoothing(alpha=0.5).forecast_panel(gappy, 1, 1)[0, 0] == 6.0


class TestSeasonalNaiveWithoutASeason:
    def test_a_place_not_seen_last_season_is_taken_from_the_season_before(self):
        y = np.array([[1.0, 2, 3, 4, np.nan, 6]])
        assert SeasonalNaive().forecast_panel(y, 3, 3).tolist() == [[4.0, 2.0, 6.0]]

    def test_then_from_the_shorter_season(self):
        y = np.array([[1.0, 2, 3, 4, 5, 6]])
        forecaster = SeasonalNaive(shorter_seasons=(2, 3))
        assert forecaster.forecast_panel(y, 8, 8).tolist() == [[4, 5, 1, 2, 3, 4, 5, 6]]

    def test_then_the_mean_of_the_last_season(self):
        y = np.array([[np.nan, np.nan, 3.0, 5.0]])
        assert SeasonalNaive().forecast_panel(y, 4, 4).tolist() == [[4.0, 4.0, 3.0, 5.0]]

    def test_then_the_last_value(self):
        y = np.array([[3.0, 9.0, *[np.nan] * 8]])
        assert SeasonalNaive().forecast_panel(y, 4, 4).tolist() == [[9.0, 9.0, 3.0, 9.0]]

    def test_then_zero(self):
        assert SeasonalNaive().forecast_panel(np.full((1, 9), np.nan), 2, 4).tolist() == [[0.0, 0.0]]

    def test_and_the_reason_is_recorded(self):
        y = np.array([[np.nan, 1.0, 2.0], [1.0, 2.0, 3.0]])
        result = SeasonalNaive().forecast(y, 2, 3)
        assert result.fallback_reason.tolist() == ["2 periods of history, shorter than a season of 3", None]


def test_a_moving_average_has_four_seasons_unless_told_otherwise():
    y = np.r_[np.full(50, 100.0), np.full(28, 2.0)][None]
    assert MovingAverage().forecast_panel(y, 1, 7)[0, 0] == 2.0
    assert MovingAverage().forecast_panel(y, 1, 14)[0, 0] > 2.0


def test_a_discontinued_item_fades_with_tsb_and_not_with_croston():
    y = np.r_[np.tile([0.0, 4.0], 50), np.zeros(100)][None]
    assert TSB().forecast_panel(y, 1, 1)[0, 0] < 0.001
    assert Croston().forecast_panel(y, 1, 1)[0, 0] > 1.5


def test_theta_keeps_the_season_in_place_whatever_the_phase():
    pattern = np.array([10.0, 20, 30, 40, 30, 20, 10])
    for shift in range(7):
        y = np.tile(pattern, 30)[shift:][None]
        np.testing.assert_allclose(Theta().forecast_panel(y, 7, 7)[0], pattern, rtol=0.02)


def test_theta_finds_a_season_in_series_with_zeros():
    y = np.tile([0.0, 10.0], 40)[None]
    np.testing.assert_allclose(Theta().forecast_panel(y, 4, 2)[0], [0, 10, 0, 10], atol=0.5)
