"""Scale: 30,490 generated series of 1,941 days, 28 days ahead, with quantiles; a sample is an equal share per store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.generated import FIRST_DAY, HORIZON, SEED, STORES, Retail, write_delivery
from benchmarks.scoring import Window, point_scores
from benchmarks.task import AccuracyTask, Sample, scored_window
from forecasting.panel import Panel
from forecasting.periods import period_index


def _windows(data: Path, sample: Sample) -> list[Window]:  # noqa: ARG001 - generated, not read
    retail = Retail.of_series(sample)
    ids = [f"{store}|{item}" for store in STORES for item in retail.items]
    y = np.concatenate([units for _, units in retail.blocks()]).astype(np.float64)
    order = np.argsort(np.array(ids))
    start = int(period_index(np.array([FIRST_DAY], "datetime64[us]"), "D")[0])
    panel = Panel(np.array(ids, dtype=object)[order], start, y[order], "D", 7)
    return [scored_window(panel, start + retail.n_days - 1, HORIZON)]


def _deliver(data: Path, delivery: Path, sample: Sample) -> None:  # noqa: ARG001 - generated, not read
    write_delivery(Retail.of_series(sample), delivery)


SCALE = AccuracyTask(
    name="scale",
    headline="wape",
    protocol={
        "data": f"generated retail demand, seed {SEED}",
        "horizon": HORIZON,
        "n_windows": 1,
        "season_length": 7,
        "scored": "28 days after 1,941 days of history, all series",
    },
    files=(),
    prepare=_deliver,
    windows=_windows,
    score=point_scores(("wape", "mase", "bias"), season_length=7),
)
