"""Which clock the times of a file follow: that of UTC, or a local one that skips and repeats hours."""

import numpy as np
import pandas as pd
import pytest

from dagster_project.init import Given, infer
from tests.dagster_project.init.own_rows import panel


@pytest.mark.parametrize(
    ("stored", "inferred"), [("Europe/London", "Europe/London"), ("UTC", "UTC"), ("+01:00", "UTC")]
)
def test_the_zone_that_a_parquet_file_stores_is_the_local_clock(tmp_path, stored, inferred):
    frame = panel("h", "2025-03-01", 900)
    frame["when"] = pd.to_datetime(frame["when"], utc=True).dt.tz_convert(stored)
    file = tmp_path / "load.parquet"
    frame.to_parquet(file)
    product = infer(Given(observations=file, time="when", target="sold")).product
    assert (product.freq, product.timezone) == ("h", inferred)


@pytest.mark.parametrize("freq", ["D", "W-WED", "MS", "ME", "QS"])
def test_midnights_of_a_local_clock_are_its_days_and_not_those_of_utc(tmp_path, infer_from, freq):
    frame = panel(freq, "2021-01-06", 60)
    days = pd.to_datetime(frame["when"])
    frame["when"] = days.dt.tz_localize("Europe/Madrid")
    frame.to_parquet(tmp_path / "load.parquet")
    stored = infer(Given(observations=tmp_path / "load.parquet", time="when", target="sold")).product
    assert (stored.freq, stored.timezone) == (freq, "Europe/Madrid")
    written = infer_from(frame.assign(when=frame["when"].map(lambda moment: moment.isoformat())))
    assert (written.product.freq, written.product.timezone) == (freq, "UTC")


def test_a_clock_without_the_spring_hour_is_a_local_one(infer_from):
    local = pd.date_range("2024-01-01", "2025-12-31 23:00", freq="h", tz="Europe/Madrid")
    frame = pd.DataFrame({"when": local.strftime("%Y-%m-%d %H:%M"), "sold": np.arange(len(local)) % 24 + 1})
    inferred = infer_from(frame, keys=(), country="ES")
    assert inferred.product.timezone == "Europe/Madrid"
    utc = frame.assign(when=local.tz_convert("UTC").strftime("%Y-%m-%d %H:%M"))
    assert infer_from(utc, keys=(), country="ES").product.timezone == "UTC"


@pytest.mark.parametrize("is_local", [True, False])
def test_a_clock_that_repeats_the_autumn_hour_is_a_local_one(infer_from, is_local):
    clock = pd.date_range("2024-09-01", "2024-11-20 23:00", freq="h", tz="Europe/Madrid" if is_local else "UTC")
    frame = pd.DataFrame({"when": clock.strftime("%Y-%m-%d %H:%M"), "sold": np.arange(len(clock)) % 24 + 1})
    assert infer_from(frame, keys=(), country="ES").product.timezone == ("Europe/Madrid" if is_local else "UTC")


def test_times_with_an_offset_are_instants(infer_from):
    local = pd.date_range("2024-03-01", "2024-11-30 23:00", freq="h", tz="Europe/Madrid")
    frame = pd.DataFrame(
        {"when": [moment.isoformat(sep=" ") for moment in local], "sold": np.arange(len(local)) % 9 + 1}
    )
    inferred = infer_from(frame, keys=())
    assert inferred.product.freq == "h"
    assert not [item for item in inferred.explanations if item.topic == "duplicates"]
