"""Images for the operator's page: the report's charts, each whole in itself."""

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from dagster_project.reports.charts import Band, Line, line_drawing
from dagster_project.reports.evaluation import Evaluation
from dagster_project.reports.operator_view import image, operator_view

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(markdown):
    alt, encoded = re.fullmatch(r"!\[(.*)\]\(data:image/svg\+xml;base64,(.*)\)", markdown).groups()
    return alt, ET.fromstring(base64.b64decode(encoded))  # noqa: S314 - our own text


def _chart(label):
    lines = [Line(label, "served", [(1, 2.0), (2, 4.0)]), Line("naive", "baseline", [(1, 3.0), (2, 3.0)])]
    band = Band("80 % interval", [(1, 1.0, 3.0), (2, 3.0, 5.0)])
    return line_drawing(lines, title="t", x_label=str, y_label=str, bands=[band])


def test_an_image_holds_its_lines_its_style_and_its_legend():
    alt, svg = _drawn(image(_chart("served <now> & then"), "s1|<b>[x]: worst"))
    assert alt == r"s1|&lt;b&gt;\[x\]: worst"
    texts = [element.text for element in svg.iter(f"{SVG}text")]
    assert {"served <now> & then", "naive", "80 % interval"} <= set(texts)
    kinds = [element.get("class") for element in svg.iter(f"{SVG}polyline")]
    assert kinds.count("served") == kinds.count("baseline") == 2
    assert "polyline.served" in svg.find(f"{SVG}style").text
    height = float(svg.get("viewBox").split()[3])
    assert all(float(element.get("y")) <= height for element in svg.iter(f"{SVG}text"))


def test_an_image_fetches_nothing():
    _, svg = _drawn(image(_chart("served"), "a"))
    assert not [element for element in svg.iter() if {"href", "src"} & set(element.attrib)]
    assert "url(" not in svg.find(f"{SVG}style").text


def test_what_has_nothing_to_draw_is_left_out():
    assert line_drawing([], title="t", x_label=str, y_label=str) is None
    headline = [{"model": "served", "wape": 0.25, "mase": None, "bias": -0.01, "coverage_80": 0.8}]
    shown = operator_view(Evaluation(Path("report.html"), {"horizon": [], "headline": headline}, []))
    assert list(shown) == ["accuracy"]
    assert "| served | 25.0 % | - | -1.0 % | 80.0 % |" in shown["accuracy"]
