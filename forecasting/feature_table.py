"""Feature rows held in memory, as a loader: for tests, benchmarks and products that fit."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from forecasting.feature_rows import timestamps, training_mask


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """One table with the rows of many cutoffs; gives each caller the rows that were known where it stands."""

    rows: pa.Table = field(repr=False)
    targets_change: bool = False

    def training_rows(self, cutoff: datetime) -> pa.Table:
        """Sampled rows with a target known at `cutoff`."""
        return self.rows.filter(pa.array(training_mask(self.rows, cutoff)))

    def forecast_rows(self, cutoff: datetime) -> pa.Table:
        """All rows that stand at `cutoff`."""
        return self.rows.filter(pa.array(timestamps(self.rows, "cutoff") == np.datetime64(cutoff, "us")))
