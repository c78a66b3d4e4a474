"""What dbt's tests found at fault can be looked at afterwards, with the run in which it was found."""

import json

import duckdb
import pytest

from dagster_project.paths import ProductPaths
from dagster_project.pipeline.failed_rows import KEPT_LAUNCHES, ROWS_PER_TEST, failed_tests, keep_failed_rows
from dagster_project.warehouse import Warehouse

TABLE = (
    "create table forecasting.failed_rows (run_id varchar, launch_id varchar, step varchar, test_name varchar, "
    "tested varchar, severity varchar, n_failures bigint, row_number integer, failed_row varchar)"
)
DOUBLED = (
    "select unique_id, ds, count(*) as n from marts.fct_observations group by all having count(*) > 1 order by all"
)


@pytest.fixture
def paths(tmp_path):
    paths = ProductPaths(tmp_path, "demo").create()
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("create schema forecasting; create schema marts")
        con.execute(TABLE)
        con.execute("create table marts.fct_observations as select 'a' as unique_id, date '2024-01-01' as ds, 1.0 as y")
        con.execute("insert into marts.fct_observations select 'b', date '2024-01-02', 2 from range(3)")
    return paths


def result(name, status, sql="select 1", failures=1):
    return {"unique_id": f"test.forecast.{name}.0", "status": status, "failures": failures, "compiled_code": sql}


def invoked(paths, *results):
    """What a dbt invocation leaves in its target folder."""
    target = paths.root / "dbt_target"
    target.mkdir(exist_ok=True)
    model = {"unique_id": "model.forecast.fct_observations", "status": "success", "failures": None}
    (target / "run_results.json").write_text(json.dumps({"results": [model, *results]}))
    nodes = {item["unique_id"]: {"attached_node": "model.forecast.fct_observations"} for item in results}
    (target / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    return failed_tests(target)


def kept(paths, columns="*"):
    return Warehouse(paths.warehouse).read(f"select {columns} from forecasting.failed_rows order by rowid").to_pylist()


def test_the_keys_at_fault_are_kept_with_the_run(paths):
    tests = invoked(paths, result("unique_key", "fail", DOUBLED), result("fresh", "pass"))

    assert keep_failed_rows(paths, tests, run_id="abc", launch_id="dagster-1", step="features") == 1

    (row,) = kept(paths)
    assert json.loads(row.pop("failed_row")) == {"unique_id": "b", "ds": "2024-01-02", "n": 3}
    assert row == {
        "run_id": "abc",
        "launch_id": "dagster-1",
        "step": "features",
        "test_name": "unique_key",
        "tested": "fct_observations",
        "severity": "error",
        "n_failures": 1,
        "row_number": 1,
    }


def test_a_green_build_keeps_nothing(paths):
    tests = invoked(paths, result("unique_key", "pass", DOUBLED, 0))
    assert keep_failed_rows(paths, tests, run_id="abc", launch_id="dagster-1", step="features") == 0
    assert kept(paths) == []


def test_many_rows_are_kept_as_a_sample_beside_their_number(paths):
    tests = invoked(paths, result("in_range", "warn", "select range as i from range(5000)", 5000))

    keep_failed_rows(paths, tests, run_id="abc", launch_id="dagster-1", step="marts")

    rows = kept(paths)
    assert len(rows) == ROWS_PER_TEST
    assert {(row["severity"], row["n_failures"]) for row in rows} == {("warn", 5000)}
    assert [row["row_number"] for row in rows] == list(range(1, ROWS_PER_TEST + 1))


def test_a_test_whose_table_is_gone_is_told_by_its_reason(paths):
    tests = invoked(paths, result("fresh", "fail", "select * from marts.not_built"))
    keep_failed_rows(paths, tests, run_id="abc", launch_id="dagster-1", step="marts")
    assert "not_built" in json.loads(kept(paths)[0]["failed_row"])["not_read"]


def test_old_launches_make_room(paths):
    tests = invoked(paths, result("unique_key", "fail", DOUBLED))
    for launch in range(KEPT_LAUNCHES + 2):
        keep_failed_rows(paths, tests, run_id=f"r{launch}", launch_id=f"dagster-{launch}", step="features")
    assert [row["run_id"] for row in kept(paths, "run_id")] == [f"r{i}" for i in range(2, KEPT_LAUNCHES + 2)]
