"""Which role each remaining column plays: attribute of the series, planned driver, past-only driver, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import duckdb

from dagster_project.errors import UsageError
from dagster_project.ingest.quoting import quoted_name
from dagster_project.init.source_table import SourceTable
from dagster_project.number_format import NumberFormat, is_filled_sql, number_sql

Kind = Literal["binary", "numeric", "categorical"]
MAX_CATEGORIES = 200
# A measured value that is written with a comma, grouped, or with its unit: 12,5 or 1'234 or € 5 or 40%.
_LIKE_NUMBERS = r"'^[-+(]?\s*[€$£¥]?\s*\d[\d.,''\x{00a0} ]*\s*[%€$£¥]?\)?$'"
_MANY_CODES = 12
# Rows without a key go to quarantine; a few of them do not hide which column it is.
_NEARLY_ALL = 0.95
# Rows enough to see which columns make them unique.
_ENOUGH_ROWS = 300_000


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What one column holds, over the rows with and without a target after the last observation.

    `unread_numbers`: one of its values, where nearly all are numbers in another format, or with a sign of their unit.
    """

    name: str
    n_distinct: int
    past_share: float
    future_share: float
    is_number: bool
    is_binary: bool
    is_constant_in_series: bool
    unread_numbers: str | None = None

    @property
    def kind(self) -> Kind | None:
        """Binary, numeric, categorical; None for free text."""
        if self.is_binary:
            return "binary"
        if self.is_number:
            return "numeric"
        return "categorical" if self.n_distinct <= MAX_CATEGORIES else None


def column_facts(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, columns: Sequence[str], number_format: NumberFormat
) -> list[ColumnFacts]:
    """Facts about columns of `table`, which stands beside `observed_rows` (__series, __is_future) row by row."""
    if not columns:
        return []
    names = [quoted_name(column) for column in columns]
    parts = []
    for position, name in enumerate(names):
        value = number_sql(name, number_format)
        is_flag = f"lower({name}) in ('0', '1', '0.0', '1.0', 'true', 'false', 't', 'f', 'yes', 'no', 'y', 'n')"
        parts += [
            f"approx_count_distinct({name}) as distinct_{position}",
            f"avg(({name} is not null)::int) filter (where not __is_future) as past_{position}",
            f"avg(({name} is not null)::int) filter (where __is_future) as future_{position}",
            f"count({value}) filter (where isfinite({value})) as numbers_{position}",
            f"count(*) filter (where {is_flag}) as flags_{position}",
            f"count(*) filter (where {is_filled_sql(name)}) as filled_{position}",
            f"count(*) filter (where regexp_matches({name}, {_LIKE_NUMBERS})) as like_numbers_{position}",
            f"min({name}) filter (where {is_filled_sql(name)}) as example_{position}",
        ]
    rows = f"(select * from {table.name} positional join observed_rows)"  # noqa: S608 - our own names
    cursor = connection.execute(f"select {', '.join(parts)} from {rows}")  # noqa: S608 - quoted names
    keys = [str(item[0]) for item in cursor.description or ()]
    found = dict(zip(keys, cursor.fetchone() or (), strict=True))
    spread = ", ".join(f"coalesce(min({name}) = max({name}), true) as same_{i}" for i, name in enumerate(names))
    constant = (
        connection.execute(
            f"select {', '.join(f'bool_and(same_{i})' for i in range(len(names)))} "  # noqa: S608 - quoted names
            f"from (select {spread} from {rows} group by __series)"
        ).fetchone()
        or ()
    )
    return [
        ColumnFacts(
            name=column,
            n_distinct=int(found[f"distinct_{position}"]),
            past_share=float(found[f"past_{position}"] or 0),
            future_share=float(found[f"future_{position}"] or 0),
            is_number=found[f"filled_{position}"] > 0
            and found[f"numbers_{position}"] >= 0.98 * found[f"filled_{position}"],
            is_binary=found[f"filled_{position}"] > 0
            and found[f"flags_{position}"] >= 0.999 * found[f"filled_{position}"],
            is_constant_in_series=bool(constant[position]),
            unread_numbers=_unread_numbers(found, position),
        )
        for position, column in enumerate(columns)
    ]


def _unread_numbers(found: dict[str, Any], position: int) -> str | None:
    """An example where a column of many different numbers is none as it is written; codes of a few stay categories."""
    filled = found[f"filled_{position}"]
    are_numbers = found[f"numbers_{position}"] >= 0.98 * filled
    look_like_numbers = found[f"like_numbers_{position}"] >= 0.98 * filled
    is_measured = filled > 0 and found[f"distinct_{position}"] > _MANY_CODES and look_like_numbers and not are_numbers
    return str(found[f"example_{position}"]) if is_measured else None


def infer_keys(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, time: str, target: str, number_format: NumberFormat
) -> tuple[list[str], str]:
    """The smallest set of columns that, with the time, makes rows unique (up to 1 % of repeats), and the reason.

    Text columns are tried before numbers, few values before many. No column at all: a single series.

    Raises:
        UsageError: up to three columns do not do it.
    """
    others = [column for column in table.columns if column not in {time, target}]
    rows, n_rows = _rows_of_some_times(connection, table, time)
    measured = []
    for column in others:
        name = quoted_name(column)
        value = number_sql(name, number_format)
        facts = connection.execute(
            f"select approx_count_distinct({name}), avg(({value} is null)::int), "  # noqa: S608 - quoted names
            f"count({name}), avg(coalesce(({value} <> floor({value}))::int, 0)) from {rows}"
        ).fetchone() or (0, 0.0, 0, 0.0)
        n_distinct, text_share, filled, decimal_share = facts
        if filled >= _NEARLY_ALL * n_rows and n_distinct > 1 and (text_share > 0.5 or decimal_share == 0):
            measured.append((text_share < 0.5, n_distinct, column))
    candidates = [column for _, _, column in sorted(measured)][:8]
    for size in range(4):
        for chosen in combinations(candidates, size):
            names = ", ".join([quoted_name(time), *(quoted_name(column) for column in chosen)])
            groups = connection.execute(
                f"select count(*) from (select 1 from {rows} group by {names})"  # noqa: S608 - quoted names
            ).fetchone()
            if groups and groups[0] >= 0.99 * n_rows:
                what = " and ".join(chosen) if chosen else "nothing else"
                return list(chosen), f"{time} and {what} make rows unique"
    raise UsageError(
        "columns that tell the series apart",
        f"repeated rows per {time} whatever of {', '.join(candidates) or 'no column'} is used",
        "Name them with --keys.",
    )


def _rows_of_some_times(connection: duckdb.DuckDBPyConnection, table: SourceTable, time: str) -> tuple[str, int]:
    """All rows, or of a large table those of some times, and how many they are.

    Whether rows are unique within a time can be seen from some times as well as from all of them.
    """
    if table.n_rows <= _ENOUGH_ROWS:
        return table.name, table.n_rows
    name = quoted_name(time)
    connection.execute(
        f"""
        create or replace temp table rows_of_some_times as
        with counted as (select {name} as moment, count(*) as n from {table.name} group by {name}),
        running as (
            select moment, sum(n) over (order by hash(moment), moment rows unbounded preceding) - n as rows_before
            from counted
        )
        select source.* from {table.name} as source
        semi join (select moment from running where rows_before < {_ENOUGH_ROWS}) as chosen
            on source.{name} = chosen.moment
        """  # noqa: S608 - quoted names
    )
    counted = connection.execute("select count(*) from rows_of_some_times").fetchone()
    return "rows_of_some_times", int(counted[0]) if counted else 0
