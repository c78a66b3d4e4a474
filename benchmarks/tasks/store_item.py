"""Store Item Demand: 500 series, 90 days ahead of the end of 2016, as the competition asked one year later."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import real_files
from benchmarks.scoring import Window, point_scores
from benchmarks.task import AccuracyTask, ProtocolCheck, Sample, scored_window
from forecasting.panel import Floats
from forecasting.periods import period_index

TRAIN = "store_item/train.csv.gz"
HORIZON, CUTOFF, YEAR = 90, "2016-12-31", 364
NUMBERED = "select *, (store - 1) * 50 + item as number from read_csv($file)"


def _windows(data: Path, sample: Sample) -> list[Window]:
    sql = f"""
        select store || '|' || item as unique_id, date as ds, sales::double as y
        from ({NUMBERED})
        where number <= coalesce($sample, 1e9)
    """
    panel = real_files.panel(sql, {"file": str(data / TRAIN), "sample": sample}, freq="D", season_length=7)
    cutoff = int(period_index(np.array([CUTOFF], "datetime64[us]"), "D")[0])
    window = scored_window(panel, cutoff, HORIZON)
    return [Window(window.past, window.y, {"lag_364": lag_364(window)})]


def lag_364(window: Window) -> Floats:
    """The same weekday of the year before."""
    start = window.past.n_periods - YEAR
    return window.past.y[:, start : start + window.y.shape[1]]


def _deliver(data: Path, delivery: Path, sample: Sample) -> None:
    """The file as it was at the cutoff."""
    sql = f"""
        select * exclude (number)
        from ({NUMBERED})
        where number <= coalesce($sample, 1e9) and date <= $cutoff
    """
    parameters = {"file": str(data / TRAIN), "sample": sample, "cutoff": CUTOFF}
    real_files.write_csv(sql, parameters, delivery / "train.csv.gz")


STORE_ITEM = AccuracyTask(
    name="store_item",
    headline="smape",
    protocol={
        "data": "Kaggle Store Item Demand, train.csv",
        "horizon": HORIZON,
        "n_windows": 1,
        "season_length": 7,
        "scored": "all 500 series, 90 days after 2016-12-31; smape in percent",
    },
    files=(TRAIN,),
    prepare=_deliver,
    windows=_windows,
    score=point_scores(("smape", "wape", "mase", "bias"), season_length=7),
    check=ProtocolCheck("lag 364", "smape", 19.154, lag_364, tolerance=5e-4),
    # A notebook's validation on the same 90 days (OxSpaceman, Kaggle).
    published=lambda _: {"LightGBM, a public notebook": {"smape": 13.53}},
)
