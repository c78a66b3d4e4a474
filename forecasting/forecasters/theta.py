"""The standard theta method of all series at once (Assimakopoulos and Nikolopoulos 2000; winner of M3).

A seasonally adjusted series is the mean of two lines: its linear trend, and one with twice its curvature.
The trend is extended, the other line smoothed exponentially, and their mean is seasonalised again.
"""

import numpy as np
import numpy.typing as npt

from forecasting.forecasters.exponential_smoothing import ALPHAS, smoothed_level
from forecasting.forecasters.gaps import fill_gaps
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats

_RECENT = 1_024  # periods looked at: nearly three years of days; older ones say little about the level and trend
_CONFIDENCE = 1.645  # 90 %, as in the M competitions' test of seasonality


class Theta(PanelForecaster):
    """Linear trend and smoothed curvature, on the seasonally adjusted series.

    A series is adjusted where its autocorrelation at the season is significant at 90 % and it has at least two
    seasons; by ratios if it is always positive, by differences otherwise.

    >>> import numpy as np
    >>> from forecasting.forecasters import Theta
    >>> Theta().forecast_panel(np.array([[2.0, 4.0, 6.0, 8.0]]), h=2, season_length=1).round(1)
    array([[8.9, 9.9]])
    """

    may_leave_range = True

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        return _theta(fill_gaps(y[:, -max(_RECENT, 3 * season_length) :], season_length), h, season_length)


def _theta(y: Floats, h: int, season_length: int) -> Floats:
    """The forecast of series whose only NaN are in front."""
    n_periods = y.shape[1]
    is_positive = np.where(np.isnan(y), 1.0, y).min(axis=1) > 0
    season = seasonal_pattern(y, season_length, is_positive)
    place = np.arange(n_periods + h) % season_length
    pattern = season[:, place]
    adjusted = np.where(is_positive[:, None], y / pattern[:, :n_periods], y - pattern[:, :n_periods])
    intercept, slope = _trend(adjusted)
    times = np.arange(n_periods, dtype=np.float64)
    curved = 2.0 * adjusted - (intercept[:, None] + slope[:, None] * times)
    level, _ = smoothed_level(curved, ALPHAS)
    ahead = n_periods + np.arange(h, dtype=np.float64)
    line = intercept[:, None] + slope[:, None] * ahead
    yhat = 0.5 * (line + level[:, None])
    future = pattern[:, n_periods:]
    seasonalised: Floats = np.where(is_positive[:, None], yhat * future, yhat + future)
    return seasonalised


def _trend(y: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of the least-squares line through the known values of every row."""
    known = ~np.isnan(y)
    times = np.arange(y.shape[1], dtype=np.float64)
    count = np.maximum(known.sum(axis=1), 1)
    mean_time = (known * times).sum(axis=1) / count
    mean_y = np.where(known, y, 0.0).sum(axis=1) / count
    centred = np.where(known, times - mean_time[:, None], 0.0)
    variance = (centred**2).sum(axis=1)
    slope = (centred * np.where(known, y - mean_y[:, None], 0.0)).sum(axis=1) / np.where(variance > 0, variance, 1.0)
    return mean_y - slope * mean_time, slope


def seasonal_pattern(y: Floats, season_length: int, is_ratio: npt.NDArray[np.bool_]) -> Floats:
    """The classical seasonal indices of every series, shape (S, m), by column modulo the season.

    Ratios with mean one where `is_ratio`, differences with mean zero elsewhere; all ones (zeros) for a series
    that is too short or not seasonal.
    """
    neutral = np.repeat(np.where(is_ratio, 1.0, 0.0)[:, None], season_length, axis=1)
    n_periods = y.shape[1]
    if season_length < 2 or n_periods < 2 * season_length + 1:
        return neutral
    level = centred_moving_average(y, season_length)
    detrended = np.where(is_ratio[:, None], y / np.where(level > 0, level, np.nan), y - level)
    padding = -n_periods % season_length
    by_place = np.pad(detrended, ((0, 0), (0, padding)), constant_values=np.nan)
    by_place = by_place.reshape(len(y), -1, season_length)
    known = ~np.isnan(by_place)
    count = known.sum(axis=1)
    index = np.where(known, by_place, 0.0).sum(axis=1) / np.maximum(count, 1)
    mean = index.mean(axis=1, keepdims=True)
    normalised = np.where(is_ratio[:, None], index / np.where(mean > 0, mean, 1.0), index - mean)
    usable = (count > 0).all(axis=1) & _is_seasonal(y, season_length)
    usable &= ~is_ratio | (normalised > 0).all(axis=1)
    return np.where(usable[:, None], normalised, neutral)


def centred_moving_average(y: Floats, m: int) -> Floats:
    """The mean over one season around each period, half weights at both ends of an even one; NaN at the edges."""
    sums = np.cumsum(np.pad(np.nan_to_num(y), ((0, 0), (1, 0))), axis=1)
    means = (sums[:, m:] - sums[:, :-m]) / m
    if m % 2 == 0:
        means = 0.5 * (means[:, 1:] + means[:, :-1])
    edge = m // 2
    level = np.full(y.shape, np.nan)
    level[:, edge : edge + means.shape[1]] = means
    begin = np.isnan(y).sum(axis=1)
    return np.where(np.arange(y.shape[1])[None, :] < (begin + edge)[:, None], np.nan, level)


def _is_seasonal(y: Floats, m: int) -> npt.NDArray[np.bool_]:
    """Whether the autocorrelation at lag m stands out at 90 %, given those at shorter lags."""
    known = ~np.isnan(y)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, y, 0.0).sum(axis=1) / count
    centred = np.where(known, y - mean[:, None], 0.0)
    size = 1 << int(np.ceil(np.log2(y.shape[1] + m + 1)))
    power = np.abs(np.fft.rfft(centred, size, axis=1)) ** 2
    covariance = np.fft.irfft(power, size, axis=1)[:, : m + 1]
    variance = covariance[:, :1]
    correlation = covariance / np.where(variance > 0, variance, 1.0)
    limit = _CONFIDENCE * np.sqrt((1.0 + 2.0 * (correlation[:, 1:m] ** 2).sum(axis=1)) / count)
    significant: npt.NDArray[np.bool_] = np.abs(correlation[:, m]) > limit
    long_enough: npt.NDArray[np.bool_] = (variance[:, 0] > 0) & (count >= 2 * m)
    return significant & long_enough
