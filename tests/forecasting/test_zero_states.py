import numpy as np
import pyarrow as pa

from forecasting.zero_states import ZeroState, find_zero_states, in_zero_state


def _rows(n=1000, seed=0):
    rng = np.random.default_rng(seed)
    is_open = (rng.random(n) > 0.2).astype(float)
    promo = (rng.random(n) > 0.5).astype(float)
    y = is_open * rng.poisson(20, n)
    return pa.table({"y": y, "driver_open": is_open, "driver_promo": promo, "driver_price": rng.random(n)})


NAMES = ("driver_open", "driver_promo", "driver_price")


def test_a_closed_state_is_found_and_a_promotion_is_not():
    assert find_zero_states(_rows(), NAMES) == (ZeroState("driver_open", 0.0),)


def test_an_intermittent_target_is_not_mistaken_for_a_closed_shop():
    rng = np.random.default_rng(1)
    rows = _rows().set_column(0, "y", pa.array((rng.random(1000) > 0.95).astype(float)))
    assert find_zero_states(rows, NAMES) == ()


def test_rows_in_the_state_are_named():
    rows = _rows()
    inside = in_zero_state(rows, find_zero_states(rows, NAMES))
    np.testing.assert_array_equal(inside, rows["driver_open"].to_numpy() == 0.0)
