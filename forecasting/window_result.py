"""What every model said at one cutoff, beside what happened: dense matrices, and their long tables.

A matrix has one row per series of the panel and one column per step. Series that did not exist at the cutoff are
not `eligible` and appear in no table. All models of a window answer for the same series and steps, so that their
errors can be compared pair by pair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.panel import Floats, Panel, Texts
from forecasting.periods import next_periods, period_index
from forecasting.quantiles import SeriesScale, series_scale
from forecasting.row_stream import RowStream, coded
from forecasting.tables import BACKTEST_FORECASTS, FORECAST_QUANTILES, FORECASTS

Flags = npt.NDArray[np.bool_]

_ROWS_OF_A_PART = 1 << 20
_SOURCES = ("model", "baseline", "cold_start")


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


def backtest_rows(windows: Sequence[WindowResult]) -> RowStream:
    """`BACKTEST_FORECASTS`: all windows and models, by cutoff, model, series and step."""
    return RowStream(
        BACKTEST_FORECASTS,
        lambda: (_long(window, model, BACKTEST_FORECASTS) for window in windows for model in window.models),
    )


def forecast_rows(windows: Sequence[WindowResult]) -> RowStream:
    """`FORECASTS` of the windows of one cutoff."""
    return RowStream(
        FORECASTS, lambda: (_long(window, model, FORECASTS) for window in windows for model in window.models)
    )


def quantile_parts(
    window: WindowResult, model: str, levels: Sequence[float], values: npt.NDArray[np.float64], chosen: Flags
) -> Iterator[pa.Table]:
    """`FORECAST_QUANTILES` of one model for the `chosen` series; `values` is (series, steps, levels)."""
    series = np.flatnonzero(chosen & window.eligible)
    n_levels = len(levels)
    of_a_part = max(1, _ROWS_OF_A_PART // max(1, window.horizon * n_levels))
    for start in range(0, series.size, of_a_part):
        part = series[start : start + of_a_part]
        columns = _keys(window, model, part, n_levels)
        columns["quantile_level"] = pa.array(np.tile(np.asarray(levels, dtype=np.float64), part.size * window.horizon))
        columns["yhat"] = pa.array(values[part].reshape(-1))
        yield pa.table({name: columns[name] for name in FORECAST_QUANTILES.names})


class WindowReader:
    """Puts the rows of a `BACKTEST_FORECASTS` table, given in any number of parts, back into windows of a panel.

    Rows of other series than the panel's, and of other models than `models` where they are named, are left out.
    """

    def __init__(self, panel: Panel, horizon: int, models: Sequence[str] | None = None) -> None:
        self._panel, self._horizon = panel, horizon
        self._asked = None if models is None else frozenset(models)
        self._models: list[str] = []
        self._y: dict[np.datetime64, Floats] = {}
        self._eligible: dict[np.datetime64, Flags] = {}
        self._said: dict[tuple[np.datetime64, str], tuple[Floats, Flags]] = {}

    def add(self, rows: pa.Table) -> None:
        """Take the rows of one part."""
        if not rows.num_rows:
            return
        series = self._panel.positions(rows.column("unique_id"))
        cutoff, cutoff_code = np.unique(rows.column("cutoff").cast(pa.timestamp("us")).to_numpy(), return_inverse=True)
        models = rows.column("model").cast(pa.string()).combine_chunks().dictionary_encode()
        names = models.dictionary.to_pylist()
        combination = cutoff_code.astype(np.int32) * len(names) + models.indices.to_numpy()
        is_ours = series >= 0
        step = rows.column("h").to_numpy().astype(np.intp) - 1
        yhat = rows.column("yhat").to_numpy()
        y = rows.column("y").cast(pa.float64()).to_numpy()
        is_stand_in = pc.equal(rows.column("forecast_source").cast(pa.string()), "baseline").to_numpy()
        self._models += [name for name in names if name not in self._models]
        for code in np.unique(combination):
            name = names[code % len(names)]
            if self._asked is not None and name not in self._asked:
                continue
            moment = cutoff[code // len(names)]
            self._begin(moment)
            here = np.flatnonzero(is_ours & (combination == code))
            if not here.size:
                continue
            position = series[here]
            matrix, flags = self._matrices(moment, name)
            matrix[position, step[here]] = yhat[here]
            self._y[moment][position, step[here]] = y[here]
            self._eligible[moment][position] = True
            flags[position[is_stand_in[here]]] = True

    def windows(self) -> tuple[WindowResult, ...]:
        """The windows, oldest first; scales are taken from the panel again."""
        windows = []
        for moment in sorted(self._y):
            found = {name: self._said[moment, name] for name in self._models if (moment, name) in self._said}
            cutoff: datetime = moment.astype("datetime64[us]").item()
            windows.append(
                WindowResult(
                    cutoff,
                    self._panel.freq,
                    self._panel.unique_ids,
                    self._eligible[moment],
                    self._y[moment],
                    scale_at(self._panel.until(moment)),
                    {name: yhat for name, (yhat, _) in found.items()},
                    {name: flags for name, (_, flags) in found.items()},
                )
            )
        return tuple(windows)

    def _begin(self, moment: np.datetime64) -> None:
        if moment not in self._y:
            self._y[moment] = np.full((self._panel.n_series, self._horizon), np.nan)
            self._eligible[moment] = np.zeros(self._panel.n_series, dtype=bool)

    def _matrices(self, moment: np.datetime64, name: str) -> tuple[Floats, Flags]:
        if (moment, name) not in self._said:
            nothing = np.full((self._panel.n_series, self._horizon), np.nan)
            self._said[moment, name] = nothing, np.zeros(self._panel.n_series, dtype=bool)
        return self._said[moment, name]


def place_rows(rows: pa.Table, values: npt.NDArray[np.float64], panel: Panel, horizon: int) -> Floats:
    """Values of long rows (`unique_id`, `ds`) as a matrix after the panel's cutoff; NaN where there is no row."""
    position = panel.positions(rows.column("unique_id"))
    ds = rows.column("ds").cast(pa.timestamp("us")).to_numpy()
    step = period_index(ds, panel.freq) - panel.end - 1
    inside = (position >= 0) & (step >= 0) & (step < horizon)
    matrix = np.full((panel.n_series, horizon), np.nan)
    matrix[position[inside], step[inside]] = values[inside]
    return matrix


