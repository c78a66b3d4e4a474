"""Copying the serving relations of the working warehouse into a new, compact file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb

from dagster_project.failpoints import failpoint
from dagster_project.publishing.contract import SERVING_SCHEMAS
from dagster_project.publishing.relations import Relation
from dagster_project.sql_text import literal, quoted
from dagster_project.warehouse import Warehouse

SNAPSHOT_SETTINGS: dict[str, str | int] = {"threads": 2, "memory_limit": "4GB"}
# As DuckDB keeps it: names and columns quoted where they must be, one statement.
VIEW_TEXT = re.compile(r"\s*create view (?:[\w.]|\"[^\"]+\")+ as (?P<query>.+?);?\s*", re.IGNORECASE | re.DOTALL)


def copy_into(target: Path, warehouse: Warehouse, relations: Iterable[Relation]) -> None:
    """Write the relations into the new file `target`, CHECKPOINT, and close it.

    Views become views again where their text holds in the new file, and tables where it does not. One connection reads
    and writes, so all tables come from the same state of the warehouse.

    Raises:
        WarehouseBusy: a writer has the warehouse open.
        duckdb.Error: the disk is full, or a view of the warehouse is broken.
    """
    ordered = sorted(relations, key=lambda relation: (relation.is_computed, relation.name))
    with warehouse.attached() as (connection, catalog):
        connection.execute(f"attach {literal(str(target))} as target")
        # Tried on every column of text and kept for none that a dictionary suits: a sixth of the time of a copy.
        connection.execute("set disabled_compression_methods = 'fsst'")
        for schema in SERVING_SCHEMAS:
            connection.execute(f"create schema target.{quoted(schema)}")
        for position, relation in enumerate(ordered):
            if position == len(ordered) // 2:
                failpoint("publish", "mid_copy")
            if relation.view_sql is None or not _recreate_view(connection, catalog, relation):
                _copy_rows(connection, catalog, relation)
        connection.execute("checkpoint target")
        connection.execute("detach target")
    if target.with_name(target.name + ".wal").exists():
        raise AssertionError(f"{target.name}.wal is still there after CHECKPOINT and DETACH")


def _copy_rows(connection: duckdb.DuckDBPyConnection, catalog: str, relation: Relation) -> None:
    columns = ", ".join(quoted(name) for name in relation.columns)
    connection.execute(
        f"create table target.{quoted(relation.name)} as "  # noqa: S608 - quoted
        f"select {columns} from {quoted(catalog)}.{quoted(relation.name)}"
    )


def _recreate_view(connection: duckdb.DuckDBPyConnection, catalog: str, relation: Relation) -> bool:
    """Whether the view could be made in the new file, with the columns that are published."""
    # A catalog's name in the text would bind readers to the file name of the working warehouse.
    text = re.sub(rf'(?<![\w."]){re.escape(catalog)}\.|"{re.escape(catalog)}"\.', "", relation.view_sql or "")
    found = VIEW_TEXT.fullmatch(text)
    columns = ", ".join(quoted(name) for name in relation.columns)
    try:
        connection.execute("use target")
        if found is None:
            return False
        # Unused slots are no columns of what is published, as they are none of the tables.
        view = f"create view {quoted(relation.name)} as select {columns} from ({found['query']}) as every_slot"  # noqa: S608
        connection.execute(view)
        described = connection.execute(f"describe {quoted(relation.name)}").fetchall()
    except duckdb.Error:
        # It needs a table or a column that is not published.
        described = []
    finally:
        connection.execute(f"use {quoted(catalog)}")
    if {row[0]: row[1] for row in described} == relation.columns:
        return True
    connection.execute(f"drop view if exists target.{quoted(relation.name)}")
    return False
