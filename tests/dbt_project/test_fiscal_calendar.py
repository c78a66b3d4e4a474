"""Fiscal calendars against published ones and against their own arithmetic."""

from __future__ import annotations

import datetime as dt
import itertools

import duckdb
import pytest

from tests.dbt_project.macros import macro

RETAIL = {
    "fiscal_pattern": "4-5-4", "fiscal_year_start_month": 2, "fiscal_year_end_weekday": 6,
    "fiscal_year_end_rule": "nearest",
}  # fmt: skip
PATTERNS = [
    RETAIL,
    RETAIL | {"fiscal_pattern": "4-4-5"},
    RETAIL | {"fiscal_pattern": "5-4-4", "fiscal_year_end_rule": "last", "fiscal_year_start_month": 10},
    RETAIL | {"fiscal_year_start_month": 1, "fiscal_year_end_weekday": 0},
    {"fiscal_pattern": "calendar", "fiscal_year_start_month": 1},
    {"fiscal_pattern": "calendar", "fiscal_year_start_month": 4},
    {"fiscal_pattern": "calendar", "fiscal_year_start_month": 10},
]


def fiscal_days(
    variables: dict[str, object], first: str = "2005-01-01", last: str = "2036-12-31"
) -> duckdb.DuckDBPyRelation:
    days = f"select unnest(generate_series(date '{first}', date '{last}', interval 1 day))::date as calendar_date"
    return duckdb.sql(f"with days as ({days}) {macro('fiscal_days', variables)('days')}")


@pytest.mark.parametrize(
    ("fiscal_year", "starts", "ends", "weeks"),
    [
        # The 4-5-4 calendar that the US National Retail Federation publishes; 2006, 2012, 2017 and 2023 have 53 weeks.
        (2006, dt.date(2006, 1, 29), dt.date(2007, 2, 3), 53),
        (2012, dt.date(2012, 1, 29), dt.date(2013, 2, 2), 53),
        (2016, dt.date(2016, 1, 31), dt.date(2017, 1, 28), 52),
        (2017, dt.date(2017, 1, 29), dt.date(2018, 2, 3), 53),
        (2022, dt.date(2022, 1, 30), dt.date(2023, 1, 28), 52),
        (2023, dt.date(2023, 1, 29), dt.date(2024, 2, 3), 53),
        (2024, dt.date(2024, 2, 4), dt.date(2025, 2, 1), 52),
        (2025, dt.date(2025, 2, 2), dt.date(2026, 1, 31), 52),
    ],
)
def test_the_retail_calendar_has_the_published_years(
    fiscal_year: int, starts: dt.date, ends: dt.date, weeks: int
) -> None:
    found = (
        fiscal_days(RETAIL)
        .filter(f"fiscal_year = {fiscal_year}")
        .aggregate("min(calendar_date), max(calendar_date), max(fiscal_week)")
    )

    assert found.fetchall() == [(starts, ends, weeks)]


def test_the_periods_of_the_53_week_retail_year_have_their_weeks() -> None:
    days = fiscal_days(RETAIL).filter("fiscal_year = 2023")
    weeks = days.aggregate("fiscal_period, count(*) // 7 as weeks").order("fiscal_period").fetchall()

    assert [week for _, week in weeks] == [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 5]


def test_apples_year_ends_on_the_last_saturday_of_september() -> None:
    last_saturday = RETAIL | {"fiscal_pattern": "5-4-4", "fiscal_year_start_month": 10, "fiscal_year_end_rule": "last"}
    found = (
        fiscal_days(last_saturday)
        .filter("fiscal_year in (2022, 2023)")
        .aggregate("fiscal_year, max(calendar_date), max(fiscal_week)")
        .order("fiscal_year")
        .fetchall()
    )

    assert found == [(2022, dt.date(2022, 9, 24), 52), (2023, dt.date(2023, 9, 30), 53)]


def test_a_year_from_april_is_named_by_the_year_it_begins_in() -> None:
    from_april = {"fiscal_pattern": "calendar", "fiscal_year_start_month": 4}
    found = (
        fiscal_days(from_april)
        .filter("calendar_date in (date '2024-03-31', date '2024-04-01')")
        .project("fiscal_year, fiscal_quarter, fiscal_period")
        .order("fiscal_year")
        .fetchall()
    )

    assert found == [(2023, 4, 12), (2024, 1, 1)]


@pytest.mark.parametrize("variables", PATTERNS)
def test_every_day_has_one_place_and_weeks_run_on_without_gap(variables: dict[str, object]) -> None:
    days = fiscal_days(variables).order("calendar_date").fetchall()

    assert len(days) == (dt.date(2036, 12, 31) - dt.date(2005, 1, 1)).days + 1
    for (day, year, quarter, period, week, number), following in itertools.pairwise(days):
        assert following[0] - day == dt.timedelta(days=1)
        assert quarter == (period - 1) // 3 + 1
        assert week == (number - 1) // 7 + 1
        assert (following[1:2], following[5]) in {((year,), number + 1), ((year + 1,), 1)}
        assert following[3] in {period, period % 12 + 1}
