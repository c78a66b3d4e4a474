"""Every family of features against loops over the observations that anyone can check by reading."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOWS = [7, 14, 28, 56, 91, 182]
SEASON, YEAR, HORIZON = 7, 364, 14


class Past:
    """What one series showed up to a cutoff: demand by period number, NaN where unknown."""

    def __init__(self, observations: pd.DataFrame, cutoff: int) -> None:
        seen = observations[observations["period_index"] <= cutoff]
        usable = ~seen["is_stockout"] & ~seen["is_imputed"]
        self.cutoff = cutoff
        self.demand = dict(zip(seen["period_index"][usable], seen["y"][usable], strict=True))

    def at(self, period: int) -> float:
        return self.demand.get(period, np.nan) if period <= self.cutoff else np.nan

    def window(self, length: int, last: int | None = None) -> Floats:
        """Known demand of the `length` periods up to `last`."""
        end = self.cutoff if last is None else last
        values = np.array([self.at(period) for period in range(end - length + 1, end + 1)])
        return values[~np.isnan(values)]


def mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else np.nan


def ratio(numerator: float, denominator: float) -> float:
    if np.isnan(numerator) or np.isnan(denominator):
        return np.nan
    if np.isclose(numerator, denominator):
        return 1.0
    return float(np.clip(numerator / (denominator if abs(denominator) >= 1e-6 else 1e-6), -100, 100))


def known(values: list[float]) -> Floats:
    array = np.array(values)
    return array[~np.isnan(array)]


@pytest.fixture(scope="module")
def rows(daily: Any, daily_marts: Any) -> pd.DataFrame:
    built = daily.rows(daily_marts)
    epoch = pd.Timestamp("1970-01-01")
    return built.assign(cutoff_index=(built["cutoff"] - epoch).dt.days, target=(built["ds"] - epoch).dt.days)


@pytest.fixture(scope="module")
def pasts(rows: pd.DataFrame, daily_marts: Any) -> dict[tuple[int, int], Past]:
    by_series = dict(list(daily_marts.observations.groupby("series_number")))
    keys = rows[["series_number", "cutoff_index"]].drop_duplicates().itertuples(index=False)
    return {(number, cutoff): Past(by_series[number], cutoff) for number, cutoff in keys}


def each(rows: pd.DataFrame, pasts: dict[tuple[int, int], Past]) -> Iterator[tuple[Any, Past]]:
    for row in rows.itertuples(index=False):
        yield row, pasts[(row.series_number, row.cutoff_index)]


def check(rows: pd.DataFrame, column: str, expected: list[float]) -> None:
    found = rows[column].astype("float64").to_numpy(na_value=np.nan)
    np.testing.assert_allclose(found, np.array(expected, dtype=float), rtol=2e-4, atol=2e-4, err_msg=column)


def test_means_deviations_and_shares_of_every_window(rows: pd.DataFrame, pasts: Any) -> None:
    for window in [*WINDOWS, 30]:
        values = [past.window(window) for _, past in each(rows, pasts)]
        check(rows, f"rolling_mean_{window}", [mean(v) for v in values])
        check(rows, f"rolling_std_{window}", [float(np.std(v, ddof=1)) if len(v) > 1 else np.nan for v in values])
        if window != 30:
            check(rows, f"rolling_nonzero_share_{window}", [mean((v != 0).astype(float)) for v in values])
        if window in (7, 28):
            check(rows, f"rolling_min_{window}", [v.min() if len(v) else np.nan for v in values])
            check(rows, f"rolling_max_{window}", [v.max() if len(v) else np.nan for v in values])


def test_lags_count_back_from_the_first_period_after_the_cutoff(rows: pd.DataFrame, pasts: Any) -> None:
    for lag in (1, 2, 3, 7, 30):
        check(rows, f"lag_{lag}", [past.at(past.cutoff - lag + 1) for _, past in each(rows, pasts)])
    medians = [past.window(8) for _, past in each(rows, pasts)]
    check(rows, "rolling_median_8", [float(np.median(v)) if len(v) else np.nan for v in medians])


def test_trends_and_growth_are_finite_ratios_of_levels(rows: pd.DataFrame, pasts: Any) -> None:
    for short, long in ((7, 28), (28, 91), (28, 182)):
        expected = [ratio(mean(p.window(short)), mean(p.window(long))) for _, p in each(rows, pasts)]
        check(rows, f"rolling_mean_ratio_{short}_{long}", expected)
    growth = [ratio(mean(p.window(28)), mean(p.window(28, p.cutoff - YEAR))) for _, p in each(rows, pasts)]
    check(rows, "year_over_year_28", growth)
    found = rows.filter(like="_ratio_").astype(float).to_numpy()
    assert np.isfinite(found[~np.isnan(found)]).all()


def test_aligned_demand_is_that_of_the_same_weekday(rows: pd.DataFrame, pasts: Any) -> None:
    expected: dict[str, list[float]] = {f"aligned_{k}": [] for k in range(1, 5)}
    expected |= {"aligned_mean_4": [], "aligned_median_4": [], "aligned_mean_8": [], "season_position_ratio_8": []}
    for row, past in each(rows, pasts):
        newest = row.target - SEASON * -(-row.h // SEASON)
        values = [past.at(newest - SEASON * step) for step in range(8)]
        for k in range(4):
            expected[f"aligned_{k + 1}"].append(values[k])
        four = known(values[:4])
        expected["aligned_mean_4"].append(mean(four))
        expected["aligned_median_4"].append(float(np.median(four)) if len(four) else np.nan)
        expected["aligned_mean_8"].append(mean(known(values)))
        expected["season_position_ratio_8"].append(ratio(mean(known(values)), mean(past.window(8 * SEASON))))
    for column, values in expected.items():
        check(rows, column, values)


def test_last_year_is_a_whole_number_of_weeks_ago(rows: pd.DataFrame, pasts: Any) -> None:
    same = [past.at(row.target - YEAR) for row, past in each(rows, pasts)]
    born = rows["target"] - YEAR >= rows["cutoff_index"] - rows["n_history"] + 1
    around = [mean(past.window(7, row.target - YEAR + 3)) for row, past in each(rows, pasts)]
    around = np.where(born, around, np.nan).tolist()
    base = [mean(past.window(28, past.cutoff - YEAR)) for _, past in each(rows, pasts)]
    check(rows, "year_aligned", same)
    check(rows, "year_aligned_mean", around)
    check(rows, "year_aligned_ratio", [ratio(a, b) for a, b in zip(around, base, strict=True)])
    assert rows["year_aligned_mean"].notna().sum() > 300


def test_same_state_is_the_mean_of_the_last_eight_days_of_that_weekday_and_promotion(
    rows: pd.DataFrame, pasts: Any, daily_marts: Any
) -> None:
    drivers = daily_marts.drivers
    promo = dict(
        zip(zip(drivers["series_number"], drivers["period_index"], strict=True), drivers["promo"], strict=True)
    )
    means, counts = [], []
    for row, past in each(rows, pasts):
        wanted = promo[(row.series_number, row.target)]
        days = sorted((d for d in past.demand if d % 7 == row.target % 7), reverse=True)
        alike = [past.demand[d] for d in days if promo.get((row.series_number, d)) == wanted][:8]
        means.append(mean(np.array(alike)))
        counts.append(len(alike) or np.nan)
    check(rows, "same_state_mean_8", means)
    check(rows, "same_state_count_8", counts)


def test_groups_are_the_mean_level_of_their_series(rows: pd.DataFrame, pasts: Any, daily_marts: Any) -> None:
    series = daily_marts.series.set_index("series_number")
    levels = {key: mean(past.window(28)) for key, past in pasts.items()}
    for column, name in (("store", "group_mean_key_store"), ("region", "group_mean_attribute_region")):
        expected = []
        for row, _ in each(rows, pasts):
            mates = series.index[series[column] == series.loc[row.series_number, column]]
            expected.append(mean(known([levels.get((mate, row.cutoff_index), np.nan) for mate in mates])))
        check(rows, name, expected)


def test_drivers_stand_beside_their_day_and_its_neighbours(rows: pd.DataFrame, daily_marts: Any) -> None:
    drivers = daily_marts.drivers.set_index(["series_number", "period_index"])
    for column, name, distance in (
        ("promo", "driver_promo", 0),
        ("price", "driver_price", 0),
        ("promo", "driver_promo_previous", -1),
        ("promo", "driver_promo_next", 1),
    ):
        wanted = pd.MultiIndex.from_arrays([rows["series_number"], rows["target"] + distance])
        values = drivers[column].reindex(wanted).to_numpy()
        # What follows the horizon is not planned yet.
        check(rows, name, np.where((distance == 1) & (rows["h"] == HORIZON), np.nan, values).tolist())


def test_a_driver_known_only_afterwards_is_no_feature(rows: pd.DataFrame) -> None:
    assert rows[["driver_visitors", "driver_visitors_previous", "driver_visitors_next"]].isna().all(axis=None)


def test_age_history_and_codes(rows: pd.DataFrame, pasts: Any, daily_marts: Any) -> None:
    first = daily_marts.observations.groupby("series_number")["period_index"].min()
    start = rows["series_number"].map(first)
    check(rows, "n_history", (rows["cutoff_index"] - start + 1).tolist())
    check(rows, "series_age", (rows["target"] - start).tolist())
    silent = [past.demand and max(past.demand) <= past.cutoff - WINDOWS[2] for _, past in each(rows, pasts)]
    assert any(silent), "a series that nobody observed for a while belongs to the case"
    since = [
        np.nan if is_silent else past.cutoff - max((d for d, y in past.demand.items() if y != 0), default=np.nan)
        for is_silent, (_, past) in zip(silent, each(rows, pasts), strict=True)
    ]
    check(rows, "periods_since_nonzero", since)
    series = daily_marts.series.set_index("series_number")
    check(rows, "key_item", rows["series_number"].map(series["item"].rank(method="dense")).tolist())
    check(rows, "attribute_size", rows["series_number"].map(series["size"].astype(float)).tolist())


def test_the_calendar_is_that_of_the_target_day(rows: pd.DataFrame) -> None:
    days = rows["ds"].dt
    check(rows, "day_of_week", (days.dayofweek + 1).tolist())
    check(rows, "week_of_year", days.isocalendar().week.tolist())
    check(rows, "days_to_month_end", (days.days_in_month - days.day).tolist())
    check(rows, "season_steps", np.ceil(rows["h"] / SEASON).tolist())
    near = rows[(days.month == 4) & (days.day >= 17)]
    assert len(near)
    check(near, "days_to_holiday", [(pd.Timestamp(d.year, 5, 1) - d).days for d in near["ds"]])
    business = (days.dayofweek < 5) & ~((days.month == 5) & (days.day == 1)) & ~((days.month == 12) & (days.day == 25))
    assert (rows["n_business_days"].to_numpy() == business.to_numpy().astype(int)).all()
    in_march = rows[(days.month == 3)]
    check(
        in_march,
        "workday_of_month",
        [np.busday_count(d.strftime("%Y-%m-01"), d.date()) + (d.dayofweek < 5) for d in in_march["ds"]],
    )


def test_a_run_counts_the_days_a_driver_has_not_changed(rows: pd.DataFrame, daily_marts: Any) -> None:
    drivers = daily_marts.drivers
    promo = dict(
        zip(zip(drivers["series_number"], drivers["period_index"], strict=True), drivers["promo"], strict=True)
    )

    def same_days(number: int, day: int, step: int) -> int:
        length = 1
        while promo.get((number, day + step * length)) == promo[(number, day)]:
            length += 1
        return length

    run, remaining = [], []
    for row in rows.itertuples(index=False):
        run.append(min(same_days(row.series_number, row.target, -1), 60))
        left = same_days(row.series_number, row.target, 1)
        remaining.append(left if row.h + left <= HORIZON else np.nan)
    check(rows, "driver_promo_run", run)
    check(rows, "driver_promo_remaining", remaining)


class Effects:
    """What weekday and promotion do to demand, measured at snapshots that the history reaches whenever it grows by half."""

    def __init__(self, marts: Any) -> None:
        seen = marts.observations
        usable = seen[~seen["is_stockout"] & ~seen["is_imputed"]]
        promo = marts.drivers.set_index(["series_number", "period_index"])["promo"]
        keys = pd.MultiIndex.from_frame(usable[["series_number", "period_index"]])
        self.table = usable.assign(cell=usable["period_index"] % 7 + 7 * promo.reindex(keys).to_numpy())
        first = seen["period_index"].min()
        self.ends = [first + int(28 * 1.5**step) - 1 for step in range(20)]
        self.at_end = {end: self._measure(end) for end in self.ends if end <= seen["period_index"].max()}

    def _measure(self, end: int) -> tuple[pd.Series, pd.Series]:
        known = self.table[self.table["period_index"] <= end]
        level = known.groupby("series_number")["y"].mean()
        relative = known.assign(relative=known["y"] / known["series_number"].map(level))
        relative = relative[known["series_number"].map(level) > 0]
        pooled = relative.groupby("cell")["relative"].mean()
        own = relative.groupby(["series_number", "cell"])["relative"].agg(["sum", "size"])
        mixed = own.index.get_level_values("cell").map(pooled)
        return (own["sum"] + 4 * mixed.to_numpy()) / (own["size"] + 4), pooled

    def of(self, number: int, cell: float, known_at: int) -> float:
        ends = [end for end in self.at_end if end <= known_at]
        if not ends:
            return np.nan
        own, pooled = self.at_end[max(ends)]
        return float(own.get((number, cell), pooled.get(cell, np.nan)))

    def own(self, number: int, cell: float, known_at: int) -> float:
        ends = [end for end in self.at_end if end <= known_at]
        return float(self.at_end[max(ends)][0].get((number, cell), np.nan)) if ends else np.nan


def test_levels_are_freed_of_weekdays_and_promotions_by_effects_known_at_the_time(
    rows: pd.DataFrame, daily_marts: Any
) -> None:
    effects = Effects(daily_marts)
    promo = daily_marts.drivers.set_index(["series_number", "period_index"])["promo"]
    cells = (
        rows["target"] % 7 + 7 * promo.reindex(pd.MultiIndex.from_frame(rows[["series_number", "target"]])).to_numpy()
    )
    expected = [effects.of(*key) for key in zip(rows["series_number"], cells, rows["cutoff_index"], strict=True)]
    check(rows, "cell_effect", expected)

    table = effects.table.assign(
        effect=[
            effects.own(*key)
            for key in zip(
                effects.table["series_number"], effects.table["cell"], effects.table["period_index"], strict=True
            )
        ]
    )
    table = table[table["effect"] > 0.02]
    table["adjusted"] = table["y"] / table["effect"]
    by_series = dict(list(table.groupby("series_number")))
    for window in WINDOWS:
        values = []
        for row in rows.itertuples(index=False):
            own = by_series.get(row.series_number)
            if own is None:
                values.append(np.nan)
                continue
            inside = own["period_index"].between(row.cutoff_index - window + 1, row.cutoff_index)
            values.append(mean(own.loc[inside, "adjusted"].to_numpy()))
        check(rows, f"adjusted_mean_{window}", values)
    assert rows["adjusted_mean_28"].notna().sum() > 300
