"""Does a snapshot file hold what it should? Run as a process of its own, which sees only what is on disk.

    python -m dagster_project.publishing.verify FILE EXPECTED.json

EXPECTED.json maps `schema.table` to its columns with types, rows and digest. The answer is one JSON object
`{"problems": [...]}` on standard output; the exit code is 0 without problems, 1 with some, 2 for wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.publishing.contract import CONTRACTS, ESSENTIAL_TABLES, TableContract
from dagster_project.publishing.copying import SNAPSHOT_SETTINGS
from dagster_project.publishing.relations import Content, content_of, relations_in
from dagster_project.sql_text import quoted

FLOATING = ("DOUBLE", "FLOAT")
INTERVAL_COLUMNS = ("yhat_lower", "q10", "q50", "q90", "yhat_upper")


def problems_in(file: Path, expected: Mapping[str, Content], own_names: tuple[str, ...] = ()) -> list[str]:
    """Everything that is wrong with a snapshot file, each as a sentence; empty when it may be served."""
    if file.with_name(file.name + ".wal").exists():
        return [f"{file.name}.wal lies beside the file: part of the data is not in the snapshot"]
    try:
        connection = duckdb.connect(str(file), read_only=True, config=SNAPSHOT_SETTINGS)
    except duckdb.Error as error:
        return [f"the file does not open: {str(error).splitlines()[0]}"]
    try:
        return [*_problems(connection, expected, own_names)]
    except duckdb.Error as error:
        # A flipped bit shows when the block is read, not when the file is opened.
        return [f"the file cannot be read: {str(error).splitlines()[0]}"]
    finally:
        connection.close()


def _problems(
    connection: duckdb.DuckDBPyConnection, expected: Mapping[str, Content], own_names: tuple[str, ...]
) -> Iterator[str]:
    (catalog,) = connection.execute("select current_database()").fetchall()[0]
    relations = {relation.name: relation for relation in relations_in(connection, catalog, own_names)}
    for name in sorted(set(ESSENTIAL_TABLES) - set(relations)):
        yield f"{name} is missing"
    for name in sorted(set(expected) ^ set(relations)):
        yield f"{name} is {'missing' if name in expected else 'not expected'}"
    for name in sorted(set(expected) & set(relations)):
        found = content_of(connection, catalog, relations[name])
        wanted = expected[name]
        if found.columns != wanted.columns:
            yield f"{name} has columns {', '.join(found.columns)} instead of {', '.join(wanted.columns)}"
        elif found.rows != wanted.rows:
            yield f"{name} has {found.rows:,} rows instead of {wanted.rows:,}"
        elif not found.agrees_with(wanted):
            yield f"{name} has the right number of rows, and other values than the warehouse"
    for name, relation in relations.items():
        yield from _unfinished_numbers(connection, name, relation.columns)
        if name in CONTRACTS:
            yield from _broken_promises(connection, name, relation.columns, CONTRACTS[name])


def _broken_promises(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], contract: TableContract
) -> Iterator[str]:
    lacking = [column for column in contract.columns if column not in columns]
    if lacking:
        yield f"{name} lacks the contracted columns {', '.join(lacking)}"
        return
    for column in contract.never_null:
        if count := _count(connection, f"select count(*) from {quoted(name)} where {quoted(column)} is null"):  # noqa: S608
            yield f"{name}.{column} is null in {count:,} rows"
    if count := _repeated_keys(connection, name, contract.key):
        yield f"{name} has {count:,} keys ({', '.join(contract.key)}) in more than one row"
    if name == "marts.forecast_latest":
        yield from _crossing_bounds(connection, name)
    if name == "marts.fct_forecast_quantiles":
        yield from _crossing_quantiles(connection, name)


def _repeated_keys(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> int:
    """How many keys stand in more than one row.

    Where all hashes differ, all keys do; whole keys are compared only after that: 12 million of four columns took 3.1
    CPU-s and 0.75 GB so, 4.2 and 1.6 as they are.
    """
    key = ", ".join(quoted(column) for column in columns)
    if not _count(connection, f"select count(*) - count(distinct hash({key})) from {quoted(name)}"):  # noqa: S608 - quoted
        return 0
    return _count(
        connection,
        f"select count(*) from (select 1 from {quoted(name)} group by {key} having count(*) > 1) as repeated",  # noqa: S608 - quoted
    )


def _unfinished_numbers(connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str]) -> Iterator[str]:
    numbers = [column for column, data_type in columns.items() if data_type in FLOATING]
    if not numbers:
        return
    counts = ", ".join(f"count(*) filter (where not isfinite({quoted(column)}))" for column in numbers)
    row = connection.execute(f"select {counts} from {quoted(name)}").fetchall()[0]  # noqa: S608 - quoted
    for column, count in zip(numbers, row, strict=True):
        if count:
            yield f"{name}.{column} is NaN or infinite in {count:,} rows"


def _crossing_bounds(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    for lower, upper in pairwise(INTERVAL_COLUMNS):
        if count := _count(connection, f"select count(*) from {quoted(name)} where {lower} > {upper}"):  # noqa: S608
            yield f"{name} has {lower} above {upper} in {count:,} rows"


def _crossing_quantiles(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    count = _count(
        connection,
        f"select count(*) from (select yhat - lag(yhat) over (partition by unique_id, cutoff, ds, model "  # noqa: S608 - quoted
        f"order by quantile_level) as step from {quoted(name)}) as steps where step < 0",
    )
    if count:
        yield f"{name} has {count:,} quantiles below a lower one of the same forecast"


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def main(arguments: list[str]) -> int:
    """Verify FILE against EXPECTED.json; the exit code says whether it may be served."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m dagster_project.publishing.verify FILE EXPECTED.json\n")
        return 2
    file, expected_file = map(Path, arguments)
    said: dict[str, Any] = json.loads(expected_file.read_text(encoding="utf-8"))
    expected = {name: Content(**content) for name, content in said["tables"].items()}
    problems = problems_in(file, expected, tuple(said.get("own_names", ())))
    sys.stdout.write(json.dumps({"problems": problems}) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
