"""Quantiles around a forecast from its own past errors: what it would have said at earlier cutoffs of the history.

For forecasters used on their own, through sktime. The product calibrates its intervals on backtests instead.
"""

from collections.abc import Callable, Sequence

import numpy as np

from forecasting.panel import Floats

_MAX_CUTOFFS = 24  # evenly spaced cutoffs of the history: enough for an 80 % interval, cheap for every forecaster
_ENOUGH = 5  # errors of one horizon step below which errors of the nearest shorter step stand in


def residual_quantiles(
    forecast_panel: Callable[[Floats, int, int], Floats],
    y: Floats,
    h: int,
    season_length: int,
    quantile_levels: Sequence[float],
) -> Floats:
    """Offsets to add to the forecast, shape (S, h, levels), rising with the level and never narrowing with the step.

    Each series has its own errors. Without enough of them a step takes those of the step before;
    a series without any gets the size of its own changes, and zero width if it never changed.
    """
    errors = _errors(forecast_panel, y, h, season_length)
    levels = np.asarray(quantile_levels, dtype=np.float64)
    offsets = np.zeros((len(y), h, len(levels)))
    before = _spread_of_changes(y)[:, None] * (levels - 0.5)[None, :] * 2.0
    for step in range(h):
        counts = (~np.isnan(errors[:, :, step])).sum(axis=1)
        at_step = _quantiles_of_known(errors[:, :, step], counts, levels)
        own = np.where((counts >= min(_ENOUGH, errors.shape[1]))[:, None] & (counts > 0)[:, None], at_step, before)
        # An interval further ahead is never the narrower one: errors of few cutoffs would say so by chance.
        below, above = np.minimum(own, before), np.maximum(own, before)
        offsets[:, step] = own if step == 0 else np.where(levels < 0.5, below, np.where(levels > 0.5, above, own))
        before = offsets[:, step]
    return np.sort(offsets, axis=2)


def _errors(forecast_panel: Callable[[Floats, int, int], Floats], y: Floats, h: int, season_length: int) -> Floats:
    """Actual minus forecast, shape (S, cutoffs, h); NaN where the target is unknown or nothing was seen before."""
    n_periods = y.shape[1]
    earliest = max(1, min(2 * season_length, n_periods // 2))
    cutoffs = np.unique(np.linspace(earliest, max(n_periods - 1, 0), _MAX_CUTOFFS).astype(int))
    cutoffs = cutoffs[(cutoffs >= 1) & (cutoffs < n_periods)]
    errors = np.full((len(y), max(len(cutoffs), 1), h), np.nan)
    for k, cutoff in enumerate(cutoffs):
        known = min(h, n_periods - cutoff)
        past = y[:, :cutoff]
        said = forecast_panel(past, known, season_length)
        said[np.isnan(past).all(axis=1)] = np.nan
        errors[:, k, :known] = y[:, cutoff : cutoff + known] - said
    return errors


def _quantiles_of_known(values: Floats, counts: np.typing.NDArray[np.int64], levels: Floats) -> Floats:
    """Linear quantiles of the known values of every row; NaN sorts last, so the first `counts` are the known ones."""
    ordered = np.sort(values, axis=1)
    position = np.maximum(counts - 1, 0)[:, None] * levels[None, :]
    lower = np.floor(position).astype(int)
    upper = np.minimum(lower + 1, np.maximum(counts - 1, 0)[:, None])
    at_lower, at_upper = np.take_along_axis(ordered, lower, 1), np.take_along_axis(ordered, upper, 1)
    between: Floats = at_lower + (at_upper - at_lower) * (position - lower)
    return between


def _spread_of_changes(y: Floats) -> Floats:
    changes = np.abs(np.diff(y, axis=1))
    known = ~np.isnan(changes)
    spread: Floats = np.where(known, changes, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return spread
