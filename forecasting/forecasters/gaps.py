"""Closing gaps for methods that need a value in every period. The panel itself keeps its NaN."""

import numpy as np

from forecasting.panel import Floats


def fill_gaps(y: Floats, season_length: int) -> Floats:
    """The series with every gap after the first observation closed; NaN stays in front. The input is not changed.

    A missing value becomes the one a season before, which keeps weekdays apart; where there is none, the value
    before. Closing a gap at the end this way is the seasonal naive forecast up to the cutoff.

    >>> fill_gaps(np.array([[np.nan, 1.0, 2.0, np.nan, np.nan]]), season_length=2)
    array([[nan,  1.,  2.,  1.,  2.]])
    """
    missing = np.isnan(y)
    if not missing.any():
        return y
    filled = y.copy()
    # Only columns with a gap behind a first observation need work.
    gaps = missing & np.logical_or.accumulate(~missing, axis=1)
    for column in np.flatnonzero(gaps.any(axis=0)):
        rows = gaps[:, column]
        value = filled[rows, column - 1]
        if column >= season_length:
            before = filled[rows, column - season_length]
            value = np.where(np.isnan(before), value, before)
        filled[rows, column] = value
    return filled
