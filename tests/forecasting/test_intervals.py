from datetime import datetime, timedelta

import numpy as np
import pytest

from forecasting.intervals import calibration_for, window_quantiles
from forecasting.quantiles import SeriesScale
from forecasting.task import ForecastTask
from forecasting.window_result import WindowResult


def _window(number: int, *, divisor: float = 1.0, horizon: int = 7) -> WindowResult:
    rng = np.random.default_rng(number)
    mean = np.repeat(rng.uniform(1.0, 6.0, (300, 1)), horizon, axis=1)
    none = np.zeros(300, dtype=bool)
    return WindowResult(
        cutoff=datetime(2025, 1, 1) + timedelta(days=horizon * number),  # noqa: DTZ001 - naive, as in the tables
        freq="D",
        unique_ids=np.array([f"s{i}" for i in range(300)], dtype=object),
        eligible=~none,
        y=rng.poisson(mean) / divisor,
        scale=SeriesScale(mean[:, 0], np.sqrt(mean[:, 0]), none.astype(float)),
        yhat={"lightgbm": mean / divisor},
        fell_back={"lightgbm": none},
    )


def _quantiles(kind: str, divisor: float = 1.0):
    task = ForecastTask(freq="D", season_lengths=(7,), horizon=7, target_kind=kind)
    windows = [_window(number, divisor=divisor) for number in range(3)]
    calibration = calibration_for(task, "lightgbm", windows[-1].cutoff, windows[:-1])
    assert calibration is not None
    return windows[-1], window_quantiles(task, windows[-1], "lightgbm", calibration)


@pytest.mark.parametrize("kind", ["count", "intermittent"])
def test_small_counts_have_whole_quantiles_that_cover_and_never_cross(kind):
    window, quantiles = _quantiles(kind)
    assert (quantiles == np.round(quantiles)).all()
    assert (np.diff(quantiles, axis=2) >= 0).all()
    covered = (window.y >= quantiles[..., 0]) & (window.y <= quantiles[..., -1])
    assert covered.mean() >= 0.78


def test_amounts_and_counts_in_dozens_keep_their_fractions():
    for kind, divisor in (("continuous", 1.0), ("count", 12.0)):
        _, quantiles = _quantiles(kind, divisor)
        assert (quantiles != np.round(quantiles)).mean() > 0.5


def test_no_interval_is_invented_without_a_finished_window():
    task = ForecastTask(freq="D", season_lengths=(7,), horizon=7)
    assert calibration_for(task, "lightgbm", _window(0).cutoff, [_window(0)]) is None


def test_of_more_errors_than_it_needs_a_calibration_takes_some_series_and_covers_as_well(monkeypatch):
    monkeypatch.setattr("forecasting.intervals._MOST_ERRORS", 1_000)
    window, quantiles = _quantiles("continuous")
    covered = (window.y >= quantiles[..., 0]) & (window.y <= quantiles[..., -1])
    assert 0.76 <= covered.mean() <= 0.88
    monkeypatch.undo()
    _, of_all = _quantiles("continuous")
    assert 0.0 < np.abs(quantiles - of_all).mean() < 0.1 * of_all.mean()
