"""Series without a history are forecast from their peers, marked, and part of every sum."""

from datetime import datetime

import numpy as np
import pytest

from forecasting.cold_start import COLD_START, PeerGroups, _levels_by_error, cold_start, errors_of_peers
from forecasting.panel import Panel
from forecasting.quantiles import SeriesScale
from forecasting.run import forecast, run_backtest
from forecasting.window_result import WindowResult
from tests.forecasting.conftest import product_of
from tests.forecasting.test_levels import assert_sums_agree, structure_of


def product_in_groups():
    """Groups of very different size by number, blocks that say nothing about it; 30 series."""
    rng = np.random.default_rng(5)
    size = np.array([5.0, 50.0, 500.0])[np.arange(30) % 3]
    season = 1.0 + 0.4 * np.sin(2 * np.pi * np.arange(280) / 7)
    y = np.round(size[:, None] * season * np.exp(0.1 * rng.normal(size=(30, 280))))
    return product_of(y, horizon=14, n_windows=1).with_task(candidates=("naive", "seasonal_naive", "moving_average"))


@pytest.fixture(scope="module")
def cold():
    product = product_in_groups()
    structure = structure_of(product, planned=("series_031",), cold=("series_005",))
    history = run_backtest(product.task, product.observations, None, product.cutoffs, structure)
    live = forecast(
        product.task,
        product.observations,
        product.live_cutoff,
        backtest_forecasts=history.forecasts,
        structure=structure,
    )
    return product, structure, history, live


def rows_of(live, unique_id, model=COLD_START):
    rows = live.forecasts.to_pandas()
    return rows[(rows["unique_id"] == unique_id) & (rows["model"] == model)].sort_values("ds")


def test_a_planned_series_gets_the_mean_of_its_group_and_says_so(cold):
    product, _, _, live = cold
    planned = rows_of(live, "series_031")
    assert planned["forecast_source"].tolist() == [COLD_START] * product.task.horizon
    choice = live.choices.to_pandas().query("unique_id == 'series_031'")
    assert choice["model"].tolist() == [COLD_START]
    assert choice["reason"].tolist() == ["0 observed periods; the mean of 10 series of group=1, at its level"]
    peers = live.choices.to_pandas().query("unique_id == 'series_001'")["model"].item()
    yhat = np.mean([rows_of(live, f"series_{i:03d}", peers)["yhat"] for i in range(30) if i % 3 == 1], axis=0)
    np.testing.assert_allclose(planned["yhat"], yhat, rtol=1e-9)


def test_a_series_with_few_observations_is_moved_towards_its_own_level(cold):
    product, _, _, live = cold
    few = rows_of(live, "series_005")
    assert set(few["forecast_source"]) == {COLD_START}
    # The panel has its whole history, of which only the level counts here: about that of its group.
    assert 300 < few["yhat"].mean() < 700
    assert few["yhat"].std() > 0
    assert rows_of(live, "series_008").empty
    assert product.task.horizon == len(few)


def test_cold_series_are_part_of_the_sums_and_have_quantiles(cold):
    product, structure, _, live = cold
    assert_sums_agree(live, structure)
    quantiles = live.quantiles.to_pandas().query("unique_id == 'series_031'")
    assert len(quantiles) == product.task.horizon * len(product.task.quantile_levels)
    wide = quantiles.pivot_table(index="ds", columns="quantile_level", values="yhat")
    assert (np.diff(wide.to_numpy(), axis=1) >= 0).all()
    assert (wide[0.9] > wide[0.1]).all()


def test_a_planned_series_is_unknown_at_past_cutoffs(cold):
    _, _, history, _ = cold
    assert "series_031" not in set(history.forecasts["unique_id"].to_pylist())


def test_errors_of_peers_leave_the_series_itself_out(cold):
    product, structure, history, _ = cold
    window = history.windows[0]
    groups = PeerGroups.of(structure.memberships, window.unique_ids)
    errors = errors_of_peers(window, "seasonal_naive", groups)
    i = list(window.unique_ids).index("series_000")
    others = [j for j in np.flatnonzero(window.eligible) if j != i and int(window.unique_ids[j][-3:]) % 3 == 0]
    np.testing.assert_allclose(errors.yhat[i], window.yhat["seasonal_naive"][others].mean(axis=0))
    assert product.task.horizon == errors.y.shape[1]


def one_by_one(served, model, is_cold, past, groups):
    """What each cold series is told, by a plain reading of the rule."""
    mature = served.eligible & ~is_cold
    order = _levels_by_error(served.scale.level, mature, groups)
    answers = {}
    for i in np.flatnonzero(is_cold):
        for level in order:
            code = groups.codes[level, i]
            members = np.flatnonzero(mature & (groups.codes[level] == code)) if code >= 0 else np.array([], int)
            if members.size:
                who = f"{members.size} series of {groups.nodes[code]}"
                break
        else:
            members, who = np.flatnonzero(mature), "all series"
        level = served.scale.level[members].mean()
        known = past.is_observed[i]
        own = (past.y[i][known].sum() + 7 * level) / (known.sum() + 7)
        answers[i] = who, own, own / level * served.yhat[model][members].mean(axis=0)
    return answers


def test_many_cold_series_at_once_are_told_what_each_alone_would_be():
    rng = np.random.default_rng(17)
    n, steps = 400, 5
    y = np.where(rng.random((n, 30)) < 0.7, rng.gamma(2, 10, (n, 30)), np.nan)
    panel = Panel(np.array([f"s{i:03d}" for i in range(n)], dtype=object), 0, y, "D", 7)
    # Some nodes have no mature series, some series are in no node at all.
    codes = np.stack([rng.integers(-1, 4, n), 4 + rng.integers(0, 60, n)])
    groups = PeerGroups(codes, np.array([f"node={k}" for k in range(64)], dtype=object))
    is_cold = rng.random(n) < 0.7
    is_cold[codes[1] < 30] = True
    scale = SeriesScale(*(rng.gamma(2, 10, n) for _ in range(3)))
    served = WindowResult(
        datetime(2024, 1, 30),  # noqa: DTZ001 - naive as in the tables
        "D",
        panel.unique_ids,
        ~is_cold,
        np.full((n, steps), np.nan),
        scale,
        {"m": rng.gamma(2, 10, (n, steps))},
        {"m": np.zeros(n, dtype=bool)},
    )
    cold = cold_start(served, "m", is_cold, panel, groups)
    expected = one_by_one(served, "m", is_cold, panel, groups)
    assert (cold.series == is_cold).all()
    assert len({who for who, *_ in expected.values()}) > 5
    assert "all series" in {who for who, *_ in expected.values()}
    for i, (who, own, yhat) in expected.items():
        assert cold.peers[i] == who
        np.testing.assert_allclose(cold.window.scale.level[i], own)
        np.testing.assert_allclose(cold.window.yhat[COLD_START][i], yhat)
