"""The working warehouse: short connections, whole-run replacement, and no way to open the file behind DuckDB's back.

The file is never opened, copied or hashed here: an open() and close() of it in a process that is connected drops
DuckDB's lock. No connection outlives its block, so that nothing is open while a model trains.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.errors import ForecastError, StepFailed, WarehouseBusy, Where
from dagster_project.locks import file_lock
from dagster_project.made_ahead import made_ahead
from dagster_project.sql_text import literal, quoted

Parameters = Sequence[object] | Mapping[str, object]
Rows: TypeAlias = pa.Table | Iterable[pa.Table]
"""A table, or its parts one after another: what is large is made and written part by part."""

_ROWS_OF_A_PART = 1 << 20

# A reader of ours that just ends, or the checkpoint of the step before: worth a moment, not a minute.
CONNECT_ATTEMPTS = 5
CONNECT_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Warehouse:
    """One product's `warehouse.duckdb`.

    `memory_limit` and `threads` are per process: DuckDB's own default is 80 % of the machine for each of them.
    """

    path: Path
    memory_limit: str = "4GB"
    threads: int = 2
    _settings: dict[str, str | int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settings: dict[str, str | int] = {"memory_limit": self.memory_limit, "threads": self.threads}
        object.__setattr__(self, "_settings", settings)

    @property
    def lock_file(self) -> Path:
        """The lock that writers hold, beside the warehouse."""
        return self.path.with_suffix(".lock")

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the length of the block.

        Raises:
            WarehouseBusy: another process has the file open in a way that excludes this one.
            StepFailed: there is no such file and `read_only` is asked for, or the file is damaged.
        """
        if read_only:
            self._require_file()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        target = str(self.path)
        connection = self._patiently(lambda: duckdb.connect(target, read_only=read_only, config=self._settings))
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def attached(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """An empty database in memory with the warehouse attached read-only, and the name of its catalog.

        Other files can be attached for writing beside it. The catalog is named after the file, as dbt's views name it.

        Raises:
            WarehouseBusy: a writer has the warehouse open.
        """
        self._require_file()
        catalog = self.path.stem
        connection = duckdb.connect(config=self._settings)
        try:
            attach = f"attach {literal(str(self.path))} as {quoted(catalog)} (read_only)"
            self._patiently(lambda: connection.execute(attach))
            yield connection, catalog
        finally:
            connection.close()

    def read(self, sql: str, params: Parameters | None = None) -> pa.Table:
        """The answer of one query, read with a read-only connection."""
        with self.connect(read_only=True) as connection:
            return _query(connection, sql, params)

    def read_in_parts(self, sql: str, params: Parameters) -> Iterator[pa.Table]:
        """The answer of one query in tables of about a million rows; the connection is open until the last of them."""
        with self.connect(read_only=True) as connection:
            for batch in connection.execute(sql, params).to_arrow_reader(_ROWS_OF_A_PART):
                yield pa.Table.from_batches([batch])

    def execute(self, sql: str, params: Parameters | None = None) -> None:
        """Run one statement as the writer, then CHECKPOINT."""
        with self._writing("a statement") as connection:
            connection.execute(sql, params)

    def exists(self, table: str) -> bool:
        """Whether `schema.table` is there."""
        return self.path.exists() and bool(self.column_types(table))

    def row_counts(self) -> dict[str, int]:
        """Rows of every table, by `schema.table`; views are left out."""
        with self.connect(read_only=True) as connection:
            names = connection.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = current_database() and not temporary order by all"
            ).fetchall()
            wanted = [(schema, table) for schema, table in names if not table.endswith("__dbt_tmp")]
            if not wanted:
                return {}
            counts = " union all ".join(
                f"select {literal(f'{schema}.{table}')}, count(*) from {quoted(f'{schema}.{table}')}"  # noqa: S608 - quoted
                for schema, table in wanted
            )
            return {name: int(rows) for name, rows in connection.execute(counts).fetchall()}

    def replace_run(self, table: str, rows: Rows, run_id: str) -> int:
        """Put `rows` in the place of what the run wrote before, in one transaction; return how many rows.

        Columns are matched by name and cast to the table's types; `run_id` is added when `rows` lacks it. A run that
        is repeated therefore leaves the table as one run would. Parts are asked for one after another, so that no more
        than one of them is held.

        Raises:
            StepFailed: a column the table does not have, rows of another run, or a value that a cast would change.
        """
        return self._write(table, rows, run_id)

    def append(self, table: str, rows: pa.Table) -> int:
        """Add `rows` by column name, cast to the table's types, in one transaction; return how many rows."""
        return self._write(table, rows, None)

    def replace_all(self, table: str, rows: pa.Table) -> int:
        """Put `rows` in the place of all that the table holds, in one transaction; return how many rows."""
        return self._write(table, rows, None, everything=True)

    def column_types(self, table: str) -> dict[str, str]:
        """Type of each column of `schema.table`, in its order; empty when there is no such table."""
        with self.connect(read_only=True) as connection:
            return _column_types(connection, table)

    def _write(self, table: str, rows: Rows, run_id: str | None, *, everything: bool = False) -> int:
        parts = [rows] if isinstance(rows, pa.Table) else made_ahead(rows)
        with self._writing(f"rows of {table}") as connection:
            types = _column_types(connection, table)
            n_rows = 0
            connection.execute("begin transaction")
            try:
                _require_table(table, types)
                if everything:
                    connection.execute(f"delete from {quoted(table)}")  # noqa: S608 - quoted
                if run_id is not None:
                    connection.execute(f"delete from {quoted(table)} where run_id = ?", [run_id])  # noqa: S608 - quoted
                for part in parts:
                    _insert(connection, table, part, run_id, types)
                    n_rows += part.num_rows
                connection.execute("commit")
            except duckdb.Error as error:
                connection.execute("rollback")
                raise StepFailed(
                    expected=f"rows that fit {table}",
                    found=f"DuckDB's answer {str(error).splitlines()[0]!r}",
                    do="Nothing was written. Compare the rows with the table's contract.",
                ) from error
            except BaseException:
                connection.execute("rollback")
                raise
        return n_rows

    @contextmanager
    def _writing(self, what: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with file_lock(self.lock_file, f"writing {what}"), self.connect() as connection:
            yield connection
            # A damaged write-ahead log loses commits silently, so a step's result does not stay in it.
            connection.execute("checkpoint")

    def _require_file(self) -> None:
        if not self.path.exists():
            raise StepFailed(
                expected="the product's working warehouse",
                found="no file",
                do="Run `forecast run` first; it builds the warehouse from the raw snapshots.",
                where=Where(file=self.path.name),
            )

    def _patiently(self, opened: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
        for attempt in range(1, CONNECT_ATTEMPTS + 1):
            try:
                return opened()
            except duckdb.IOException as error:
                holder = re.search(r"\(PID (\d+)\)", str(error))
                if "lock" not in str(error).lower():
                    raise self._damaged(error) from error
                if attempt == CONNECT_ATTEMPTS:
                    raise WarehouseBusy(
                        expected="the working warehouse to be free",
                        found=f"it is open in process {holder.group(1) if holder else 'unknown'}",
                        do="Close that program (a SQL client such as DBeaver, a notebook, another run). "
                        "To look at results, open the published snapshot instead: readers never block it.",
                        where=Where(file=self.path.name),
                    ) from error
                time.sleep(CONNECT_PAUSE_SECONDS)
            except duckdb.ConnectionException as error:
                raise WarehouseBusy(
                    expected="no other connection to the working warehouse in this process",
                    found="one with other settings",
                    do="Close it first; connections here last one `with` block.",
                    where=Where(file=self.path.name),
                ) from error
            except duckdb.Error as error:
                raise self._damaged(error) from error
        raise AssertionError("the last attempt returns or raises")

    def _damaged(self, error: duckdb.Error) -> ForecastError:
        return StepFailed(
            expected="a readable DuckDB file",
            found=str(error).splitlines()[0],
            do="Move the file away and run again: everything in it is rebuilt from the raw snapshots, "
            "and the published snapshot is served meanwhile.",
            where=Where(file=self.path.name),
        )


def _query(connection: duckdb.DuckDBPyConnection, sql: str, params: Parameters | None) -> pa.Table:
    if params is not None:
        # A relation with parameters is first built as a list of values: 14.5 CPU-s for 5.8 million rows, this way 1.0.
        return connection.execute(sql, params).to_arrow_table()
    relation = connection.sql(sql)
    if relation is None:
        raise TypeError(f"expected a query that returns rows, found a statement: {sql[:80]!r}")
    return relation.to_arrow_table()


def _column_types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    schema, name = table.split(".")
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    return dict(rows)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table, run_id: str | None, types: Mapping[str, str]
) -> None:
    _refuse_unknown_columns(table, rows, types)
    _refuse_rows_of_others(table, rows, run_id)
    connection.register("arriving_rows", _with_dates(table, rows, types))
    columns = [quoted(name) for name in rows.column_names]
    values = [f"cast({quoted(name)} as {types[name]})" for name in rows.column_names]
    if run_id is not None and "run_id" not in rows.column_names:
        columns.append("run_id")
        values.append(literal(run_id))
    connection.execute(
        f"insert into {quoted(table)} ({', '.join(columns)}) select {', '.join(values)} from arriving_rows"  # noqa: S608 - quoted
    )
    connection.unregister("arriving_rows")


def _refuse_rows_of_others(table: str, rows: pa.Table, run_id: str | None) -> None:
    if run_id is None or "run_id" not in rows.column_names:
        return
    others = {value for value in rows.column("run_id").unique().to_pylist() if value != run_id}
    if others:
        raise StepFailed(
            expected=f"rows of run {run_id} only",
            found=f"rows of {sorted(map(str, others))[:3]}",
            do=f"Write each run of {table} on its own, or use append().",
            where=Where(column="run_id"),
        )


def _require_table(table: str, types: Mapping[str, str]) -> None:
    if not types:
        raise StepFailed(
            expected=f"the table {table}",
            found="no such table in the warehouse",
            do="Run `dbt build` first: it creates the tables that Python writes.",
        )


def _refuse_unknown_columns(table: str, rows: pa.Table, types: Mapping[str, str]) -> None:
    unknown = sorted(set(rows.column_names) - set(types))
    if unknown:
        raise StepFailed(
            expected=f"columns of {table}: {', '.join(types)}",
            found=f"also {', '.join(unknown)}",
            do="Nothing was written. Add the column to the table's definition, or drop it from the rows.",
            where=Where(column=unknown[0]),
        )


def _with_dates(table: str, rows: pa.Table, types: Mapping[str, str]) -> pa.Table:
    """The rows with dates where the table has dates: converted here, it costs a third of what DuckDB takes for it."""
    for position, column in enumerate(rows.schema):
        if types.get(column.name) != "DATE" or not pa.types.is_timestamp(column.type):
            continue
        times = rows.column(position)
        dates = times.cast(pa.date32())
        lost = pc.sum(pc.not_equal(dates.cast(times.type), times)).as_py()
        if lost:
            raise StepFailed(
                expected=f"whole days in {table}, whose column is a DATE",
                found=f"{lost:,} values with a time of day",
                do="Nothing was written. A product below daily frequency needs ds_type timestamp.",
                where=Where(column=column.name),
            )
        rows = rows.set_column(position, column.name, dates)
    return rows
