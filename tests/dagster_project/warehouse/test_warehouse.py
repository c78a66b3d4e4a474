"""The working warehouse: whole runs replaced, types kept, one writer, and nobody else's lock dropped."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dagster_project.errors import StepFailed, WarehouseBusy
from dagster_project.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", memory_limit="512MB", threads=1)
    with warehouse.connect() as con:
        con.execute("create schema forecasting")
        con.execute(
            "create table forecasting.forecasts (unique_id varchar, ds date, yhat double, h integer, run_id varchar)"
        )
    return warehouse


def at(text):
    return dt.datetime.fromisoformat(text)


def rows(run_id="r1", **columns):
    table = {"yhat": [1.5, 2.5], "unique_id": ["a", "b"], "ds": [at("2024-01-01"), at("2024-01-02")]}
    return pa.table({**table, "run_id": [run_id, run_id], **columns})


def everything(warehouse):
    return warehouse.read("select * from forecasting.forecasts order by all").to_pylist()


def test_rows_are_matched_by_name_and_cast_to_the_tables_types(warehouse):
    assert warehouse.replace_run("forecasting.forecasts", rows(), "r1") == 2
    assert everything(warehouse)[0] == {
        "unique_id": "a",
        "ds": dt.date(2024, 1, 1),
        "yhat": 1.5,
        "h": None,
        "run_id": "r1",
    }


def test_a_repeated_run_leaves_what_one_run_leaves(warehouse):
    warehouse.replace_run("forecasting.forecasts", rows("r0"), "r0")
    warehouse.replace_run("forecasting.forecasts", rows(), "r1")
    once = everything(warehouse)
    warehouse.replace_run("forecasting.forecasts", rows(), "r1")
    assert everything(warehouse) == once


def test_the_run_id_is_added_when_the_rows_lack_it(warehouse):
    warehouse.replace_run("forecasting.forecasts", rows().drop_columns(["run_id"]), "r9")
    assert {row["run_id"] for row in everything(warehouse)} == {"r9"}


def test_what_comes_in_parts_is_written_in_one_piece(warehouse):
    names = pa.array(["a", "b", "c"])

    def parts(*, last):
        for code in (2, 0):
            yield pa.table({"unique_id": pa.DictionaryArray.from_arrays(pa.array([code, 1]), names), "h": [1, 2]})
        yield pa.table({"unique_id": ["d"], "h": [last]})

    assert warehouse.replace_run("forecasting.forecasts", parts(last="3"), "r1") == 5
    assert [(row["unique_id"], row["h"]) for row in everything(warehouse)] == [
        ("a", 1),
        ("b", 2),
        ("b", 2),
        ("c", 1),
        ("d", 3),
    ]
    before = everything(warehouse)
    with pytest.raises(StepFailed, match="Nothing was written"):
        warehouse.replace_run("forecasting.forecasts", parts(last="three"), "r1")
    assert everything(warehouse) == before


def test_an_error_while_parts_are_made_leaves_the_runs_old_rows(warehouse):
    warehouse.replace_run("forecasting.forecasts", rows(), "r1")
    before = everything(warehouse)

    def broken():
        yield rows()
        raise RuntimeError("no more parts")

    with pytest.raises(RuntimeError, match="no more parts"):
        warehouse.replace_run("forecasting.forecasts", broken(), "r1")
    assert everything(warehouse) == before


def test_append_keeps_what_is_there(warehouse):
    warehouse.append("forecasting.forecasts", rows())
    warehouse.append("forecasting.forecasts", rows())
    assert len(everything(warehouse)) == 4


def test_a_failed_write_leaves_the_runs_old_rows(warehouse):
    warehouse.replace_run("forecasting.forecasts", rows(), "r1")
    with pytest.raises(StepFailed, match="rows that fit"):
        warehouse.replace_run("forecasting.forecasts", rows(h=["1", "two"]), "r1")
    assert len(everything(warehouse)) == 2


@pytest.mark.parametrize(
    ("table", "given", "said"),
    [
        ("forecasting.forecasts", rows(colour=["red", "blue"]), "also colour"),
        ("forecasting.forecasts", rows("another"), "rows of \\['another'\\]"),
        ("forecasting.nothing", rows(), "Run `dbt build` first"),
        (
            "forecasting.forecasts",
            rows(ds=[at("2024-01-01 06:00"), at("2024-01-02")]),
            "1 values with a time of day",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(warehouse, table, given, said):
    with pytest.raises(StepFailed, match=said):
        warehouse.replace_run(table, given, "r1")
    assert everything(warehouse) == []


def test_a_step_leaves_nothing_in_the_write_ahead_log(warehouse):
    warehouse.replace_run("forecasting.forecasts", rows(), "r1")
    assert not warehouse.path.with_name("warehouse.duckdb.wal").exists()


def test_rebuilding_a_table_many_times_does_not_grow_the_file_for_ever(warehouse):
    big = pa.table({"unique_id": [f"s{i}" for i in range(50_000)], "yhat": [float(i) for i in range(50_000)]})
    warehouse.replace_run("forecasting.forecasts", big, "r1")
    once = warehouse.path.stat().st_size
    for _ in range(15):
        warehouse.replace_run("forecasting.forecasts", big, "r1")
    assert warehouse.path.stat().st_size <= 3 * once


def test_queries_take_parameters_and_come_back_as_arrow(warehouse):
    warehouse.append("forecasting.forecasts", rows())
    answer = warehouse.read("select yhat from forecasting.forecasts where unique_id = $id", {"id": "b"})
    assert isinstance(answer, pa.Table)
    assert answer.to_pylist() == [{"yhat": 2.5}]


def test_row_counts_and_types_are_told_by_table(warehouse):
    warehouse.append("forecasting.forecasts", rows())
    assert warehouse.row_counts() == {"forecasting.forecasts": 2}
    assert warehouse.column_types("forecasting.forecasts")["ds"] == "DATE"
    assert (warehouse.exists("forecasting.forecasts"), warehouse.exists("forecasting.no")) == (True, False)


def test_reading_what_was_never_built_says_what_to_run(tmp_path):
    with pytest.raises(StepFailed, match="forecast run"):
        Warehouse(tmp_path / "warehouse.duckdb").read("select 1")
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "warehouse.duckdb").write_bytes(b"x" * 20_000)
    with pytest.raises(StepFailed, match=r"file warehouse.duckdb\). Move the file away"):
        Warehouse(tmp_path / "warehouse.duckdb").read("select 1")


def test_a_program_that_holds_the_file_is_named_and_the_way_out_with_it(warehouse):
    code = f"import duckdb, sys; con = duckdb.connect({str(warehouse.path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match=rf"process {holder.pid}\b.*DBeaver.*published snapshot"):
            warehouse.replace_run("forecasting.forecasts", rows(), "r1")
        holder.stdin.close()


def test_memory_and_threads_are_bounded(warehouse):
    with warehouse.connect() as con:
        assert con.execute("select current_setting('threads'), current_setting('memory_limit')").fetchall() == [
            (1, "488.2 MiB")
        ]


def test_no_code_opens_the_warehouse_file(warehouse, monkeypatch):
    """open() and close() in a connected process drop DuckDB's lock, and the other writer's commits with it."""
    import builtins
    import io

    opened = []
    for module in (builtins, io):
        real = module.open
        monkeypatch.setattr(
            module, "open", lambda file, *a, real=real, **k: opened.append(str(file)) or real(file, *a, **k)
        )
    warehouse.append("forecasting.forecasts", rows())
    warehouse.read("select 1")
    assert str(warehouse.path) not in opened


def test_the_attached_warehouse_cannot_be_written(warehouse):
    with warehouse.attached() as (con, catalog), pytest.raises(duckdb.Error, match="read-only"):
        con.execute(f"create table {catalog}.forecasting.other as select 1 as a")
