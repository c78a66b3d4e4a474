"""The global model as an sktime forecaster: panels, planned drivers, quantiles, updates, pipelines."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.errors import FeatureMismatchError, NotEnoughHistoryError
from forecasting.forecasters import GlobalLightGBMForecaster, SeasonalNaive

PAGE = Path(__file__).parents[3] / "docs" / "sktime.md"
WEEKDAY = np.array([0.8, 0.9, 1.0, 1.0, 1.3, 1.6, 0.4])


def _sales(n_series=12, n_days=300, seed=3, effect=0.6):
    rng = np.random.default_rng(seed)
    days = pd.date_range("2023-01-01", periods=n_days, freq="D")
    index = pd.MultiIndex.from_product([[f"s{i:02d}" for i in range(n_series)], days], names=["sku", "day"])
    level = np.repeat(np.exp(rng.normal(3, 0.8, n_series)), n_days)
    promotion = (rng.random(len(index)) < 0.2).astype(float)
    mean = level * np.tile(WEEKDAY[np.arange(n_days) % 7], n_series) * (1 + effect * promotion)
    return pd.DataFrame({"y": rng.poisson(mean).astype(float)}, index), pd.DataFrame({"promo, on": promotion}, index)


def _until(frame, n_days):
    days = frame.index.get_level_values("day")
    return days < days.min() + pd.Timedelta(days=n_days)


def _model(**settings):
    return GlobalLightGBMForecaster(**({"n_trees": 80, "num_threads": 1} | settings))


def test_it_forecasts_a_panel_better_than_seasonal_naive_and_knows_the_plan():
    y, plans = _sales()
    past = _until(y, 280)
    told = _model().fit(y[past], plans[past], fh=range(1, 21)).predict(X=plans[~past])
    untold = _model().fit(y[past], fh=range(1, 21)).predict()
    naive = SeasonalNaive(season_length=7).fit(y[past]).predict(fh=range(1, 21))
    error = {name: (yhat["y"] - y[~past]["y"]).abs().sum() for name, yhat in
             {"told": told, "untold": untold, "naive": naive}.items()}  # fmt: skip
    assert told.index.equals(y[~past].index)
    assert error["told"] < 0.75 * error["untold"]
    assert error["untold"] < 0.95 * error["naive"]


def test_intervals_cover_what_they_claim_and_quantiles_do_not_cross():
    y, plans = _sales(n_series=30)
    past = _until(y, 270)
    model = _model(n_calibration_windows=3).fit(y[past], plans[past], fh=range(1, 31))
    actual = y[~past]["y"].to_numpy()
    bounds = model.predict_interval(X=plans[~past], coverage=0.8).to_numpy()
    assert 0.72 < ((actual >= bounds[:, 0]) & (actual <= bounds[:, 1])).mean() < 0.90
    quantiles = model.predict_quantiles(X=plans[~past], alpha=[0.9, 0.1, 0.5])
    assert list(quantiles.columns.get_level_values(1)) == [0.9, 0.1, 0.5]
    assert (quantiles["y"][0.1] <= quantiles["y"][0.5]).all()
    assert (quantiles["y"][0.5] <= quantiles["y"][0.9]).all()
    assert quantiles.to_numpy().min() >= 0


def test_the_same_data_gives_the_same_forecasts():
    y, plans = _sales(n_series=5)
    past = _until(y, 290)
    first, second = (_model().fit(y[past], plans[past], fh=[1, 5]).predict(X=plans[~past]) for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_update_trains_again_on_everything():
    y, _ = _sales(n_series=6)
    early, late = _until(y, 200), _until(y, 290)
    updated = _model(horizon=7).fit(y[early]).update(y[late & ~early]).predict(fh=range(1, 8))
    fresh = _model(horizon=7).fit(y[late]).predict(fh=range(1, 8))
    pd.testing.assert_frame_equal(updated, fresh, check_exact=True)


def test_update_without_new_parameters_moves_the_origin_and_keeps_the_trees():
    y, _ = _sales(n_series=6)
    y.loc["s00"] *= np.where(_until(y.loc[["s00"]], 200), 1.0, 4.0)[:, None]
    early, late = _until(y, 200), _until(y, 290)
    model = _model(horizon=7).fit(y[early])
    yhat = model.update(y[late & ~early], update_params=False).predict(fh=range(1, 8))
    assert yhat.index.get_level_values("day").min() == y[late].index.get_level_values("day").max() + pd.Timedelta("1D")
    retrained = _model(horizon=7).fit(y[late]).predict(fh=range(1, 8))
    # The new level is followed at once; a full refit agrees within the noise of a week of counts.
    assert yhat.loc["s00", "y"].sum() == pytest.approx(retrained.loc["s00", "y"].sum(), rel=0.25)
    assert not yhat.equals(retrained)


def test_a_forecast_without_the_planned_columns_is_refused_and_says_which():
    y, plans = _sales(n_series=3, n_days=120)
    model = _model(n_trees=5).fit(y, plans, fh=[1])
    with pytest.raises(FeatureMismatchError, match=r"promo, on.*found none"):
        model._predict(model.fh, None)


def test_one_single_value_is_not_enough_history():
    with pytest.raises(NotEnoughHistoryError, match="found 1 periods"):
        _model().fit(pd.Series([3.0], index=pd.date_range("2024-01-01", periods=1, freq="D")), fh=[1])


@pytest.mark.parametrize(
    ("index", "season"),
    [
        (pd.period_range("2012-01", periods=120, freq="M"), (12,)),
        (pd.date_range("2012-01-31", periods=120, freq="ME"), (12,)),
        (pd.date_range("2024-01-01", periods=120, freq="h"), (24, 168)),
        (pd.RangeIndex(120), (1,)),
    ],
    ids=["months as periods", "months by their last day", "hours", "numbers"],
)
def test_any_index_of_sktime_has_its_usual_season(index, season):
    y = pd.Series(100 + 20 * np.sin(np.arange(120) * 2 * np.pi / season[0]), index=index)
    model = _model().fit(y[:108], fh=range(1, 13))
    assert model._task.season_lengths == season
    assert np.abs(model.predict() - y[108:]).max() < 12


def test_negative_targets_are_forecast_negative():
    y = pd.Series(np.tile([-5.0, -2, 0, 2, 5, 3, -1], 30), index=pd.date_range("2024-01-01", periods=210, freq="D"))
    yhat = _model().fit(y[:203], fh=range(1, 8)).predict()
    np.testing.assert_allclose(yhat, y[203:], atol=0.7)


def test_the_code_of_the_documentation_runs_as_it_stands():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert len(blocks) == 1
    names = {}
    exec(compile(blocks[0], str(PAGE), "exec"), names)  # noqa: S102 - our own page
    assert names["yhat"].shape == (56, 1)
    assert (names["interval"].iloc[:, 0] <= names["interval"].iloc[:, 1]).all()
    pd.testing.assert_frame_equal(names["in_pipeline"], names["yhat"])
    assert names["next_week"].index.get_level_values("day").max() == pd.Timestamp("2024-10-06")
    assert names["scores"]["lightgbm"] < 0.6 * names["scores"]["seasonal naive"]
