"""The products of the tasks are valid, and their windows are those of the protocols."""

import pytest

from benchmarks.product_run import benchmark_product
from benchmarks.tasks import TASKS
from dagster_project.product import load_product

LIVE = {"rossmann_42d", "store_item", "m4_hourly", "m4_weekly", "scale"}


@pytest.mark.parametrize("name", TASKS)
def test_the_product_forecasts_as_far_as_the_protocol_asks(name):
    product, protocol = benchmark_product(name), TASKS[name].protocol
    assert product.horizon == protocol["horizon"]
    assert product.name == name


@pytest.mark.parametrize("name", sorted(set(TASKS) - LIVE))
def test_backtested_tasks_stand_in_the_cutoffs_of_the_protocol(name):
    product, protocol = benchmark_product(name), TASKS[name].protocol
    assert product.backtest.n_windows == protocol["n_windows"]
    assert product.backtest.step_size == protocol["step_size"]


@pytest.mark.parametrize("name", sorted(set(TASKS) - LIVE))
def test_something_is_known_before_the_first_scored_window(name):
    assert benchmark_product(name).backtest.n_calibration_windows >= 1


def test_a_task_changes_what_the_protocol_fixes_and_nothing_else():
    ours, shipped = benchmark_product("rossmann_1d"), load_product("rossmann")
    assert ours.models == shipped.models
    assert ours.features == shipped.features
    assert ours.drivers == shipped.drivers


def test_overrides_reach_into_a_section():
    product = benchmark_product("rossmann_1d", backtest={"n_windows": 3})
    assert product.backtest.n_windows == 3
    assert product.backtest.step_size == 48
