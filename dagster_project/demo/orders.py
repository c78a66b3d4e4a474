"""Units sold become order lines, with the cancellations and returns of honest business."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dagster_project.demo.assortment import WORLD_DAYS, Assortment
from dagster_project.demo.demand import Demand
from dagster_project.demo.plans import REGIONS, Plans

DAY = 86_400
ORDERS_PER_STORE_DAY = 24
MAX_LINES = 4
SALE, CANCEL, RETURN = 0, 1, 2


def sale_lines(assortment: Assortment, plans: Plans, demand: Demand, random: np.random.Generator) -> pd.DataFrame:
    """One row per order line, in order of day, store and order (numbered within both).

    A series-day's units are spread over up to four orders; no order holds the same product twice.
    Times are seconds since the first day.
    """
    sold = demand.sold
    series, day = np.nonzero(sold)
    units = sold[series, day]
    n_lines = np.minimum(np.minimum(1 + random.poisson(units / 6.0), MAX_LINES), units)
    cell = np.repeat(np.arange(len(units)), n_lines)
    position = np.arange(len(cell)) - np.repeat(np.cumsum(n_lines) - n_lines, n_lines)
    share, rest = np.divmod(units, n_lines)
    # 5 and 24 share no factor, so the orders of one series-day differ.
    order = (random.integers(0, ORDERS_PER_STORE_DAY, len(units))[cell] + 5 * position) % ORDERS_PER_STORE_DAY
    store = assortment.series["store"].to_numpy()[series][cell]
    product = assortment.series["product"].to_numpy()[series][cell]
    region = np.array([REGIONS.index(name) for name in assortment.stores["region"]])[store]
    discount = plans.discount[product, region, day[cell]]
    lines = pd.DataFrame(
        {
            "series": series[cell],
            "store": store,
            "product": product,
            "day": day[cell],
            "order": order,
            "quantity": (share[cell] + (position < rest[cell])).astype(np.int64),
            "price": np.round(plans.price[product, day[cell]] * (1 - discount), 2),
            # All lines of an order carry its time, between 8:00 and 20:00.
            "second": 8 * 3600 + order * 1790 + store * 61,
            "kind": SALE,
            "original": -1,
        }
    )
    lines = lines.sort_values(["day", "store", "order", "product"], kind="stable", ignore_index=True)
    lines["arrives"] = (lines["day"] + 1) * DAY + 1800 + lines["store"] * 240
    return lines


def cancel_lines(lines: pd.DataFrame, random: np.random.Generator, share: float = 0.008) -> pd.DataFrame:
    """Lines that cancel a whole earlier line within two days; `original` is the cancelled row."""
    original = np.sort(random.choice(len(lines), int(len(lines) * share), replace=False))
    cancels = lines.iloc[original].reset_index(drop=True)
    cancels["original"] = original
    cancels["kind"] = CANCEL
    delay = random.integers(600, 2 * DAY, len(cancels))
    moment = cancels["day"] * DAY + cancels["second"] + delay
    cancels["quantity"] = -cancels["quantity"]
    return _posted(cancels, moment)


def return_lines(
    lines: pd.DataFrame, cancels: pd.DataFrame, demand: Demand, random: np.random.Generator, share: float = 0.009
) -> pd.DataFrame:
    """Goods brought back 2 to 20 days later, posted on a day that sold at least as many."""
    sold = demand.sold.copy()
    np.add.at(sold, _cells(lines.iloc[cancels["original"]]), cancels["quantity"].to_numpy())
    original = np.sort(random.choice(len(lines), int(len(lines) * share), replace=False))
    original = np.setdiff1d(original, cancels["original"].to_numpy())
    returns = lines.iloc[original].reset_index(drop=True)
    returns["original"] = original
    returns["kind"] = RETURN
    returns["quantity"] = -np.minimum(returns["quantity"], random.integers(1, 4, len(returns)))
    moment = returns["day"] * DAY + returns["second"] + random.integers(2 * DAY, 20 * DAY, len(returns))
    returns = _posted(returns, moment)
    returns = returns[returns["day"] < WORLD_DAYS]
    returns = returns.iloc[np.flatnonzero(sold[_cells(returns)] >= -returns["quantity"].to_numpy())]
    returns = returns.drop_duplicates(["series", "day"])
    return returns.reset_index(drop=True)


def _posted(rows: pd.DataFrame, moment: pd.Series[int]) -> pd.DataFrame:
    rows["day"] = (moment // DAY).astype(np.int64)
    rows["second"] = (moment % DAY).astype(np.int64)
    rows["arrives"] = (rows["day"] + 1) * DAY + 1800 + rows["store"] * 240
    return rows


def _cells(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return rows["series"].to_numpy(), rows["day"].to_numpy()
