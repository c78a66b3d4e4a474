"""What a publish leaves for readers, and what it refuses."""

import json
import os
import stat

import duckdb
import pyarrow.parquet as pq
import pytest

from dagster_project.errors import GateRefused, WarehouseBusy
from dagster_project.locks import writer_lock
from dagster_project.publishing.durable import sha256_of
from dagster_project.publishing.manifest import read_current


def change(paths, sql):
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute(sql)


def test_the_pointer_says_what_is_served(paths, publish_now, example):
    done = publish_now(paths)
    pointer = json.loads(paths.current.read_text())
    assert {
        "snapshot_id", "file", "sha256", "tables", "data_as_of", "cutoff", "model_version", "published_at", "run_id",
        "code_version", "schema_version",
    } <= set(pointer)  # fmt: skip
    assert pointer["snapshot_id"] == done.snapshot_id
    assert (pointer["cutoff"], pointer["model_version"]) == (example.CUTOFF, example.LINEAGE.model_version)
    assert pointer["published_at"] == "2024-07-01T05:12:09+00:00"
    assert pointer["tables"]["marts.forecast_latest"] == 15 * 28
    file = paths.published / pointer["file"]
    assert sha256_of(file) == pointer["sha256"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o444
    assert not list(paths.published.glob("*.wal"))
    assert not list(paths.published.glob(".snap*"))


def test_the_snapshot_holds_the_serving_schemas_without_unused_slots(paths, publish_now):
    with duckdb.connect(str(publish_now(paths).file), read_only=True) as con:
        tables = {
            f"{s}.{t}"
            for s, t in con.execute("select table_schema, table_name from information_schema.tables").fetchall()
        }
        columns = [name for (name, *_) in con.execute("describe marts.dim_series").fetchall()]
        kinds = dict(
            con.execute(
                "select table_name, table_type from information_schema.tables where table_schema = 'compat'"
            ).fetchall()
        )
        assert con.execute("select count(*) from compat.bigquery_ml").fetchall() == [(15 * 28,)]
    assert {"marts.forecast_latest", "registry.model_versions", "monitoring.checks", "compat.bigquery_ml"} <= tables
    assert not any(table.startswith("features.") for table in tables)
    assert {"store", "product", "category"} <= set(columns)
    assert not {"key_3", "key_4", "attribute_2"} & set(columns)
    assert kinds == {"bigquery_ml": "VIEW", "needs_unpublished": "BASE TABLE"}


def test_a_view_loses_its_unused_slots_and_stays_a_view(paths, publish_now):
    change(paths, "create view compat.keyed as select unique_id, null::varchar as key_3 from marts.dim_series")
    with duckdb.connect(str(publish_now(paths).file), read_only=True) as con:
        assert [name for (name, *_) in con.execute("describe compat.keyed").fetchall()] == ["unique_id"]
        assert con.execute("select count(*) from duckdb_views() where view_name = 'keyed'").fetchall() == [(1,)]


def test_a_view_of_the_marts_is_published_as_the_rows_that_it_hands_on(paths, publish_now):
    change(paths, "create schema forecasting")
    change(paths, "create table forecasting.said as select unique_id, ds, yhat from marts.forecast_latest")
    change(paths, "create view marts.handed_on as select * from forecasting.said")
    first = publish_now(paths)
    assert publish_now(paths).unchanged
    change(paths, "update forecasting.said set yhat = yhat + 1e-9 where unique_id = 'total'")
    second = publish_now(paths)
    assert (first.unchanged, second.unchanged) == (False, False)
    for done, changed in ((first, 0), (second, 28)):
        with duckdb.connect(str(done.file), read_only=True) as con:
            assert con.execute("select count(*) from duckdb_tables() where table_name = 'handed_on'").fetchall() == [
                (1,)
            ]
            assert con.execute(
                "select count(*) from marts.handed_on join marts.forecast_latest using (unique_id, ds) "
                "where handed_on.yhat <> forecast_latest.yhat"
            ).fetchall() == [(changed,)]


def test_a_name_that_only_looks_like_an_unused_slot_is_kept(paths, publish_now, example, monkeypatch):
    monkeypatch.setattr(example, "CARD", example.CARD.model_copy(update={"attributes": ("category", "attribute_2")}))
    with duckdb.connect(str(publish_now(paths).file), read_only=True) as con:
        assert "attribute_2" in [name for (name, *_) in con.execute("describe marts.dim_series").fetchall()]


def test_parquet_lies_beside_the_snapshot(paths, publish_now):
    done = publish_now(paths)
    folder = paths.published_parquet / done.snapshot_id
    rows = {f"{file.parent.name}.{file.stem}": pq.read_metadata(file).num_rows for file in folder.rglob("*.parquet")}
    assert rows == done.tables


def test_the_same_content_again_changes_nothing(published, publish_now, example):
    first = read_current(published)
    pointer = published.current.read_bytes()
    example.build_warehouse(published.warehouse)
    second = publish_now(published)
    assert second.unchanged
    assert second.snapshot_id == first.snapshot_id
    assert published.current.read_bytes() == pointer
    assert len(list(published.published.glob("snap_*.duckdb"))) == 1


def test_when_something_was_made_or_what_it_cost_is_no_other_content(published, publish_now):
    change(published, "update marts.forecast_latest set generated_at = timestamp '2025-01-01 00:00:00'")
    change(published, "update monitoring.run_cost set wall_s = 99")
    assert publish_now(published).unchanged


@pytest.mark.parametrize(
    "sql",
    [
        "update marts.forecast_latest set yhat = yhat + 1e-9, q50 = q50 + 1e-9 where unique_id = 'total'",
        "alter table marts.fct_accuracy add column note varchar",
        "insert into monitoring.prediction_log values ('r', 'total', 200)",
    ],
)
def test_one_changed_value_column_or_row_is_another_snapshot(published, publish_now, sql):
    first = read_current(published)
    change(published, sql)
    second = publish_now(published)
    assert not second.unchanged
    assert second.snapshot_id > first.snapshot_id


def test_a_damaged_served_file_is_published_anew(published, publish_now):
    file = published.published / read_current(published).file
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-4096])
    second = publish_now(published)
    assert not second.unchanged
    assert sha256_of(second.file) == read_current(published).sha256


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("update marts.forecast_latest set yhat = 'nan' where unique_id = 'total'", "yhat is NaN or infinite in 28 rows"),
        ("update marts.fct_accuracy set value = '-inf'", "value is NaN or infinite"),
        ("update marts.forecast_latest set q10 = q90 + 1", "q10 above q50"),
        ("update marts.fct_forecast_quantiles set yhat = -1e6 where quantile_level = 0.9", "quantiles below a lower one"),
        ("insert into marts.dim_series select * from marts.dim_series where unique_id = 'total'", "1 keys (unique_id)"),
        ("update marts.forecast_latest set yhat = null where ds = '2024-07-01'", "yhat is null in 15 rows"),
        ("alter table marts.forecast_latest drop column forecast_source", "lacks the contracted columns forecast_source"),
        ("drop table marts.forecast_latest cascade", "marts.forecast_latest is missing"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_refused_and_the_served_snapshot_stays(published, publish_now, sql, said):
    before = published.current.read_bytes()
    change(published, "drop view compat.bigquery_ml")
    change(published, sql)
    with pytest.raises(GateRefused, match=said.replace("(", r"\(").replace(")", r"\)")):
        publish_now(published)
    assert published.current.read_bytes() == before
    assert not list(published.published.glob(".snap*"))


def test_verification_happens_in_another_process(paths, publish_now, monkeypatch):
    started = []
    import subprocess

    real = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda command, **options: started.append(command) or real(command, **options)
    )
    publish_now(paths)
    assert [command[1:3] for command in started] == [["-m", "dagster_project.publishing.verify"]]


