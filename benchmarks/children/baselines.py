"""Time five baselines on a matrix: `python -m benchmarks.children.baselines MATRIX ANSWER`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.generated import HORIZON
from forecasting.forecasters import FORECASTERS

BASELINES = ("naive", "seasonal_naive", "moving_average", "simple_exponential_smoothing", "croston")
SEASON_LENGTH = 7


def main(matrix: Path, answer: Path) -> None:
    """Forecast with each, once, and write wall and CPU seconds."""
    y = np.load(matrix)
    found = {}
    for name in BASELINES:
        wall, cpu = time.perf_counter(), time.process_time()
        yhat = FORECASTERS[name]().forecast_panel(y, HORIZON, SEASON_LENGTH)
        found[name] = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
        if not np.isfinite(yhat).all():
            raise ValueError(f"expected finite forecasts of {name} for every series")
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
