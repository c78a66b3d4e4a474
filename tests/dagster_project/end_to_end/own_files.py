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
}  # fmt: skip
