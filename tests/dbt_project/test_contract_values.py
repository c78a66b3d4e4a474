"""The generated test of a source table: empty values, other values, and a mean that moved."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt_project.macros import DBT_PROJECT, _environment

TEST = DBT_PROJECT / "macros" / "tests" / "contract_values.sql"


def failures(rows: list[tuple[str | None, str | None]], **means: list[float]) -> dict[str, int]:
    """What the test lists for these rows of kind and price, as the name of the broken promise and its rows."""
    text = TEST.read_text().replace("{% test ", "{% macro ").replace("{% endtest", "{% endmacro")
    render = _environment(None).from_string(text).module.contract_values
    with duckdb.connect() as connection:
        connection.execute("create table lines (kind varchar, price varchar)")
        connection.executemany("insert into lines values (?, ?)", rows)
        sql = render("lines", filled=["price"], accepted={"kind": ["sale", "return"]}, means=means)
        return dict(connection.execute(sql).fetchall())


def test_rows_that_keep_the_contract_fail_nothing() -> None:
    assert failures([("sale", "3.5"), (" return ", "NaN"), (None, "x")], price=[1, 10]) == {}


def test_empty_and_other_values_are_counted() -> None:
    assert failures([("sale", " "), ("sale", None), ("gift", "3")]) == {"price: empty": 2, "kind: other values": 1}


@pytest.mark.parametrize("shifted", ["350", "0.035"])
def test_a_mean_out_of_its_range_counts_every_row(shifted: str) -> None:
    assert failures([("sale", shifted), ("sale", shifted)], price=[1, 10]) == {"price: mean out of range": 2}
