"""Every level at once: sums agree, nothing is seen too early, and reconciling has to earn its place."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from forecasting.levels import BASE, BOTTOM_UP, RECONCILED, LevelWindow, choose_level_model, node_models
from forecasting.quantiles import SeriesScale
from forecasting.run import forecast, run_backtest
from forecasting.serving import Structure
from forecasting.window_result import WindowResult
from tests.forecasting.conftest import day, product_of, simulate

NO_FORMER = pa.schema(
    [("cutoff", pa.timestamp("us")), ("unique_id", pa.string()), ("ds", pa.timestamp("us")), ("y", pa.float64())]
).empty_table()


def structure_of(product, *, groups=3, ended=(), planned=(), cold=()):
    """Total, groups by number, and blocks of ten that cross them; `planned` series have no observation yet."""
    observed = product.observations.to_pandas()
    ids = sorted({*observed["unique_id"], *planned})
    rows = []
    for unique_id in ids:
        number = int(unique_id.split("_")[1])
        nodes = {"total": "total", "group": f"group={number % groups}", "block": f"block={number // 10}"}
        rows += [(node, level, unique_id) for level, node in nodes.items()]
    memberships = pd.DataFrame(rows, columns=["node_id", "level", "unique_id"])
    memberships["valid_from"] = memberships["valid_to"] = pd.Series(
        pd.NaT, index=memberships.index, dtype="datetime64[us]"
    )
    sums = observed.merge(memberships, on="unique_id").groupby(["node_id", "ds"], as_index=False)["y"].sum()
    eligibility = [
        {
            "unique_id": unique_id,
            "cutoff": cutoff,
            "is_forecast": unique_id not in ended and (unique_id not in planned or cutoff == product.live_cutoff),
            "n_observations": 0 if unique_id in planned else 3 if unique_id in cold else 100,
        }
        for unique_id in ids
        for cutoff in [*product.cutoffs, product.live_cutoff]
    ]
    return Structure(
        memberships=pa.Table.from_pandas(memberships, preserve_index=False),
        node_observations=pa.Table.from_pandas(sums.rename(columns={"node_id": "unique_id"}), preserve_index=False),
        former_node_observations=NO_FORMER,
        eligibility=pa.Table.from_pylist(eligibility),
    )


@pytest.fixture(scope="module")
def small():
    return simulate(n_series=30, n_windows=5).with_task(candidates=("naive", "seasonal_naive", "moving_average"))


@pytest.fixture(scope="module")
def history(small):
    return run_backtest(small.task, small.observations, None, small.cutoffs, structure_of(small))


def live_of(product, structure, history):
    return forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        backtest_forecasts=history.forecasts,
        structure=structure,
    )


@pytest.fixture(scope="module")
def live(small, history):
    return live_of(small, structure_of(small), history)


def served_of(result):
    rows = result.forecasts.to_pandas().merge(result.choices.to_pandas(), on=["unique_id", "cutoff", "model"])
    return rows.pivot_table(index="unique_id", columns=["cutoff", "ds"], values="yhat")


def assert_sums_agree(result, structure):
    served = served_of(result)
    members = structure.memberships.to_pandas()
    for node, below in members.groupby("node_id"):
        present = [name for name in below["unique_id"] if name in served.index]
        np.testing.assert_allclose(served.loc[node], served.loc[present].sum(), atol=1e-6, err_msg=node)


def test_what_is_served_adds_up_at_every_level_and_cutoff(small, history, live):
    assert_sums_agree(live, structure_of(small))
    past = replace(history, choices=history.choices.filter(pc.not_equal(history.choices["cutoff"], small.live_cutoff)))
    assert_sums_agree(past, structure_of(small))


def test_every_node_has_every_step_and_every_answer(small, live):
    rows = live.forecasts.to_pandas()
    nodes = rows[rows["unique_id"].str.contains("=|total")]
    counts = nodes.groupby(["unique_id", "model"])["h"].nunique()
    assert set(counts) == {small.task.horizon}
    assert nodes["unique_id"].nunique() == 7
    assert {BASE, BOTTOM_UP, RECONCILED, "seasonal_naive"} <= set(nodes["model"])


def test_reconciled_forecasts_add_up_whether_they_serve_or_not(small, live):
    rows = live.forecasts.to_pandas()
    reconciled = rows[rows["model"] == RECONCILED].pivot_table(index="unique_id", columns="ds", values="yhat")
    for node, below in structure_of(small).memberships.to_pandas().groupby("node_id"):
        np.testing.assert_allclose(reconciled.loc[node], reconciled.loc[below["unique_id"]].sum(), atol=1e-6)
    assert reconciled.to_numpy().min() >= 0.0


def test_nothing_after_a_cutoff_moves_what_a_node_was_forecast_there(small, history):
    cutoff = small.cutoffs[2]
    later = pc.greater(small.observations["ds"], cutoff)
    y = pc.if_else(later, pc.add(pc.multiply(small.observations["y"], 7.0), 31.0), small.observations["y"])
    poisoned = replace(small, observations=small.observations.set_column(2, "y", y))
    again = run_backtest(poisoned.task, poisoned.observations, None, poisoned.cutoffs, structure_of(poisoned))

    def until(result):
        rows = result.forecasts.to_pandas()
        rows = rows[rows["cutoff"] <= pd.Timestamp(cutoff)]
        return rows[["unique_id", "cutoff", "ds", "model", "yhat"]].reset_index(drop=True)

    pd.testing.assert_frame_equal(until(history), until(again))


def test_the_live_forecast_learns_from_the_table_what_the_backtest_learnt_itself(small, history, live):
    newest = history.choices.filter(pc.equal(history.choices["cutoff"], small.live_cutoff))
    assert live.choices.select(["unique_id", "model"]) == newest.select(["unique_id", "model"])


def test_the_order_of_the_rows_does_not_matter(small, history):
    order = np.random.default_rng(3).permutation(small.observations.num_rows)
    structure = structure_of(small)
    shuffled = replace(
        structure,
        memberships=structure.memberships.take(np.random.default_rng(4).permutation(structure.memberships.num_rows)),
        node_observations=structure.node_observations.take(
            np.random.default_rng(5).permutation(structure.node_observations.num_rows)
        ),
    )
    again = run_backtest(small.task, small.observations.take(order), None, small.cutoffs, shuffled)
    assert again.forecasts == history.forecasts
    assert again.quantiles == history.quantiles


def test_quantiles_of_nodes_never_cross_and_cover_about_what_they_say(small, history):
    structure = structure_of(small)
    quantiles = history.quantiles.to_pandas()
    quantiles = quantiles[quantiles["unique_id"].str.contains("=|total") & (quantiles["model"] == BOTTOM_UP)]
    wide = quantiles.pivot_table(index=["unique_id", "cutoff", "ds"], columns="quantile_level", values="yhat")
    assert set(wide.index.get_level_values("unique_id")) == set(structure.memberships["node_id"].to_pylist())
    assert (np.diff(wide.to_numpy(), axis=1) >= 0).all()
    y = structure.node_observations.to_pandas().set_index(["unique_id", "ds"])["y"]
    actual = y.reindex(pd.MultiIndex.from_arrays([wide.index.get_level_values(i) for i in (0, 2)])).to_numpy()
    assert 0.6 <= np.mean((actual >= wide[0.1]) & (actual <= wide[0.9])) <= 0.95


def hidden_season(n_days=200):
    """Series whose own noise hides the week that all of them have: the sum shows it, their averages do not."""
    rng = np.random.default_rng(11)
    level = 2.0 + 1.2 * np.sin(2 * np.pi * np.arange(n_days) / 7)
    y = rng.poisson(np.tile(level, (40, 1))).astype(float)
    return product_of(y, horizon=14, n_windows=5).with_task(
        candidates=("moving_average_13",), target_kind="count", quantile_models=()
    )


def test_reconciling_serves_once_finished_windows_say_that_it_helps_over_the_levels():
    product = hidden_season()
    structure = structure_of(product)
    result = run_backtest(product.task, product.observations, None, product.cutoffs, structure)
    chosen = result.choices.to_pandas().query("unique_id == 'total'").sort_values("cutoff")
    assert chosen["model"].tolist()[:2] == [BOTTOM_UP, BOTTOM_UP]
    assert "no evidence" in chosen["reason"].iloc[0]
    assert chosen["model"].tolist()[-1] == RECONCILED
    rows = result.forecasts.to_pandas()
    totals = rows[rows["unique_id"] == "total"].assign(error=lambda frame: (frame["y"] - frame["yhat"]).abs())
    error = totals.groupby("model")["error"].sum()
    assert error[RECONCILED] < 0.9 * error[BOTTOM_UP]
    live = live_of(product, structure, result)
    assert set(live.choices["model"].to_pylist()) == {RECONCILED}
    assert_sums_agree(live, structure)
    assert pc.min(live.forecasts["yhat"]).as_py() >= 0.0
    assert set(live.quantiles["unique_id"].to_pylist()) == set(live.choices["unique_id"].to_pylist())


def level_windows(errors):
    """Windows in which reconciling has a share of the error of the sums."""
    for number, share in enumerate(errors):
        yield LevelWindow(
            _one_series("total", BOTTOM_UP, day(7 * number), share), _one_series("a", "served", day(7 * number), share)
        )


def _one_series(unique_id, reference, cutoff, share):
    y, flags = np.full((1, 4), 10.0), np.zeros(1, dtype=bool)
    yhat = {reference: y + 2.0, RECONCILED: y + 2.0 * share}
    scale = SeriesScale(*(np.ones(1) for _ in range(3)))
    names = np.array([unique_id], dtype=object)
    return WindowResult(cutoff, "D", names, ~flags, y, scale, yhat, dict.fromkeys(yhat, flags))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.5,), BOTTOM_UP),
        ((0.8, 0.9), RECONCILED),
        ((0.999, 0.998, 0.997), BOTTOM_UP),
        ((0.2, 1.1, 1.1), BOTTOM_UP),
        ((0.7, 0.8, 1.1), RECONCILED),
        ((1.2, 1.1, 1.3), BOTTOM_UP),
    ],
)
def test_reconciling_needs_two_windows_a_clear_gain_and_most_windows_on_its_side(shares, expected):
    choice = choose_level_model(list(level_windows(shares)), np.array(["total"], dtype=object))
    assert choice.model == expected


def test_a_series_that_is_not_forecast_is_in_no_table_and_in_no_sum(small):
    structure = structure_of(small, ended=("series_004",))
    history = run_backtest(small.task, small.observations, None, small.cutoffs, structure)
    live = live_of(small, structure, history)
    for table in (history.forecasts, history.quantiles, live.forecasts, live.quantiles, live.choices):
        assert "series_004" not in set(table["unique_id"].to_pylist())
    assert_sums_agree(live, structure)


def test_without_node_observations_only_the_series_are_forecast(small):
    structure = structure_of(small)
    structure = replace(structure, node_observations=structure.node_observations.slice(0, 0))
    history = run_backtest(small.task, small.observations, None, small.cutoffs, structure)
    live = live_of(small, structure, history)
    assert set(live.forecasts["unique_id"].to_pylist()) == set(small.observations["unique_id"].to_pylist())
    assert set(live.forecasts["model"].to_pylist()) == set(small.task.candidates)


@pytest.mark.parametrize(
    ("n_nodes", "has_engine", "has_slow"), [(33, True, True), (500, False, True), (9_000, False, False)]
)
def test_few_nodes_get_the_models_that_their_series_have(n_nodes, has_engine, has_slow):
    levels = SimpleNamespace(panel=SimpleNamespace(n_series=n_nodes))
    names = node_models(levels, ("naive", "auto_ets", "lightgbm", "ensemble"))
    assert ("auto_ets" in names) == has_engine
    assert ("smoothing_ensemble" in names) == has_slow
    assert not {"naive", "lightgbm", "ensemble"} & set(names)
    assert "auto_ets" not in node_models(levels, ("naive", "lightgbm"))
