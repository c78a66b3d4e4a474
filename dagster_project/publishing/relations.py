"""The relations that a warehouse offers to readers, and a digest of what each one says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb

from dagster_project.publishing.contract import MADE_AT_COLUMNS, MEASURED_TABLES, SERVING_SCHEMAS, is_padding
from dagster_project.sql_text import literal, quoted

# dbt builds a table under this name before it takes the old one's place; a killed build leaves it.
TEMPORARY_SUFFIX = "__dbt_tmp"
# Digests of relations whose values are not compared: measured costs, and views.
MEASURED, COMPUTED = "measured", "computed"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view to publish: `name` is `schema.table`, `columns` maps what is kept to its type."""

    name: str
    columns: dict[str, str]
    view_sql: str | None = None

    @property
    def is_computed(self) -> bool:
        """Whether it is made of other relations that are published; views of the marts hand on what is stored."""
        return self.view_sql is not None and not self.name.startswith("marts.")


@dataclass(frozen=True, slots=True)
class Content:
    """What a relation holds: columns with types, number of rows, and a digest that ignores row order."""

    columns: dict[str, str]
    rows: int
    digest: str

    def agrees_with(self, other: Content) -> bool:
        """Whether both say the same, as far as it is known: a view may have become a table when it was copied."""
        return self.digest == other.digest or MEASURED in {self.digest, other.digest} or self._is_computed(other)

    def _is_computed(self, other: Content) -> bool:
        return self.rows == other.rows and any(said.digest.endswith(f":{COMPUTED}") for said in (self, other))


def relations_in(
    connection: duckdb.DuckDBPyConnection, catalog: str, own_names: Collection[str] = ()
) -> list[Relation]:
    """Tables and views of the serving schemas of an attached database, sorted by name.

    Unused slots (`key_4`, `driver_12`, …) are left out, unless the product itself uses such a name.
    """
    rows = connection.execute(
        "select columns.schema_name, columns.table_name, columns.column_name, columns.data_type, views.sql "  # noqa: S608 - quoted
        "from duckdb_columns() as columns "
        "left join duckdb_views() as views on views.database_name = columns.database_name "
        "and views.schema_name = columns.schema_name and views.view_name = columns.table_name "
        f"where columns.database_name = {literal(catalog)} "
        f"and columns.schema_name in ({', '.join(map(literal, SERVING_SCHEMAS))}) "
        "order by columns.schema_name, columns.table_name, columns.column_index",
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    views: dict[str, str | None] = {}
    for schema, table, column, data_type, view_sql in rows:
        if table.endswith(TEMPORARY_SUFFIX):
            continue
        name = f"{schema}.{table}"
        views[name] = view_sql
        kept = columns.setdefault(name, {})
        if not is_padding(column, own_names):
            kept[column] = data_type
    return [Relation(name, kept, views[name]) for name, kept in columns.items() if kept]


def content_of(connection: duckdb.DuckDBPyConnection, catalog: str, relation: Relation) -> Content:
    """Rows and digest of one relation; two runs that say the same have the same digest."""
    rows, total = connection.execute(
        f"select count(*), {digest_sql(relation)} from {quoted(catalog)}.{quoted(relation.name)}"  # noqa: S608 - quoted
    ).fetchall()[0]
    return content_from(relation, rows, total)


def digest_sql(relation: Relation) -> str:
    """The aggregate whose value `content_from` makes a digest of.

    Columns that tell when something was made do not count, nor do tables that only hold measured costs. Of a computed
    relation only the rows are counted: what it reads is compared already, and a mean of doubles that is computed again
    may differ in its last digit with the order in which threads finish.
    """
    said = [quoted(name) for name in relation.columns if name not in MADE_AT_COLUMNS]
    if relation.is_computed or not said or relation.name in MEASURED_TABLES:
        return "null"
    return f"coalesce(sum(hash({', '.join(said)})), 0)::varchar"


def content_from(relation: Relation, rows: int, total: str | None) -> Content:
    """What a relation holds, from its number of rows and the value of `digest_sql`."""
    if relation.name in MEASURED_TABLES:
        return Content(relation.columns, rows, MEASURED)
    return Content(relation.columns, rows, f"{rows}:{COMPUTED if total is None else total}")


def content_digest(contents: Mapping[str, Content], card: Mapping[str, object]) -> str:
    """One digest of a whole snapshot: tables, columns, rows, and the product's card."""
    said = {name: {"columns": content.columns, "digest": content.digest} for name, content in contents.items()}
    text = json.dumps({"tables": said, "product": card}, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
