"""The index of a pool of daily series over the year to come: its level, its place in the year, its growth.

A level moves in one of two ways, and the history says which. Along a line: what grew keeps growing every day. In steps:
prices, contracts and ranges change with the calendar year, and between two turns nothing grows. Under a line a stepped
level looks like a season that its own trend bends, and a forecast across the turn misses.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.panel import Floats

Days = npt.NDArray[np.int64]

WEEK, YEAR = 7, 52 * 7
"""A year of whole weeks: means over it hold every weekday equally often."""

MOST_YEARS = 6
"""Years of history that count."""

_DATE_TO_DATE = 365.25
# Days of the year are averaged with this many on either side; which one is decided by how one year told the next.
_HALF_WIDTHS = (0, 1, 3, 7, 14)
_LEVEL_PERIODS = 91
# The growths of past years and one year without any: on 500 series, nine windows before the scored one, the plain last
# growth had SMAPE 12.84, the shrunk one 12.56; at the two turns of a year 14.98 and 14.28.
_YEARS_WITHOUT_GROWTH = 1
_LARGEST_GROWTH = 0.7
# Steps must leave this share of what a line leaves. On 500 series, twelve windows before the scored one, steps were
# seen in eleven of them (shares below 0.03 in ten), and SMAPE was 12.73 with them, 12.87 on lines alone.
_LEFT_BY_STEPS = 0.8
# Noise of single days is no evidence for either: both are judged by what is left of four weeks.
_JUDGED_DAYS = 28
_ROUNDS = 50
# Errors of neighbouring days are alike: a week of them says as much as one that stands alone.
_ALIKE_DAYS = 7


@dataclass(frozen=True)
class Calendar:
    """Numbers of days, the oldest 0, as places in a year; `last_day` is the date of the newest, when it is known."""

    n_days: int
    last_day: np.datetime64 | None

    def years_before(self, day: Days, years: int) -> Days:
        """The same date so many years before; the day before a missing 29 February."""
        if self.last_day is None:
            return np.round(day - years * _DATE_TO_DATE).astype(np.int64)
        date = self._dates(day)
        month = date.astype("datetime64[M]")
        earlier = month - 12 * years
        same = np.minimum(earlier.astype("datetime64[D]") + (date - month), (earlier + 1).astype("datetime64[D]") - 1)
        return np.asarray((same - self._dates(np.zeros(1, np.int64))).astype(np.int64))

    def year(self, day: Days) -> Days:
        """The number of the calendar year of each day, 0 for that of the oldest day."""
        years = self._dates(day).astype("datetime64[Y]")
        return np.asarray((years - self._dates(np.zeros(1, np.int64)).astype("datetime64[Y]")).astype(np.int64))

    def date_in_year(self, day: Days) -> Days:
        """A number for each pair of month and day of the month."""
        date = self._dates(day)
        month = date.astype("datetime64[M]")
        return np.asarray(month.astype(np.int64) % 12 * 31 + (date - month.astype("datetime64[D]")).astype(np.int64))

    def _dates(self, day: Days) -> npt.NDArray[np.datetime64]:
        if self.last_day is None:
            raise ValueError("expected a calendar that knows the date of its newest day; found none")
        return np.asarray(self.last_day.astype("datetime64[D]") - (self.n_days - 1) + day)


def path_ahead(adjusted: Floats, h: int, calendar: Calendar) -> Floats | None:
    """The index of the next h days; None where a year in which nothing happened leaves no level or growth.

    `adjusted` is the index without weekdays, NaN on weekdays on which next to nothing happens.
    """
    trend = _line(adjusted, h)
    if trend is None:
        return None
    stepped = _steps(adjusted, h, calendar)
    is_stepped = stepped is not None and _is_better(stepped, trend, adjusted, calendar)
    level = stepped if stepped is not None and is_stepped else trend
    n_days = adjusted.size
    shape = adjusted / np.exp(level[:n_days])
    smooth = _smoothed(shape, _best_half_width(shape, calendar))
    growing = level[n_days:] if is_stepped else _from_now_on(adjusted, smooth, h, calendar)
    if growing is None:
        return None
    return np.asarray(np.exp(growing) * _profile(smooth, n_days + np.arange(h), calendar))


def _line(adjusted: Floats, h: int) -> Floats | None:
    """Logarithmic level of each day, past and ahead: straight lines between the middles of the years, and beyond."""
    levels, growths = _yearly_levels(adjusted), _growths(adjusted)
    if not np.isfinite(levels).all() or not np.isfinite(growths).all():
        return None
    day = np.arange(adjusted.size + h)
    middles = adjusted.size - 0.5 - YEAR * (np.arange(levels.size) + 0.5)
    inside = np.interp(day, middles[::-1], levels[::-1])
    after = np.maximum(day - middles[0], 0.0) / YEAR * growths[0]
    before = np.minimum(day - middles[-1], 0.0) / YEAR * growths[-1]
    return np.asarray(inside + after + before)


def _from_now_on(adjusted: Floats, smooth: Floats, h: int, calendar: Calendar) -> Floats | None:
    """The line of the days ahead: half of the way from the middle of the last year to its end.

    That is between what growth says and what the last quarter shows.
    """
    n_days = adjusted.size
    recent = np.arange(n_days - _LEVEL_PERIODS, n_days)
    level = _yearly_levels(adjusted)[0]
    now = np.log(_known_mean(adjusted[recent]) / _known_mean(_profile(smooth, recent, calendar))) - level
    if not np.isfinite(now):
        return None
    now = np.clip(now, -_LARGEST_GROWTH, _LARGEST_GROWTH)
    growth = _damped(_growths(adjusted))
    return np.asarray(level + 0.5 * now + growth * (0.25 + np.arange(1, h + 1) / YEAR))


def _steps(adjusted: Floats, h: int, calendar: Calendar) -> Floats | None:
    """Logarithmic level of each day, past and ahead, as one number per calendar year; None without dates or turns.

    Levels and places in the year are fitted to one another by alternating means, so years may be seen in part. The
    year that has just begun is drawn to the one before it and the usual growth, by what its days leave open.
    """
    if calendar.last_day is None:
        return None
    day = np.arange(adjusted.size)
    year, date = calendar.year(day), calendar.date_in_year(day)
    known = adjusted > 0
    n_of_year = np.bincount(year, known)
    if year[-1] == 0 or not n_of_year.all():
        return None
    levels, rest = _fitted(np.log(np.where(known, adjusted, 1.0)), known, year, date)
    growths = np.clip(np.diff(levels), -_LARGEST_GROWTH, _LARGEST_GROWTH)[(n_of_year >= _LEVEL_PERIODS)[1:]]
    if growths.size == 0:
        return None
    growth = _damped(growths)
    open_days = _ALIKE_DAYS * float(np.mean(rest[known] ** 2)) / max(float(np.mean(growths**2)), 1e-9)
    seen = n_of_year[-1] / (n_of_year[-1] + open_days)
    levels[-1] = seen * levels[-1] + (1 - seen) * (levels[-2] + growth)
    turns = calendar.year(day[-1] + np.arange(1, h + 1)) - year[-1]
    return np.concatenate([levels[year], levels[-1] + turns * growth])


def _is_better(stepped: Floats, line: Floats, adjusted: Floats, calendar: Calendar) -> bool:
    """Whether steps leave less than a line, of four weeks, on dates that were seen in more than one year."""
    day = np.arange(adjusted.size)
    date = calendar.date_in_year(day)
    known = adjusted > 0
    logs = np.log(np.where(known, adjusted, 1.0))
    counted = known & (np.bincount(date, known)[date] > 1)
    if counted.sum() < _LEVEL_PERIODS:
        return False
    left = []
    for level in (stepped, line):
        of_date = logs - level[: day.size]
        rest = of_date - _mean_per(of_date, known, date)[date]
        of_four_weeks = np.convolve(np.where(counted, rest, 0.0), np.ones(_JUDGED_DAYS) / _JUDGED_DAYS, "valid")
        left.append(float(np.mean(of_four_weeks**2)))
    return left[0] < _LEFT_BY_STEPS * left[1]


def _fitted(logs: Floats, known: npt.NDArray[np.bool_], year: Days, date: Days) -> tuple[Floats, Floats]:
    """Level of each year and what is left of each day, by alternating means over years and dates."""
    levels = np.zeros(int(year[-1]) + 1)
    shape = np.zeros_like(logs)
    for _ in range(_ROUNDS):
        shape = _mean_per(logs - levels[year], known, date)[date]
        levels = _mean_per(logs - shape, known, year)
    return levels, logs - levels[year] - shape


def _mean_per(values: Floats, known: npt.NDArray[np.bool_], group: Days) -> Floats:
    total, count = np.bincount(group, np.where(known, values, 0.0)), np.bincount(group, known)
    return np.asarray(np.divide(total, count, out=np.zeros_like(total), where=count > 0))


def _damped(growths: Floats) -> float:
    return float(growths.sum() / (growths.size + _YEARS_WITHOUT_GROWTH))


def _yearly_levels(adjusted: Floats) -> Floats:
    """Logarithm of the mean of each whole year that ends with the history, newest first."""
    n_years = adjusted.size // YEAR
    years = adjusted[adjusted.size - n_years * YEAR :].reshape(n_years, YEAR)[::-1]
    return np.asarray(np.log(np.array([_known_mean(year) for year in years])))


def _growths(adjusted: Floats) -> Floats:
    """Logarithmic growth from each year to the next, newest first; of the days seen twice where there is one year."""
    n_days = adjusted.size
    if n_days >= 2 * YEAR:
        growths = -np.diff(_yearly_levels(adjusted))
    else:
        twice = n_days - YEAR
        growths = np.log(np.array([_known_mean(adjusted[-twice:]) / _known_mean(adjusted[:twice])]))
    return np.asarray(np.clip(growths, -_LARGEST_GROWTH, _LARGEST_GROWTH))


def _best_half_width(shape: Floats, calendar: Calendar) -> int:
    """The smoothing under which the years before told the last one best."""
    last = np.arange(shape.size - min(YEAR, shape.size - YEAR), shape.size)
    loss = [np.nanmean(np.square(shape[last] - _profile(_smoothed(shape, k), last, calendar))) for k in _HALF_WIDTHS]
    return _HALF_WIDTHS[int(np.nanargmin(loss))] if np.isfinite(loss).any() else _HALF_WIDTHS[-1]


def _smoothed(shape: Floats, half_width: int) -> Floats:
    """Centred means of what is known; NaN where the window would reach beyond the history."""
    kernel = np.ones(2 * half_width + 1)
    known = ~np.isnan(shape)
    total = np.convolve(np.where(known, shape, 0.0), kernel, "same")
    count = np.convolve(known, kernel, "same")
    smooth = np.divide(total, count, out=np.full(shape.shape, np.nan), where=count > 0)
    if half_width:
        smooth[:half_width] = smooth[-half_width:] = np.nan
    return np.asarray(smooth)


def _profile(smooth: Floats, day: Days, calendar: Calendar) -> Floats:
    """The mean of the same date in all earlier years; the mean of the year where none of them knows it."""
    total, count = np.zeros(day.size), np.zeros(day.size)
    for years in range(1, MOST_YEARS + 1 + int(day.max()) // YEAR):
        earlier = calendar.years_before(day, years)
        inside = (earlier >= 0) & (earlier < smooth.size)
        value = np.where(inside, smooth[np.clip(earlier, 0, smooth.size - 1)], np.nan)
        known = ~np.isnan(value)
        total[known] += value[known]
        count += known
    return np.asarray(np.divide(total, count, out=np.full(day.size, _known_mean(smooth)), where=count > 0))


def _known_mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
