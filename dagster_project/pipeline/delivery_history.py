"""Replaying deliveries that were never built, so that what each of them changed is written down once.

A raw snapshot says what holds, not what it changed; the change is the difference of two builds. The build of the last
delivery compares by itself (`int_observation_changes`); what is missing before it is built here, oldest first. What is
written carries the fingerprint of the SQL that made it: cleaning that changed must not look like a change of history.
A product with one delivery has nothing to compare and pays nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from dagster_project.dbt import dbt_vars, failed_nodes, manifest_of, run_dbt, target_path
from dagster_project.errors import StepFailed
from dagster_project.ingest.manifest import manifests_of
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.warehouse import Warehouse

CHANGES = "intermediate.int_observation_changes"
RECORDED = "forecasting.recorded_deliveries"
VERSIONS = "intermediate.series_attributes_snapshot"
# What is written once per delivery: the changes of the observations, and the versions of the attributes.
_WRITTEN = {
    "model.forecast.int_observation_changes": "+int_observation_changes",
    "snapshot.forecast.series_attributes_snapshot": "+series_attributes_snapshot",
}
# The settings of a product on which it depends how a delivery is read.
_READING = (
    *("source_system", "keys", "key_slots", "freq", "ds_type", "timezone", "target_kind", "allow_negative"),
    *("entity_modes", "tidy", "history_start"),
)


def replay_missing_deliveries(product: Product, paths: ProductPaths, *, as_of: str) -> list[datetime]:
    """Build every delivery before the last one in force at `as_of` that is not written down; the ones replayed.

    Raises:
        StepFailed: dbt could not build one of them.
    """
    if len({manifest.as_of for manifest in manifests_of(paths, product.source_system)}) < 2:
        return []
    manifest = json.loads(manifest_of(product, paths).read_text())
    deliveries = _deliveries(product, paths, manifest, as_of)
    if len(deliveries) < 2:
        return []
    fingerprint = _fingerprint(product, paths, manifest)
    warehouse = Warehouse(paths.warehouse)
    known = _recorded(warehouse, fingerprint)
    missing = next((place for place, delivery in enumerate(deliveries) if delivery not in known), len(deliveries) - 1)
    replayed = deliveries[missing:-1]
    if replayed:
        _forget_since(warehouse, replayed[0])
    for delivery in replayed:
        _replay(product, paths, delivery)
        _record(warehouse, delivery, fingerprint)
    return replayed


def record_last_delivery(product: Product, paths: ProductPaths, *, as_of: str) -> None:
    """Note, after a whole build, that the last delivery in force is written down; nothing for a single delivery."""
    if len({manifest.as_of for manifest in manifests_of(paths, product.source_system)}) < 2:
        return
    manifest = json.loads(manifest_of(product, paths).read_text())
    deliveries = _deliveries(product, paths, manifest, as_of)
    fingerprint = _fingerprint(product, paths, manifest)
    warehouse = Warehouse(paths.warehouse)
    if len(deliveries) >= 2 and deliveries[-1] not in _recorded(warehouse, fingerprint):
        _record(warehouse, deliveries[-1], fingerprint)


def _deliveries(product: Product, paths: ProductPaths, manifest: Mapping[str, Any], as_of: str) -> list[datetime]:
    """When something arrived that observations are made from, oldest first."""
    source = f"source.forecast.{product.source_system}."
    entities = {node.removeprefix(source) for node in _behind(manifest) if node.startswith(source)}
    limit = datetime.fromisoformat(as_of)
    return sorted(
        {
            delivered.as_of
            for delivered in manifests_of(paths, product.source_system)
            if delivered.entity in entities and delivered.as_of <= limit
        }
    )


def _behind(manifest: Mapping[str, Any]) -> list[str]:
    found = list(_WRITTEN)
    for node in found:  # grows while it is walked
        found += [parent for parent in manifest["parent_map"].get(node, []) if parent not in found]
    return found


def _fingerprint(product: Product, paths: ProductPaths, manifest: Mapping[str, Any]) -> str:
    """A digest of all SQL between the raw rows and the changes, its macros, and the settings that it reads."""
    nodes = {name: manifest["nodes"][name] for name in _behind(manifest) if name in manifest["nodes"]}
    said = {name: node["checksum"]["checksum"] for name, node in nodes.items()}
    said |= {name: manifest["macros"][name]["macro_sql"] for name in _macros(manifest, nodes)}
    variables = dbt_vars(product, paths)
    settings = [variables[name] for name in _READING]
    return hashlib.sha256(json.dumps([said, settings], sort_keys=True).encode()).hexdigest()[:16]


def _macros(manifest: Mapping[str, Any], nodes: Mapping[str, Any]) -> Iterator[str]:
    found = list(dict.fromkeys(macro for node in nodes.values() for macro in node["depends_on"]["macros"]))
    for macro in found:  # grows while it is walked
        if macro.startswith("macro.forecast."):
            yield macro
            found += [name for name in manifest["macros"][macro]["depends_on"]["macros"] if name not in found]


def _recorded(warehouse: Warehouse, fingerprint: str) -> set[datetime]:
    if not warehouse.exists(RECORDED) or not warehouse.exists(CHANGES):
        return set()
    rows = warehouse.read(
        "select delivered_at from forecasting.recorded_deliveries where fingerprint = $fingerprint",
        {"fingerprint": fingerprint},
    )
    return set(rows["delivered_at"].to_pylist())


def _forget_since(warehouse: Warehouse, delivery: datetime) -> None:
    for table in (CHANGES, RECORDED):
        if warehouse.exists(table):
            warehouse.execute(f"delete from {table} where delivered_at >= ?", [delivery])  # noqa: S608 - our names
    if warehouse.exists(VERSIONS):
        warehouse.execute(f"delete from {VERSIONS} where dbt_valid_from >= ?", [delivery])  # noqa: S608 - our name
        warehouse.execute(f"update {VERSIONS} set dbt_valid_to = null where dbt_valid_to >= ?", [delivery])  # noqa: S608


def _replay(product: Product, paths: ProductPaths, delivery: datetime) -> None:
    done = run_dbt(
        [
            "--quiet",
            "build",
            "--select",
            *_WRITTEN.values(),
            "--exclude-resource-type",
            "test",
            "--exclude-resource-type",
            "unit_test",
        ],
        product,
        paths,
        variables=dbt_vars(product, paths, as_of=str(delivery)),
        capture=True,
        # A folder of its own: dbt parses everything again when a variable changes.
        environment={"FORECAST_REPLAY": "true", "DBT_TARGET_PATH": str(target_path(paths) / "replay")},
    )
    if done.returncode != 0:
        failed = "; ".join(f"{node}: {message}" for node, message in failed_nodes(paths)[:3])
        raise StepFailed(
            expected=f"the delivery of {delivery} to be built again, to see what later ones changed",
            found=failed or (done.stdout + done.stderr).strip()[-1000:],
            do="Mend what dbt names; nothing of this delivery was kept.",
        )


def _record(warehouse: Warehouse, delivery: datetime, fingerprint: str) -> None:
    warehouse.execute("insert into forecasting.recorded_deliveries values (?, ?)", [delivery, fingerprint])
