"""What was known then: features of a cutoff are made of the versions of observations that were known at its end."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dagster_project.pipeline.feature_loading import WarehouseFeatures
from dagster_project.warehouse import Warehouse

DAY = pd.Timedelta(days=1)
TRUTH = ["y", "is_stockout", "is_training_sample"]
# What other series, or effects as they were known at earlier periods, have a share in.
POOLED = ("group_mean_", "all_series_", "year_index", "cell_effect", "expected_demand", "adjusted_mean_")
# What is pooled at the cutoff itself: the same as if the pool had been built at it.
POOLED_AT_THE_CUTOFF = ("group_mean_", "all_series_", "year_index", "cell_effect")
LATEST = pd.Timestamp("2100-01-01")


@pytest.fixture(scope="module")
def known_then(compile_features: Callable[..., Any], daily: Any) -> Any:
    return compile_features({**daily.variables, "as_known_then": True})


@pytest.fixture(scope="module")
def told(daily_marts: Any) -> pd.DataFrame:
    """Every version of every observation: most have one, some came late, some were corrected, added or taken back."""
    random = np.random.default_rng(7)
    base = daily_marts.observations.copy()
    base["version"], base["change"] = 1, "added"
    base["known_at"] = base["ds"] + DAY
    base["superseded_at"] = pd.NaT
    n_rows = len(base)
    # Series 5 and 6 are never touched; series 3 begins with rows that came late.
    touched = base["series_number"].isin([1, 2, 4]) & (base["ds"] < base["ds"].max())
    kind = np.where(
        touched, random.choice(["plain", "late", "corrected", "twice"], n_rows, p=[0.94, 0.02, 0.03, 0.01]), "plain"
    )
    oldest = base.loc[base["series_number"] == 3, "ds"].min()
    kind[(base["series_number"] == 3) & (base["ds"] < oldest + 20 * DAY)] = "late"
    delay = pd.to_timedelta(random.integers(2, 90, n_rows), unit="D") + pd.Timedelta(hours=2)
    base.loc[kind == "late", "known_at"] = base["ds"] + DAY + delay
    rows = [base.assign(kind=kind)]
    for number, of_kind in enumerate((("corrected", "twice"), ("twice",)), start=2):
        again = rows[0][np.isin(rows[0]["kind"], of_kind)].copy()
        again["version"], again["change"] = number, "changed"
        again["known_at"] = again["ds"] + DAY + (number - 1) * delay[again.index]
        again["y"] = again["y"] * random.uniform(2, 4, len(again)) + 50 * number
        again["is_stockout"], again["is_imputed"] = False, False
        rows.append(again)
    every = pd.concat(rows, ignore_index=True).sort_values(["series_number", "ds", "version"], ignore_index=True)
    every["superseded_at"] = every.groupby(["series_number", "ds"])["known_at"].shift(-1)
    # A first version is as it was told: an imputed value is no version of anything.
    every.loc[every["superseded_at"].notna(), "is_imputed"] = False
    return every


def marts_of(daily_marts: Any, told: pd.DataFrame) -> Any:
    """The marts after the last delivery: the latest version of each observation, and the history of those with several."""
    latest = told[told["superseded_at"].isna()].copy()
    latest["missing_kind"] = np.where(latest["is_imputed"], "missing", "observed")
    several = told[told.groupby(["series_number", "ds"])["version"].transform("size") > 1]
    columns = ["unique_id", "ds", "period_index", "version", "y", "is_stockout", "known_at", "superseded_at", "change"]
    observations = latest[[*daily_marts.observations.columns, "known_at", "missing_kind"]].reset_index(drop=True)
    return replace(daily_marts, observations=observations, versions=several[columns].reset_index(drop=True))


@pytest.fixture(scope="module")
def marts(daily_marts: Any, told: pd.DataFrame) -> Any:
    return marts_of(daily_marts, told)


@pytest.fixture(scope="module")
def rows(known_then: Any, marts: Any) -> pd.DataFrame:
    return known_then.rows(marts)


def visible(told: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """The versions that were known at the end of a cutoff."""
    end = cutoff + DAY
    in_force = (told["known_at"] <= end) & ~(told["superseded_at"] <= end)
    return told[in_force & (told["ds"] <= cutoff)]


def as_it_was(daily_marts: Any, told: pd.DataFrame, cutoff: pd.Timestamp) -> Any:
    """Marts as a build at a cutoff would have made them, with what happened later left as it is."""
    then = visible(told, cutoff)
    first = then[~then["is_imputed"]].groupby("series_number")["ds"].min()
    latest = told[told["superseded_at"].isna()]
    unknown = latest[latest["ds"] <= cutoff].merge(then[["series_number", "ds"]], how="left", indicator=True)
    unknown = unknown[unknown["_merge"] == "left_only"].assign(is_imputed=True, y=0.0)
    both = pd.concat([then, unknown, latest[latest["ds"] > cutoff]], ignore_index=True)
    both = both[both["ds"] >= both["series_number"].map(first).fillna(both["ds"])]
    observations = both.sort_values(["series_number", "ds"])[daily_marts.observations.columns]
    series = daily_marts.series.copy()
    began = series["series_number"].map(first)
    series["first_ds"] = began.fillna(cutoff + DAY)
    return replace(daily_marts, observations=observations.reset_index(drop=True), series=series)


def at(rows: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    kept = rows[rows["cutoff"] == cutoff].drop(columns=TRUTH)
    return kept.sort_values(["series_number", "ds"]).reset_index(drop=True)


def own(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows.columns if not name.startswith(POOLED)]


def some_cutoffs(rows: pd.DataFrame) -> list[pd.Timestamp]:
    cutoffs = sorted(rows["cutoff"].unique())
    return [pd.Timestamp(cutoff) for cutoff in (cutoffs[0], cutoffs[len(cutoffs) // 2], cutoffs[-2], cutoffs[-1])]


@pytest.mark.parametrize("position", range(4))
def test_features_are_those_of_a_build_at_the_cutoff(
    daily: Any, daily_marts: Any, told: pd.DataFrame, rows: pd.DataFrame, position: int
) -> None:
    cutoff = some_cutoffs(rows)[position]
    found, expected = at(rows, cutoff), at(daily.rows(as_it_was(daily_marts, told, cutoff)), cutoff)
    assert len(found) >= 12
    exact = own(found)
    pd.testing.assert_frame_equal(found[exact], expected[exact], check_exact=False, rtol=1e-6)
    pooled = [name for name in found.columns if name.startswith(POOLED_AT_THE_CUTOFF)]
    pd.testing.assert_frame_equal(found[pooled], expected[pooled], check_exact=False, rtol=1e-5)


def test_a_version_that_becomes_known_later_moves_no_feature(
    known_then: Any, daily_marts: Any, told: pd.DataFrame, rows: pd.DataFrame
) -> None:
    cutoff = some_cutoffs(rows)[1]
    later = (told["known_at"] > cutoff + DAY) & (told["ds"] < told["ds"].max())
    assert (later & (told["ds"] <= cutoff)).sum() >= 10
    changed = told.assign(
        y=told["y"].where(~later, told["y"] * 7 + 1e6),
        is_stockout=told["is_stockout"] ^ (later & (told["version"] == 1) & (told["ds"] > cutoff)),
    )
    moved = known_then.rows(marts_of(daily_marts, changed))
    before = rows["cutoff"] <= cutoff
    columns = [name for name in rows.columns if name not in TRUTH]
    pd.testing.assert_frame_equal(rows.loc[before, columns], moved.loc[before, columns], check_exact=True)
    after = rows["cutoff"] == rows["cutoff"].max()
    assert (rows.loc[after, "rolling_mean_91"] != moved.loc[after, "rolling_mean_91"]).any()


def test_a_version_that_never_came_moves_no_feature_of_the_cutoffs_before_it(
    known_then: Any, daily_marts: Any, told: pd.DataFrame, rows: pd.DataFrame
) -> None:
    cutoff = some_cutoffs(rows)[1]
    never = (told["known_at"] > cutoff + DAY) & (told["version"] > 1)
    without = told[~never].copy()
    without["superseded_at"] = without.groupby(["series_number", "ds"])["known_at"].shift(-1)
    other = known_then.rows(marts_of(daily_marts, without))
    columns = [name for name in rows.columns if name not in TRUTH]
    before, kept = rows["cutoff"] <= cutoff, other["cutoff"] <= cutoff
    pd.testing.assert_frame_equal(
        rows.loc[before, columns].reset_index(drop=True),
        other.loc[kept, columns].reset_index(drop=True),
        check_exact=True,
    )


def test_the_two_modes_differ_exactly_where_the_visible_history_was_restated(
    daily: Any, told: pd.DataFrame, marts: Any, rows: pd.DataFrame
) -> None:
    latest = daily.rows(marts)
    key = ["series_number", "cutoff", "ds"]
    columns = [name for name in own(rows) if name not in (*TRUTH, *key, "unique_id")]
    both = latest.merge(rows, on=key, how="left", suffixes=("", "_then"), indicator=True)
    differs = both["_merge"] == "left_only"
    for name in columns:
        here, then = both[name], both[f"{name}_then"]
        differs |= (here != then) & ~(here.isna() & then.isna())
    found = set(both.loc[differs, ["series_number", "cutoff"]].itertuples(index=False, name=None))

    demand = told.assign(y=told["y"].where(~told["is_imputed"] & ~told["is_stockout"]))
    restated = set()
    reach = 364 + 28 + 7
    for cutoff in sorted(latest["cutoff"].unique()):
        columns_then = ["series_number", "ds", "y"]
        then = visible(demand, pd.Timestamp(cutoff))[columns_then].dropna()
        now = visible(demand.assign(known_at=demand["ds"] + DAY)[demand["superseded_at"].isna()], pd.Timestamp(cutoff))
        different = then.merge(now[columns_then].dropna(), how="outer", on=["series_number", "ds"])
        different = different[different["y_x"] != different["y_y"]]
        different = different[different["ds"] > pd.Timestamp(cutoff) - reach * DAY]
        restated |= {(number, cutoff) for number in different["series_number"].unique()}
    assert 20 < len(restated) < latest.groupby(["series_number", "cutoff"]).ngroups - 20
    assert found == restated


def test_without_restatements_both_modes_give_the_same_rows(daily: Any, known_then: Any, daily_marts: Any) -> None:
    observations = daily_marts.observations
    columns = ["unique_id", "ds", "period_index", "version", "y", "is_stockout", "known_at", "superseded_at", "change"]
    plain = replace(
        daily_marts.with_observations(
            known_at=observations["ds"] + DAY, missing_kind=np.where(observations["is_imputed"], "missing", "observed")
        ),
        versions=observations.assign(version=1, known_at=LATEST, superseded_at=LATEST, change="")[columns].head(0),
    )
    pd.testing.assert_frame_equal(daily.rows(plain), known_then.rows(plain), check_exact=True)


def test_what_happened_is_told_as_it_is_known_at_the_live_cutoff(told: pd.DataFrame, rows: pd.DataFrame) -> None:
    live = rows["cutoff"].max()
    known = visible(told, live)
    known = known.assign(y=known["y"].where(~known["is_imputed"]))[["series_number", "ds", "y"]]
    both = rows[rows["ds"] <= live].merge(known, on=["series_number", "ds"], how="left", suffixes=("", "_told"))
    pd.testing.assert_series_equal(both["y"], both["y_told"], check_names=False)


def test_every_series_has_one_history_at_every_cutoff(known_then: Any, marts: Any) -> None:
    with known_then.build(marts) as connection:
        uncovered = connection.execute(
            """
            select count(*)
            from features.feature_cutoffs as cutoffs
            cross join features.feature_series as series
            where 1 <> (
                select count(*) from features.feature_known_histories as histories
                where histories.series_number = series.series_number
                and cutoffs.cutoff_index between histories.first_cutoff_index and histories.last_cutoff_index
            )
            """
        ).fetchone()
        untouched = connection.execute(
            "select series_number, count(*) from features.feature_known_histories where series_number in (5, 6) group by all"
        ).fetchall()
    assert uncovered == (0,)
    assert sorted(untouched) == [(5, 1), (6, 1)]


def test_the_time_of_year_is_seen_through_the_versions_known_then(
    daily: Any, known_then: Any, one_series: Any, calendar: Any
) -> None:
    ds = pd.date_range("2021-01-01", periods=1100, freq="D")
    number = ds.to_numpy().astype("datetime64[D]").astype(int)
    padded = pd.date_range("2020-12-01", periods=1250, freq="D")
    periods = calendar(padded, padded.to_numpy().astype("datetime64[D]").astype(np.int32))
    first = 100 + 30 * np.sin(2 * np.pi * ds.dayofyear.to_numpy() / 365.25)
    # The month around the turn of last year was corrected ten days before the live cutoff.
    corrected = np.abs(np.arange(1100) - (1099 - 365)) < 15
    told_last, arrived = np.where(corrected, 5 * first, first), ds[-1] - 10 * DAY
    plain = one_series(ds, number, told_last, periods)
    both = plain.observations.assign(
        known_at=(ds + DAY).to_series().where(~corrected, arrived).to_numpy(),
        missing_kind="observed",
        superseded_at=pd.NaT,
    )
    before = both[corrected].assign(
        y=first[corrected], known_at=(ds + DAY)[corrected], superseded_at=arrived, version=1, change="added"
    )
    after = both[corrected].assign(version=2, change="changed")
    columns = ["unique_id", "ds", "period_index", "version", "y", "is_stockout", "known_at", "superseded_at", "change"]
    versions = pd.concat([before, after], ignore_index=True)[columns]
    versions["superseded_at"] = pd.to_datetime(versions["superseded_at"])
    key = ["cutoff", "ds"]
    then = known_then.rows(replace(plain, observations=both, versions=versions)).set_index(key)["year_index"]
    old = daily.rows(one_series(ds, number, first, periods)).set_index(key)["year_index"]
    new = daily.rows(plain).set_index(key)["year_index"]
    earlier = then.index.get_level_values("cutoff") < arrived
    assert then[earlier].notna().any()
    pd.testing.assert_series_equal(then[earlier], old[earlier], check_exact=False, rtol=1e-6)
    pd.testing.assert_series_equal(then[~earlier], new[~earlier], check_exact=False, rtol=1e-6)
    assert not np.allclose(old, new, equal_nan=True)


def test_a_model_learns_the_targets_that_were_known_where_it_stands(
    known_then: Any, told: pd.DataFrame, marts: Any, rows: pd.DataFrame
) -> None:
    with known_then.build(marts) as connection:
        path = Path(connection.execute("select path from duckdb_databases() where not internal").fetchone()[0])
        cutoffs = connection.execute(
            "select cutoff::timestamp from features.feature_cutoffs where role <> 'training' order by cutoff"
        ).fetchall()
    features = WarehouseFeatures(Warehouse(path), ("lag_1",), targets_change=True)
    n_other = 0
    for (cutoff,) in cutoffs:
        learnt = features.training_rows(cutoff).to_pandas().astype({"ds": "datetime64[s]", "cutoff": "datetime64[s]"})
        known = visible(told, pd.Timestamp(cutoff))
        known = known[~known["is_imputed"] & ~known["is_stockout"]][["series_number", "ds", "y"]]
        sampled = rows[rows["is_training_sample"] & (rows["ds"] <= cutoff)][["series_number", "cutoff", "ds", "y"]]
        expected = sampled.drop(columns="y").merge(known, on=["series_number", "ds"])
        key = ["series_number", "cutoff", "ds"]
        found = learnt[[*key, "y"]].sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(found, expected.sort_values(key, ignore_index=True), check_dtype=False)
        at_the_end = sampled.merge(known, on=["series_number", "ds"], suffixes=("_live", ""))
        n_other += int((at_the_end["y_live"] != at_the_end["y"]).sum())
    assert n_other > 0, "some target was known otherwise at an earlier cutoff than the live one"
