"""Forecasters that know one series at a time: every shape survives, and the engine alone is not better."""

import numpy as np
import pytest
from sktime.forecasting.naive import NaiveForecaster

from forecasting.forecasters import CLASSICAL, Classical, SeasonalNaive, SktimeForecaster
from forecasting.forecasters.gaps import fill_gaps

H, SEASON = 14, 7
RNG = np.random.default_rng(11)
DENSE = RNG.gamma(3.0, 5.0, (4, 140)) * (1 + 0.4 * np.sin(2 * np.pi * np.arange(140) / 7))
QUICK = [name for name in CLASSICAL if "arima" not in name]
SPECIFICATION = 'NaiveForecaster(strategy="mean", window_length=14, sp=season_length)'


def _forecasters(names):
    return [Classical(1, name=name, season_lengths=(SEASON,)) for name in names]


@pytest.fixture(
    params=[*_forecasters(QUICK), SktimeForecaster(1, specification=SPECIFICATION)],
    ids=lambda f: getattr(f, "name", "sktime"),
)
def forecaster(request):
    return request.param


def test_every_shape_gets_a_complete_forecast_within_its_range(forecaster, shapes, panel):
    result = forecaster.forecast(panel[:, -200:], H, SEASON)
    assert result.yhat.shape == (len(panel), H)
    assert np.isfinite(result.yhat).all()
    never_negative = ~(panel[:, -200:] < 0).any(axis=1)
    assert (result.yhat[never_negative] >= 0).all()


def test_stand_ins_are_the_seasonal_naive_forecast_and_say_why(forecaster, shapes):
    y = np.vstack([shapes[name] for name in ("never_observed", "new_today", "usual")])[:, -200:]
    result = forecaster.forecast(y, H, SEASON)
    assert result.is_fallback.tolist() == [True, True, False]
    assert result.fallback_reason.tolist()[:2] == [
        "0 observations, at least 3 are needed",
        "1 observations, at least 3 are needed",
    ]
    np.testing.assert_array_equal(result.yhat[:2], SeasonalNaive().forecast_panel(y[:2], H, SEASON))


def test_a_series_that_stopped_long_ago_falls_back(forecaster, shapes):
    result = forecaster.forecast(shapes["missing_last_60"][None, -200:], H, SEASON)
    assert result.fallback_reason.tolist() == ["nothing observed in the last 60 periods"]


def test_a_series_that_stopped_lately_is_forecast_from_the_cutoff(forecaster):
    stopped = DENSE.copy()
    stopped[:, -10:] = np.nan
    yhat = forecaster.forecast(stopped, H, SEASON).yhat
    np.testing.assert_allclose(yhat, forecaster.forecast(DENSE[:, :-10], H + 10, SEASON).yhat[:, 10:])


def test_the_same_history_gives_the_same_forecast_in_any_number_of_processes(forecaster):
    two = type(forecaster)(**{**vars(forecaster), "n_jobs": 2})
    np.testing.assert_array_equal(forecaster.forecast(DENSE, H, SEASON).yhat, two.forecast(DENSE, H, SEASON).yhat)


def _alone(engine, name):
    """The model as a user of the library alone would build it."""
    return {
        "auto_ets": lambda: engine.AutoETS(season_length=SEASON),
        "auto_theta": lambda: engine.AutoTheta(season_length=SEASON),
        "dynamic_optimized_theta": lambda: engine.DynamicOptimizedTheta(season_length=SEASON),
        "auto_arima": lambda: engine.AutoARIMA(season_length=SEASON),
        "auto_ces": lambda: engine.AutoCES(season_length=SEASON),
        "mfles": lambda: engine.MFLES(season_length=[SEASON]),
        "mstl_ets": lambda: engine.MSTL(season_length=[SEASON], trend_forecaster=engine.AutoETS(model="ZZN")),
        "mstl_theta": lambda: engine.MSTL(season_length=[SEASON], trend_forecaster=engine.AutoTheta()),
        "mstl_arima": lambda: engine.MSTL(season_length=[SEASON], trend_forecaster=engine.AutoARIMA()),
        "imapa": engine.IMAPA,
        "adida": engine.ADIDA,
        "croston_optimized": engine.CrostonOptimized,
    }[name]()


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in CLASSICAL])
def test_the_tier_says_what_the_library_alone_says(name):
    engine = pytest.importorskip("statsforecast.models")
    theirs = np.vstack([_alone(engine, name).forecast(y=row, h=H)["mean"] for row in DENSE[:2]])
    [ours] = _forecasters([name])
    np.testing.assert_allclose(ours.forecast(DENSE[:2], H, SEASON).yhat, np.maximum(theirs, 0), rtol=1e-9)


def test_a_specification_says_what_sktime_alone_says():
    ours = SktimeForecaster(1, specification=SPECIFICATION).forecast(DENSE, H, SEASON).yhat
    alone = NaiveForecaster(strategy="mean", window_length=14, sp=SEASON)
    for row, yhat in zip(DENSE, ours, strict=True):
        np.testing.assert_allclose(yhat, alone.clone().fit(row).predict(fh=range(1, H + 1)).ravel())


def test_a_forecaster_that_fails_on_one_series_is_reported_for_that_series_only():
    y = DENSE.copy()
    y[2, :-5] = np.nan
    specification = "NaiveForecaster(strategy='mean', window_length=20)"
    result = SktimeForecaster(1, specification=specification).forecast(y, H, SEASON)
    assert [i for i, failed in enumerate(result.is_fallback) if failed] == [2]
    assert "ValueError" in result.fallback_reason[2]
    np.testing.assert_array_equal(result.yhat[2], SeasonalNaive().forecast_panel(y, H, SEASON)[2])


def test_only_the_recent_past_of_a_giant_series_is_used():
    giant = np.tile(np.arange(24.0), 3_650)[None]
    result = Classical(1, name="auto_ces").forecast(giant, 24, 24)
    np.testing.assert_allclose(result.yhat[0], np.arange(24.0), atol=0.5)


def test_gaps_take_the_value_of_a_season_before():
    y = np.array([[np.nan, 1.0, 2.0, np.nan, np.nan, 5.0, np.nan]])
    np.testing.assert_array_equal(fill_gaps(y, 2), [[np.nan, 1.0, 2.0, 1.0, 2.0, 5.0, 2.0]])
    assert np.isnan(y[0, 3])
