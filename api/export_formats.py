"""Writing a table as CSV, Excel, Parquet or Arrow, batch by batch out of DuckDB."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from openpyxl import Workbook

from api.snapshot import Snapshot
from api.sql_json import quoted

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}
SUFFIXES = {"csv": ".csv", "xlsx": ".xlsx", "parquet": ".parquet", "arrow": ".arrow"}
BATCH_ROWS = 100_000

# A cell that begins like this is run as a formula by spreadsheets (OWASP ASVS 1.2.10).
FORMULA = r"^[=+\-@\t\r\n\x00]"


def select_list(columns: Mapping[str, str], *, for_spreadsheets: bool) -> str:
    """The columns of an export; texts that a spreadsheet would run get a leading apostrophe.

    Nested values become JSON text in spreadsheets, which know no lists.
    """
    parts = []
    for name, data_type in columns.items():
        column = quoted(name)
        if for_spreadsheets and data_type == "VARCHAR":
            escaped = f"case when regexp_matches({column}, '{FORMULA}') then '''' || {column} else {column} end"
            parts.append(f"{escaped} as {column}")
        elif for_spreadsheets and data_type.endswith("]") | data_type.startswith(("STRUCT", "MAP")):
            parts.append(f"cast(to_json({column}) as varchar) as {column}")
        else:
            parts.append(column)
    return ", ".join(parts)


async def stream_of(
    kind: str,
    snapshot: Snapshot,
    columns: Mapping[str, str],
    source: str,
    parameters: Sequence[str],
    *,
    with_bom: bool,
) -> AsyncIterator[bytes]:
    """The table as csv, parquet or arrow, in pieces; each piece is made in a thread while others are answered."""
    pieces = _pieces(kind, snapshot, columns, source, parameters, with_bom=with_bom)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _pieces(
    kind: str,
    snapshot: Snapshot,
    columns: Mapping[str, str],
    source: str,
    parameters: Sequence[str],
    *,
    with_bom: bool,
) -> Iterator[bytes]:
    with snapshot.cursor() as cursor:
        selected = select_list(columns, for_spreadsheets=kind == "csv")
        reader = cursor.execute(f"select {selected} {source}", list(parameters)).to_arrow_reader(BATCH_ROWS)
        sink = io.BytesIO()
        if with_bom and kind == "csv":
            sink.write(b"\xef\xbb\xbf")
        with _writer(kind, sink, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
                yield _taken(sink)
        yield _taken(sink)


def _writer(kind: str, sink: io.BytesIO, schema: pa.Schema) -> Any:
    if kind == "csv":
        return pacsv.CSVWriter(sink, schema, write_options=pacsv.WriteOptions(quoting_style="needed"))
    if kind == "parquet":
        return pq.ParquetWriter(sink, schema, compression="zstd")
    return pa.ipc.new_stream(sink, schema)


def _taken(sink: io.BytesIO) -> bytes:
    piece = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return piece


async def as_xlsx(
    snapshot: Snapshot, columns: Mapping[str, str], source: str, parameters: Sequence[str], *, title: str
) -> bytes:
    """The table as one Excel sheet with a header row."""

    def written() -> bytes:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(title[:31])
        sheet.append(list(columns))
        with snapshot.cursor() as cursor:
            selected = select_list(columns, for_spreadsheets=True)
            found = cursor.execute(f"select {selected} {source}", list(parameters))
            while rows := found.fetchmany(10_000):
                for row in rows:
                    sheet.append([_cell(value) for value in row])
        sink = io.BytesIO()
        book.save(sink)
        return sink.getvalue()

    return await asyncio.to_thread(written)


def _cell(value: object) -> object:
    # Excel knows no control characters, and openpyxl refuses them.
    if isinstance(value, str):
        return "".join(character for character in value if character >= " " or character in "\t\n")
    return value
