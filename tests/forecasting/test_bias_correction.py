# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
"""A bias is corrected where it stays; where it does not, the correction is refused with the reason."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from forecasting.bias_correction import CORRECTED, corrected, decide
from forecasting.quantiles import SeriesScale
from forecasting.run import forecast, run_backtest
from forecasting.window_result import WindowResult
from tests.forecasting.conftest import product_of
from tests.forecasting.test_levels import assert_sums_agree, structure_of

N, STEPS = 40, 14


def windows_with(shares=(), offsets=(), *, noise=0.1, seed=1, level=100.0):
    """A window per share (forecast = share x level) or offset (forecast = level + offset); truth around the level."""
    rng = np.random.default_rng(seed)
    found = []
    for number, amount in enumerate(shares or offsets):
        size = level * rng.uniform(0.2, 3.0, size=(N, 1))
        y = size * np.exp(rng.normal(0, noise, (N, STEPS)))
        yhat = np.broadcast_to(size, y.shape) * amount if shares else np.broadcast_to(size, y.shape) + amount
        flags = np.zeros(N, dtype=bool)
        found.append(
            WindowResult(
                datetime(2024, 1, 1) + timedelta(days=28 * number),
                "D",
                np.array([f"s{i}" for i in range(N)], dtype=object),
                ~flags,
                y,
                SeriesScale(*(np.ones(N) for _ in range(3))),
                {"served": yhat.copy()},
                {"served": flags},
            )
        )
    return found


def labels_of(windows, name="all"):
    return [np.array([name] * N, dtype=object) for _ in windows]


def decision_of(windows, **given):
    return decide(windows, labels_of(windows), "served", allow_negative=False, **given)[0]


def test_a_stable_bias_is_corrected_and_the_next_window_has_less_of_it():
    past, future = windows_with([1.2, 1.22, 1.18, 1.21, 1.19]), windows_with([1.2], seed=9)[0]
    decision = decision_of(past)
    assert decision.is_enabled
    assert (decision.kind, decision.n_windows) == ("multiplicative", 5)
    assert decision.amount == pytest.approx(1 / 1.2, abs=0.02)
    assert decision.bias_after < 0.3 * decision.bias_before
    after = corrected(future.yhat["served"], labels_of([future])[0], [decision], allow_negative=False)
    assert abs((after - future.y).sum()) < 0.2 * abs((future.yhat["served"] - future.y).sum())
    assert np.abs(after - future.y).sum() < np.abs(future.yhat["served"] - future.y).sum()


def test_a_bias_of_the_same_size_for_all_is_added():
    decision = decision_of(windows_with(offsets=[-15, -16, -14, -15, -15], level=60.0))
    assert decision.is_enabled
    assert decision.kind in {"additive", "multiplicative"}
    assert decision.bias_after < decision.bias_before / 2


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ([1.2, 1.2, 1.2], "3 finished windows with 30 forecasts, 4 are needed"),
        ([1.2, 0.8, 1.2, 1.2, 1.2], "changes sides"),
        ([1.001, 1.002, 1.001, 1.003, 1.002], "below 0.02"),
        ([1.02, 1.6, 1.05, 1.5, 1.04], "not stable"),
    ],
)
def test_a_bias_that_is_not_stable_is_left_alone_and_the_reason_is_told(shares, reason):
    windows = windows_with(shares, noise=0.001)
    decision = decision_of(windows)
    assert not decision.is_enabled
    assert reason in decision.reason
    yhat = windows[0].yhat["served"]
    assert (corrected(yhat, labels_of(windows)[0], [decision], allow_negative=False) == yhat).all()


def test_a_correction_that_would_not_have_helped_is_refused():
    """Small enough a spread to pass as stable, and the newest windows lie where the older ones would not lead."""
    decision = decision_of(windows_with([1.09, 1.09, 1.03, 1.03, 1.03], noise=0.001))
    assert not decision.is_enabled
    assert "too little" in decision.reason or "not stable" in decision.reason
    refused = decision_of(windows_with([1.08, 1.08, 1.035, 1.035], noise=0.001))
    assert not refused.is_enabled
    assert refused.reason.endswith("too little")
    assert refused.bias_after > 0.8 * refused.bias_before


def test_segments_are_judged_one_by_one_and_a_series_counts_where_it_was():
    up, flat = windows_with([1.2] * 5), windows_with([1.0] * 5, seed=5)
    windows = []
    labels = []
    for number, (high, even) in enumerate(zip(up, flat, strict=True)):
        members = (np.arange(N) + number) % 2 == 0  # every series changes its segment from window to window
        labels.append(np.where(members, "biased", "even").astype(object))
        yhat = np.where(members[:, None], high.yhat["served"], even.yhat["served"])
        y = np.where(members[:, None], high.y, even.y)
        windows.append(
            WindowResult(
                high.cutoff, "D", high.unique_ids, high.eligible, y, high.scale, {"served": yhat}, high.fell_back
            )
        )
    decisions = {each.segment: each for each in decide(windows, labels, "served", allow_negative=False)}
    assert decisions["biased"].is_enabled
    assert not decisions["even"].is_enabled
    result = corrected(windows[0].yhat["served"], labels[0], list(decisions.values()), allow_negative=False)
    assert (result[labels[0] == "even"] == windows[0].yhat["served"][labels[0] == "even"]).all()


def test_nothing_becomes_negative_and_a_zero_stays_zero():
    windows = windows_with(offsets=[20, 20, 20, 20, 20], level=60.0)
    decision = decision_of(windows)
    yhat = np.array([[0.0, 1.0, 50.0]])
    after = corrected(yhat, np.array(["all"], dtype=object), [decision], allow_negative=False)
    assert (after >= 0).all()
    assert after[0, 0] == 0.0
    assert after[0, 2] < 50.0


def test_what_was_not_observed_or_not_eligible_decides_nothing():
    windows = windows_with([1.2] * 5)
    for window in windows:
        window.eligible[:20] = False
        window.yhat["served"][:20] = 1e9
        window.y[20:, 7:] = np.nan
    decision = decision_of(windows)
    assert decision.is_enabled
    assert decision.mean_bias == pytest.approx(0.2, abs=0.03)


def too_high(n_series=60, n_days=420):
    """A market that shrinks by a steady share each fortnight: whoever repeats the past is too high by the same share."""
    rng = np.random.default_rng(2)
    size = rng.uniform(200, 400, (n_series, 1))
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(n_days) / 7)
    return size * season * 0.99 ** np.arange(n_days) * np.exp(0.05 * rng.normal(size=(n_series, n_days))) + 1


@pytest.fixture(scope="module")
def runs():
    def run(*, on, levels=False):
        product = product_of(too_high(), horizon=14, n_windows=7).with_task(
            candidates=("seasonal_naive",), target_kind="continuous", bias_correction=on, quantile_models=()
        )
        structure = structure_of(product)
        if not levels:
            structure = replace(structure, node_observations=structure.node_observations.slice(0, 0))
        history = run_backtest(product.task, product.observations, None, product.cutoffs, structure)
        live = forecast(
            product.task,
            product.observations,
            product.live_cutoff,
            backtest_forecasts=history.forecasts,
            structure=structure,
        )
        return product, structure, history, live

    return run(on=False), run(on=True), run(on=True, levels=True)


def test_decisions_are_told_and_nothing_changes_until_the_product_asks(runs):
    (_, _, off, live), (_, _, on, _), _ = runs
    assert off.bias_decisions.drop_columns(["is_applied"]) == on.bias_decisions.drop_columns(["is_applied"])
    assert set(off.bias_decisions["is_applied"].to_pylist()) == {False}
    assert True in on.bias_decisions["is_applied"].to_pylist()
    for table in (off.forecasts, off.choices, live.forecasts, live.choices):
        assert CORRECTED not in set(table["model"].to_pylist())


def test_what_is_served_has_less_bias_once_windows_have_proven_it(runs):
    _, (product, _, history, _), _ = runs
    choices = history.choices.to_pandas()
    first = choices[choices["model"] == CORRECTED]["cutoff"].min()
    assert first >= product.cutoffs[4], "four finished windows are needed"
    rows = history.forecasts.to_pandas()
    rows = rows[(rows["cutoff"] >= first) & ~rows["unique_id"].str.contains("=|total")]
    bias = (rows["yhat"] - rows["y"]).groupby(rows["model"]).sum().abs()
    assert bias[CORRECTED] < 0.3 * bias["seasonal_naive"]


def test_corrected_forecasts_are_served_with_quantiles_and_add_up(runs):
    _, (product, _, history, live), (_, structure, _, with_levels) = runs
    served = live.choices.to_pandas()
    bottom = served[~served["unique_id"].str.contains("=|total")]
    assert CORRECTED in set(bottom["model"])
    assert bottom["reason"].str.contains("bias of segment").any()
    assert_sums_agree(with_levels, structure)
    quantiles = live.quantiles.to_pandas()
    corrected_ids = set(bottom[bottom["model"] == CORRECTED]["unique_id"])
    assert corrected_ids <= set(quantiles[quantiles["model"] == CORRECTED]["unique_id"])
    newest = history.choices.filter(pc.equal(history.choices["cutoff"], product.live_cutoff))
    assert live.choices.select(["unique_id", "model"]) == newest.select(["unique_id", "model"])
