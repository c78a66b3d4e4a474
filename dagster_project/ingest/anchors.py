"""An empty snapshot per entity, so that SQL over raw files finds every promised column before anything is delivered."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.paths import ProductPaths

_DELIVERY_COLUMNS = (
    pa.field("_delivery_id", pa.string()),
    pa.field("_as_of", pa.timestamp("us")),
    pa.field("_source_file", pa.string()),
    pa.field("_row_number", pa.int64()),
)


def anchor(paths: ProductPaths, source: str, entity: str, columns: Sequence[str]) -> None:
    """Write `run=empty` with these columns and no row; it is no delivery and has no manifest."""
    folder = paths.delivery(source, entity, "1970-01-01", "empty")
    target = folder / "part-0.parquet"
    schema = pa.schema([*(pa.field(name, pa.string()) for name in columns), *_DELIVERY_COLUMNS])
    if target.exists() and pq.read_schema(target).equals(schema):
        return
    folder.mkdir(parents=True, exist_ok=True)
    # Outside `raw/`, where no reader looks, until it is whole.
    prepared = paths.root / f".anchor-{source}-{entity}.parquet"
    pq.write_table(schema.empty_table(), prepared)
    prepared.replace(target)
