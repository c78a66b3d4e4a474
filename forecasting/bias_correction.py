"""Corrections of a bias that stays: per segment, learnt from finished windows, used only where it has proven itself.

A bias of one window is news about that window. A correction is fitted only where the bias of every finished window lies
on the same side and about equally far, and is used only where it would have lowered the bias of later windows than
those that it was fitted on. Everything else is refused, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from forecasting.panel import Floats, Texts
from forecasting.window_result import WindowResult

Kind = Literal["multiplicative", "additive"]
KINDS: tuple[Kind, ...] = ("multiplicative", "additive")
CORRECTED = "corrected"
MIN_WINDOWS = 4
# The first windows only teach; without two to try it on, nothing is shown.
_MIN_TAUGHT = 2
_MIN_CELLS = 30
_MIN_BIAS = 0.02
# Between windows the size may differ by half of its mean, and the mean must be beyond two standard errors.
_MAX_SPREAD = 0.5
_STANDARD_ERRORS = 2.0
_MIN_REDUCTION = 0.2
_MAX_LOSS_OF_ACCURACY = 0.01
_FACTORS = (0.5, 2.0)


@dataclass(frozen=True)
class BiasDecision:
    """What becomes of the bias of one segment.

    `amount` is a factor (multiplicative) or is added to each forecast (additive, in the unit of the target); biases are
    shares, positive too high. `bias_before` and `bias_after` are mean absolute biases of the windows it was tried on,
    none of which it was fitted on; None where nothing was tried.
    """

    segment: str
    is_enabled: bool
    kind: Kind | None
    amount: float | None
    n_windows: int
    mean_bias: float | None
    bias_before: float | None
    bias_after: float | None
    reason: str


@dataclass(frozen=True, eq=False)
class _Window:
    """What one window says about one segment: forecasts and truth, cell by cell."""

    y: Floats = field(repr=False)
    yhat: Floats = field(repr=False)

    def bias(self, yhat: Floats | None = None) -> float:
        """Sum of errors over the sum of absolute demand."""
        return float(((self.yhat if yhat is None else yhat) - self.y).sum() / np.abs(self.y).sum())

    def loss(self, yhat: Floats) -> float:
        """Sum of absolute errors over the sum of absolute demand."""
        return float(np.abs(yhat - self.y).sum() / np.abs(self.y).sum())


def decide(
    windows: Sequence[WindowResult], labels: Sequence[Texts], model: str, *, allow_negative: bool
) -> tuple[BiasDecision, ...]:
    """A decision per segment, in the order of their names.

    `windows` are finished ones, oldest first, as they were known at the cutoff; `labels` has the segment of every
    series as of the cutoff of each window, so a series counts where it was.
    """
    names = sorted({str(name) for of_window in labels for name in of_window})
    return tuple(_decide_segment(name, windows, labels, model, allow_negative=allow_negative) for name in names)


def corrected(yhat: Floats, labels: Texts, decisions: Sequence[BiasDecision], *, allow_negative: bool) -> Floats:
    """The forecasts with the corrections that are enabled; others as they are."""
    result = yhat.copy()
    for decision in decisions:
        if decision.is_enabled and decision.kind is not None and decision.amount is not None:
            here = labels == decision.segment
            result[here] = _apply(decision.kind, decision.amount, yhat[here], allow_negative=allow_negative)
    return result


def _decide_segment(
    name: str, windows: Sequence[WindowResult], labels: Sequence[Texts], model: str, *, allow_negative: bool
) -> BiasDecision:
    parts = [
        part
        for window, of_window in zip(windows, labels, strict=True)
        if (part := _part(window, of_window == name, model)) is not None
    ]
    biases = np.array([part.bias() for part in parts])
    mean = float(biases.mean()) if biases.size else None

    def refused(reason: str, **tried: float | Kind) -> BiasDecision:
        nothing: dict[str, None] = {"kind": None, "amount": None, "bias_before": None, "bias_after": None}
        return BiasDecision(name, False, n_windows=len(parts), mean_bias=mean, reason=reason, **(nothing | tried))  # type: ignore[arg-type]

    if (reason := _instability(biases)) is not None:
        return refused(reason)
    trials = {kind: _tried(parts, kind, allow_negative=allow_negative) for kind in KINDS}
    kind = min(KINDS, key=lambda each: trials[each].bias_after)
    trial, amount = trials[kind], _fit(parts, kind)
    evidence = f"out of sample the mean absolute bias goes from {trial.bias_before:.3f} to {trial.bias_after:.3f}"
    seen = {"kind": kind, "amount": amount, "bias_before": trial.bias_before, "bias_after": trial.bias_after}
    if trial.bias_after > (1 - _MIN_REDUCTION) * trial.bias_before:
        return refused(f"{evidence}: too little", **seen)
    if trial.loss_after > (1 + _MAX_LOSS_OF_ACCURACY) * trial.loss_before:
        return refused(f"{evidence}, but WAPE from {trial.loss_before:.4f} to {trial.loss_after:.4f}", **seen)
    return BiasDecision(
        name,
        True,
        kind,
        amount,
        len(parts),
        mean,
        trial.bias_before,
        trial.bias_after,
        f"stable ({_told(biases)}); {evidence}",
    )


def _instability(biases: Floats) -> str | None:
    """Why the biases of finished windows are no stable bias, in words; None when they are one."""
    if biases.size < MIN_WINDOWS:
        return f"{biases.size} finished windows with {_MIN_CELLS} forecasts, {MIN_WINDOWS} are needed"
    mean, spread = float(biases.mean()), float(biases.std(ddof=1))
    if not ((biases > 0).all() or (biases < 0).all()):
        return f"the bias changes sides: {_told(biases)}"
    if abs(mean) < _MIN_BIAS:
        return f"a bias of {mean:+.3f} is below {_MIN_BIAS}"
    if spread > _MAX_SPREAD * abs(mean) or abs(mean) <= _STANDARD_ERRORS * spread / np.sqrt(biases.size):
        return f"the size of the bias is not stable: {_told(biases)}"
    return None


def _told(biases: Floats) -> str:
    return ", ".join(f"{bias:+.3f}" for bias in biases)


@dataclass(frozen=True)
class _Trial:
    bias_before: float
    bias_after: float
    loss_before: float
    loss_after: float


def _tried(parts: Sequence[_Window], kind: Kind, *, allow_negative: bool) -> _Trial:
    """Each window corrected by what the windows before it taught."""
    after, losses = [], []
    for number in range(_MIN_TAUGHT, len(parts)):
        part = parts[number]
        yhat = _apply(kind, _fit(parts[:number], kind), part.yhat, allow_negative=allow_negative)
        after.append(abs(part.bias(yhat)))
        losses.append(part.loss(yhat))
    tested = parts[_MIN_TAUGHT:]
    return _Trial(
        float(np.mean([abs(part.bias()) for part in tested])),
        float(np.mean(after)),
        float(np.mean([part.loss(part.yhat) for part in tested])),
        float(np.mean(losses)),
    )


def _fit(parts: Sequence[_Window], kind: Kind) -> float:
    y = sum(float(part.y.sum()) for part in parts)
    yhat = sum(float(part.yhat.sum()) for part in parts)
    if kind == "additive":
        return (y - yhat) / sum(part.y.size for part in parts)
    return float(np.clip(y / yhat, *_FACTORS)) if yhat > 0 else 1.0


def _apply(kind: Kind, amount: float, yhat: Floats, *, allow_negative: bool) -> Floats:
    result = yhat * amount if kind == "multiplicative" else yhat + amount
    if allow_negative:
        return np.asarray(result)
    # What is closed sells nothing: a zero stays one.
    return np.where(yhat == 0.0, 0.0, np.maximum(result, 0.0))


def _part(window: WindowResult, members: np.ndarray, model: str) -> _Window | None:
    """The known cells of a segment in one window; None where they are too few, or nothing was wanted."""
    known = (window.eligible & members)[:, None] & ~np.isnan(window.y)
    y, yhat = window.y[known], window.yhat[model][known]
    if y.size < _MIN_CELLS or np.abs(y).sum() == 0:
        return None
    return _Window(y, yhat)
