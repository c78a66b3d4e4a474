"""Feature rows from arrays: every value against a plain calculation, and nothing from after the origin."""

import numpy as np
import pytest

from forecasting.forecasters.origin_rows import History, feature_rows, keys_of_origin, period_time, sampled_keys

SEASONS = (7, 28)
N_PERIODS = 90


def _history(seed=0, n_series=4):
    rng = np.random.default_rng(seed)
    y = rng.gamma(2.0, 5.0, (n_series, N_PERIODS))
    y[rng.random(y.shape) < 0.15] = 0.0
    y[rng.random(y.shape) < 0.10] = np.nan
    y[1, :40] = np.nan
    promo = (rng.random((n_series, N_PERIODS + 14)) < 0.3).astype(float)
    return History(y, SEASONS, {"promo": promo}, {"day_of_week": np.arange(N_PERIODS + 14) % 7 + 1.0})


def _plain(history, i, origin, h):
    """The same features by hand, for one row."""
    past, target, y = history.y[i, : origin + 1], origin + h, history.y[i]
    row = {"h": h, "season_steps": -(-h // 7), "lag_1": y[origin], "lag_3": y[origin - 2]}
    for window in (7, 14, 28):
        seen = past[-window:][~np.isnan(past[-window:])]
        row[f"rolling_mean_{window}"] = seen.mean() if seen.size else np.nan
    seen = past[-28:][~np.isnan(past[-28:])]
    row["rolling_std_28"] = seen.std() if seen.size else np.nan
    row["zero_share"] = (seen == 0).mean() if seen.size else np.nan
    row["n_observed"] = (~np.isnan(past)).sum()
    same_place = [p for p in range(target - 7, -1, -7) if p <= origin][:8]
    row["aligned_1"] = y[same_place[0]]
    kept = [y[p] for p in same_place if not np.isnan(y[p])]
    row["aligned_mean_8"] = np.mean(kept) if kept else np.nan
    month_back = [p for p in range(target - 28, -1, -28) if p <= origin]
    row["second_season_aligned_1"] = y[month_back[0]] if month_back else np.nan
    row["day_of_week"] = target % 7 + 1
    row["driver_promo"] = history.drivers["promo"][i, target]
    row["recent_driver_promo"] = history.drivers["promo"][i, max(origin - 27, 0) : origin + 1].mean()
    return row


def test_every_feature_is_what_its_name_says():
    history = _history()
    series, origin, step = sampled_keys(history, 14, steps_per_origin=3, max_rows=5_000, seed=1)
    late = origin >= 10
    series, origin, step = series[late], origin[late], step[late]
    rows = feature_rows(history, series, origin, step).to_pydict()
    for k in range(0, series.size, 17):
        expected = _plain(history, series[k], origin[k], step[k])
        found = {name: np.nan if rows[name][k] is None else rows[name][k] for name in expected}
        np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-5, err_msg=str(expected))
        assert rows["y"][k] == history.y[series[k], origin[k] + step[k]]


@pytest.mark.parametrize("origin", [20, 55, 80])
def test_what_happens_after_the_origin_changes_no_feature(origin):
    history = _history()
    changed = history.y.copy()
    changed[:, origin + 1 :] = 1e6
    told = History(changed, SEASONS, history.drivers, history.calendar)
    keys = keys_of_origin(history, origin, range(1, 11))
    before, after = feature_rows(history, *keys), feature_rows(told, *keys)
    for name in before.column_names:
        assert name == "y" or before.column(name).equals(after.column(name)), name


def test_sampled_rows_have_an_observed_target_inside_the_history_and_a_started_series():
    history = _history()
    series, origin, step = sampled_keys(history, 14, steps_per_origin=4, max_rows=100_000, seed=1)
    assert (origin + step < N_PERIODS).all()
    assert not np.isnan(history.y[series, origin + step]).any()
    assert origin[series == 1].min() >= 40
    assert set(step) == set(range(1, 15))
    assert len({*zip(series, origin, step, strict=True)}) == series.size


def test_origins_are_spaced_to_the_allowed_rows_and_meet_every_place_in_the_season():
    history = _history(n_series=30)
    series, origin, _ = sampled_keys(history, 7, steps_per_origin=2, max_rows=1_000, seed=1)
    assert 300 < series.size <= 1_000
    distance = np.unique(np.diff(np.unique(origin)))
    assert len(distance) == 1
    assert np.gcd(distance[0], 7) == 1
    assert set(np.unique(origin) % 7) == set(range(7))


def test_stand_in_times_keep_the_order_of_periods():
    assert period_time([0, 1]).tolist() == sorted(period_time([1, 0]).tolist())
