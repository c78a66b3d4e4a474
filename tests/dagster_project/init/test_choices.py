"""Settings that follow from the length of the history."""

import pytest

from tests.dagster_project.init.own_rows import panel


@pytest.mark.parametrize(
    ("freq", "periods", "windows"),
    [("W-WED", 258, (3, 2)), ("W-WED", 120, (3, 1)), ("W-WED", 60, (1, 0)), ("QS", 36, (2, 1)), ("MS", 40, (1, 1))],
)
def test_a_short_history_keeps_a_window_to_learn_from_before_those_that_are_scored(infer_from, freq, periods, windows):
    product = infer_from(panel(freq, "2015-01-01", periods)).product
    assert (product.backtest.n_windows, product.backtest.n_calibration_windows) == windows
    assert sum(windows) * product.horizon < periods


def test_a_short_history_gets_settings_that_fit_it(infer_from):
    product = infer_from(panel(periods=30)).product
    assert product.backtest.n_windows * product.horizon < 30
    assert product.season_lengths == (7,)
