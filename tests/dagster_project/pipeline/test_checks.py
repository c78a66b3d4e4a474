"""The checks of a run, on a warehouse that is small enough to know every answer.

One bottom series and its total, two scored windows and a calibration window, two models beside seasonal naive. Before
both scored windows `early` would have been chosen; seen from today `late` is better.
"""

import math
from datetime import datetime, timedelta

import duckdb
import pytest

from dagster_project.pipeline.checks import CHECKS, Severity, run_checks
from dagster_project.product import Product, load_product
from dagster_project.warehouse import Warehouse
from tests.dbt_project.macros import macro

RUN = "aaaaaaaaaaaa"
WINDOWS = {"2024-01-01": "calibration", "2024-01-02": "backtest", "2024-01-03": "backtest"}
LIVE = "2024-01-04"
# Error of each model, in units of a demand of 10; the interval of `early` misses, the one of `late` holds.
ERROR = {"early": 4.0, "late": 1.0, "seasonal_naive": 2.0}
WIDTH = {"early": 1.0, "late": 5.0, "seasonal_naive": 5.0}


def rows(calibration_error=0.0):
    for cutoff, role in WINDOWS.items():
        for model, error in ERROR.items():
            missed = calibration_error if role == "calibration" else error
            yield "shop", cutoff, model, 10.0, 10.0 + missed
            # A node of the hierarchy is large and is no second vote.
            yield "total", cutoff, model, 1000.0, 1000.0


def build(path, *, chosen_then, chosen_now, alarms=(), calibration_error=0.0):
    with duckdb.connect(str(path)) as con:
        for schema in ("forecasting", "features", "marts"):
            con.execute(f"create schema {schema}")
        con.execute("create table features.feature_cutoffs (cutoff date, role varchar)")
        con.executemany("insert into features.feature_cutoffs values (?, ?)", [*WINDOWS.items(), (LIVE, "live")])
        con.execute("create table marts.dim_series (unique_id varchar, level varchar, status varchar, store varchar)")
        con.execute(
            "insert into marts.dim_series values ('shop', 'bottom', 'active', 'S1'), ('total', 'total', 'active', null)"
        )
        # The series moved from the department of fresh goods to the dry ones between the two scored windows.
        con.execute(
            "create table marts.dim_series_history as select * from (values ('shop', 'fresh', null::date, date '2024-01-03'), "
            "('shop', 'dry', date '2024-01-03', null)) as h (unique_id, department, valid_from, valid_to)"
        )
        con.execute(
            "create table marts.fct_series_eligibility as select 'shop' as unique_id, 'live' as role, true as is_forecast"
        )
        con.execute("create table marts.bridge_hierarchy as select 'total' as node_id, 'shop' as unique_id")
        con.execute("create table marts.fct_node_observations (node_id varchar, ds date, y double)")
        con.execute(
            "create table forecasting.backtest_forecasts (unique_id varchar, cutoff date, ds date, model varchar, "
            "y double, yhat double, run_id varchar)"
        )
        con.executemany(
            f"insert into forecasting.backtest_forecasts select $1, $2::date, $2::date + 1, $3, $4, $5, '{RUN}'",
            list(rows(calibration_error)),
        )
        con.execute(
            "create table forecasting.backtest_quantiles as select unique_id, cutoff, ds, model, level as quantile_level, "
            "yhat + case level when 0.1 then -1 else 1 end * case model "
            + " ".join(f"when '{model}' then {width}" for model, width in WIDTH.items())
            + " end as yhat, run_id from forecasting.backtest_forecasts, (values (0.1::double), (0.9::double)) as l (level)"
        )
        con.execute(
            "create table forecasting.model_choices (unique_id varchar, cutoff date, model varchar, run_id varchar)"
        )
        choices = [(name, cutoff, chosen_then) for name in ("shop", "total") for cutoff in WINDOWS]
        choices += [(name, LIVE, chosen_now) for name in ("shop", "total")]
        con.executemany(f"insert into forecasting.model_choices values (?, ?, ?, '{RUN}')", choices)
        con.execute(
            "create table forecasting.forecasts as select 'shop' as unique_id, date '2024-01-04' as cutoff, "
            f"date '2024-01-04' + h::integer as ds, '{chosen_now}' as model, 10.0 as yhat, 'model' as forecast_source, "
            f"'{RUN}' as run_id from range(1, 29) as r (h)"
        )
        con.execute("alter table forecasting.forecasts add column generated_at timestamp default '2024-01-05 00:00:00'")
        con.execute("create table forecasting.runs (run_id varchar, generated_at timestamp)")
        con.execute("create table forecasting.check_results (run_id varchar, passed boolean, severity varchar)")
        con.execute(
            "create table forecasting.feature_coverage as select * from (values ('driver_promo', 100, 100), "
            "('driver_discount', 100, 95), ('driver_price', 100, 90), ('lag_1', 100, 5)) as c (feature, n_rows, n_known), "
            f"(select '{RUN}' as run_id)"
        )
        con.execute(
            "create table forecasting.forecast_quantiles as select unique_id, cutoff, ds, model, 0.5::double as "
            "quantile_level, yhat, run_id from forecasting.forecasts"
        )
        con.execute(
            "create table forecasting.leak_alarms (run_id varchar, subject varchar, observed double, threshold double, detail varchar)"
        )
        for subject in alarms:
            con.execute(
                "insert into forecasting.leak_alarms values (?, ?, 0.99, 0.95, ?)",
                [RUN, subject, f"possible leakage: {subject}"],
            )
        con.execute(macro("create_forecasting_tables")())
    return Warehouse(path)


