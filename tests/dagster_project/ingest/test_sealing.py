"""A source that delivers all day long: a day counts once it is over, and then never changes."""

import datetime as dt

import pytest

from dagster_project.errors import DeliveryRejected, StepFailed
from dagster_project.ingest.sealing import sealed_as_of, sealed_snapshot
from dagster_project.pipeline.identity import deliveries_in_force
from dagster_project.product import Product
from tests.dagster_project.ingest.shop import GOOD, HEADER, Shop, tidy_settings


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-03-{text}")


@pytest.fixture
def shop(tmp_path):
    settings = tidy_settings(data={"sealed_daily": True}, timezone="Europe/Madrid")
    settings["entities"]["observations"] |= {"mode": "incremental"}
    return Shop(Product.model_validate(settings), tmp_path)


def event(day: int, sold: int) -> dict[str, str]:
    return {"sales.csv": f"{HEADER}\n2026-03-{day:02d},A,{sold},0\n"}


def in_force(shop, as_of=""):
    return [
        manifest.as_of for manifest in deliveries_in_force(shop.paths, sealed_as_of(shop.product, shop.paths, as_of))
    ]


def test_events_of_an_unfinished_day_do_not_count(shop):
    shop.deliver({"sales.csv": GOOD}, as_of=at("01 10:00"))
    shop.deliver(event(1, 5), as_of=at("01 16:00"))
    with pytest.raises(StepFailed, match="a day of deliveries that is over"):
        sealed_as_of(shop.product, shop.paths, "")

    shop.deliver(event(2, 6), as_of=at("02 09:00"))
    shop.deliver(event(2, 7), as_of=at("02 11:00"))
    assert in_force(shop) == [at("01 10:00"), at("01 16:00")]

    shop.deliver(event(3, 8), as_of=at("03 09:00"))
    assert in_force(shop) == [at("01 10:00"), at("01 16:00"), at("02 09:00"), at("02 11:00")]
    # The day that the run is told is over, although nothing has arrived since.
    assert in_force(shop, "2026-03-04 08:00:00")[-1] == at("03 09:00")


def test_a_day_ends_at_midnight_of_the_product_s_time_zone(shop):
    # 23:30 UTC is half past midnight in Madrid: the next day.
    shop.deliver({"sales.csv": GOOD}, as_of=at("01 22:30"))
    shop.deliver(event(1, 5), as_of=at("01 23:30"))
    assert sealed_as_of(shop.product, shop.paths, "") == "2026-03-01 22:59:59.999999"


def test_the_same_sealed_snapshot_is_read_all_day(shop):
    shop.deliver({"sales.csv": GOOD}, as_of=at("01 10:00"))
    ids = set()
    for hour in range(9, 13):
        shop.deliver(event(2, hour), as_of=at(f"02 {hour:02d}:00"))
        ids.add(sealed_snapshot(shop.product, shop.paths, sealed_as_of(shop.product, shop.paths, "")))
    (snapshot,) = ids
    assert snapshot.startswith("sealed-20260301-")


def test_nothing_can_be_delivered_into_a_sealed_day(shop):
    shop.deliver({"sales.csv": GOOD}, as_of=at("01 10:00"))
    shop.deliver(event(2, 6), as_of=at("02 09:00"))
    shop.deliver(event(1, 4), as_of=at("01 12:00"))  # nobody has read the day yet
    as_of = sealed_as_of(shop.product, shop.paths, "")
    before = deliveries_in_force(shop.paths, as_of)

    with pytest.raises(DeliveryRejected, match="the day 2026-03-01 is sealed"):
        shop.deliver(event(1, 9), as_of=at("01 18:00"))

    assert deliveries_in_force(shop.paths, as_of) == before
    shop.deliver(event(1, 9), as_of=at("02 18:00"))


def test_other_products_read_whatever_has_arrived(tmp_path):
    shop = Shop(Product.model_validate(tidy_settings()), tmp_path)
    shop.deliver({"sales.csv": GOOD})
    assert sealed_as_of(shop.product, shop.paths, "") == ""
    assert sealed_snapshot(shop.product, shop.paths, "") == ""
