"""The series shapes that break forecasters: whatever comes in, what goes out is finite, complete and in range."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasting.errors import NotEnoughHistoryError
from forecasting.feature_table import FeatureTable
from forecasting.run import forecast, run_backtest, train
from tests.forecasting.generated_panels import generate

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
    "F44 all zero": np.zeros(T),
    "F45 one observation": _only_last(1),
    "F46 shorter than a season": _only_last(4),
    "F47 constant": np.full(T, 12.0),
    "F48 95 % zero": np.where(RNG.random(T) > 0.95, 3.0, 0.0),
    "F49 new today": _only_last(1) * 0 + 5.0,
    "F50 discontinued": _tail(0.0, 100),
    "F51 restart after a gap": np.where((np.arange(T) > 60) & (np.arange(T) < 130), np.nan, NORMAL),
    "F52 ten times the level since yesterday": _tail(200.0, 1),
    "F53 a single giant spike": np.where(np.arange(T) == 100, 1e6, NORMAL),
    "F54 missing for the last 60 days": _tail(np.nan, 60),
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
    for shape in ("F46 shorter than a season", "never observed"):
        assert (f"series_{position(shape):03d}", "seasonal_naive") in flagged
    assert not any(unique_id >= f"series_{len(SHAPES):03d}" for unique_id, _ in flagged)


def test_what_stopped_long_ago_is_not_forecast_to_sell(all_shapes):
    _, live = all_shapes
    stopped = f"series_{list(SHAPES).index('F50 discontinued'):03d}"
    rows = [row for row in live.forecasts.to_pylist() if row["unique_id"] == stopped and row["model"] == "lightgbm"]
    assert max(row["yhat"] for row in rows) < 2.0


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("never observed", "F45 one observation")])
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
def test_generated_panels_get_sound_forecasts_of_the_global_model_too(build_product, seed, n_series, missing, zeros):
    rng = np.random.default_rng(seed)
    y = rng.gamma(0.5, 10.0 ** rng.uniform(-3, 6, size=(n_series, 1)), size=(n_series, T))
    y[rng.random(y.shape) < zeros] = 0.0
    y[rng.random(y.shape) < missing] = np.nan
    y[:, -20:][np.isnan(y[:, -20:])] = 1.0
    _assert_sound(*_run(build_product, y))


class FeaturesOfShortHistory(FeatureTable):
    """Every forecast row, but few rows to learn from."""

    def __init__(self, rows, to_learn_from):
        super().__init__(rows)
        self._few = to_learn_from

    def training_rows(self, cutoff):
        return self._few


@pytest.mark.parametrize("n_rows", [0, 1, 19])
def test_a_history_too_short_to_train_on_is_forecast_by_the_others_and_flagged(build_product, n_rows):
    product = build_product(np.vstack([NORMAL]), horizon=H, n_windows=1).with_task(n_calibration_windows=0)
    rows = product.feature_rows.slice(0, n_rows)
    features = FeaturesOfShortHistory(product.feature_rows, rows)
    done = run_backtest(product.task, product.observations, features, product.cutoffs)
    with pytest.raises(NotEnoughHistoryError, match="at least 20 feature rows"):
        train(product.task, rows, product.live_cutoff)
    live = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        feature_rows=product.features.forecast_rows(product.live_cutoff),
        backtest_forecasts=done.forecasts,
    )
    assert np.isfinite(live.forecasts["yhat"].to_numpy()).all()
    assert set(live.forecasts["model"].to_pylist()) == set(product.task.candidates)
    flagged = {row["model"] for row in live.failures.to_pylist()}
    assert "lightgbm" in flagged
    (served,) = live.choices["model"].to_pylist()
    assert served != "lightgbm"


def _assert_generated_panel_is_sound(seed):
    panel = generate(seed)
    task, last = panel.task, panel.instant_of_last()
    done = None
    if panel.cutoffs:
        cutoffs = [panel.instant(period) for period in panel.cutoffs]
        done = run_backtest(task, panel.observations, None, cutoffs).forecasts
    live = forecast(task, panel.observations, last, backtest_forecasts=done)
    n_series = len(set(panel.observations["unique_id"].to_pylist()))
    forecasts = live.forecasts.to_pandas()
    assert len(forecasts) == n_series * task.horizon * len(task.candidates)
    assert np.isfinite(forecasts["yhat"]).all()
    largest = panel.observations.group_by("unique_id").aggregate([("y", "max"), ("y", "min")]).to_pandas()
    largest["bound"] = 10 * largest[["y_max", "y_min"]].abs().max(axis=1)
    beyond = forecasts.merge(largest, on="unique_id")
    assert (beyond["yhat"].abs() <= beyond["bound"] * (1 + 1e-9)).all()
    assert task.allow_negative or (forecasts["yhat"] >= 0).all()
    fell_back = set(
        map(tuple, forecasts.loc[forecasts["forecast_source"] == "baseline", ["unique_id", "model"]].values)
    )
    flagged = {(row["unique_id"], row["model"]) for row in live.failures.to_pylist()}
    assert {pair for pair in fell_back if pair[1] != "ensemble"} == {pair for pair in flagged if pair[1] != "ensemble"}
    quantiles = live.quantiles.to_pandas()
    if len(quantiles):
        values = quantiles["yhat"].to_numpy().reshape(-1, len(task.quantile_levels))
        assert len(values) == n_series * task.horizon
        assert np.isfinite(values).all()
        assert (np.diff(values, axis=1) >= 0).all()
        assert task.allow_negative or (values >= 0).all()


@pytest.mark.parametrize("seed", range(30))
def test_a_generated_panel_of_any_frequency_gets_sound_forecasts(seed):
    _assert_generated_panel_is_sound(seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("hundred", range(20))
def test_two_thousand_generated_panels_get_sound_forecasts(hundred):
    for seed in range(1000 + 100 * hundred, 1100 + 100 * hundred):
        try:
            _assert_generated_panel_is_sound(seed)
        except Exception as error:
            error.add_note(f"panel of seed {seed}")
            raise
