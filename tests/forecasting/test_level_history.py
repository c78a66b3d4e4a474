"""A series that moves belongs to its old node at every cutoff before the move, and to its new one after it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from forecasting.errors import InvalidPanelError
from forecasting.levels import BOTTOM_UP, RECONCILED
from forecasting.row_stream import RowStream
from forecasting.run import forecast, run_backtest
from forecasting.tables import BACKTEST_FORECASTS
from tests.forecasting.conftest import simulate
from tests.forecasting.test_levels import served_of, structure_of

MOVED = "series_003"  # group=0 until the move, group=7 (a node that did not exist before) after it


@pytest.fixture(scope="module")
def product():
    return simulate(n_series=12, n_windows=5).with_task(candidates=("naive", "seasonal_naive", "moving_average"))


def after_a_move(product, moved_at, new_node="group=7"):
    """The structure of the product when the move at `moved_at` is known, as the warehouse would tell it."""
    structure = structure_of(product)
    rows = structure.memberships.to_pandas()
    old = (rows["unique_id"] == MOVED) & (rows["level"] == "group")
    new = rows[old].assign(node_id=new_node, valid_from=pd.Timestamp(moved_at))
    rows.loc[old, "valid_to"] = pd.Timestamp(moved_at)
    rows = pd.concat([rows, new.astype(rows.dtypes)]).sort_values(["level", "node_id", "unique_id"])
    observed = product.observations.to_pandas()

    def sums(members):
        found = observed.merge(members, on="unique_id").groupby(["node_id", "ds"], as_index=False)["y"].sum()
        return found.rename(columns={"node_id": "unique_id"})

    now = sums(rows[rows["valid_to"].isna()])
    before = sums(rows[rows["valid_from"].isna()])
    former = [
        before[before["unique_id"] == "group=0"].assign(cutoff=cutoff)
        for cutoff in product.cutoffs
        if cutoff < moved_at
    ]
    columns = ["cutoff", "unique_id", "ds", "y"]
    former = pd.concat(former)[columns] if former else pd.DataFrame(columns=columns)
    schema = structure.former_node_observations.schema
    return replace(
        structure,
        memberships=pa.Table.from_pandas(rows, preserve_index=False),
        node_observations=pa.Table.from_pandas(now, preserve_index=False),
        former_node_observations=pa.Table.from_pandas(former, schema=schema, preserve_index=False),
    )


@pytest.fixture(scope="module")
def moved_at(product):
    return product.cutoffs[3]


@pytest.fixture(scope="module")
def results(product, moved_at):
    def run(structure):
        return run_backtest(product.task, product.observations, None, product.cutoffs, structure)

    return run(structure_of(product)), run(after_a_move(product, moved_at))


def until(table, cutoff):
    rows = table.filter(pc.less(table["cutoff"], pa.scalar(cutoff, pa.timestamp("us")))).to_pandas()
    return rows.sort_values(list(rows.columns[:4])).reset_index(drop=True)


@pytest.mark.parametrize("table", ["forecasts", "quantiles", "choices"])
def test_a_later_move_changes_nothing_at_an_earlier_cutoff(results, moved_at, table):
    without, with_move = (until(getattr(result, table), moved_at) for result in results)
    assert len(without) > 0
    pd.testing.assert_frame_equal(without, with_move)


def test_from_the_move_on_the_nodes_are_the_sums_of_their_new_members(results, moved_at):
    _, result = results
    rows = result.forecasts.to_pandas()
    rows = rows[rows["cutoff"] >= pd.Timestamp(moved_at)]
    later = pa.Table.from_pandas(rows, preserve_index=False)
    served = served_of(replace(result, forecast_rows=RowStream(BACKTEST_FORECASTS, lambda: [later])))
    groups = {k: [f"series_{i:03d}" for i in range(12) if i % 3 == k and f"series_{i:03d}" != MOVED] for k in range(3)}
    np.testing.assert_allclose(served.loc["group=0"], served.loc[groups[0]].sum(), atol=1e-6)
    np.testing.assert_allclose(served.loc["group=7"], served.loc[MOVED], atol=1e-6)
    actual = rows[(rows["unique_id"] == "group=7") & (rows["model"] == BOTTOM_UP)].set_index("ds")["y"]
    own = rows[(rows["unique_id"] == MOVED) & (rows["model"] == "naive")].set_index("ds")["y"]
    pd.testing.assert_series_equal(actual, own)


def test_a_node_has_rows_only_where_it_had_series(results, moved_at):
    _, result = results
    rows = result.forecasts.to_pandas()
    assert rows[rows["unique_id"] == "group=7"]["cutoff"].min() == pd.Timestamp(moved_at)
    chosen = result.choices.to_pandas()
    assert chosen[chosen["unique_id"] == "group=7"]["cutoff"].min() == pd.Timestamp(moved_at)


def test_the_live_forecast_learns_the_same_from_the_table_as_the_backtest_itself(product, results, moved_at):
    _, history = results
    structure = after_a_move(product, moved_at)
    live = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        backtest_forecasts=history.forecasts,
        structure=structure,
    )
    newest = history.choices.filter(pc.equal(history.choices["cutoff"], product.live_cutoff))
    assert live.choices.select(["unique_id", "model"]) == newest.select(["unique_id", "model"])
    rows = live.forecasts.to_pandas()
    reconciled = rows[rows["model"] == RECONCILED].pivot_table(index="unique_id", columns="ds", values="yhat")
    np.testing.assert_allclose(reconciled.loc["group=7"], reconciled.loc[MOVED], atol=1e-6)


def test_a_node_that_nobody_belongs_to_any_more_is_not_forecast_live(product, moved_at):
    structure = after_a_move(product, moved_at, new_node="group=1")
    rows = structure.memberships.to_pandas()
    lone = (rows["level"] == "group") & (rows["node_id"] == "group=0")
    rows.loc[lone, "valid_to"] = pd.Timestamp(moved_at)
    others = rows[lone & (rows["unique_id"] != MOVED)].assign(
        node_id="group=1", valid_from=pd.Timestamp(moved_at), valid_to=pd.NaT
    )
    rows = pd.concat([rows, others.astype(rows.dtypes)])
    observed = product.observations.to_pandas()
    now = (
        observed.merge(rows[rows["valid_to"].isna()], on="unique_id")
        .groupby(["node_id", "ds"], as_index=False)["y"]
        .sum()
    )
    then = (
        observed.merge(rows[rows["valid_from"].isna()], on="unique_id")
        .groupby(["node_id", "ds"], as_index=False)["y"]
        .sum()
    )
    then = then[then["node_id"].isin(["group=0", "group=1"])].rename(columns={"node_id": "unique_id"})
    former = pd.concat([then.assign(cutoff=cutoff) for cutoff in product.cutoffs if cutoff < moved_at])
    structure = replace(
        structure,
        memberships=pa.Table.from_pandas(rows, preserve_index=False),
        node_observations=pa.Table.from_pandas(now.rename(columns={"node_id": "unique_id"}), preserve_index=False),
        former_node_observations=pa.Table.from_pandas(
            former[["cutoff", "unique_id", "ds", "y"]],
            schema=structure.former_node_observations.schema,
            preserve_index=False,
        ),
    )
    history = run_backtest(product.task, product.observations, None, product.cutoffs, structure)
    assert "group=0" in set(history.forecasts["unique_id"].to_pylist())
    live = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        backtest_forecasts=history.forecasts,
        structure=structure,
    )
    for table in (live.forecasts, live.quantiles, live.choices):
        assert "group=0" not in set(table["unique_id"].to_pylist())
    assert np.isfinite(live.forecasts["yhat"].to_numpy()).all()


def test_missing_sums_of_former_members_are_refused(product, moved_at):
    structure = after_a_move(product, moved_at)
    structure = replace(structure, former_node_observations=structure.former_node_observations.slice(0, 0))
    with pytest.raises(InvalidPanelError, match="members changed after"):
        run_backtest(product.task, product.observations, None, product.cutoffs, structure)
