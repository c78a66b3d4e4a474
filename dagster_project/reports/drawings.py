"""The drawings that both the report and the operator's page show."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from dagster_project.reports.charts import Band, Drawing, Line, line_drawing
from dagster_project.reports.page import number
from dagster_project.reports.tables import Rows
from dagster_project.reports.time_axis import label, position


def horizon_drawing(horizon: Rows) -> Drawing | None:
    """WAPE at every step ahead, of what is served and of seasonal naive."""
    return line_drawing(
        [
            Line("served", "served", [(row["h"], row["served"]) for row in horizon], has_dots=len(horizon) < 40),
            Line("seasonal naive", "baseline", [(row["h"], row["seasonal_naive"]) for row in horizon]),
        ],
        title="WAPE by step of the horizon",
        x_label=lambda h: f"{h:.0f}",
        y_label=lambda value: f"{100 * value:.0f} %",
    )


def series_drawing(title: str, one: Mapping[str, Any]) -> Drawing | None:
    """History of one series, its backtests and its forecast in force with the 80 % interval."""
    history, latest = one["history"], one["latest"]
    first = position(history[0]["ds"]) if history else 0.0
    lines = [Line("observed", "actual", [(position(row["ds"]), row["y"]) for row in history])]
    marks = []
    for cutoff, rows in groupby(one["backtest"], key=lambda row: row["cutoff"]):
        points = [(position(row["ds"]), row["yhat"]) for row in rows]
        if points and points[0][0] >= first:
            marks.append(position(cutoff))
            lines.append(Line("backtest, as served then", "baseline", points))
    lines.append(Line("forecast in force", "served", [(position(row["ds"]), row["yhat"]) for row in latest]))
    band = [
        (position(row["ds"]), row["yhat_lower"], row["yhat_upper"])
        for row in latest
        if row["yhat_lower"] is not None and row["yhat_upper"] is not None
    ]
    return line_drawing(
        lines,
        title=title,
        x_label=label,
        y_label=number,
        bands=[Band("80 % interval", band)] if band else [],
        marks=marks,
        height=210,
    )
