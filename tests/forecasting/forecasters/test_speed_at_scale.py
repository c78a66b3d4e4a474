"""The size of the largest public demand panel: 30,490 series of 1,941 days."""

import time

import numpy as np
import pytest

from forecasting.forecasters import FORECASTERS

FIVE = ["naive", "seasonal_naive", "moving_average", "simple_exponential_smoothing", "tsb"]
CPU_SECONDS = 5.0


@pytest.mark.slow
def test_five_baselines_of_the_largest_panel_take_seconds():
    rng = np.random.default_rng(0)
    y = rng.poisson(rng.gamma(0.5, 2.0, (30_490, 1)), (30_490, 1_941)).astype(np.float64)
    y[:10_000, :900] = np.nan
    before = time.process_time()
    for name in FIVE:
        assert np.isfinite(FORECASTERS[name]().forecast_panel(y, 28, 7)).all()
    assert time.process_time() - before < CPU_SECONDS
