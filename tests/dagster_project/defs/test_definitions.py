"""The graph that the operator sees, resolved for the demo product."""

import dagster as dg
import pytest

from dagster_project.definitions import definitions_for
from dagster_project.defs.jobs import BACKTEST_JOB, FORECAST_JOB
from dagster_project.pipeline.checks import CHECKS, Severity
from dagster_project.product import load_product

pytestmark = pytest.mark.xdist_group("definitions")


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


def test_a_run_is_eight_steps(definitions):
    steps = {node.name for node in definitions.resolve_job_def(FORECAST_JOB).graph.nodes}
    names = {
        "deliveries",
        "dbt_features",
        "backtest",
        "training",
        "forecast",
        "checks",
        "dbt_marts",
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
