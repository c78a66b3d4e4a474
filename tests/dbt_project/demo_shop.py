"""A demo shop small enough to check by hand: two stores, three products, ten weeks, every kind of dirt once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.dbt_project.raw_snapshots import write_delivery

FIRST_DAY = dt.date(2024, 3, 4)
LAST_DAY = dt.date(2024, 5, 12)
AS_OF = "2024-05-13 02:00:00"
ORDER_LINE_COLUMNS = (
    "order_id", "line_id", "order_ts", "store_code", "product_code", "quantity", "unit_price", "line_type",
    "reference_order_id", "ingested_at",
)  # fmt: skip


def order_line(
    order_id: str, day: dt.date | str, store: str, product: str, quantity: object, **changes: str | None
) -> dict[str, str | None]:
    """One order line as delivered; `changes` overrides any column."""
    line: dict[str, str | None] = {
        "order_id": order_id,
        "line_id": "1",
        "order_ts": f"{day} 10:00:00",
        "store_code": store,
        "product_code": product,
        "quantity": str(quantity),
        "unit_price": "2.50",
        "line_type": "sale",
        "reference_order_id": None,
        "ingested_at": f"{day} 23:00:00",
    }
    return line | changes


def clean_order_lines() -> list[dict[str, str | None]]:
    """Store S1 sells milk every day but one and tea on Mondays; store S2 sells milk; soap ends in April."""
    lines = []
    for offset in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + dt.timedelta(days=offset)
        if day != dt.date(2024, 4, 10):
            lines.append(order_line(f"m{offset}", day, "S1", "milk", 10 + day.isoweekday()))
        lines.append(order_line(f"n{offset}", day, "S2", "milk", 20 + day.isoweekday()))
        if day.isoweekday() == 1:
            lines.append(order_line(f"t{offset}", day, "S1", "tea", 3))
        if day < dt.date(2024, 4, 15) and day.isoweekday() < 3:
            lines.append(order_line(f"s{offset}", day, "S2", "soap", 5))
    return lines


def dirty_order_lines() -> list[dict[str, str | None]]:
    """One line for every cleaning rule of order lines; the key of each is the rule it must fail."""
    day = dt.date(2024, 4, 2)
    return [
        order_line("unparsable_value", day, "S1", "milk", "many"),
        order_line("", day, "S1", "milk", 1),
        order_line("missing_value", day, "S1", "milk", ""),
        order_line("non_finite_number", day, "S1", "milk", "inf"),
        order_line("unknown_line_type", day, "S1", "milk", 1, line_type="gift"),
        order_line("impossible_date", "1900-01-01", "S1", "milk", 1),
        order_line("unknown_store", day, "S9", "milk", 1),
        order_line("unknown_product", day, "S1", "fog", 1),
        order_line("m29", day, "S1", "milk", 12),  # the same line exported twice
        order_line("duplicate_key", day, "S1", "milk", 500),
        order_line("duplicate_key", day, "S1", "milk", 1),
        order_line("cancelled_line", day, "S1", "milk", 70),
        order_line("cancellation", day, "S1", "milk", 70, line_type="cancel", reference_order_id="cancelled_line"),
        order_line("non_positive_quantity", day, "S1", "milk", -4),
        order_line("non_positive_price", day, "S1", "milk", 4, unit_price="0"),
        order_line("return", day, "S1", "milk", 2, line_type="return"),
        order_line("late_row", day, "S1", "milk", 6, ingested_at="2024-04-20 01:00:00"),
    ]


def write_demo_shop(raw: Path) -> None:
    """Deliver the shop once, all six entities and the holidays."""
    write_delivery(raw, "demo_shop", "order_lines", clean_order_lines() + dirty_order_lines(), as_of=AS_OF)
    write_delivery(
        raw, "demo_shop", "products",
        [
            {"product_code": code, "product_name": code.title(), "category": category, "department": department,
             "launch_date": "2020-01-01", "discontinued_date": ended, "pack_size": "1", "unit_cost": "1.10"}
            for code, category, department, ended in [
                ("milk", "dairy", "food", None), ("tea", "drinks", "food", None),
                ("soap", "care", "household", "2024-04-20"),
            ]
        ],
        as_of=AS_OF,
    )  # fmt: skip
    write_delivery(
        raw, "demo_shop", "stores",
        [
            {"store_code": code, "store_name": code, "region": region, "format": "city", "opened_date": "2019-01-01"}
            for code, region in [("S1", "north"), ("S2", "south")]
        ],
        as_of=AS_OF,
    )  # fmt: skip
    write_delivery(
        raw, "demo_shop", "promotions",
        [
            {"promotion_id": "P1", "product_code": "milk", "region": "north", "start_date": "2024-04-01",
             "end_date": "2024-04-07", "discount_pct": "20", "announced_at": "2024-03-20 09:00:00"},
            {"promotion_id": "P2", "product_code": "milk", "region": "south", "start_date": "2024-05-20",
             "end_date": "2024-05-26", "discount_pct": "25", "announced_at": "2024-05-10 09:00:00"},
        ],
        as_of=AS_OF,
    )  # fmt: skip
    write_delivery(
        raw,
        "demo_shop",
        "prices",
        [
            {"product_code": "milk", "valid_from": "2020-01-01", "list_price": "2.50"},
            {"product_code": "milk", "valid_from": "2024-05-01", "list_price": "2.80"},
            {"product_code": "tea", "valid_from": "2020-01-01", "list_price": "4.00"},
            {"product_code": "soap", "valid_from": "2020-01-01", "list_price": "1.50"},
        ],
        as_of=AS_OF,
    )
    write_delivery(
        raw,
        "demo_shop",
        "inventory",
        [{"snapshot_date": "2024-04-10", "store_code": "S1", "product_code": "milk", "on_hand": "0"}],
        as_of=AS_OF,
    )
    write_delivery(
        raw, "calendar", "holidays",
        [
            {"ds": "2024-03-29", "country": "DE", "subdivision": "", "name": "Karfreitag", "kind": "public"},
            {"ds": "2024-04-01", "country": "DE", "subdivision": "", "name": "Ostermontag", "kind": "public"},
            {"ds": "2024-05-01", "country": "DE", "subdivision": "", "name": "Erster Mai", "kind": "public"},
            {"ds": "2024-05-30", "country": "DE", "subdivision": "BY", "name": "Fronleichnam", "kind": "public"},
        ],
        as_of=AS_OF,
    )  # fmt: skip
