import numpy as np
import pytest

from forecasting.quantiles import SeriesScale, WindowErrors, calibrate, predict_quantiles, series_scale

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


def _window(rng, n_series=300, horizon=14, growth=0.1):
    level = rng.gamma(2.0, 20.0, n_series) + 1.0
    yhat = level[:, None] * rng.uniform(0.5, 1.5, (n_series, horizon))
    width = 0.2 * yhat * (1 + growth * np.arange(horizon))
    y = yhat + width * rng.normal(size=yhat.shape)
    return WindowErrors(y, yhat, SeriesScale(level, 0.2 * level, np.zeros(n_series)))


def test_eighty_percent_intervals_cover_eighty_percent_of_new_windows_at_every_step():
    rng = np.random.default_rng(1)
    calibration = calibrate([_window(rng) for _ in range(4)], LEVELS)
    fresh = _window(rng, n_series=2000)
    q = predict_quantiles(calibration, fresh.yhat, fresh.scale, allow_negative=True)
    covered = (fresh.y >= q[:, :, 0]) & (fresh.y <= q[:, :, -1])
    assert 0.77 <= covered.mean() <= 0.83
    per_step = covered.mean(axis=0)
    assert per_step.min() >= 0.72
    assert per_step.max() <= 0.88


def test_intervals_widen_where_errors_do():
    rng = np.random.default_rng(2)
    calibration = calibrate([_window(rng, growth=0.3) for _ in range(4)], LEVELS)
    fresh = _window(rng)
    flat = np.full_like(fresh.yhat, 40.0)
    q = predict_quantiles(calibration, flat, fresh.scale, allow_negative=True)
    width = (q[:, :, -1] - q[:, :, 0]).mean(axis=0)
    assert width[-1] > 1.5 * width[0]


def test_quantiles_never_cross_and_demand_is_never_negative():
    rng = np.random.default_rng(3)
    window = _window(rng, n_series=40)
    calibration = calibrate([window], LEVELS)
    q = predict_quantiles(calibration, window.yhat - 30.0, window.scale, allow_negative=False)
    assert (np.diff(q, axis=2) >= 0).all()
    assert q.min() >= 0.0


def test_a_cell_answers_with_the_order_statistics_of_its_own_errors():
    # 199 errors of 1 … 199 around the same forecast: rank (n + 1) x 0.9 is the 180th.
    n = 199
    yhat = np.full((n, 1), 1000.0)
    y = yhat + np.arange(1.0, n + 1)[:, None]
    scale = SeriesScale(np.full(n, 1000.0), np.full(n, 100.0), np.zeros(n))
    calibration = calibrate([WindowErrors(y, yhat, scale)], (0.1, 0.5, 0.9))
    q = predict_quantiles(
        calibration,
        yhat[:1],
        SeriesScale(*(a[:1] for a in (scale.level, scale.spread, scale.zero_share))),
        allow_negative=False,
    )
    assert q[0, 0] == pytest.approx([1020.0, 1100.0, 1180.0])


def test_closed_days_have_intervals_without_width():
    rng = np.random.default_rng(4)
    window = _window(rng)
    window.y[:, ::7] = 0.0
    window.yhat[:, ::7] = 0.0
    calibration = calibrate([window], LEVELS)
    q = predict_quantiles(calibration, window.yhat, window.scale, allow_negative=False)
    assert np.abs(q[:, ::7]).max() == 0.0
    open_days = np.delete(np.arange(14), np.arange(0, 14, 7))
    assert (q[:, open_days, -1] > q[:, open_days, 0]).all()


def test_unobserved_periods_teach_nothing():
    rng = np.random.default_rng(5)
    window = _window(rng)
    holes = WindowErrors(np.where(rng.random(window.y.shape) < 0.3, np.nan, window.y), window.yhat, window.scale)
    assert np.isfinite(calibrate([holes], LEVELS).cell_quantiles).all()


def test_nothing_to_learn_from_is_an_error_that_says_so():
    window = _window(np.random.default_rng(6), n_series=3)
    empty = WindowErrors(np.full_like(window.y, np.nan), window.yhat, window.scale)
    with pytest.raises(ValueError, match="none to calibrate from"):
        calibrate([empty], LEVELS)


def test_the_scale_of_a_series_without_history_is_borrowed_from_the_others():
    values = np.vstack([np.tile([10.0, 20.0, 30.0, 40.0], 10), np.full(40, np.nan)])
    values[0, 20:] += 4.0
    values[1, -2:] = [100.0, 104.0]
    scale = series_scale(values, season_length=4)
    assert scale.spread[1] / scale.level[1] == pytest.approx(scale.spread[0] / scale.level[0])
