"""Trained again on nearly the same data, the model says nearly the same."""

import numpy as np

from forecasting.run import forecast, train
from tests.forecasting.conftest import product_of


def demand(seed=7, n_series=60, n_days=320):
    rng = np.random.default_rng(seed)
    base = rng.gamma(2.0, 25.0, size=(n_series, 1)) + 3.0
    season = 1.0 + 0.4 * np.sin(2 * np.pi * (np.arange(n_days) + rng.integers(0, 7, size=(n_series, 1))) / 7)
    return np.round(base * season * np.exp(0.2 * rng.normal(size=(n_series, n_days))))


def forecasts_from(y):
    """Observations, features and the model, all of them from these numbers."""
    product = product_of(y, horizon=14, n_windows=1).with_task(candidates=("seasonal_naive", "lightgbm"))
    trained = train(product.task, product.features.training_rows(product.live_cutoff), product.live_cutoff)
    result = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        feature_rows=product.features.forecast_rows(product.live_cutoff),
        trained=trained,
    )
    rows = result.forecasts.to_pandas()
    return rows[rows["model"] == "lightgbm"].set_index(["unique_id", "ds"])["yhat"].sort_index()


def test_one_changed_observation_in_a_thousand_moves_the_median_forecast_by_less_than_three_percent():
    y = demand()
    rng = np.random.default_rng(1)
    perturbed = y.copy()
    cells = rng.choice(y.size, size=y.size // 1000, replace=False)
    perturbed.flat[cells] = np.round(perturbed.flat[cells] * rng.choice([0.5, 1.5], size=cells.size)) + 1
    before, after = forecasts_from(y), forecasts_from(perturbed)
    change = (after - before).abs() / before.groupby("unique_id").transform("mean")
    assert change.max() > 0, "the perturbation must reach the model"
    assert change.median() < 0.03
    assert change.quantile(0.95) < 0.15


def test_other_data_do_move_it():
    """The measure of the test above sees a change when there is one."""
    y = demand()
    before, after = forecasts_from(y), forecasts_from(np.roll(y, 3, axis=1))
    change = (after - before).abs() / before.groupby("unique_id").transform("mean")
    assert change.median() > 0.03
