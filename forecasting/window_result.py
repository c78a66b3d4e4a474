"""What every model said at one cutoff, beside what happened: dense matrices, and their long tables.

A matrix has one row per series of the panel and one column per step. Series that did not exist at the cutoff are
not `eligible` and appear in no table. All models of a window answer for the same series and steps, so that their
errors can be compared pair by pair.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.panel import Floats, Panel, Texts
from forecasting.periods import next_periods, period_index
from forecasting.quantiles import SeriesScale, series_scale
from forecasting.tables import BACKTEST_FORECASTS, FORECAST_QUANTILES, FORECASTS, empty

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class WindowResult:
    """One cutoff: `yhat` and `fell_back` per model, `y` with NaN where nothing is known, scales from the past.

    `is_cold` marks series whose forecasts come from their peers, for want of a history; None is no series.
    """

    cutoff: datetime
    freq: str
    unique_ids: Texts
    eligible: Flags
    y: Floats = field(repr=False)
    scale: SeriesScale = field(repr=False)
    yhat: Mapping[str, Floats] = field(repr=False)
    fell_back: Mapping[str, Flags] = field(repr=False)
    is_cold: Flags | None = field(default=None, repr=False)

    @property
    def models(self) -> tuple[str, ...]:
        """Who forecast here, in the order of the task."""
        return tuple(self.yhat)

    @property
    def horizon(self) -> int:
        """Steps forecast."""
        return int(self.y.shape[1])

    def known_until(self, cutoff: datetime) -> "WindowResult":
        """The same window as it looked at a later cutoff: what happened after that is not known yet."""
        later = np.datetime64(cutoff, "us")
        unknown = next_periods(np.datetime64(self.cutoff, "us"), self.freq, self.horizon) > later
        if not unknown.any():
            return self
        y = self.y.copy()
        y[:, unknown] = np.nan
        return replace(self, y=y)

    def with_model(self, name: str, yhat: Floats, fell_back: Flags) -> "WindowResult":
        """The window with one more model."""
        return replace(self, yhat={**self.yhat, name: yhat}, fell_back={**self.fell_back, name: fell_back})

    def of(self, series: Flags) -> "WindowResult":
        """The window of some of its series."""
        parts = (self.scale.level, self.scale.spread, self.scale.zero_share)
        return replace(
            self,
            unique_ids=self.unique_ids[series],
            eligible=self.eligible[series],
            y=self.y[series],
            scale=SeriesScale(*(part[series] for part in parts)),
            yhat={model: yhat[series] for model, yhat in self.yhat.items()},
            fell_back={model: flags[series] for model, flags in self.fell_back.items()},
            is_cold=None if self.is_cold is None else self.is_cold[series],
        )


def scale_at(panel: Panel) -> SeriesScale:
    """The error scales of every series of a panel that ends at the cutoff."""
    return series_scale(panel.y, panel.season_length)


def backtest_table(windows: Sequence[WindowResult]) -> pa.Table:
    """`BACKTEST_FORECASTS`: all windows and models, by cutoff, model, series and step."""
    return _stack(
        [_long(window, model, with_actuals=True) for window in windows for model in window.models], BACKTEST_FORECASTS
    )


def forecast_tables(windows: Sequence[WindowResult]) -> pa.Table:
    """`FORECASTS` of the windows of one cutoff."""
    return _stack(
        [_long(window, model, with_actuals=False) for window in windows for model in window.models], FORECASTS
    )


def quantile_table(
    window: WindowResult, model: str, levels: Sequence[float], values: npt.NDArray[np.float64], chosen: Flags
) -> pa.Table:
    """`FORECAST_QUANTILES` of one model for the `chosen` series; `values` is (series, steps, levels)."""
    series = np.flatnonzero(chosen & window.eligible)
    keys = _keys(window, model, series)
    n_levels = len(levels)
    rows = pa.array(np.repeat(np.arange(series.size * window.horizon), n_levels))
    columns = {name: column.take(rows) for name, column in keys.items() if name != "h"}
    columns["quantile_level"] = pa.array(np.tile(np.asarray(levels, dtype=np.float64), series.size * window.horizon))
    columns["yhat"] = pa.array(values[series].reshape(-1))
    return _stack([pa.table(columns)], FORECAST_QUANTILES)


def read_backtest(table: pa.Table, panel: Panel, horizon: int) -> tuple[WindowResult, ...]:
    """The windows of a `BACKTEST_FORECASTS` table, oldest first; scales are taken from the panel again."""
    ids = pa.array(panel.unique_ids, pa.string())
    series = pc.index_in(table.column("unique_id").cast(pa.string()), value_set=ids)
    cutoffs = table.column("cutoff").cast(pa.timestamp("us")).to_numpy()
    models = table.column("model").cast(pa.string()).dictionary_encode().combine_chunks()
    names = models.dictionary.to_pylist()
    codes = models.indices.to_numpy()
    rows = series.to_numpy(zero_copy_only=False).astype(np.float64)
    keep = ~np.isnan(rows)
    step = table.column("h").to_numpy().astype(np.int64) - 1
    yhat = table.column("yhat").to_numpy()
    y = table.column("y").cast(pa.float64()).to_numpy()
    fell_back = pc.equal(table.column("forecast_source"), "baseline").to_numpy()
    windows = []
    for cutoff in np.unique(cutoffs):
        here = keep & (cutoffs == cutoff)
        past = panel.until(cutoff)
        actuals = np.full((panel.n_series, horizon), np.nan)
        eligible = np.zeros(panel.n_series, dtype=bool)
        forecasts, flags = {}, {}
        for code, name in enumerate(names):
            of_model = here & (codes == code)
            if not of_model.any():
                continue
            position = rows[of_model].astype(np.intp)
            matrix = np.full((panel.n_series, horizon), np.nan)
            matrix[position, step[of_model]] = yhat[of_model]
            actuals[position, step[of_model]] = y[of_model]
            eligible[position] = True
            flag = np.zeros(panel.n_series, dtype=bool)
            flag[position[fell_back[of_model]]] = True
            forecasts[name], flags[name] = matrix, flag
        moment: datetime = cutoff.astype("datetime64[us]").item()
        windows.append(
            WindowResult(moment, panel.freq, panel.unique_ids, eligible, actuals, scale_at(past), forecasts, flags)
        )
    return tuple(windows)


def place_rows(rows: pa.Table, values: npt.NDArray[np.float64], panel: Panel, horizon: int) -> Floats:
    """Values of long rows (`unique_id`, `ds`) as a matrix after the panel's cutoff; NaN where there is no row."""
    series = pc.index_in(rows.column("unique_id").cast(pa.string()), value_set=pa.array(panel.unique_ids, pa.string()))
    position = pc.fill_null(series, -1).to_numpy().astype(np.intp)
    ds = rows.column("ds").cast(pa.timestamp("us")).to_numpy()
    step = period_index(ds, panel.freq) - panel.end - 1
    inside = (position >= 0) & (step >= 0) & (step < horizon)
    matrix = np.full((panel.n_series, horizon), np.nan)
    matrix[position[inside], step[inside]] = values[inside]
    return matrix


