"""What dbt's documentation promises: every column of every model described, and in words of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dbt_project.macros import DBT_PROJECT

ROOT = DBT_PROJECT.parent
YAMLS = sorted([*(ROOT / "models_sql").rglob("*.yml"), *DBT_PROJECT.rglob("*.yml")])
# Steps of a mart that nobody else reads; the columns that leave them are described there.
STEPS = {"_feature_steps__models.yml", "_accuracy__models.yml", "_series_kinds__models.yml"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The demo product's manifest, as dbt parses it."""
    target = tmp_path_factory.mktemp("parsed")
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", "--project-dir", str(DBT_PROJECT),
         "--profiles-dir", str(ROOT / "profiles")],
        env={**os.environ, "WAREHOUSE_PATH": str(target / "w.duckdb"), "DBT_TARGET_PATH": str(target),
             "DBT_LOG_PATH": str(target), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    return json.loads((target / "manifest.json").read_text())


def described(file: Path) -> list[tuple[str, dict[str, Any]]]:
    """Models, seeds and snapshots of a YAML file."""
    content = {} if file.name == "dbt_project.yml" else yaml.safe_load(file.read_text()) or {}
    return [(file.name, node) for kind in ("models", "seeds", "snapshots") for node in content.get(kind, []) or []]


NODES = [item for file in YAMLS if "target" not in file.parts for item in described(file)]


@pytest.mark.parametrize(("file", "node"), NODES, ids=[node["name"] for _, node in NODES if isinstance(node, dict)])
def test_a_node_says_its_grain_first_and_describes_every_column_it_lists(file: str, node: dict[str, Any]) -> None:
    assert node.get("description", "").strip().startswith("Grain: "), file
    columns = node.get("columns", [])
    assert columns or file in STEPS, f"{node['name']} lists no columns"
    undescribed = [column["name"] for column in columns if len(column.get("description", "").strip()) < 4]
    assert undescribed == []


def test_every_model_and_macro_is_described(manifest: dict[str, Any]) -> None:
    nodes = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed", "snapshot"} and not node["description"]
    ]
    macros = [
        name
        for name, macro in manifest["macros"].items()
        if macro["package_name"] == "forecast" and not macro["description"] and not macro["name"].startswith("test_")
    ]

    assert (nodes, macros) == ([], [])


def test_consumers_are_exposures_of_public_models(manifest: dict[str, Any]) -> None:
    exposures = {exposure["name"]: exposure for exposure in manifest["exposures"].values()}
    assert set(exposures) >= {"forecasting_step", "rest_api", "sql_and_bi"}
    for exposure in exposures.values():
        for node in exposure["depends_on"]["nodes"]:
            assert manifest["nodes"][node]["config"]["access"] == "public", f"{exposure['name']} reads {node}"


def test_metrics_have_measures_and_a_time_spine(manifest: dict[str, Any]) -> None:
    metrics = {metric["name"] for metric in manifest["metrics"].values()}
    assert {"demand", "forecast", "wape", "bias"} <= metrics
    assert manifest["nodes"]["model.forecast.dim_calendar"]["time_spine"]["standard_granularity_column"] == "ds"


def test_no_mart_ends_with_a_star() -> None:
    for file in (ROOT / "models_sql" / "marts").rglob("*.sql"):
        last_select = file.read_text().rsplit("\nselect", 1)[-1].split("\nfrom", 1)[0]
        assert not re.search(r"(^|\s|\.)\*\s*(,|$)", last_select), f"{file.name} selects everything"
