"""A small warehouse with forecasts in it, as a finished run leaves them."""

import duckdb
import numpy as np
import pytest

from benchmarks.scoring import Window
from forecasting.panel import Panel
from forecasting.periods import period_ds

SCHEMA = """
    create schema forecasting;
    create table forecasting.forecasts (unique_id varchar, cutoff date, ds date, model varchar, yhat double);
    create table forecasting.backtest_forecasts as from forecasting.forecasts;
    create table forecasting.forecast_quantiles (
        unique_id varchar, cutoff date, ds date, model varchar, quantile_level double, yhat double
    );
    create table forecasting.backtest_quantiles as from forecasting.forecast_quantiles;
    create table forecasting.model_choices (unique_id varchar, cutoff date, model varchar, reason varchar);
"""


class WrittenWarehouse:
    """Collects forecasts of windows and writes them where the benchmarks read them."""

    def __init__(self, path):
        self.path = path
        with duckdb.connect(str(path)) as connection:
            connection.execute(SCHEMA)

    def say(self, window, model, yhat, *, table="backtest_forecasts", ids=None):
        """One model's forecasts of a window; a NaN is a row that does not exist."""
        rows = [(*key, model, value) for key, value in self._cells(window, np.asarray(yhat, float), ids)]
        self._insert(table, rows)

    def say_quantile(self, window, model, level, yhat):
        """One level of one model."""
        rows = [(*key, model, level, value) for key, value in self._cells(window, np.asarray(yhat, float), None)]
        self._insert("backtest_quantiles", rows)

    def choose(self, window, models):
        """The model of every series at a window's cutoff."""
        cutoff = window.cutoff.astype("datetime64[D]").item()
        rows = [(uid, cutoff, model, "told so") for uid, model in zip(window.past.unique_ids, models, strict=True)]
        self._insert("model_choices", rows)

    def _cells(self, window, yhat, ids):
        ds = period_ds(window.past.end + 1 + np.arange(yhat.shape[1]), window.past.freq)
        cutoff = window.cutoff.astype("datetime64[D]").item()
        for i, uid in enumerate(window.past.unique_ids if ids is None else ids):
            for step, value in enumerate(yhat[i]):
                if not np.isnan(value):
                    yield (uid, cutoff, ds[step].astype("datetime64[D]").item()), float(value)

    def _insert(self, table, rows):
        marks = ", ".join("?" * len(rows[0]))
        with duckdb.connect(str(self.path)) as connection:
            connection.executemany(f"insert into forecasting.{table} values ({marks})", rows)


@pytest.fixture
def warehouse(tmp_path):
    return WrittenWarehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def two_windows():
    """Two series over six days, two windows of two days: cutoffs on day 2 and day 4."""
    panel = daily_panel([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [10.0, 10.0, 20.0, 20.0, 10.0, 10.0]])
    return [window_at(panel, periods, 2) for periods in (2, 4)]


def daily_panel(y, ids=("a", "b"), season_length=1):
    start = int((np.datetime64("2024-01-01") - np.datetime64("1970-01-01")).astype(int))
    return Panel(np.array(ids, dtype=object), start, np.array(y, dtype=float), "D", season_length)


def window_at(panel, n_past, horizon, **references):
    past = panel.until(panel.start + n_past - 1)
    return Window(past, panel.y[:, n_past : n_past + horizon], references)
