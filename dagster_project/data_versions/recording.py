"""Writing down what a run's data was: as a record beside the raw snapshots, and as rows that SQL can ask."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from dagster_project.data_versions.measuring import measure
from dagster_project.data_versions.record import CLEAN, FEATURES, RawSnapshot, VersionRecord, write_record
from dagster_project.ingest import Manifest
from dagster_project.ingest.sealing import sealed_snapshot
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse

SCHEMA = pa.schema(
    [
        ("stage", pa.string()),
        ("version", pa.string()),
        ("name", pa.string()),
        ("delivered_at", pa.timestamp("us")),
        ("n_rows", pa.int64()),
        ("digest", pa.string()),
    ]
)


def record_versions(
    product: Product,
    paths: ProductPaths,
    deliveries: list[Manifest],
    *,
    run_id: str,
    raw_version: str,
    as_of: str,
    cutoff: str,
    code_version: str,
) -> VersionRecord:
    """Measure what the warehouse holds for this run and keep it; `deliveries` are those in force."""
    warehouse = Warehouse(paths.warehouse)
    record = VersionRecord(
        run_id=run_id,
        as_of=as_of,
        cutoff=cutoff,
        code_version=code_version,
        duckdb_version=duckdb.__version__,
        raw_version=raw_version,
        sealed=sealed_snapshot(product, paths, as_of),
        raw=tuple(RawSnapshot.of(manifest) for manifest in deliveries),
        tables=measure(warehouse),
        settings=product.describe(),
    )
    write_record(paths, record)
    warehouse.replace_run("forecasting.run_inputs", _rows(record), run_id)
    return record


def _rows(record: VersionRecord) -> pa.Table:
    newest: datetime = max(snapshot.as_of for snapshot in record.raw)
    raw = [
        {
            "stage": "raw",
            "version": snapshot.delivery_id,
            "name": f"{snapshot.source}.{snapshot.entity}",
            "delivered_at": snapshot.as_of,
            "n_rows": snapshot.rows,
            "digest": snapshot.digest,
        }
        for snapshot in record.raw
    ]
    built = [
        {
            "stage": table.stage,
            "version": record.version_of(table.stage),
            "name": table.table,
            "delivered_at": newest,
            "n_rows": table.rows,
            "digest": table.digest,
        }
        for table in record.tables
        if table.stage in {CLEAN, FEATURES}
    ]
    return pa.Table.from_pylist([*raw, *built], SCHEMA)
