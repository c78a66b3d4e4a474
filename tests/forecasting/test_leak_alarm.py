import numpy as np
import pyarrow as pa

from forecasting.feature_table import FeatureTable
from forecasting.leak_alarm import feature_alarms, gain_alarms
from forecasting.run import run_backtest


def _with_canary(product):
    """The future target itself as a feature, in all rows whose target is known."""
    y = product.feature_rows["y"].to_numpy()
    return FeatureTable(product.feature_rows.append_column("canary", pa.array(y.astype(np.float32), from_pandas=True)))


def test_a_planted_leak_raises_the_alarm(product):
    result = run_backtest(product.task, product.observations, _with_canary(product), product.cutoffs)
    assert "canary" in {alarm.subject for alarm in result.alarms}
    assert all("possible leakage" in alarm.detail for alarm in result.alarms)


def test_an_honest_backtest_raises_none(product):
    assert run_backtest(product.task, product.observations, product.features, product.cutoffs).alarms == ()


def test_too_large_a_gain_over_seasonal_naive_is_an_alarm(product):
    windows = run_backtest(product.task, product.observations, product.features, product.cutoffs).windows
    prophetic = [
        window.with_model("oracle", np.nan_to_num(window.y), np.zeros(len(window.y), dtype=bool)) for window in windows
    ]
    (alarm,) = gain_alarms(prophetic, threshold=0.95)
    assert alarm.subject == "oracle"
    assert alarm.observed == 1.0


def test_a_feature_that_only_tells_large_series_from_small_ones_is_none(product):
    rows = product.features.forecast_rows(product.cutoffs[-1])
    assert feature_alarms(rows) == ()


def test_a_leak_is_found_among_so_many_rows_that_only_some_series_are_looked_at(monkeypatch, product):
    rows = product.features.forecast_rows(product.cutoffs[-1])
    leaked = rows.append_column("leaked", rows.column("y"))
    monkeypatch.setattr("forecasting.leak_alarm._MOST_ROWS", 120)
    assert [alarm.subject for alarm in feature_alarms(leaked)] == ["leaked"]
    assert feature_alarms(rows) == ()
