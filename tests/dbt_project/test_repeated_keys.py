"""A period that a series has twice fails the test of the fact table, whether periods are kept as bits or as hashes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.conftest import ROOT

NAME = "unique_combination_fct_observations_series_number__period_index"
SAME_DAY = "period_index"
# So far away that a bit per period and series would take more memory than hashes do.
FAR_AWAY = "cast(2000000000 as integer)"


def _outcome(home: Path) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "test", "--select", NAME,
         "--project-dir", str(ROOT / "dbt_project"), "--profiles-dir", str(ROOT / "profiles"),
         "--vars", json.dumps({"raw_root": str(home / "raw")})],
        cwd=ROOT,
        env={**os.environ, "WAREHOUSE_PATH": str(home / "warehouse.duckdb"), "DBT_TARGET_PATH": str(home / "target"),
             "DBT_LOG_PATH": str(home / "logs"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    outcomes = json.loads((home / "target" / "run_results.json").read_text())["results"]
    # Beside the test there are the hooks of the project.
    found = [outcome for outcome in outcomes if outcome["unique_id"].startswith("test.")]
    assert len(found) == 1, done.stdout[-2000:]
    return found[0]["status"], found[0]["failures"]


@pytest.mark.parametrize("place", [SAME_DAY, FAR_AWAY])
def test_a_period_that_a_series_has_twice_is_found(
    demo_home: Path, demo_warehouse: Path, tmp_path: Path, place: str
) -> None:
    shutil.copytree(demo_home / "target", tmp_path / "target")
    shutil.copy(demo_warehouse, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "create temp table one as "
            f"select * replace ({place} as period_index) from marts.fct_observations order by all limit 1"
        )
        connection.execute("insert into marts.fct_observations from one")
        if place == FAR_AWAY:
            connection.execute("insert into marts.fct_observations from one")

    assert _outcome(tmp_path) == ("fail", 1)


def test_periods_that_each_series_has_once_pass(demo_home: Path, demo_warehouse: Path, tmp_path: Path) -> None:
    shutil.copytree(demo_home / "target", tmp_path / "target")
    shutil.copy(demo_warehouse, tmp_path / "warehouse.duckdb")

    assert _outcome(tmp_path) == ("pass", 0)
