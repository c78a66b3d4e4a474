"""What a contract expects of all rows together: a mean within its range. The order of columns: see test_faults."""

import pytest

from dagster_project.product import load_product
from tests.dagster_project.ingest.shop import Shop

HEADER = "Store,DayOfWeek,Date,Sales,Customers,Open,Promo,StateHoliday,SchoolHoliday"
STORES = (
    "Store,StoreType,Assortment,CompetitionDistance,CompetitionOpenSinceMonth,CompetitionOpenSinceYear,"
    "Promo2,Promo2SinceWeek,Promo2SinceYear,PromoInterval\n1,c,a,1270,9,2008,0,,,\n"
)


def sales(amount: int) -> str:
    """Four weeks of one store around this amount."""
    days = [f"1,{day % 7 + 1},2015-06-{day:02d},{amount + day},500,1,0,0,0" for day in range(1, 29)]
    return "\n".join([HEADER, *days]) + "\n"


@pytest.fixture
def rossmann(tmp_path):
    return Shop(load_product("rossmann"), tmp_path)


def warnings(report) -> list[str]:
    return [warning for outcome in report.outcomes for warning in outcome.warnings]


def test_a_mean_within_its_range_is_nothing_to_say(rossmann):
    report = rossmann.deliver({"train.csv": sales(5000), "store.csv": STORES})
    assert not [warning for warning in warnings(report) if "mean of" in warning]


@pytest.mark.parametrize(("amount", "mean"), [(500_000, "500014"), (5, "19.5")])
def test_a_shift_of_the_mean_that_no_single_value_shows_is_a_warning(rossmann, amount, mean):
    """Cents instead of euros, or thousands: every value is a number above zero."""
    report = rossmann.deliver({"train.csv": sales(amount), "store.csv": STORES})

    assert f"mean of 'Sales' is {mean}; expected 2000 to 12000" in warnings(report)
