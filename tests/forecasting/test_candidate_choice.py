from dataclasses import replace

import pytest

from forecasting.candidate_choice import PanelFacts, candidates_of, choose_candidates
from forecasting.forecasters import forecaster_named
from forecasting.model_names import ENSEMBLE, GLOBAL_MODEL

WEEKLY = PanelFacts(
    n_series=359,
    n_periods=2_597,
    n_observations=366_000,
    season_lengths=(52,),
    horizon=13,
    target_kind="continuous",
    allow_negative=False,
    n_forecasts=5,
)
HALF_HOURLY = replace(WEEKLY, n_series=8, n_periods=9_000, n_observations=72_000, season_lengths=(48, 336), horizon=48)
QUARTERLY = replace(WEEKLY, n_series=56, n_periods=36, n_observations=2_016, season_lengths=(4,), horizon=8)
M5 = replace(WEEKLY, n_series=30_490, n_periods=1_941, n_observations=50_000_000, season_lengths=(7, 364))


def _of(facts, **options):
    return candidates_of(choose_candidates(facts, **options))


@pytest.mark.parametrize("facts", [WEEKLY, HALF_HOURLY, QUARTERLY, M5, replace(M5, target_kind="intermittent")])
def test_every_name_that_is_chosen_builds_a_forecaster(facts):
    names = _of(facts)
    assert len(set(names)) == len(names)
    for name in names:
        if name not in {GLOBAL_MODEL, ENSEMBLE}:
            assert forecaster_named(name, season_lengths=facts.season_lengths) is not None


@pytest.mark.parametrize("facts", [WEEKLY, HALF_HOURLY, QUARTERLY, M5])
def test_the_baselines_come_first_and_an_ensemble_last(facts):
    names = _of(facts)
    assert names[:2] == ("naive", "seasonal_naive")
    assert names[-1] == ENSEMBLE


def test_seasons_decide_which_models_of_the_engine_compete():
    assert {"auto_ces", "dynamic_optimized_theta"} <= set(_of(WEEKLY))
    assert "auto_ets" not in _of(WEEKLY)  # the engine's ETS knows no season of 52
    assert "auto_ets" in _of(QUARTERLY)
    assert "mstl_ets" in _of(HALF_HOURLY)
    assert "mstl_ets" not in _of(WEEKLY)


def test_thirty_thousand_series_do_not_wait_for_models_of_single_series():
    verdicts = {verdict.model: verdict for verdict in choose_candidates(M5)}
    assert not verdicts["mstl_ets"].is_candidate
    assert verdicts["mstl_ets"].reason.startswith("too costly")
    assert verdicts["smoothing_ensemble"].is_candidate


def test_what_is_taken_stays_within_the_budget_and_the_most_useful_goes_first():
    for budget in (0.0, 40.0, 100.0):
        taken = [v for v in choose_candidates(WEEKLY, cpu_seconds=budget) if v.is_candidate]
        assert sum(v.cpu_seconds for v in taken) <= budget
    assert "auto_ces" in _of(WEEKLY, cpu_seconds=40.0)
    assert "dynamic_optimized_theta" not in _of(WEEKLY, cpu_seconds=40.0)


def test_intermittent_demand_gets_methods_made_for_it_and_no_season_models():
    names = set(_of(replace(M5, target_kind="intermittent", n_series=500)))
    assert {"croston_sba", "tsb", "imapa", GLOBAL_MODEL} <= names
    assert not {"theta", "auto_ets", "pooled_autoregression"} & names


def test_few_rows_are_not_given_to_trees():
    few = replace(QUARTERLY, n_series=3, n_observations=108)
    assert GLOBAL_MODEL not in _of(few)
    assert "pooled_autoregression" not in _of(few)
    assert {"theta", "auto_ets", "auto_ces"} <= set(_of(few))


def test_a_year_that_series_share_needs_days_two_years_and_ten_series():
    daily = replace(M5, n_series=10, n_periods=728)
    assert "pooled_seasonal_level" in _of(daily)
    for short in (
        replace(daily, n_periods=727),
        replace(daily, n_series=9),
        replace(daily, season_lengths=(24, 168)),
        replace(daily, target_kind="intermittent"),
    ):
        assert "pooled_seasonal_level" not in _of(short)


def test_a_season_that_series_share_is_for_one_season_longer_than_a_week_seen_twice():
    assert "pooled_season" in _of(QUARTERLY)
    assert "pooled_season" in _of(WEEKLY)
    for other in (
        replace(QUARTERLY, n_periods=7),
        replace(QUARTERLY, n_series=2),
        replace(QUARTERLY, allow_negative=True),
        replace(QUARTERLY, season_lengths=(7,)),
        HALF_HOURLY,
    ):
        assert "pooled_season" not in _of(other)


def test_the_search_for_arima_models_is_for_yearly_series_that_are_few():
    yearly = replace(QUARTERLY, season_lengths=(1,), n_periods=30, horizon=5)
    assert {"auto_arima", "auto_theta", "auto_ets"} <= set(_of(yearly))
    assert "auto_arima" not in _of(replace(yearly, n_series=2_000))
    assert "auto_arima" not in _of(QUARTERLY)


def test_every_verdict_has_a_reason():
    for facts in (WEEKLY, M5, QUARTERLY):
        assert all(len(verdict.reason) > 10 for verdict in choose_candidates(facts))


def test_a_regression_on_plans_is_for_days_with_plans_of_values_from_zero_upwards():
    daily = replace(WEEKLY, season_lengths=(7, 364), n_periods=900, n_series=1_000, n_observations=900_000, n_plans=2)
    assert "driver_regression" in _of(daily)
    for other in (
        replace(daily, n_plans=0),
        replace(daily, allow_negative=True),
        replace(daily, n_periods=100),
        replace(daily, n_observations=50_000_000),
        replace(daily, season_lengths=(52,)),
        replace(daily, target_kind="intermittent"),
    ):
        assert "driver_regression" not in _of(other)
