"""What the operator's page of a run shows beside its tables: the headline as a table, the charts as images.

The charts are those of the report. An image in Markdown may fetch nothing and has no page around it, so each carries
its style and its legend with it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from dagster_project.reports.charts import LEFT, WIDTH, Drawing
from dagster_project.reports.drawings import horizon_drawing, series_drawing
from dagster_project.reports.evaluation import Evaluation
from dagster_project.reports.page import number, percent, signed_percent, style
from dagster_project.reports.tables import Rows

LEGEND_HEIGHT = 26.0
COLUMNS: Mapping[str, Callable[[float | None], str]] = {
    "wape": percent,
    "mase": number,
    "bias": signed_percent,
    "coverage_80": percent,
}


def operator_view(evaluation: Evaluation) -> dict[str, str]:
    """Markdown by name: accuracy, and images of what it looks like."""
    images = {"accuracy_by_step": (horizon_drawing(evaluation.tables["horizon"]), "WAPE by step of the horizon")}
    for one in evaluation.series:
        name = f"{one['unique_id']}: {one['role']}"
        images[one["role"].replace(" ", "_")] = (series_drawing(name, one), name)
    drawn = {name: image(drawing, alt) for name, (drawing, alt) in images.items() if drawing is not None}
    return {"accuracy": _table(evaluation.tables["headline"]), **drawn}


def image(drawing: Drawing, alt: str) -> str:
    """A drawing, legend and all, as an image that stands alone in Markdown."""
    height = drawing.height + LEGEND_HEIGHT
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width:.0f} {height:.0f}" width="{WIDTH:.0f}">'
        f"<style>{style('chart.css')} svg {{ background: var(--ground); font-family: sans-serif; }}</style>"
        f"{drawing.body}{_legend(drawing.keys, height - 10)}</svg>"
    )
    name = re.sub(r"([\\\[\]])", r"\\\1", escape(alt))
    return f"![{name}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _legend(keys: Sequence[tuple[str, str]], y: float) -> str:
    parts, x = [], LEFT
    for kind, label in keys:
        mark = (
            f'<rect class="band" x="{x}" y="{y - 9}" width="18" height="10"/>'
            if kind == "band"
            else f'<polyline class="{kind}" points="{x},{y - 4} {x + 18},{y - 4}"/>'
        )
        parts.append(f'{mark}<text x="{x + 24}" y="{y}">{escape(label)}</text>')
        x += 48 + 6.5 * len(label)
    return "".join(parts)


def _table(rows: Rows) -> str:
    head = ["model", *COLUMNS]
    lines = [head, ["---"] * len(head)]
    lines += [[row["model"], *(form(row[column]) for column, form in COLUMNS.items())] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
