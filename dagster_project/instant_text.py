"""Instants as people write them: with an offset, with or without seconds, or as seconds since 1970."""

from __future__ import annotations

_OFFSET = r"([Zz]|[+-]\d{2}(:?\d{2})?)$"
# Names of time formats that strptime does not have, with how many of their units a second has.
UNIX_TIMES = {"unix": 1, "unix_ms": 1000}


def text_with_seconds_sql(text: str) -> str:
    """SQL: a time with an offset as DuckDB wants it, with seconds and no blank before the offset; other texts as is.

    The macro `text_with_seconds` says the same in dbt; a test compares the two.
    """
    without_blank = rf"regexp_replace({text}, ' +{_OFFSET}', '\1')"
    return rf"regexp_replace({without_blank}, '([T ]\d\d?:\d\d)([Zz+-].*)$', '\1:00\2')"


def cast_sql(text: str, data_type: str) -> str:
    """SQL: a text as a TIMESTAMP (the clock as it is written) or a TIMESTAMPTZ; NULL for what is none."""
    return f"coalesce(try_cast({text} as {data_type}), try_cast({text_with_seconds_sql(text)} as {data_type}))"


def unix_time_sql(text: str, name: str) -> str:
    """SQL from the text of a Unix time (`name` in UNIX_TIMES) to a UTC timestamp; NULL for what is no number.

    The macro `unix_time` says the same in dbt; a test compares the two.
    """
    return f"make_timestamp(cast(round(try_cast({text} as double) * {1_000_000 // UNIX_TIMES[name]}) as bigint))"
