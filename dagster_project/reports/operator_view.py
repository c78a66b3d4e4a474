"""What the operator's page of a run shows beside its tables: the headline as a table, the charts as images.

The charts are those of the report. An image in Markdown may fetch nothing and has no page around it, so each carries
its style and its legend with it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from html import escape, unescape

from dagster_project.product import Product
from dagster_project.reports.charts import WIDTH
from dagster_project.reports.drawings import horizon_chart, series_chart
from dagster_project.reports.evaluation import PERIODS_SHOWN
from dagster_project.reports.page import number, percent, signed_percent, style
from dagster_project.reports.tables import EXAMPLES, HEADLINE, HORIZON, Rows, series_tables
from dagster_project.warehouse import Warehouse

LEGEND_HEIGHT = 26.0
COLUMNS: Mapping[str, Callable[[float | None], str]] = {
    "wape": percent,
    "mase": number,
    "bias": signed_percent,
    "coverage_80": percent,
}


def operator_view(product: Product, warehouse: Warehouse) -> dict[str, str]:
    """Markdown by name, of the run that the marts speak of: accuracy, and images of what it looks like."""
    shown = {"accuracy": _table(warehouse.read(HEADLINE).to_pylist())}
    horizon = warehouse.read(HORIZON).to_pylist()
    if horizon:
        shown["accuracy_by_step"] = image(horizon_chart(horizon), "WAPE by step of the horizon")
    for example in warehouse.read(EXAMPLES).to_pylist():
        one = {**example, **series_tables(warehouse, example["unique_id"], PERIODS_SHOWN * product.horizon)}
        name = f"{example['unique_id']}: {example['role']}"
        shown[example["role"].replace(" ", "_")] = image(series_chart(name, one), name)
    return shown


def image(chart: str, alt: str) -> str:
    """A chart of the report, legend and all, as an image that stands alone in Markdown."""
    drawing, _, rest = chart.partition("</svg>")
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing)
    if size is None:
        return unescape(re.sub("<[^>]+>", "", chart))
    width, height = float(size[1]), float(size[2]) + LEGEND_HEIGHT
    drawing = drawing[drawing.index(">") + 1 :]
    keys = re.findall(r'<span class="key (\w+)">([^<]*)</span>', rest)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{WIDTH:.0f}">'
        f"<style>{style('chart.css')} svg {{ background: var(--ground); font-family: sans-serif; }}</style>"
        f"{drawing}{_legend(keys, height)}</svg>"
    )
    name = re.sub(r"([\\\[\]])", r"\\\1", escape(alt))
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _legend(keys: list[tuple[str, str]], height: float) -> str:
    parts, x = [], 58.0
    for kind, label in keys:
        y = height - 10
        mark = (
            f'<rect class="band" x="{x}" y="{y - 9}" width="18" height="10"/>'
            if kind == "band"
            else f'<polyline class="{kind}" points="{x},{y - 4} {x + 18},{y - 4}"/>'
        )
        parts.append(f'{mark}<text x="{x + 24}" y="{y}">{label}</text>')
        x += 48 + 6.5 * len(unescape(label))
    return "".join(parts)


def _table(rows: Rows) -> str:
    head = ["model", *COLUMNS]
    lines = [head, ["---"] * len(head)]
    lines += [[row["model"], *(form(row[column]) for column, form in COLUMNS.items())] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
