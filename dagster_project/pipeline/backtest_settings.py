"""A product with other windows, for one evaluation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from dagster_project.errors import UsageError
from dagster_project.product import Product
from forecasting.periods import period_ds, period_index


def with_backtest(product: Product, windows: int | None, step: int | None, models: str) -> Product:
    """The product with the windows, step and candidates that are given; its run id differs from the product's own."""
    changed: dict[str, Any] = {
        name: value for name, value in {"n_windows": windows, "step_size": step}.items() if value is not None
    }
    for name, value in changed.items():
        if value < 1:
            raise UsageError(expected=f"{name} of at least 1", found=str(value), do="Correct the option.")
    names = tuple(dict.fromkeys(name.strip() for name in models.split(",") if name.strip()))
    candidates = {"candidates": names} if names else {}
    return product.model_copy(
        update={
            "backtest": product.backtest.model_copy(update=changed),
            "models": product.models.model_copy(update=candidates),
        }
    )


def last_cutoff(product: Product, first_cutoff: str) -> str:
    """The live cutoff at which the oldest scored window stands at `first_cutoff`, as ISO text."""
    try:
        first = np.datetime64(datetime.fromisoformat(first_cutoff), "us")
    except ValueError as error:
        raise UsageError(
            expected="an ISO date such as 2026-05-31", found=first_cutoff, do="Correct --first-cutoff."
        ) from error
    periods = product.backtest.step_size * (product.backtest.n_windows - 1) + product.horizon
    last = period_ds([int(period_index(np.array([first]), product.freq)[0]) + periods], product.freq)[0]
    return str(last.astype("datetime64[s]" if product.ds_type == "timestamp" else "datetime64[D]"))
