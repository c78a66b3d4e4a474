"""Real files as panels and as deliveries; DuckDB reads compressed CSV as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from forecasting.panel import Panel

THREADS = 2


def query(sql: str, parameters: Mapping[str, object]) -> pa.Table:
    """The answer of one query over files, in a database of its own."""
    with duckdb.connect(config={"threads": THREADS}) as connection:
        return connection.sql(sql, params=dict(parameters)).to_arrow_table()


def write_csv(sql: str, parameters: Mapping[str, object], file: Path) -> None:
    """The answer of one query as CSV with a header, compressed when the name ends in `.gz`."""
    compression = "gzip" if file.suffix == ".gz" else "none"
    with duckdb.connect(config={"threads": THREADS}) as connection:
        connection.sql(sql, params=dict(parameters)).write_csv(str(file), header=True, compression=compression)


def panel(sql: str, parameters: Mapping[str, object], *, freq: str, season_length: int) -> Panel:
    """The panel of a query that returns `unique_id, ds, y`."""
    return Panel.from_long(query(sql, parameters), freq=freq, season_length=season_length)
