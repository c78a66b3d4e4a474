"""Quantiles from backtest errors: scaled, pooled in cells, never crossing (Mondrian split conformal prediction).

An error is divided by a scale that was known at the cutoff, errors of a like kind are pooled in one cell, and the
quantiles of a cell, multiplied by the scale of the row to be forecast, are added to the forecast. One point model is
enough for every quantile level, and a cell that covers 80 % of past errors covers 80 % of new ones like them
(Vovk et al. 2005, Mondrian confidence machines).

All matrices have one row per series and one column per step, first step first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.whole_counts import are_whole

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

# A tail quantile of 0.1 or 0.9 needs some twenty errors beyond it to be worth having; a smaller cell uses its parent.
_ENOUGH_ERRORS = 200
_N_SIZE_CLASSES = 5
_ZERO_SHARE_BORDERS = (0.02, 0.5)
_N_HORIZON_BUCKETS = 4


@dataclass(frozen=True)
class SeriesScale:
    """What is known at a cutoff about the size of a series' errors, one value per series.

    `level` is its mean, `spread` the mean absolute difference between one main season and the next, both in units
    of the target; `zero_share` the share of periods with exactly zero.
    """

    level: Floats
    spread: Floats
    zero_share: Floats


@dataclass(frozen=True)
class WindowErrors:
    """One finished backtest window of one model; `y` is NaN where nothing was observed."""

    y: Floats
    yhat: Floats
    scale: SeriesScale


@dataclass(frozen=True)
class Calibration:
    """What the errors of finished windows say about the errors to come.

    `scale_weights` are the intercept and the exponents of spread, forecast and step in the error scale;
    `cell_quantiles` has one row per cell and one column per quantile level, in units of that scale. `is_whole`: only
    whole numbers were ever observed.
    """

    quantile_levels: tuple[float, ...]
    scale_weights: tuple[float, float, float, float]
    size_borders: tuple[float, ...]
    horizon: int
    cell_quantiles: Floats
    unit: float
    is_whole: bool = False


def series_scale(values: Floats, season_length: int, n_seasons: int = 8) -> SeriesScale:
    """Scales from the last `n_seasons` seasons of a panel that ends at the cutoff; NaN is 'not observed'.

    A series with too little history takes the median of the others, relative to its own level.
    """
    recent = values[:, -(n_seasons * season_length + season_length) :]
    known = ~np.isnan(recent)
    counts = np.maximum(known.sum(axis=1), 1)
    level = np.where(known, np.abs(recent), 0.0).sum(axis=1) / counts
    zero_share = (known & (recent == 0)).sum(axis=1) / counts
    lag = season_length if recent.shape[1] > season_length else 1
    steps = np.abs(recent[:, lag:] - recent[:, :-lag])
    has_step = ~np.isnan(steps)
    n_steps = has_step.sum(axis=1)
    spread = np.where(has_step, steps, 0.0).sum(axis=1) / np.maximum(n_steps, 1)
    usable = (n_steps >= 3) & (spread > 0) & (level > 0)
    typical = float(np.median(spread[usable] / level[usable])) if usable.any() else 1.0
    spread = np.where(usable, spread, typical * level)
    return SeriesScale(level=level, spread=spread, zero_share=zero_share)


def calibrate(windows: Sequence[WindowErrors], quantile_levels: Sequence[float]) -> Calibration:
    """Learn from windows that ended before the one to be forecast; the caller keeps the order of time.

    Raises `ValueError` when there is no error to learn from.
    """
    horizon = max(window.yhat.shape[1] for window in windows)
    pieces = [_known_rows(window) for window in windows]
    y, yhat, spread, zero_share, step = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    if y.size == 0:
        raise ValueError("expected at least one finished window with observations; found none to calibrate from")
    errors = y - yhat
    unit = _unit(errors, yhat)
    weights = _fit_scale(errors, yhat, spread, step, unit)
    size_borders = _size_borders(yhat, unit)
    scale = _scale(weights, yhat, spread, step, unit)
    cells = _cells(yhat, zero_share, step, size_borders, horizon)
    table = _cell_quantiles(errors / scale, cells, np.asarray(quantile_levels, dtype=np.float64))
    return Calibration(tuple(quantile_levels), weights, size_borders, horizon, table, unit, are_whole(y))


def predict_quantiles(
    calibration: Calibration, yhat: Floats, scale: SeriesScale, *, allow_negative: bool
) -> NDArray[np.float64]:
    """Quantiles of every series and step, shape (series, steps, levels); never decreasing from level to level."""
    n_series, n_steps = yhat.shape
    step = np.tile(np.arange(1.0, n_steps + 1), n_series)
    flat = yhat.ravel()
    spread = np.repeat(scale.spread, n_steps)
    zero_share = np.repeat(scale.zero_share, n_steps)
    width = _scale(calibration.scale_weights, flat, spread, step, calibration.unit)
    cells = _cells(flat, zero_share, step, calibration.size_borders, calibration.horizon)
    answer = flat[:, None] + width[:, None] * calibration.cell_quantiles[cells]
    if not allow_negative:
        np.maximum(answer, 0.0, out=answer)
    np.maximum.accumulate(answer, axis=1, out=answer)
    shaped: Floats = answer.reshape(n_series, n_steps, len(calibration.quantile_levels))
    return shaped


def _known_rows(window: WindowErrors) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    known = ~np.isnan(window.y) & ~np.isnan(window.yhat)
    series, step = np.nonzero(known)
    return (
        window.y[known],
        window.yhat[known],
        window.scale.spread[series],
        window.scale.zero_share[series],
        step.astype(np.float64) + 1.0,
    )


def _unit(errors: Floats, yhat: Floats) -> float:
    """A small amount that keeps logarithms finite: a thousandth of the typical size."""
    return max(float(np.mean(np.abs(errors))), float(np.mean(np.abs(yhat))), 1e-9) / 1000.0


def _fit_scale(
    errors: Floats, yhat: Floats, spread: Floats, step: Floats, unit: float
) -> tuple[float, float, float, float]:
    """Exponents of a multiplicative error scale, by least squares on logarithms.

    Perfect hits (a closed shop forecast as closed) say nothing about size and are left out; exponents are kept
    where a larger spread, forecast or step cannot mean a smaller error, so the answer is tame outside the sample.
    """
    missed = np.abs(errors) > unit
    if missed.sum() < 50:
        return (0.0, 0.5, 0.5, 0.0)
    design = _log_design(yhat[missed], spread[missed], step[missed], unit)
    wanted = np.log(np.abs(errors[missed]))
    ridge = np.diag([1e-6, 1.0, 1.0, 1.0])
    solution = np.linalg.solve(design.T @ design + ridge, design.T @ wanted)
    by_spread, by_forecast, by_step = np.clip(solution[1:], 0.0, (1.0, 1.0, 0.7))
    rest = wanted - design[:, 1:] @ np.array([by_spread, by_forecast, by_step])
    return (float(rest.mean()), float(by_spread), float(by_forecast), float(by_step))


def _log_design(yhat: Floats, spread: Floats, step: Floats, unit: float) -> Floats:
    return np.column_stack([np.ones_like(yhat), np.log(spread + unit), np.log(np.abs(yhat) + unit), np.log(step)])


def _scale(
    weights: tuple[float, float, float, float], yhat: Floats, spread: Floats, step: Floats, unit: float
) -> Floats:
    scale: Floats = np.exp(_log_design(yhat, spread, step, unit) @ np.array(weights))
    return scale


def _size_borders(yhat: Floats, unit: float) -> tuple[float, ...]:
    """Borders of the size classes: first 'as good as nothing', then equal shares of what remains."""
    nothing = 10.0 * unit
    something = np.abs(yhat[np.abs(yhat) > nothing])
    if something.size == 0:
        return (nothing,)
    shares = np.linspace(0, 1, _N_SIZE_CLASSES + 1)[1:-1]
    return (nothing, *np.unique(np.quantile(something, shares)).tolist())


def _cells(yhat: Floats, zero_share: Floats, step: Floats, size_borders: tuple[float, ...], horizon: int) -> Integers:
    """The cell of each row: size class, then zero-share class, then horizon bucket."""
    size = np.searchsorted(np.asarray(size_borders), np.abs(yhat), side="right")
    zeros = np.searchsorted(np.asarray(_ZERO_SHARE_BORDERS), zero_share, side="right")
    bucket = np.minimum((step - 1) * _N_HORIZON_BUCKETS / horizon, _N_HORIZON_BUCKETS - 1).astype(np.intp)
    n_zeros = len(_ZERO_SHARE_BORDERS) + 1
    return (size * n_zeros + zeros) * _N_HORIZON_BUCKETS + bucket


def _n_cells() -> int:
    return (_N_SIZE_CLASSES + 1) * (len(_ZERO_SHARE_BORDERS) + 1) * _N_HORIZON_BUCKETS


def _cell_quantiles(scaled: Floats, cells: Integers, levels: Floats) -> Floats:
    """Quantiles per cell; a cell with too few errors uses its size class, and that one all errors."""
    table = np.tile(_conformal(scaled, levels), (_n_cells(), 1))
    per_size = _n_cells() // (_N_SIZE_CLASSES + 1)
    for size, members in _groups(cells // per_size):
        if members.size >= _ENOUGH_ERRORS:
            table[size * per_size : (size + 1) * per_size] = _conformal(scaled[members], levels)
    for cell, members in _groups(cells):
        if members.size >= _ENOUGH_ERRORS:
            table[cell] = _conformal(scaled[members], levels)
    return table


def _groups(labels: Integers) -> list[tuple[int, Integers]]:
    # Of small numbers numpy makes a radix sort: a tenth of the time, and the same order.
    order = np.argsort(labels.astype(np.uint16), kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    return [(int(labels[members[0]]), members) for members in np.split(order, borders)]


def _conformal(scaled: Floats, levels: Floats) -> Floats:
    """Order statistics that cover at least their level of a further exchangeable error: rank (n + 1) x level."""
    ordered = np.sort(scaled)
    rank = (ordered.size + 1) * levels - 1.0
    return np.interp(rank, np.arange(ordered.size), ordered)
