"""Listing, proving, rolling back, comparing and asking snapshots."""

import random
from types import SimpleNamespace

import duckdb
import pytest

from dagster_project.errors import SnapshotDamaged, StepFailed, UsageError
from dagster_project.paths import ProductPaths
from dagster_project.publishing.difference import TableDifference, diff_snapshots
from dagster_project.publishing.manifest import read_all, read_current
from dagster_project.publishing.relations import Content, content_of, relations_in
from dagster_project.publishing.snapshots import list_snapshots, query_snapshot, rollback, verify_snapshot
from dagster_project.publishing.verify import main, problems_in


@pytest.fixture
def paths(published_twice):
    return published_twice


@pytest.fixture
def two(paths):
    """The earlier snapshot and the served one."""
    earlier, served = read_all(paths)
    return tuple(SimpleNamespace(snapshot_id=m.snapshot_id, file=paths.published / m.file) for m in (earlier, served))


def contents_of(file):
    with duckdb.connect(str(file), read_only=True) as con:
        (catalog,) = con.execute("select current_database()").fetchall()[0]
        return {relation.name: content_of(con, catalog, relation) for relation in relations_in(con, catalog)}


def test_snapshots_are_listed_newest_first_and_one_is_served(paths, two):
    listed = list_snapshots(paths)
    assert [(kept.manifest.snapshot_id, kept.is_served) for kept in listed] == [
        (two[1].snapshot_id, True),
        (two[0].snapshot_id, False),
    ]
    assert listed[0].size == two[1].file.stat().st_size


def test_rollback_serves_the_one_before_and_says_where_it_came_from(paths, two):
    manifest = rollback(paths)
    assert manifest.snapshot_id == read_current(paths).snapshot_id == two[0].snapshot_id
    assert manifest.rolled_back_from == two[1].snapshot_id
    assert (
        query_snapshot(paths, "select min(yhat) as y from forecast_latest where unique_id = 'total'")["y"][0].as_py()
        == 100.625
    )


def test_rollback_to_a_named_snapshot_also_goes_forward_again(paths, two):
    rollback(paths)
    assert rollback(paths, two[1].snapshot_id).snapshot_id == two[1].snapshot_id


def test_a_publish_after_a_rollback_gets_a_new_number(paths, two, publish_now):
    rollback(paths)
    again = publish_now(paths)
    assert not again.unchanged
    assert again.snapshot_id > two[1].snapshot_id


def test_rollback_passes_over_a_damaged_snapshot(paths, two, publish_now, example):
    example.build_warehouse(paths.warehouse, shift=2.0)
    publish_now(paths)
    two[1].file.chmod(0o644)
    two[1].file.write_bytes(two[1].file.read_bytes()[:-1])
    assert rollback(paths).snapshot_id == two[0].snapshot_id


def test_rollback_with_a_damaged_pointer_finds_the_newest_intact_snapshot(paths, two):
    paths.current.write_text("{half")
    assert rollback(paths).snapshot_id == two[1].snapshot_id


def test_rollback_without_an_earlier_snapshot_says_so(published):
    with pytest.raises(StepFailed, match="an intact snapshot before the served one"):
        rollback(published)


@pytest.mark.parametrize("wanted", ["000099-0123456789", "../../warehouse", ""])
def test_an_unknown_snapshot_is_refused_with_the_ones_kept(paths, two, wanted):
    with pytest.raises(StepFailed, match=two[0].snapshot_id):
        diff_snapshots(paths, wanted, two[0].snapshot_id)


def test_an_intact_snapshot_is_proved_and_every_flipped_bit_is_found(paths, two):
    assert verify_snapshot(paths).snapshot_id == two[1].snapshot_id
    whole = two[1].file.read_bytes()
    two[1].file.chmod(0o644)
    for seed in range(20):
        damaged = bytearray(whole)
        damaged[random.Random(seed).randrange(len(whole))] ^= 1 << seed % 8
        two[1].file.write_bytes(damaged)
        with pytest.raises(SnapshotDamaged, match="SHA-256"):
            verify_snapshot(paths)


