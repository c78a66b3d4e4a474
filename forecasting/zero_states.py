"""States that are known ahead and in which nothing ever happens: a closed shop, a bank holiday.

A model of logarithms or ratios cannot say 'exactly zero', and the zeros of closed days would drown what it has to learn
about open ones. So such rows are not learnt from, and their forecast is zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forecasting.feature_rows import floats

Flags = NDArray[np.bool_]

# Enough rows to believe it, a few entry errors tolerated, and most other rows must not be zero as well.
_MIN_ROWS = 100
_ZERO_SHARE = 0.998
_OTHER_ZERO_SHARE = 0.5


@dataclass(frozen=True)
class ZeroState:
    """The target is zero wherever `feature` has this value."""

    feature: str
    value: float


def find_zero_states(rows: pa.Table, candidates: Sequence[str]) -> tuple[ZeroState, ...]:
    """The values of 0/1 features under which the known target was always zero.

    `candidates` are features of the target period itself; a feature of the past says nothing certain about it.
    """
    y = floats(rows, "y")
    is_zero = y == 0
    found = []
    for name in candidates:
        values = floats(rows, name)
        if not _is_binary(rows.column(name)):
            continue
        found += [
            ZeroState(name, value) for value in (0.0, 1.0) if is_certain_zero(is_zero, values == value, values != value)
        ]
    return tuple(found)


def is_certain_zero(is_zero: Flags, here: Flags, other: Flags) -> bool:
    """Whether nothing ever happens `here`, though it does in the `other` rows; flags of one shape."""
    n_here, n_other = np.count_nonzero(here), np.count_nonzero(other)
    if min(n_here, n_other) < _MIN_ROWS:
        return False
    share, other_share = np.count_nonzero(is_zero & here) / n_here, np.count_nonzero(is_zero & other) / n_other
    return bool(share >= _ZERO_SHARE and other_share <= _OTHER_ZERO_SHARE)


def in_zero_state(rows: pa.Table, states: Sequence[ZeroState]) -> NDArray[np.bool_]:
    """Which rows are in any of the states."""
    inside = np.zeros(rows.num_rows, dtype=bool)
    for state in states:
        inside |= floats(rows, state.feature) == state.value
    return inside


def _is_binary(column: pa.ChunkedArray) -> bool:
    limits = pc.min_max(column).as_py()
    if limits["min"] != 0 or limits["max"] != 1:
        return False
    return bool(pc.count_distinct(column, mode="only_valid").as_py() == 2)
