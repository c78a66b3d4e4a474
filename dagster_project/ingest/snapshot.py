"""The identity of a delivery and its prepared raw snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from dagster_project.contracts import EntityContract, load_contract
from dagster_project.contracts.contract import ServiceLevel
from dagster_project.errors import DeliveryRejected, Where
from dagster_project.ingest.content import drifted, profile_columns
from dagster_project.ingest.conversion import Converted, convert
from dagster_project.ingest.decoding import Plain, digest
from dagster_project.ingest.manifest import DeliveredFile, Manifest
from dagster_project.ingest.storage import incoming
from dagster_project.ingest.structure import first_moved
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import Product


def delivery_id_of(digests: Sequence[str], entity: str, *, again: datetime | None = None) -> str:
    """Twelve hex digits of the delivered bytes and the entity; `again` tells a second delivery of old bytes apart."""
    parts = [*sorted(digests), entity, *([again.isoformat()] if again else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def prepared_folder(paths: ProductPaths, source: str, entity: str, as_of: datetime, delivery_id: str) -> Path:
    """Where a snapshot is prepared; the directory is made."""
    folder = incoming(paths) / paths.delivery(source, entity, as_of.date(), delivery_id).relative_to(paths.raw)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def prepare(
    connection: duckdb.DuckDBPyConnection,
    product: Product,
    paths: ProductPaths,
    *,
    entity: str,
    contract: EntityContract,
    files: Sequence[Plain],
    delivery_id: str,
    as_of: datetime,
    before: Manifest | None,
) -> tuple[Manifest, tuple[str, ...]]:
    """Validate readable files against the contract and prepare their snapshot below `incoming`; manifest and notes.

    `before`: the delivery of this entity before this one, for jumps in its columns.

    Raises:
        DeliveryRejected: the first fault of the files.
    """
    folder = prepared_folder(paths, product.source_of(entity), entity, as_of, delivery_id)
    converted: list[Converted] = []
    for part, plain in enumerate(files):
        target = folder / f"part-{part}.parquet"
        converted.append(
            convert(connection, plain, contract=contract, target=target, delivery_id=delivery_id, as_of=as_of)
        )
        if set(converted[part].types) != set(converted[0].types):
            raise DeliveryRejected(
                f"the columns of {files[0].name} in every file of {entity}",
                f"others: {sorted(set(converted[part].types) ^ set(converted[0].types))[:10]}",
                "Deliver files with the same header together.",
                Where(file=plain.name),
            )
    # The types of all files count: what is text in one of them may be anything.
    types = dict(converted[0].types)
    for other in converted[1:]:
        types.update({name: kind for name, kind in other.types.items() if kind == "VARCHAR"})
    parquet = [item.parquet for item in converted]
    profile, found = profile_columns(connection, parquet, contract, types, product.freq)
    rows = sum(item.rows for item in converted)
    warnings = [*(warning for item in converted for warning in item.warnings), *found]
    if before is not None:
        warnings += drifted(before.profile, profile, (before.rows, rows))
        moved = first_moved(list(types), before.columns)
        warnings += [f"reordered columns since the last delivery, first {moved!r}"] if moved else []
    minutes_late = lateness(contract.sla, as_of)
    source = product.source_of(entity)
    manifest = Manifest(
        product=product.name,
        source=source,
        entity=entity,
        delivery_id=delivery_id,
        contract_version=load_contract(source).version,
        as_of=as_of,
        received_at=as_of,
        rows=rows,
        columns=tuple(converted[0].types),
        files=tuple(
            DeliveredFile(
                name=plain.name,
                bytes=plain.size,
                sha256=plain.sha256,
                encoding=plain.encoding,
                rows=item.rows,
                parquet=item.parquet.name,
                parquet_bytes=item.parquet.stat().st_size,
                parquet_sha256=digest(item.parquet),
                notes=item.notes,
            )
            for plain, item in zip(files, converted, strict=True)
        ),
        profile=tuple(profile),
        warnings=tuple(warnings),
        sla_status="late" if minutes_late else "on time",
        minutes_late=minutes_late,
    )
    return manifest, tuple(note for file in manifest.files for note in file.notes)


def lateness(level: ServiceLevel, as_of: datetime) -> int:
    """Minutes between the time that a delivery was due on its day, in the owner's time zone, and its `as_of` (UTC).

    >>> lateness(ServiceLevel(due="03:00", timezone="Europe/Berlin", max_age_hours=24), datetime(2026, 7, 1, 1, 30))
    30
    """
    local = as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(level.timezone))
    hour, minute = map(int, level.due.split(":"))
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return max(0, (local - due) // timedelta(minutes=1))
