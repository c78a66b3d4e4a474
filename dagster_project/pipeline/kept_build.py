"""What the warehouse was built from, so that unchanged input is not built twice.

A build is one dbt step, whole and green. Its fingerprint covers everything that its tables are a function of:
the manifests of the raw deliveries, the SQL and its settings, the versions of what runs it, and, for the marts, what
Python wrote. A build is forgotten before dbt starts and kept only when all of it has passed, so a kill in between
leaves none. A dbt command from a shell forgets them too: see the macro `forget_kept_builds`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from dagster_project.dbt import sources_fingerprint
from dagster_project.ingest import manifests_of
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import ADJUSTMENTS
from dagster_project.sql_text import quoted
from dagster_project.warehouse import Warehouse

TABLE = "forecasting.kept_builds"
BUILDERS = ("duckdb", "dbt-core", "dbt-duckdb")
# What a step costs, and what a test found, is no input of any number.
NOT_INPUTS = frozenset({"kept_builds", "run_cost", "failed_rows"})


@dataclass(frozen=True)
class KeptCheck:
    """One dbt test of a kept build, as Dagster knows it."""

    asset: tuple[str, ...]
    name: str
    passed: bool
    severity: str


@dataclass(frozen=True)
class KeptBuild:
    """A whole, green build of one dbt step."""

    fingerprint: str
    checks: tuple[KeptCheck, ...]


def input_fingerprint(paths: ProductPaths, variables: Mapping[str, Any]) -> str:
    """What everything up to the features is a function of: deliveries, SQL, variables, versions, target.

    Adjustments by hand only count after the forecasts: see `written_fingerprint`.
    """
    digest = hashlib.sha256(sources_fingerprint(variables).encode())
    digest.update(json.dumps({name: version(name) for name in BUILDERS}).encode())
    digest.update(os.environ.get("DBT_TARGET", "").encode())
    for manifest in sorted(manifests_of(paths), key=lambda item: item.folder):
        if manifest.source != ADJUSTMENTS:
            digest.update(manifest.model_dump_json().encode())
    return digest.hexdigest()


def written_fingerprint(paths: ProductPaths) -> str:
    """What Python wrote and people adjusted, as one digest.

    The rows of every table of schema `forecasting`, in any order, and the deliveries of adjustments.
    """
    warehouse = Warehouse(paths.warehouse)
    with warehouse.connect(read_only=True) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'forecasting' and not internal order by all"
            ).fetchall()
            if name not in NOT_INPUTS
        ]
        contents = {
            # Sums of 64-bit hashes: the order of the rows is no part of it, repeated rows are.
            name: connection.execute(
                f"select count(*), sum(hash(rows)::hugeint)::varchar from {quoted(f'forecasting.{name}')} as rows"  # noqa: S608
            ).fetchone()
            for name in tables
        }
    adjusted = [item.delivery_id for item in manifests_of(paths, ADJUSTMENTS)]
    return hashlib.sha256(json.dumps([contents, adjusted], sort_keys=True).encode()).hexdigest()


def kept_build(paths: ProductPaths, step: str) -> KeptBuild | None:
    """The last whole, green build of a step, or None when there is none or something has touched it since."""
    warehouse = Warehouse(paths.warehouse)
    if not warehouse.exists(TABLE):
        return None
    rows = warehouse.read(
        "select fingerprint, checks from forecasting.kept_builds where step = $step", {"step": step}
    ).to_pylist()
    if not rows:
        return None
    checks = [KeptCheck(**{**check, "asset": tuple(check["asset"])}) for check in json.loads(rows[0]["checks"])]
    return KeptBuild(rows[0]["fingerprint"], tuple(checks))


def forget_build(paths: ProductPaths, step: str) -> None:
    """Before a step is built: from now on, until it is whole and green, there is no build of it."""
    warehouse = Warehouse(paths.warehouse)
    if warehouse.exists(TABLE):
        warehouse.execute("delete from forecasting.kept_builds where step = ?", [step])


def keep_build(paths: ProductPaths, step: str, fingerprint: str, checks: Iterable[KeptCheck]) -> None:
    """After a step was built, whole and green."""
    text = json.dumps([asdict(check) for check in checks])
    Warehouse(paths.warehouse).execute(
        "insert into forecasting.kept_builds (step, fingerprint, checks) values (?, ?, ?)", [step, fingerprint, text]
    )
