"""Means over what is known: NaN is left out, and the mean of nothing is NaN without a warning."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


def mean(values: Values) -> float:
    """Mean of all known values.

    >>> mean(np.array([1.0, np.nan, 3.0]))
    2.0
    """
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def row_means(values: Values) -> Values:
    """Mean of the known values of every row.

    >>> row_means(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    array([ 1., nan])
    """
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    means = np.full(len(values), np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means
