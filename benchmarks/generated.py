"""Retail demand of any size, generated in blocks: 30,490 series x 1,969 days in seconds and little memory.

    10 stores in 3 states x 3,049 items in 7 departments and 3 categories, as in the M5 competition
    rate = item level x store size x weekday x season x trend x price x event;  units ~ Poisson(rate x lasting noise)

Half of the items sell less than once in two days, one in six is launched within the history; prices change by the
week and are known ahead. The same seed gives the same numbers, whatever the block size or the number of items.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

SEED = 20260701
STATES = ("CA", "CA", "CA", "CA", "TX", "TX", "TX", "WI", "WI", "WI")
STORES = tuple(f"{state}_{STATES[:i].count(state) + 1}" for i, state in enumerate(STATES))
DEPARTMENTS = ("FOODS_1", "FOODS_2", "FOODS_3", "HOBBIES_1", "HOBBIES_2", "HOUSEHOLD_1", "HOUSEHOLD_2")
ALL_ITEMS, ALL_DAYS, HORIZON = 3049, 1941, 28
FIRST_DAY = np.datetime64("2011-01-29")
WEEKDAY = np.array([0.94, 0.90, 0.90, 0.92, 1.04, 1.20, 1.10])
EVENT_EVERY, EVENT_LENGTH = 61, 3

Counts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Retail:
    """How much to generate; `n_items` in each of ten stores, `n_days` of history and the horizon after it."""

    n_items: int = ALL_ITEMS
    n_days: int = ALL_DAYS

    @classmethod
    def of_series(cls, n_series: int | None, n_days: int = ALL_DAYS) -> Retail:
        """About `n_series` series, a multiple of the ten stores; None is full size."""
        return cls(ALL_ITEMS if n_series is None else max(1, n_series // len(STORES)), n_days)

    @property
    def n_series(self) -> int:
        """Series in all stores."""
        return self.n_items * len(STORES)

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        """All days: the history, then the horizon."""
        return FIRST_DAY + np.arange(self.n_days + HORIZON)

    @property
    def items(self) -> list[str]:
        """Item names, the department first."""
        return [f"{self.department(i)}_{i:04d}" for i in range(self.n_items)]

    def department(self, item: int) -> str:
        """Items are dealt to departments in turn, so a small sample has all of them."""
        return DEPARTMENTS[item % len(DEPARTMENTS)]

    @property
    def event(self) -> Floats:
        """1 on the days of an event, every two months."""
        return (np.arange(self.n_days + HORIZON) % EVENT_EVERY < EVENT_LENGTH).astype(np.float64)

    def prices(self) -> Floats:
        """Price of every item on every day, shape (items, days); it may change on the first day of a week."""
        weeks = (self.n_days + HORIZON) // 7 + 1
        prices = np.empty((self.n_items, self.n_days + HORIZON))
        for item in range(self.n_items):
            rng = np.random.default_rng([SEED, 1, item])
            base = np.round(rng.lognormal(1.2, 0.7), 2) + 0.5
            factor = np.where(rng.random(weeks) < 0.06, rng.choice([0.75, 0.85, 0.9], weeks), 1.0)
            prices[item] = np.round(np.repeat(base * factor, 7)[: self.n_days + HORIZON], 2)
        return prices

    def units(self, store: int, prices: Floats) -> Counts:
        """Units of every item of one store on every day, shape (items, days); zero before an item's launch."""
        rng = np.random.default_rng([SEED, 2, store])
        day = np.arange(self.n_days + HORIZON)
        seasonal = WEEKDAY[(day + 5) % 7] * (1.0 + 0.15 * np.sin(2 * np.pi * day / 365.25)) * (1.0 + 0.4 * self.event)
        # Full-size draws, cut afterwards: a sample of items has the same numbers as in the full data.
        level = np.exp(rng.normal(-0.7, 1.2, ALL_ITEMS))[: self.n_items] * rng.uniform(0.6, 1.6)
        trend = rng.normal(0.0, 0.2, ALL_ITEMS)[: self.n_items]
        late = rng.random(ALL_ITEMS) < 1 / 6
        launch = np.where(late, rng.integers(0, ALL_DAYS * 3 // 4, ALL_ITEMS), 0)[: self.n_items]
        units = np.empty((self.n_items, day.size), dtype=np.int32)
        for item in range(self.n_items):
            noise = np.random.default_rng([SEED, 3, store, item])
            lasting = np.repeat(noise.gamma(3.0, 1 / 3.0, day.size // 28 + 1), 28)[: day.size]
            elasticity = (prices[item] / prices[item].max()) ** -1.5
            rate = level[item] * seasonal * (1.0 + trend[item] * day / ALL_DAYS) * elasticity * lasting
            units[item] = noise.poisson(np.maximum(rate, 0.0))
        units[day < launch[:, None]] = 0
        return units

    def blocks(self) -> Iterator[tuple[str, Counts]]:
        """Store by store: its name and the units of all items and days, horizon included."""
        prices = self.prices()
        for number, store in enumerate(STORES):
            yield store, self.units(number, prices)


def write_delivery(retail: Retail, folder: Path) -> None:
    """Observations of the history, drivers with the horizon, and attributes, as tidy Parquet files."""
    items, days = retail.items, retail.days
    history = days[: retail.n_days]
    schema = pa.schema([("store", pa.string()), ("item", pa.string()), ("date", pa.date32()), ("units", pa.int32())])
    with pq.ParquetWriter(folder / "observations.parquet", schema, compression="zstd") as writer:
        item_column = pa.array(items).take(pa.array(np.repeat(np.arange(len(items)), history.size)))
        date_column = pa.array(np.tile(history, len(items)))
        for store, units in retail.blocks():
            column = pa.array([store]).take(pa.array(np.zeros(units.shape[0] * history.size, dtype=np.int8)))
            rows = [column, item_column, date_column, pa.array(units[:, : retail.n_days].ravel())]
            writer.write_table(pa.Table.from_arrays(rows, schema=schema))
    drivers = {
        "item": pa.array(items).take(pa.array(np.repeat(np.arange(len(items)), days.size))),
        "date": pa.array(np.tile(days, len(items))),
        "price": pa.array(retail.prices().ravel()),
        "event": pa.array(np.tile(retail.event.astype(np.int8), len(items))),
    }
    pq.write_table(pa.table(drivers), folder / "drivers.parquet", compression="zstd")
    pairs = [(store, number) for store in range(len(STORES)) for number in range(len(items))]
    attributes = {
        "store": [STORES[store] for store, _ in pairs],
        "item": [items[number] for _, number in pairs],
        "state": [STATES[store] for store, _ in pairs],
        "department": [retail.department(number) for _, number in pairs],
        "category": [retail.department(number).rpartition("_")[0] for _, number in pairs],
    }
    pq.write_table(pa.table(attributes), folder / "attributes.parquet")
