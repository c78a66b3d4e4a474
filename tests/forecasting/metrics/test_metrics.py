"""Every metric against an implementation that is not ours: scikit-learn, sktime, utilsforecast, or the M4 formulas."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sktime.performance_metrics import forecasting as sktime_metrics
from utilsforecast import losses

from forecasting import metrics as m

RNG = np.random.default_rng(7)
SERIES, H, HISTORY = 6, 10, 60
PAST = RNG.gamma(2.0, 5.0, (SERIES, HISTORY))
Y = RNG.gamma(2.0, 5.0, (SERIES, H))
YHAT = Y + RNG.normal(0, 3.0, (SERIES, H))
LEVELS = (0.1, 0.5, 0.9)
QUANTILES = YHAT[:, :, None] + np.array([-4.0, 0.0, 4.0])


def _long(values, name):
    return pd.DataFrame({"unique_id": np.repeat(np.arange(values.shape[0]), values.shape[1]), name: values.ravel()})


def _frame():
    return _long(Y, "y").assign(ds=np.tile(np.arange(H), SERIES), model=YHAT.ravel())


def _past():
    return _long(PAST, "y").assign(ds=np.tile(np.arange(HISTORY), SERIES))


def test_mae_and_rmse_equal_scikit_learn():
    assert m.mae(Y, YHAT) == pytest.approx(sk.mean_absolute_error(Y.ravel(), YHAT.ravel()))
    assert m.rmse(Y, YHAT) == pytest.approx(sk.root_mean_squared_error(Y.ravel(), YHAT.ravel()))


def test_mape_equals_scikit_learn_in_percent():
    assert m.mape(Y, YHAT) == pytest.approx(100 * sk.mean_absolute_percentage_error(Y.ravel(), YHAT.ravel()))


def test_smape_equals_sktime_in_percent():
    theirs = sktime_metrics.mean_absolute_percentage_error(Y.ravel(), YHAT.ravel(), symmetric=True)
    assert m.smape(Y, YHAT) == pytest.approx(100 * theirs)


def test_rmspe_equals_sktime():
    theirs = sktime_metrics.mean_squared_percentage_error(Y.ravel(), YHAT.ravel(), square_root=True, symmetric=False)
    assert m.rmspe(Y, YHAT) == pytest.approx(theirs)


def test_wape_is_the_error_of_the_whole_over_the_whole():
    assert m.wape(Y, YHAT) == pytest.approx(
        sk.mean_absolute_error(Y.ravel(), YHAT.ravel()) / sk.mean_absolute_error(Y.ravel(), np.zeros(Y.size))
    )


@pytest.mark.parametrize("season_length", [1, 7])
def test_mase_equals_utilsforecast(season_length):
    theirs = losses.mase(_frame(), models=["model"], seasonality=season_length, train_df=_past())["model"].mean()
    assert m.mase(Y, YHAT, m.mase_scale(PAST, season_length)) == pytest.approx(theirs)


def test_rmsse_equals_utilsforecast():
    theirs = losses.rmsse(_frame(), models=["model"], seasonality=1, train_df=_past())["model"].mean()
    assert m.rmsse(Y, YHAT, m.rmsse_scale(PAST)) == pytest.approx(theirs)


def test_mase_of_the_in_sample_seasonal_naive_is_one():
    scale = m.mase_scale(PAST, 7)
    assert m.mase(PAST[:, 7:], PAST[:, :-7], scale) == pytest.approx(1.0)


@pytest.mark.parametrize("level", LEVELS)
def test_pinball_equals_scikit_learn(level):
    assert m.pinball(Y, YHAT, level) == pytest.approx(sk.mean_pinball_loss(Y.ravel(), YHAT.ravel(), alpha=level))


def test_wql_is_twice_the_pinball_loss_over_the_mean_actual():
    by_level = [2 * sk.mean_pinball_loss(Y.ravel(), QUANTILES[:, :, k].ravel(), alpha=q) for k, q in enumerate(LEVELS)]
    assert m.wql(Y, QUANTILES, LEVELS) == pytest.approx(np.mean(by_level) / np.abs(Y).mean())


def test_wql_of_the_median_alone_is_wape():
    assert m.wql(Y, YHAT[:, :, None], [0.5]) == pytest.approx(m.wape(Y, YHAT))


def test_coverage_equals_utilsforecast():
    frame = _frame().assign(**{"model-lo-80": QUANTILES[:, :, 0].ravel(), "model-hi-80": QUANTILES[:, :, 2].ravel()})
    theirs = losses.coverage(frame, models=["model"], level=80)["model"].mean()
    assert m.coverage(Y, QUANTILES[:, :, 0], QUANTILES[:, :, 2]) == pytest.approx(theirs)


def test_msis_is_the_formula_of_the_m4_guide():
    lower, upper, alpha = QUANTILES[:, :, 0], QUANTILES[:, :, 2], 0.2
    per_series = []
    for i in range(SERIES):
        total = 0.0
        for t in range(H):
            y, low, high = Y[i, t], lower[i, t], upper[i, t]
            total += (high - low) + 2 / alpha * (low - y) * (y < low) + 2 / alpha * (y - high) * (y > high)
        per_series.append(total / H / np.mean([abs(PAST[i, t] - PAST[i, t - 7]) for t in range(7, HISTORY)]))
    assert m.msis(Y, lower, upper, 0.8, m.mase_scale(PAST, 7)) == pytest.approx(np.mean(per_series))


def test_owa_of_naive2_itself_is_one():
    assert m.owa(13.0, 2.0, 13.0, 2.0) == 1.0


def test_bias_says_which_way():
    assert m.bias(Y, Y * 1.1) == pytest.approx(0.1)
    assert m.bias(Y, Y * 0.9) == pytest.approx(-0.1)


def test_too_low_costs_more_than_too_high_when_it_should():
    y = np.full(5, 10.0)
    assert m.asymmetric_mae(y, y - 2, under_cost=3.0) == 3 * m.asymmetric_mae(y, y + 2, under_cost=3.0)


def test_tolerance_counts_its_border():
    y = np.array([10.0, 10.0, 10.0, np.nan])
    assert m.within_tolerance(y, np.array([12.0, 8.0, 12.1, 10.0]), tolerance=0.2) == pytest.approx(2 / 3)


def test_zero_actuals_are_left_out_of_percentages_and_counted():
    y, yhat = np.array([0.0, 10.0, 0.0, np.nan]), np.array([5.0, 12.0, 0.0, 1.0])
    assert m.mape(y, yhat) == pytest.approx(20.0)
    assert m.rmspe(y, yhat) == pytest.approx(0.2)
    assert m.zero_actuals(y, yhat) == 2


def test_smape_of_two_zeros_is_no_error():
    assert m.smape(np.zeros(3), np.zeros(3)) == 0.0


def test_m5_counts_rmsse_from_the_first_sale_on():
    started = np.array([[0.0, 0.0, 0.0, 4.0, 2.0, 4.0]])
    assert m.rmsse_scale(started)[0] == pytest.approx(2.0)


@pytest.mark.parametrize("name", m.METRICS)
def test_periods_not_observed_are_not_scored(name):
    y, yhat = Y.copy(), YHAT.copy()
    y[:, 3] = np.nan
    kept = [0, 1, 2, *range(4, H)]
    assert m.METRICS[name](y, yhat) == pytest.approx(m.METRICS[name](Y[:, kept], YHAT[:, kept]))


@pytest.mark.parametrize("name", m.METRICS)
def test_nothing_to_score_is_nan_not_an_error(name):
    assert np.isnan(m.METRICS[name](np.full(3, np.nan), np.ones(3)))


@pytest.mark.parametrize("name", m.METRICS)
def test_a_perfect_forecast_has_no_error(name):
    assert m.METRICS[name](Y, Y) == 0.0


def test_a_constant_series_does_not_decide_a_scaled_metric():
    past = np.vstack([PAST[:1], np.full((1, HISTORY), 5.0)])
    scale = m.mase_scale(past, 7)
    assert np.isnan(scale[1])
    assert m.mase(Y[:2], YHAT[:2], scale) == pytest.approx(m.mase(Y[:1], YHAT[:1], scale[:1]))


def test_a_history_shorter_than_a_season_has_no_scale():
    assert np.isnan(m.mase_scale(PAST[:, :7], 7)).all()
