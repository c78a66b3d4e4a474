"""Spanish hourly load: one to six hours and a day ahead over 2018, from the raw yearly downloads."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.scoring import Scores, Window
from benchmarks.task import AccuracyTask, ProtocolCheck, Sample, rolling_cutoffs, scored_window
from forecasting import metrics
from forecasting.panel import Floats, Panel

RAW = tuple(f"spain_energy/raw_entsoe/total_load_{year}.csv.gz" for year in (2015, 2016, 2017, 2018))
HORIZON, STEPS = 24, (1, 2, 3, 4, 5, 6, 24)
# 25 hours apart the cutoffs walk through all hours of the day, and 350 of them span the year.
N_WINDOWS, STEP_SIZE, WEEK = 350, 25, 168
ZONE = "ES"


def _panels(data: Path) -> tuple[Panel, Panel]:
    """Load and the operator's forecast of it, hourly in UTC.

    The raw files are read here once more, with pandas' rules for clock changes, so that the truth does not come from
    the SQL under test. The cleaned file beside them cannot serve: half of its hours hold another day's load.
    """
    files = [pd.read_csv(data / name, na_values=["-", "N/A"]) for name in RAW]
    rows = pd.concat(files, ignore_index=True)
    local = pd.DatetimeIndex(pd.to_datetime(rows.iloc[:, 0].str[:16], format="%d.%m.%Y %H:%M"))
    utc = local.tz_localize("Europe/Madrid", ambiguous="infer", nonexistent="NaT").tz_convert("UTC").tz_localize(None)
    there = np.flatnonzero(utc.notna())
    frame = pd.DataFrame({"unique_id": ZONE, "ds": utc[there]})
    operator, load = (
        Panel.from_long(frame.assign(y=rows[column].to_numpy(np.float64)[there]), freq="h", season_length=24)
        for column in rows.columns[1:3]
    )
    return load, operator


def _windows(data: Path, sample: Sample) -> list[Window]:
    load, operator = _panels(data)
    filled = pd.DataFrame(load.y).ffill(axis=1).to_numpy()
    windows = []
    for cutoff in rolling_cutoffs(load, HORIZON, N_WINDOWS, STEP_SIZE)[-(sample or N_WINDOWS) :]:
        last = cutoff - load.start
        week_ago = filled[:, last + 1 - WEEK : last + 1 - WEEK + HORIZON]
        weekly_difference = week_ago + filled[:, [last]] - filled[:, [last - WEEK]]
        ahead = operator.y[:, last + 1 : last + 1 + HORIZON]
        references = {"weekly_difference": weekly_difference, "operator_day_ahead": ahead}
        windows.append(scored_window(load, cutoff, HORIZON, **references))
    return windows


def mape_by_step(window: Window, yhat: Floats) -> Scores:
    """MAPE in percent at each step of the protocol, and their mean over the first six as `mape`."""
    steps = {f"mape_t{step}": metrics.mape(window.y[:, [step - 1]], yhat[:, [step - 1]]) for step in STEPS}
    return {"mape": metrics.mape(window.y[:, :6], yhat[:, :6]), **steps}


def _deliver(data: Path, delivery: Path, sample: Sample) -> None:  # noqa: ARG001 - one series
    for name in RAW:
        shutil.copyfile(data / name, delivery / Path(name).name)


SPAIN_LOAD = AccuracyTask(
    name="spain_load",
    headline="mape",
    protocol={
        "data": "ENTSO-E total load of Spain, raw yearly files 2015 to 2018",
        "horizon": HORIZON,
        "n_windows": N_WINDOWS,
        "step_size": STEP_SIZE,
        "season_length": 24,
        "scored": "2018, MAPE in percent at T+1 to T+6 and T+24; `mape` is the mean of the first six",
    },
    files=RAW,
    prepare=_deliver,
    windows=_windows,
    score=mape_by_step,
    # Over every hour of 2018 it is 0.78; the cutoffs are a sample of them.
    check=ProtocolCheck(
        "weekly difference", "mape_t1", 0.78, lambda window: window.references["weekly_difference"], tolerance=0.03
    ),
    # Measured on every hour of 2018: the operator's own day-ahead forecast, and persistence of the weekly difference.
    published=lambda _: {
        "TSO day-ahead, 2018": {"mape_t24": 0.93},
        "weekly-difference persistence, every hour of 2018": {
            "mape": 1.79,
            "mape_t1": 0.78,
            "mape_t2": 1.29,
            "mape_t3": 1.69,
            "mape_t4": 2.03,
            "mape_t5": 2.34,
            "mape_t6": 2.60,
        },
    },
)
