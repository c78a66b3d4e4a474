"""Data that no setting was tuned on: made alike every time, and read by `init` as what they are."""

import numpy as np
import pytest

from benchmarks.predictions import Predictions, read_predictions
from benchmarks.unseen import served
from benchmarks.unseen_data import UNSEEN
from dagster_project.errors import StepFailed
from dagster_project.init import Given, infer
from forecasting.periods import period_ds


@pytest.mark.parametrize("data", UNSEEN.values(), ids=lambda data: data.name)
def test_the_same_numbers_every_time(data):
    first, second = data.panel(), data.panel()
    np.testing.assert_array_equal(first.y, second.y)
    assert np.isfinite(first.y).all()
    assert (first.y >= 0).all()


@pytest.mark.parametrize(
    ("name", "freq", "kind", "competes"),
    [
        ("shops_weekly", "W-MON", "continuous", "auto_ces"),
        ("accounts_monthly", "MS", "continuous", "auto_ets"),
        ("substations_half_hourly", "30min", "continuous", "mstl_ets"),
        ("parts_intermittent", "D", "intermittent", "tsb"),
    ],
)
def test_init_sees_what_kind_of_data_it_is_and_says_which_models_compete(tmp_path, name, freq, kind, competes):
    file = UNSEEN[name].deliver(tmp_path)
    inference = infer(Given(observations=file, time="time", target="amount", keys=("series",)))
    product = inference.product
    assert (product.freq, product.target.kind) == (freq, kind)
    assert product.models.candidates == ("auto",)
    said = {explanation.topic: explanation.choice for explanation in inference.explanations}
    assert said[competes] == "competes"
    assert said["lightgbm"] == "competes"


def _found(chosen):
    yhat = {"theta": np.array([[1.0, 1.0], [2.0, 2.0]]), "naive": np.array([[5.0, 5.0], [6.0, 6.0]])}
    return Predictions(np.datetime64("2024-01-01"), yhat, {}, np.array(chosen, dtype=object))


def test_what_is_served_is_the_forecast_of_the_model_that_each_series_has():
    np.testing.assert_array_equal(served(_found(["theta", "naive"])), [[1.0, 1.0], [6.0, 6.0]])


def test_a_series_without_a_choice_is_a_failure():
    with pytest.raises(StepFailed, match="1 series"):
        served(_found(["theta", None]))


def test_without_quantile_levels_the_points_alone_are_read(warehouse, two_windows):
    window = two_windows[0]
    warehouse.say(window, "theta", window.y)
    warehouse.say_quantile(window, "theta", 0.5, window.y)
    warehouse.choose(window, ["theta", "theta"])
    ds = period_ds(window.past.end + 1 + np.arange(2), "D")
    found = read_predictions(warehouse.path, window.cutoff, window.past.unique_ids, ds, ())
    assert found.quantiles == {}
    np.testing.assert_array_equal(served(found), window.y)
