"""Raw snapshots as ingest writes them: every column text, exactly as delivered, plus where each row came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

Row = Mapping[str, str | None]


def write_delivery(
    raw: Path,
    source: str,
    entity: str,
    rows: Sequence[Row],
    *,
    columns: Sequence[str] | None = None,
    as_of: str = "2024-06-01 02:00:00",
    source_file: str | None = None,
) -> str:
    """Write one delivery and return its id; no rows makes the empty snapshot of an optional entity."""
    names = list(columns or rows[0])
    digest = hashlib.sha256(repr([[row.get(name) for name in names] for row in rows]).encode() + entity.encode())
    delivery_id = digest.hexdigest()[:12]
    instants = pa.array([as_of] * len(rows), pa.string()).cast(pa.timestamp("us"))
    table = pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
        | {
            "_delivery_id": pa.array([delivery_id] * len(rows), pa.string()),
            "_as_of": instants,
            "_source_file": pa.array([source_file or f"{entity}.csv"] * len(rows), pa.string()),
            "_row_number": pa.array(range(1, len(rows) + 1), pa.int64()),
        }
    )
    folder = (
        raw / f"source={source}" / f"entity={entity}" / f"dt={as_of[:10]}" / f"run={delivery_id if rows else 'empty'}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "part-0.parquet")
    return delivery_id


def write_file(
    raw: Path, source: str, entity: str, files: Sequence[Path], *, encoding: str = "utf-8", as_of: str = "2020-01-01"
) -> None:
    """Write delivered CSV files as one delivery."""
    folder = raw / f"source={source}" / f"entity={entity}" / f"dt={as_of}" / "run=0123456789ab"
    folder.mkdir(parents=True)
    parts = [
        f"""
        select *, '0123456789ab' as _delivery_id, timestamp '{as_of}' as _as_of, '{file.name}' as _source_file,
            row_number() over () as _row_number
        from read_csv('{file}', all_varchar = true, header = true, encoding = '{encoding}')
        """
        for file in files
    ]
    duckdb.sql(" union all ".join(parts)).write_parquet(str(folder / "part-0.parquet"))
