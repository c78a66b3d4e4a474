"""The rows that dbt's tests found at fault, kept with the run in which they were found.

dbt can store failures itself, as one table per test, empty or not; that costs every green run a table per test. Here
the queries of the tests that failed or warned are asked once more, so a run without failures pays nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dagster_project.paths import ProductPaths
from dagster_project.warehouse import Warehouse

TABLE = "forecasting.failed_rows"
# Enough to see the pattern; the number of all of them stands beside it.
ROWS_PER_TEST = 100
KEPT_LAUNCHES = 30
SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("launch_id", pa.string()),
        ("step", pa.string()),
        ("test_name", pa.string()),
        ("tested", pa.string()),
        ("severity", pa.string()),
        ("n_failures", pa.int64()),
        ("row_number", pa.int32()),
        ("failed_row", pa.string()),
    ]
)
_FORGET_OLD = f"""
    delete from {TABLE} where launch_id not in (
        select launch_id from {TABLE} group by launch_id order by max(rowid) desc limit {KEPT_LAUNCHES}
    )
"""  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class FailedTest:
    """One dbt test that found rows: its name, what it tests, `warn` or `error`, how many rows, and its query."""

    name: str
    tested: str
    severity: str
    n_failures: int
    sql: str


def failed_tests(target: Path) -> list[FailedTest]:
    """The tests of the dbt invocation in this target folder that found rows, in the order of their names."""
    results = target / "run_results.json"
    if not results.exists():
        return []
    found = [
        result
        for result in json.loads(results.read_text(encoding="utf-8"))["results"]
        if result["unique_id"].startswith("test.") and result["status"] in {"fail", "warn"} and result["compiled_code"]
    ]
    if not found:
        return []
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    tests = [
        FailedTest(
            name=result["unique_id"].split(".")[2],
            tested=_tested(nodes.get(result["unique_id"], {})),
            severity="warn" if result["status"] == "warn" else "error",
            n_failures=int(result["failures"] or 0),
            sql=result["compiled_code"],
        )
        for result in found
    ]
    return sorted(tests, key=lambda test: test.name)


def keep_failed_rows(
    paths: ProductPaths, tests: Sequence[FailedTest], *, run_id: str, launch_id: str, step: str
) -> int:
    """Keep the rows that these tests found; how many were kept.

    `launch_id` is Dagster's id of the run. `run_id` is ours; a build that stopped before its cutoff was known has none
    and gives the id of the launch instead.
    """
    warehouse = Warehouse(paths.warehouse)
    if not tests or not warehouse.exists(TABLE):
        return 0
    stamp = {"run_id": run_id, "launch_id": launch_id, "step": step}
    with warehouse.connect(read_only=True) as connection:
        rows = [stamp | row for test in tests for row in _rows_of(connection, test)]
    warehouse.append(TABLE, pa.Table.from_pylist(rows, SCHEMA))
    warehouse.execute(_FORGET_OLD)
    return len(rows)


def _rows_of(connection: duckdb.DuckDBPyConnection, test: FailedTest) -> Iterator[dict[str, Any]]:
    about = {
        "test_name": test.name,
        "tested": test.tested,
        "severity": test.severity,
        "n_failures": test.n_failures,
    }
    try:
        found = connection.execute(
            f"select to_json(failed)::varchar from ({test.sql}) as failed limit {ROWS_PER_TEST}"  # noqa: S608 - dbt's own query
        ).fetchall()
    except duckdb.Error as error:
        # The rows of a test that can no longer be asked are told by its name and the reason.
        found = [(json.dumps({"not_read": str(error).splitlines()[0]}),)]
    for number, (row,) in enumerate(found, 1):
        yield {**about, "row_number": number, "failed_row": row}


def _tested(node: Mapping[str, Any]) -> str:
    attached = node.get("attached_node") or next(iter(node.get("depends_on", {}).get("nodes", [])), "")
    # model.forecast.dim_series, source.forecast.demo_shop.order_lines
    return ".".join(str(attached).split(".")[2:]) or "several"
