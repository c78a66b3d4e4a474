"""The regression on plans: effects found and carried ahead, closed days zero, no say where logarithms say too little."""

from dataclasses import replace

import numpy as np
import pytest

from forecasting.forecasters import DriverRegression, Forecaster, SeasonalNaive, forecaster_named
from forecasting.regressors import Regressors

H, WEEK, N_DAYS = 28, 7, 400


def _regressors(n_series, drivers, kinds, n_days=N_DAYS + H):
    day = np.arange(n_days, dtype=np.float32)
    far = np.full(n_days, 15, dtype=np.float32)
    calendar = {
        "day_of_year": day % 365 + 1,
        "day_of_month": day % 30 + 1,
        "days_to_month_end": 29 - day % 30,
        "is_holiday": np.zeros_like(day),
        "next_holiday_code": np.full_like(day, np.nan),
        "days_to_holiday": far,
        "days_since_holiday": far,
    }
    ids = np.array([f"s{number}" for number in range(n_series)], dtype=object)
    return Regressors(ids, 0, kinds, {name: values.astype(np.float32) for name, values in drivers.items()}, calendar)


def _shops(n_series=30, noise=0.1, seed=3):
    """Days of shops closed on one day of the week, with promotions of a size of their own; past, means ahead, plans."""
    rng = np.random.default_rng(seed)
    day = np.arange(N_DAYS + H)
    is_open = np.broadcast_to((day % WEEK != 6).astype(float), (n_series, day.size)).copy()
    promo = (rng.random((n_series, day.size)) < 0.3).astype(float)
    price = 1.0 + 0.2 * (rng.random((n_series, day.size)) < 0.1)
    effect = rng.normal(0.4, 0.2, (n_series, 1))
    log_mean = rng.normal(6, 1, (n_series, 1)) + 0.3 * np.sin(2 * np.pi * day / WEEK) + effect * promo - 2 * (price - 1)
    mean = np.exp(log_mean) * is_open
    past = mean[:, :N_DAYS] * np.exp(rng.normal(0, noise, (n_series, N_DAYS)))
    plans = _regressors(
        n_series,
        {"open": is_open, "promo": promo, "price": price},
        {"open": "binary", "promo": "binary", "price": "numeric"},
    )
    return past, mean[:, N_DAYS:], plans


def _error(yhat, mean):
    return np.abs(yhat - mean).sum() / mean.sum()


def test_it_is_a_forecaster_by_its_name():
    assert isinstance(forecaster_named("driver_regression"), Forecaster)
    assert forecaster_named("driver_regression") == DriverRegression()


def test_effects_of_plans_are_found_and_carried_ahead():
    past, mean, plans = _shops()
    said = DriverRegression(plans).forecast(past, H, WEEK)
    assert not said.is_fallback.any()
    assert _error(said.yhat, mean) < 0.05
    assert _error(SeasonalNaive().forecast_panel(past, H, WEEK), mean) > 0.2


def test_each_series_has_an_effect_of_its_own():
    past, mean, plans = _shops(noise=0.05)
    said = DriverRegression(plans).forecast(past, H, WEEK).yhat
    promo = plans.drivers["promo"][:, N_DAYS:] == 1
    ratio = np.array([(s[p].sum() / m[p].sum()) for s, m, p in zip(said, mean, promo, strict=True)])
    assert np.abs(ratio - 1).max() < 0.06  # with one effect for all, two in three series would miss by a tenth


def test_days_that_a_plan_closes_are_zero():
    past, _, plans = _shops()
    plans.drivers["open"][0, N_DAYS + 2] = 0.0
    said = DriverRegression(plans).forecast(past, H, WEEK).yhat
    closed = plans.drivers["open"][:, N_DAYS:] == 0
    assert closed[0, 2]
    np.testing.assert_array_equal(said[closed], 0.0)
    assert (said[~closed] > 0).all()


def test_series_that_are_often_zero_or_silent_get_a_stand_in_and_say_why():
    past, _, plans = _shops()
    past[0, ::3] = 0.0
    past[1] = np.nan
    past[2, :300] = np.nan
    said = DriverRegression(plans).forecast(past, H, WEEK)
    assert said.is_fallback.tolist() == [True, True] + [False] * 28
    assert "10%" in said.fallback_reason[0]
    assert "no observation" in said.fallback_reason[1]
    assert np.isfinite(said.yhat).all()


def test_without_plans_every_series_gets_a_stand_in():
    past, _, _ = _shops(n_series=3)
    said = DriverRegression().forecast(past, H, WEEK)
    assert said.is_fallback.all()
    np.testing.assert_array_equal(said.yhat, SeasonalNaive().forecast_panel(past, H, WEEK))


def test_it_does_not_matter_in_what_units_a_series_is_told():
    past, _, plans = _shops(n_series=5)
    once = DriverRegression(plans).forecast(past, H, WEEK).yhat
    again = DriverRegression(plans).forecast(1000.0 * past, H, WEEK).yhat
    np.testing.assert_allclose(again, 1000.0 * once, rtol=1e-9)


def test_plans_beyond_the_step_do_not_reach_it():
    past, _, plans = _shops(n_series=5)
    before = DriverRegression(plans).forecast(past, H, WEEK).yhat
    # The day after tells tomorrow that its neighbour is different; what lies further away tells it nothing.
    plans.drivers["promo"][:, N_DAYS + 10 :] = 1.0 - plans.drivers["promo"][:, N_DAYS + 10 :]
    after = DriverRegression(plans).forecast(past, H, WEEK).yhat
    np.testing.assert_array_equal(after[:, :9], before[:, :9])
    assert not np.allclose(after[:, 10:], before[:, 10:])


@pytest.mark.parametrize("season_length", [1, 7, 52, 364])
@pytest.mark.parametrize("n_days", [1, 3, 20])
def test_short_histories_give_finite_answers(season_length, n_days):
    past, _, plans = _shops(n_series=4)
    cut = plans.at(n_days - 1, 0, H)
    said = DriverRegression(cut).forecast(past[:, :n_days], H, season_length)
    assert np.isfinite(said.yhat).all()
    assert said.yhat.shape == (4, H)
    assert (said.yhat >= 0).all()


def test_the_values_of_a_categorical_plan_have_effects_of_their_own():
    past, mean, plans = _shops()
    kind = np.random.default_rng(9).choice([0.0, 1.0, 2.0], size=plans.drivers["promo"].shape, p=[0.8, 0.1, 0.1])
    factor = np.choose(kind.astype(int), [1.0, 0.5, 2.0])
    with_kind = replace(
        plans,
        kinds={**plans.kinds, "day_kind": "categorical"},
        drivers={**plans.drivers, "day_kind": kind.astype(np.float32)},
    )
    past, mean = past * factor[:, :N_DAYS], mean * factor[:, N_DAYS:]
    assert _error(DriverRegression(with_kind).forecast(past, H, WEEK).yhat, mean) < 0.06
    assert _error(DriverRegression(plans).forecast(past, H, WEEK).yhat, mean) > 0.15
