"""M4 hourly and weekly: wide files without timestamps become tidy Parquet on invented, regular ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import real_files
from benchmarks.scoring import Score, Scores, Window
from benchmarks.task import AccuracyTask, ProtocolCheck, Sample
from forecasting import metrics
from forecasting.forecasters import SeasonalNaive
from forecasting.panel import Floats, Panel
from forecasting.periods import period_ds, period_index

NAIVE2 = "m4/point_forecasts_HW_Naive2.csv.gz"


@dataclass(frozen=True)
class Subset:
    """One frequency of M4: the last training period gets the label `end`; `season_length` is the one of its MASE."""

    title: str
    freq: str
    horizon: int
    season_length: int
    end: str

    def file(self, part: str) -> str:
        """The wide file below the data folder."""
        return f"m4/{self.title}-{part}.csv.gz"


HOURLY = Subset("Hourly", "h", 48, 24, "2018-01-31 23:00")
WEEKLY = Subset("Weekly", "W-SUN", 13, 1, "2020-12-27")


def _rows(file: Path, sample: Sample) -> dict[str, Floats]:
    """Values of every series, empty cells at the end of a line dropped; the first column is the name."""
    sql = "select * from read_csv($file, header = true, all_varchar = true, null_padding = true)"
    table = real_files.query(sql, {"file": str(file)}).slice(0, sample)
    ids = table.column(0).to_pylist()
    values = np.column_stack([column.cast(pa.float64()).to_numpy() for column in table.columns[1:]])
    return {unique_id: row[~np.isnan(row)] for unique_id, row in zip(ids, values, strict=True)}


def _past(subset: Subset, data: Path, sample: Sample) -> Panel:
    """The training parts on one grid that ends with all of them."""
    train = _rows(data / subset.file("train"), sample)
    ids = sorted(train)
    length = max(len(row) for row in train.values())
    y = np.full((len(ids), length), np.nan)
    for i, unique_id in enumerate(ids):
        y[i, length - len(train[unique_id]) :] = train[unique_id]
    end = int(period_index(np.array([subset.end], "datetime64[us]"), subset.freq)[0])
    return Panel(np.array(ids, dtype=object), end - length + 1, y, subset.freq, subset.season_length)


def _windows(subset: Subset) -> Callable[[Path, Sample], list[Window]]:
    def windows(data: Path, sample: Sample) -> list[Window]:
        past = _past(subset, data, sample)
        test, naive2 = _rows(data / subset.file("test"), None), _rows(data / NAIVE2, None)
        y = np.stack([test[unique_id] for unique_id in past.unique_ids])
        official = np.stack([naive2[unique_id][: subset.horizon] for unique_id in past.unique_ids])
        return [Window(past, y, {"naive2": official})]

    return windows


def _deliver(subset: Subset) -> Callable[[Path, Path, Sample], None]:
    def deliver(data: Path, delivery: Path, sample: Sample) -> None:
        past = _past(subset, data, sample)
        series, period = np.nonzero(past.is_observed)
        table = pa.table(
            {
                "series": pa.array(past.unique_ids[series], pa.string()),
                "ds": pa.array(period_ds(past.start + period, subset.freq)),
                "y": pa.array(past.y[series, period]),
            }
        )
        pq.write_table(table, delivery / "observations.parquet")

    return deliver


def owa_score(season_length: int) -> Score:
    """M4's OWA beside its two parts; sMAPE in percent, MASE scaled within the training part."""

    def score(window: Window, yhat: Floats) -> Scores:
        scale = metrics.mase_scale(window.past.y, season_length)
        naive2 = window.references["naive2"]
        smape, mase = metrics.smape(window.y, yhat), metrics.mase(window.y, yhat, scale)
        base = metrics.smape(window.y, naive2), metrics.mase(window.y, naive2, scale)
        return {"owa": metrics.owa(smape, mase, *base), "smape": smape, "mase": mase}

    return score


def _seasonal_naive(season_length: int) -> Callable[[Window], Floats]:
    return lambda window: SeasonalNaive().forecast_panel(window.past.y, window.y.shape[1], season_length)


def _task(name: str, subset: Subset, check: float, published: dict[str, float]) -> AccuracyTask:
    return AccuracyTask(
        name=name,
        headline="owa",
        protocol={
            "data": f"M4 {subset.title.lower()}, train and test part",
            "horizon": subset.horizon,
            "n_windows": 1,
            "season_length": subset.season_length,
            "scored": "the test part; OWA against the official Naive2 forecasts",
            "timestamps": f"invented: every training part ends at {subset.end}",
        },
        files=(subset.file("train"), subset.file("test"), NAIVE2),
        prepare=_deliver(subset),
        windows=_windows(subset),
        score=owa_score(subset.season_length),
        check=ProtocolCheck("seasonal naive", "owa", check, _seasonal_naive(subset.season_length), tolerance=1e-3),
        published=lambda _: {model: {"owa": owa} for model, owa in published.items()},
    )


# Published OWA: Evaluation and Ranks.xlsx of Mcompetitions/M4-methods.
M4_HOURLY = _task(
    "m4_hourly",
    HOURLY,
    0.627,
    {
        "best entry": 0.410,
        "Smyl ES-RNN (winner)": 0.440,
        "Pawlikowski": 0.444,
        "FFORMA": 0.484,
        "Petropoulos-Svetunkov": 0.663,
        "Theta": 1.006,
        "sNaive": 0.627,
    },
)
M4_WEEKLY = _task(
    "m4_weekly",
    WEEKLY,
    1.000,
    {
        "best entry": 0.739,
        "Petropoulos-Svetunkov": 0.751,
        "Pawlikowski": 0.766,
        "FFORMA": 0.796,
        "Smyl ES-RNN (winner)": 0.851,
        "Theta": 0.971,
        "sNaive": 1.000,
    },
)