def product_with(**gates):
    settings = load_product("demo").describe()
    return Product.model_validate({**settings, "gates": {**settings["gates"], **gates}})


def checks_of(product, warehouse, age=1):
    made = datetime(2024, 1, 5)  # noqa: DTZ001 - naive as in the tables
    return run_checks(product, warehouse, RUN, as_of=made - timedelta(days=age), generated_at=made)


@pytest.fixture
def checked(tmp_path):
    def run(product=None, **given):
        results = checks_of(product or load_product("demo"), build(tmp_path / "warehouse.duckdb", **given))
        return {result.check.name: result for result in results}

    return run


def test_what_was_chosen_before_a_window_is_scored_there_not_what_is_chosen_now(checked):
    result = checked(chosen_then="early", chosen_now="late")["served_model_beats_seasonal_naive"]
    assert result.observed == pytest.approx(ERROR["early"] / ERROR["seasonal_naive"])
    assert not result.passed


def test_a_choice_that_was_good_when_it_was_made_passes(checked):
    result = checked(chosen_then="late", chosen_now="early")["served_model_beats_seasonal_naive"]
    assert result.observed == pytest.approx(ERROR["late"] / ERROR["seasonal_naive"])
    assert result.passed


def test_calibration_windows_are_not_scored(checked):
    result = checked(chosen_then="late", chosen_now="late", calibration_error=500.0)[
        "served_model_beats_seasonal_naive"
    ]
    assert result.observed == pytest.approx(ERROR["late"] / ERROR["seasonal_naive"])


def test_the_interval_of_what_was_chosen_then_is_measured(checked):
    result = checked(chosen_then="early", chosen_now="late")["interval_covers_what_it_says"]
    assert result.observed == pytest.approx(0.8)
    assert not result.passed


def test_a_leak_alarm_stops_publishing_and_says_what_leaks(checked):
    result = checked(chosen_then="late", chosen_now="late", alarms=["sales_of_tomorrow"])["nothing_looks_like_a_leak"]
    assert not result.passed
    assert result.check.severity is Severity.BLOCK
    assert "sales_of_tomorrow" in result.detail


def test_a_clean_run_passes_every_check(checked):
    results = checked(chosen_then="late", chosen_now="late")
    assert len(results) == len(CHECKS)
    failed = [name for name, result in results.items() if not result.passed]
    # Two windows of one series: the interval held both, and 100 % is not 80 %.
    assert failed == ["interval_covers_what_it_says"]


