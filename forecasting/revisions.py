"""Observations that were not always known as they are now: late, corrected, taken back.

Everything else of a panel counts from the end of its own period. A cell with revisions has, at a cutoff, the version
that was known at its end, and none where nothing was known yet.
"""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.periods import Integers, period_index

Floats = npt.NDArray[np.float64]
_FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Revisions:
    """Versions of cells of a panel: row, period and value, known from one cutoff on until before another.

    `known` and `superseded` are period numbers of cutoffs.
    """

    series: Integers = field(repr=False)
    periods: Integers = field(repr=False)
    known: Integers = field(repr=False)
    superseded: Integers = field(repr=False)
    y: Floats = field(repr=False)

    @classmethod
    def of(cls, table: pa.Table, unique_ids: npt.NDArray[np.object_], freq: str) -> Self:
        """From `unique_id, ds, known_index, superseded_index, y`; an empty `superseded_index` is for ever.

        A null `y` is a version that says nothing. Series that are not among `unique_ids` are left out.
        """
        ids = pa.array(unique_ids, pa.string())
        position = pc.index_in(table.column("unique_id").cast(pa.string()), value_set=ids)
        inside = table.filter(pc.is_valid(position))
        ds = inside.column("ds").cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]")
        superseded = pc.fill_null(inside.column("superseded_index").cast(pa.int64()), _FOREVER)
        return cls(
            position.drop_null().to_numpy().astype(np.int64),
            period_index(ds, freq),
            inside.column("known_index").cast(pa.int64()).to_numpy(),
            superseded.to_numpy(),
            np.asarray(inside.column("y").cast(pa.float64()).to_numpy(), dtype=np.float64),
        )

    def at(self, end: int, start: int, y: Floats) -> Floats:
        """The values that were known at cutoff `end`, given those of today from period `start` up to it."""
        seen = (self.periods >= start) & (self.periods <= end)
        in_force = seen & (self.known <= end) & (self.superseded > end)
        known = y.copy()
        known[self.series[seen], self.periods[seen] - start] = np.nan
        known[self.series[in_force], self.periods[in_force] - start] = self.y[in_force]
        return known

    def of_series(self, positions: npt.NDArray[np.intp]) -> Self:
        """The versions of some of the rows, in their new places."""
        place = np.full(max(int(positions.max(initial=-1)), int(self.series.max(initial=-1))) + 1, -1, dtype=np.int64)
        place[positions] = np.arange(positions.size)
        kept = place[self.series] >= 0
        return type(self)(
            place[self.series[kept]], self.periods[kept], self.known[kept], self.superseded[kept], self.y[kept]
        )
