"""What one command line call works with: the product, its files, the clock, and how it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from dagster_project.paths import ProductPaths
from dagster_project.product import Product, load_product


@dataclass
class Session:
    """The global options, resolved when a command first needs them."""

    product_name: str
    home: Path
    as_json: bool
    debug: bool

    @cached_property
    def product(self) -> Product:
        """The product file, validated."""
        return load_product(self.product_name)

    @cached_property
    def paths(self) -> ProductPaths:
        """Where the product's files are."""
        return ProductPaths(self.home, self.product.name)

    @cached_property
    def console(self) -> Console:
        """Standard output, plain when it is not a terminal."""
        return Console(soft_wrap=True)

    @cached_property
    def started_at(self) -> datetime:
        """When this command began, UTC: the one reading of the clock, handed down from here."""
        return datetime.now(UTC).replace(tzinfo=None, microsecond=0)

    def answer(self, record: Mapping[str, Any], text: str) -> None:
        """Print `record` as JSON where `--json` asks for it, `text` otherwise."""
        if self.as_json:
            typer.echo(json.dumps(record, default=str, indent=2))
        else:
            self.console.print(text, highlight=False)

    def answer_table(self, rows: Sequence[Mapping[str, Any]], *, title: str = "") -> None:
        """Print rows as a table, or as a JSON array."""
        if self.as_json:
            typer.echo(json.dumps(list(rows), default=str, indent=2))
            return
        self.console.print(as_table(rows, title=title))


def as_table(rows: Sequence[Mapping[str, Any]], *, title: str = "") -> Table:
    """Rows as a table for a terminal; numbers to the right, floats with four significant digits."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    columns = list(rows[0]) if rows else []
    for column in columns:
        numeric = all(isinstance(row[column], int | float) or row[column] is None for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


def session_of(context: typer.Context) -> Session:
    """The session that the global options made."""
    session = context.obj
    if not isinstance(session, Session):
        raise TypeError(f"expected a Session in the command's context, found {type(session).__name__}")
    return session
