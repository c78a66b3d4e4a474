"""Results too good to be true: a backtest that looks like it has seen the answer.

Two signs, each enough to stop a run: a model that removes nearly all of the seasonal naive error, and a single feature
that by itself explains nearly all of what happened around the level of each series.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from forecasting.feature_rows import KEY_COLUMNS, floats
from forecasting.model_names import FALLBACK_MODEL
from forecasting.selection import losses
from forecasting.window_result import WindowResult

_SQUARED_CORRELATION = 0.995
_MIN_ROWS = 100
# What tells the answer in thirty thousand series tells it in a few thousand of them.
_MOST_ROWS = 200_000


@dataclass(frozen=True)
class LeakAlarm:
    """What looks like a leak: the model or feature, how strong the sign is, and from where on it counts."""

    subject: str
    observed: float
    threshold: float
    detail: str


def gain_alarms(windows: Sequence[WindowResult], threshold: float) -> tuple[LeakAlarm, ...]:
    """Models whose loss is lower than seasonal naive's by a share of `threshold` or more.

    A perfectly periodic series has no seasonal naive error and raises nothing.
    """
    evidence = losses(windows)
    if FALLBACK_MODEL not in evidence.models:
        return ()
    mean = evidence.mean()
    reference = float(mean[evidence.models.index(FALLBACK_MODEL)])
    if not reference > 0:
        return ()
    alarms = []
    for model, loss in zip(evidence.models, mean, strict=True):
        gain = 1.0 - float(loss) / reference
        if gain >= threshold:
            detail = (
                f"possible leakage: {model} removes {gain:.1%} of the seasonal naive error over {len(windows)} "
                f"windows; expected less than {threshold:.0%}. Look for a feature that is only known afterwards."
            )
            alarms.append(LeakAlarm(model, gain, threshold, detail))
    return tuple(alarms)


def feature_alarms(rows: pa.Table) -> tuple[LeakAlarm, ...]:
    """Features of known rows whose squared correlation with the target, within series, is next to one.

    Within series means: both have their series mean removed, so that a feature that only tells large series from
    small ones raises nothing. Origin features of constant series are left out with the series. Of many rows those of
    every n-th series are looked at.
    """
    y = floats(rows, "y")
    known = ~np.isnan(y)
    if known.sum() < _MIN_ROWS:
        return ()
    codes = _series_codes(rows)
    known &= codes % (1 + np.count_nonzero(known) // _MOST_ROWS) == 0
    part, codes = rows.filter(pa.array(known)), codes[known]
    target = _centred(y[known], codes)
    alarms = []
    for name in part.column_names:
        kind = part.schema.field(name).type
        if name in KEY_COLUMNS or not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            continue
        strength = _squared_correlation(_centred(floats(part, name), codes), target)
        if strength >= _SQUARED_CORRELATION:
            detail = (
                f"possible leakage: feature {name} explains {strength:.1%} of the target within series; expected less "
                f"than {_SQUARED_CORRELATION:.1%}. Check that its values are known at the cutoff."
            )
            alarms.append(LeakAlarm(name, strength, _SQUARED_CORRELATION, detail))
    return tuple(alarms)


def _series_codes(rows: pa.Table) -> np.typing.NDArray[np.int32]:
    """A number for the series of every row, in the order in which they first occur."""
    names = rows.column("unique_id")
    names = names if pa.types.is_dictionary(names.type) else names.cast(pa.string()).dictionary_encode()
    return np.asarray(names.unify_dictionaries().combine_chunks().indices.to_numpy())


def _centred(
    values: np.typing.NDArray[np.float64], codes: np.typing.NDArray[np.int32]
) -> np.typing.NDArray[np.float64]:
    values = np.where(np.isfinite(values), values, np.nan)
    known = ~np.isnan(values)
    n_series = int(codes.max()) + 1
    total = np.bincount(codes[known], weights=values[known], minlength=n_series)
    count = np.bincount(codes[known], minlength=n_series)
    return np.asarray(values - (total / np.maximum(count, 1))[codes])


def _squared_correlation(feature: np.typing.NDArray[np.float64], target: np.typing.NDArray[np.float64]) -> float:
    known = ~np.isnan(feature)
    if known.sum() < _MIN_ROWS:
        return 0.0
    own, other = feature[known], target[known]
    size = float((own @ own) * (other @ other))
    return float((own @ other) ** 2 / size) if size > 0 else 0.0