def test_what_changed_between_two_snapshots_is_counted_by_key(published, publish_now):
    first = read_current(published)
    with duckdb.connect(str(published.warehouse)) as con:
        con.execute("delete from marts.dim_calendar where ds = '2024-05-01'")
        con.execute("update marts.forecast_latest set yhat = yhat + 0.25 where unique_id = 'total'")
        con.execute(
            "insert into marts.fct_observations select * replace (ds + 1 as ds) from marts.fct_observations where ds = '2024-06-30'"
        )
        con.execute("update marts.fct_forecasts set generated_at = timestamp '2030-01-01 00:00:00'")
    second = publish_now(published)
    assert diff_snapshots(published, first.snapshot_id, second.snapshot_id) == [
        TableDifference("marts.dim_calendar", 89, 88, 0, 1, 0),
        TableDifference("marts.fct_observations", 720, 732, 12, 0, 0),
        TableDifference("marts.forecast_latest", 420, 420, 0, 0, 28),
    ]
    assert diff_snapshots(published, first.snapshot_id, first.snapshot_id) == []


def test_a_query_reads_the_served_snapshot_by_plain_table_names(paths, two):
    answer = query_snapshot(paths, "select count(*) as n from checks where severity = $severity", {"severity": "warn"})
    assert answer.to_pylist() == [{"n": 1}]
    old = query_snapshot(paths, "select max(yhat) as y from forecast_latest", snapshot_id=two[0].snapshot_id)
    new = query_snapshot(paths, "select max(yhat) as y from forecast_latest")
    assert new["y"][0].as_py() == old["y"][0].as_py() + 1


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "copy marts.dim_series to '/tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "set memory_limit = '1TB'",
        "delete from marts.dim_series",
        "create table marts.x as select 1",
        "select * from no_such_table",
        "create temp table x as select 1",
    ],
)
def test_a_query_can_do_nothing_but_read_the_snapshot(paths, two, sql):
    before = two[1].file.read_bytes()
    if sql.startswith("create temp"):
        with pytest.raises(UsageError, match="a statement without rows"):
            query_snapshot(paths, sql)
    else:
        with pytest.raises(UsageError, match="DuckDB's answer"):
            query_snapshot(paths, sql)
    assert two[1].file.read_bytes() == before


def test_nothing_published_is_said_in_words(tmp_path):
    with pytest.raises(StepFailed, match=r"forecast --product demo run"):
        query_snapshot(ProductPaths(tmp_path, "demo"), "select 1")


def test_verify_finds_missing_rows_other_values_and_a_write_ahead_log(paths, two, tmp_path):
    expected = contents_of(two[1].file)
    assert problems_in(two[1].file, expected) == []
    short = {**expected, "marts.dim_series": Content(expected["marts.dim_series"].columns, 99, "99:1")}
    assert problems_in(two[1].file, short) == ["marts.dim_series has 16 rows instead of 99"]
    other = {**expected, "marts.dim_series": Content(expected["marts.dim_series"].columns, 16, "16:1")}
    assert problems_in(two[1].file, other) == [
        "marts.dim_series has the right number of rows, and other values than the warehouse"
    ]
    assert "marts.gone is missing" in problems_in(
        two[1].file, {**expected, "marts.gone": Content({"a": "BIGINT"}, 1, "1:1")}
    )
    wal = two[1].file.with_name(two[1].file.name + ".wal")
    wal.touch()
    assert "part of the data is not in the snapshot" in problems_in(two[1].file, expected)[0]


def test_verify_says_when_a_file_cannot_be_read(tmp_path, capsys):
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"not a database" * 1000)
    assert "does not open" in problems_in(broken, {})[0]
    assert main([str(broken)]) == 2
