"""Names and texts written into SQL, where a parameter cannot stand.

Without parameters a process also starts faster: DuckDB imports pandas, if it is there, to look at the first one.
"""

from __future__ import annotations


def quoted(name: str) -> str:
    """`schema.table` or `column` as SQL identifiers.

    >>> quoted("marts.dim_series")
    '"marts"."dim_series"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def literal(text: str) -> str:
    """A text as a SQL literal.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
