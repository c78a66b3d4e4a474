"""Cutoffs, sampled horizon steps, and the specification."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def warehouse(daily: Any, daily_marts: Any) -> Any:
    with daily.build(daily_marts) as connection:
        yield connection


@pytest.fixture(scope="module")
def rows(warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return warehouse.execute(
        "select f.*, c.role from features.features f join features.feature_cutoffs c using (cutoff) "
        "order by series_number, cutoff, ds"
    ).df()


def test_cutoffs_go_back_from_the_last_observed_day(warehouse: duckdb.DuckDBPyConnection, daily_marts: Any) -> None:
    cutoffs = warehouse.execute("from features.feature_cutoffs order by cutoff desc").df()
    live = daily_marts.observations["ds"].max()
    back = (live - cutoffs["cutoff"]).dt.days
    assert back[cutoffs["role"] == "live"].tolist() == [0]
    assert back[cutoffs["role"] == "backtest"].tolist() == [14, 28]
    assert back[cutoffs["role"] == "calibration"].tolist() == [42]
    assert cutoffs.loc[cutoffs["role"] == "backtest", "window_number"].tolist() == [2, 1]
    assert (back[cutoffs["role"] == "training"] % 7 == 0).all()
    # The oldest window has as many origins behind it as the live cutoff.
    assert (back > 42).sum() == 10


def test_every_step_stands_at_complete_cutoffs_and_four_at_training_origins(rows: pd.DataFrame) -> None:
    steps = rows.groupby(["role", "cutoff", "series_number"])["h"].agg(["size", "min", "max"]).reset_index("role")
    assert (steps.loc[steps["role"] != "training", "size"] == 14).all()
    inside = rows[(rows["role"] == "training") & (rows["cutoff"] < rows["cutoff"].max() - pd.Timedelta(days=14))]
    assert (inside.groupby(["cutoff", "series_number"]).size() == 4).all()


def test_sampled_steps_cover_every_part_of_the_horizon(rows: pd.DataFrame) -> None:
    sample = rows[rows["is_training_sample"]]
    complete = sample[sample["role"] != "training"].groupby(["cutoff", "series_number"])["h"].apply(sorted)
    for steps in complete:
        assert [1 <= steps[0] <= 3, 4 <= steps[1] <= 7, 8 <= steps[2] <= 10, 11 <= steps[3] <= 14] == [True] * 4
    assert set(sample["h"]) == set(range(1, 15))


def test_no_row_is_learned_from_before_its_truth_is_known(rows: pd.DataFrame) -> None:
    assert (rows.loc[rows["is_training_sample"], "ds"] <= rows["cutoff"].max()).all()
    assert not rows.loc[rows["role"] == "live", "is_training_sample"].any()


def test_truth_is_what_was_observed_and_imputed_days_are_unknown(rows: pd.DataFrame, daily_marts: Any) -> None:
    truth = daily_marts.observations.set_index(["series_number", "ds"])
    known = rows.join(truth[["y", "is_imputed"]], on=["series_number", "ds"], rsuffix="_then")
    expected = known["y_then"].where(known["is_imputed"].eq(False))
    np.testing.assert_allclose(known["y"].to_numpy(float), expected.to_numpy(float))
    assert known["y"].notna().sum() > 300


def test_a_series_stands_only_at_cutoffs_it_has_lived_to_see(rows: pd.DataFrame) -> None:
    assert (rows["n_history"] >= 1).all()
    assert rows.loc[rows["series_number"] == 6, "cutoff"].nunique() == 3


def test_a_series_that_stopped_keeps_its_rows_with_windows_running_empty(rows: pd.DataFrame) -> None:
    stopped = rows[(rows["series_number"] == 4) & (rows["role"] == "live")]
    assert len(stopped) == 14
    assert stopped[["lag_1", "rolling_mean_7", "rolling_mean_28", "aligned_1"]].isna().all(axis=None)
    assert stopped["rolling_mean_91"].notna().all()


def test_every_feature_is_specified_and_every_specified_feature_exists(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = dict(
        warehouse.execute(
            "select column_name, data_type from duckdb_columns() where schema_name = 'features' and table_name = 'features'"
        ).fetchall()
    )
    keys = {"unique_id", "series_number", "cutoff", "ds", "is_training_sample", "y", "is_stockout"}
    specified = dict(warehouse.execute("select feature, data_type from features.feature_columns").fetchall())
    assert set(columns) - keys == set(specified)
    assert {name: columns[name] for name in specified} == specified


def test_every_feature_has_an_owner_a_formula_and_says_when_it_is_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    entries = warehouse.execute("from features.feature_specification").df()
    assert entries[["formula", "source", "availability", "owner"]].notna().all(axis=None)
    assert set(entries["availability"]) == {"known ahead", "at the cutoff"}
    ahead = entries.loc[entries["availability"] == "known ahead", "kind"]
    assert set(ahead) == {"horizon", "calendar", "driver", "static"}


def test_codes_are_marked_as_categorical(warehouse: duckdb.DuckDBPyConnection) -> None:
    codes = warehouse.execute("select feature from features.feature_columns where is_categorical").df()["feature"]
    assert {"key_store", "attribute_region", "day_of_week", "holiday_code"} <= set(codes)
    assert not {"attribute_size", "driver_promo", "h", "lag_1"} & set(codes)
