"""Frequencies a product may have: what each is called in SQL and in words, and what a product of it usually asks for.

What a period is (its length, its number, its usual seasons) says `forecasting.periods`; here is nothing of it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from forecasting import periods

MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class Frequency:
    """One period: its DuckDB interval, the usual horizon and windows of level features (both in periods), in words."""

    alias: str
    interval: str
    horizon: int
    windows: tuple[int, int, int, int, int, int]
    in_words: str

    @property
    def seconds(self) -> int:
        """The length of a period; of calendar periods the mean over 400 years."""
        return round(periods.period_microseconds(self.alias) / 1_000_000)

    @property
    def season_lengths(self) -> tuple[int, ...]:
        """The usual seasons, in periods, the main one first."""
        return periods.season_lengths(self.alias)

    @property
    def is_subdaily(self) -> bool:
        """Whether several periods share a day, so that `ds` is a UTC timestamp."""
        return periods.frequency(self.alias).is_sub_daily


def _minutes(count: int) -> Frequency:
    per_day = DAY // (count * MINUTE)
    return Frequency(
        f"{count}min",
        f"{count} minutes",
        per_day,
        (max(per_day // 24, 2), max(per_day // 4, 3), per_day, 2 * per_day, 7 * per_day, 28 * per_day),
        f"every {count} minutes",
    )


def _hours(count: int) -> Frequency:
    per_day = 24 // count
    return Frequency(
        f"{count}h",
        f"{count} hours",
        per_day * (1 if per_day > 3 else 7),
        (per_day, 2 * per_day, 3 * per_day, 7 * per_day, 14 * per_day, 28 * per_day),
        f"every {count} hours",
    )


FREQUENCIES: dict[str, Frequency] = {
    item.alias: item
    for item in (
        *(_minutes(count) for count in (5, 10, 15, 20, 30)),
        Frequency("h", "1 hour", 24, (6, 24, 48, 168, 336, 672), "hourly"),
        *(_hours(count) for count in (2, 3, 4, 6, 8, 12)),
        Frequency("D", "1 day", 28, (7, 14, 28, 91, 182, 364), "daily"),
        *(
            Frequency(f"W-{day}", "7 days", 13, (2, 4, 8, 13, 26, 52), f"weekly, periods labelled by {day}")
            for day in WEEKDAYS
        ),
        Frequency("MS", "1 month", 12, (2, 3, 6, 12, 24, 36), "monthly, labelled by the first day"),
        Frequency("ME", "1 month", 12, (2, 3, 6, 12, 24, 36), "monthly, labelled by the last day"),
        Frequency("QS", "3 months", 8, (1, 2, 4, 8, 12, 16), "quarterly, labelled by the first day"),
        Frequency("QE", "3 months", 8, (1, 2, 4, 8, 12, 16), "quarterly, labelled by the last day"),
        Frequency("YS", "1 year", 5, (1, 2, 3, 4, 5, 10), "yearly, labelled by the first day"),
        Frequency("YE", "1 year", 5, (1, 2, 3, 4, 5, 10), "yearly, labelled by the last day"),
    )
}
# Spellings of other pandas versions and of people.
SPELLINGS = {"H": "h", "1h": "h", "60min": "h", "T5": "5min", "W": "W-SUN", "M": "ME", "Q": "QE", "Y": "YE", "A": "YE",
             "d": "D", "1D": "D", "5T": "5min", "15T": "15min", "30T": "30min"}  # fmt: skip


@cache
def frequency(alias: str) -> Frequency:
    """The frequency of a pandas alias.

    Raises:
        ValueError: the alias is none of ours.
    """
    known = FREQUENCIES.get(SPELLINGS.get(alias, alias))
    if known is None:
        raise ValueError(f"expected a frequency out of {', '.join(FREQUENCIES)}, found {alias!r}")
    return known
