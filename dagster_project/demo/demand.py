"""True demand per series and day, and the days on which the shelf was empty."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import holidays
import numpy as np

from dagster_project.demo.assortment import FIRST_DAY, WORLD_DAYS, Assortment
from dagster_project.demo.plans import REGIONS, Plans

# Monday to Sunday, by kind of store.
WEEKLY = {
    "city": (0.95, 0.9, 0.95, 1.0, 1.2, 1.4, 0.6),
    "express": (1.05, 1.05, 1.05, 1.05, 1.1, 0.9, 0.8),
    "hyper": (0.75, 0.75, 0.8, 0.9, 1.25, 1.7, 0.85),
}
# Size of the yearly wave and the day of the year on which it peaks.
YEARLY = {
    "Bakery": (0.08, 350),
    "Dairy": (0.05, 20),
    "Beverages": (0.35, 200),
    "Cleaning": (0.1, 95),
    "Paper": (0.06, 330),
    "Plants": (0.75, 125),
    "Barbecue": (0.85, 185),
}


@dataclass(frozen=True)
class Demand:
    """`units`: what customers wanted, (series, days); `is_stockout`: where the shelf was empty; `active`: on sale."""

    units: np.ndarray
    is_stockout: np.ndarray
    active: np.ndarray

    @property
    def sold(self) -> np.ndarray:
        """What left the store: nothing from an empty shelf."""
        return np.where(self.is_stockout, 0, self.units)


def make_demand(assortment: Assortment, plans: Plans, random: np.random.Generator) -> Demand:
    """Draw demand: level x trend x week x year x holidays x promotion x price x life of the product, then noise."""
    series, stores, products = assortment.series, assortment.stores, assortment.products
    store, product = series["store"].to_numpy(), series["product"].to_numpy()
    day = np.arange(WORLD_DAYS)
    weekday = (day + FIRST_DAY.weekday()) % 7

    level = products["units"].to_numpy()[product] * stores["size"].to_numpy()[store]
    level = level * random.lognormal(0.0, 0.25, len(series))
    trend = np.exp(random.normal(0.03, 0.08, len(series))[:, None] * day / 365.25)
    weekly = np.array([WEEKLY[kind] for kind in stores["format"]])[store][:, weekday]
    size, peak = np.array([YEARLY[category] for category in products["category"]])[product].T
    first_day_of_year = (FIRST_DAY - dt.date(FIRST_DAY.year, 1, 1)).days
    wave = np.cos(2 * np.pi * (day[None, :] + first_day_of_year - peak[:, None]) / 365.25)
    region = np.array([REGIONS.index(name) for name in stores["region"]])[store]
    discount = plans.discount[product, region]
    uplift = 1 + discount * random.uniform(3.0, 7.0, len(series))[:, None]
    # Elasticity of -1.2 against the price of the first day.
    price_effect = (plans.price[product] / plans.price[product][:, :1]) ** -1.2
    age = day[None, :] - series["first_day"].to_numpy()[:, None]
    active = (age >= 0) & (day[None, :] < series["end_day"].to_numpy()[:, None])
    ramp = np.where(series["first_day"].to_numpy()[:, None] > 0, 1 - 0.7 * np.exp(-np.maximum(age, 0) / 25), 1.0)

    rate = (
        level[:, None] * trend * weekly * np.exp(size[:, None] * wave) * holiday_effect() * uplift * price_effect * ramp
    )
    noise = random.gamma(12.0, 1 / 12.0, rate.shape)
    units = np.where(active, random.poisson(np.where(active, rate, 0.0) * noise), 0)
    return Demand(units, _empty_shelves(active, random), active)


def holiday_effect() -> np.ndarray:
    """(days,) factor: few customers on a public holiday, many on the day before."""
    last = FIRST_DAY + dt.timedelta(days=WORLD_DAYS)
    days = {
        (date - FIRST_DAY).days for date in holidays.country_holidays("DE", years=range(FIRST_DAY.year, last.year + 1))
    }
    effect = np.ones(WORLD_DAYS)
    for day in sorted(days):
        if 1 <= day < WORLD_DAYS:
            effect[day - 1] *= 1.35
            effect[day] *= 0.4
    return effect


def _empty_shelves(active: np.ndarray, random: np.random.Generator, n_windows: int = 190) -> np.ndarray:
    empty = np.zeros_like(active)
    series = random.integers(0, len(active), n_windows)
    starts = random.integers(30, WORLD_DAYS - 8, n_windows)
    lengths = random.integers(2, 7, n_windows)
    for row, start, length in zip(series, starts, lengths, strict=True):
        empty[row, start : start + length] = True
    return np.asarray(empty & active)