def _long(window: WindowResult, model: str, schema: pa.Schema) -> pa.Table:
    series = np.flatnonzero(window.eligible)
    columns = _keys(window, model, series)
    if "y" in schema.names:
        columns["y"] = pa.array(window.y[series].reshape(-1), from_pandas=True)
    columns["yhat"] = pa.array(window.yhat[model][series].reshape(-1))
    source = window.fell_back[model][series].astype(np.int8)
    if window.is_cold is not None:
        source[window.is_cold[series]] = 2
    columns["forecast_source"] = coded(_SOURCES, pa.array(np.repeat(source, window.horizon)))
    return pa.table({name: columns[name] for name in schema.names})


def _keys(window: WindowResult, model: str, series: npt.NDArray[np.intp], n_times: int = 1) -> dict[str, pa.Array]:
    """The key columns of some series over all steps, each row `n_times`."""
    n_rows = series.size * window.horizon * n_times
    steps = np.tile(np.repeat(np.arange(1, window.horizon + 1, dtype=np.int32), n_times), series.size)
    future = next_periods(np.datetime64(window.cutoff, "us"), window.freq, window.horizon)
    numbers = np.repeat(series.astype(np.int32), window.horizon * n_times)
    return {
        "unique_id": coded(window.unique_ids, pa.array(numbers)),
        "cutoff": pa.array(np.full(n_rows, np.datetime64(window.cutoff, "us"))),
        "ds": pa.array(future[steps - 1]),
        "model": coded([model], pa.array(np.zeros(n_rows, dtype=np.int8))),
        "h": pa.array(steps),
    }
