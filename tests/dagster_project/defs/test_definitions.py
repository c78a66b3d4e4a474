"""The graph that the operator sees, resolved for the demo product."""

import difflib
import os
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.definitions import definitions_for
from dagster_project.defs.jobs import _cutoffs
from dagster_project.pipeline.checks import CHECKS, Severity
from dagster_project.product import load_product
from dagster_project.run_request import BACKFILL_JOB, BACKTEST_JOB, FORECAST_JOB

GOLDEN = Path(__file__).with_name("asset_graph.txt")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    return definitions_for(load_product("demo"), tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_both_jobs_resolve(definitions):
    whole = definitions.resolve_job_def(FORECAST_JOB).asset_layer.executable_asset_keys
    evaluation = definitions.resolve_job_def(BACKTEST_JOB).asset_layer.executable_asset_keys
    assert dg.AssetKey(["published", "snapshot"]) in whole
    assert dg.AssetKey(["published", "snapshot"]) not in evaluation
    assert dg.AssetKey(["marts", "fct_backtest_metrics"]) in evaluation
    assert evaluation < whole


def test_a_run_is_nine_steps(definitions):
    steps = {node.name for node in definitions.resolve_job_def(FORECAST_JOB).graph.nodes}
    names = {
        "deliveries",
        "dbt_features",
        "backtest",
        "training",
        "forecast",
        "checks",
        "dbt_marts",
        "reports__evaluation",
        "published__snapshot",
    }
    assert steps == names


def test_every_asset_has_a_group_a_description_a_kind_and_an_owner(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.group_name not in {None, "default"}, key
        assert node.description, key
        assert node.kinds, key
        assert node.owners, key


def test_the_python_steps_stand_inside_the_lineage_of_the_sql(graph):
    forecasts = graph.get(dg.AssetKey(["forecasting", "forecasts"]))
    assert dg.AssetKey(["features", "features"]) in forecasts.parent_keys
    downstream = graph.get(dg.AssetKey(["published", "snapshot"])).parent_keys
    assert dg.AssetKey(["marts", "forecast_latest"]) in downstream


def test_the_checks_that_must_stop_publishing_block(graph):
    blocking = {
        key.name
        for key in graph.asset_check_keys
        if graph.get_check_spec(key).blocking and key.asset_key.path[0] == "forecasting"
    }
    assert blocking == {check.name for check in CHECKS if check.severity is Severity.BLOCK}


def as_text(graph):
    """One line per asset and one per thing it depends on, in the order of the alphabet."""
    lines = []
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: key.path):
        node = graph.get(key)
        about = (
            [node.group_name, ", ".join(sorted(node.kinds)), ", ".join(node.owners)]
            if key in (graph.materializable_asset_keys)
            else ["not built here"]
        )
        lines.append(f"{'/'.join(key.path)}: " + "; ".join(about))
        lines += [f"    {'/'.join(parent.path)}" for parent in sorted(node.parent_keys, key=lambda key: key.path)]
    return "\n".join(lines) + "\n"


def test_the_asset_graph_is_the_one_that_was_reviewed(graph):
    """`FORECAST_UPDATE_GOLDEN=1 pytest` writes it anew; the difference is then part of the review."""
    found = as_text(graph)
    if os.environ.get("FORECAST_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(found)
    reviewed = GOLDEN.read_text().splitlines()
    difference = list(difflib.unified_diff(reviewed, found.splitlines(), "reviewed", "now", lineterm=""))
    assert not difference, "\n".join(difference)


def test_a_backfill_has_a_partition_per_cutoff_and_publishes_nothing(definitions):
    job = definitions.resolve_job_def(BACKFILL_JOB)
    whole = definitions.resolve_job_def(FORECAST_JOB).asset_layer.executable_asset_keys
    not_in_it = {dg.AssetKey(["published", "snapshot"]), dg.AssetKey(["reports", "evaluation"])}
    assert whole - job.asset_layer.executable_asset_keys == not_in_it
    assert job.partitions_def.has_partition_key("2026-05-31")
    config = job.partitioned_config.get_run_config_for_partition_key("2026-05-31")
    assert config == {"resources": {"settings": {"config": {"cutoff": "2026-05-31"}}}}


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("30min", "2024-01-10"),
        ("D", "2024-01-10"),
        ("W-MON", "2024-01-08"),
        ("W-SUN", "2024-01-07"),
        ("MS", "2024-01-01"),
        ("QS", None),
    ],
)
def test_partitions_of_every_frequency(freq, expected):
    partitions = _cutoffs(load_product("demo").model_copy(update={"freq": freq}))
    found = None if partitions is None else partitions.get_partition_key_for_timestamp(1704888000.0)
    assert found == expected
