"""What the shop decides in advance: promotions by product and region, list prices by product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dagster_project.demo.assortment import WORLD_DAYS, Assortment

REGIONS = ("North", "South", "West", "East")


@dataclass(frozen=True)
class Plans:
    """Promotions and prices as tables, and as dense arrays by day for the demand behind them.

    `discount`: (products, regions, days), share; `price`: (products, days), EUR.
    """

    promotions: pd.DataFrame
    prices: pd.DataFrame
    discount: np.ndarray
    price: np.ndarray


def make_plans(assortment: Assortment, random: np.random.Generator) -> Plans:
    """Draw promotions (about every eight weeks, announced six weeks ahead or more) and price changes (twice a year)."""
    products = assortment.products
    discount = np.zeros((len(products), len(REGIONS), WORLD_DAYS))
    price = np.zeros((len(products), WORLD_DAYS))
    promotions: list[tuple[int, int, int, int, float, int]] = []
    prices: list[tuple[int, int, float]] = []
    for product in range(len(products)):
        day = int(random.integers(10, 60))
        while day < WORLD_DAYS - 14:
            length = int(random.choice([7, 10, 14]))
            share = float(random.choice([0.1, 0.15, 0.2, 0.25, 0.33]))
            for region in np.flatnonzero(random.random(len(REGIONS)) < 0.6):
                promotions.append(
                    (product, int(region), day, day + length - 1, share, day - int(random.integers(42, 60)))
                )
                discount[product, region, day : day + length] = share
            day += int(random.integers(40, 75))
        current, day = float(products["price"].iloc[product]), 0
        while day < WORLD_DAYS:
            prices.append((product, day, round(current, 2)))
            price[product, day:] = round(current, 2)
            day += int(random.integers(120, 240))
            current *= float(random.uniform(0.97, 1.08))
    return Plans(
        pd.DataFrame(promotions, columns=["product", "region", "start_day", "end_day", "discount", "announced_day"]),
        pd.DataFrame(prices, columns=["product", "day", "list_price"]),
        discount,
        price,
    )
