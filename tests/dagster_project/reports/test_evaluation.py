"""The evaluation page: every number as given, nothing fetched, odd names escaped, missing values said."""

import datetime as dt

import pytest

from dagster_project.product import load_product
from dagster_project.reports.charts import Band, Line, histogram, html, line_drawing
from dagster_project.reports.evaluation import evaluation_page
from dagster_project.reports.page import number, percent
from tests.dagster_project.reports.report_reader import ReportReader

DAYS = [dt.date(2024, 3, 1) + dt.timedelta(days=k) for k in range(8)]


def _tables():
    headline = {"mase": 0.8, "rmse": 3.0, "bias": -0.01, "wql": None, "coverage_80": 0.79, "n": 56, "wape_std": None}
    return {
        "headline": [{"model": "served", "wape": 0.31, **headline}, {"model": "seasonal_naive", "wape": 0.62, **headline}],
        "windows": [
            {"cutoff": DAYS[0], "served": 0.3, "seasonal_naive": 0.6, "bias": 0.0, "coverage_80": None, "n": 28}
        ],
        "horizon": [{"h": h, "served": 0.3, "seasonal_naive": None, "coverage_80": 0.8} for h in (1, 2, 3)],
        "calibration": [{"quantile_level": 0.1, "observed_share": 0.12, "observed_share_below": 0.08, "n": 56}],
        "segments": [
            {"segment_name": "region", "segment_value": "<North> & Co", "n": 56, "n_series": 2, "wape": 0.31, "bias": 0.2,
             "is_biased": True, "seasonal_naive_wape": 0.62, "absolute_error_value": 12.5, "error_value": 1.0}
        ],
        "parity": [
            {"segment_name": "region", "n_segments": 2, "n_biased": 1, "best_segment": "a", "min_wape": 0.1,
             "worst_segment": "b", "max_wape": 0.9, "ratio": 9.0, "is_within_limit": False}
        ],
        "offenders": [
            {"impact_rank": 1, "unique_id": 's1|"x"', "impact": 12.5, "share_of_impact": 0.7, "cumulative_share": 0.7,
             "wape": 0.3, "bias": 0.1, "mase": 1.2}
        ],
        "residuals": [{"ds": day, "residual": 1.0, "y": 5.0, "n": 2} for day in DAYS],
        "errors": [{"bin": k, "lower_edge": k - 2.0, "width": 1.0, "n": k + 2} for k in range(-1, 4)],
        "importance": [],
        "summary": [{"n_series": 2}],
        "checks": [
            {"check_name": "complete", "severity": "block", "passed": False, "observed": 2.0, "threshold": 0.0, "detail": "2 < 3"}
        ],
    }  # fmt: skip


def _series():
    backtest = [{"cutoff": DAYS[3], "ds": day, "y": 4.0, "yhat": 5.0} for day in DAYS[4:]]
    latest = [{"ds": DAYS[-1] + dt.timedelta(days=1), "yhat": 5.0, "yhat_lower": 3.0, "yhat_upper": 8.0, "model": "m"}]
    history = [{"ds": day, "y": None if day == DAYS[2] else 4.0} for day in DAYS]
    return [
        {"role": "worst by MASE", "unique_id": "s1|<b>", "mase": 1.9, "wape": 0.5, "history": history,
         "backtest": backtest, "latest": latest}
    ]  # fmt: skip


@pytest.fixture(scope="module")
def page():
    return evaluation_page(load_product("demo"), _tables(), _series(), {"run": "abc", "cutoff": "2024-03-08"})


def test_every_number_of_the_tables_is_on_the_page_exactly(page):
    tables = ReportReader(page).tables
    assert tables["models"][0] | {"model": "served", "wape": "0.31", "mase": "0.8", "wql": ""} == tables["models"][0]
    assert tables["windows"][0]["seasonal_naive"] == "0.6"
    assert tables["segment region"][0]["segment_value"] == "<North> & Co"
    assert tables["offenders"][0]["unique_id"] == 's1|"x"'
    assert tables["parity"][0]["ratio"] == "9.0"


def test_the_histogram_holds_every_error(page):
    assert ReportReader(page).bins == [1, 2, 3, 4, 5]


def test_nothing_is_fetched_and_names_cannot_write_into_the_page(page):
    assert ReportReader(page).fetched == []
    assert "<North>" not in page
    assert "s1|<b>" not in page


def test_what_is_wrong_is_flagged(page):
    assert '<span class="flag">+20.0 % biased</span>' in page
    assert '<span class="flag">9</span>' in page
    assert '<span class="flag">no</span>' in page


def test_a_run_without_windows_is_a_page_too():
    empty = {name: [] for name in _tables()} | {"summary": [{"n_series": 0}]}
    reader = ReportReader(evaluation_page(load_product("demo"), empty, [], {}))
    assert reader.tables == {}
    assert reader.bins == []


def test_a_gap_breaks_the_line_and_a_single_point_is_a_dot():
    drawing = line_drawing(
        [Line("a", "served", [(0, 1.0), (1, 2.0), (2, None), (3, 4.0)])],
        title="t",
        x_label=str,
        y_label=str,
        bands=[Band("b", [(3, 3.0, 5.0)])],
    )
    chart = html(drawing)
    assert chart.count("<polyline") == 2
    assert chart.count("<circle") == 1
    assert chart.count("<polygon") == 1


def test_a_constant_is_drawn():
    constant = [Line("a", "served", [(0, 0.0), (1, 0.0)])]
    assert "<polyline" in html(line_drawing(constant, title="t", x_label=str, y_label=str))
    assert "Nothing to draw" in histogram([], title="t", number=number)


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (-1234.5, "-1,234"), (99.94, "99.9"), (1e-9, "1e-09")])
def test_numbers_are_short(value, text):
    assert number(value) == text
    assert percent(None) == "-"
