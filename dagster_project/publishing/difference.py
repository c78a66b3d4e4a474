"""What changed between two snapshots, table by table."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.paths import ProductPaths
from dagster_project.publishing.contract import CONTRACTS, MADE_AT_COLUMNS
from dagster_project.publishing.copying import SNAPSHOT_SETTINGS
from dagster_project.publishing.manifest import read_manifest
from dagster_project.publishing.relations import Relation, relations_in
from dagster_project.sql_text import literal, quoted


@dataclass(frozen=True, slots=True)
class TableDifference:
    """Rows of one table that are only in B (`added`), only in A (`removed`), or in both with other values (`changed`).

    A table without a key has no changed rows: a row that differs is one removed and one added.
    """

    table: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int


def diff_snapshots(paths: ProductPaths, before: str, after: str) -> list[TableDifference]:
    """The tables that differ between snapshot `before` and snapshot `after`; empty when they say the same.

    When something was made (`generated_at`) is not a difference.

    Raises:
        StepFailed: one of them is not kept.
    """
    first, second = read_manifest(paths, before), read_manifest(paths, after)
    own_names = (*first.product.own_names, *second.product.own_names)
    with duckdb.connect(config=SNAPSHOT_SETTINGS) as connection:
        for alias, manifest in (("before", first), ("after", second)):
            path = literal(str(paths.published / manifest.file))
            connection.execute(f"attach {path} as {alias} (read_only)")
        old = {relation.name: relation for relation in relations_in(connection, "before", own_names)}
        new = {relation.name: relation for relation in relations_in(connection, "after", own_names)}
        found = []
        for name in sorted(set(old) | set(new)):
            if name in old and name in new and old[name].view_sql is not None:
                # It changes with the tables that it reads, and those are listed.
                continue
            if first.table_digests.get(name) == second.table_digests.get(name):
                continue
            rows_before, rows_after = first.tables.get(name, 0), second.tables.get(name, 0)
            if name in old and name in new:
                added, removed, changed = _compared(connection, old[name], new[name])
            else:
                added, removed, changed = rows_after, rows_before, 0
            found.append(TableDifference(name, rows_before, rows_after, added, removed, changed))
    return found


def _compared(connection: duckdb.DuckDBPyConnection, old: Relation, new: Relation) -> tuple[int, int, int]:
    name = new.name
    shared = [column for column in old.columns if column in new.columns and column not in MADE_AT_COLUMNS]
    key = [column for column in CONTRACTS[name].key if column in shared] if name in CONTRACTS else []
    hashed = f"hash({', '.join(quoted(column) for column in shared)})"
    if key:
        named = ", ".join(quoted(column) for column in key)
        same = " and ".join(f"a.{quoted(column)} is not distinct from b.{quoted(column)}" for column in key)
        sides = [f"(select {named}, {hashed} as said from {side}.{quoted(name)})" for side in ("before", "after")]  # noqa: S608 - quoted
        query = (
            "select count(*) filter (where a.said is null), count(*) filter (where b.said is null), "  # noqa: S608 - quoted
            f"count(*) filter (where a.said <> b.said) from {sides[0]} as a full join {sides[1]} as b on {same}"
        )
    else:
        sides = [
            f"(select {hashed} as said, count(*) as rows from {side}.{quoted(name)} group by all)"  # noqa: S608 - quoted
            for side in ("before", "after")
        ]
        query = (
            "select coalesce(sum(greatest(coalesce(b.rows, 0) - coalesce(a.rows, 0), 0)), 0)::bigint, "  # noqa: S608 - quoted
            "coalesce(sum(greatest(coalesce(a.rows, 0) - coalesce(b.rows, 0), 0)), 0)::bigint, 0 "
            f"from {sides[0]} as a full join {sides[1]} as b on a.said = b.said"
        )
    added, removed, changed = connection.execute(query).fetchall()[0]
    return int(added), int(removed), int(changed)
