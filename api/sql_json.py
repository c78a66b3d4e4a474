"""Having DuckDB write JSON that every client can read: no NaN, timestamps as ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def quoted(name: str) -> str:
    """`schema.table` or `column` as SQL identifiers."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def text(value: str) -> str:
    """A text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def json_value(expression: str, data_type: str) -> str:
    """An expression as something `to_json` writes well.

    >>> json_value('"yhat"', "DOUBLE")
    'case when isfinite("yhat") then "yhat" end'
    """
    if data_type in {"DOUBLE", "FLOAT"}:
        return f"case when isfinite({expression}) then {expression} end"
    if data_type.startswith("TIMESTAMP"):
        # Warehouse timestamps are UTC without saying so; readers must not have to guess.
        return f"strftime(cast({expression} as timestamp), '%Y-%m-%dT%H:%M:%SZ')"
    return expression


def json_object(fields: Mapping[str, str]) -> str:
    """A struct that `to_json` writes as an object; `fields` maps names to SQL expressions."""
    if not fields:
        return "json('{}')"
    return "{" + ", ".join(f"{text(name)}: {expression}" for name, expression in fields.items()) + "}"


def json_row(types: Mapping[str, str], columns: Iterable[str] | None = None) -> str:
    """The columns of a row as an object; `types` maps columns to their types."""
    wanted = types if columns is None else [name for name in columns if name in types]
    return json_object({name: json_value(quoted(name), types[name]) for name in wanted})
