"""Order lines as the text an export holds: codes, identifiers, timestamps."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

from dagster_project.demo.assortment import FIRST_DAY, Assortment
from dagster_project.demo.orders import CANCEL, DAY, ORDERS_PER_STORE_DAY, RETURN

COLUMNS = (
    "order_id",
    "line_id",
    "order_ts",
    "store_code",
    "product_code",
    "quantity",
    "unit_price",
    "line_type",
    "reference_order_id",
    "ingested_at",
)
_EPOCH = int(dt.datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=dt.UTC).timestamp())
_KINDS = np.array(["sale", "cancel", "return"], dtype=object)


def as_text(rows: pd.DataFrame, original: pd.DataFrame, assortment: Assortment) -> pd.DataFrame:
    """Rows of sale, cancel and return lines in export columns, plus `arrives` for the order of the file.

    `original`: all sale lines; `rows.original` points into it.
    """
    sale_order = _order_ids(original, assortment)
    kind, refers = rows["kind"].to_numpy(), rows["original"].to_numpy()
    order_id = np.empty(len(rows), dtype=object)
    sales = refers < 0
    order_id[sales] = sale_order[rows.index.to_numpy()[sales]]
    for number, prefix in ((CANCEL, "C"), (RETURN, "R")):
        chosen = np.flatnonzero(kind == number)
        order_id[chosen] = [f"{prefix}{refers[row]:07d}" for row in chosen]
    line = original.groupby(["store", "day", "order"], sort=False).cumcount().to_numpy() + 1
    moments = _EPOCH + rows["day"].to_numpy() * DAY + rows["second"].to_numpy()
    return pd.DataFrame(
        {
            "order_id": order_id,
            "line_id": _integers_as_text(np.where(sales, line[np.where(sales, rows.index.to_numpy(), 0)], 1)),
            "order_ts": _moments_as_text(moments),
            "store_code": assortment.stores["store_code"].to_numpy()[rows["store"]],
            "product_code": assortment.products["product_code"].to_numpy()[rows["product"]],
            "quantity": _integers_as_text(rows["quantity"].to_numpy()),
            "unit_price": _prices_as_text(rows["price"].to_numpy()),
            "line_type": _KINDS[kind],
            "reference_order_id": np.where(sales, "", sale_order[np.maximum(refers, 0)]),
            "ingested_at": _moments_as_text(_EPOCH + rows["arrives"].to_numpy()),
            "arrives": rows["arrives"].to_numpy(),
        }
    )


def day_as_text(day: int) -> str:
    """ISO date of a day of the world."""
    return (FIRST_DAY + dt.timedelta(days=int(day))).isoformat()


def _order_ids(lines: pd.DataFrame, assortment: Assortment) -> np.ndarray:
    stores = assortment.stores["store_code"].to_numpy()
    code = (lines["day"].to_numpy() * len(stores) + lines["store"].to_numpy()) * ORDERS_PER_STORE_DAY
    unique, inverse = np.unique(code + lines["order"].to_numpy(), return_inverse=True)
    store_day, order = np.divmod(unique, ORDERS_PER_STORE_DAY)
    day, store = np.divmod(store_day, len(stores))
    days = np.array([day_as_text(number).replace("-", "") for number in range(int(day.max()) + 1)], dtype=object)
    texts = [f"{stores[s]}-{days[d]}-{o:03d}" for s, d, o in zip(store, day, order, strict=True)]
    return np.array(texts, dtype=object)[inverse]


def _moments_as_text(seconds: np.ndarray) -> np.ndarray:
    return np.asarray(pa.array(seconds.astype("datetime64[s]")).cast(pa.string()).to_numpy(zero_copy_only=False))


def _integers_as_text(numbers: np.ndarray) -> np.ndarray:
    unique, inverse = np.unique(numbers, return_inverse=True)
    return np.array([str(number) for number in unique], dtype=object)[inverse]


def _prices_as_text(prices: np.ndarray) -> np.ndarray:
    unique, inverse = np.unique(prices, return_inverse=True)
    return np.array([f"{price:.2f}" for price in unique], dtype=object)[inverse]
