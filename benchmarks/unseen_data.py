"""Four data sets that no setting was tuned on: weekly, monthly, half-hourly and intermittent, generated from a seed.

Each has what makes its kind hard: yearly seasons that drift, levels that jump, days that follow one another, demand
that comes in lumps. They are written as a user would deliver them, and known to the product only through that file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting.panel import Floats, Panel

_SEED = 20261127


@dataclass(frozen=True)
class UnseenData:
    """One data set: `make` returns values of shape (series, periods) for a random generator."""

    name: str
    freq: str
    first: str
    season_length: int
    make: Callable[[np.random.Generator], Floats]

    def panel(self) -> Panel:
        """All of it, with the ids that the product will give the series."""
        y = self.make(np.random.default_rng([_SEED, *self.name.encode()]))
        ids = [f"s{number:03d}" for number in range(len(y))]
        ds = pd.date_range(self.first, periods=y.shape[1], freq=self.freq)
        frame = pd.DataFrame({"unique_id": np.repeat(ids, y.shape[1]), "ds": np.tile(ds, len(y)), "y": y.ravel()})
        return Panel.from_long(frame, freq=self.freq, season_length=self.season_length)

    def deliver(self, folder: Path) -> Path:
        """The same as a CSV file with a header, times in ISO form."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.csv"
        form = "%Y-%m-%d %H:%M" if self.freq.endswith("min") else "%Y-%m-%d"
        rows = self.panel().to_long().to_pandas().rename(columns={"unique_id": "series", "ds": "time", "y": "amount"})
        rows.to_csv(file, index=False, date_format=form)
        return file


def _weekly(rng: np.random.Generator) -> Floats:
    """Forty shops over five years: a yearly wave of its own phase, a damped trend, one jump of the level."""
    week = np.arange(5 * 52)
    level = rng.lognormal(5.0, 1.0, (40, 1))
    phase, depth = rng.normal(0.0, 3.0, (40, 1)), rng.uniform(0.05, 0.4, (40, 1))
    wave = depth * np.sin(2 * np.pi * (week + phase) / 52.18) + 0.3 * depth * np.sin(4 * np.pi * (week + phase) / 52.18)
    walk = np.cumsum(rng.normal(0.0, 0.015, (40, week.size)), axis=1)
    jump = rng.normal(0.0, 0.15, (40, 1)) * (week > rng.integers(80, 220, (40, 1)))
    return np.round(level * np.exp(wave + walk + jump + rng.normal(0.0, 0.08, walk.shape)), 2)


def _monthly(rng: np.random.Generator) -> Floats:
    """Sixty accounts over eight years: seasons that grow with the level, a trend that slackens, noise that lasts."""
    month = np.arange(96)
    level, growth = rng.lognormal(7.0, 1.2, (60, 1)), rng.normal(0.004, 0.006, (60, 1))
    shape = rng.normal(0.0, 1.0, (60, 12))
    season = rng.uniform(0.03, 0.25, (60, 1)) * shape[:, month % 12]
    trend = growth * 40 * (1 - np.exp(-month / 40))
    noise = rng.normal(0.0, 0.05, (60, 96))
    for t in range(1, 96):
        noise[:, t] += 0.6 * noise[:, t - 1]
    return np.round(level * np.exp(trend + season + noise), 1)


def _half_hourly(rng: np.random.Generator) -> Floats:
    """Six substations over ten weeks: a curve of the day that differs at the weekend, and weather that lasts days."""
    step = np.arange(70 * 48)
    hour, day = (step % 48) / 2, step // 48
    is_weekend = (day % 7) >= 5
    morning = np.exp(-((hour - 8) ** 2) / 6)
    evening = np.exp(-((hour - 19) ** 2) / 9)
    curve = 1.0 + np.where(is_weekend, 0.3, 0.7) * morning + np.where(is_weekend, 0.7, 0.9) * evening
    weather = np.zeros((6, day.max() + 1))
    for d in range(1, weather.shape[1]):
        weather[:, d] = 0.8 * weather[:, d - 1] + rng.normal(0.0, 0.04, 6)
    noise = rng.normal(0.0, 0.02, (6, step.size))
    for t in range(1, step.size):
        noise[:, t] += 0.9 * noise[:, t - 1]
    return np.round(rng.uniform(20, 400, (6, 1)) * curve * np.exp(weather[:, day] + 0.5 * noise), 2)


def _intermittent(rng: np.random.Generator) -> Floats:
    """Eighty spare parts over fourteen months: nothing on most days, lumps on others, a third of them fading."""
    day = np.arange(420)
    chance = rng.uniform(0.04, 0.35, (80, 1)) * np.where((day % 7) >= 5, 0.4, 1.1)
    fades = rng.random((80, 1)) < 1 / 3
    chance = np.where(fades, chance * np.linspace(1.3, 0.5, day.size), chance)
    size = 1 + rng.negative_binomial(1, rng.uniform(0.2, 0.8, (80, 1)), (80, day.size))
    return np.where(rng.random((80, day.size)) < chance, size, 0).astype(np.float64)


UNSEEN: Mapping[str, UnseenData] = {
    data.name: data
    for data in (
        UnseenData("shops_weekly", "W-MON", "2021-01-04", 52, _weekly),
        UnseenData("accounts_monthly", "MS", "2017-01-01", 12, _monthly),
        UnseenData("substations_half_hourly", "30min", "2025-03-03", 48, _half_hourly),
        UnseenData("parts_intermittent", "D", "2024-01-01", 7, _intermittent),
    )
}
