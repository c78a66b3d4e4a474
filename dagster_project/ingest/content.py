"""Whether values are what the contract says: few faults are warned about, many refuse the delivery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from pydantic import BaseModel, ConfigDict

from dagster_project.contracts import Column, EntityContract
from dagster_project.contracts.contract import USUAL_INVALID_SHARE
from dagster_project.errors import DeliveryRejected, Where
from dagster_project.ingest.quoting import parquet_relation, quoted_name, quoted_text
from dagster_project.instant_text import UNIX_TIMES, cast_sql, unix_time_sql
from dagster_project.number_format import PLAIN, is_filled_sql, number_sql
from dagster_project.quarter_text import quarter_start_sql

# A handful of bad values in a short file are dirt, not another type.
FEW = 20
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_DATED = ("DATE", "TIMESTAMP")
_EXPECTED = {
    "integer": "whole numbers such as 12",
    "number": "finite numbers with a decimal point, such as 12.5",
    "boolean": "true or false, yes or no, 1 or 0",
    "date": "dates such as 2026-03-01",
    "timestamp": "timestamps such as 2026-03-01 14:30:00",
    "period": "dates or times of the product's freq",
}


class ColumnProfile(BaseModel):
    """What one delivered column holds: empty values, different values (about), values that break the contract."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str
    nulls: int
    distinct: int
    invalid: int


def profile_columns(
    connection: duckdb.DuckDBPyConnection,
    parquet: Sequence[Path],
    contract: EntityContract,
    types: dict[str, str],
    freq: str,
) -> tuple[list[ColumnProfile], list[str]]:
    """Profiles of the promised columns, and warnings that name file, row, column and value.

    Raises:
        DeliveryRejected: a column breaks its contract in more values than it allows.
    """
    columns = [column for column in contract.columns if column.name in types]
    found = _measure(connection, parquet_relation(parquet), columns, types, freq)
    rows = int(found["n_rows"])
    profiles, warnings = [], []
    for position, column in enumerate(columns):
        facts = {key: found[f"{key}_{position}"] for key in ("nulls", "distinct", "invalid", "bad", "odd", "null_at")}
        profiles.append(
            ColumnProfile(
                name=column.name,
                type=column.type,
                nulls=facts["nulls"],
                distinct=facts["distinct"],
                invalid=facts["invalid"],
            )
        )
        for kind, count, first in (
            ("invalid", facts["invalid"], facts["bad"]),
            ("empty", 0 if column.nullable else facts["nulls"], facts["null_at"]),
        ):
            if not count or first is None:
                continue
            where = Where(file=first["file"], row=first["row"], column=column.name)
            expected = _EXPECTED.get(column.type, "text") if kind == "invalid" else "a value in every row"
            if kind == "invalid" and (column.format or column.number_format != PLAIN):
                expected = f"values in the format {column.format or column.number_format}"
            value = f"{first['value']!r:.80}" if kind == "invalid" else "an empty one"
            if contract.incomplete_rows == "refuse" or is_too_much(count, rows, contract.max_invalid_share):
                raise DeliveryRejected(
                    expected,
                    f"{value}, and so in {count:,} of {rows:,} rows",
                    "Correct the extract; if the source has changed, change the contract.",
                    where,
                )
            warnings.append(f"{kind}: {count:,} of {rows:,} rows, first {value} ({where}); expected {expected}")
        if facts["odd"] is not None:
            odd = facts["odd"]
            where = Where(file=odd["file"], row=odd["row"], column=column.name)
            if contract.incomplete_rows == "refuse":
                raise DeliveryRejected(
                    _range_in_words(column), f"{odd['value']!r:.80}", "Correct it and deliver the file again.", where
                )
            warnings.append(f"out of range: {odd['value']!r:.80} ({where}); expected {_range_in_words(column)}")
        mean = found[f"mean_{position}"]
        if column.mean is not None and mean is not None and not column.mean[0] <= mean <= column.mean[1]:
            low, high = column.mean
            warnings.append(f"mean of {column.name!r} is {mean:g}; expected {low:g} to {high:g}")
    return profiles, warnings


def is_too_much(count: int, rows: int, allowed: float = USUAL_INVALID_SHARE) -> bool:
    """Whether so many faulty values of one column refuse a delivery; a few in a short file do not."""
    share = count / rows
    return share > 0.5 or (count > FEW and share > allowed)


