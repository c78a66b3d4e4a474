"""What changed between two deliveries of an entity: added, removed and changed keys with their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from dagster_project.contracts import entity_contract
from dagster_project.errors import UsageError
from dagster_project.ingest.manifest import Manifest, manifests_of
from dagster_project.ingest.quoting import parquet_relation, quoted_name, quoted_text
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import Product


@dataclass(frozen=True, slots=True)
class EntityDifference:
    """Counts of keys, and one row per value that differs (`key`, `change`, `column`, `before`, `after`; text).

    An added or removed key has a row per value that it has or had, and one row without column if it holds no value.
    A key may hold several rows; they are compared in order.
    """

    entity: str
    before: str
    after: str
    added: int
    removed: int
    changed: int
    rows: pa.Table


def diff(
    product: Product, paths: ProductPaths, before: str, after: str, *, limit: int = 1000
) -> list[EntityDifference]:
    """Compare two deliveries, named by delivery id (or its beginning) or by as_of (all entities in force then).

    `limit` bounds the rows listed per entity, never the counts.

    Raises:
        UsageError: a name fits no delivery, or the two are of different entities.
    """
    manifests = [item for item in manifests_of(paths) if item.source == product.source_of(item.entity)]
    first, second = _find(manifests, before), _find(manifests, after)
    entities = [entity for entity in product.entities if entity in first and entity in second]
    if not entities:
        raise UsageError(
            "two deliveries of the same entity",
            f"{', '.join(first) or 'none'} and {', '.join(second) or 'none'}",
            "List deliveries with `forecast verify-snapshot`.",
        )
    differing = [entity for entity in entities if first[entity].delivery_id != second[entity].delivery_id]
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        return [
            _compare(connection, product, paths, before=first[entity], after=second[entity], limit=limit)
            for entity in differing
        ]


def _find(manifests: Sequence[Manifest], name: str) -> dict[str, Manifest]:
    by_id = [item for item in manifests if item.delivery_id.startswith(name)]
    if len({item.delivery_id for item in by_id}) == 1:
        return {by_id[0].entity: by_id[0]}
    # `manifests` are oldest first, so the last one of an entity is the one in force.
    in_force = {
        item.entity: item for item in manifests if name[:1].isdigit() and item.as_of.isoformat(" ") <= _full(name)
    }
    if not in_force:
        known = ", ".join(f"{item.entity} {item.delivery_id}" for item in manifests[-12:])
        raise UsageError(f"a delivery id or as_of out of {known}", repr(name), "Name one of them.")
    return in_force


def _full(instant: str) -> str:
    """An as_of text that sorts after every instant it begins: a day means the end of the day."""
    return instant.replace("T", " ") + "~"


def _compare(
    connection: duckdb.DuckDBPyConnection,
    product: Product,
    paths: ProductPaths,
    *,
    before: Manifest,
    after: Manifest,
    limit: int,
) -> EntityDifference:
    contract = entity_contract(product, before.entity)
    columns = [name for name in before.columns if name in after.columns]
    key = [name for name in contract.primary_key if name in columns] or columns
    values = [name for name in columns if name not in key]
    for name, manifest in (("before", before), ("after", after)):
        relation = parquet_relation(paths.raw / manifest.folder / file.parquet for file in manifest.files)
        connection.execute(
            f"""
            create or replace temp table {name}_rows as
            select {", ".join(quoted_name(column) for column in columns)},
                row_number() over (
                    partition by {", ".join(quoted_name(column) for column in key)} order by _source_file, _row_number
                ) as occurrence
            from {relation}
            """  # noqa: S608 - quoted names and paths
        )
    matched = " and ".join(f"b.{quoted_name(column)} is not distinct from a.{quoted_name(column)}" for column in key)
    differs = " or ".join(f"b.{quoted_name(column)} is distinct from a.{quoted_name(column)}" for column in values)
    label = " || '|' || ".join(f"coalesce(b.{quoted_name(column)}, a.{quoted_name(column)}, '')" for column in key)
    both = [f"b.{quoted_name(column)} as b{i}, a.{quoted_name(column)} as a{i}" for i, column in enumerate(values)]
    connection.execute(
        f"""
        create or replace temp table differences as
        select
            {", ".join([f"{label} as key", *both])},
            case
                when b.occurrence is null then 'added'
                when a.occurrence is null then 'removed'
                else 'changed'
            end as change
        from before_rows as b full outer join after_rows as a on {matched} and b.occurrence = a.occurrence
        where b.occurrence is null or a.occurrence is null or {differs or "false"}
        """  # noqa: S608 - quoted names
    )
    counts = dict(connection.execute("select change, count(*) from differences group by change").fetchall())
    empty = " and ".join(f"b{i} is null and a{i} is null" for i in range(len(values)))
    pieces = [
        f"""
        select key, change, null as "column", null as before, null as after
        from differences where change <> 'changed' and {empty or "true"}
        """  # noqa: S608 - our names
    ]
    pieces += [
        f"""
        select key, change, {quoted_text(column)}, b{i}, a{i}
        from differences where b{i} is distinct from a{i}
        """  # noqa: S608 - quoted names
        for i, column in enumerate(values)
    ]
    rows = connection.execute(
        f"select * from ({' union all '.join(pieces)}) order by all limit {int(limit)}"  # noqa: S608
    ).to_arrow_table()
    return EntityDifference(
        before.entity,
        before.delivery_id,
        after.delivery_id,
        counts.get("added", 0),
        counts.get("removed", 0),
        counts.get("changed", 0),
        rows,
    )
