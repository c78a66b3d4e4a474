from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from forecasting.metric_optimum import at_optimum, rmspe_factor
from forecasting.metrics import rmspe
from forecasting.quantiles import SeriesScale
from forecasting.window_result import WindowResult

SPREAD = 0.3


def _window(
    number: int, *, shift: float = 0.0, spread: float = SPREAD, n_series: int = 400, horizon: int = 14
) -> WindowResult:
    rng = np.random.default_rng(number)
    yhat = rng.uniform(50.0, 150.0, (n_series, horizon))
    y = yhat * np.exp(shift + spread * rng.normal(size=yhat.shape))
    flags = np.zeros(n_series, dtype=bool)
    return WindowResult(
        cutoff=datetime(2025, 1, 1) + timedelta(days=horizon * number),  # noqa: DTZ001 - naive, as in the tables
        freq="D",
        unique_ids=np.array([f"s{i}" for i in range(n_series)], dtype=object),
        eligible=~flags,
        y=y,
        scale=SeriesScale(yhat[:, 0], yhat[:, 0], np.zeros(n_series)),
        yhat={"lightgbm": yhat, "seasonal_naive": yhat + 1.0},
        fell_back={"lightgbm": flags, "seasonal_naive": flags},
    )


def test_the_factor_is_the_optimum_of_a_log_normal_outcome_and_lowers_rmspe_of_a_new_window():
    earlier = [_window(0), _window(1)]
    assert rmspe_factor(earlier, "lightgbm") == pytest.approx(np.exp(-1.5 * SPREAD**2), rel=0.02)
    fresh = _window(2)
    better = at_optimum(fresh, earlier, "lightgbm", "rmspe")
    assert rmspe(fresh.y, better.yhat["lightgbm"]) < 0.95 * rmspe(fresh.y, fresh.yhat["lightgbm"])
    np.testing.assert_array_equal(better.yhat["seasonal_naive"], fresh.yhat["seasonal_naive"])


def test_a_level_that_every_series_missed_in_common_is_no_spread():
    assert rmspe_factor([_window(0, shift=0.4)], "lightgbm") == pytest.approx(
        rmspe_factor([_window(0)], "lightgbm"), rel=0.03
    )


def test_a_bias_that_lasts_is_part_of_what_may_happen_and_one_that_changes_sides_is_not():
    plain = rmspe_factor([_window(number) for number in range(4)], "lightgbm")
    lasting = [_window(number, shift=0.1) for number in range(4)]
    assert rmspe_factor(lasting, "lightgbm") == pytest.approx(plain * np.exp(0.1), rel=0.01)
    turning = [_window(number, shift=0.1 * (-1) ** number) for number in range(4)]
    assert rmspe_factor(turning, "lightgbm") == pytest.approx(plain, rel=0.01)


def test_one_window_of_wild_weeks_does_not_rule_the_spread():
    tame = [_window(number, spread=0.1) for number in range(3)]
    wild = _window(3, spread=0.3)
    assert rmspe_factor([*tame, wild], "lightgbm") == pytest.approx(rmspe_factor(tame, "lightgbm"), rel=0.01)


def test_other_metrics_too_few_errors_and_windows_that_are_not_over_change_nothing():
    earlier, fresh = [_window(0)], _window(1)
    assert at_optimum(fresh, earlier, "lightgbm", "wape") is fresh
    assert rmspe_factor([], "lightgbm") == 1.0
    assert rmspe_factor([_window(0, n_series=5)], "lightgbm") == 1.0
    same_moment = replace(earlier[0], cutoff=fresh.cutoff - timedelta(days=0))
    unchanged = at_optimum(fresh, [same_moment], "lightgbm", "rmspe")
    np.testing.assert_array_equal(unchanged.yhat["lightgbm"], fresh.yhat["lightgbm"])


def test_closed_days_and_accidents_do_not_widen_the_spread():
    window = _window(0)
    y, yhat = window.y.copy(), window.yhat["lightgbm"].copy()
    y[:, 6] = 0.0
    yhat[:, 6] = 0.0
    y[:3, 0] *= 0.01
    odd = replace(window, y=y, yhat={"lightgbm": yhat})
    assert rmspe_factor([odd], "lightgbm") == pytest.approx(rmspe_factor([window], "lightgbm"), rel=0.02)
