"""Names as numbers: the same rows as with names, each name held once."""

from pathlib import Path

import pyarrow as pa
import pytest

from dagster_project.pipeline.coded_reading import SeriesNames, coded_table
from dagster_project.warehouse import Warehouse

NODES = "select unique_id, y from nodes where y >= $least order by y"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", memory_limit="512MB", threads=1)
    with warehouse.connect() as con:
        con.execute("create schema marts")
        con.execute(
            "create table marts.dim_series as from (values (7, 'b'), (3, 'c'), (11, 'a')) as s (series_number, unique_id)"
        )
        con.execute("create table nodes as select chr(97 + range::int % 3) as unique_id, range as y from range(5000)")
    return warehouse


def test_parts_with_dictionaries_of_their_own_become_one_table(warehouse, monkeypatch):
    monkeypatch.setattr("dagster_project.warehouse._ROWS_OF_A_PART", 2048)
    found = coded_table(warehouse, NODES, {"least": 1})
    assert found.column("unique_id").num_chunks > 1
    assert len({tuple(chunk.dictionary.to_pylist()) for chunk in found.column("unique_id").chunks}) == 1
    plain = warehouse.read(NODES, {"least": 1})
    assert found.column("unique_id").cast(pa.string()).to_pylist() == plain.column("unique_id").to_pylist()
    assert found.column("y").to_pylist() == plain.column("y").to_pylist()


def test_no_rows_are_no_table(warehouse):
    assert coded_table(warehouse, NODES, {"least": 5000}) is None


def test_numbers_become_names_and_an_unknown_number_is_refused(warehouse):
    names = SeriesNames(warehouse)
    rows = pa.table({"y": [1.0, 2.0, 3.0], "series_number": [11, 3, 7]})
    assert names.named(rows).column("unique_id").cast(pa.string()).to_pylist() == ["a", "c", "b"]
    for unknown in (5, 12):
        with pytest.raises(KeyError, match=r"numbers of series in marts\.dim_series"):
            names.named(pa.table({"series_number": [unknown]}))
