"""Which model serves which series: the ensemble, unless evidence says otherwise, over all or in a segment.

A backtest of a few windows is noise as much as evidence, and the lowest of ten mean losses is the luckiest as well as
the best. The ensemble has weights for those that proved good, so a single model takes its place only when it is better
by more than one standard error of the paired difference; on two windows it never is. Without an ensemble the lowest
loss wins. A segment leaves the model that serves over all only when another one is better there by more than two
standard errors. The standard error is the larger of the one between windows and the one between series: windows are
few, series of one window move together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.model_names import ENSEMBLE
from forecasting.task import SelectionMetric
from forecasting.window_result import WindowResult

Floats = NDArray[np.float64]

MIN_WINDOWS = 3
_STANDARD_ERRORS = 2.0
_STANDARD_ERRORS_OF_THE_ENSEMBLE = 1.0
_MIN_SERIES = 10
_LEAST_SPREAD = 0.1  # of what is usual at the level of a series


@dataclass(frozen=True)
class Choice:
    """The model of one segment (`all` is every series without a choice of its own) and the reason in words."""

    segment: str
    model: str
    reason: str


@dataclass(frozen=True)
class Losses:
    """Losses of finished windows: `error` (models, windows, series) and `size`, by which sums of errors are divided."""

    models: tuple[str, ...]
    error: Floats
    size: Floats

    def mean(self, series: NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Mean over the windows of each window's total error over its total size, per model.

        Where nothing but zeros happened there is no size, and plain errors are compared.
        """
        scored = self.size[:, series].sum(axis=1) > 0
        if not scored.any():
            return np.asarray(self.error[:, :, series].sum(axis=2).mean(axis=1))
        return np.asarray(self.per_window(series)[:, scored].mean(axis=1))

    def per_window(self, series: NDArray[np.bool_] | slice = slice(None)) -> Floats:
        """Loss of each model (row) in each window (column); NaN for a window without anything to score."""
        size = self.size[:, series].sum(axis=1)
        total = self.error[:, :, series].sum(axis=2)
        return np.asarray(np.divide(total, size, out=np.full_like(total, np.nan), where=size > 0))


def losses(windows: Sequence[WindowResult], metric: SelectionMetric = "wape") -> Losses:
    """Absolute errors of the models that answered in every window; a model that missed one cannot win.

    One that fell back for every series of a window missed it: the stand-in's forecasts are not its merit.
    `wape` weighs every unit the same, `mase` every series; `rmspe` counts squares of relative errors, zeros left out.
    """
    present = tuple(m for m in windows[0].models if all(m in window.models for window in windows))
    models = tuple(m for m in present if not any(_is_missed(window, m) for window in windows)) or present
    n_series = windows[0].y.shape[0]
    error = np.zeros((len(models), len(windows), n_series))
    size = np.zeros((len(windows), n_series))
    for w, window in enumerate(windows):
        known = window.eligible[:, None] & ~np.isnan(window.y)
        unit = _spread(window) if metric == "mase" else np.ones(n_series)
        if metric == "rmspe":
            known &= window.y > 0
        weight = np.where(known, 1.0, 0.0)
        size[w] = (
            weight.sum(axis=1) if metric in ("mase", "rmspe") else np.where(known, np.abs(window.y), 0.0).sum(axis=1)
        )
        for m, model in enumerate(models):
            missed = np.where(known, np.abs(window.y - window.yhat[model]), 0.0)
            if metric == "rmspe":
                missed = np.square(np.divide(missed, window.y, out=np.zeros_like(missed), where=known))
            error[m, w] = missed.sum(axis=1) / unit
    return Losses(models, error, size)


def _spread(window: WindowResult) -> Floats:
    """What one unit of error is for each series: a series that never moved must not outweigh all others."""
    spread, level = window.scale.spread, window.scale.level
    moves = (spread > 0) & (level > 0)
    if not moves.any():
        return np.ones_like(spread)
    usual = float(np.median(spread[moves] / level[moves]))
    least = _LEAST_SPREAD * usual * level
    return np.where(level > 0, np.maximum(spread, least), usual * np.median(level[moves]))


def _is_missed(window: WindowResult, model: str) -> bool:
    return bool(window.eligible.any() and window.fell_back[model][window.eligible].all())


def choose(evidence: Losses, segments: Sequence[str]) -> tuple[Choice, ...]:
    """The choice for all series first, then one per segment that departs from it.

    `segments` has one label per series. Ties go to the model named first in the task, so simpler ones come first.
    """
    winner, reason = _for_all(evidence)
    n_windows = evidence.error.shape[1]
    name = evidence.models[winner]
    choices = [Choice("all", name, reason)]
    if n_windows < MIN_WINDOWS:
        return tuple(choices)
    labels = np.asarray(segments)
    for segment in np.unique(labels):
        members = labels == segment
        if members.sum() < _MIN_SERIES:
            continue
        local = evidence.mean(members)
        best = int(np.argmin(local))
        if best == winner:
            continue
        gain = float(local[winner] - local[best])
        error = _standard_error(evidence, members, winner, best)
        if gain > _STANDARD_ERRORS * error:
            reason = (
                f"in segment {segment} better than {name} by {gain:.4f}, "
                f"more than {_STANDARD_ERRORS:g} standard errors of {error:.4f}"
            )
            choices.append(Choice(str(segment), evidence.models[best], reason))
    return tuple(choices)


def _for_all(evidence: Losses) -> tuple[int, str]:
    """The position of the model that serves where no segment departs, and why."""
    overall = evidence.mean()
    best = int(np.argmin(overall))
    n_windows = evidence.error.shape[1]
    lowest = f"lowest mean loss of {n_windows} windows: {overall[best]:.4f}"
    if ENSEMBLE not in evidence.models or evidence.models[best] == ENSEMBLE:
        return best, lowest
    ensemble = evidence.models.index(ENSEMBLE)
    gain = float(overall[ensemble] - overall[best])
    everywhere = np.ones(evidence.size.shape[1], dtype=bool)
    error = _standard_error(evidence, everywhere, ensemble, best) if n_windows >= MIN_WINDOWS else np.inf
    if gain > _STANDARD_ERRORS_OF_THE_ENSEMBLE * error:
        return best, f"{lowest}, below the ensemble by {gain:.4f}, more than a standard error of {error:.4f}"
    luck = "too few to tell" if n_windows < MIN_WINDOWS else f"within a standard error of {error:.4f}"
    better = f"{evidence.models[best]} by {gain:.4f} over the mean of {n_windows} windows, {luck}"
    return ensemble, f"mean of those that proved good; better was {better}"


def _standard_error(evidence: Losses, members: NDArray[np.bool_], winner: int, best: int) -> float:
    per_window = evidence.per_window(members)
    by_window = per_window[winner] - per_window[best]
    by_window = by_window[~np.isnan(by_window)]
    size = evidence.size[:, members].sum()
    by_series = (evidence.error[winner][:, members] - evidence.error[best][:, members]).sum(axis=0) / max(size, 1e-12)
    between_windows = by_window.std(ddof=1) / np.sqrt(by_window.size) if by_window.size > 1 else np.inf
    between_series = by_series.std(ddof=1) * np.sqrt(by_series.size) if by_series.size > 1 else 0.0
    return float(max(between_windows, between_series))
