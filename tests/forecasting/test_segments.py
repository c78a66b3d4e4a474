import numpy as np
import pandas as pd

from forecasting.panel import Panel
from forecasting.run import run_backtest
from forecasting.segments import demand_classes, segments
from tests.forecasting.conftest import product_of


def _panel(y):
    ids = np.array([f"s{i}" for i in range(len(y))], dtype=object)
    return Panel(ids, 0, np.asarray(y, dtype=float), "D", 7)


def test_demand_classes_follow_syntetos_boylan_and_croston():
    rng = np.random.default_rng(0)
    smooth = np.full(200, 10.0)
    erratic = np.where(np.arange(200) % 2 == 0, 1.0, 30.0)
    intermittent = np.where(np.arange(200) % 4 == 0, 5.0, 0.0)
    lumpy = np.where(np.arange(200) % 4 == 0, rng.choice([1.0, 40.0], 200), 0.0)
    never = np.zeros(200)
    assert demand_classes(_panel([smooth, erratic, intermittent, lumpy, never])).tolist() == [
        "smooth",
        "erratic",
        "intermittent",
        "lumpy",
        "none",
    ]


def test_periods_before_the_first_observation_do_not_count_as_without_demand():
    launched_late = np.full(200, 10.0)
    launched_late[:150] = np.nan
    assert demand_classes(_panel([launched_late])).tolist() == ["smooth"]


def test_series_are_put_into_thirds_by_volume():
    labels = segments(_panel([np.full(50, float(level)) for level in (1, 2, 3, 10, 20, 30, 100, 200, 300)]))
    assert [label.split("/")[1] for label in labels] == ["low"] * 3 + ["middle"] * 3 + ["high"] * 3


def two_worlds(n_days=400):
    """Small series that wander, large ones that repeat their week: each third of volume needs a model of its own."""
    rng = np.random.default_rng(3)
    wander = 20 + np.cumsum(rng.normal(0, 1.0, (20, n_days)), axis=1)
    week = 1000 + 400 * np.sin(2 * np.pi * np.arange(n_days) / 7) + rng.normal(0, 20, (40, n_days))
    return np.maximum(np.vstack([wander, week]), 1.0)


def test_a_choice_at_a_cutoff_knows_no_segment_of_later_days():
    def choices(y):
        product = product_of(y, horizon=7, n_windows=8).with_task(
            candidates=("seasonal_naive", "naive"), target_kind="continuous"
        )
        found = run_backtest(product.task, product.observations, None, product.cutoffs).choices.to_pandas()
        known = found[found["cutoff"] <= product.cutoffs[5]].sort_values(["cutoff", "unique_id"])
        return product.cutoffs[5], known.reset_index(drop=True)

    y = two_worlds()
    cutoff, before = choices(y)
    at_cutoff = before[before["cutoff"] == cutoff]
    assert set(at_cutoff["model"]) == {"seasonal_naive", "naive"}, "segments must choose differently for this to test"
    rewritten = y.copy()
    # After the cutoff the small series sell a million times as much, and the large ones almost nothing.
    first = y.shape[1] - 7 * 3
    rewritten[:20, first:] *= 1e6
    rewritten[20:, first:] *= 1e-6
    _, after = choices(rewritten)
    pd.testing.assert_frame_equal(before, after)