def _long(window: WindowResult, model: str, *, with_actuals: bool) -> pa.Table:
    series = np.flatnonzero(window.eligible)
    columns = _keys(window, model, series)
    if with_actuals:
        columns["y"] = pa.array(window.y[series].reshape(-1), from_pandas=True)
    columns["yhat"] = pa.array(window.yhat[model][series].reshape(-1))
    source = window.fell_back[model][series].astype(np.int8)
    if window.is_cold is not None:
        source[window.is_cold[series]] = 2
    sources = pa.DictionaryArray.from_arrays(np.repeat(source, window.horizon), ["model", "baseline", "cold_start"])
    columns["forecast_source"] = sources.cast(pa.string())
    return pa.table(columns)


def _keys(window: WindowResult, model: str, series: npt.NDArray[np.intp]) -> dict[str, pa.Array]:
    n_rows = series.size * window.horizon
    ids = pa.array(window.unique_ids[series], pa.string())
    steps = np.tile(np.arange(1, window.horizon + 1, dtype=np.int32), series.size)
    future = next_periods(np.datetime64(window.cutoff, "us"), window.freq, window.horizon)
    return {
        "unique_id": ids.take(pa.array(np.repeat(np.arange(series.size), window.horizon))),
        "cutoff": pa.array(np.full(n_rows, np.datetime64(window.cutoff, "us"))),
        "ds": pa.array(future[steps - 1]),
        "model": pa.array([model], pa.string()).take(pa.array(np.zeros(n_rows, dtype=np.int8))),
        "h": pa.array(steps),
    }


def _stack(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    if not tables:
        return empty(schema)
    return pa.concat_tables([table.select(schema.names).cast(schema) for table in tables])