def _measure(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], types: dict[str, str], freq: str
) -> dict[str, Any]:
    """All facts about all columns in one pass over the rows."""
    parts = ["count(*) as n_rows"]
    for position, column in enumerate(columns):
        name = quoted_name(column.name)
        bad = f"{name} is not null and not coalesce({_is_valid(column, types[column.name], freq)}, false)"
        odd = _is_odd(column)
        first = f"arg_min({{'file': _source_file, 'row': _row_number, 'value': {name}}}, (_source_file, _row_number))"
        parts += [
            f"count(*) - count({name}) as nulls_{position}",
            f"approx_count_distinct({name}) as distinct_{position}",
            f"count(*) filter (where {bad}) as invalid_{position}",
            f"{first} filter (where {bad}) as bad_{position}",
            f"{first} filter (where {odd}) as odd_{position}",
            f"{first} filter (where {name} is null) as null_at_{position}",
            f"{_mean(column)} as mean_{position}",
        ]
    cursor = connection.execute(f"select {', '.join(parts)} from {relation}")  # noqa: S608 - quoted names and paths
    names = [str(item[0]) for item in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def _is_valid(column: Column, delivered: str, freq: str) -> str:
    """SQL: the text is a value of the promised type. A delivered type that cannot fail is not looked at again."""
    text = f"trim({quoted_name(column.name)})"
    match column.type:
        case "string":
            return "true"
        case "number" | "integer":
            return _is_number(column, text, delivered)
        case "boolean":
            return f"({_is_number(column, text, delivered)} or try_cast({text} as boolean) is not null)"
        case _:
            return "true" if delivered.startswith(_DATED) else _is_time(column, text, freq)


def _is_number(column: Column, text: str, delivered: str) -> str:
    if delivered.startswith(_WHOLE) or (delivered.startswith("DECIMAL") and column.type == "number"):
        return "true"
    value = number_sql(text, column.number_format)
    whole = f" and {value} = floor({value})" if column.type == "integer" else ""
    missing = f"not {is_filled_sql(text)} or " if column.nullable else ""
    return f"({missing}(isfinite({value}){whole}))"


def _is_time(column: Column, text: str, freq: str) -> str:
    if column.format in UNIX_TIMES:
        return f"{unix_time_sql(text, column.format)} is not null"
    if column.format:
        return f"try_strptime({text}, {quoted_text(column.format)}) is not null"
    if column.type == "date":
        return f"try_cast({text} as date) is not null"
    moment = f"{cast_sql(text, 'timestamp')} is not null or {cast_sql(text, 'timestamptz')} is not null"
    if column.type == "timestamp":
        return f"({moment})"
    period = {
        "M": f"try_strptime({text}, ['%Y-%m', '%Y/%m', '%Y%m']) is not null",
        "Q": f"try_strptime({text}, '%Y-%m') is not null or {quarter_start_sql(text)} is not null",
        "Y": f"try_strptime({text}, '%Y') is not null",
    }
    return f"({moment} or {period[freq[0]]})" if freq[0] in period else f"({moment})"


def _is_odd(column: Column) -> str:
    """SQL: the value is outside the accepted ones or the accepted range."""
    name = quoted_name(column.name)
    value = number_sql(f"trim({name})", column.number_format)
    conditions = []
    if column.accepted:
        conditions.append(f"trim({name}) not in ({', '.join(quoted_text(value) for value in column.accepted)})")
    if column.minimum is not None:
        conditions.append(f"{value} < {column.minimum} and isfinite({value})")
    if column.maximum is not None:
        conditions.append(f"{value} > {column.maximum} and isfinite({value})")
    return " or ".join(f"({condition})" for condition in conditions) or "false"


def _mean(column: Column) -> str:
    """SQL: the mean of the values that are numbers, where the contract bounds it."""
    if column.mean is None:
        return "null"
    value = number_sql(f"trim({quoted_name(column.name)})", column.number_format)
    return f"avg({value}) filter (where isfinite({value}))"


def _range_in_words(column: Column) -> str:
    if column.accepted:
        return f"one of {', '.join(column.accepted)}"
    if column.maximum is None:
        return f"at least {column.minimum:g}"
    if column.minimum is None:
        return f"at most {column.maximum:g}"
    return f"{column.minimum:g} to {column.maximum:g}"


def drifted(before: Sequence[ColumnProfile], now: Sequence[ColumnProfile], rows: tuple[int, int]) -> list[str]:
    """Warnings about a jump of empty values (by 20 points) or of different values (threefold) since the last delivery.

    `rows`: rows of the delivery before and of this one.
    """
    earlier = {profile.name: profile for profile in before}
    warnings = []
    for profile in now:
        last = earlier.get(profile.name)
        if last is None or not all(rows):
            continue
        was, share = last.nulls / rows[0], profile.nulls / rows[1]
        if share - was > 0.2:
            warnings.append(f"empty values of {profile.name!r} jumped from {was:.0%} to {share:.0%}")
        if last.distinct >= 5 and not last.distinct / 3 <= profile.distinct <= last.distinct * 3:
            warnings.append(
                f"different values of {profile.name!r} went from about {last.distinct} to {profile.distinct}"
            )
    return warnings
