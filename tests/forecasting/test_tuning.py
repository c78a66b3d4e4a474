"""Tuning: the fixed settings always run, every trial is logged, and nothing is used that won only where it was tried."""

import json
from dataclasses import replace

import numpy as np
import pytest

from forecasting.errors import NotEnoughHistoryError
from forecasting.run import build_panel
from forecasting.task import LightGBMSettings
from forecasting.tuning import GRID, TuningSettings, tune

SMALL = LightGBMSettings(n_trees=8, n_members=2)


class Loader:
    """The product's features, noting at which cutoffs they were asked for."""

    targets_change = False

    def __init__(self, features):
        self.features, self.cutoffs = features, []

    def training_rows(self, cutoff):
        self.cutoffs.append(cutoff)
        return self.features.training_rows(cutoff)

    def forecast_rows(self, cutoff):
        self.cutoffs.append(cutoff)
        return self.features.forecast_rows(cutoff)


@pytest.fixture
def tuned(product):
    task = replace(product.task, lightgbm=SMALL)
    panel = build_panel(task, product.observations)
    loader = Loader(product.features)

    def run(mode, **settings):
        settings = {"seconds": 1e9, "trials": 30} | settings
        clock = settings.pop("clock", lambda: 0.0)
        answer = tune(task, TuningSettings(mode, **settings), panel, loader, product.cutoffs[:2], clock)
        return answer, answer.trials.to_pylist()

    run.loader = loader
    return run


def test_a_grid_tries_every_combination_beside_the_fixed_settings(tuned, product):
    _, trials = tuned("grid")
    searched = [row for row in trials if row["tuning_window"] == "search"]
    assert len(searched) == 1 + np.prod([len(values) for values in GRID.values()])
    assert (searched[0]["trial"], searched[0]["source"], searched[0]["parameters"]) == (0, "fixed", "{}")
    assert len({row["parameters"] for row in searched}) == len(searched)
    assert all(0 < row["wape"] < 2 for row in searched)
    assert set(tuned.loader.cutoffs) <= set(product.cutoffs[:2])


def test_what_is_used_won_on_the_window_that_no_trial_saw(tuned):
    answer, trials = tuned("grid", trials=4)
    confirm = {row["trial"]: row["wape"] for row in trials if row["tuning_window"] == "confirm"}
    chosen = {row["trial"] for row in trials if row["is_chosen"]}
    assert len(chosen) == 1
    if chosen != {0}:
        assert confirm[chosen.pop()] < confirm[0]
    changes = json.loads(next(row["parameters"] for row in trials if row["is_chosen"]))
    assert answer.settings == replace(SMALL, **changes)


def test_a_winner_of_the_search_that_loses_afterwards_is_not_used(tuned, monkeypatch):
    import forecasting.tuning as module

    def loss(self, settings):
        is_fixed = settings == SMALL
        return (0.5 if is_fixed else 0.4, None) if len(self._windows) and self.window == 0 else (
            (0.5, None) if is_fixed else (0.6, None)
        )  # fmt: skip

    numbers = iter(range(9))
    original = module._Scorer.__init__

    def init(self, *arguments):
        original(self, *arguments)
        self.window = next(numbers)

    monkeypatch.setattr(module._Scorer, "__init__", init)
    monkeypatch.setattr(module._Scorer, "loss", loss)
    answer, trials = tuned("grid", trials=3)
    assert answer.settings == SMALL
    assert [row["trial"] for row in trials if row["is_chosen"]] == [0, 0]
    assert sum(row["tuning_window"] == "confirm" for row in trials) == 2


def test_a_search_is_seeded_and_stays_within_its_trials(tuned):
    first, trials = tuned("search", trials=5)
    second, again = tuned("search", trials=5)
    assert trials == again
    assert first.settings == second.settings
    assert max(row["trial"] for row in trials) == 5


def test_no_trial_starts_after_the_time_is_over_but_the_fixed_settings_ran(tuned):
    ticks = iter([0.0, 1.0, 11.0])
    _, trials = tuned("search", seconds=10, clock=lambda: next(ticks))
    assert sorted({row["trial"] for row in trials}) == [0, 1]


def test_more_than_thirty_trials_are_refused():
    with pytest.raises(ValueError, match="1 to 30 trials, found 31"):
        TuningSettings("search", trials=31)


def test_one_window_is_not_enough_to_try_and_to_confirm(product):
    panel = build_panel(product.task, product.observations)
    with pytest.raises(NotEnoughHistoryError, match="found 1"):
        tune(product.task, TuningSettings("grid"), panel, product.features, product.cutoffs[:1])
