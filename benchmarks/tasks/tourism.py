"""Australian tourism: 89 nodes of a quarterly hierarchy; delivered are the 56 bottom series, scored are all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.published import fev_scores
from benchmarks.scoring import Window, point_scores
from benchmarks.task import AccuracyTask, ProtocolCheck, Sample, rolling_cutoffs, scored_window
from forecasting.forecasters import SeasonalNaive
from forecasting.panel import Floats, Panel
from forecasting.periods import period_index

DATA = "tourism_small/data.csv"
HORIZON, KEYS = 8, ("state", "purpose", "area")


def node_id(name: str) -> str:
    """The product's id of a node as the file names it.

    >>> node_id("total"), node_id("hol"), node_id("nsw-hol"), node_id("nsw-hol-city")
    ('total', 'purpose=hol', 'state=nsw|purpose=hol', 'nsw|hol|city')
    """
    parts = name.split("-")
    if name == "total":
        return name
    if len(parts) == 1:
        return f"purpose={name}"
    return f"state={parts[0]}|purpose={parts[1]}" if len(parts) == 2 else "|".join(parts)


def _panel(data: Path) -> Panel:
    frame = pd.read_csv(data / DATA, index_col=0, parse_dates=True)
    frame.columns = [node_id(name) for name in frame.columns]
    frame = frame[sorted(frame.columns)]
    start = int(period_index(frame.index.to_numpy().astype("datetime64[us]")[:1], "QE")[0])
    ids = np.array(frame.columns, dtype=object)
    return Panel(ids, start, np.ascontiguousarray(frame.to_numpy(dtype=np.float64).T), "QE", 4)


def sum_of_members(window: Window, yhat: Floats) -> Floats:
    """Forecasts of all nodes: those the product made for a node, otherwise the sum of its bottom series."""
    ids = [str(unique_id) for unique_id in window.past.unique_ids]
    bottom = {name: dict(zip(KEYS, name.split("|"), strict=True)) for name in ids if name.count("|") == 2}
    complete = yhat.copy()
    for i, unique_id in enumerate(ids):
        if unique_id in bottom or not np.isnan(yhat[i]).any():
            continue
        wanted = dict(part.split("=") for part in unique_id.split("|")) if unique_id != "total" else {}
        members = [ids.index(name) for name, keys in bottom.items() if wanted.items() <= keys.items()]
        complete[i] = yhat[members].sum(axis=0)
    return complete


def _windows(data: Path, sample: Sample) -> list[Window]:  # noqa: ARG001 - 89 series need no sample
    panel = _panel(data)
    cutoffs = rolling_cutoffs(panel, HORIZON, n_windows=2, step_size=HORIZON)
    return [scored_window(panel, cutoff, HORIZON) for cutoff in cutoffs]


def _deliver(data: Path, delivery: Path, sample: Sample) -> None:  # noqa: ARG001 - 89 series need no sample
    frame = pd.read_csv(data / DATA, index_col=0)
    bottom = [name for name in frame.columns if name.count("-") == 2]
    tidy = frame[bottom].rename_axis("quarter").reset_index().melt("quarter", var_name="name", value_name="visitors")
    tidy[list(KEYS)] = tidy.pop("name").str.split("-", expand=True)
    tidy[[*KEYS, "quarter", "visitors"]].to_csv(delivery / "observations.csv", index=False)


def _seasonal_naive(window: Window) -> Floats:
    return SeasonalNaive().forecast_panel(window.past.y, window.y.shape[1], 4)


TOURISM = AccuracyTask(
    name="tourism",
    headline="wape",
    protocol={
        "data": "Australian tourism, 56 bottom series; scored are all 89 nodes",
        "horizon": HORIZON,
        "n_windows": 2,
        "step_size": HORIZON,
        "season_length": 4,
        "scored": "all 89 nodes; a node without a forecast of its own is the sum of its bottom series",
        "same_as": "fev-bench australian_tourism",
    },
    files=(DATA,),
    prepare=_deliver,
    windows=_windows,
    score=point_scores(("wape", "mase", "bias"), season_length=4),
    check=ProtocolCheck("seasonal naive", "wape", 0.1130525187, _seasonal_naive, tolerance=1e-9),
    published=lambda data: fev_scores(data, "australian_tourism", ("wape", "mase", "wql")),
    complete=sum_of_members,
)
