"""Contributions of forecasts: they add up to what is published, whatever happened after the model."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from forecasting import run
from forecasting.bundle import explain_with_bundle, save_bundle
from forecasting.explanations import contribution_table, rows_to_explain, within_ensemble


@pytest.fixture(scope="module")
def cutoff(product):
    return product.cutoffs[-1]


@pytest.fixture(scope="module")
def trained(product, cutoff):
    return run.train(product.task, product.feature_rows, cutoff)


@pytest.fixture(scope="module")
def future(product, cutoff):
    return product.features.forecast_rows(cutoff)


@pytest.fixture(scope="module")
def forecasts(product, cutoff, trained, future):
    result = run.forecast(product.task, product.observations, cutoff, feature_rows=future, trained=trained)
    return result.forecasts


def _totals(table):
    sums = table.group_by(["unique_id", "ds"]).aggregate([("contribution", "sum")])
    return {(row["unique_id"], row["ds"]): row["contribution_sum"] for row in sums.to_pylist()}


def _published(forecasts):
    own = forecasts.filter(pc.equal(forecasts.column("model"), "lightgbm"))
    return {(row["unique_id"], row["ds"]): row["yhat"] for row in own.to_pylist()}


def _everyone(rows):
    return rows.column("unique_id").unique()


def test_the_items_of_every_forecast_add_up_to_it(trained, future, forecasts):
    rows = rows_to_explain(future, _everyone(future), 1_000_000)
    table = contribution_table(rows, trained.contributions(rows), forecasts, model="lightgbm", n_features=3)
    totals, published = _totals(table), _published(forecasts)
    assert len(totals) == future.num_rows
    for key, total in totals.items():
        assert total == pytest.approx(published[key], rel=1e-9, abs=1e-9)
    items = table.group_by(["unique_id", "ds"]).aggregate([("feature", "count")])
    assert max(items.column("feature_count").to_pylist()) <= 3 + 3
    assert {"baseline", "other"} <= set(table.column("feature").to_pylist())


def test_the_largest_features_are_the_named_ones(trained, future, forecasts):
    rows = rows_to_explain(future, _everyone(future), 20)
    every = trained.contributions(rows)
    table = contribution_table(rows, every, forecasts, model="lightgbm", n_features=2)
    first = {row["feature"]: row["contribution"] for row in table.to_pylist()
             if (row["unique_id"], row["ds"]) == (rows["unique_id"][0].as_py(), rows["ds"][0].as_py())}  # fmt: skip
    by_size = sorted(
        (name for name in every.column_names if name not in {"baseline", "yhat"}),
        key=lambda name: -abs(every[name][0].as_py()),
    )
    assert set(first) - {"baseline", "other", "adjustment"} == set(by_size[:2])


def test_what_was_changed_after_the_model_is_an_item_of_its_own(trained, future, forecasts):
    doubled = forecasts.set_column(
        forecasts.column_names.index("yhat"), "yhat", pc.multiply(forecasts.column("yhat"), 2.0)
    )
    rows = rows_to_explain(future, _everyone(future), 50)
    table = contribution_table(rows, trained.contributions(rows), doubled, model="lightgbm", n_features=3)
    published = _published(forecasts)
    adjusted = table.filter(pc.equal(table.column("feature"), "adjustment")).to_pylist()
    assert len(adjusted) == rows.num_rows
    for row in adjusted:
        assert row["contribution"] == pytest.approx(published[row["unique_id"], row["ds"]], rel=1e-6)


def test_a_forecast_of_the_fallback_is_not_explained_by_the_model(trained, future, forecasts):
    one = forecasts.column("unique_id")[0].as_py()
    source = pc.if_else(pc.equal(forecasts.column("unique_id"), one), "baseline", forecasts.column("forecast_source"))
    fallen = forecasts.set_column(forecasts.column_names.index("forecast_source"), "forecast_source", source)
    rows = rows_to_explain(future, _everyone(future), 1_000_000)
    table = contribution_table(rows, trained.contributions(rows), fallen, model="lightgbm", n_features=3)
    assert one not in table.column("unique_id").to_pylist()
    assert table.num_rows > 0


@pytest.mark.parametrize("limit", [0, 3, 7, 40, 10_000])
def test_no_more_rows_than_allowed_are_explained_and_all_series_get_the_same_steps(future, limit):
    rows = rows_to_explain(future, _everyone(future), limit)
    assert rows.num_rows <= limit
    steps = {}
    for row in rows.select(["unique_id", "h"]).to_pylist():
        steps.setdefault(row["unique_id"], []).append(row["h"])
    assert len({tuple(sorted(each)) for each in steps.values()}) <= 1
    assert rows.num_rows > 0 or limit == 0
    assert limit < 10_000 or rows.num_rows == future.num_rows


def test_only_the_series_asked_for_are_explained(future):
    wanted = _everyone(future).to_pylist()[:2]
    rows = rows_to_explain(future, pa.array(wanted), 100)
    assert set(rows.column("unique_id").to_pylist()) == set(wanted)


def test_a_stored_model_explains_as_the_one_that_was_trained(trained, future, tmp_path):
    folder = save_bundle(trained, tmp_path, target="units", code_version="abc").folder
    rows = future.slice(0, 30)
    stored, fresh = explain_with_bundle(folder, rows), trained.contributions(rows)
    assert stored.column_names == fresh.column_names
    for name in fresh.column_names:
        np.testing.assert_array_equal(stored[name].to_numpy(), fresh[name].to_numpy())


def test_the_items_of_an_ensemble_add_up_to_it_and_name_every_member(product, trained, future, cutoff):
    task = replace(product.task, candidates=("seasonal_naive", "theta", "lightgbm", "ensemble"))
    backtest = run.run_backtest(task, product.observations, product.features, product.cutoffs[:-1])
    result = run.forecast(
        task,
        product.observations,
        cutoff,
        feature_rows=future,
        trained=trained,
        backtest_forecasts=backtest.forecasts,
    )
    weights = result.ensemble_weights
    members = [name for name in weights.column_names if name != "unique_id"]
    np.testing.assert_allclose(sum(weights[name].to_numpy() for name in members), 1.0)
    assert (weights["lightgbm"].to_numpy() > 0).any()
    rows = rows_to_explain(future, _everyone(future), 1_000_000)
    forecasts = {member: result.forecast_rows.where("model", member) for member in members}
    of_ensemble = within_ensemble(rows, trained.contributions(rows), weights, forecasts, explained="lightgbm")
    whole = result.forecast_rows.where("model", "ensemble")
    table = contribution_table(rows, of_ensemble, whole, model="ensemble", n_features=4)
    totals = _totals(table)
    assert len(totals) == future.num_rows
    for row in whole.to_pylist():
        assert totals[row["unique_id"], row["ds"]] == pytest.approx(row["yhat"], rel=1e-9, abs=1e-9)
    with_weight = {name for name in members if (weights[name].to_numpy() > 0).any()} - {"lightgbm"}
    assert with_weight
    assert {f"member_{name}" for name in with_weight} <= set(of_ensemble.column_names)
    # What the model itself says is not adjusted: without members the remainder would be all of the others' part.
    adjusted = table.filter(pc.equal(table.column("feature"), "adjustment"))
    largest = max((abs(value) for value in adjusted["contribution"].to_pylist()), default=0.0)
    clipped = trained.contributions(rows)["yhat"].to_numpy()
    assert largest <= max(1e-6, float(-clipped.min()) + 1e-6)
