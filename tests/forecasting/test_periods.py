import numpy as np
import pandas as pd
import pytest

from forecasting.errors import UnknownFrequencyError
from forecasting.periods import frequency, next_periods, period_ds, period_index, period_microseconds, season_lengths

ALIASES = [
    "5min", "10min", "15min", "30min", "h", "2h", "D", "W-MON", "W-TUE", "W-WED", "W-THU", "W-FRI", "W-SAT", "W-SUN",
    "MS", "ME", "QS", "QE", "YS", "YE",
]  # fmt: skip


def _range(alias, start="1968-11-17", periods=300):
    return (
        pd.date_range(start, periods=min(periods, 80 if alias[0] == "Y" else periods), freq=alias)
        .to_numpy()
        .astype("datetime64[us]")
    )


@pytest.mark.parametrize("alias", ALIASES)
def test_consecutive_periods_have_consecutive_numbers_also_before_1970(alias):
    assert (np.diff(period_index(_range(alias), alias)) == 1).all()


@pytest.mark.parametrize("alias", ALIASES)
def test_number_and_label_are_inverse(alias):
    ds = _range(alias)
    np.testing.assert_array_equal(period_ds(period_index(ds, alias), alias), ds)


@pytest.mark.parametrize("alias", ALIASES)
def test_next_periods_are_those_of_pandas(alias):
    ds = _range(alias, "2023-12-01", periods=20)
    np.testing.assert_array_equal(next_periods(ds[9], alias, 10), ds[10:])


@pytest.mark.parametrize(
    ("alias", "ds", "number"),
    [
        ("D", "1970-01-01", 0),
        ("h", "1970-01-02T01:59", 25),
        ("30min", "1970-01-01T23:30", 47),
        ("W-THU", "1970-01-01", 0),
        ("W-MON", "1970-01-05", 0),
        ("W-MON", "1970-01-11", 0),
        ("W-MON", "1970-01-12", 1),
        ("W-SUN", "1970-01-04", 0),
        ("MS", "2024-02-15", 2024 * 12 + 1),
        ("ME", "2024-02-29", 2024 * 12 + 1),
        ("QS", "2024-04-01", 2024 * 4 + 1),
        ("QE", "2024-12-31", 2024 * 4 + 3),
        ("YS", "2024-01-01", 2024),
    ],
)
def test_numbers_are_those_of_the_warehouse(alias, ds, number):
    assert period_index(np.array([ds], "datetime64[us]"), alias).tolist() == [number]


def test_month_ends_label_leap_days_and_short_months():
    labels = period_ds(np.arange(4) + 2024 * 12, "ME").astype("datetime64[D]").astype(str)
    assert labels.tolist() == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]


@pytest.mark.parametrize("alias", ["B", "7min", "QS-FEB", "YE-JUN", "w-mon", "", "2D", "48h", "M"])
def test_a_frequency_no_product_can_have_is_refused_with_those_it_can(alias):
    with pytest.raises(UnknownFrequencyError, match=r"5min.*W-MON.*YE"):
        frequency(alias)


@pytest.mark.parametrize("alias", ["QS-OCT", "QE-DEC", "YS-JAN", "YE-DEC"])
def test_what_pandas_infers_for_calendar_quarters_and_years_is_accepted(alias):
    assert frequency(alias).unit == "months"


@pytest.mark.parametrize(
    ("alias", "seasons"),
    [
        ("5min", (288, 2016)),
        ("h", (24, 168)),
        ("D", (7, 364)),
        ("W-SUN", (52,)),
        ("ME", (12,)),
        ("QE", (4,)),
        ("YE", (1,)),
    ],
)
def test_usual_seasons(alias, seasons):
    assert season_lengths(alias) == seasons


def test_a_week_is_seven_days_long():
    assert period_microseconds("W-MON") == 7 * period_microseconds("D") == 168 * period_microseconds("h")
