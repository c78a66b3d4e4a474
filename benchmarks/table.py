"""A result as a table for people: models by rows, seasonal naive and published scores among them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import BASELINE

PUBLISHED_ROWS = 6


def print_accuracy(result: dict[str, Any], console: Console) -> None:
    """Every model with its mean scores, best first; the chosen one in bold, published ones dimmed."""
    headline = result["protocol"]["headline"]
    columns = list(dict.fromkeys(name for scores in result["metrics"].values() for name in scores))
    columns.sort(key=lambda name: name != headline)
    rows = [(scores, model, "") for model, scores in result["metrics"].items()]
    ranked = sorted(result["published"].items(), key=lambda item: _rank(item[1], headline))
    rows += [(scores, model, "published") for model, scores in ranked[:PUBLISHED_ROWS]]
    rows += [(scores, model, "published") for model, scores in ranked[PUBLISHED_ROWS:] if "naive" in model.lower()]
    table = Table(title=_title(result), title_justify="left", header_style="bold", box=None, pad_edge=False)
    table.add_column("model")
    for column in columns:
        table.add_column(column, justify="right")
    table.add_column("")
    for scores, model, source in sorted(rows, key=lambda row: _rank(row[0], headline)):
        mark = source or {BASELINE: "baseline", result["chosen"]: "chosen"}.get(model, "")
        style = "bold" if mark == "chosen" else "dim" if mark == "published" else None
        table.add_row(model, *(_cell(scores.get(column)) for column in columns), mark, style=style)
    console.print(table)
    console.print(_cost_line(result), style="dim", highlight=False)


def print_speed(result: dict[str, Any], console: Console) -> None:
    """Every measured thing with its figures, and the ratios to a peer."""
    columns = list(dict.fromkeys(name for scores in result["metrics"].values() for name in scores))
    table = Table(title=result["case"], title_justify="left", header_style="bold", box=None, pad_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for name, scores in result["metrics"].items():
        table.add_row(name, *(_cell(scores.get(column)) for column in columns))
    console.print(table)
    for name, ratio in result.get("ratios", {}).items():
        console.print(f"{name}: {_cell(ratio)}", highlight=False)
    console.print(_cost_line(result), style="dim", highlight=False)


def _rank(scores: dict[str, float | None], headline: str) -> float:
    value = scores.get(headline)
    return float("inf") if value is None else value


def _title(result: dict[str, Any]) -> str:
    protocol = result["protocol"]
    windows = len(result["windows"])
    sampled = f"; {protocol['sampled']}" if "sampled" in protocol else ""
    return f"{result['task']}: {protocol['n_series']:,} series, {windows} window{'s' * (windows > 1)}{sampled}"


def _cost_line(result: dict[str, Any]) -> str:
    return f"{result['wall_s']:,.1f} s wall, {result['cpu_s']:,.1f} s CPU, {result['peak_rss_mb']:,.0f} MB at most"


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.4f}" if abs(value) < 100 else f"{value:,.1f}"
