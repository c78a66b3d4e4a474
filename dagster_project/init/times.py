"""How the time column is written, and the instants it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import duckdb

from dagster_project.errors import UsageError, Where
from dagster_project.ingest.quoting import quoted_name, quoted_text
from dagster_project.instant_text import UNIX_TIMES, cast_sql, unix_time_sql
from dagster_project.quarter_text import quarter_start_sql

_DAYS = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y.%m.%d", "%d.%m.%y", "%m/%d/%y",
    "%d/%m/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d%b%Y", "%b %d %Y",
    "%B %d %Y", "%a %d %b %Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%A, %d %B %Y", "%Y-%m-%d", "%Y/%m/%d",
)  # fmt: skip
_CLOCKS = (
    "", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H", "T%H", "%H", " %H%M", "%H%M", "T%H%M%S",
    " %H.%M", " %I %p",
)  # fmt: skip
_MONTHS = ("%b %Y", "%B %Y", "%b-%y", "%y-%b", "%b-%Y", "%Y %b", "%Y-%b", "%YM%m", "%m/%Y", "%m-%Y", "%m.%Y")
_WEEKS = ("%G-W%V", "%GW%V", "%G W%V", "%G-W%V-%u")  # ISO weeks; the moment is their Monday
_BARE_WEEKS = ("%G%V", "%G-%V", "%V/%G")  # months fit too, as long as there are not more than twelve
_YEARS = ("%Y.0", "FY%Y", "FY %Y")  # a column of numbers with gaps writes its years with a decimal
# Read without a format by the staging SQL of monthly, quarterly and yearly products.
_PERIODS = {"M": ("%Y-%m", "%Y/%m", "%Y%m"), "Y": ("%Y",)}
_OFFSET = r"([Zz]|[+-]\d{2}(:?\d{2})?)$"
_SAMPLE = 200
_SHAPES = {
    "%Y": r"\d{4}", "%G": r"\d{4}", "%y": r"\d\d", "%u": r"\d", "%b": "[A-Za-z]{3}", "%a": "[A-Za-z]{3}",
    "%B": "[A-Za-z]+", "%A": "[A-Za-z]+", "%p": "[AaPp][Mm]",
} | dict.fromkeys(("%m", "%d", "%H", "%I", "%M", "%S", "%V"), r"\d\d?")  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeReading:
    """How times are read: `sql` from the text to a timestamp; `time_format` for the product file (None = ISO).

    `period`: M, Q or Y when the text names a month, quarter or year. `has_offset`: texts carry a UTC offset.
    `is_local_day`: every time is a midnight of the local clock, so days, weeks and months are those of that clock.
    """

    sql: str
    time_format: str | None
    period: str | None
    has_offset: bool
    is_local_day: bool
    reason: str


def read_times(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, file: str, zone: str | None = None
) -> TimeReading:
    """The way to read the time column that fits at least 95 % of its values; the first that fits best.

    `zone` is the local clock that the file stores with its instants, where it does.

    Raises:
        UsageError: nothing fits; the message names a value and its row.
    """
    name = quoted_name(column)
    connection.execute(f"create or replace temp table time_texts as select distinct {name} as text from {table}")  # noqa: S608
    offset = f"regexp_matches(text, {quoted_text(_OFFSET)}) and text like '%:%'"
    instant = f"{cast_sql('text', 'timestamptz')} at time zone"
    # DuckDB's cast to a timestamp takes the clock as it is written and lets the offset go.
    local = f"{instant} {quoted_text(zone)}" if zone else cast_sql("text", "timestamp")
    is_local_day = _are_midnights(connection, offset, local)
    moment = local if is_local_day else f"{instant} 'UTC'"
    iso = f"case when {offset} then {moment} else try_cast(text as timestamp) end"
    readings: list[tuple[str, str | None, str | None]] = [(iso, None, None), (quarter_start_sql("text"), None, "Q")]
    for unit, formats in _PERIODS.items():
        readings += [(f"try_strptime(text, '{form}')", None, unit) for form in formats]
    readings += [
        (f"try_strptime(text, {quoted_text(form)})", form, "M" if form in _MONTHS else None)
        for form in _of_this_shape(
            connection, (*map("".join, product(_DAYS, _CLOCKS)), *_WEEKS, *_MONTHS, *_BARE_WEEKS)
        )
    ]
    readings += [(f"try_strptime(text, {quoted_text(form)})", form, "Y") for form in _YEARS]
    readings += [(_unix_time(form), form, None) for form in UNIX_TIMES]
    # 9999 and 0001 are readings of something else, or typing errors.
    counts = ", ".join(f"count(*) filter (where year({sql}) between 1800 and 2200)" for sql, _, _ in readings)
    found = connection.execute(
        f"select count(text), count(*) filter (where {offset}), {counts} from time_texts"  # noqa: S608 - quoted
    ).fetchone()
    n_texts, n_offsets, *fits = (int(value) for value in found or (0, 0))
    best = max(fits, default=0)
    if n_texts == 0 or best < 0.95 * n_texts:
        raise _unreadable(connection, table, column, file, readings[fits.index(best)][0])
    candidates = [readings[position] for position, fit in enumerate(fits) if fit == best]
    chosen = _most_regular(connection, candidates[:2]) if _is_ambiguous(candidates) else candidates[0]
    reading_sql, form, period = chosen
    has_offset = 2 * n_offsets > n_texts or form in UNIX_TIMES
    reason = f"{fits[readings.index(chosen)]:,} of {n_texts:,} different values read as {form or 'ISO'}"
    if _is_ambiguous(candidates):
        reason += f"; {candidates[0][1]} and {candidates[1][1]} both fit, set tidy.time_format if this is wrong"
    is_iso = reading_sql == iso
    return TimeReading(reading_sql.replace("text", name), form, period, has_offset, is_iso and is_local_day, reason)


def _unix_time(form: str) -> str:
    """SQL: seconds or milliseconds of the years 1973 to 2100; other numbers are no Unix times."""
    return (
        f"case when try_cast(text as double) / {UNIX_TIMES[form]} between 1e8 and 4.1e9 "
        f"then {unix_time_sql('text', form)} end"
    )


def _of_this_shape(connection: duckdb.DuckDBPyConnection, forms: Iterable[str]) -> list[str]:
    """The formats that look like some of the texts: planning a query that tries every one takes more than a second."""
    sample = connection.execute(
        f"select text from time_texts where text is not null order by hash(text), text limit {_SAMPLE}"  # noqa: S608 - ours
    ).fetchall()
    texts = [text for (text,) in sample]

    def shape(form: str) -> re.Pattern[str]:
        parts = re.split("(%[a-zA-Z])", form)
        return re.compile("".join(_SHAPES.get(part, re.escape(part)) for part in parts))

    return [form for form in forms if any(map(shape(form).fullmatch, texts))]


def _are_midnights(connection: duckdb.DuckDBPyConnection, has_offset: str, moment: str) -> bool:
    """Whether there are times with an offset and all of them are the first moment of a day."""
    found = connection.execute(
        f"select count(*), bool_and({moment} = date_trunc('day', {moment})) from time_texts where {has_offset}"  # noqa: S608
    ).fetchone()
    return bool(found and found[0] and found[1])


def _is_ambiguous(candidates: list[tuple[str, str | None, str | None]]) -> bool:
    """Day first or month first: both read every value when no day is beyond the twelfth."""
    forms = [form for _, form, _ in candidates[:2]]
    return len(forms) == 2 and all(form is not None and "%d" in form and "%m" in form for form in forms)


def _most_regular(
    connection: duckdb.DuckDBPyConnection, candidates: list[tuple[str, str | None, str | None]]
) -> tuple[str, str | None, str | None]:
    def n_steps(sql: str) -> int:
        found = connection.execute(
            f"""
            with moments as (select distinct {sql} as moment from time_texts),
            steps as (select moment - lag(moment) over (order by moment) as step from moments)
            select count(distinct step) from steps
            """  # noqa: S608 - our own expressions
        ).fetchone()
        return int(found[0]) if found else 0

    return min(candidates, key=lambda candidate: n_steps(candidate[0]))


def _unreadable(connection: duckdb.DuckDBPyConnection, table: str, column: str, file: str, nearest: str) -> UsageError:
    name = quoted_name(column)
    bad = connection.execute(
        f"""
        select row_number, {name} from (select row_number() over () as row_number, {name} from {table})
        where {name} is not null and {nearest.replace("text", name)} is null
        order by row_number limit 1
        """  # noqa: S608 - quoted
    ).fetchone()
    row, value = bad or (None, None)
    return UsageError(
        "dates or times such as 2026-03-01, 2026-03-01 14:30, 01.03.2026, 2026-03 or 2026Q1",
        f"{value!r}",
        "Name the right column with --time, or rewrite it as ISO dates.",
        Where(file=file, row=row, column=column),
    )
