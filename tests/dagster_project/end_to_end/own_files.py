"""Files as people bring them, each with what its product must be; generated from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class OwnFile:
    """`write` makes the file in a folder; the rest is what `forecast init` is told, and what it must find."""

    write: Callable[[Path], Path]
    time: str
    target: str
    options: tuple[str, ...]
    freq: str
    season_lengths: tuple[int, ...]
    kind: str
    keys: tuple[str, ...]
    drivers: Mapping[str, str]
    n_active: int
    allow_negative: bool = False


def _long(ids, ds, y, names):
    y = np.asarray(y)
    return pd.DataFrame({names[0]: np.repeat(ids, y.shape[1]), names[1]: np.tile(ds, len(ids)), names[2]: y.ravel()})


def _weeks_that_end_on_wednesday(folder):
    """Forty shops with three to five years each; one closed two years ago."""
    rng = np.random.default_rng(1)
    parts = []
    for number in range(40):
        n = int(rng.integers(156, 260))
        week = np.arange(260)[-n:]
        wave = rng.uniform(0.05, 0.4) * np.sin(2 * np.pi * (week + rng.normal(0, 3)) / 52.18)
        y = rng.lognormal(4, 1) * np.exp(wave + np.cumsum(rng.normal(0, 0.02, n)) + rng.normal(0, 0.1, n))
        ds = pd.date_range(end="2025-10-01", periods=n, freq="W-WED")
        keep = slice(0, n - 104 if number == 7 else n)
        parts.append(pd.DataFrame({"shop": f"shop {number}", "week_ending": ds[keep], "sales": y[keep].round(2)}))
    file = folder / "weekly.csv"
    pd.concat(parts).to_csv(file, index=False)
    return file


def _months_with_a_comma(folder):
    """Twelve accounts whose names are unkind, dates with points, numbers with commas, semicolons between."""
    names = ["Café Zürich", "a/b/c", "0007", "Ñandú 1", "x|y", "=1+1", "007", 'Ünï "q"', "tab", "Москва", "a;b", "o'n"]
    rng = np.random.default_rng(2)
    parts = []
    for name in names:
        n = int(rng.integers(50, 97))
        ds = pd.date_range(end="2025-09-01", periods=n, freq="MS")
        season = rng.normal(0, 0.15, 12)[ds.month - 1]
        y = rng.lognormal(7, 1) * np.exp(0.004 * np.arange(n) + season + rng.normal(0, 0.05, n))
        parts.append(pd.DataFrame({"account": name, "month": ds.strftime("%d.%m.%Y"), "revenue": y.round(1)}))
    frame = pd.concat(parts)
    frame["revenue"] = frame["revenue"].map(lambda value: f"{value:.1f}".replace(".", ","))
    file = folder / "monthly.csv"
    frame.to_csv(file, index=False, sep=";")
    return file


def _half_hours_with_a_zone(folder):
    """Three feeders over ten weeks across the spring change of clocks, stored with the zone of the clock."""
    rng = np.random.default_rng(3)
    ds = pd.date_range("2024-02-01", periods=70 * 48, freq="30min", tz="Europe/London")
    hour = ds.hour + ds.minute / 60
    curve = 1 + 0.3 * np.exp(-((hour - 8) ** 2) / 6) + 0.4 * np.exp(-((hour - 19) ** 2) / 9) - 0.2 * (ds.dayofweek >= 5)
    y = rng.uniform(50, 500, (3, 1)) * curve.to_numpy() * np.exp(rng.normal(0, 0.02, (3, len(ds))))
    file = folder / "load.parquet"
    _long([f"feeder {i}" for i in range(3)], ds, y.round(2), ("feeder", "period_start", "load_mw")).to_parquet(file)
    return file


def _sales_without_the_zeros(folder):
    """Sixty parts over 500 days; days on which nothing was sold have no row, ids have leading zeros."""
    rng = np.random.default_rng(4)
    chance = rng.uniform(0.15, 0.5, (60, 1))
    y = np.where(rng.random((60, 500)) < chance, 1 + rng.poisson(rng.uniform(0.5, 4, (60, 1)), (60, 500)), 0)
    rows = _long([f"{i:05d}" for i in range(60)], pd.date_range("2023-06-01", periods=500), y, ("sku", "day", "units"))
    file = folder / "sales.csv"
    rows[rows["units"] > 0].to_csv(file, index=False)
    return file


def _shops_with_plans(folder):
    """Items in stores in regions: promotion and price are planned four weeks ahead, footfall is not."""
    rng = np.random.default_rng(5)
    ds = pd.date_range("2024-01-01", periods=640)
    is_future = ds > ds[-29]
    parts = []
    for region in ("North", "South"):
        for store in range(2):
            for item in ("apple", "pear", "plum"):
                promo = (rng.random(640) < 0.15).astype(int)
                price = rng.choice([2.0, 2.5, 3.0], 640)
                week = np.array([0, 0, 0, 0.1, 0.3, 0.5, -0.2])[np.arange(640) % 7]
                part = pd.DataFrame(
                    {
                        "date": ds,
                        "region": region,
                        "store": f"{region[0]}{store}",
                        "item": item,
                        "units_sold": np.where(
                            is_future, np.nan, rng.poisson(20 * np.exp(0.5 * promo - 0.3 * price + week))
                        ),
                        "promo": promo,
                        "price": price,
                        "footfall": np.where(is_future, np.nan, rng.poisson(300, 640)),
                    }
                )
                parts.append(part)
    file = folder / "retail.csv"
    pd.concat(parts).to_csv(file, index=False)
    return file


def _vehicles_every_five_minutes(folder):
    """One sensor over three weeks, with the clock of twelve hours and blanks in the names of columns and file."""
    rng = np.random.default_rng(6)
    ds = pd.date_range("2025-03-03", periods=288 * 21, freq="5min")
    hour = ds.hour + ds.minute / 60
    rush = 150 * np.exp(-((hour - 8.3) ** 2) / 2) + 120 * np.exp(-((hour - 17.5) ** 2) / 4)
    y = rng.poisson(20 + rush * np.where(ds.dayofweek < 5, 1, 0.4))
    file = folder / "sensor 17.csv"
    pd.DataFrame({"Time Stamp": ds.strftime("%m/%d/%Y %I:%M %p"), "vehicles": y}).to_csv(file, index=False)
    return file


def _growth_by_quarter(folder):
    """Growth of four countries, at times below zero; each begins in another quarter."""
    rng = np.random.default_rng(7)
    parts = []
    for name in ("España", "Côte d'Ivoire", "United Kingdom", "Türkiye"):
        n = int(rng.integers(60, 100))
        quarters = pd.period_range(end="2025Q2", periods=n, freq="Q")
        walk = np.cumsum(rng.normal(0, 0.2, n))
        y = 1 + rng.normal(0, 1.5, 4)[quarters.quarter - 1] + walk + rng.normal(0, 0.4, n)
        text = [f"{quarter.year}-Q{quarter.quarter}" for quarter in quarters]
        parts.append(pd.DataFrame({"geo": name, "quarter": text, "growth_pct": y.round(1)}))
    file = folder / "growth.tsv"
    pd.concat(parts).to_csv(file, index=False, sep="\t")
    return file


def _people_by_year(folder):
    """Inhabitants of five countries whose codes look like no value and like a truth value; one is not counted now."""
    rng = np.random.default_rng(8)
    parts = []
    for code in ("DE", "NA", "NO", "TRUE", "YU"):
        n = int(rng.integers(35, 60))
        growth = np.cumsum(rng.normal(0.01, 0.002, n))
        y = (rng.lognormal(15, 1) * np.exp(growth)).round()
        year = np.arange(2025 - n, 2025)
        keep = slice(0, n - 20 if code == "YU" else n)
        parts.append(pd.DataFrame({"iso": code, "yr": year[keep], "population": y[keep]}))
    file = folder / "people.csv"
    pd.concat(parts).to_csv(file, index=False)
    return file


def _trips_at_the_ends_of_months(folder):
    """Trips by region and purpose, labelled by the last days of months; a file of its own says where regions are."""
    rng = np.random.default_rng(9)
    parts, places = [], []
    regions = {"NSW": ("Blue Mountains", "Sydney/CBD"), "VIC": ("Ballarat", "Melbourne", "Geelong & Coast")}
    for state, names in regions.items():
        for name in names:
            places.append({"Region": name, "State": state, "Country": "Australia"})
            for purpose in ("Business", "Holiday", "Visiting friends/relatives"):
                n = 70 if name == "Ballarat" else 120
                ds = pd.date_range(end="2025-08-31", periods=n, freq="ME")
                y = rng.lognormal(5, 1) * np.exp(rng.normal(0, 0.25, 12)[ds.month - 1] + rng.normal(0, 0.08, n))
                parts.append(pd.DataFrame({"Region": name, "Purpose": purpose, "Month": ds, "Trips": y.round(3)}))
    file = folder / "trips.parquet"
    pd.concat(parts).to_parquet(file, index=False)
    pd.DataFrame(places).to_csv(folder / "regions.csv", index=False)
    return file


def _tills_with_a_plan_that_changed(folder):
    """Shops whose promotions (True or False) and prices stand in a file of their own, with when they were decided."""
    rng = np.random.default_rng(10)
    ds = pd.date_range("2024-01-01", "2025-10-21")
    n = len(ds) - 21
    rows, plans = [], []
    for shop in ("001", "002", "010", "100"):
        promo, price = rng.random(len(ds)) < 0.12, np.where(rng.random(len(ds)) < 0.2, 1.99, 2.49)
        week = np.array([0, 0, 0.05, 0.1, 0.3, 0.5, -0.9])[ds.dayofweek]
        y = rng.poisson(80 * np.exp(0.4 * promo - 0.5 * (price - 2.2) + week))
        rows.append(pd.DataFrame({"shop_no": shop, "day": ds[:n], "pieces": y[:n]}))
        known = ds - pd.Timedelta(days=40)
        plans.append(pd.DataFrame({"shop_no": shop, "day": ds, "is_promo": promo, "price": price, "known_at": known}))
    plan = pd.concat(plans)
    changed = plan.sample(40, random_state=3)
    changed = changed.assign(is_promo=~changed["is_promo"], known_at=changed["day"] - pd.Timedelta(days=3))
    pd.concat([plan, changed]).to_csv(folder / "plan.csv", index=False)
    pd.concat(rows).to_csv(folder / "till.csv", index=False)
    return folder / "till.csv"


OWN_FILES = {
    "weekly": OwnFile(
        _weeks_that_end_on_wednesday, "week_ending", "sales", (), "W-WED", (52,), "continuous", ("shop",), {}, 39
    ),
    "monthly": OwnFile(
        _months_with_a_comma, "month", "revenue", (), "MS", (12,), "continuous", ("account",), {}, 12
    ),
    "half_hourly": OwnFile(
        _half_hours_with_a_zone, "period_start", "load_mw", (), "30min", (48, 336), "continuous", ("feeder",), {}, 3
    ),
    "sales_only": OwnFile(
        _sales_without_the_zeros, "day", "units", (), "D", (7,), "intermittent", ("sku",), {}, 60
    ),
    "plans": OwnFile(
        _shops_with_plans,
        "date",
        "units_sold",
        ("--country", "GB"),
        "D",
        (7,),
        "count",
        ("item", "store"),
        {"promo": "ahead", "price": "ahead", "footfall": "past"},
        12,
    ),
    "five_minutes": OwnFile(
        _vehicles_every_five_minutes, "Time Stamp", "vehicles", (), "5min", (288, 2016), "count", (), {}, 1
    ),
    "quarterly": OwnFile(
        _growth_by_quarter, "quarter", "growth_pct", (), "QS", (4,), "continuous", ("geo",), {}, 4, allow_negative=True
    ),
    "yearly": OwnFile(
        _people_by_year, "yr", "population", ("--keys", "iso"), "YS", (1,), "count", ("iso",), {}, 4
    ),
    "month_ends": OwnFile(
        _trips_at_the_ends_of_months,
        "Month",
        "Trips",
        ("--attributes", "bring/regions.csv", "--country", "AU"),
        "ME",
        (12,),
        "continuous",
        ("region", "purpose"),
        {},
        15,
    ),
    "changed_plans": OwnFile(
        _tills_with_a_plan_that_changed,
        "day",
        "pieces",
        ("--drivers", "bring/plan.csv"),
        "D",
        (7,),
        "count",
        ("shop_no",),
        {"is_promo": "ahead", "price": "ahead"},
        4,
    ),
}  # fmt: skip
