"""sktime's frames as arrays on one time axis, and back: one series, a panel or a hierarchy alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasting.panel import Floats


@dataclass(frozen=True, eq=False)
class SktimeGrid:
    """The periods and instances of a frame; `instances` is None for a single series.

    Times with a frequency, and whole numbers, have no gaps here, whatever the frame leaves out. Other times are the
    ones that occur.
    """

    times: pd.Index
    instances: pd.Index | None

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "SktimeGrid":
        """The grid from the first to the last time of any instance, instances in order of appearance."""
        if not isinstance(frame.index, pd.MultiIndex):
            return cls(_without_gaps(frame.index), None)
        times = pd.Index(frame.index.get_level_values(-1).unique()).sort_values()
        return cls(_without_gaps(times), pd.Index(frame.index.droplevel(-1).unique()))

    @property
    def n_series(self) -> int:
        """How many instances there are."""
        return 1 if self.instances is None else len(self.instances)

    def array(self, frame: pd.DataFrame, times: pd.Index | None = None) -> Floats:
        """The values of a frame, shape (series, times, columns), NaN where it has no row; other rows are left out."""
        wanted = self.times if times is None else times
        values = np.full((self.n_series, len(wanted), frame.shape[1]), np.nan)
        rows = np.zeros(len(frame), dtype=np.intp)
        if self.instances is not None:
            rows = np.asarray(self.instances.get_indexer(frame.index.droplevel(-1)), dtype=np.intp)
        columns = np.asarray(wanted.get_indexer(frame.index.get_level_values(-1)), dtype=np.intp)
        inside = (rows >= 0) & (columns >= 0)
        values[rows[inside], columns[inside]] = frame.to_numpy(dtype=np.float64)[inside]
        return values

    def index_of(self, times: pd.Index, like: pd.DataFrame) -> pd.Index:
        """The index of a frame with these times for every instance, with the level names of `like`."""
        if self.instances is None:
            return times
        keys = [(*np.atleast_1d(instance), time) for instance in self.instances for time in times]
        return pd.MultiIndex.from_tuples(keys, names=like.index.names)


def calendar_columns(times: pd.Index) -> dict[str, npt.NDArray[np.float64]]:
    """What a date says about itself, by the names of the feature specification; empty for times that are no dates.

    A column that says the same at all times is left out, so that weekly data has no weekday.
    """
    dates: Any = times.to_timestamp() if isinstance(times, pd.PeriodIndex) else times
    if not isinstance(dates, pd.DatetimeIndex):
        return {}
    turn = 2.0 * np.pi * (dates.dayofyear.to_numpy() - 1) / 365.25
    columns = {
        "hour_of_day": dates.hour.to_numpy() + dates.minute.to_numpy() / 60.0,
        "day_of_week": dates.isocalendar().day.to_numpy(),
        "day_of_month": dates.day.to_numpy(),
        "days_to_month_end": (dates.days_in_month - dates.day).to_numpy(),
        "month_of_year": dates.month.to_numpy(),
        "year_sine": np.sin(turn),
        "year_cosine": np.cos(turn),
    }
    return {
        name: np.asarray(values, dtype=np.float64) for name, values in columns.items() if len(np.unique(values)) > 1
    }


def _without_gaps(times: pd.Index) -> pd.Index:
    if len(times) < 2:
        return times
    if isinstance(times, pd.PeriodIndex):
        return pd.period_range(times[0], times[-1], freq=times.freq)
    if isinstance(times, pd.DatetimeIndex):
        freq = times.freq or (pd.infer_freq(times) if len(times) > 2 else None)
        return times if freq is None else pd.date_range(times[0], times[-1], freq=freq)
    if pd.api.types.is_integer_dtype(times):
        return pd.RangeIndex(int(times[0]), int(times[-1]) + 1)
    return times
