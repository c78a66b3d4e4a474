"""What people look at first, read from the marts: the backtest, as rows and as a Markdown table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_project.paths import ProductPaths
from dagster_project.warehouse import Warehouse

BACKTEST = """
    select
        model,
        max(value) filter (where metric = 'wape') as wape,
        max(value) filter (where metric = 'mase') as mase,
        max(value) filter (where metric = 'bias') as bias,
        max(value) filter (where metric = 'coverage_80') as coverage_80
    from marts.fct_backtest_metrics
    where segment_name = 'overall' and h_bucket = 'all' and cutoff is null
    group by model
    order by wape, model
"""
WINDOWS = """
    select
        cast(cutoff as varchar) as cutoff,
        max(value) filter (where model = 'served') as served_wape,
        max(value) filter (where model = 'seasonal_naive') as seasonal_naive_wape
    from marts.fct_backtest_metrics
    where segment_name = 'overall' and h_bucket = 'all' and cutoff is not null and metric = 'wape'
    group by cutoff
    order by cutoff
"""


def backtest_rows(paths: ProductPaths) -> list[dict[str, Any]]:
    """One row per model: mean over the scored windows, best first; shares, not percent."""
    rows: list[dict[str, Any]] = Warehouse(paths.warehouse).read(BACKTEST).to_pylist()
    return rows


def window_rows(paths: ProductPaths) -> list[dict[str, Any]]:
    """One row per scored window: WAPE of what would have been served there, and of seasonal naive."""
    rows: list[dict[str, Any]] = Warehouse(paths.warehouse).read(WINDOWS).to_pylist()
    return rows


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table, numbers to the right with four digits.

    >>> print(markdown([{"model": "naive", "wape": 0.25}]))
    | model | wape |
    | --- | ---: |
    | naive | 0.2500 |
    """
    if not rows:
        return "no rows"
    columns = list(rows[0])
    numeric = [any(isinstance(row[column], float) for row in rows) for column in columns]
    lines = [
        "| " + " | ".join(columns) + " |",
        "| " + " | ".join("---:" if number else "---" for number in numeric) + " |",
        *("| " + " | ".join(_cell(row[column]) for column in columns) + " |" for row in rows),
    ]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value).replace("|", "\\|")
