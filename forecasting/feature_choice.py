"""Which features a global model looks at: those whose past can say something about what comes.

Found on 1,115 stores with a year of history, on windows before any that is scored: a tree that is offered a clock, or
the same calendar five times over, learns when something happened instead of why.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from forecasting.feature_rows import FeatureSchema, floats, timestamps

# Coarser or curved copies of the day of the year; trees make their own borders on it.
_COPIES_OF_DAY_OF_YEAR = ("week_of_year", "month_of_year", "quarter_of_year", "year_sine", "year_cosine")
_DAY_OF_YEAR = "day_of_year"
# Where closed days are certain zeros, plain windows count how often a series was closed; adjusted ones leave that out.
_WITH_CLOSED_DAYS = ("rolling_mean_", "rolling_min_", "rolling_max_", "rolling_median_", "rolling_nonzero_share_")
_LIKE_A_CLOCK = 0.98
_ROWS_LOOKED_AT = 20_000


def usable_features(rows: pa.Table, schema: FeatureSchema, *, has_zero_states: bool) -> FeatureSchema:
    """The features of `schema` worth looking at; `rows` are the training rows of the oldest cutoff.

    Left out are clocks (they follow `ds` one for one, so what is forecast lies beyond everything learnt), copies of
    the day of the year, and with `has_zero_states` windows that mix closed days with open ones. Where nothing would be
    left, everything stays.
    """
    every = max(1, rows.num_rows // _ROWS_LOOKED_AT)
    sample = rows.take(np.arange(0, rows.num_rows, every))
    time = timestamps(sample, "ds").astype(np.int64).astype(np.float64)
    left_out = {name for name in schema.names if _is_clock(floats(sample, name), time)}
    if _DAY_OF_YEAR in schema.names:
        left_out.update(_COPIES_OF_DAY_OF_YEAR)
    if has_zero_states and any(name.startswith("adjusted_mean_") for name in schema.names):
        left_out.update(name for name in schema.names if name.startswith(_WITH_CLOSED_DAYS))
    usable = schema.without(left_out)
    return usable if usable.names else schema


def _is_clock(values: NDArray[np.float64], time: NDArray[np.float64]) -> bool:
    known = ~np.isnan(values)
    if known.sum() < 2:
        return False
    values, time = values[known], time[known]
    spread = values.std() * time.std()
    if spread == 0:
        return False
    return bool(np.mean((values - values.mean()) * (time - time.mean())) / spread > _LIKE_A_CLOCK)
