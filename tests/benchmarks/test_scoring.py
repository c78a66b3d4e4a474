"""Every protocol on numbers small enough to check by hand."""

import numpy as np
import pytest

from benchmarks.scoring import Window, mean_scores, point_scores, quantile_scores
from benchmarks.tasks.m4 import owa_score
from benchmarks.tasks.rossmann import ROSSMANN_1D, ROSSMANN_42D, _mean_by_store_weekday_promotion, seasonal_naive_of_fev
from benchmarks.tasks.spain import mape_by_step
from benchmarks.tasks.store_item import STORE_ITEM, lag_364
from benchmarks.tasks.tourism import node_id, sum_of_members
from tests.benchmarks.conftest import daily_panel, window_at


def test_closed_days_count_and_missing_days_do_not_in_rossmann_1d():
    window = Window(daily_panel([[5.0, 5.0]], ids=["1"]), np.array([[10.0, 0.0, np.nan]]))
    scores = ROSSMANN_1D.score(window, np.array([[8.0, 1.0, 99.0]]))
    assert scores["wape"] == pytest.approx((2 + 1) / 10)


def test_a_gap_in_the_history_repeats_the_day_before_it_as_fev_does():
    panel = daily_panel([[1.0, 2.0, 3.0, 4.0, 5.0, np.nan, np.nan]], ids=["1"])
    yhat = seasonal_naive_of_fev(Window(panel, np.zeros((1, 3))))
    assert yhat.tolist() == [[1.0, 2.0, 3.0]]
    longer = Window(panel, np.zeros((1, 7)))
    assert seasonal_naive_of_fev(longer)[0, 5:].tolist() == [5.0, 5.0]


def test_rossmann_42d_scores_percentage_errors():
    window = Window(daily_panel([[1.0]], ids=["1"]), np.array([[100.0, np.nan, 50.0]]))
    scores = ROSSMANN_42D.score(window, np.array([[110.0, 3.0, 40.0]]))
    assert scores["rmspe"] == pytest.approx(((0.1**2 + 0.2**2) / 2) ** 0.5)


def test_the_rossmann_mean_is_of_the_same_weekday_and_promotion():
    y = [[10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 30.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    promo = np.zeros((1, 21))
    promo[0, 7] = promo[0, 14] = 1
    yhat = _mean_by_store_weekday_promotion(daily_panel(y, ids=["1"]), promo, 7)
    assert yhat[0, 0] == 30.0
    promo[0, 14] = 0
    assert _mean_by_store_weekday_promotion(daily_panel(y, ids=["1"]), promo, 7)[0, 0] == 10.0
    assert yhat[0, 1] == 20.0, "a weekday without any open day gets the store's mean"


def test_store_item_smape_is_in_percent_and_zero_for_two_zeros():
    window = Window(daily_panel([[1.0]], ids=["1|1"]), np.array([[10.0, 0.0]]))
    assert STORE_ITEM.score(window, np.array([[30.0, 0.0]]))["smape"] == pytest.approx(50.0)


def test_lag_364_is_the_same_weekday_of_the_year_before():
    window = Window(daily_panel([np.arange(400.0)], ids=["1|1"]), np.zeros((1, 3)))
    assert lag_364(window).tolist() == [[36.0, 37.0, 38.0]]


def test_owa_is_the_mean_of_two_ratios_to_naive2():
    panel = daily_panel([[1.0, 2.0, 4.0, 5.0, 6.0]], ids=["W1"])
    window = window_at(panel, 3, 2, naive2=np.array([[4.0, 4.0]]))
    scores = owa_score(1)(window, np.array([[5.0, 5.0]]))
    smape, smape_naive2 = 200 * (0 + 1 / 11) / 2, 200 * (1 / 9 + 2 / 10) / 2
    scale = 1.5
    assert scores["smape"] == pytest.approx(smape)
    assert scores["mase"] == pytest.approx(0.5 / scale)
    assert scores["owa"] == pytest.approx(0.5 * (smape / smape_naive2 + 0.5 / 1.5))


def test_naive2_itself_has_an_owa_of_one():
    panel = daily_panel([[1.0, 2.0, 4.0, 5.0, 6.0], [3.0, 1.0, 2.0, 8.0, 4.0]])
    naive2 = np.array([[4.0, 4.5], [2.0, 3.0]])
    window = window_at(panel, 3, 2, naive2=naive2)
    assert owa_score(1)(window, naive2)["owa"] == pytest.approx(1.0)


def test_spain_is_scored_step_by_step_in_percent():
    y = np.full((1, 24), 100.0)
    yhat = y.copy()
    yhat[0, :6] = [101, 102, 103, 104, 105, 106]
    yhat[0, 23] = 90
    scores = mape_by_step(Window(daily_panel([[1.0]], ids=["ES"]), y), yhat)
    assert scores["mape_t1"] == pytest.approx(1.0)
    assert scores["mape_t6"] == pytest.approx(6.0)
    assert scores["mape_t24"] == pytest.approx(10.0)
    assert scores["mape"] == pytest.approx(3.5)


def test_a_tourism_node_without_a_forecast_is_the_sum_of_its_bottom_series():
    ids = ["nsw|bus|city", "nsw|hol|city", "purpose=hol", "state=nsw|purpose=hol", "total", "vic|hol|city"]
    window = Window(daily_panel(np.ones((6, 2)), ids=ids), np.ones((6, 1)))
    said = np.array([[1.0], [2.0], [np.nan], [np.nan], [np.nan], [4.0]])
    assert sum_of_members(window, said).ravel().tolist() == [1.0, 2.0, 6.0, 2.0, 7.0, 4.0]
    said[4] = 9.0
    assert sum_of_members(window, said)[4, 0] == 9.0, "a forecast that the product made for a node stays"


def test_node_names_are_those_of_the_product():
    assert [node_id(name) for name in ("total", "vfr", "wa-vfr", "wa-vfr-city")] == [
        "total",
        "purpose=vfr",
        "state=wa|purpose=vfr",
        "wa|vfr|city",
    ]


def test_mase_is_scaled_by_the_season_of_the_protocol():
    panel = daily_panel([[1.0, 5.0, 3.0, 9.0, 4.0]], ids=["a"])
    window = window_at(panel, 4, 1)
    score = point_scores(("mase",), season_length=2)
    assert score(window, np.array([[7.0]]))["mase"] == pytest.approx(3.0 / 3.0)


def test_quantiles_are_scored_over_all_levels():
    window = Window(daily_panel([[1.0]], ids=["a"]), np.array([[10.0, np.nan]]))
    quantiles = np.array([[[8.0, 10.0, 12.0], [0.0, 0.0, 0.0]]])
    scores = quantile_scores(window, quantiles, (0.1, 0.5, 0.9))
    assert scores["wql"] == pytest.approx((2 * 0.1 * 2 + 0 + 2 * 0.1 * 2) / 10 / 3)
    assert scores["coverage_80"] == 1.0


def test_the_mean_over_windows_is_not_weighted_by_their_size():
    assert mean_scores([{"wape": 0.1}, {"wape": 0.2}, {"wape": 0.6}])["wape"] == pytest.approx(0.3)
