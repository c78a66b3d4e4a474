"""Exponential smoothing with trend, seasons and a fading deviation, for many series and many settings at once.

Error-correction form (Hyndman et al. 2008; two seasons and the deviation as in Taylor 2003). After each period

    expected   level + damping * slope + season[t mod m] of every season + persistence * deviation
    error      observed - expected, zero where nothing was observed
    level      + alpha * error      slope    + alpha * beta * error
    season     + gamma * error      deviation = what of the observation the other states do not explain

States have shape (settings, series). The only loop is over periods.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasting.forecasters.history import first_position
from forecasting.panel import Floats


@dataclass(frozen=True)
class Setting:
    """The weights of one recursion; `gammas` are those of the seasons, in order."""

    alpha: float
    beta: float = 0.0
    damping: float = 1.0
    gammas: tuple[float, ...] = ()
    persistence: float = 0.0


class Smoothing:
    """The states of all settings for all series, moved forward one period at a time."""

    def __init__(self, z: Floats, seasons: tuple[int, ...], settings: Sequence[Setting]) -> None:
        """Start from the first observations of `z`, shape (series, periods); seasons start at their mean shape."""
        self._seasons = seasons
        self._alpha = _column([s.alpha for s in settings])
        self._beta = _column([s.beta for s in settings])
        self._damping = _column([s.damping for s in settings])
        self._persistence = _column([s.persistence for s in settings])
        self._gammas = [_column([s.gammas[k] for s in settings]) for k in range(len(seasons))]
        shape = (len(settings), len(z))
        patterns = _mean_patterns(z, seasons)
        self._patterns = [np.repeat(p.T[:, None, :], len(settings), axis=1) for p in patterns]
        self._level = np.broadcast_to(_first_level(z, seasons, patterns), shape).copy()
        self._slope, self._deviation = np.zeros(shape), np.zeros(shape)

    def step(self, t: int, observed: Floats) -> None:
        """Learn the observations of period t, NaN where there are none."""
        places = [pattern[t % m] for pattern, m in zip(self._patterns, self._seasons, strict=True)]
        level = self._level + self._damping * self._slope
        explained = level + sum(places)
        residual = np.where(np.isnan(observed), 0.0, observed - explained)
        known = ~np.isnan(observed)
        error = np.where(known, residual - self._persistence * self._deviation, 0.0)
        self._level = np.where(known, level + self._alpha * error, self._level)
        self._slope = np.where(known, self._damping * self._slope + self._alpha * self._beta * error, self._slope)
        taken = self._alpha
        for place, gamma in zip(places, self._gammas, strict=True):
            np.add(place, gamma * error, out=place)  # in place: a view of the pattern
            taken = taken + gamma
        self._deviation = np.where(known, residual - taken * error, self._persistence * self._deviation)

    def forecast(self, t: int, h: int) -> Floats:
        """The h periods from t on, given everything before; shape (settings, series, h)."""
        yhat = np.empty((*self._level.shape, h))
        damped, fading = np.zeros_like(self._damping), np.ones_like(self._persistence)
        for step in range(h):
            damped = damped + self._damping ** (step + 1)
            fading = fading * self._persistence
            places = [pattern[(t + step) % m] for pattern, m in zip(self._patterns, self._seasons, strict=True)]
            yhat[:, :, step] = self._level + damped * self._slope + sum(places) + fading * self._deviation
        return yhat


def _column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


def _mean_patterns(z: Floats, seasons: tuple[int, ...]) -> list[Floats]:
    """The mean deviation at each place of each season, shape (series, m), longer seasons after shorter ones."""
    remainder = z - _mean(z)[:, None]
    patterns = []
    for m in seasons:
        padded = np.pad(remainder, ((0, 0), (0, -z.shape[1] % m)), constant_values=np.nan).reshape(len(z), -1, m)
        known = ~np.isnan(padded)
        pattern = np.where(known, padded, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        pattern -= pattern.mean(axis=1, keepdims=True)
        patterns.append(pattern)
        remainder = remainder - pattern[:, np.arange(z.shape[1]) % m]
    return patterns


def _first_level(z: Floats, seasons: tuple[int, ...], patterns: list[Floats]) -> Floats:
    """The mean of each series' first (shortest) season, at least four periods, without its patterns."""
    width = max(min(seasons, default=1), 4)
    places = np.minimum(first_position(~np.isnan(z))[:, None] + np.arange(width), z.shape[1] - 1)
    rows = np.arange(len(z))[:, None]
    values = z[rows, places]
    for pattern, m in zip(patterns, seasons, strict=True):
        values = values - pattern[rows, places % m]
    return _mean(values)


def _mean(values: Floats) -> Floats:
    known: npt.NDArray[np.bool_] = ~np.isnan(values)
    mean: Floats = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return mean
