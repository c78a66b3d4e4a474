"""The year of all series together, at the level of each: what hundreds of short noisy series share.

A season of a year is seen two or three times in most histories, far too seldom to be learnt from one series. Where
series share it, as the items of one chain do, their sum shows it nearly without noise:

    forecast = level of the series x its weekday x place in the year x growth        (multiplicative, day by day)

Level and weekday belong to the series, place and growth to the pool.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from forecasting.forecasters.history import last_observed
from forecasting.forecasters.panel_forecaster import within_history
from forecasting.forecasters.pooled_year import MOST_YEARS, WEEK, YEAR, Calendar, path_ahead
from forecasting.forecasters.protocol import PanelForecast
from forecasting.forecasters.seasonal_window_average import SeasonalWindowAverage
from forecasting.panel import Floats

_LEAST_PERIODS = YEAR + 91  # a quarter that was seen twice
_ROUNDS = 4
_LARGEST_PEAK = 10.0
_BLOCK = 1_024
_WEEKDAY_PRIORS = (2.0, 8.0, 32.0, 128.0, 1024.0)
# A weekday on which next to nothing happens (a closed Sunday) says nothing about the level of its week.
_LEAST_WEEKDAY = 0.02


@dataclass(frozen=True, eq=False)
class _Pool:
    """The index of all series per day, its weekday factors (first: weekday of the newest day + 1), and without them."""

    index: Floats
    weekday: Floats
    adjusted: Floats


@dataclass(frozen=True)
class PooledSeasonalLevel:
    """Daily series that share a season of the year and a growth, each at a level and with weekdays of its own.

    The index of all series is fitted with the levels of the series by two-way proportions, so that series may start,
    pause and end. Its growth from year to year is the mean of the past ones, shrunk towards none; it comes day by day
    or, where the history shows it, all at once with the calendar year. A panel that is not
    daily (`season_length` other than 7) or shorter than a year and a quarter gets seasonal window averages.

    `last_day` is the date of the newest column: with it a place in the year is a date, and the last day of August is
    not mistaken for the first of September after a leap day; without it years are 365.25 days long.
    The forecast of a series depends on the other ones.
    """

    pools_series: ClassVar[bool] = True
    last_day: np.datetime64 | None = None

    def forecast(self, y: Floats, h: int, season_length: int) -> PanelForecast:
        """The next h days of every series; marked are series without an observation in the last year."""
        history = np.asarray(y, dtype=np.float64)
        yhat = SeasonalWindowAverage().forecast_panel(history, h, season_length)
        reasons = np.full(len(history), None, dtype=object)
        ahead = _pool_ahead(history[:, -MOST_YEARS * YEAR :], h, self.last_day) if season_length == WEEK else None
        if ahead is None:
            reasons[:] = f"expected daily series and {_LEAST_PERIODS} days of them with demand"
        else:
            pool, path = ahead
            said = _of_series(history, pool, path)
            known = np.isfinite(said).all(axis=1)
            yhat[known] = said[known]
            reasons[~known] = "no observation in the last year"
        reasons[np.isnan(last_observed(history))] = "no observation up to the cutoff"
        return PanelForecast(within_history(yhat, history), reasons, "seasonal_window_average")


def _blocks(n_series: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, n_series, _BLOCK))


def _pool_ahead(y: Floats, h: int, last_day: np.datetime64 | None) -> tuple[_Pool, Floats] | None:
    """The pool and its index of the next h days without weekdays; None where the pool is too short or empty."""
    index = _common_index(y)
    positive = np.flatnonzero(index > 0)
    if positive.size == 0 or index.size - positive[0] < _LEAST_PERIODS:
        return None
    index = index[positive[0] :]
    pool = _without_weekdays(index)
    with np.errstate(divide="ignore", invalid="ignore"):  # a year in which nothing happened has no logarithm
        path = path_ahead(pool.adjusted, h, Calendar(pool.adjusted.size, last_day))
    return None if path is None else (pool, path)


def _common_index(y: Floats) -> Floats:
    """What all series did per day, whoever of them was there: y ~ level x index, fitted by two-way proportions.

    A series counts with the square root of its size: between all alike, which lets noise rule, and by size, which lets
    one series rule. A peak that other series do not share is cut: it would come back next year in all of them.
    """
    scale, largest = np.ones(len(y)), _largest_shared(y)
    index = np.ones(y.shape[1])
    for _ in range(_ROUNDS):
        total, expected = np.zeros_like(index), np.zeros_like(index)
        for rows in _blocks(len(y)):
            known = ~np.isnan(y[rows])
            values = np.where(known, np.clip(y[rows], 0.0, largest[rows, None]), 0.0)
            scale[rows] = _ratio(values.sum(axis=1), known @ index)
            weight = _ratio(np.ones_like(scale[rows]), np.sqrt(scale[rows]))
            total += weight @ values
            expected += (weight * scale[rows]) @ known
        index = _ratio(total, expected)
    return index


def _largest_shared(y: Floats) -> Floats:
    """The largest value of each series that may tell of the pool, by the mean of what it sold on days with sales."""
    largest = np.full(len(y), np.inf)
    for _ in range(_ROUNDS):
        for rows in _blocks(len(y)):
            values = np.minimum(np.where(y[rows] > 0, y[rows], 0.0), largest[rows, None])
            largest[rows] = _LARGEST_PEAK * _ratio(values.sum(axis=1), (values > 0).sum(axis=1))
    return largest


def _without_weekdays(index: Floats) -> _Pool:
    n_days = min(index.size // WEEK * WEEK, 2 * YEAR)
    # To the mean of the days around it: a busy month with five Mondays does not make Mondays busy.
    around = _mean_of_week(index)
    totals = [values[-n_days:].reshape(-1, WEEK).sum(axis=0) for values in (index, around)]
    weekday = _ratio(*totals)
    weekday = weekday / max(weekday.mean(), _LEAST_WEEKDAY)
    place = np.arange(-index.size, 0) % WEEK
    adjusted = np.where(weekday[place] > _LEAST_WEEKDAY, index / np.maximum(weekday[place], _LEAST_WEEKDAY), np.nan)
    return _Pool(index, weekday, adjusted)


def _of_series(y: Floats, pool: _Pool, path: Floats) -> Floats:
    """Forecasts of all series: their level against the pool in the last year, their weekdays, the pool's path."""
    level = np.empty(len(y))
    demand, expected = np.empty((2, len(y), WEEK)), np.empty((2, len(y), WEEK))
    for rows in _blocks(len(y)):
        known = ~np.isnan(y[rows, -YEAR:])
        total = np.where(known, y[rows, -YEAR:], 0.0).sum(axis=1)
        level[rows] = _ratio(total, known @ pool.index[-YEAR:], missing=np.nan)
        for year in (0, 1):
            demand[year, rows], share = _weekday_sums(y[rows], pool, year)
            expected[year, rows] = level[rows, None] * share
    size = np.nan_to_num(level)[:, None] * _known_mean(pool.index[-YEAR:])
    weeks = _best_prior(demand, np.nan_to_num(expected), size, pool.weekday)
    weekday = _weekdays(demand.sum(axis=0), expected.sum(axis=0), weeks * size, pool.weekday)
    return np.asarray(level[:, None] * path * weekday[:, np.arange(path.size) % WEEK])


