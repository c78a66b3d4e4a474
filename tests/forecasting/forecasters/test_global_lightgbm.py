import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from forecasting.errors import FeatureMismatchError, NotEnoughHistoryError
from forecasting.feature_rows import floats
from forecasting.forecasters.global_lightgbm import GlobalLightGBM, TrainingRows
from forecasting.metrics import wape
from forecasting.trained_model import MEMBER_BORDER


@pytest.fixture(scope="module")
def trained(product):
    return GlobalLightGBM(product.task).fit(product.feature_rows, product.cutoffs[-1])


@pytest.fixture(scope="module")
def future(product):
    return product.features.forecast_rows(product.cutoffs[-1])


def test_it_is_better_than_repeating_the_last_season(trained, future):
    y = floats(future, "y")
    assert wape(y, trained.predict(future)) < 0.9 * wape(y, floats(future, "aligned_1"))


def test_rows_after_the_cutoff_cannot_change_the_model(product, trained):
    after = pa.array(product.feature_rows["ds"].to_numpy() > np.datetime64(product.cutoffs[-1], "us"))
    y = product.feature_rows["y"]
    poisoned = product.feature_rows.set_column(
        product.feature_rows.column_names.index("y"), "y", pa.compute.if_else(after, 1e9, y)
    )
    again = GlobalLightGBM(product.task).fit(poisoned, product.cutoffs[-1])
    assert again.model_text == trained.model_text


def test_stock_outs_and_rows_that_are_no_sample_teach_nothing(product, trained):
    rows = product.feature_rows
    sampled = rows["is_training_sample"].to_numpy()
    y = np.where(sampled, rows["y"].to_numpy(), 1e6)
    more = rows.set_column(rows.column_names.index("y"), "y", pa.array(y, from_pandas=True))
    assert GlobalLightGBM(product.task).fit(more, product.cutoffs[-1]).model_text == trained.model_text
    sold_out = rows.filter(pa.array(sampled)).slice(0, 500)
    sold_out = sold_out.set_column(rows.column_names.index("is_stockout"), "is_stockout", pa.array([True] * 500))
    both = pa.concat_tables([rows, sold_out])
    assert GlobalLightGBM(product.task).fit(both, product.cutoffs[-1]).n_rows == trained.n_rows


def test_a_binned_subset_gives_the_model_of_an_earlier_cutoff(product):
    oldest, newest = product.cutoffs[0], product.cutoffs[-1]
    shared = TrainingRows(product.feature_rows, product.task, oldest_cutoff=oldest, newest_cutoff=newest)
    alone = TrainingRows(product.feature_rows, product.task, oldest_cutoff=oldest, newest_cutoff=oldest)
    rows = product.features.forecast_rows(oldest)
    np.testing.assert_allclose(shared.train(oldest).predict(rows), alone.train(oldest).predict(rows), rtol=1e-12)


def test_contributions_add_up_to_the_forecast(trained, future):
    parts = trained.contributions(future)
    total = sum(parts[name].to_numpy() for name in parts.column_names if name != "yhat")
    np.testing.assert_allclose(total, parts["yhat"].to_numpy(), rtol=1e-9)
    np.testing.assert_allclose(parts["yhat"].to_numpy(), trained.predict(future), rtol=1e-6)


def test_importance_ranks_every_feature_once(trained):
    table = trained.importance()
    assert table["rank"].to_pylist() == list(range(1, table.num_rows + 1))
    assert (np.diff(table["gain"].to_numpy()) <= 0).all()
    assert set(trained.schema.names) <= set(table["feature"].to_pylist())


def test_a_feature_without_any_value_is_left_out(product, future):
    empty = pa.nulls(product.feature_rows.num_rows, pa.float32())
    rows = product.feature_rows.append_column("driver_05", empty)
    model = GlobalLightGBM(product.task).fit(rows, product.cutoffs[-1])
    assert "driver_05" not in model.schema.names
    assert np.isfinite(model.predict(future)).all()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda rows: rows.drop_columns(["aligned_1"]), "missing \\['aligned_1'\\]"),
        (
            lambda rows: rows.set_column(
                rows.column_names.index("aligned_1"), "aligned_1", rows["aligned_1"].cast(pa.float64())
            ),
            "expected feature 'aligned_1' as float, as at training; found double",
        ),
    ],
)
def test_rows_with_other_features_are_refused(trained, future, damage, message):
    with pytest.raises(FeatureMismatchError, match=message):
        trained.predict(damage(future))


def test_columns_in_another_order_give_the_same_forecasts(trained, future):
    shuffled = future.select(sorted(future.column_names, reverse=True))
    np.testing.assert_array_equal(trained.predict(shuffled), trained.predict(future))


def test_text_is_no_feature(product):
    rows = product.feature_rows.append_column("colour", pa.array(["red"] * product.feature_rows.num_rows))
    with pytest.raises(FeatureMismatchError, match="'colour' to be numeric"):
        GlobalLightGBM(product.task).fit(rows, product.cutoffs[-1])


def test_a_cutoff_before_all_rows_is_refused(product):
    with pytest.raises(NotEnoughHistoryError, match="found none"):
        GlobalLightGBM(product.task).fit(product.feature_rows, product.cutoffs[0] - timedelta(days=4000))


