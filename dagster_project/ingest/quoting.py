"""Names and texts of unknown origin, as SQL takes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def quoted_name(column: str) -> str:
    """A column name in double quotes; those inside it are doubled."""
    return '"' + column.replace('"', '""') + '"'


def quoted_text(value: str | Path) -> str:
    """A text or path in single quotes.

    >>> quoted_text("O'Neill")
    "'O''Neill'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def parquet_relation(files: Iterable[Path]) -> str:
    """The table function that reads these Parquet files as one."""
    return f"read_parquet([{', '.join(quoted_text(path) for path in files)}], union_by_name = true)"
