"""A weighted mean of the few smoothing recursions that forecast a series best so far.

Level only or with a damped trend, each season alone or all together, on the scale of the data or of its logarithm:
every combination is run over the history and forecasts the whole horizon from several earlier cutoffs on the way.
That is a backtest inside the history, per series, and costs one pass.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from forecasting.forecasters.history import first_position
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.forecasters.smoothing_recursion import Setting, Smoothing
from forecasting.panel import Floats

_ALPHAS = (0.4, 0.1, 0.8, 0.02)  # the first one is what a series too short for any trial gets
_TRENDS = ((0.0, 1.0), (0.1, 0.9), (0.3, 0.9), (0.1, 0.98))
_GAMMAS = (0.05, 0.2, 0.5)
_SECOND_GAMMAS = (0.05, 0.3)
_PERSISTENCES = (0.0, 0.8)
_N_CUTOFFS = 8
_N_BEST = 3
_SHARPNESS = 3  # weights are losses to the power of minus this
_MIN_PERIODS = 512
_UNSCORED = 1e300  # the loss of what forecast the series but was never tried; worse than any loss


class _Candidates(NamedTuple):
    """One structure with all its settings."""

    seasons: tuple[int, ...]
    is_log: bool
    settings: tuple[Setting, ...]


class SmoothingEnsemble(PanelForecaster):
    """The three best of about a hundred exponential smoothings of each series, weighted by their past accuracy.

    `season_lengths` are further seasons beside the main one, for example (168,) beside 24 for hourly data. A season
    counts for a series once it was seen twice before the first of eight trial cutoffs. The logarithm is tried for
    series that were always positive. At most the last 512 periods, or four of the longest seasons, are looked at.

    >>> import numpy as np
    >>> from forecasting.forecasters import SmoothingEnsemble
    >>> SmoothingEnsemble().forecast_panel(np.tile([1.0, 5.0, 9.0], 40)[None], h=4, season_length=3).round(1)
    array([[1., 5., 9., 1.]])
    """

    may_leave_range = True
    chooses_for_horizon = True

    def __init__(self, season_lengths: tuple[int, ...] = (), season_length: int = 1) -> None:
        self.season_lengths = season_lengths
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        seasons = tuple(sorted({m for m in (season_length, *self.season_lengths) if m > 1}))
        recent = y[:, -max(_MIN_PERIODS, 4 * max(seasons, default=1)) :]
        is_positive = np.where(np.isnan(recent), 1.0, recent).min(axis=1) > 0
        pool = _Pool(recent, h)
        for candidates in _candidates(seasons):
            rows = np.flatnonzero(is_positive) if candidates.is_log else np.arange(len(y))
            if rows.size:
                pool.add(rows, candidates)
        return pool.best()

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{}, {"season_length": 2, "season_lengths": (4,)}]


class _Pool:
    """The best forecasts of each series so far, and how wrong each was from the trial cutoffs."""

    def __init__(self, y: Floats, h: int) -> None:
        self._y, self._h = y, h
        n_periods = y.shape[1]
        spacing = max(1, h // 2)
        self._cutoffs = [t for k in range(_N_CUTOFFS) if (t := n_periods - h - k * spacing) > 1]
        self._begin = first_position(~np.isnan(y))
        self._loss = np.full((_N_BEST, len(y)), np.inf)
        self._yhat = np.full((_N_BEST, len(y), h), np.nan)

    def add(self, rows: Any, candidates: _Candidates) -> None:
        """Run candidates over some of the series and keep what is better than before."""
        y = self._y[rows]
        z = np.log(y) if candidates.is_log else y
        states = Smoothing(z, candidates.seasons, candidates.settings)
        seen_twice = self._begin[rows] + 2 * max(candidates.seasons, default=2)
        loss, count = np.zeros((len(candidates.settings), len(rows))), np.zeros(len(rows))
        for t in range(y.shape[1]):
            if t in self._cutoffs:
                error = _mean_absolute_error(self._say(states, t, candidates), y[:, t : t + self._h])
                counts = (seen_twice <= t) & ~np.isnan(error[0])
                loss += np.where(counts, np.nan_to_num(error, nan=np.inf), 0.0)
                count += counts
            states.step(t, z[:, t])
        is_tried = (count > 0) & (2 * count >= len(self._cutoffs))
        loss = np.where(is_tried, np.minimum(loss / np.maximum(count, 1), _UNSCORED), _UNSCORED)
        self._keep_best(rows, loss, self._say(states, y.shape[1], candidates))

    def best(self) -> Floats:
        """The weighted mean of the best; for a series too short for trials the first, simplest one."""
        floor = np.maximum(self._loss[0], 1e-12)
        weight = np.where(self._loss < _UNSCORED, (floor / np.maximum(self._loss, 1e-12)) ** _SHARPNESS, 0.0)
        total = weight.sum(axis=0)
        combined = (weight[:, :, None] * np.where(weight[:, :, None] > 0, self._yhat, 0.0)).sum(axis=0)
        yhat: Floats = np.where(total[:, None] > 0, combined / np.maximum(total, 1e-12)[:, None], self._yhat[0])
        return yhat

    def _say(self, states: Smoothing, t: int, candidates: _Candidates) -> Floats:
        said = states.forecast(t, self._h)
        return np.exp(said) if candidates.is_log else said

    def _keep_best(self, rows: Any, loss: Floats, yhat: Floats) -> None:
        all_loss = np.concatenate([self._loss[:, rows], loss])
        all_yhat = np.concatenate([self._yhat[:, rows], yhat])
        order = np.argsort(all_loss, axis=0, kind="stable")[:_N_BEST]
        self._loss[:, rows] = np.take_along_axis(all_loss, order, axis=0)
        self._yhat[:, rows] = np.take_along_axis(all_yhat, order[:, :, None], axis=0)


def _candidates(seasons: tuple[int, ...]) -> list[_Candidates]:
    """Every structure, simple ones first: on a tie the simpler one stays."""
    trends = tuple(Setting(a, beta, damping) for a, (beta, damping) in product(_ALPHAS, _TRENDS))
    structures: list[tuple[tuple[int, ...], tuple[Setting, ...]]] = [((), trends)]
    structures += [((m,), _seasonal((_GAMMAS,))) for m in seasons]
    if len(seasons) > 1:
        structures.append((seasons[:2], _seasonal((_GAMMAS, _SECOND_GAMMAS))))
    return [_Candidates(s, is_log, settings) for s, settings in structures for is_log in (False, True)]


def _seasonal(gammas: Sequence[Sequence[float]]) -> tuple[Setting, ...]:
    weights = product(_ALPHAS, product(*gammas), _PERSISTENCES)
    return tuple(Setting(alpha, gammas=g, persistence=p) for alpha, g, p in weights)


def _mean_absolute_error(yhat: Floats, y: Floats) -> Floats:
    """Per setting and series over the observed periods; NaN where none is."""
    known = ~np.isnan(y)
    error = np.where(known, np.abs(yhat - np.where(known, y, 0.0)), 0.0).sum(axis=2)
    count = known.sum(axis=1)
    return np.where(count > 0, error / np.maximum(count, 1), np.nan)