@pytest.mark.parametrize("transform", ["identity", "ratio", "log1p", "log_ratio"])
@pytest.mark.parametrize("objective", ["regression", "tweedie"])
def test_every_transform_and_objective_gives_finite_forecasts_above_zero(product, future, transform, objective):
    if objective == "tweedie" and transform == "log_ratio":
        pytest.skip("a difference of logarithms is negative; Tweedie is for what is not")
    settings = replace(product.task.lightgbm, transform=transform, objective=objective, n_trees=20)
    model = GlobalLightGBM(replace(product.task, lightgbm=settings)).fit(product.feature_rows, product.cutoffs[-1])
    yhat = model.predict(future)
    assert np.isfinite(yhat).all()
    assert yhat.min() >= 0
    parts = model.contributions(future)
    np.testing.assert_allclose(parts["yhat"].to_numpy().clip(0), yhat, rtol=1e-6)


def test_recent_rows_weigh_more_with_a_half_life(product):
    settings = replace(product.task.lightgbm, weight_half_life=30.0)
    recent = GlobalLightGBM(replace(product.task, lightgbm=settings)).fit(product.feature_rows, product.live_cutoff)
    even = GlobalLightGBM(product.task).fit(product.feature_rows, product.live_cutoff)
    assert recent.model_text != even.model_text


TRAIN_AND_PRINT = """
import sys; sys.path.insert(0, {folder!r})
from conftest import simulate
from forecasting.forecasters.global_lightgbm import GlobalLightGBM
import hashlib
product = simulate()
print(hashlib.sha256(GlobalLightGBM(product.task).fit(product.feature_rows, product.cutoffs[-1]).model_text.encode()).hexdigest())
"""


def test_another_process_trains_the_same_model_byte_for_byte(trained, root):
    code = TRAIN_AND_PRINT.format(folder=str(root / "tests" / "forecasting"))
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "77"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip().splitlines()[-1] == hashlib.sha256(trained.model_text.encode()).hexdigest()


def test_closed_days_are_certain_zeros(build_product):
    rng = np.random.default_rng(3)
    y = rng.poisson(30, size=(20, 300)).astype(float)
    y[:, 6::7] = 0.0
    product = build_product(y, horizon=14, n_windows=3)
    days = product.feature_rows["day_of_week"].to_numpy()
    rows = product.feature_rows.append_column("driver_open", pa.array((days != 6).astype(np.float32)))
    model = GlobalLightGBM(product.task).fit(rows, product.cutoffs[-1])
    assert [(state.feature, state.value) for state in model.zero_states] == [("driver_open", 0.0)]
    yhat = model.predict(rows)
    assert (yhat[days == 6] == 0).all()
    assert yhat[days != 6].min() > 15


def test_a_series_that_comes_back_is_not_forecast_like_the_first_origins(product):
    """The first origins know no adjusted mean and stand to a level that is half too low; a long gap looks like them."""
    rows = product.feature_rows.filter(pa.array(floats(product.feature_rows, "rolling_mean_28") > 10))
    level = floats(rows, "rolling_mean_28")
    order = np.argsort(rows["cutoff"].to_numpy(), kind="stable")
    is_first = np.zeros(len(level), dtype=bool)
    is_first[order[: len(level) // 8]] = True
    columns = {
        "adjusted_mean_7": np.where(is_first, np.nan, level),
        "adjusted_mean_28": np.where(is_first, np.nan, level),
        "expected_demand": np.where(is_first, 0.5, 1.0) * level,
    }
    for name, values in columns.items():
        rows = rows.append_column(name, pa.array(values, from_pandas=True))
    trained = GlobalLightGBM(product.task).fit(rows, product.cutoffs[-1])
    assert trained.n_rows < np.count_nonzero(rows["ds"].to_numpy() <= np.datetime64(product.cutoffs[-1]))
    live = rows.filter(pa.array(rows["cutoff"].to_numpy() == np.datetime64(product.cutoffs[-1])))
    back = live.set_column(
        live.column_names.index("adjusted_mean_7"), "adjusted_mean_7", pa.nulls(live.num_rows, pa.float64())
    )
    assert trained.predict(back).sum() == pytest.approx(trained.predict(live).sum(), rel=0.1)


def test_members_are_averaged_and_their_parts_still_add_up(product, trained, future):
    settings = replace(product.task.lightgbm, n_members=2, n_trees=30)
    pair = GlobalLightGBM(replace(product.task, lightgbm=settings)).fit(product.feature_rows, product.cutoffs[-1])
    texts = pair.model_text.split(MEMBER_BORDER)
    assert len(set(texts)) == 2
    floor = pair.scaling.level_floor
    logs = [np.log(replace(pair, model_text=text).predict(future) + floor) for text in texts]
    np.testing.assert_allclose(np.log(pair.predict(future) + floor), np.mean(logs, axis=0), rtol=1e-9)
    parts = pair.contributions(future)
    total = sum(parts[name].to_numpy() for name in parts.column_names if name != "yhat")
    np.testing.assert_allclose(total, pair.predict(future), rtol=1e-6)
    assert pair.importance()["gain"].to_numpy().sum() == pytest.approx(1000.0)


def test_what_was_never_missing_in_training_is_taken_as_typical_and_not_as_zero(trained, future):
    """A series that was silent for weeks has no recent windows, and no row of training looked like that."""
    silent = future
    windows = [name for name in trained.typical if name.startswith(("rolling_mean_", "aligned_", "adjusted_mean_"))]
    assert windows
    for name in windows:
        empty = pa.nulls(future.num_rows, future.schema.field(name).type)
        silent = silent.set_column(silent.column_names.index(name), name, empty)
    level = replace(trained.scaling, level_features=("known_level",))
    silent = silent.append_column("known_level", pa.array(trained.scaling.level(future)))
    told = replace(trained, scaling=level).predict(silent).sum() / trained.predict(future).sum()
    as_zero = replace(trained, scaling=level, typical={}).predict(silent).sum() / trained.predict(future).sum()
    assert abs(np.log(told)) < 0.1
    assert abs(np.log(as_zero)) > 2 * abs(np.log(told))
