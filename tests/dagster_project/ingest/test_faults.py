"""Wrong files: each gets its clear error, goes to quarantine, and leaves the last state as it was."""

import gzip
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
    "zero_bytes": ("sales.csv", b"", ["an empty file (0 bytes)", "sales.csv"]),
    "gzip_around_nothing": ("sales.csv.gz", gzip.compress(b""), ["gzip around nothing"]),
    "header_only": ("sales.csv", HEADER + "\n", ["at least one row", "nothing below it"]),
    "header_only_parquet": ("sales.parquet", parquet_of(date=[], shop=[], sold=[], promo=[]), ["at least one row"]),
    "cut_in_a_row": (
        "sales.csv",
        GOOD[: GOOD.rindex(",A,") + 2],
        ["4 fields in every row", "2; the row is cut off", "row 55"],
    ),
    "cut_in_a_quote": ("sales.csv", GOOD + '2026-03-01,"A', ["sales.csv"]),
    "too_many_fields": ("sales.csv", GOOD + "2026-03-01,A,1,000,0\n", ["4 fields in every row", "found 5", "row 57"]),
    "cut_gzip": ("sales.csv.gz", gzip.compress(GOOD.encode() * 50)[:-40], ["a whole gzip file", "ends too early"]),
    "damaged_gzip": ("sales.csv.gz", gzip.compress(GOOD.encode())[:30] + b"xx", ["a whole gzip file"]),
    "cut_parquet": ("sales.parquet", PARQUET[: len(PARQUET) // 2], ["a whole Parquet file", "damaged or cut"]),
    "parquet_without_end": ("sales.parquet", PARQUET[:-4], ["a whole Parquet file"]),
    "excel": ("sales.xlsx", b"PK\x03\x04rest", ["an Excel or zip file", "Save it as CSV"]),
    "unknown_file": ("turnover.csv", GOOD, ["observations: sales*", "file turnover.csv", "ignored_files"]),
    "missing_column": ("sales.csv", "date,shop,promo\n2026-02-01,A,1\n", ["column 'sold'", "'date', 'shop', 'promo'"]),
    "renamed_column": (
        "sales.csv",
        GOOD.replace("sold", "units_sold", 1),
        ["'units_sold' instead of 'sold'", "renamed?"],
    ),
    "changed_case": ("sales.csv", GOOD.replace("sold", "Sold", 1), ["'Sold' instead of 'sold'"]),
    "no_header": ("sales.csv", "\n".join(ROWS), ["column 'shop', 'date', 'sold', 'promo'", "'2026-02-01'"]),
    "doubled_header": ("sales.csv", GOOD.replace("promo", "sold", 1), ["every column once", "'sold'"]),
    "doubled_but_for_case": ("sales.csv", "date,shop,sold,promo,Promo\n2026-02-01,A,1,0,0\n", ["'Promo', 'promo'"]),
    "our_own_column": ("sales.csv", GOOD.replace("promo", "promo,_as_of", 1), ["names that ingest adds", "_as_of"]),
    "text_for_numbers": (
        "sales.csv",
        "\n".join([HEADER, *(row.replace(",A,", ",A,x") for row in ROWS)]),
        ["finite numbers", "'x2'", "28 of 56 rows", "row 1", "column 'sold'"],
    ),
    "decimal_commas": (
        "sales.csv",
        GOOD.replace(",", ";").replace(";0\n", ",5;0\n").replace(";1\n", ",5;1\n"),
        ["'2,5'", "56 of 56 rows", "with a decimal point"],
    ),
    "american_dates": (
        "sales.csv",
        "\n".join([HEADER, *(f"02/{day:02d}/2026,A,1,0" for day in range(1, 29))]),
        ["'02/01/2026'", "column 'date'", "28 of 28 rows"],
    ),
    "no_key_in_most_rows": (
        "sales.csv",
        GOOD.replace(",A,", ",,").replace(",B,", ",,"),
        ["a value in every row", "'shop'"],
    ),
    "all_numbers_infinite": (
        "sales.csv",
        "\n".join([HEADER, *(f"2026-02-{day:02d},A,1e400,0" for day in range(1, 29))]),
        ["'1e400'", "finite numbers"],
    ),
    "nul": ("sales.csv", GOOD.encode().replace(b",A,14", b",A\0,14"), ["a NUL character", "row 13"]),
    "ten_thousand_columns": (
        "sales.csv",
        ",".join([HEADER, *(f"c{number}" for number in range(10_000))]) + "\n",
        ["at most 2,000 columns", "10,004"],
    ),
    "a_field_of_three_megabytes": ("sales.csv", GOOD + f"2026-03-01,{'x' * 3_000_000},1,0\n", ["at most 2 MB"]),
    "nested_parquet": (
        "sales.parquet",
        parquet_of(date=["2026-02-01"], shop=["A"], sold=[[1.0]], promo=[0]),
        ["columns of plain values", "column 'sold'"],
    ),
    "utf16_cut_in_two": ("sales.csv", GOOD.encode("utf-16")[:-1], ["a character cut in two"]),
}


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
