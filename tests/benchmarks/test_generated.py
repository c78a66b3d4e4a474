"""The generated retail demand: the same numbers every time, of a kind that retail knows."""

import duckdb
import numpy as np

from benchmarks.generated import HORIZON, Retail, write_delivery

SMALL = Retail(n_items=14, n_days=400)


def units(retail):
    return np.concatenate([block for _, block in retail.blocks()])


def test_the_same_numbers_every_time():
    assert (units(SMALL) == units(SMALL)).all()


def test_a_sample_has_the_numbers_of_the_full_data():
    more = Retail(n_items=20, n_days=400)
    store, block = next(more.blocks())
    assert store == "CA_1"
    assert (next(SMALL.blocks())[1] == block[:14]).all()


def test_full_size_is_that_of_the_m5_competition():
    assert Retail.of_series(None).n_series == 30_490
    assert Retail.of_series(1_000).n_series == 1_000


def test_demand_is_intermittent_for_many_and_never_negative():
    found = units(SMALL)[:, : SMALL.n_days]
    assert found.min() == 0
    zero_share = (found == 0).mean(axis=1)
    assert (zero_share > 0.5).mean() > 0.3
    assert (zero_share < 0.5).mean() > 0.1


def test_cheaper_items_sell_more():
    prices = SMALL.prices()
    sold, full = [], []
    for item in range(SMALL.n_items):
        cheap = prices[item] < prices[item].max()
        if cheap.any():
            block = next(SMALL.blocks())[1][item]
            sold.append(block[cheap].mean())
            full.append(block[~cheap].mean())
    assert sum(sold) > sum(full)


def test_the_delivery_holds_the_history_and_the_plans_of_the_horizon(tmp_path):
    write_delivery(SMALL, tmp_path)
    with duckdb.connect() as connection:
        rows, series, last = connection.sql(
            f"select count(*), count(distinct store || item), max(date) from '{tmp_path}/observations.parquet'"
        ).fetchone()
        planned = connection.sql(f"select max(date) from '{tmp_path}/drivers.parquet'").fetchone()[0]
        levels = connection.sql(
            f"select count(distinct state), count(distinct department), count(*) from '{tmp_path}/attributes.parquet'"
        ).fetchone()
        total = connection.sql(f"select sum(units) from '{tmp_path}/observations.parquet'").fetchone()[0]
    assert (rows, series) == (140 * 400, 140)
    assert (planned - last).days == HORIZON
    assert levels == (3, 7, 140)
    assert total == units(SMALL)[:, :400].sum()
