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
        ({}, {"keys": ()}, ["one row per day", "50% of the rows", "--keys"]),
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


def test_several_times_of_a_day_are_no_rows_of_days(infer_from):
    with pytest.raises(UsageError, match=r"one row per shop and day.*add the rows up first"):
        infer_from(panel(freq="h"), freq="D", keys=("shop",))


def test_a_target_that_ingest_would_refuse_is_refused_at_once(infer_from):
    frame = panel()
    frame["sold"] = frame["sold"].astype(str).where(frame.index % 14 > 0, "(5)")
    with pytest.raises(UsageError, match=r"29 of 400.*'\(5\)'"):
        infer_from(frame)


def test_drivers_whose_times_are_written_otherwise_are_named(infer_from):
    times = pd.date_range("2024-01-01", periods=230).strftime("%d.%m.%Y")
    with pytest.raises(UsageError, match=r"times written as in the observations.*'01.01.2024'.*row 1"):
        infer_from(panel(), drivers=pd.DataFrame({"when": times, "price": 2.5}))


def test_attributes_of_nobody_are_named(infer_from):
    attributes = pd.DataFrame({"store": list("AB"), "region": list("NS")})
    with pytest.raises(UsageError, match=r"at least one key column \('shop'\).*'store', 'region'"):
        infer_from(panel(), attributes=attributes)


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
