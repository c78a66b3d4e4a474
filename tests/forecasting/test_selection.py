# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
from datetime import datetime

import numpy as np
import pytest

from forecasting.quantiles import SeriesScale
from forecasting.selection import Losses, choose, losses
from forecasting.window_result import WindowResult


def _losses(error, size=None):
    error = np.asarray(error, dtype=float)
    models = ("naive", "seasonal_naive", "lightgbm")[: error.shape[0]]
    return Losses(models, error, np.ones(error.shape[1:]) if size is None else size)


def test_the_lowest_mean_loss_over_the_windows_wins():
    # Window losses 0.2, 0.4 (mean 0.3) against 0.1, 0.6 (mean 0.35), by hand.
    error = [[[0.2], [0.4]], [[0.1], [0.6]]]
    (choice,) = choose(_losses(error), ["all"])
    assert choice.model == "naive"
    assert "0.3000" in choice.reason


def test_a_tie_goes_to_the_model_named_first():
    (choice,) = choose(_losses(np.full((3, 3, 2), 0.5)), ["a", "a"])
    assert choice.model == "naive"


def _beside_an_ensemble(of_theta, of_ensemble, n_series=30):
    """Losses of two models, constant over the series; one number per window."""
    error = np.repeat(np.array([of_theta, of_ensemble])[:, :, None], n_series, axis=2)
    return Losses(("theta", "ensemble"), error, np.ones(error.shape[1:]))


def test_one_lucky_model_does_not_replace_the_ensemble():
    # Better by 0.1 on average, but 0.5 better and 0.2 worse in single windows: a standard error of 0.2.
    (choice,) = choose(_beside_an_ensemble([0.5, 1.1, 1.1], [1.0, 1.0, 1.0]), ["all"] * 30)
    assert choice.model == "ensemble"
    assert "theta by 0.1000" in choice.reason


def test_a_model_that_is_better_in_every_window_does():
    (choice,) = choose(_beside_an_ensemble([0.8, 0.81, 0.79], [1.0, 1.0, 1.0]), ["all"] * 30)
    assert choice.model == "theta"
    assert "below the ensemble by 0.2000" in choice.reason


def test_two_windows_are_no_evidence_against_the_ensemble():
    (choice,) = choose(_beside_an_ensemble([0.8, 0.8], [1.0, 1.0]), ["all"] * 30)
    assert choice.model == "ensemble"
    assert "of 2 windows, too few to tell" in choice.reason


def test_a_segment_with_a_clear_and_steady_advantage_gets_its_own_model():
    rng = np.random.default_rng(0)
    error = rng.uniform(0.9, 1.1, size=(2, 4, 60))
    error[0, :, :40] -= 0.5  # naive is better over all, and in segment x
    error[1, :, 40:] -= 0.5  # seasonal naive is better in segment y
    choices = choose(_losses(error), ["x"] * 40 + ["y"] * 20)
    assert [(c.segment, c.model) for c in choices] == [("all", "naive"), ("y", "seasonal_naive")]


def test_an_advantage_within_noise_stays_with_the_global_winner():
    error = np.ones((2, 3, 30))
    error[0, :, :15] = 0.5
    error[1, :, 15:] = np.array([0.2, 1.6, 0.9])[:, None]  # mean 0.9: better by 0.1, with a standard error of 0.4
    choices = choose(_losses(error), ["x"] * 15 + ["y"] * 15)
    assert [c.segment for c in choices] == ["all"]


def test_two_windows_are_no_evidence_for_a_segment():
    error = np.ones((2, 2, 40))
    error[0, :, :20] = 0.1
    error[1, :, 20:] = 0.2
    assert len(choose(_losses(error), ["x"] * 20 + ["y"] * 20)) == 1


def test_a_window_without_anything_to_score_is_left_out():
    error = np.array([[[0.2], [0.0]], [[0.3], [0.0]]])
    size = np.array([[1.0], [0.0]])
    assert choose(_losses(error, size), ["all"])[0].model == "naive"
    assert _losses(error, size).mean() == pytest.approx([0.2, 0.3])


def _window(month, errors, fell_back=()):
    y = np.full((20, 3), 10.0)
    ids = np.array([f"s{i:02d}" for i in range(20)], dtype=object)
    scale = SeriesScale(y[:, 0].copy(), np.ones(20), np.zeros(20))
    yhat = {model: y + error for model, error in errors.items()}
    flags = {model: np.full(20, model in fell_back) for model in errors}
    return WindowResult(datetime(2024, month, 1), "D", ids, np.ones(20, dtype=bool), y, scale, yhat, flags)


def test_a_model_that_is_missing_in_one_window_cannot_win():
    windows = [_window(1, {"naive": 2.0, "theta": 0.1}), _window(2, {"naive": 2.0})]
    assert losses(windows).models == ("naive",)
    assert choose(losses(windows), ["all"] * 20)[0].model == "naive"


def test_a_model_that_fell_back_for_a_whole_window_cannot_win():
    both = {"naive": 2.0, "theta": 0.1}
    complete = [_window(1, both), _window(2, both)]
    assert choose(losses(complete), ["all"] * 20)[0].model == "theta"
    broken = [_window(1, both), _window(2, both, fell_back=("theta",))]
    assert losses(broken).models == ("naive",)
    assert choose(losses(broken), ["all"] * 20)[0].model == "naive"


def test_where_every_model_fell_back_they_are_compared_all_the_same():
    windows = [_window(1, {"naive": 2.0, "theta": 0.1}, fell_back=("naive", "theta"))]
    assert losses(windows).models == ("naive", "theta")


def test_mase_weighs_every_series_alike_and_wape_every_unit():
    window = _window(1, {"naive": 1.0, "theta": 1.0})
    window.y[0] *= 50
    by_unit, by_series = losses([window]), losses([window], "mase")
    assert by_unit.size[0, 0] == 50 * by_unit.size[0, 1]
    assert by_series.size[0, 0] == by_series.size[0, 1]
