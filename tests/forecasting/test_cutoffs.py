# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.cutoffs import Window, refit_at, rolling_windows, windows_at
from forecasting.errors import NotEnoughHistoryError


def test_windows_step_back_from_the_last_observation_oldest_first():
    windows = rolling_windows(datetime(2024, 3, 31), "D", horizon=7, n_windows=3, step_size=5)
    assert [window.cutoff for window in windows] == [datetime(2024, 3, d) for d in (14, 19, 24)]
    assert windows[-1].last_ds == datetime(2024, 3, 31)


def test_windows_from_a_first_cutoff_step_forward():
    windows = rolling_windows(
        datetime(2015, 7, 31), "D", horizon=48, n_windows=10, step_size=48, first_cutoff=datetime(2014, 4, 7)
    )
    assert windows[0].cutoff == datetime(2014, 4, 7)
    assert windows[-1].last_ds == datetime(2015, 7, 31)


@given(
    freq=st.sampled_from(["30min", "h", "D", "W-SUN", "MS", "ME", "QS"]),
    horizon=st.integers(1, 30),
    n_windows=st.integers(1, 6),
    step_size=st.integers(1, 30),
)
def test_training_always_ends_before_testing_begins(freq, horizon, n_windows, step_size):
    windows = rolling_windows(datetime(2023, 12, 31), freq, horizon=horizon, n_windows=n_windows, step_size=step_size)
    assert len(windows) == n_windows
    for window in windows:
        assert window.cutoff < window.first_ds <= window.last_ds


def test_months_keep_their_last_day():
    windows = rolling_windows(datetime(2024, 6, 30), "ME", horizon=2, n_windows=1, step_size=1)
    assert windows[0] == Window(datetime(2024, 4, 30), datetime(2024, 5, 31), datetime(2024, 6, 30))


def test_a_window_that_overlaps_its_past_cannot_be_built():
    with pytest.raises(ValueError, match="expected cutoff < first_ds"):
        Window(datetime(2024, 1, 2), datetime(2024, 1, 2), datetime(2024, 1, 3))


def test_too_many_windows_for_the_history_are_refused():
    with pytest.raises(NotEnoughHistoryError, match="Ask for fewer windows"):
        rolling_windows(
            datetime(2024, 3, 31), "D", horizon=28, n_windows=4, step_size=28, first_ds=datetime(2024, 2, 1)
        )


def test_windows_beyond_the_last_observation_are_refused():
    with pytest.raises(NotEnoughHistoryError, match="found room for 1"):
        rolling_windows(
            datetime(2024, 3, 31), "D", horizon=28, n_windows=2, step_size=28, first_cutoff=datetime(2024, 3, 3)
        )


def test_cutoffs_are_put_in_order_and_taken_once():
    cutoffs = [datetime(2024, 3, 9), datetime(2024, 3, 2), datetime(2024, 3, 9)]
    assert [window.cutoff.day for window in windows_at(cutoffs, "D", 7)] == [2, 9]


@pytest.mark.parametrize(
    ("policy", "expected"), [("first", "1000"), ("every", "1111"), (2, "1010"), (3, "1001"), (9, "1000")]
)
def test_the_refit_policy_says_where_models_learn_again(policy, expected):
    assert "".join(str(int(learns)) for learns in refit_at(4, policy)) == expected


def test_a_refit_step_below_one_is_refused():
    with pytest.raises(ValueError, match="refit"):
        refit_at(4, 0)
