"""Delivered rows become raw Parquet: every column as text, nothing changed, each row with where it came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from dagster_project.contracts import EntityContract
from dagster_project.errors import DeliveryRejected, Where
from dagster_project.ingest.decoding import Plain, with_one_line_end
from dagster_project.ingest.quoting import quoted_name, quoted_text
from dagster_project.ingest.structure import check_names, compare_columns, read_header

# Version 2 pages store row numbers and repeated texts in a fraction of the space, at the same speed.
_PARQUET = "(format parquet, compression snappy, parquet_version v2)"
_NESTED = ("STRUCT", "MAP", "UNION", "BLOB")


@dataclass(frozen=True, slots=True)
class Converted:
    """One file as raw Parquet. `types`: the delivered type of each column (VARCHAR for CSV)."""

    parquet: Path
    rows: int
    types: dict[str, str]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def convert(
    connection: duckdb.DuckDBPyConnection,
    plain: Plain,
    *,
    contract: EntityContract,
    target: Path,
    delivery_id: str,
    as_of: datetime,
) -> Converted:
    """Write one readable file as raw Parquet.

    Raises:
        DeliveryRejected: the columns are not the promised ones, a row is cut off or too long, or there is no row.
    """
    try:
        return _convert(connection, plain, contract, target, (delivery_id, as_of))
    except DeliveryRejected:
        # DuckDB reads either line end, and in quotes both; only a file that fails is worth a normalised copy.
        if not plain.mixed_line_ends:
            raise
        copy = target.with_suffix(".csv")
        try:
            return _convert(connection, with_one_line_end(plain, copy), contract, target, (delivery_id, as_of))
        finally:
            copy.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Readable:
    """A delivered file as SQL: the table function, its columns with their delivered types, and the row number.

    `delimiter` is what parts the fields of CSV, None for Parquet.
    """

    relation: str
    types: dict[str, str]
    row_number: str
    notes: tuple[str, ...]
    delimiter: str | None = None

    @property
    def texts(self) -> list[str]:
        """Every column as text, under its own name; instants with a zone come in UTC, the connection's zone."""
        return [
            quoted_name(name) if kind == "VARCHAR" else f"cast({quoted_name(name)} as varchar) as {quoted_name(name)}"
            for name, kind in self.types.items()
        ]


def readable(connection: duckdb.DuckDBPyConnection, plain: Plain, expected: Sequence[str]) -> Readable:
    """How DuckDB reads a decoded file; `expected` columns tell the delimiter of a CSV file.

    Raises:
        DeliveryRejected: the columns cannot be those of a table.
    """
    if plain.kind == "parquet":
        relation = f"read_parquet({quoted_text(plain.path)}, file_row_number = true)"
        return Readable(relation, _parquet_types(connection, plain), "file_row_number + 1", plain.notes)
    header = read_header(plain, expected)
    relation = _read_csv(plain.path, header.columns, header.delimiter)
    types = dict.fromkeys(header.columns, "VARCHAR")
    return Readable(relation, types, "row_number() over ()", (*plain.notes, *header.notes), header.delimiter)


def _convert(
    connection: duckdb.DuckDBPyConnection,
    plain: Plain,
    contract: EntityContract,
    target: Path,
    delivery: tuple[str, datetime],
) -> Converted:
    source = readable(connection, plain, [column.name for column in contract.columns])
    warnings = compare_columns(plain.delivered, list(source.types), contract)
    delivery_id, as_of = delivery
    try:
        connection.execute(
            f"""
            copy (
                select
                    {", ".join(source.texts)},
                    {quoted_text(delivery_id)} as _delivery_id,
                    timestamp {quoted_text(as_of.isoformat(" "))} as _as_of,
                    {quoted_text(plain.name)} as _source_file,
                    {source.row_number} as _row_number
                from {source.relation}
            ) to {quoted_text(target)} {_PARQUET}
            """  # noqa: S608 - quoted names and paths
        )
    except duckdb.Error as error:
        raise reading_fault(plain, str(error)) from error
    rows = connection.execute("select num_rows from parquet_file_metadata(?)", [str(target)]).fetchone()
    n_rows = int(rows[0]) if rows else 0
    if n_rows == 0:
        raise DeliveryRejected(
            "at least one row", "a header and nothing below it", "Export the file again.", Where(file=plain.name)
        )
    return Converted(target, n_rows, source.types, source.notes, tuple(warnings))


def _parquet_types(connection: duckdb.DuckDBPyConnection, plain: Plain) -> dict[str, str]:
    try:
        described = connection.execute("describe select * from read_parquet(?)", [str(plain.path)]).fetchall()
    except duckdb.Error as error:
        raise reading_fault(plain, str(error)) from error
    types = {str(name): str(kind) for name, kind, *_ in described}
    check_names(plain.delivered, list(types))
    nested = [name for name, kind in types.items() if kind.startswith(_NESTED) or kind.endswith("]")]
    if nested:
        raise DeliveryRejected(
            "columns of plain values",
            f"{types[nested[0]]}",
            "Flatten or remove the column.",
            Where(file=plain.name, column=nested[0]),
        )
    return types


def _read_csv(path: Path, columns: tuple[str, ...], delimiter: str) -> str:
    """Strict and without guessing: the types are text, the delimiter was found in the header."""
    schema = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in columns)
    return (
        f"read_csv({quoted_text(str(path))}, auto_detect = false, header = true, columns = {{{schema}}}, "
        f"delim = {quoted_text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false)"
    )


def reading_fault(plain: Plain, message: str) -> DeliveryRejected:
    """DuckDB's finding in our words, with the row that it names."""
    line = re.search(r"Line: (\d+)", message)
    row = max(int(line[1]) - 1, 0) if line else None
    where = Where(file=plain.name, row=row or None)
    width = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if width:
        return _width_fault(int(width[1]), int(width[2]), where)
    if "unterminated quote" in message.lower():
        return DeliveryRejected("a closing quote", "a field that never ends", "Copy or export the file again.", where)
    if "aximum line size" in message:
        return DeliveryRejected("rows of at most 2 MB", "a longer one", "Look for a missing quote or line end.", where)
    if plain.kind == "parquet":
        reason = message.split("\n", maxsplit=1)[0]
        return DeliveryRejected("a whole Parquet file", f"a damaged or cut one ({reason})", "Copy it again.", where)
    reason = " ".join(message.split("\n")[:2])[:300]
    return DeliveryRejected("rows of delimited text", reason, "Mend the row or export the file again.", where)


def _width_fault(expected: int, found: int, where: Where) -> DeliveryRejected:
    if expected == 1:
        return DeliveryRejected(
            "the names of the columns in the first line",
            f"a single name there, and {found} fields below",
            "Remove lines above the header, such as a title.",
            where,
        )
    if found < expected:
        return DeliveryRejected(
            f"{expected} fields in every row",
            f"{found}; the row is cut off",
            "Copy or export the file again; a field that holds the delimiter needs quotes.",
            where,
        )
    return DeliveryRejected(
        f"{expected} fields in every row", f"{found}", "Put quotes around fields that hold the delimiter.", where
    )
