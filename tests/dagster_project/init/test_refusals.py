"""What cannot be meant is wrong usage, in a sentence that says what to name."""

import pandas as pd
import pytest

from dagster_project.errors import DeliveryRejected, UsageError
from dagster_project.init import Given, infer
from tests.dagster_project.init.own_rows import panel


@pytest.mark.parametrize(
    ("change", "given", "words"),
    [
        ({}, {"time": "day"}, ["'when', 'shop', 'sold'", "'day'", "--time"]),
        ({}, {"target": "units"}, ["'units'", "--target"]),
        ({}, {"keys": ("shop", "city")}, ["'city'", "--keys"]),
        ({"when": "soon"}, {}, ["dates or times such as", "'soon'", "row 1", "column 'when'"]),
        ({"sold": "many"}, {}, ["a target of numbers", "400 of 400", "'many'", "row 1", "column 'sold'"]),
        ({"sold": "$1,234.50"}, {}, ["'$1,234.50'", "no currencies"]),
        ({}, {"freq": "fortnight"}, ["'fortnight'", "--freq"]),
        ({}, {"called": "My Data"}, ["'My Data'", "--name my_data"]),
        ({}, {"called": "a: b"}, ["'a: b'", "--name a_b"]),
        ({}, {"called": "demo"}, ["shipped product demo"]),
        ({}, {"country": "XX"}, ["'XX'", "--country"]),
        ({}, {"timezone": "Mars/Base"}, ["'Mars/Base'", "Europe/Madrid"]),
        ({}, {"horizon": 500}, ["shorter than the history of 200 periods", "500", "--horizon"]),
        ({}, {"target": "when"}, ["'when' twice"]),
        ({}, {"keys": ("when",)}, ["'when' twice"]),
        ({}, {"keys": ()}, ["one row per time", "50% of the rows", "--keys"]),
        ({"when": "2024-01-01"}, {"keys": ("shop",)}, ["at least two different times", "--freq"]),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage_and_says_what_to_name(infer_from, change, given, words):
    with pytest.raises(UsageError) as caught:
        infer_from(panel().assign(**change), **given)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert caught.value.exit_code == 2


def test_a_step_that_is_none_of_ours_is_named(infer_from):
    with pytest.raises(UsageError, match="5 hours apart"):
        infer_from(panel(freq="5h"))


def test_rows_that_no_columns_tell_apart_are_wrong_usage(infer_from):
    frame = pd.concat([panel(keys=("A",)).drop(columns="shop")] * 2)
    with pytest.raises(UsageError, match="--keys"):
        infer_from(frame)


def test_a_missing_file_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="none at this path"):
        infer(Given(tmp_path / "nothing.csv", "when", "sold"))


def test_a_title_above_the_header_is_named(tmp_path):
    rows = panel().to_csv(index=False)
    (tmp_path / "titled.csv").write_text(f"Sales of all shops\n\n{rows}")
    with pytest.raises(DeliveryRejected, match="lines above the header"):
        infer(Given(tmp_path / "titled.csv", "when", "sold"))
