"""The target as the global model sees it: scaled by a level that was known at the origin."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forecasting.feature_rows import floats
from forecasting.task import ForecastTask, LightGBMSettings, TargetTransform

Floats = NDArray[np.float64]

# The variance of a forecast error grows with this power of the level; weights undo it (quasi-likelihood).
_VARIANCE_POWER = {"regression": 0.0, "regression_l1": 1.0, "poisson": 1.0}


@dataclass(frozen=True)
class TargetScaling:
    """How a target becomes what the model learns, and a model's answer a forecast.

    `identity` leaves it; `ratio` divides by the level; `log1p` takes log(1 + y); `log_ratio` is the difference of
    log(1 + y) and log(1 + level). The level of a row is the first of `level_features` with a value, and at least
    `level_floor`, so that a series which sold nothing lately does not divide by zero.
    """

    transform: TargetTransform
    objective: str
    variance_power: float
    level_features: tuple[str, ...] = ()
    level_floor: float = 1.0

    def level(self, rows: pa.Table) -> Floats:
        """The level of each row, in units of the target."""
        level = np.full(rows.num_rows, np.nan)
        for name in self.level_features:
            level = np.where(np.isnan(level), floats(rows, name), level)
        floored: Floats = np.maximum(np.nan_to_num(np.abs(level), nan=self.level_floor), self.level_floor)
        return floored

    def to_model(self, y: Floats, level: Floats) -> Floats:
        """What the model learns."""
        match self.transform:
            case "identity":
                return y
            case "ratio":
                return y / level
            case "log1p":
                return np.log1p(y)
            case "log_ratio":
                return np.log1p(y) - np.log1p(level)

    def from_model(self, prediction: Floats, level: Floats) -> Floats:
        """What a model's answer means in units of the target; exact inverse of `to_model`."""
        match self.transform:
            case "identity":
                return prediction
            case "ratio":
                return prediction * level
            case "log1p":
                return np.expm1(prediction)
            case "log_ratio":
                return np.expm1(prediction + np.log1p(level))

    def weights(self, level: Floats) -> Floats:
        """Row weights that make the loss of a scaled target the loss of the target itself.

        Dividing y by a level divides the unit deviance of variance power p by level^(2-p); the weight puts it back.
        A logarithm is meant to forget size, so it gets no weight.
        """
        if self.transform != "ratio":
            return np.ones_like(level)
        weight: Floats = level ** (2.0 - self.variance_power)
        return np.asarray(weight / weight.mean())


def choose_scaling(task: ForecastTask, rows: pa.Table) -> TargetScaling:
    """The transform and the objective that fit the kind of target, with a floor from the rows' own levels."""
    settings = task.lightgbm
    levels = tuple(name for name in settings.level_features if name in rows.column_names)
    transform = settings.transform or _default_transform(task, has_level=bool(levels))
    objective = settings.objective or _default_objective(task, transform)
    if transform in ("ratio", "log_ratio") and not levels:
        transform = "identity" if transform == "ratio" else "log1p"
    return TargetScaling(
        transform=transform,
        objective=objective,
        variance_power=_variance_power(objective, settings),
        level_features=levels,
        level_floor=_level_floor(rows, levels),
    )


def _default_transform(task: ForecastTask, *, has_level: bool) -> TargetTransform:
    if task.allow_negative:
        return "identity"
    if task.target_kind == "intermittent":
        return "identity"
    return "ratio" if has_level else "log1p"


def _default_objective(task: ForecastTask, transform: TargetTransform) -> str:
    if task.allow_negative or transform in ("log1p", "log_ratio"):
        return "regression"
    return "regression" if task.target_kind == "continuous" else "tweedie"


def _variance_power(objective: str, settings: LightGBMSettings) -> float:
    return _VARIANCE_POWER.get(objective, settings.tweedie_variance_power)


def _level_floor(rows: pa.Table, levels: tuple[str, ...]) -> float:
    """A hundredth of the median positive level."""
    for name in levels:
        values = np.abs(floats(rows, name))
        positive = values[values > 0]
        if positive.size:
            return float(np.median(positive)) / 100.0
    return 1.0
