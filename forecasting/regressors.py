"""What is known ahead about periods: the plans of every series, and the calendar that all of them share.

A plan counts at a cutoff when it was known at its end, and reaches as far as the horizon: as it does in features.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.feature_rows import floats, timestamps
from forecasting.periods import period_index

Matrix = npt.NDArray[np.float32]
Texts = npt.NDArray[np.object_]
DriverKind = Literal["binary", "categorical", "numeric"]
_ALWAYS = np.iinfo(np.int32).min


@dataclass(frozen=True, eq=False)
class Regressors:
    """Drivers known ahead, one row per series and one column per period, and calendar columns, one value per period.

    `drivers[name][i, t]` is what the plan says for series i in period `start + t`, NaN where it says nothing.
    `known[i, t]` is the first cutoff, as a period number, at which that was known; None where all of it always was.
    """

    unique_ids: Texts
    start: int
    kinds: Mapping[str, DriverKind]
    drivers: Mapping[str, Matrix] = field(repr=False)
    calendar: Mapping[str, Matrix] = field(repr=False)
    known: npt.NDArray[np.int32] | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        rows: pa.Table | Iterable[pa.Table],
        calendar: pa.Table,
        unique_ids: Texts,
        kinds: Mapping[str, DriverKind],
        freq: str,
        *,
        silence_means_none: bool = False,
    ) -> Self:
        """From rows `unique_id, ds, known_index` and one column per driver, and a calendar of `ds` and its columns.

        The calendar has every period from the first to the last one of interest; rows outside it, and those of series
        that are not among `unique_ids`, are left out. With `silence_means_none` a period without a row has no event.
        """
        numbers = period_index(timestamps(calendar, "ds"), freq)
        order = np.argsort(numbers)
        start, n_periods = int(numbers[order[0]]), numbers.size
        columns = {
            name: floats(calendar, name)[order].astype(np.float32) for name in calendar.column_names if name != "ds"
        }
        shape = (len(unique_ids), n_periods)
        values = {
            name: np.full(shape, 0.0 if silence_means_none and kind != "numeric" else np.nan, dtype=np.float32)
            for name, kind in kinds.items()
        }
        known = np.full(shape, _ALWAYS, dtype=np.int32)
        own = pa.array(unique_ids, pa.string())
        for part in [rows] if isinstance(rows, pa.Table) else rows:
            position = pc.index_in(part.column("unique_id").cast(pa.string()), value_set=own)
            series = pc.fill_null(position, -1).to_numpy().astype(np.int64)
            place = period_index(timestamps(part, "ds"), freq) - start
            inside = (series >= 0) & (place >= 0) & (place < n_periods)
            cells = series[inside], place[inside]
            for name, matrix in values.items():
                matrix[cells] = floats(part, name)[inside]
            known[cells] = part.column("known_index").to_numpy()[inside]
        return cls(unique_ids, start, dict(kinds), values, columns, known if (known > _ALWAYS).any() else None)

    @property
    def n_periods(self) -> int:
        """How many periods are described."""
        return int(next(iter(self.calendar.values())).size)

    def at(self, end: int, start: int, horizon: int) -> Self:
        """What was known at cutoff `end` about the periods from `start` to the end of the horizon.

        Periods beyond those described say nothing.
        """
        n_periods = end - start + 1 + horizon
        columns = slice(max(start - self.start, 0), max(end + horizon + 1 - self.start, 0))
        before = max(self.start - start, 0)

        def cut(values: Matrix) -> Matrix:
            part = values[..., columns]
            if part.shape[-1] == n_periods:
                return part
            whole = np.full((*values.shape[:-1], n_periods), np.nan, dtype=np.float32)
            whole[..., before : before + part.shape[-1]] = part
            return whole

        drivers = {name: cut(values) for name, values in self.drivers.items()}
        if self.known is not None:
            known = cut(np.where(self.known <= end, np.float32(1), np.float32(np.nan)))
            drivers = {name: values * known for name, values in drivers.items()}
        calendar = {name: cut(values) for name, values in self.calendar.items()}
        return replace(self, start=start, drivers=drivers, calendar=calendar, known=None)

    def aligned(self, unique_ids: Texts) -> Self:
        """The same for these series, in their order; a series that has no plans here knows none."""
        own = pa.array(self.unique_ids, pa.string())
        position = pc.fill_null(pc.index_in(pa.array(unique_ids, pa.string()), value_set=own), -1)
        rows = position.to_numpy().astype(np.int64)
        if np.array_equal(rows, np.arange(len(self.unique_ids))):
            return self

        def of(values: Matrix) -> Matrix:
            return np.where((rows >= 0)[:, None], values[rows], np.float32(np.nan))

        drivers = {name: of(values) for name, values in self.drivers.items()}
        known = None if self.known is None else self.known[rows]
        return replace(self, unique_ids=unique_ids, drivers=drivers, known=known)