def test_only_the_newest_snapshots_are_kept_with_their_parquet(paths, publish_now, example):
    ids = []
    for shift in range(5):
        example.build_warehouse(paths.warehouse, shift=shift)
        ids.append(publish_now(paths, keep=3).snapshot_id)
    assert sorted(file.stem.removeprefix("snap_") for file in paths.published.glob("snap_*.duckdb")) == ids[-3:]
    assert sorted(file.stem.removeprefix("snap_") for file in paths.published.glob("snap_*.json")) == ids[-3:]
    assert sorted(folder.name for folder in paths.published_parquet.iterdir()) == ids[-3:]


def test_keep_one_leaves_the_served_snapshot_alone(paths, publish_now, example):
    publish_now(paths, keep=1)
    example.build_warehouse(paths.warehouse, shift=1)
    last = publish_now(paths, keep=1)
    assert [file.stem for file in paths.published.glob("snap_*.duckdb")] == [f"snap_{last.snapshot_id}"]


def test_a_full_disk_leaves_the_served_snapshot_and_no_part_of_the_new_one(published, publish_in_process, example):
    before = published.current.read_bytes()
    example.build_warehouse(published.warehouse, shift=1)
    done = publish_in_process(published, file_limit=200_000)
    assert done.returncode == 1
    assert "StepFailed: Expected room and rights to write the new snapshot" in done.stderr
    assert published.current.read_bytes() == before
    assert not list(published.published.glob(".snap*"))
    assert publish_in_process(published).stdout.split()[1] == "False"


def test_another_writer_stops_a_publish_and_is_named(paths, publish_in_process):
    with writer_lock(paths, "dbt build of marts"):
        os.environ.pop("FORECAST_LOCK_HOLDER")
        done = publish_in_process(paths)
    assert done.returncode == 1
    assert f"process {os.getpid()} at work on: dbt build of marts" in done.stderr
    assert WarehouseBusy.__name__ in done.stderr