def test_coverage_beyond_the_limits_of_the_product_stops_publishing(checked):
    # No interval of `early` holds; two windows of one series allow for 2 * 0.28 of bad luck.
    strict = product_with(min_coverage_80=0.75, max_coverage_80=0.9)
    result = checked(strict, chosen_then="early", chosen_now="late")["coverage_stays_within_the_limits"]
    assert result.observed == pytest.approx(0.75 - 2 * math.sqrt(0.16 / 2))
    assert not result.passed
    assert result.check.severity is Severity.BLOCK
    assert "limits 0.75 to 0.9" in result.detail


def test_other_limits_allow_the_same_coverage(checked):
    lax = product_with(min_coverage_80=0.5)
    assert checked(lax, chosen_then="early", chosen_now="late")["coverage_stays_within_the_limits"].passed


def critical(**limits):
    return product_with(critical_segments=[{"name": "fresh_goods", "where": {"department": "fresh"}, **limits}])


def test_no_critical_segment_is_no_gate(checked):
    result = checked(chosen_then="early", chosen_now="late")["critical_segments_keep_their_limits"]
    assert result.passed
    assert result.detail == "no critical segments named"


@pytest.mark.parametrize(
    ("limits", "chosen", "detail"),
    [
        ({}, "early", "fresh_goods: error 2.0 of seasonal naive's, limit 1.0"),
        ({"min_gain_over_seasonal_naive": 0.6}, "late", "fresh_goods: error 0.5 of seasonal naive's, limit 0.4"),
        ({"max_wape": 0.09}, "late", "fresh_goods: WAPE 0.1, limit 0.09"),
        ({"max_bias": 0.09}, "late", "fresh_goods: bias 0.1, limit 0.09"),
    ],
)
def test_one_broken_limit_of_one_critical_segment_stops_publishing(checked, limits, chosen, detail):
    result = checked(critical(**limits), chosen_then=chosen, chosen_now="late")["critical_segments_keep_their_limits"]
    assert (result.observed, result.detail) == (1.0, detail)
    assert result.check.severity is Severity.BLOCK


def test_a_critical_segment_within_its_limits_passes(checked):
    product = critical(max_wape=0.11, max_bias=0.11, min_gain_over_seasonal_naive=0.4)
    assert checked(product, chosen_then="late", chosen_now="late")["critical_segments_keep_their_limits"].passed


def test_a_series_belongs_to_a_critical_segment_only_while_it_did(checked):
    product = product_with(
        critical_segments=[
            {"name": "dry_goods", "where": {"department": ["dry"], "store": "S1"}, "max_wape": 0.01},
            {"name": "frozen", "where": {"department": "frozen"}},
        ]
    )
    warehouse = checked(product, chosen_then="late", chosen_now="late")["critical_segments_keep_their_limits"]
    assert warehouse.detail == "dry_goods: WAPE 0.1, limit 0.01; frozen: nothing was forecast and scored"


def test_the_window_before_a_move_counts_for_the_old_segment(tmp_path):
    warehouse = build(tmp_path / "warehouse.duckdb", chosen_then="late", chosen_now="late")
    # Now the first scored window alone is bad; the series was still among the fresh goods there.
    warehouse.execute(
        "update forecasting.backtest_forecasts set yhat = 19 where cutoff = '2024-01-02' and model = 'late'"
    )
    named = [
        {"name": name, "where": {"department": name}, "max_wape": 0.5, "min_gain_over_seasonal_naive": -9}
        for name in ("fresh", "dry")
    ]
    results = checks_of(product_with(critical_segments=named), warehouse)
    found = {result.check.name: result.detail for result in results}["critical_segments_keep_their_limits"]
    assert found == "fresh: WAPE 0.9, limit 0.5"


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ({"critical_segments": [{"name": "a", "where": {"colour": "red"}}]}, "colour"),
        ({"critical_segments": [{"name": "a", "where": {}}]}, "where"),
        ({"critical_segments": [{"name": "a", "where": {"store": []}}]}, "at least one value"),
        ({"critical_segments": [{"name": "a", "where": {"store": "S"}}] * 2}, "more than once"),
        ({"min_coverage_80": 0.9, "max_coverage_80": 0.8}, "min_coverage_80 below"),
    ],
)
def test_gates_that_make_no_sense_are_refused(gates, message):
    with pytest.raises(ValueError, match=message):
        product_with(**gates)


