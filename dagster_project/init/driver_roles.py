"""Columns beside time, target and keys become drivers, attributes, or nothing; each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.errors import UsageError, Where
from dagster_project.ingest.content import is_too_much
from dagster_project.ingest.quoting import quoted_name
from dagster_project.init.roles import ColumnFacts, column_facts
from dagster_project.init.source_table import SourceTable, load
from dagster_project.number_format import NumberFormat
from dagster_project.product_settings import ATTRIBUTE_SLOTS, DRIVER_SLOTS

KNOWN_AT = "known_at"


@dataclass
class Roles:
    """Drivers with what is known when, attributes, and the files they come from; `ignored` columns with the reason."""

    drivers: list[tuple[ColumnFacts, str, str]] = field(default_factory=list)
    attributes: list[ColumnFacts] = field(default_factory=list)
    driver_entity: str = "observations"
    attribute_entity: str = "observations"
    known_at: str | None = None
    ignored: list[tuple[str, str]] = field(default_factory=list)

    def limit(self) -> None:
        """Keep to the slots there are: planned drivers before past-only ones, then the order of the file."""
        self.drivers.sort(key=lambda driver: driver[1] != "ahead")
        for facts, _, _ in self.drivers[DRIVER_SLOTS:]:
            self.ignored.append((facts.name, f"there is room for {DRIVER_SLOTS} drivers"))
        for facts in self.attributes[ATTRIBUTE_SLOTS:]:
            self.ignored.append((facts.name, f"there is room for {ATTRIBUTE_SLOTS} attributes"))
        del self.drivers[DRIVER_SLOTS:], self.attributes[ATTRIBUTE_SLOTS:]


def roles_in_observations(
    connection: duckdb.DuckDBPyConnection,
    table: SourceTable,
    taken: Sequence[str],
    *,
    n_series: int,
    n_planned: int,
    number_format: NumberFormat,
) -> Roles:
    """The roles of the other columns of the observations.

    A column with values in planned rows (after the last target) is known ahead; without such rows nothing proves that,
    so what varies is past-only. A column that is constant within every series is an attribute.
    """
    roles = Roles()
    others = [column for column in table.columns if column not in taken]
    if KNOWN_AT in others:
        roles.known_at = KNOWN_AT
        others.remove(KNOWN_AT)
    for facts in column_facts(connection, table, others, number_format):
        if facts.n_distinct <= 1:
            roles.ignored.append((facts.name, "it never changes" if facts.n_distinct else "it is empty"))
        elif facts.is_constant_in_series:
            _add_attribute(roles, facts, n_series)
        elif facts.unread_numbers:
            roles.ignored.append((facts.name, _unread(facts)))
        elif facts.kind is None:
            roles.ignored.append((facts.name, f"free text with about {facts.n_distinct:,} different values"))
        elif _numbers_the_rows(connection, facts, table):
            roles.ignored.append((facts.name, "it numbers the rows"))
        elif n_planned and facts.future_share > 0.5:
            reason = f"{facts.future_share:.0%} of the {n_planned} planned periods' rows have a value"
            roles.drivers.append((facts, "ahead", reason))
        else:
            proof = "empty after the last observation" if n_planned else "no row after the last observation proves more"
            roles.drivers.append((facts, "past", proof))
    return roles


def _numbers_the_rows(connection: duckdb.DuckDBPyConnection, facts: ColumnFacts, table: SourceTable) -> bool:
    """Whether a column is a running number of all rows, or of the rows of each series, which moves nothing.

    Data frames leave such columns in the files that are written from them.
    """
    if not facts.is_number or facts.is_binary:
        return False
    value = f"try_cast({quoted_name(facts.name)} as double)"
    found = connection.execute(
        f"""
        with spans as (
            select
                grouping(__series) = 1 as is_all,
                count({value}) as n,
                count(distinct {value}) as n_distinct,
                max({value}) - min({value}) + 1 as span
            from {table.name} positional join observed_rows
            group by grouping sets ((), (__series))
        )
        select is_all, bool_and(n_distinct = n and abs(span - n) <= 0.01 * n)
        from spans
        group by is_all
        """  # noqa: S608 - quoted names
    ).fetchall()
    return any(is_running for _, is_running in found)


def _unread(facts: ColumnFacts) -> str:
    return f"numbers such as {facts.unread_numbers!r} are not written like the target; write them alike to use them"


def _add_attribute(roles: Roles, facts: ColumnFacts, n_series: int) -> None:
    if facts.n_distinct >= 0.98 * n_series and not facts.is_number and n_series > 1:
        roles.ignored.append((facts.name, "another name of the series"))
    else:
        roles.attributes.append(facts)


def add_driver_file(
    connection: duckdb.DuckDBPyConnection,
    roles: Roles,
    path: Path,
    workspace: Path,
    *,
    time: str,
    moment_sql: str,
    keys: Sequence[str],
    target: str,
    number_format: NumberFormat,
) -> datetime | None:
    """Take the drivers from a file of their own; everything in it is known ahead. The last planned moment.

    Raises:
        UsageError: the file writes its times otherwise than the observations.
    """
    table = load(connection, path, "driver_rows", workspace, [time, *keys])
    table.require([time], "--drivers or --time")
    _require_times(connection, table, time, moment_sql)
    roles.ignored += [(facts.name, f"drivers come from {path.name}") for facts, _, _ in roles.drivers]
    roles.driver_entity, roles.drivers = "drivers", []
    roles.known_at = KNOWN_AT if KNOWN_AT in table.columns else None
    for facts in _facts_of_file(connection, table, {time, KNOWN_AT, *keys}, number_format):
        if facts.name == target:
            roles.ignored.append((facts.name, f"the target is no driver of itself; left out of {path.name}"))
        elif facts.unread_numbers:
            roles.ignored.append((facts.name, _unread(facts)))
        elif facts.kind is None:
            roles.ignored.append((facts.name, f"free text with about {facts.n_distinct:,} different values"))
        else:
            roles.drivers.append((facts, "ahead", f"in {path.name}"))
    last = connection.execute(f"select max({moment_sql}) from {table.name}").fetchone()  # noqa: S608 - quoted names
    return last[0] if last else None


def _require_times(connection: duckdb.DuckDBPyConnection, table: SourceTable, time: str, moment_sql: str) -> None:
    """Refuse a file whose times cannot be read as those of the observations, as ingest would."""
    found = connection.execute(
        f"""
        select count(*), count(*) filter (where is_wrong), arg_min({{'row': row_number, 'value': value}}, row_number)
            filter (where is_wrong)
        from (
            select
                row_number() over () as row_number,
                {quoted_name(time)} as value,
                {quoted_name(time)} is not null and {moment_sql} is null as is_wrong
            from {table.name}
        )
        """  # noqa: S608 - quoted names
    ).fetchone() or (0, 0, None)
    n_rows, n_wrong, first = found
    if first is not None and is_too_much(n_wrong, n_rows):
        raise UsageError(
            "times written as in the observations",
            f"{first['value']!r}, and so in {n_wrong:,} of {n_rows:,} rows",
            "Write the times of both files in the same way, best as ISO dates.",
            Where(file=table.file, row=first["row"], column=time),
        )


def add_attribute_file(
    connection: duckdb.DuckDBPyConnection,
    roles: Roles,
    path: Path,
    workspace: Path,
    *,
    keys: Sequence[str],
    n_series: int,
    number_format: NumberFormat,
) -> None:
    """Take the attributes from a file of their own.

    Raises:
        UsageError: no column of the file is a key.
    """
    table = load(connection, path, "attribute_rows", workspace, keys)
    if keys and not set(keys) & set(table.columns):
        raise UsageError(
            f"at least one key column ({', '.join(map(repr, keys))}) that says whose attributes they are",
            f"{', '.join(map(repr, table.columns[:40]))}",
            "Call the key columns of --attributes what the observations call them.",
            Where(file=table.file),
        )
    roles.ignored += [(facts.name, f"attributes come from {path.name}") for facts in roles.attributes]
    roles.attribute_entity, roles.attributes = "attributes", []
    for facts in _facts_of_file(connection, table, set(keys), number_format):
        if facts.n_distinct <= 1:
            roles.ignored.append((facts.name, "it never changes"))
        else:
            _add_attribute(roles, facts, n_series)


def _facts_of_file(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, taken: set[str], number_format: NumberFormat
) -> list[ColumnFacts]:
    connection.execute(
        f"create or replace table observed_rows as select 0 as __series, false as __is_future from {table.name}"  # noqa: S608
    )
    others = [column for column in table.columns if column not in taken]
    return column_facts(connection, table, others, number_format)
