"""A user's file as a table of text, read exactly as ingest will read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dagster_project.errors import UsageError, Where
from dagster_project.ingest.conversion import readable, reading_fault
from dagster_project.ingest.decoding import decode
from dagster_project.ingest.quoting import quoted_name


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A loaded file: the table's name, the delivered columns in order, the number of rows, and what parts its fields.

    Empty text is NULL; blanks around values are gone. `delimiter` is None for Parquet.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    n_rows: int
    delimiter: str | None

    def require(self, columns: Sequence[str], option: str) -> None:
        """Refuse columns that the file does not have.

        Raises:
            UsageError: one is missing; the message lists those there are.
        """
        missing = [column for column in columns if column not in self.columns]
        if missing:
            raise UsageError(
                f"columns out of {', '.join(map(repr, self.columns[:40]))}",
                f"{', '.join(map(repr, missing))}",
                f"Correct {option}.",
                Where(file=self.file),
            )


def load(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, workspace: Path, expected: Sequence[str]
) -> SourceTable:
    """Load a CSV, CSV.gz or Parquet file as table `name` with every column as text.

    Raises:
        UsageError: there is no such file.
        DeliveryRejected: the file cannot be read; the same messages as at ingest.
    """
    if not path.is_file():
        raise UsageError("a CSV or Parquet file", "none at this path", "Check the path.", Where(file=str(path)))
    plain = decode(path, workspace)
    source = readable(connection, plain, expected)
    columns = ", ".join(
        f"nullif(trim(cast({quoted_name(column)} as varchar)), '') as {quoted_name(column)}" for column in source.types
    )
    try:
        connection.execute(f"create table {name} as select {columns} from {source.relation}")  # noqa: S608 - quoted
    except duckdb.Error as error:
        raise reading_fault(plain, str(error)) from error
    counted = connection.execute(f"select count(*) from {name}").fetchone()  # noqa: S608 - our own name
    n_rows = int(counted[0]) if counted else 0
    if n_rows == 0:
        raise UsageError("at least one row", "a header and nothing below it", "Export it again.", Where(file=path.name))
    return SourceTable(name, path.name, tuple(source.types), n_rows, source.delimiter)
