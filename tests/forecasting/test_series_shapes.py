"""The series shapes that break forecasters: whatever comes in, what goes out is finite, complete and in range."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.run import forecast, run_backtest, train

T, H = 150, 7
NORMAL = 20.0 + 5.0 * np.sin(2 * np.pi * np.arange(T) / 7)


def _tail(value, n):
    y = NORMAL.copy()
    y[-n:] = value
    return y


def _only_last(n):
    y = np.full(T, np.nan)
    y[-n:] = NORMAL[-n:]
    return y


RNG = np.random.default_rng(44)
SHAPES = {
    "all zero": np.zeros(T),
    "one observation": _only_last(1),
    "shorter than a season": _only_last(4),
    "constant": np.full(T, 12.0),
    "95 % zero": np.where(RNG.random(T) > 0.95, 3.0, 0.0),
    "new today": _only_last(1) * 0 + 5.0,
    "discontinued": _tail(0.0, 100),
    "restart after a gap": np.where((np.arange(T) > 60) & (np.arange(T) < 130), np.nan, NORMAL),
    "ten times the level since yesterday": _tail(200.0, 1),
    "a single giant spike": np.where(np.arange(T) == 100, 1e6, NORMAL),
    "missing for the last 60 days": _tail(np.nan, 60),
    "huge": NORMAL * 1e9,
    "tiny": NORMAL * 1e-9,
    "never observed": np.full(T, np.nan),
}


def _run(build_product, y, n_windows=3, **changes):
    product = build_product(np.asarray(y), horizon=H, n_windows=n_windows).with_task(n_calibration_windows=1, **changes)
    history = run_backtest(product.task, product.observations, product.features, product.cutoffs)
    live = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        feature_rows=product.features.forecast_rows(product.live_cutoff),
        trained=train(product.task, product.feature_rows, product.live_cutoff),
        backtest_forecasts=history.forecasts,
    )
    return product, live


def _assert_sound(product, live):
    n_series = len(set(product.feature_rows["unique_id"].to_pylist()))
    n_models = len(product.task.candidates)
    yhat = live.forecasts["yhat"].to_numpy()
    assert live.forecasts.num_rows == n_series * H * n_models
    assert np.isfinite(yhat).all()
    assert (yhat >= 0).all()
    q = live.quantiles["yhat"].to_numpy().reshape(-1, len(product.task.quantile_levels))
    assert q.shape[0] == n_series * H
    assert np.isfinite(q).all()
    assert (q >= 0).all()
    assert (np.diff(q, axis=1) >= 0).all()
    assert set(live.forecasts["forecast_source"].to_pylist()) <= {"model", "baseline"}


@pytest.fixture(scope="module")
def all_shapes(build_product):
    healthy = [NORMAL * scale * np.exp(0.1 * RNG.normal(size=T)) for scale in (1, 2, 3, 4, 5, 6)]
    return _run(build_product, [*SHAPES.values(), *healthy])


def test_every_shape_beside_healthy_series_gets_sound_forecasts(all_shapes):
    _assert_sound(*all_shapes)


def test_shapes_that_cannot_be_forecast_as_asked_are_flagged(all_shapes):
    _, live = all_shapes
    flagged = {(row["unique_id"], row["model"]) for row in live.failures.to_pylist()}
    position = list(SHAPES).index
    for shape in ("shorter than a season", "never observed"):
        assert (f"series_{position(shape):03d}", "seasonal_naive") in flagged
    assert not any(unique_id >= f"series_{len(SHAPES):03d}" for unique_id, _ in flagged)


def test_what_stopped_long_ago_is_not_forecast_to_sell(all_shapes):
    _, live = all_shapes
    stopped = f"series_{list(SHAPES).index('discontinued'):03d}"
    rows = [row for row in live.forecasts.to_pylist() if row["unique_id"] == stopped and row["model"] == "lightgbm"]
    assert max(row["yhat"] for row in rows) < 2.0


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("never observed", "one observation")])
def test_a_product_of_one_such_series_gets_sound_forecasts(build_product, shape):
    product = build_product(np.vstack([SHAPES[shape]]), horizon=H, n_windows=3)
    task = replace(product.task, candidates=("naive", "seasonal_naive", "moving_average"), n_calibration_windows=1)
    product = replace(product, task=task)
    history = run_backtest(task, product.observations, None, product.cutoffs)
    live = forecast(task, product.observations, product.live_cutoff, backtest_forecasts=history.forecasts)
    assert np.isfinite(live.forecasts["yhat"].to_numpy()).all()
    assert live.forecasts.num_rows == H * 3


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6), n_series=st.integers(5, 12), missing=st.floats(0, 0.6), zeros=st.floats(0, 0.95))
def test_generated_panels_get_sound_forecasts(build_product, seed, n_series, missing, zeros):
    rng = np.random.default_rng(seed)
    y = rng.gamma(0.5, 10.0 ** rng.uniform(-3, 6, size=(n_series, 1)), size=(n_series, T))
    y[rng.random(y.shape) < zeros] = 0.0
    y[rng.random(y.shape) < missing] = np.nan
    y[:, -20:][np.isnan(y[:, -20:])] = 1.0
    _assert_sound(*_run(build_product, y))
