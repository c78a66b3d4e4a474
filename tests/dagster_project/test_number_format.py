"""Numbers as people write them: one reading at ingest, at init and in staging."""

import duckdb
import pytest

from dagster_project.number_format import is_filled_sql, number_sql
from tests.dbt_project.macros import macro

CASES = [
    ("1234.5", "12.5", 12.5),
    ("1234.5", "-3e2", -300.0),
    ("1234.5", "1,5", None),
    ("1234.5", "1,234.5", None),
    ("1234,5", "12,5", 12.5),
    ("1234,5", "-7", -7.0),
    ("1234,5", "0,125", 0.125),
    ("1234,5", "1.234", None),
    ("1234,5", "1.234,5", None),
    ("1234,5", "1,2,3", None),
    ("1,234.5", "1,234.5", 1234.5),
    ("1,234.5", "12,345,678", 12345678.0),
    ("1,234.5", "-999", -999.0),
    ("1,234.5", "1,23", None),
    ("1,234.5", "0,125", None),
    ("1.234,5", "1.234,5", 1234.5),
    ("1.234,5", "1234,5", 1234.5),
    ("1.234,5", "1.5", None),
    ("1 234,5", "1 234,5", 1234.5),
    ("1 234,5", "12\u00a0345", 12345.0),
    ("1 234,5", "12\u202f345,25", 12345.25),
    ("1 234,5", "1.234", None),
    ("1.234,5", "many", None),
    ("1'234.5", "1'234'567.25", 1234567.25),
    ("1'234.5", "-1\u2019234", -1234.0),
    ("1'234.5", "12'34", None),
]


@pytest.mark.parametrize(("number_format", "text", "expected"), CASES)
def test_a_number_is_read_alike_at_ingest_and_in_staging(number_format, text, expected):
    staged = macro("tidy_number", {"tidy": {"number_format": number_format}})("source.text")
    query = f"select {number_sql('source.text', number_format)}, {staged} from (select ? as text) as source"

    assert duckdb.execute(query, [text]).fetchone() == (expected, expected)


@pytest.mark.parametrize("text", ["", " ", "NA", "n/a", "-", "null", "nan", "0", "x"])
def test_the_words_for_a_missing_number_are_the_same(text):
    query = f"select {is_filled_sql('text')}, {macro('tidy_is_filled')('text')} from (select ? as text)"
    at_ingest, in_staging = duckdb.execute(query, [text]).fetchone()

    assert at_ingest == in_staging == (text in {"nan", "0", "x"})
