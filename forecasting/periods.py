"""The calendar of a frequency: from a time to the number of its period, and back.

A period number (`period_index`) is contiguous: the next period is the next integer, whatever its length.
The numbers are the ones of the SQL macro `period_index`, so that a matrix column here and a row there agree:

| freq                 | period_index                                                       |
|----------------------|--------------------------------------------------------------------|
| 5min … 30min, h      | floor(seconds since 1970-01-01 00:00 UTC / length of the period)   |
| D                    | days since 1970-01-01                                              |
| W-MON … W-SUN        | floor((days since 1970-01-01 - days to the first such weekday) / 7)|
| MS, ME               | year * 12 + month - 1                                              |
| QS, QE               | year * 4 + quarter - 1                                             |
| YS, YE               | year                                                               |

`ds` labels a period by its first instant, except ME, QE and YE, which label it by its last day.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecasting.errors import UnknownFrequencyError

Times = npt.NDArray[np.datetime64]
Integers = npt.NDArray[np.int64]
Unit = Literal["seconds", "days", "months"]

_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_FIRST_WEEKDAY = 3  # 1970-01-01 was a Thursday
_CALENDAR = re.compile(r"(?P<unit>[MQY])(?P<edge>[SE])(?:-(?P<anchor>[A-Z]{3}))?")
_CLOCK = re.compile(r"(?P<count>[1-9]\d*)?(?P<unit>s|min|h)")
_SECONDS = {"s": 1, "min": 60, "h": 3600}
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
# Anchors whose quarters and years are those of the calendar; fiscal ones would need numbers of their own.
_CALENDAR_ANCHORS: dict[str, set[str | None]] = {
    "MS": {None},
    "ME": {None},
    "QS": {None, "JAN", "APR", "JUL", "OCT"},
    "QE": {None, "MAR", "JUN", "SEP", "DEC"},
    "YS": {None, "JAN"},
    "YE": {None, "DEC"},
}
_DAY = 86_400


@dataclass(frozen=True)
class Frequency:
    """A parsed frequency alias: periods of `length` units, the first one beginning `offset` units after 1970-01-01."""

    alias: str
    unit: Unit
    length: int
    offset: int = 0
    labels_period_end: bool = False

    @property
    def is_sub_daily(self) -> bool:
        """Whether periods are shorter than a day, so that `ds` has a clock time."""
        return self.unit == "seconds"


@lru_cache(maxsize=64)
def frequency(alias: str) -> Frequency:
    """The frequency that a pandas alias names.

    Raises:
        UnknownFrequencyError: not one of the supported aliases.
    """
    if alias == "D":
        return Frequency(alias, "days", 1)
    if alias == "W" or (alias.startswith("W-") and alias[2:] in _WEEKDAYS):
        weekday = 6 if alias == "W" else _WEEKDAYS.index(alias[2:])
        return Frequency(alias, "days", 7, (weekday - _FIRST_WEEKDAY) % 7)
    calendar = _CALENDAR.fullmatch(alias)
    if calendar and calendar["anchor"] in _CALENDAR_ANCHORS[calendar["unit"] + calendar["edge"]]:
        return Frequency(alias, "months", _MONTHS[calendar["unit"]], labels_period_end=calendar["edge"] == "E")
    clock = _CLOCK.fullmatch(alias)
    if clock:
        seconds = int(clock["count"] or 1) * _SECONDS[clock["unit"]]
        if seconds <= _DAY and _DAY % seconds == 0:
            return Frequency(alias, "seconds", seconds)
    raise UnknownFrequencyError(
        f"expected freq to be one of 5min, 10min, 15min, 30min, h, D, W-MON … W-SUN, MS, ME, QS, QE, YS, YE "
        f"(or another part of a day that divides it), found {alias!r}. Name the frequency as pandas 2.2 does."
    )


def period_index(ds: Times, freq: str) -> Integers:
    """The number of the period that each time falls into.

    >>> period_index(np.array(["1970-01-02", "2024-02-29"], "datetime64[us]"), "D").tolist()
    [1, 19782]
    >>> period_index(np.array(["2024-02-29"], "datetime64[us]"), "ME").tolist()
    [24289]
    """
    f = frequency(freq)
    if f.unit == "months":
        months = ds.astype("datetime64[M]").astype(np.int64) + 1970 * 12
        return np.floor_divide(months, f.length)
    if f.unit == "days":
        days = ds.astype("datetime64[D]").astype(np.int64)
        return np.floor_divide(days - f.offset, f.length)
    microseconds = ds.astype("datetime64[us]").astype(np.int64)
    return np.floor_divide(microseconds, f.length * 1_000_000)


def period_ds(index: npt.ArrayLike, freq: str) -> Times:
    """The `ds` that labels each period number, as datetime64[us]; the inverse of `period_index`.

    >>> period_ds([24289, 24290], "ME").astype("datetime64[D]").astype(str).tolist()
    ['2024-02-29', '2024-03-31']
    """
    f = frequency(freq)
    numbers = np.asarray(index, dtype=np.int64)
    if f.unit == "months":
        first_month = numbers * f.length - 1970 * 12
        if f.labels_period_end:
            after = (first_month + f.length).astype("datetime64[M]").astype("datetime64[D]")
            return (after - np.timedelta64(1, "D")).astype("datetime64[us]")
        return first_month.astype("datetime64[M]").astype("datetime64[us]")
    if f.unit == "days":
        return (numbers * f.length + f.offset).astype("datetime64[D]").astype("datetime64[us]")
    return (numbers * (f.length * 1_000_000)).astype("datetime64[us]")


def next_periods(cutoff: np.datetime64 | str, freq: str, h: int) -> Times:
    """The `ds` of the h periods after the one that the cutoff falls into.

    >>> next_periods("2024-01-30", "D", 3).astype("datetime64[D]").astype(str).tolist()
    ['2024-01-31', '2024-02-01', '2024-02-02']
    """
    last = period_index(np.array([cutoff], dtype="datetime64[us]"), freq)[0]
    return period_ds(last + 1 + np.arange(h), freq)


def period_microseconds(freq: str) -> float:
    """The length of a period, for calendar periods its mean over the 400 years of the Gregorian cycle.

    >>> period_microseconds("h") / 1e6, period_microseconds("MS") / 86_400e6
    (3600.0, 30.436875)
    """
    f = frequency(freq)
    seconds = {"seconds": 1.0, "days": float(_DAY), "months": 365.2425 / 12 * _DAY}[f.unit]
    return f.length * seconds * 1e6


def season_lengths(freq: str) -> tuple[int, ...]:
    """The seasons that data of this frequency usually has, in periods, the main one first.

    Daily data gets 7 and 364 rather than 365, so that a year back is the same weekday.

    >>> season_lengths("D"), season_lengths("30min"), season_lengths("W-MON"), season_lengths("QS")
    ((7, 364), (48, 336), (52,), (4,))
    """
    f = frequency(freq)
    if f.unit == "seconds":
        per_day = _DAY // f.length
        return (per_day, per_day * 7)
    if f.unit == "days":
        return (7, 364) if f.length == 1 else (52,)
    return (12 // f.length,)
