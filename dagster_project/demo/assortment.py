"""The shop's stores, products and which store sells what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_DAY = dt.date(2023, 7, 1)
# Three years up to the usual export, and half a year that only later exports or plans can see.
WORLD_DAYS = 1096 + 184

STORES = pd.DataFrame(
    [
        ("S01", "Hamburg Altona", "North", "city", 1.3, 0),
        ("S02", "Kiel Förde", "North", "express", 0.6, 0),
        ("S03", "München Süd", "South", "hyper", 1.8, 0),
        ("S04", "Augsburg", "South", "city", 0.9, 0),
        ("S05", "Köln Ehrenfeld", "West", "city", 1.1, 0),
        ("S06", "Düsseldorf Hafen", "West", "express", 0.7, 420),
        ("S07", "Leipzig Mitte", "East", "hyper", 1.4, 0),
        ("S08", "Dresden", "East", "express", 0.5, 0),
    ],
    columns=["store_code", "store_name", "region", "format", "size", "opens_on_day"],
)

# department, category, names, typical daily units, typical price
_RANGE = (
    ("Food", "Bakery", ("Rye Bread", "Butter Croissant", "Pretzel", "Apple Strudel"), 14.0, 2.4),
    ("Food", "Dairy", ("Fresh Milk 1 l", "Yoghurt, plain", "Mountain Cheese", "Butter 250 g", "Oat Drink"), 16.0, 1.9),
    (
        "Food",
        "Beverages",
        ("Mineral Water", "Apple Juice", "Cold Brew", 'Lemonade "Classic"', "Alcohol-free Beer"),
        11.0,
        1.6,
    ),
    ("Household", "Cleaning", ("Dish Soap", "Laundry Powder", "Glass Cleaner", "Descaler"), 5.0, 4.5),
    ("Household", "Paper", ("Kitchen Roll", "Tissues", "Baking Paper"), 7.0, 3.2),
    ("Garden", "Plants", ("Basil Pot", "Geranium", "Lavender", "Potting Soil"), 4.0, 3.9),
    ("Garden", "Barbecue", ("Charcoal 3 kg", "Fire Lighters", "Grill Tongs"), 3.5, 7.9),
)
# Products by position in the range: what happens to them on which day of the world.
LAUNCHES = {4: 310, 11: 700, 24: 1076}
DISCONTINUATIONS = {8: 520, 18: 903, 26: 1010}
INTERMITTENT = (7, 16, 22, 23, 27)


@dataclass(frozen=True)
class Assortment:
    """Stores, products and the series (one row per store and product that the store sells)."""

    stores: pd.DataFrame
    products: pd.DataFrame
    series: pd.DataFrame


def make_assortment(random: np.random.Generator) -> Assortment:
    """Draw the assortment: 8 stores, 28 products, about 200 series."""
    rows = [
        (department, category, name, units, price)
        for department, category, names, units, price in _RANGE
        for name in names
    ]
    products = pd.DataFrame(rows, columns=["department", "category", "product_name", "units", "price"])
    number = np.arange(len(products))
    # Codes with leading zeros: a system that reads them as numbers loses its keys.
    products.insert(0, "product_code", [f"{100 + 7 * position:05d}" for position in number])
    products["units"] *= random.lognormal(0.0, 0.45, len(products))
    products.loc[list(INTERMITTENT), "units"] = random.uniform(0.06, 0.35, len(INTERMITTENT))
    products["price"] = (products["price"] * random.lognormal(0.0, 0.3, len(products))).round(2)
    products["unit_cost"] = (products["price"] * random.uniform(0.55, 0.75, len(products))).round(2)
    products["pack_size"] = random.choice([1, 6, 10, 12], len(products))
    products["launched_on_day"] = [LAUNCHES.get(position, 0) for position in range(len(products))]
    products["discontinued_on_day"] = [DISCONTINUATIONS.get(position, WORLD_DAYS) for position in range(len(products))]

    store, product = (grid.ravel() for grid in np.meshgrid(np.arange(len(STORES)), number, indexing="ij"))
    series = pd.DataFrame({"store": store, "product": product})
    small = STORES["format"].to_numpy()[store] == "express"
    series = series[random.random(len(series)) > np.where(small, 0.25, 0.03)].reset_index(drop=True)
    series["first_day"] = np.maximum(
        products["launched_on_day"].to_numpy()[series["product"]], STORES["opens_on_day"].to_numpy()[series["store"]]
    )
    series["end_day"] = products["discontinued_on_day"].to_numpy()[series["product"]]
    return Assortment(STORES, products, series[series["first_day"] < series["end_day"]].reset_index(drop=True))
