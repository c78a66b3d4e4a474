from dataclasses import replace

import numpy as np
import pytest

from forecasting.configuration import configuration_text, read_configuration
from forecasting.errors import ConfigurationError
from forecasting.metrics import METRICS
from forecasting.run import run_backtest
from forecasting.task import FeatureColumn, LightGBMSettings


def test_a_stored_configuration_is_the_task_again(product):
    task = replace(
        product.task,
        refit=2,
        features=(FeatureColumn("rolling_mean_7"), FeatureColumn("day_of_week", is_categorical=True)),
        lightgbm=LightGBMSettings(n_trees=7, level_features=("rolling_mean_28",), objective="poisson"),
    )
    assert read_configuration(configuration_text(task, product.cutoffs)) == (task, product.cutoffs)


def test_running_a_stored_configuration_again_gives_the_same_metrics(product):
    first = run_backtest(product.task, product.observations, product.features, product.cutoffs)
    task, cutoffs = read_configuration(configuration_text(product.task, product.cutoffs))
    again = run_backtest(task, product.observations, product.features, cutoffs)
    assert [window.models for window in again.windows] == [window.models for window in first.windows]
    for before, after in zip(first.windows, again.windows, strict=True):
        for model in before.models:
            for name in ("mae", "rmse", "wape", "smape"):
                expected = METRICS[name](before.y, before.yhat[model])
                assert METRICS[name](after.y, after.yhat[model]) == pytest.approx(expected, rel=0, abs=1e-9)
    assert again.choices.equals(first.choices)
    np.testing.assert_allclose(again.quantiles["yhat"].to_numpy(), first.quantiles["yhat"].to_numpy(), atol=1e-9)


def test_other_settings_give_other_metrics(product):
    """The comparison above can fail."""
    task = replace(product.task, candidates=("seasonal_naive", "lightgbm"))
    other = replace(task, lightgbm=replace(task.lightgbm, n_trees=2))
    first, second = (
        run_backtest(settings, product.observations, product.features, product.cutoffs[-1:]).windows[0]
        for settings in (task, other)
    )
    assert METRICS["mae"](first.y, first.yhat["lightgbm"]) != pytest.approx(
        METRICS["mae"](second.y, second.yhat["lightgbm"]), abs=1e-9
    )


@pytest.mark.parametrize(
    "text", ["", "{}", '{"task": {"freq": "D", "tempo": 3, "lightgbm": {}, "features": []}, "cutoffs": []}']
)
def test_what_is_no_configuration_is_refused(text):
    with pytest.raises(ConfigurationError, match="configuration of a backtest"):
        read_configuration(text)
