"""Which series are forecast at a cutoff, and how much of them is known there.

The rules are SQL (a series that has ended, or was silent for long, is not forecast); here they are only looked up.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.panel import Panel

# With fewer observations than a week, or a season where that is shorter, the level of a series is hardly known.
_FEW = 7


@dataclass(frozen=True, eq=False)
class Eligibility:
    """One row per series and cutoff: `unique_id`, `cutoff`, `is_forecast`, `n_observations`."""

    table: pa.Table = field(repr=False)

    @property
    def unique_ids(self) -> pa.Array:
        """Every series that any cutoff knows."""
        return pc.unique(self.table.column("unique_id").cast(pa.string()))

    def at(self, cutoff: datetime, panel: Panel) -> "EligibleSeries":
        """The flags of the panel's series; a series without a row at the cutoff is not forecast."""
        here = self.table.filter(pc.equal(self.table.column("cutoff").cast(pa.timestamp("us")), cutoff))
        ids = pa.array(panel.unique_ids, pa.string())
        position = pc.index_in(here.column("unique_id").cast(pa.string()), value_set=ids)
        inside = pc.is_valid(position).to_numpy()
        rows = position.filter(pc.is_valid(position)).to_numpy().astype(np.intp)
        is_forecast = np.zeros(panel.n_series, dtype=bool)
        is_forecast[rows] = here.column("is_forecast").to_numpy()[inside]
        n_observations = np.zeros(panel.n_series, dtype=np.int64)
        n_observations[rows] = here.column("n_observations").to_numpy()[inside]
        return EligibleSeries(is_forecast, n_observations, min(panel.season_length, _FEW))


@dataclass(frozen=True, eq=False)
class EligibleSeries:
    """The series of a panel at one cutoff: forecast or not, and observed periods; `enough` of them make a history."""

    is_forecast: npt.NDArray[np.bool_]
    n_observations: npt.NDArray[np.int64]
    enough: int

    @classmethod
    def everything_in(cls, panel: Panel) -> Self:
        """Every series of the panel, none of them a cold start."""
        counts = panel.is_observed.sum(axis=1)
        return cls(np.ones(panel.n_series, dtype=bool), counts, 0)

    @property
    def is_cold(self) -> npt.NDArray[np.bool_]:
        """Forecast, but with too little history for a model of its own."""
        return np.asarray(self.is_forecast & (self.n_observations < self.enough))
