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
    scale = SeriesScale(level, level.copy(), np.zeros(n_series))
    return WindowResult(datetime(2024, 1, 1), "D", ids, np.ones(n_series, dtype=bool), y, scale, yhat, flags)


def test_weights_sum_to_one_and_are_never_negative():
    weights = learn_weights([_window(0), _window(1)], MODELS)
    total = sum(weights.values())
    assert total == pytest.approx(np.ones(50))
    assert min(weight.min() for weight in weights.values()) >= 0.0


def test_equally_good_models_share_and_a_hopeless_one_gets_nothing():
    weights = learn_weights([_window(0), _window(1)], MODELS)
    assert not weights["hopeless"].any()
    assert weights["good"].mean() == pytest.approx(0.5, abs=0.1)


def test_the_mean_of_independent_errors_is_better_than_either():
    weights = learn_weights([_window(0)], MODELS)
    fresh = _window(5)
    error = {model: np.abs(fresh.yhat[model] - fresh.y).mean() for model in MODELS}
    assert np.abs(combine(fresh, weights) - fresh.y).mean() < 0.85 * min(error.values())


def test_each_series_leans_to_the_model_that_suits_it_but_not_wholly():
    window = _window(0)
    window.yhat["good"][:25] = window.y[:25] + 6.0
    window.yhat["also good"][25:] = window.y[25:] + 6.0
    weights = learn_weights([window], MODELS)
    assert (weights["also good"][:25] > 0.5).all()
    assert (weights["good"][25:] > 0.5).all()
    assert weights["good"][:25].min() > 0.02  # one window is little evidence


def test_a_series_that_never_moved_does_not_decide_for_the_others():
    window = _window(0)
    window.scale.spread[0] = 0.0
    window.yhat["good"][0] = window.y[0] + 3.0
    window.yhat["hopeless"][0] = window.y[0]
    weights = learn_weights([window], MODELS)
    assert not weights["hopeless"][1:].any()
    assert weights["good"][1:].mean() > 0.25


def test_a_model_that_fell_back_for_a_whole_window_gets_nothing():
    window, broken = _window(0), _window(1)
    broken.fell_back["good"][:] = True
    weights = learn_weights([window, broken], MODELS)
    assert not weights["good"].any()
    assert weights["also good"] == pytest.approx(np.ones(50))


def test_without_evidence_models_count_as_they_usually_are_and_baselines_have_no_say():
    weights = learn_weights([], ("naive", "seasonal_naive", "theta", "auto_ets"))
    assert [weights[model].item() for model in ("naive", "seasonal_naive")] == [0.0, 0.0]
    assert weights["auto_ets"].item() > weights["theta"].item() > 0.3
    only_baselines = learn_weights([], ("naive", "seasonal_naive"))
    assert {model: weight.item() for model, weight in only_baselines.items()} == {"naive": 0.5, "seasonal_naive": 0.5}


def test_what_models_usually_are_breaks_a_tie_and_gives_way_to_windows():
    models = ("auto_ets", "pooled_autoregression")

    def windows(n, better=None):
        made = [_window(seed) for seed in range(n)]
        for seed, window in enumerate(made):
            noise = np.random.default_rng(100 + seed).normal(size=window.y.shape)
            for model in models:
                window.yhat[model] = window.y + (0.5 if model == better else 2.0) * noise
                window.fell_back[model] = window.fell_back["good"]
            for model in MODELS:
                del window.yhat[model], window.fell_back[model]
        return made

    equal = learn_weights(windows(1), models)
    assert (equal["auto_ets"] > equal["pooled_autoregression"]).all()
    many = learn_weights(windows(8), models)
    assert many["auto_ets"].mean() - 0.5 < 0.5 * (equal["auto_ets"].mean() - 0.5)
    proven = learn_weights(windows(2, better="pooled_autoregression"), models)
    assert (proven["pooled_autoregression"] > 0.9).all()