def found_in(warehouse, name, product=None, **given):
    return next(r for r in checks_of(product or load_product("demo"), warehouse, **given) if r.check.name == name)


def test_a_plan_that_ends_before_the_horizon_is_warned_of(tmp_path):
    warehouse = build(tmp_path / "warehouse.duckdb", chosen_then="late", chosen_now="late")
    kept = found_in(warehouse, "planned_drivers_reach_over_the_horizon")
    assert (kept.observed, kept.detail) == (0.0, "every plan reaches over the horizon")
    warehouse.execute("update forecasting.feature_coverage set n_known = 89 where feature = 'driver_price'")
    result = found_in(warehouse, "planned_drivers_reach_over_the_horizon")
    assert (result.observed, result.detail) == (1.0, "driver_price: 0.89 of 0.9")
    warehouse.execute("delete from forecasting.feature_coverage where feature like 'driver%'")
    without = found_in(warehouse, "planned_drivers_reach_over_the_horizon")
    assert (without.observed, without.detail) == (0.0, "no model reads a planned driver")
    assert result.check.severity is Severity.WARN


def test_features_older_than_the_product_allows_are_warned_of(tmp_path):
    warehouse = build(tmp_path / "warehouse.duckdb", chosen_then="late", chosen_now="late")
    own = Product.model_validate({**load_product("demo").describe(), "generator": None})
    assert found_in(warehouse, "features_are_fresh", own, age=7).passed
    result = found_in(warehouse, "features_are_fresh", own, age=8)
    assert (result.observed, result.passed) == (8.0, False)
    assert found_in(warehouse, "features_are_fresh", age=800).passed, "generated deliveries do not age"


def with_a_run_before(warehouse, run_id, factor, made="2024-01-04"):
    warehouse.execute(
        "insert into forecasting.forecasts select * replace (yhat * ? as yhat, ? as run_id) from forecasting.forecasts "
        f"where run_id = '{RUN}'",
        [factor, run_id],
    )
    warehouse.execute(
        f"insert into forecasting.model_choices select * replace (? as run_id) from forecasting.model_choices where run_id = '{RUN}'",
        [run_id],
    )
    warehouse.execute("insert into forecasting.runs values (?, ?)", [run_id, made])


def test_a_new_version_is_compared_with_what_the_last_one_said_about_the_same_periods(tmp_path):
    warehouse = build(tmp_path / "warehouse.duckdb", chosen_then="late", chosen_now="late")
    first = found_in(warehouse, "forecasts_agree_with_the_last_run")
    assert (first.passed, first.detail) == (True, "no run before it speaks of these periods")
    with_a_run_before(warehouse, "older", 9.0, made="2024-01-02")
    with_a_run_before(warehouse, "last", 0.8)
    result = found_in(warehouse, "forecasts_agree_with_the_last_run")
    assert result.observed == pytest.approx(0.25)
    assert "28 forecasts" in result.detail
    assert result.detail.endswith("run last")
    assert result.passed
    assert not found_in(warehouse, "forecasts_agree_with_the_last_run", product_with(max_median_change=0.2)).passed


def test_a_run_that_was_refused_or_made_later_is_not_the_last_one(tmp_path):
    warehouse = build(tmp_path / "warehouse.duckdb", chosen_then="late", chosen_now="late")
    with_a_run_before(warehouse, "good", 1.0, made="2024-01-02")
    with_a_run_before(warehouse, "refused", 5.0, made="2024-01-03")
    with_a_run_before(warehouse, "later", 7.0, made="2024-01-09")
    warehouse.execute("insert into forecasting.check_results values ('refused', false, 'block')")
    result = found_in(warehouse, "forecasts_agree_with_the_last_run")
    assert (result.observed, result.detail.split()[-1]) == (0.0, "good")
