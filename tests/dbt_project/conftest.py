"""A warehouse of the small demo shop, built once by dbt itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt_project.demo_shop import write_demo_shop

ROOT = Path(__file__).resolve().parents[2]
CORE = ("+path:../models_sql/marts/core", "+cleaning_log", "+quarantine", "+feed_gaps", "+quality_report")

Build = Callable[..., Path]


def dbt_build(home: Path, variables: Mapping[str, Any], *, environment: Mapping[str, str] | None = None) -> Path:
    """Run `dbt build` on the core marts of a product whose raw snapshots are in home/raw; returns the warehouse file."""
    warehouse = home / "warehouse.duckdb"
    # One target folder for all builds of a test run: dbt then parses only what the variables change.
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--no-partial-parse", "build", "--select", *CORE,
         "--indirect-selection", "buildable",
         "--project-dir", str(ROOT / "dbt_project"), "--profiles-dir", str(ROOT / "profiles"),
         "--vars", json.dumps({"raw_root": str(home / "raw")} | dict(variables))],
        cwd=ROOT,
        env={**os.environ, "WAREHOUSE_PATH": str(warehouse), "DBT_TARGET_PATH": str(home / "target"),
             "DBT_LOG_PATH": str(home / "logs"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", **(environment or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return warehouse


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo_shop")
    write_demo_shop(home / "raw")
    return home


@pytest.fixture(scope="session")
def demo_warehouse(demo_home: Path) -> Path:
    return dbt_build(demo_home, {})


@pytest.fixture
def demo(demo_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(str(demo_warehouse), read_only=True)
    yield connection
    connection.close()
