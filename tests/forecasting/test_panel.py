import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import InvalidPanelError
from forecasting.panel import Panel


def _long(rows):
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"]).assign(ds=lambda f: pd.to_datetime(f["ds"]))


def _panel(rows, **settings):
    return Panel.from_long(_long(rows), **({"freq": "D", "season_length": 7} | settings))


ROWS = [("b", "2024-01-03", 5.0), ("a", "2024-01-01", 1.0), ("a", "2024-01-02", 2.0), ("b", "2024-01-05", 7.0)]


def test_series_are_rows_in_sorted_order_and_unobserved_periods_are_nan():
    panel = _panel(ROWS)
    assert panel.unique_ids.tolist() == ["a", "b"]
    np.testing.assert_array_equal(panel.y, [[1, 2, np.nan, np.nan, np.nan], [np.nan, np.nan, 5, np.nan, 7]])
    assert str(panel.cutoff) == "2024-01-05T00:00:00.000000"
    assert panel.ds.astype("datetime64[D]").astype(str).tolist() == [f"2024-01-0{d}" for d in range(1, 6)]


def test_the_order_of_rows_and_the_kind_of_frame_do_not_matter():
    frame = _long(ROWS)
    arrow = pa.Table.from_pandas(frame.iloc[::-1], preserve_index=False)
    coded = arrow.set_column(0, "unique_id", arrow.column("unique_id").dictionary_encode())
    chunked = pa.concat_tables([coded.slice(0, 1), coded.slice(1)])
    expected = Panel.from_long(frame, freq="D", season_length=7)
    for other in (arrow, coded, chunked):
        panel = Panel.from_long(other, freq="D", season_length=7)
        np.testing.assert_array_equal(panel.y, expected.y)
        assert panel.unique_ids.tolist() == expected.unique_ids.tolist()


def test_ids_filtered_out_of_a_dictionary_are_no_series():
    arrow = pa.Table.from_pandas(_long(ROWS), preserve_index=False)
    coded = arrow.set_column(0, "unique_id", arrow.column("unique_id").dictionary_encode()).slice(1, 2)
    assert Panel.from_long(coded, freq="D", season_length=7).unique_ids.tolist() == ["a"]


def test_ids_sort_as_text_and_stay_opaque():
    assert _panel([("x|10", "2024-01-01", 1.0), ("x|9", "2024-01-01", 2.0)]).unique_ids.tolist() == ["x|10", "x|9"]


def test_the_grid_ends_at_the_cutoff_for_series_that_stopped_and_those_that_went_on():
    assert _panel(ROWS, cutoff="2024-01-08").n_periods == 8
    earlier = _panel(ROWS, cutoff="2024-01-02")
    assert earlier.n_periods == 2
    assert np.isnan(earlier.y[1]).all()


def test_an_earlier_cutoff_equals_a_panel_built_without_the_future():
    np.testing.assert_array_equal(_panel(ROWS).until("2024-01-03").y, _panel(ROWS, cutoff="2024-01-03").y)


def test_an_earlier_cutoff_shares_memory():
    panel = _panel(ROWS)
    assert np.shares_memory(panel.until("2024-01-03").y, panel.y)


def test_actuals_are_what_followed_and_nan_beyond_the_grid():
    np.testing.assert_array_equal(_panel(ROWS).actuals("2024-01-04", 3), [[np.nan] * 3, [7, np.nan, np.nan]])


def test_future_periods_follow_the_cutoff():
    assert _panel(ROWS).future_ds(2).astype("datetime64[D]").astype(str).tolist() == ["2024-01-06", "2024-01-07"]


def test_null_and_infinite_values_are_not_observations():
    panel = _panel([("a", "2024-01-01", None), ("a", "2024-01-02", np.inf), ("a", "2024-01-03", 3.0)])
    np.testing.assert_array_equal(panel.y, [[np.nan, np.nan, 3.0]])


def test_a_month_is_one_column_whatever_its_length():
    panel = _panel([("a", "2024-01-01", 1.0), ("a", "2024-03-01", 3.0)], freq="MS", season_length=12)
    np.testing.assert_array_equal(panel.y, [[1.0, np.nan, 3.0]])


def test_two_rows_for_one_period_are_refused_with_series_and_time():
    with pytest.raises(InvalidPanelError, match=r"2 rows of series 'a' at 2024-01-02.*deduplicate"):
        _panel([*ROWS, ("a", "2024-01-02", 9.0)])


def test_a_time_off_the_grid_is_refused_with_the_label_it_should_have():
    with pytest.raises(InvalidPanelError, match=r"2024-01-02T06:00.*series 'a'.*labelled 2024-01-02T00:00"):
        _panel([("a", "2024-01-02T06:00", 1.0)])


def test_a_row_without_key_is_refused():
    with pytest.raises(InvalidPanelError, match="1 rows without unique_id"):
        _panel([(None, "2024-01-02", 1.0), ("a", "2024-01-02", 1.0)])


def test_a_cutoff_outside_the_history_is_refused():
    with pytest.raises(InvalidPanelError, match="expected a cutoff between 2024-01-01"):
        _panel(ROWS).until("2023-12-31")


def test_no_rows_and_no_cutoff_is_refused():
    with pytest.raises(InvalidPanelError, match="expected observations or a cutoff"):
        _panel([])


def test_some_of_the_series_keep_their_values():
    panel = _panel(ROWS).series(np.array([False, True]))
    assert panel.unique_ids.tolist() == ["b"]
    np.testing.assert_array_equal(panel.y, _panel(ROWS).y[1:])


cells = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 40)), st.floats(-1e12, 1e12), min_size=1, max_size=60
)


@settings(max_examples=100, deadline=None)
@given(cells)
def test_nothing_is_lost_between_long_and_dense(observed):
    rows = [(key, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day), value) for (key, day), value in observed.items()]
    back = _panel(rows).to_long().to_pandas()
    assert {(r.unique_id, (r.ds - pd.Timestamp("2024-01-01")).days): r.y for r in back.itertuples()} == observed
