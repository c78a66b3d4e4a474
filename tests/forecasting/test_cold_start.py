"""Series without a history are forecast from their peers, marked, and part of every sum."""

import numpy as np
import pytest

from forecasting.cold_start import COLD_START, PeerGroups, errors_of_peers
from forecasting.run import forecast, run_backtest
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
