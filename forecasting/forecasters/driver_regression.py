"""One linear model of logarithms per series, shrunk towards one that all series share: plans, weekdays and the year.

    log y = level of the series + effects of its own (weekday, plans) + effects that all share (year, month, holidays)

A tree model of the same plans errs elsewhere: on 1,115 stores, four windows before any that is scored, the trees had
WAPE 0.0850, this model 0.0906, and the mean of both 0.0805. Ridge regression by normal equations in two steps, as in
empirical Bayes: the shared effects first, then what each series adds to them (Hoerl and Kennard 1970; Robinson 1991).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from forecasting.forecasters.history import last_observed
from forecasting.forecasters.panel_forecaster import within_history
from forecasting.forecasters.protocol import PanelForecast
from forecasting.forecasters.regression_design import frequent_codes, own_columns, shared_columns
from forecasting.forecasters.seasonal_naive import SeasonalNaive
from forecasting.panel import Floats
from forecasting.regressors import Regressors
from forecasting.zero_states import is_certain_zero

Flags = npt.NDArray[np.bool_]

_BLOCK_CELLS = 1 << 23  # of the largest array of a block of series: 64 MB
_HALF_LIFE = 365.0  # periods; a day a year ago counts half of one of today
_LEVEL_HALF_LIFE = 28.0
_RIDGE_SHARED, _RIDGE_OWN = 10.0, 3.0  # in days
_RIDGE_DAYS = 0.3
_LEVEL_PRIOR = 2.0  # days
_LARGEST_RESIDUAL = 0.5
_MOST_ZEROS = 0.1


@dataclass(frozen=True)
class DriverRegression:
    """Forecasts daily series with plans known ahead by a regression on them; learns in the call, from what is given.

    `regressors` start with the first column of the history and reach to the end of the horizon. Days without demand
    are left out: it is made for targets that are rarely zero but in states that plans announce (closed), and there it
    says zero. A series that is often zero otherwise, or always, gets a stand-in.
    """

    pools_series: ClassVar[bool] = True
    regressors: Regressors | None = None

    def forecast(self, y: Floats, h: int, season_length: int) -> PanelForecast:
        """The next h periods of every series; marked are those whose logarithms say too little, with the reason."""
        history = np.asarray(y, dtype=np.float64)
        yhat = SeasonalNaive().forecast_panel(history, h, season_length)
        reasons = np.full(len(history), None, dtype=object)
        if self.regressors is None:
            reasons[:] = "expected plans and a calendar known ahead"
            return PanelForecast(yhat, reasons)
        closed, closing = _certain_zeros(history, self.regressors)
        is_open = ~np.isnan(history) & ~closed[:, : history.shape[1]]
        usable = is_open & (history > 0)
        n_open = is_open.sum(axis=1)
        is_rarely_zero = usable.sum(axis=1) >= (1.0 - _MOST_ZEROS) * n_open
        usable &= is_rarely_zero[:, None]
        known = usable.any(axis=1)
        if known.any():
            said = _fit_and_extend(history, usable, h, self.regressors, season_length, closing)
            said[closed[:, history.shape[1] :]] = 0.0
            yhat[known] = said[known]
        reasons[~known] = "no demand up to the cutoff on days that plans do not close"
        reasons[~is_rarely_zero] = f"no demand on more than {_MOST_ZEROS:.0%} of the days that plans do not close"
        reasons[np.isnan(last_observed(history))] = "no observation up to the cutoff"
        return PanelForecast(within_history(yhat, history), reasons)


def _certain_zeros(y: Floats, regressors: Regressors) -> tuple[Flags, tuple[str, ...]]:
    """The cells of plans under which nothing ever happened, and the drivers that say so."""
    inside = np.zeros((len(y), regressors.n_periods), dtype=bool)
    closing = []
    known, is_zero = ~np.isnan(y), y == 0
    for name, values in regressors.drivers.items():
        if regressors.kinds[name] != "binary":
            continue
        past = values[:, : y.shape[1]]
        for value in (0.0, 1.0):
            if is_certain_zero(is_zero, known & (past == value), known & (past != value)):
                inside |= values == value
                closing.append(name)
    return inside, tuple(closing)


def _fit_and_extend(
    y: Floats, usable: Flags, h: int, regressors: Regressors, season_length: int, closing: tuple[str, ...]
) -> Floats:
    n_periods = y.shape[1]
    age = n_periods - 1 - np.arange(n_periods)
    weight = usable * 0.5 ** (age / _HALF_LIFE)
    logs = np.log(np.where(usable, y, 1.0))
    level = (weight * logs).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-12)
    target = np.where(usable, logs - level[:, None], 0.0)
    shared = shared_columns(regressors.calendar).astype(np.float64)
    common = _CommonEffects(shared[:n_periods])

    codes = frequent_codes(regressors)

    def own(rows: slice) -> Floats:
        return own_columns(regressors, season_length, rows, codes, left_out=closing).astype(np.float64)

    blocks = list(_blocks(len(y), regressors.n_periods, own(slice(0, 1)).shape[-1]))
    for rows in blocks:
        common.add(own(rows)[:, :n_periods], weight[rows], target[rows])
    effects, of_all = common.solve()
    said = np.empty((len(y), h))
    recent = usable * 0.5 ** (age / _LEVEL_HALF_LIFE)
    for rows in blocks:
        columns = own(rows)
        explained = columns @ effects + shared @ of_all
        rest = np.where(usable[rows], target[rows] - explained[:, :n_periods], 0.0)
        explained += np.einsum("ntp,np->nt", columns, _own_effects(columns[:, :n_periods], weight[rows], rest))
        rest = np.where(usable[rows], target[rows] - explained[:, :n_periods], 0.0)
        moved = (recent[rows] * np.clip(rest, -_LARGEST_RESIDUAL, _LARGEST_RESIDUAL)).sum(axis=1)
        moved /= recent[rows].sum(axis=1) + _LEVEL_PRIOR
        said[rows] = np.exp((level[rows] + moved)[:, None] + explained[:, n_periods:])
    return said


class _CommonEffects:
    """The normal equations of all series together: columns of the series first, shared columns after them."""

    def __init__(self, shared: Floats) -> None:
        self._shared = shared
        self._parts: list[tuple[Floats, Floats, Floats, Floats, Floats]] = []

    def add(self, own: Floats, weight: Floats, target: Floats) -> None:
        """A block of series: own columns (n, T, p), weights and targets (n, T)."""
        weighted = own * weight[:, :, None]
        flat = own.reshape(-1, own.shape[-1])
        of_days = (weight * target).sum(axis=0)
        self._parts.append(
            (
                weighted.reshape(flat.shape).T @ flat,
                weighted.sum(axis=0).T @ self._shared,
                weight.sum(axis=0),
                np.einsum("ntp,nt->p", weighted, target),
                of_days,
            )
        )

    def solve(self) -> tuple[Floats, Floats]:
        """The effects of the own columns on average, and those of the shared ones."""
        own, cross, days, own_target, day_target = (np.sum(part, axis=0) for part in zip(*self._parts, strict=True))
        both = self._shared.T @ (days[:, None] * self._shared)
        normal = np.block([[own, cross], [cross.T, both]])
        right = np.concatenate([own_target, self._shared.T @ day_target])
        # All series have the same day in common: a shared column has seen as many days, not as many series.
        ridge = np.full(len(normal), _RIDGE_SHARED)
        ridge[len(own) :] = _RIDGE_DAYS * days.max(initial=0.0)
        solution = np.linalg.solve(normal + np.diag(ridge), right)
        return solution[: len(own)], solution[len(own) :]


def _own_effects(own: Floats, weight: Floats, rest: Floats) -> Floats:
    """What each series adds to the effects of all: (n, p)."""
    weighted = own * weight[:, :, None]
    normal = weighted.transpose(0, 2, 1) @ own + _RIDGE_OWN * np.eye(own.shape[-1])
    right = weighted.transpose(0, 2, 1) @ rest[:, :, None]
    return np.asarray(np.linalg.solve(normal, right)[:, :, 0], dtype=np.float64)


def _blocks(n_series: int, n_periods: int, n_columns: int) -> Iterator[slice]:
    of_a_block = max(1, _BLOCK_CELLS // max(n_periods * n_columns, 1))
    return (slice(start, min(start + of_a_block, n_series)) for start in range(0, n_series, of_a_block))
