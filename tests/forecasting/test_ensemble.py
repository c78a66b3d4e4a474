# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
from datetime import datetime

import numpy as np
import pytest

from forecasting.ensemble import combine, learn_weights
from forecasting.quantiles import SeriesScale
from forecasting.window_result import WindowResult

MODELS = ("good", "also good", "hopeless")


def _window(seed=0, n_series=50, horizon=10):
    rng = np.random.default_rng(seed)
    y = rng.gamma(3.0, 10.0, size=(n_series, horizon))
    yhat = {
        "good": y + 2 * rng.normal(size=y.shape),
        "also good": y + 2 * rng.normal(size=y.shape),
        "hopeless": 3 * y,
    }
    level = y.mean(axis=1)
    flags = {model: np.zeros(n_series, dtype=bool) for model in MODELS}
    ids = np.array([f"s{i:02d}" for i in range(n_series)], dtype=object)
    scale = SeriesScale(level, level, np.zeros(n_series))
    return WindowResult(datetime(2024, 1, 1), "D", ids, np.ones(n_series, dtype=bool), y, scale, yhat, flags)


def test_weights_sum_to_one_and_are_never_negative():
    weights = learn_weights([_window(0), _window(1)], MODELS)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) >= 0.0


def test_equally_good_models_share_and_a_hopeless_one_gets_nothing():
    weights = learn_weights([_window(0), _window(1)], MODELS)
    assert weights["hopeless"] == 0.0
    assert weights["good"] == pytest.approx(0.5, abs=0.1)


def test_the_mean_of_independent_errors_is_better_than_either():
    weights = learn_weights([_window(0)], MODELS)
    fresh = _window(5)
    error = {model: np.abs(fresh.yhat[model] - fresh.y).mean() for model in MODELS}
    assert np.abs(combine(fresh, weights) - fresh.y).mean() < 0.85 * min(error.values())


def test_without_evidence_models_that_learn_share_alike_and_baselines_have_no_say():
    weights = learn_weights([], ("naive", "seasonal_naive", "theta", "lightgbm"))
    assert weights == {"naive": 0.0, "seasonal_naive": 0.0, "theta": 0.5, "lightgbm": 0.5}
    assert learn_weights([], ("naive", "seasonal_naive")) == {"naive": 0.5, "seasonal_naive": 0.5}
