"""Wrong files: each gets its clear error, goes to quarantine, and leaves the last state as it was."""

import datetime as dt
import gzip
import json
import os

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_machine

from dagster_project.ingest import verify_snapshots
from dagster_project.product import load_product
from tests.dagster_project.ingest.shop import AS_OF, GOOD, HEADER, ROWS, Shop


def parquet_of(**columns):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


PARQUET = parquet_of(date=["2026-02-01"] * 500, shop=["A"] * 500, sold=[1.0] * 500, promo=[0] * 500)

# file name, content, what the message must say (in any order)
FAULTS = {
    "F32 zero bytes": ("sales.csv", b"", ["an empty file (0 bytes)", "sales.csv"]),
    "F32 gzip around nothing": ("sales.csv.gz", gzip.compress(b""), ["gzip around nothing"]),
    "F32 header only": ("sales.csv", HEADER + "\n", ["at least one row", "nothing below it"]),
    "F32 header only parquet": ("sales.parquet", parquet_of(date=[], shop=[], sold=[], promo=[]), ["at least one row"]),
    "F32 cut in a row": (
        "sales.csv",
        GOOD[: GOOD.rindex(",A,") + 2],
        ["4 fields in every row", "2; the row is cut off", "row 55"],
    ),
    "F32 cut in a quote": ("sales.csv", GOOD + '2026-03-01,"A', ["sales.csv"]),
    "F32 too many fields": (
        "sales.csv",
        GOOD + "2026-03-01,A,1,000,0\n",
        ["4 fields in every row", "found 5", "row 57"],
    ),
    "F32 cut gzip": ("sales.csv.gz", gzip.compress(GOOD.encode() * 50)[:-40], ["a whole gzip file", "ends too early"]),
    "F32 damaged gzip": ("sales.csv.gz", gzip.compress(GOOD.encode())[:30] + b"xx", ["a whole gzip file"]),
    "F32 cut parquet": ("sales.parquet", PARQUET[: len(PARQUET) // 2], ["a whole Parquet file", "damaged or cut"]),
    "F32 parquet without end": ("sales.parquet", PARQUET[:-4], ["a whole Parquet file"]),
    "F32 excel": ("sales.xlsx", b"PK\x03\x04rest", ["an Excel or zip file", "Save it as CSV"]),
    "F32 unknown file": ("turnover.csv", GOOD, ["observations: sales*", "file turnover.csv", "ignored_files"]),
    "F36 missing column": (
        "sales.csv",
        "date,shop,promo\n2026-02-01,A,1\n",
        ["column 'sold'", "'date', 'shop', 'promo'"],
    ),
    "F36 renamed column": (
        "sales.csv",
        GOOD.replace("sold", "units_sold", 1),
        ["'units_sold' instead of 'sold'", "renamed?"],
    ),
    "F36 changed case": ("sales.csv", GOOD.replace("sold", "Sold", 1), ["'Sold' instead of 'sold'"]),
    "F36 no header": ("sales.csv", "\n".join(ROWS), ["column 'shop', 'date', 'sold', 'promo'", "'2026-02-01'"]),
    "F36 doubled header": ("sales.csv", GOOD.replace("promo", "sold", 1), ["every column once", "'sold'"]),
    "F36 doubled but for case": ("sales.csv", "date,shop,sold,promo,Promo\n2026-02-01,A,1,0,0\n", ["'Promo', 'promo'"]),
    "F36 our own column": ("sales.csv", GOOD.replace("promo", "promo,_as_of", 1), ["names that ingest adds", "_as_of"]),
    "F36 text for numbers": (
        "sales.csv",
        "\n".join([HEADER, *(row.replace(",A,", ",A,x") for row in ROWS)]),
        ["finite numbers", "'x2'", "28 of 56 rows", "row 1", "column 'sold'"],
    ),
    "F38 decimal commas": (
        "sales.csv",
        GOOD.replace(",", ";").replace(";0\n", ",5;0\n").replace(";1\n", ",5;1\n"),
        ["'2,5'", "56 of 56 rows", "with a decimal point"],
    ),
    "F41 american dates": (
        "sales.csv",
        "\n".join([HEADER, *(f"02/{day:02d}/2026,A,1,0" for day in range(1, 29))]),
        ["'02/01/2026'", "column 'date'", "28 of 28 rows"],
    ),
    "F40 no key in most rows": (
        "sales.csv",
        GOOD.replace(",A,", ",,").replace(",B,", ",,"),
        ["a value in every row", "'shop'"],
    ),
    "F37 all numbers infinite": (
        "sales.csv",
        "\n".join([HEADER, *(f"2026-02-{day:02d},A,1e400,0" for day in range(1, 29))]),
        ["'1e400'", "finite numbers"],
    ),
    "F40 nul": ("sales.csv", GOOD.encode().replace(b",A,14", b",A\0,14"), ["a NUL character", "row 13"]),
    "F39 ten thousand columns": (
        "sales.csv",
        ",".join([HEADER, *(f"c{number}" for number in range(10_000))]) + "\n",
        ["at most 2,000 columns", "10,004"],
    ),
    "F39 a field of three megabytes": ("sales.csv", GOOD + f"2026-03-01,{'x' * 3_000_000},1,0\n", ["at most 2 MB"]),
    "F36 nested parquet": (
        "sales.parquet",
        parquet_of(date=["2026-02-01"], shop=["A"], sold=[[1.0]], promo=[0]),
        ["columns of plain values", "column 'sold'"],
    ),
    "F32 utf16 cut in two": ("sales.csv", GOOD.encode("utf-16")[:-1], ["a character cut in two"]),
}


# What is delivered, the rows that arrive, and what the warnings say.
ACCEPTED = {
    "F33 the same file under two names": ({"sales_1.csv": GOOD, "sales_2.csv": GOOD}, 56, ""),
    "F36 an added column": (
        {"sales.csv": "\n".join([HEADER + ",mood", *(row + ",x" for row in ROWS)])}, 56, "added column 'mood'",
    ),
    "F36 columns in another order": ({"sales.csv": "promo,sold,shop,date\n0,1,A,2026-02-01\n"}, 1, ""),
    "F36 an index column without a name": ({"sales.csv": "," + HEADER + "\n0,2026-02-01,A,1,0\n"}, 1, "'unnamed_1'"),
    "F37 one number of many is infinite": ({"sales.csv": GOOD + "2026-03-01,A,inf,0\n"}, 57, "first 'inf'"),
    "F38 one number of many is grouped": ({"sales.csv": GOOD + '2026-03-01,A,"1,234",0\n'}, 57, "first '1,234'"),
    "F38 one number is below zero": ({"sales.csv": GOOD + "2026-03-01,A,-4,0\n"}, 57, "out of range: '-4'"),
    "F39 UTF-8 with a mark": ({"sales.csv": GOOD.encode("utf-8-sig")}, 56, ""),
    "F39 UTF-16": ({"sales.csv": GOOD.encode("utf-16")}, 56, ""),
    "F39 Latin-1": ({"sales.csv": GOOD.replace(",A,", ",Förde,").encode("latin-1")}, 56, ""),
    "F39 line ends of two systems": ({"sales.csv": GOOD.replace("\n", "\r\n", 20)}, 56, ""),
    "F39 a line end and a quote in a value": ({"sales.csv": GOOD + '2026-03-01,"a\n""b""",1,0\n'}, 57, ""),
    "F41 dates of long ago and far ahead": ({"sales.csv": GOOD + "1900-01-01,A,1,0\n9999-12-31,A,1,0\n"}, 58, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_file_arrives_whole_once_and_says_what_is_odd(shop, name):
    files, rows, warning = ACCEPTED[name]
    report = shop.deliver(files)
    assert report.rows == rows == len(shop.rows())
    assert warning in "; ".join(report.warnings)
    before = shop.state()
    assert not shop.deliver(files, as_of=AS_OF.replace(day=2)).changed
    assert shop.state() == before


@pytest.mark.parametrize("days", [-2, 2, 400])
def test_f41_neither_the_clock_of_the_host_nor_that_of_the_file_reaches_a_snapshot(product, tmp_path, days):
    plain, odd = Shop(product, tmp_path / "plain"), Shop(product, tmp_path / "odd")
    plain.deliver({"sales.csv": GOOD})
    moved = AS_OF.replace(tzinfo=dt.UTC) + dt.timedelta(days=days)
    with time_machine.travel(moved):
        (odd.inbox / "sales.csv").write_text(GOOD)
        os.utime(odd.inbox / "sales.csv", (moved.timestamp() + 1e7, moved.timestamp() + 1e7))
        odd.deliver(keep=True)
    assert odd.state() == plain.state()


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_file_is_refused_with_its_reason_and_leaves_the_last_state(shop, name):
    shop.deliver({"sales_before.csv": GOOD})
    before = shop.state()
    file, content, words = FAULTS[name]
    error = shop.refused({file: content}, as_of=AS_OF.replace(day=2))
    for word in words:
        assert word in str(error)
    assert error.exit_code == 1
    assert shop.state() == before
    assert verify_snapshots(shop.paths) == []
    (reason,) = shop.paths.quarantine.glob("*/reason.json")
    assert json.loads(reason.read_text())["message"] == str(error)
    kept = reason.parent / file
    assert kept.read_bytes() == (content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_file_as_the_first_delivery_leaves_nothing(shop, name):
    file, content, _ = FAULTS[name]
    report = shop.refused({file: content}).report
    assert shop.state() == {}
    assert len(report.faults) >= 1
    assert not any(outcome.status == "new" for outcome in report.outcomes)
    assert not list(shop.paths.root.glob(".incoming*")), "what was prepared is forgotten"
    assert not list(shop.paths.root.glob(".decoded*"))


def test_one_wrong_file_holds_the_whole_delivery_back_and_every_fault_is_named(tmp_path):
    shop = Shop(load_product("demo"), tmp_path)
    prices = "product_code,valid_from,list_price\n00100,2023-07-01,2.97\n"
    stores = "store_code,store_name,region,format,opened_date\nS01,Hamburg,North,city,2023-07-01\n"
    error = shop.refused({"prices.csv": prices, "stores.csv": stores.replace("format", "size"), "products.csv": ""})
    report = error.report
    assert {fault.file for fault in report.faults} == {"stores.csv", "products.csv"}
    assert "1 more fault" in str(error)
    assert {outcome.entity: outcome.status for outcome in report.outcomes} == {
        "stores": "rejected",
        "prices": "rejected",
    }
    assert shop.state() == {}


def test_reordered_columns_are_refused_where_the_contract_is_strict(tmp_path):
    shop = Shop(load_product("demo"), tmp_path)
    error = shop.refused({"prices.csv": "valid_from,product_code,list_price\n2023-07-01,00100,2.97\n"})
    assert "product_code, valid_from, list_price" in str(error)
    assert "another order" in str(error)


def test_a_retyped_parquet_column_is_refused_by_name(shop):
    content = parquet_of(date=["2026-02-01"] * 30, shop=["A"] * 30, sold=["none"] * 30, promo=[0] * 30)
    error = shop.refused({"sales.parquet": content})
    assert "column 'sold'" in str(error)
    assert "'none'" in str(error)


def test_files_with_different_headers_are_not_one_delivery(shop):
    error = shop.refused(
        {"sales_1.csv": GOOD, "sales_2.csv": GOOD.replace("promo", "promo,mood", 1).replace("\n2", ",x\n2")}
    )
    assert "sales_" in str(error)
    assert shop.state() == {}


def test_the_same_refusal_twice_is_kept_once(shop):
    for _ in range(2):
        shop.refused({"sales.csv": ""})
    assert len(list(shop.paths.quarantine.glob("*/reason.json"))) == 1


def test_a_huge_but_valid_number_is_accepted(shop):
    shop.deliver({"sales.csv": GOOD + "2026-03-01,A,1e12,0\n"})
    assert shop.rows(columns="sold")[-1] == ("1e12",)


def test_received_rows_are_all_in_the_raw_snapshot(shop):
    rows = [*ROWS, *ROWS[:5], "2026-02-01,A,999,0", "1900-01-01,A,1,0", "9999-12-31,A,1,0", "2024-02-29,A,1,0"]
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *rows])})
    assert report.rows == len(rows) == len(shop.rows())
    assert duckdb.sql("select 1").fetchone() == (1,), "ingest leaves the default connection usable"
