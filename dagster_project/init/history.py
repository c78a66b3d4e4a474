"""What the observations are: how many series, how long, what kind of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from dagster_project.errors import UsageError, Where
from dagster_project.frequency import Frequency
from dagster_project.ingest.content import is_too_much
from dagster_project.ingest.quoting import quoted_name
from dagster_project.init.numbers import FORMATS
from dagster_project.init.source_table import SourceTable
from dagster_project.number_format import NumberFormat, is_filled_sql, number_sql

TargetKind = Literal["count", "continuous", "intermittent"]
_NEARLY_ALL = 0.995


@dataclass(frozen=True, slots=True)
class History:
    """Size of the panel in periods of the frequency, planned periods after it, and what the target looks like."""

    n_series: int
    n_rows: int
    n_periods: int
    n_planned: int
    first: datetime
    last: datetime
    kind: TargetKind
    allow_negative: bool
    repeated_share: float
    reason: str

    @property
    def span(self) -> str:
        """First to last observation, as days where no time of day was seen."""
        whole_days = (self.first.hour, self.first.minute, self.last.hour, self.last.minute) == (0, 0, 0, 0)
        form = "%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M"
        return f"{self.first:{form}} to {self.last:{form}}"


def build_observed(
    connection: duckdb.DuckDBPyConnection,
    table: SourceTable,
    *,
    target: str,
    keys: list[str],
    moment_sql: str,
    number_format: NumberFormat,
) -> None:
    """Make `observed_rows` (beside the source table, row by row) and `observed` (rows with a target).

    Rows without a target after the last observation are plans (`__is_future`).

    Raises:
        UsageError: the target is no number, or no row has one.
    """
    value = number_sql(quoted_name(target), number_format)
    is_filled = is_filled_sql(quoted_name(target))
    series = " || '|' || ".join(f"coalesce({quoted_name(key)}, '')" for key in keys) or "''"
    # The underscores keep these apart from the user's columns, which stand beside them.
    connection.execute(
        f"""
        create or replace table observed_rows as
        select
            hash({series}) as __series,
            {moment_sql} as __moment,
            case when isfinite({value}) then {value} end as __y
        from {table.name}
        """  # noqa: S608 - quoted names
    )
    found = connection.execute(
        f"select count(*) filter (where {is_filled}), count(__y), max(__moment) filter (where __y is not null) "  # noqa: S608
        f"from {table.name} positional join observed_rows"
    ).fetchone() or (0, 0, None)
    filled, numbers, last = found
    if numbers < 0.9 * filled or numbers == 0 or is_too_much(filled - numbers, filled):
        raise _no_numbers(connection, table, target, f"{is_filled} and __y is null", filled, filled - numbers)
    connection.execute("alter table observed_rows add column __is_future boolean")
    connection.execute("update observed_rows set __is_future = __y is null and __moment > $last", {"last": last})
    connection.execute(
        """
        create or replace table observed as
        select __series as series, __moment as moment, __y as y
        from observed_rows
        where __y is not null and __moment is not null
        """
    )


def _no_numbers(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, target: str, is_wrong: str, filled: int, wrong: int
) -> UsageError:
    first = connection.execute(
        f"""
        select row_number, value
        from (
            select row_number() over () as row_number, {quoted_name(target)} as value, {is_wrong} as is_wrong
            from {table.name} positional join observed_rows
        )
        where is_wrong order by row_number limit 1
        """  # noqa: S608 - quoted names
    ).fetchone()
    row, value = first or (None, None)
    return UsageError(
        f"a target of numbers such as {' or '.join(FORMATS)}",
        f"{wrong:,} of {filled:,} values that are none, the first of them {value!r}" if filled else "no value at all",
        "Name the right column with --target, or rewrite its numbers: no currencies, per cent signs or brackets.",
        Where(file=table.file, row=row, column=target),
    )


def describe_history(connection: duckdb.DuckDBPyConnection, freq: Frequency) -> History:
    """Facts about table `observed` and the plans beside it."""
    cursor = connection.execute(
        """
        select
            count(distinct series) as n_series, count(*) as n_rows, min(moment) as first, max(moment) as last,
            avg((y = 0)::int) as zeros, avg((y = floor(y))::int) as whole, avg((y < 0)::int) as negative,
            1 - count(distinct (series, case when $by_day then date_trunc('day', moment) else moment end)) / count(*)
                as repeats,
            (select max(__moment) from observed_rows where __is_future) as planned,
            (
                select sum(1 + round(date_diff('second', life.first, life.last) / $seconds))
                from (select min(moment) as first, max(moment) as last from observed group by series) as life
            ) as periods_lived
        from observed
        """,
        # Times of day are no part of a day: of several rows of one, only the last would count.
        {"seconds": freq.seconds, "by_day": not freq.is_subdaily},
    )
    names = [item[0] for item in cursor.description or ()]
    facts: dict[str, Any] = dict(zip(names, cursor.fetchone() or (), strict=True))
    n_periods = periods_between(facts["first"], facts["last"], freq) + 1
    filled = min(1.0, facts["n_rows"] / max(facts["periods_lived"], 1))
    silent = f", {1 - filled:.0%} of the periods without a row" if filled < _NEARLY_ALL else ""
    return History(
        n_series=facts["n_series"],
        n_rows=facts["n_rows"],
        n_periods=n_periods,
        n_planned=periods_between(facts["last"], facts["planned"] or facts["last"], freq),
        first=facts["first"],
        last=facts["last"],
        kind=_kind(facts, filled),
        allow_negative=facts["negative"] > 0,
        repeated_share=float(facts["repeats"]),
        reason=f"{facts['whole']:.0%} whole numbers, {facts['zeros']:.0%} zeros, {facts['negative']:.1%} below zero"
        + silent,
    )


def periods_between(first: datetime, last: datetime, freq: Frequency) -> int:
    """Periods from one moment to another; of months and longer, the nearest whole number."""
    return round((last - first).total_seconds() / freq.seconds)


def _kind(facts: dict[str, Any], filled: float) -> TargetKind:
    """Counts are whole and not below zero; where most periods are without demand, it is intermittent.

    `filled` is the share of the periods in the lives of the series that have a row. A count without a row is none, so
    a file of sales alone is as intermittent as one that also writes the zeros.
    """
    is_count = facts["whole"] > 0.999 and facts["negative"] == 0
    without_demand = 1 - filled * (1 - facts["zeros"]) if is_count else facts["zeros"]
    if without_demand > 0.5:
        return "intermittent"
    return "count" if is_count else "continuous"
