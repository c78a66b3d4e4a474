"""HTML of the report: tables, cards, sections, and the one file that holds them with their style."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

MISSING = "-"
BARS = frozenset({"wape", "seasonal_naive_wape", "impact", "share_of_gain"})


@dataclass(frozen=True)
class Column:
    """One column of a table: which value of a row, under which heading, in which form; a name is never broken."""

    name: str
    heading: str
    form: Callable[[Any], str] = str
    is_text: bool = False
    is_name: bool = False
    html: Callable[[Mapping[str, Any]], str] | None = None


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, name: str, served: str = "") -> str:
    """Rows as a table; every cell keeps its exact value in `data-value`, so that a reader can check it against SQL."""
    if not rows:
        return '<p class="empty">No rows.</p>'
    head = "".join(f'<th{_css(column)} scope="col">{escape(column.heading)}</th>' for column in columns)
    body = "".join(
        ('<tr class="served">' if served and row.get("model") == served else "<tr>")
        + "".join(_cell(row, column) for column in columns)
        + "</tr>"
        for row in rows
    )
    rows_of_table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table data-table="{name}">{rows_of_table}</table></div>'


def cards(values: Sequence[tuple[str, str]]) -> str:
    """Headline figures: what it is, and how much."""
    return '<div class="cards">' + "".join(
        f'<div class="card"><span>{escape(label)}</span><b>{escape(value)}</b></div>' for label, value in values
    ) + "</div>"  # fmt: skip


def section(anchor: str, heading: str, lead: str, *parts: str) -> str:
    """A part of the page that the navigation leads to."""
    return (
        f'<section id="{anchor}"><h2>{escape(heading)}</h2><p class="lead">{escape(lead)}</p>{"".join(parts)}</section>'
    )


def document(title: str, subtitle: str, navigation: Sequence[tuple[str, str]], body: str, footer: str) -> str:
    """The whole file; nothing in it is fetched from anywhere."""
    css = style("chart.css") + style("page.css")
    links = "".join(f'<a href="#{anchor}">{escape(label)}</a>' for anchor, label in navigation)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        f'<header><h1>{escape(title)}</h1><p class="soft">{escape(subtitle)}</p><nav>{links}</nav></header>\n'
        f"<main>{body}</main>\n<footer>{escape(footer)}</footer>\n</body>\n</html>\n"
    )


def style(name: str) -> str:
    """A style sheet of this folder, as text."""
    return files("dagster_project.reports").joinpath(name).read_text(encoding="utf-8")


def percent(value: float | None, digits: int = 1) -> str:
    """A share as percent.

    >>> percent(0.1234), percent(None)
    ('12.3 %', '-')
    """
    return MISSING if value is None else f"{100 * value:.{digits}f} %"


def signed_percent(value: float | None) -> str:
    """A share as percent with its sign."""
    return MISSING if value is None else f"{100 * value:+.1f} %"


def whole(value: int) -> str:
    """A count, with its thousands told apart."""
    return f"{value:,}"


def number(value: float | None) -> str:
    """A number with as many digits as can be read.

    >>> number(1234567.0), number(12.345), number(0.01234), number(None)
    ('1,234,567', '12.3', '0.0123', '-')
    """
    if value is None:
        return MISSING
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _css(column: Column) -> str:
    if column.is_name:
        return ' class="text name"'
    if column.is_text:
        return ' class="text"'
    return ' class="wide"' if column.html and column.name in BARS else ""


def _cell(row: Mapping[str, Any], column: Column) -> str:
    value = row.get(column.name)
    shown = column.html(row) if column.html else escape(MISSING if value is None else column.form(value))
    exact = "" if value is None else escape(str(value), quote=True)
    return f'<td{_css(column)} data-column="{column.name}" data-value="{exact}">{shown}</td>'
