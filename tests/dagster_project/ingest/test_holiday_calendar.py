"""Holidays are frozen once per place and range of years."""

import datetime as dt

import pytest

from dagster_project.errors import UsageError
from dagster_project.ingest import manifests_of
from dagster_project.product import Product
from tests.dagster_project.ingest.shop import AS_OF, GOOD, HEADER, Shop, tidy_settings


def shop_in(tmp_path, **place):
    return Shop(Product.model_validate(tidy_settings(**place)), tmp_path)


def frozen(shop, columns="ds, name, subdivision, kind"):
    glob = shop.paths.entity("calendar", "holidays")
    assert glob.exists()
    source, shop.product = shop.product, shop.product.model_copy(update={"source_system": "calendar"})
    try:
        return shop.rows("holidays", columns)
    finally:
        shop.product = source


def test_the_years_of_the_data_and_the_one_after_are_frozen(tmp_path):
    shop = shop_in(tmp_path, country="DE")
    shop.deliver({"sales.csv": GOOD})
    days = frozen(shop)
    assert ("2026-12-25", "Christmas Day", None, "public") in days
    assert {day[0][:4] for day in days} == {"2026", "2027"}
    (manifest,) = manifests_of(shop.paths, "calendar")
    assert manifest.files[0].name.startswith("DE_2026_2027_holidays-")


def test_a_rerun_freezes_nothing_again(tmp_path):
    shop = shop_in(tmp_path, country="DE")
    shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    shop.deliver({"sales.csv": GOOD}, as_of=AS_OF + dt.timedelta(days=300))
    assert shop.state() == before


def test_data_of_other_years_freezes_a_wider_range(tmp_path):
    shop = shop_in(tmp_path, country="DE")
    shop.deliver({"sales.csv": GOOD})
    older = "\n".join([HEADER, *(f"{year}-02-01,A,1,0" for year in range(2019, 2027))])
    shop.deliver({"sales.csv": older}, as_of=AS_OF + dt.timedelta(days=1))
    assert [item.files[0].name.split("_holidays")[0] for item in manifests_of(shop.paths, "calendar")] == [
        "DE_2026_2027",
        "DE_2019_2027",
    ]


def test_days_of_a_subdivision_are_told_from_national_ones(tmp_path):
    shop = shop_in(tmp_path, country="DE", subdivision="BY")
    shop.deliver({"sales.csv": GOOD})
    days = {(day, where) for day, _, where, _ in frozen(shop)}
    assert ("2026-12-25", None) in days
    assert ("2026-01-06", "BY") in days, "Epiphany is a holiday in Bavaria"


def test_a_few_impossible_years_do_not_widen_the_calendar(tmp_path):
    shop = shop_in(tmp_path, country="DE")
    rows = [f"2026-02-{day:02d},{number},1,0" for day in range(1, 29) for number in range(80)]
    shop.deliver({"sales.csv": "\n".join([HEADER, *rows, "1900-01-01,A,1,0", "2099-01-01,A,1,0"])})
    assert {day[0][:4] for day in frozen(shop)} == {"2026", "2027"}


def test_a_product_without_a_country_has_an_empty_calendar(shop):
    shop.deliver({"sales.csv": GOOD})
    assert frozen(shop) == []


@pytest.mark.parametrize("place", [{"country": "XX"}, {"country": "DE", "subdivision": "ZZ"}])
def test_an_unknown_place_is_wrong_usage_and_stores_nothing(tmp_path, place):
    shop = shop_in(tmp_path, **place)
    with pytest.raises(UsageError, match="known holidays"):
        shop.deliver({"sales.csv": GOOD})
    assert shop.state() == {}
