"""What the values of a file are: how they are written, and what kind of demand they tell of."""

import numpy as np
import pandas as pd
import pytest

from tests.dagster_project.init.explained import why
from tests.dagster_project.init.own_rows import panel


@pytest.mark.parametrize(
    ("values", "kind", "negative"),
    [
        (lambda rows: rows["sold"], "count", False),
        (lambda rows: rows["sold"] + 0.25, "continuous", False),
        (lambda rows: rows["sold"] - 25, "continuous", True),
        (lambda rows: rows["sold"] * (rows.index % 4 == 0), "intermittent", False),
    ],
)
def test_the_kind_of_the_target_is_read_from_its_values(infer_from, values, kind, negative):
    target = infer_from(panel().assign(sold=values)).product.target
    assert (target.kind, target.allow_negative) == (kind, negative)


def test_a_file_of_sales_alone_is_as_intermittent_as_one_that_writes_the_zeros(infer_from):
    rows = panel(periods=400)
    sold = rows[np.random.default_rng(3).random(len(rows)) < 0.35]
    inference = infer_from(sold)
    assert inference.product.target.kind == "intermittent"
    assert "63% of the periods without a row" in why(inference, "target").reason
    ragged = pd.concat([part.iloc[start:] for start, (_, part) in zip((0, 300), rows.groupby("shop"), strict=True)])
    assert infer_from(ragged).product.target.kind == "count"  # a late start is no demand of zero


def _written(values, thousands, decimal):
    text = values.map("{:,.2f}".format)
    return text.str.translate(str.maketrans({",": thousands, ".": decimal}))


@pytest.mark.parametrize(
    ("thousands", "decimal", "sep", "expected"),
    [
        ("", ".", ",", "1234.5"),
        ("", ",", ";", "1234,5"),
        (",", ".", ",", "1,234.5"),
        (".", ",", ";", "1.234,5"),
        (" ", ",", ";", "1 234,5"),
        ("'", ".", ",", "1'234.5"),
    ],
)
def test_numbers_are_read_as_they_are_written(infer_from, thousands, decimal, sep, expected):
    frame = panel(whole=False)
    frame["price"] = _written(frame["sold"] / 7, "", decimal)
    frame["sold"] = _written(frame["sold"] * 1000, thousands, decimal)
    inferred = infer_from(frame, sep=sep)
    assert inferred.product.tidy.number_format == expected
    assert [(driver.name, driver.kind) for driver in inferred.product.drivers] == [("price", "numeric")]
    assert inferred.product.keys == ("shop",)


@pytest.mark.parametrize(("sep", "expected"), [(",", "1,234.5"), (";", "1234,5"), ("\t", "1234,5")])
def test_a_comma_before_three_digits_is_read_by_what_parts_the_fields(infer_from, sep, expected):
    inferred = infer_from(panel().assign(sold=lambda rows: rows["sold"].map("{},500".format)), sep=sep)
    assert inferred.product.tidy.number_format == expected
    assert "would fit too" in why(inferred, "number_format").reason


def test_words_for_no_value_are_no_reason_to_refuse_a_target(infer_from):
    frame = panel()
    frame["sold"] = frame["sold"].astype(object).where(frame.index % 4 > 0, "NA")
    assert infer_from(frame).product.target.kind == "count"