def _weekday_sums(y: Floats, pool: _Pool, year: int) -> tuple[Floats, Floats]:
    """Demand per weekday in the last year (0) or the one before, and what the pool did in those weeks, per unit."""
    n_days = min(pool.index.size // WEEK * WEEK, 2 * YEAR)
    week = np.where(np.isnan(pool.adjusted), _mean_of_week(pool.index), pool.adjusted)[-n_days:]
    part = slice(max(n_days - YEAR, 0), None) if year == 0 else slice(0, max(n_days - YEAR, 0))
    days = y[:, -n_days:][:, part]
    known = ~np.isnan(days)
    demand = np.where(known, days, 0.0).reshape(len(y), -1, WEEK).sum(axis=1)
    share = (known.reshape(len(y), -1, WEEK) * week[part].reshape(-1, WEEK)).sum(axis=1)
    return demand, share


def _weekdays(demand: Floats, expected: Floats, prior: Floats, pooled: Floats) -> Floats:
    return _ratio(demand + prior * pooled, expected + prior, missing=0.0)


def _best_prior(demand: Floats, expected: Floats, size: Floats, pooled: Floats) -> float:
    """The weeks that the pool's weekdays count beside a series' own: those with which one year told the other best."""
    loss = []
    for weeks in _WEEKDAY_PRIORS:
        told = _weekdays(demand[1], expected[1], weeks * size, pooled) * expected[0]
        of_series = _ratio(np.square(demand[0] - told), size * np.ones(WEEK)).sum(axis=1)
        loss.append(np.median(of_series[size[:, 0] > 0]) if (size > 0).any() else 0.0)
    return _WEEKDAY_PRIORS[int(np.argmin(loss))]


def _mean_of_week(index: Floats) -> Floats:
    """The mean of the seven days around each day."""
    return np.convolve(np.pad(index, WEEK // 2, mode="edge"), np.ones(WEEK) / WEEK, "valid")


def _known_mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _ratio(above: Floats, below: Floats, missing: float = 0.0) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), missing), where=np.asarray(below) > 0))
