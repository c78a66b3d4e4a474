from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from forecasting.metrics import coverage, wape
from forecasting.run import forecast, preferred_model, run_backtest, train
from forecasting.tables import FORECAST_QUANTILES, FORECASTS, MODEL_CHOICES, SERIES_FAILURES


@pytest.fixture(scope="module")
def history(product):
    return run_backtest(product.task, product.observations, product.features, product.cutoffs)


@pytest.fixture(scope="module")
def live(product, history):
    return forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        feature_rows=product.features.forecast_rows(product.live_cutoff),
        trained=train(product.task, product.feature_rows, product.live_cutoff),
        backtest_forecasts=history.forecasts,
    )


def test_what_comes_out_are_the_declared_tables(live):
    assert live.forecasts.schema == FORECASTS
    assert live.quantiles.schema == FORECAST_QUANTILES
    assert live.choices.schema == MODEL_CHOICES
    assert live.failures.schema == SERIES_FAILURES


def test_every_series_has_every_step_of_every_candidate(product, live):
    counts = live.forecasts.group_by(["unique_id", "model"]).aggregate([("h", "count")])
    assert counts.num_rows == 30 * 5
    assert set(counts["h_count"].to_pylist()) == {14}
    assert pc.min(live.forecasts["ds"]).as_py() > product.live_cutoff


def test_quantiles_are_those_of_the_model_that_serves(live):
    served = dict(zip(live.choices["unique_id"].to_pylist(), live.choices["model"].to_pylist(), strict=True))
    found = set(zip(live.quantiles["unique_id"].to_pylist(), live.quantiles["model"].to_pylist(), strict=True))
    assert found == set(served.items())
    assert live.quantiles.num_rows == 30 * 14 * 9


def test_quantiles_never_cross(live):
    rows = live.quantiles["yhat"].to_numpy().reshape(-1, 9)
    assert (np.diff(rows, axis=1) >= 0).all()


def test_the_live_choice_is_the_newest_choice_of_the_backtest(product, live, history):
    newest = history.choices.filter(pc.equal(history.choices["cutoff"], product.live_cutoff))
    assert live.choices.select(["unique_id", "model"]) == newest.select(["unique_id", "model"])


def test_a_choice_uses_only_windows_that_were_over(product, history):
    first = history.choices.filter(pc.equal(history.choices["cutoff"], product.cutoffs[0]))
    assert set(first["reason"].to_pylist()) == {"no finished backtest window yet"}
    second = history.choices.filter(pc.equal(history.choices["cutoff"], product.cutoffs[1]))
    assert all("of 1 windows" in reason for reason in second["reason"].to_pylist())


def test_calibration_windows_have_no_quantiles(product, history):
    assert pc.unique(history.quantiles["cutoff"]).to_pylist() == product.cutoffs[2:]


def test_the_interval_of_the_backtest_covers_about_what_it_says(history):
    model = history.choices["model"].to_pylist()[-1]
    q = history.quantiles.filter(pc.equal(history.quantiles["model"], model)).to_pandas()
    q = q.pivot_table(index=["unique_id", "cutoff", "ds"], columns="quantile_level", values="yhat")
    f = history.forecasts.filter(pc.equal(history.forecasts["model"], model)).to_pandas()
    f = f.set_index(["unique_id", "cutoff", "ds"]).join(q, how="inner")
    assert 0.75 <= coverage(f["y"].to_numpy(), f[0.1].to_numpy(), f[0.9].to_numpy()) <= 0.86


def test_the_global_model_beats_seasonal_naive_here(history):
    losses = {
        model: np.mean([wape(window.y, window.yhat[model]) for window in history.windows])
        for model in ("seasonal_naive", "lightgbm", "ensemble")
    }
    assert losses["lightgbm"] < 0.95 * losses["seasonal_naive"]
    assert losses["ensemble"] < 0.95 * losses["seasonal_naive"]


def test_without_a_backtest_the_preferred_model_serves_and_no_interval_is_invented(product):
    result = forecast(
        replace(product.task, candidates=("naive", "seasonal_naive")), product.observations, product.live_cutoff
    )
    assert set(result.choices["model"].to_pylist()) == {"seasonal_naive"}
    assert result.quantiles.num_rows == 0


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (("naive", "seasonal_naive", "lightgbm"), "lightgbm"),
        (("naive", "seasonal_naive", "ensemble"), "seasonal_naive"),
        (("naive", "theta", "lightgbm", "ensemble"), "ensemble"),
        (("theta", "naive"), "theta"),
    ],
)
def test_the_preferred_model_needs_no_evidence(product, candidates, expected):
    assert preferred_model(replace(product.task, candidates=candidates)) == expected
