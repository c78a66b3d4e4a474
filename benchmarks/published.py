"""Scores that others published for the same protocol."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

FEV_BENCH = Path("fev_bench") / "fev_bench_retail_subset.csv"


def fev_scores(data_dir: Path, task: str, metrics: Sequence[str]) -> dict[str, dict[str, float]]:
    """Scores of the models of fev-bench on one of its tasks, best first by the first metric; empty without the file.

    `metrics` are names of ours; the file has them in upper case.
    """
    file = data_dir / FEV_BENCH
    if not file.is_file():
        return {}
    with file.open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["task_name"] == task]
    scores = {row["model_name"]: {metric: float(row[metric.upper()]) for metric in metrics} for row in rows}
    return dict(sorted(scores.items(), key=lambda item: item[1][metrics[0]]))
