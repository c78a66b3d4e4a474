"""Rossmann: daily revenue of 1,115 stores; the protocol of fev-bench, and the six weeks of the competition's kind."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import real_files
from benchmarks.published import fev_scores
from benchmarks.scoring import Window, point_scores
from benchmarks.task import AccuracyTask, ProtocolCheck, Sample, rolling_cutoffs, scored_window
from forecasting.forecasters import SeasonalNaive
from forecasting.panel import Floats, Panel
from forecasting.periods import period_index

TRAIN, STORES = "rossmann/train.csv.gz", "rossmann/store.csv"
SOURCE = "read_csv($file, types = {'StateHoliday': 'VARCHAR', 'Date': 'DATE'})"
HORIZON_42D, CUTOFF_42D = 42, "2015-06-19"


def _panel(data: Path, sample: Sample, y: str = "Sales") -> Panel:
    sql = f"""
        select Store::varchar as unique_id, Date as ds, {y}::double as y
        from {SOURCE}
        where Store <= coalesce($sample, 1e9)
    """
    return real_files.panel(sql, {"file": str(data / TRAIN), "sample": sample}, freq="D", season_length=7)


def _windows_1d(data: Path, sample: Sample) -> list[Window]:
    panel = _panel(data, sample)
    return [scored_window(panel, cutoff, 48) for cutoff in rolling_cutoffs(panel, 48, n_windows=10, step_size=48)]


def seasonal_naive_of_fev(window: Window) -> Floats:
    """Lag 7 on a history whose gaps repeat the last day before them, as fev-bench fills the half year without data."""
    filled = pd.DataFrame(window.past.y).ffill(axis=1).to_numpy()
    return SeasonalNaive().forecast_panel(filled, window.y.shape[1], 7)


def _deliver(data: Path, delivery: Path, sample: Sample) -> None:
    for name in (TRAIN, STORES):
        target = delivery / Path(name).name
        if sample is None:
            shutil.copyfile(data / name, target)
        else:
            sql = "select * from read_csv($file, all_varchar = true) where Store::int <= $sample"
            real_files.write_csv(sql, {"file": str(data / name), "sample": sample}, target)


def _windows_42d(data: Path, sample: Sample) -> list[Window]:
    sales = _panel(data, sample)
    cutoff = int(period_index(np.array([CUTOFF_42D], "datetime64[us]"), "D")[0])
    window = scored_window(sales, cutoff, HORIZON_42D)
    promo = _panel(data, sample, "Promo").y
    mean = _mean_by_store_weekday_promotion(window.past, promo, HORIZON_42D)
    # A closed day, and one of the 54 open days without a sale, has no percentage error.
    y = np.where(window.y > 0, window.y, np.nan)
    return [Window(window.past, y, {"store_weekday_promotion_mean": mean})]


def _mean_by_store_weekday_promotion(past: Panel, promo: Floats, horizon: int) -> Floats:
    """The store's mean revenue on open days with this weekday and promotion; on this weekday, failing that."""
    length = past.n_periods
    weekday = (np.arange(length + horizon) + past.start) % 7
    sold = past.y > 0
    yhat = np.full((past.n_series, horizon), np.nan)
    for day in range(7):
        of_day = weekday == day
        total = np.where(sold & of_day[:length], np.nan_to_num(past.y), 0.0).sum(axis=1)
        count = (sold & of_day[:length]).sum(axis=1)
        any_mean = np.divide(total, count, out=np.full(past.n_series, np.nan), where=count > 0)
        for state in (0, 1):
            alike = sold & of_day[:length] & (promo[:, :length] == state)
            total, count = np.where(alike, np.nan_to_num(past.y), 0.0).sum(axis=1), alike.sum(axis=1)
            mean = np.divide(total, count, out=any_mean.copy(), where=count > 0)
            ahead = of_day[length:] & (promo[:, length : length + horizon] == state)
            yhat = np.where(ahead, mean[:, None], yhat)
    overall = np.nanmean(np.where(sold, past.y, np.nan), axis=1)
    return np.where(np.isnan(yhat), overall[:, None], yhat)


def _deliver_42d(data: Path, delivery: Path, sample: Sample) -> None:
    """What was there on the evening of the cutoff: sales up to it, and the plans of the six weeks after it."""
    parameters = {"file": str(data / TRAIN), "sample": sample, "cutoff": CUTOFF_42D}
    text = "read_csv($file, all_varchar = true)"
    kept = "Store::int <= coalesce($sample, 1e9)"
    past = f"select * from {text} where {kept} and Date <= $cutoff"
    real_files.write_csv(past, parameters, delivery / "train.csv.gz")
    plans = f"""
        select row_number() over (order by Date desc, Store::int) as Id, * exclude (Sales, Customers)
        from {text}
        where {kept} and Date > $cutoff
        order by Id
    """
    real_files.write_csv(plans, parameters, delivery / "test.csv.gz")
    stores = f"select * from read_csv($file, all_varchar = true) where {kept}"
    real_files.write_csv(stores, {"file": str(data / STORES), "sample": sample}, delivery / "store.csv")


ROSSMANN_1D = AccuracyTask(
    name="rossmann_1d",
    headline="wape",
    protocol={
        "data": "Kaggle Rossmann, train.csv",
        "horizon": 48,
        "n_windows": 10,
        "step_size": 48,
        "season_length": 7,
        "scored": "all store-days with a row in the file, closed days included; mean over the windows",
        "same_as": "fev-bench rossmann_1D",
    },
    files=(TRAIN, STORES),
    prepare=_deliver,
    windows=_windows_1d,
    score=point_scores(("wape", "mase", "bias"), season_length=7),
    check=ProtocolCheck("seasonal naive of fev-bench", "wape", 0.269245196, seasonal_naive_of_fev),
    published=lambda data: fev_scores(data, "rossmann_1D", ("wape", "wql", "mase")),
)

ROSSMANN_42D = AccuracyTask(
    name="rossmann_42d",
    headline="rmspe",
    protocol={
        "data": "Kaggle Rossmann, train.csv",
        "horizon": HORIZON_42D,
        "n_windows": 1,
        "season_length": 7,
        "scored": "open days with sales, 42 days ahead of one cutoff: no sales of the scored days are seen",
    },
    files=(TRAIN, STORES),
    prepare=_deliver_42d,
    windows=_windows_42d,
    score=point_scores(("rmspe", "wape", "bias"), season_length=7),
    check=ProtocolCheck(
        "mean by store, weekday and promotion",
        "rmspe",
        0.146,
        lambda window: window.references["store_weekday_promotion_mean"],
        tolerance=2e-3,
    ),
)
