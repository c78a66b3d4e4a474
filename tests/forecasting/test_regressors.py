"""Plans as they were known at a cutoff: nothing announced later, nothing beyond the horizon, every series its own."""

import numpy as np
import pyarrow as pa
import pytest

from forecasting.panel import Panel
from forecasting.periods import period_index
from forecasting.regressors import Regressors

FIRST, N_DAYS = np.datetime64("2026-01-05", "us"), 40
DAYS = FIRST + np.arange(N_DAYS) * np.timedelta64(86_400_000_000, "us")
START = int(period_index(DAYS[:1], "D")[0])
ALWAYS = np.iinfo(np.int32).min


def regressors(rows, *, unique_ids=("a", "b"), silence_means_none=False):
    table = pa.table(
        {
            "unique_id": [row[0] for row in rows],
            "ds": pa.array([DAYS[row[1]] for row in rows], pa.timestamp("us")),
            "promo": [row[2] for row in rows],
            "price": [row[3] for row in rows],
            "known_index": pa.array([ALWAYS if row[4] is None else START + row[4] for row in rows], pa.int32()),
        }
    )
    calendar = pa.table({"ds": pa.array(DAYS[::-1], pa.timestamp("us")), "day": list(range(N_DAYS))[::-1]})
    kinds = {"promo": "binary", "price": "numeric"}
    ids = np.array(unique_ids, dtype=object)
    return Regressors.of(table, calendar, ids, kinds, "D", silence_means_none=silence_means_none)


def test_a_plan_counts_from_the_cutoff_at_whose_end_it_was_known():
    known_later = regressors([("a", 10, 1.0, 2.0, None), ("b", 10, 1.0, 3.0, 8)])
    before = known_later.at(START + 7, START, 5)
    after = known_later.at(START + 8, START, 5)
    np.testing.assert_array_equal(before.drivers["promo"][:, 10], [1.0, np.nan])
    np.testing.assert_array_equal(after.drivers["promo"][:, 10], [1.0, 1.0])
    np.testing.assert_array_equal(after.drivers["price"][:, 10], np.float32([2.0, 3.0]))


def test_nothing_after_the_horizon_is_there():
    cut = regressors([("a", 12, 1.0, 2.0, None), ("a", 13, 1.0, 2.0, None)]).at(START + 7, START + 3, 5)
    assert cut.n_periods == 10
    np.testing.assert_array_equal(cut.drivers["promo"][0, -1:], [1.0])
    np.testing.assert_array_equal(cut.calendar["day"], np.arange(3, 13))


def test_periods_that_nothing_describes_say_nothing():
    cut = regressors([("a", 0, 1.0, 2.0, None)]).at(START + N_DAYS - 1, START - 2, 3)
    assert cut.n_periods == N_DAYS + 5
    assert np.isnan(cut.calendar["day"][[0, 1, -3, -2, -1]]).all()
    np.testing.assert_array_equal(cut.drivers["promo"][0, :4], [np.nan, np.nan, 1.0, np.nan])


@pytest.mark.parametrize(("silence_means_none", "expected"), [(True, 0.0), (False, np.nan)])
def test_silence_is_no_event_only_where_events_alone_are_listed(silence_means_none, expected):
    cut = regressors([("a", 1, 1.0, 2.0, None)], silence_means_none=silence_means_none).at(START + 5, START, 2)
    np.testing.assert_array_equal(cut.drivers["promo"][0, :3], np.float32([expected, 1.0, expected]))
    assert np.isnan(cut.drivers["price"][0, 0])


def test_a_panel_has_the_plans_of_its_own_series_in_its_own_order():
    plans = regressors([("a", 1, 1.0, 2.0, None), ("b", 1, 0.0, 5.0, 3)])
    panel = Panel(np.array(["0", "b"], dtype=object), START, np.ones((2, 10)), "D", 7).with_regressors(plans)
    seen = panel.regressors.at(START + 9, START, 1)
    np.testing.assert_array_equal(seen.drivers["price"][:, 1], np.float32([np.nan, 5.0]))
    only_b = panel.series(np.array([1])).regressors
    assert only_b.unique_ids.tolist() == ["b"]
    np.testing.assert_array_equal(only_b.at(START + 2, START, 1).drivers["price"][:, 1], [np.nan])
