"""An accuracy task from files to result: check the protocol, run the product, score what it said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.predictions import Predictions, read_predictions
from benchmarks.product_run import ProductRun, benchmark_product, run_product
from benchmarks.scoring import Scores, Window, coverage_by_step, mean_scores, quantile_scores
from benchmarks.task import AccuracyTask, Sample
from dagster_project.errors import StepFailed
from forecasting.panel import Floats
from forecasting.periods import period_ds

BASELINE = "seasonal_naive"
SELECTED = "selected"
MAX_REASONS = 10
DETAILED_WINDOWS = 50


def run_accuracy(task: AccuracyTask, data_dir: Path | None, folder: Path, sample: Sample = None) -> dict[str, Any]:
    """Run one task in `folder` and return its result as `interfaces.md` describes it, without versions and machine.

    Raises:
        UsageError: real data are missing.
        StepFailed: the protocol's check gives another figure, the run failed, or forecasts are missing.
    """
    data = task.require_files(data_dir)
    windows = task.windows(data, sample)
    check = task.check.verify(windows, task.score) if task.check and sample is None else None
    delivery = folder / "delivery"
    delivery.mkdir(parents=True)
    task.prepare(data, delivery, sample)
    run = run_product(benchmark_product(task.name), folder / "home", delivery)
    result = scored(task, windows, run.warehouse, benchmark_product(task.name).quantile_levels)
    protocol = {**task.protocol, "headline": task.headline, "n_series": len(windows[0].y), "check": check}
    if sample is not None:
        protocol["sampled"] = f"first {sample} series only: not comparable with published scores"
    return {
        "task": task.name,
        "protocol": {**protocol, "cutoffs": [_text(window.cutoff) for window in windows]},
        **result,
        "published": task.published(data),
        **_cost(run),
    }


def scored(task: AccuracyTask, windows: Sequence[Window], warehouse: Path, levels: Sequence[float]) -> dict[str, Any]:
    """Scores of every model in every window, and of the one that was chosen before the first scored window.

    Raises:
        StepFailed: the chosen model did not forecast everything that is scored.
    """
    found = [_predictions(task, window, warehouse, levels) for window in windows]
    chosen, reasons = _chosen_before(found[0], windows[0])
    name = next(iter(chosen)) if len(chosen) == 1 else SELECTED
    per_window: list[dict[str, Scores]] = []
    chosen_quantiles: list[tuple[Window, Floats]] = []
    incomplete: Counter[str] = Counter()
    for window, predictions in zip(windows, found, strict=True):
        forecasts = {**predictions.yhat, **window.references}
        quantiles = dict(predictions.quantiles)
        if len(chosen) > 1:
            forecasts[SELECTED] = _pick(predictions.yhat, found[0].chosen, task, window)
            quantiles[SELECTED] = _pick(predictions.quantiles, found[0].chosen, task, window)
        scores: dict[str, Scores] = {}
        for model, yhat in forecasts.items():
            missing = int(np.count_nonzero(~np.isnan(window.y) & np.isnan(yhat)))
            if missing:
                incomplete[model] += missing
                continue
            scores[model] = task.score(window, yhat)
            if model in quantiles and _covers(window, quantiles[model]):
                scores[model] |= quantile_scores(window, quantiles[model], levels)
                if model == name:
                    chosen_quantiles.append((window, quantiles[model]))
        per_window.append(scores)
    if incomplete[name]:
        raise StepFailed(
            expected=f"a forecast of {name} for every scored series and period",
            found=f"{incomplete[name]:,} missing",
            do="See forecasting.series_failures and features.features of the kept warehouse (--keep DIR).",
        )
    complete = [model for model in per_window[0] if all(model in scores for scores in per_window)]
    return {
        "chosen": name,
        "chosen_models": dict(chosen.most_common()),
        "chosen_because": list(reasons[:MAX_REASONS]),
        "metrics": {model: mean_scores([scores[model] for scores in per_window]) for model in complete},
        "coverage_80": coverage_by_step(
            [window for window, _ in chosen_quantiles], [values for _, values in chosen_quantiles], levels
        ),
        "incomplete": dict(incomplete),
        "windows": [
            {"cutoff": _text(window.cutoff), "metrics": _detail(scores, name, len(windows))}
            for window, scores in zip(windows, per_window, strict=True)
        ],
    }


def _detail(scores: dict[str, Scores], chosen: str, n_windows: int) -> dict[str, Scores]:
    """All models of a window; with hundreds of windows only the chosen one and the baseline."""
    return scores if n_windows <= DETAILED_WINDOWS else {m: scores[m] for m in (chosen, BASELINE) if m in scores}


def _predictions(task: AccuracyTask, window: Window, warehouse: Path, levels: Sequence[float]) -> Predictions:
    past = window.past
    ds = period_ds(past.end + 1 + np.arange(window.y.shape[1]), past.freq)
    found = read_predictions(warehouse, window.cutoff, past.unique_ids, ds, levels)
    for model, yhat in found.yhat.items():
        found.yhat[model] = task.complete(window, yhat)
    return found


def _chosen_before(first: Predictions, window: Window) -> tuple[Counter[str], tuple[str, ...]]:
    """How many series each model was chosen for at the first scored cutoff: nothing scored was known then."""
    chosen: Counter[str] = Counter(model for model in first.chosen if model is not None)
    if not chosen:
        raise StepFailed(
            expected=f"a row of forecasting.model_choices at the first scored cutoff {_text(window.cutoff)}",
            found="none",
            do="The product needs a backtest window before the scored ones: n_calibration_windows of its file.",
        )
    return chosen, first.reasons


def _pick(forecasts: dict[str, Floats], chosen: Any, task: AccuracyTask, window: Window) -> Floats:
    """Of every series the forecast of its own model; NaN where there is none."""
    some = next(iter(forecasts.values()), np.full((*window.y.shape, 1), np.nan))
    picked = np.full(some.shape, np.nan)
    for model, values in forecasts.items():
        rows = np.asarray(chosen == model)
        picked[rows] = values[rows]
    return task.complete(window, picked) if picked.ndim == 2 else picked


def _covers(window: Window, quantiles: Floats) -> bool:
    """Whether there are quantiles for all that is scored: those of some series have no published score beside them."""
    return not np.isnan(quantiles[~np.isnan(window.y)]).any()


def _cost(run: ProductRun) -> dict[str, Any]:
    return {**run.cost.as_json(), "steps": run.steps, "published_snapshot": run.published}


def _text(cutoff: np.datetime64) -> str:
    text = str(np.datetime_as_string(cutoff, unit="m"))
    return text.removesuffix("T00:00")
