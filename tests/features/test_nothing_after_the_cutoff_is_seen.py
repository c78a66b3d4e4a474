"""Features of a cutoff do not move, whatever happens to rows after it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

TRUTH = ["y", "is_stockout"]


@pytest.fixture(scope="module")
def rows(daily: Any, daily_marts: Any) -> pd.DataFrame:
    return daily.rows(daily_marts)


def up_to(rows: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    return rows[rows["cutoff"] <= cutoff].drop(columns=TRUTH).reset_index(drop=True)


def middle_cutoff(rows: pd.DataFrame) -> pd.Timestamp:
    cutoffs = sorted(rows["cutoff"].unique())
    return pd.Timestamp(cutoffs[len(cutoffs) // 2])


def test_rewriting_the_future_changes_no_feature(daily: Any, daily_marts: Any, rows: pd.DataFrame) -> None:
    cutoff = middle_cutoff(rows)
    observations = daily_marts.observations
    later = observations["ds"] > cutoff
    rewritten = daily_marts.with_observations(y=observations["y"].where(~later, observations["y"] * 7 + 1e6))
    pd.testing.assert_frame_equal(up_to(rows, cutoff), up_to(daily.rows(rewritten), cutoff), check_exact=True)


def test_calling_the_future_a_stockout_or_imputed_changes_no_feature(
    daily: Any, daily_marts: Any, rows: pd.DataFrame
) -> None:
    cutoff = middle_cutoff(rows)
    observations = daily_marts.observations
    # The last day stays an observed one, so that the live cutoff stays where it is.
    later = (observations["ds"] > cutoff) & (observations["ds"] < observations["ds"].max())
    flagged = daily_marts.with_observations(
        is_stockout=observations["is_stockout"] | (later & (observations["series_number"] % 2 == 0)),
        is_imputed=observations["is_imputed"] | (later & (observations["series_number"] % 2 == 1)),
    )
    pd.testing.assert_frame_equal(up_to(rows, cutoff), up_to(daily.rows(flagged), cutoff), check_exact=True)


def test_a_driver_known_only_afterwards_changes_nothing_at_all(
    daily: Any, daily_marts: Any, rows: pd.DataFrame
) -> None:
    shuffled = daily_marts.with_drivers(visitors=-daily_marts.drivers["visitors"])
    pd.testing.assert_frame_equal(rows, daily.rows(shuffled), check_exact=True)


def test_planned_drivers_after_the_horizon_change_nothing(daily: Any, daily_marts: Any, rows: pd.DataFrame) -> None:
    drivers = daily_marts.drivers
    cutoff = middle_cutoff(rows)
    beyond = drivers["ds"] > cutoff + pd.Timedelta(days=daily.variables["horizon"])
    changed = daily.rows(daily_marts.with_drivers(promo=drivers["promo"].where(~beyond, 1 - drivers["promo"])))
    pd.testing.assert_frame_equal(up_to(rows, cutoff), up_to(changed, cutoff), check_exact=True)


def test_a_promotion_announced_after_the_cutoff_is_not_used_at_it(
    daily: Any, daily_marts: Any, rows: pd.DataFrame
) -> None:
    cutoff = middle_cutoff(rows)
    drivers = daily_marts.drivers
    # Announced in the first second of the second day after the cutoff, for days from a week before the cutoff on.
    late = (drivers["ds"] > cutoff - pd.Timedelta(days=7)) & (drivers["series_number"] % 2 == 1)
    announced = daily_marts.with_drivers(
        known_at=drivers["known_at"].where(~late, cutoff + pd.Timedelta(days=2, seconds=1))
    )
    other = announced.with_drivers(
        promo=drivers["promo"].where(~late, 1 - drivers["promo"]), price=drivers["price"].where(~late, 99.0)
    )
    before, after = daily.rows(announced), daily.rows(other)
    pd.testing.assert_frame_equal(up_to(before, cutoff), up_to(after, cutoff), check_exact=True)
    at_cutoff = before[(before["cutoff"] == cutoff) & (before["series_number"] % 2 == 1)]
    assert len(at_cutoff)
    assert at_cutoff[["driver_promo", "driver_price", "driver_promo_run"]].isna().all(axis=None)
    # Once announced it is used, and it makes a difference.
    known = (before["cutoff"] >= cutoff + pd.Timedelta(days=2)) & (before["series_number"] % 2 == 1)
    assert before.loc[known, "driver_promo"].notna().all()
    assert (before.loc[known, "driver_promo"] != after.loc[known, "driver_promo"]).all()


def test_a_plan_announced_at_the_end_of_the_cutoff_is_known_at_it(
    daily: Any, daily_marts: Any, rows: pd.DataFrame
) -> None:
    cutoff = middle_cutoff(rows)
    midnight = cutoff + pd.Timedelta(days=1)
    announced = daily.rows(daily_marts.with_drivers(known_at=midnight))
    assert announced.loc[announced["cutoff"] == cutoff, "driver_price"].notna().all()
    assert announced.loc[announced["cutoff"] < cutoff, "driver_price"].isna().all()


def test_truth_after_the_live_cutoff_is_null(daily: Any, daily_marts: Any, compile_features: Any) -> None:
    cutoff = "2024-03-31"
    earlier = compile_features({**daily.variables, "cutoff": cutoff})
    rows = earlier.rows(daily_marts)
    assert rows["cutoff"].max() == pd.Timestamp(cutoff)
    assert rows.loc[rows["ds"] > cutoff, "y"].isna().all()
    assert (rows["ds"] > cutoff).sum() == rows.loc[rows["cutoff"] == cutoff, "series_number"].nunique() * 14


def test_standing_at_an_earlier_cutoff_gives_the_rows_a_later_run_has_for_it(
    daily: Any, daily_marts: Any, rows: pd.DataFrame, compile_features: Any
) -> None:
    backtest = pd.Timestamp(daily_marts.observations["ds"].max()) - pd.Timedelta(days=14)
    then = compile_features({**daily.variables, "cutoff": str(backtest.date())}).rows(daily_marts)
    key = ["unique_id", "ds"]
    # Codes count the series and holidays of the whole table; they are not what was known, only how it is spelt.
    features = [c for c in rows.columns if c not in {*TRUTH, "is_training_sample"}]
    left = rows[rows["cutoff"] == backtest].sort_values(key)[features].reset_index(drop=True)
    right = then[then["cutoff"] == backtest].sort_values(key)[features].reset_index(drop=True)
    assert len(left)
    pd.testing.assert_frame_equal(left, right, check_exact=False, rtol=1e-6)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_order_of_rows_and_the_number_of_threads_do_not_show(
    daily: Any, daily_marts: Any, rows: pd.DataFrame, threads: int
) -> None:
    random = np.random.default_rng(threads)
    shuffled = type(daily_marts)(
        *(
            frame.iloc[random.permutation(len(frame))].reset_index(drop=True)
            for frame in (daily_marts.observations, daily_marts.series, daily_marts.drivers, daily_marts.periods)
        )
    )
    pd.testing.assert_frame_equal(rows, daily.rows(shuffled, threads=threads), check_exact=True)
