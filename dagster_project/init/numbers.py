"""How the numbers of a file are written: decimal point or comma, with or without grouped thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import duckdb

from dagster_project.ingest.quoting import quoted_name
from dagster_project.init.source_table import SourceTable
from dagster_project.number_format import PLAIN, NumberFormat, is_filled_sql, number_sql

FORMATS: tuple[NumberFormat, ...] = get_args(NumberFormat)
_GROUPED_WITH_COMMAS: NumberFormat = "1,234.5"
_DECIMAL_COMMA: NumberFormat = "1234,5"


def read_number_format(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, target: str, others: Sequence[str]
) -> tuple[NumberFormat, str]:
    """The format in which most values of the target are numbers; where several fit, most of the other columns too.

    1,234 may be 1234 or 1.234. A file whose fields are set apart by commas is of a country that groups with commas.
    """
    names = [quoted_name(column) for column in (target, *others)]
    parts = [f"count(*) filter (where {is_filled_sql(name)})" for name in names]
    parts += [f"count({number_sql(name, form)})" for form in FORMATS for name in names]
    found = connection.execute(f"select {', '.join(parts)} from {table.name}").fetchone() or ()  # noqa: S608 - quoted
    filled, counts = found[: len(names)], found[len(names) :]
    scores = []
    for position, form in enumerate(FORMATS):
        numbers = counts[position * len(names) : (position + 1) * len(names)]
        columns = sum(number >= 0.98 * total for number, total in zip(numbers, filled, strict=True) if total)
        scores.append((numbers[0], columns, form))
    best = max((number, columns) for number, columns, _ in scores)
    fitting = [form for number, columns, form in scores if (number, columns) == best]
    chosen = fitting[0]
    if {_GROUPED_WITH_COMMAS, _DECIMAL_COMMA} <= set(fitting) and PLAIN not in fitting:
        chosen = _GROUPED_WITH_COMMAS if table.delimiter == "," else _DECIMAL_COMMA
    reason = f"{best[0]:,} of {filled[0]:,} values of {target} are numbers written so"
    if chosen != PLAIN and len(fitting) > 1:
        reason += f"; {' and '.join(form for form in fitting if form != chosen)} would fit too"
    return chosen, reason
