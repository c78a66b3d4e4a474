import numpy as np
import pytest

from forecasting.forecasters import SeasonalNaive, SmoothingEnsemble
from forecasting.forecasters.smoothing_recursion import Setting, Smoothing
from forecasting.metrics import mae

T, H = 400, 28
t = np.arange(T + H)
RNG = np.random.default_rng(9)


def _holt_winters_one_series(z, setting, m, h):
    """The recursion for one series as the textbook writes it, one number at a time."""
    pattern = np.array([z[place::m].mean() for place in range(m)]) - z.mean()
    pattern -= pattern.mean()
    level = np.mean([z[i] - pattern[i % m] for i in range(max(m, 4))])
    slope = deviation = 0.0
    for i, value in enumerate(z):
        residual = value - (level + setting.damping * slope + pattern[i % m])
        error = residual - setting.persistence * deviation
        level += setting.damping * slope + setting.alpha * error
        slope = setting.damping * slope + setting.alpha * setting.beta * error
        pattern[i % m] += setting.gammas[0] * error
        deviation = residual - (setting.alpha + setting.gammas[0]) * error
    damped = [sum(setting.damping**k for k in range(1, j + 1)) for j in range(1, h + 1)]
    return [
        level + damped[j] * slope + pattern[(len(z) + j) % m] + setting.persistence ** (j + 1) * deviation
        for j in range(h)
    ]


@pytest.mark.parametrize(
    "setting",
    [Setting(0.3, gammas=(0.1,)), Setting(0.2, 0.1, 0.9, (0.3,)), Setting(0.1, gammas=(0.2,), persistence=0.8)],
)
def test_the_recursion_is_the_one_of_the_textbook(setting):
    z = RNG.normal(10, 3, (2, 60))
    states = Smoothing(z, (7,), [Setting(0.5, gammas=(0.5,)), setting])
    for i in range(60):
        states.step(i, z[:, i])
    for row, yhat in zip(z, states.forecast(60, 10)[1], strict=True):
        np.testing.assert_allclose(yhat, _holt_winters_one_series(row, setting, 7, 10))


def test_what_is_not_observed_leaves_level_and_season_alone():
    z = RNG.normal(10, 3, (1, 60))
    states = Smoothing(z, (7,), [Setting(0.3, gammas=(0.1,))])
    for i in range(60):
        states.step(i, z[:, i])
    before = states.forecast(60, 21)
    for i in range(60, 67):
        states.step(i, np.array([np.nan]))
    np.testing.assert_allclose(states.forecast(67, 14), before[:, :, 7:])


def test_two_seasons_are_told_apart():
    y = (10 + 3 * np.sin(2 * np.pi * t / 7) + 2 * np.sin(2 * np.pi * t / 28) + RNG.normal(0, 0.2, T + H))[None]
    yhat = SmoothingEnsemble(season_lengths=(28,)).forecast_panel(y[:, :T], H, 7)
    assert mae(y[:, T:], yhat) < 0.5


def test_a_season_that_grows_with_the_level_is_found_on_the_logarithm():
    y = (np.exp(0.005 * t) * (10 + 5 * np.sin(2 * np.pi * t / 7)))[None]
    yhat = SmoothingEnsemble().forecast_panel(y[:, :T], 7, 7)
    assert mae(y[:, T : T + 7], yhat) < 0.05 * y[:, T : T + 7].mean()


def test_it_beats_seasonal_naive_on_noisy_seasonal_series():
    season = 10 + 4 * np.sin(2 * np.pi * t / 7)
    y = season + RNG.normal(0, 3, (30, T + H)) + RNG.normal(0, 0.1, (30, T + H)).cumsum(axis=1)
    past, future = y[:, :T], y[:, T:]
    ours = mae(future, SmoothingEnsemble().forecast_panel(past, H, 7))
    assert ours < 0.8 * mae(future, SeasonalNaive().forecast_panel(past, H, 7))


def test_a_series_too_short_for_trials_gets_its_smoothed_level():
    yhat = SmoothingEnsemble().forecast_panel(np.array([[4.0, 6.0, 5.0]]), H, 7)
    assert np.ptp(yhat) == pytest.approx(0.0)
    assert 4.0 < yhat[0, 0] < 6.0
