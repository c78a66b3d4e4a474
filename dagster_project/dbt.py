"""Where the dbt project is, what a product tells it, and how it is run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dagster_project.errors import StepFailed, Where
from dagster_project.paths import ProductPaths
from dagster_project.product import Product

ROOT = Path(__file__).resolve().parent.parent
PROJECT_DIR = ROOT / "dbt_project"
MODELS_DIR = ROOT / "models_sql"
PROFILES_DIR = ROOT / "profiles"
# Every delivery counts: dbt compares text timestamps with the `_as_of` of a delivery.
LATEST = "9999-12-31 00:00:00"
# Beside the interpreter, so that it is found however the environment was entered.
DBT = str(Path(sys.executable).with_name("dbt"))


def dbt_vars(product: Product, paths: ProductPaths, *, as_of: str = LATEST, cutoff: str = "") -> dict[str, Any]:
    """What dbt needs to know about a product, as the value of `--vars`.

    `as_of` is a timestamp text (deliveries after it do not count), `cutoff` an ISO date or '' for the last observed
    period.
    """
    attributes = {attribute.name: attribute.kind for attribute in product.attributes}
    drivers = {driver.name: driver for driver in product.drivers}
    return {
        "product": product.name,
        "source_system": product.source_system,
        "raw_root": str(paths.raw),
        "as_of": as_of,
        "cutoff": cutoff,
        "freq": product.freq,
        "period_interval": product.period_interval,
        "ds_type": product.ds_type,
        "season_length": product.season_length,
        "season_lengths": list(product.season_lengths),
        "horizon": product.horizon,
        "keys": list(product.keys),
        "key_slots": list(product.key_slots),
        "driver_slots": list(product.driver_slots),
        "driver_kinds": [drivers[name].kind if name in drivers else "numeric" for name in product.driver_slots],
        "drivers_known_ahead": [driver.name for driver in product.drivers if driver.known == "ahead"],
        "promotion_drivers": [driver.name for driver in product.drivers if driver.event == "promotion"],
        "price_drivers": [driver.name for driver in product.drivers if driver.event == "price"],
        "feature_contracts": product.feature_contracts,
        "feature_ttl_days": product.features.ttl_days,
        "attribute_slots": list(product.attribute_slots),
        "attribute_kinds": [attributes.get(name, "categorical") for name in product.attribute_slots],
        "hierarchy": [list(level) for level in product.hierarchy],
        "target_name": product.target.name,
        "unit": product.target.unit,
        "target_kind": product.target.kind,
        "allow_negative": product.target.allow_negative,
        "unit_value": product.target.unit_value or "",
        "max_segment_bias": product.gates.max_segment_bias,
        "max_segment_ratio": product.gates.max_segment_ratio,
        "adds_up": product.target.adds_up,
        "timezone": product.timezone,
        "country": product.country or "",
        "subdivision": product.subdivision or "",
        "n_windows": product.backtest.n_windows,
        "n_calibration_windows": product.backtest.n_calibration_windows,
        "step_size": product.backtest.step_size,
        "origin_step": product.features.origin_step,
        "n_origins": product.features.n_origins,
        "horizons_per_origin": product.features.horizons_per_origin,
        "windows": list(product.features.windows),
        "entity_modes": {name: entity.mode for name, entity in product.entities.items()},
        "tidy": product.tidy.model_dump() if product.tidy else {},
        "quantile_levels": list(product.quantile_levels),
        "history_start": str(product.data.history_start or ""),
        "as_known_then": product.data.as_known_then,
        "demand_target": product.target.demand,
        "late_after_days": product.data.late_after_days,
        "discontinued_after": product.data.discontinued_after or 0,
        **product.calendar.model_dump(),
    }


def dbt_environment(paths: ProductPaths) -> dict[str, str]:
    """The environment in which dbt finds the product's warehouse."""
    return {
        **os.environ,
        "WAREHOUSE_PATH": str(paths.warehouse),
        "DBT_PROFILES_DIR": str(PROFILES_DIR),
        "DBT_TARGET_PATH": str(target_path(paths)),
        "DBT_LOG_PATH": str(paths.logs / "dbt"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def target_path(paths: ProductPaths) -> Path:
    """Where dbt compiles to, one place per product: a manifest describes one product."""
    return paths.root / "dbt_target"


def manifest_of(product: Product, paths: ProductPaths) -> Path:
    """The product's dbt manifest, parsed anew only when the SQL, the macros or the product changed.

    Raises:
        StepFailed: dbt cannot parse the project; its own message follows.
    """
    variables = dbt_vars(product, paths)
    fingerprint = sources_fingerprint(variables)
    target = target_path(paths)
    manifest, stamp = target / "manifest.json", target / "manifest.fingerprint"
    if manifest.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    done = run_dbt(["--quiet", "parse"], product, paths, variables=variables, capture=True)
    if done.returncode != 0:
        raise StepFailed(
            expected="a dbt project that parses",
            found=f"this from dbt:\n{(done.stdout + done.stderr).strip()[-2000:]}\n",
            do="Mend the model, macro or product setting that dbt names.",
            where=Where(file=PROJECT_DIR.name),
        )
    stamp.write_text(fingerprint)
    return manifest


def run_dbt(
    args: Sequence[str],
    product: Product,
    paths: ProductPaths,
    *,
    variables: Mapping[str, Any] | None = None,
    capture: bool = False,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one dbt command for a product in a process of its own, as dbt and our writer must never share one."""
    paths.logs.mkdir(parents=True, exist_ok=True)
    command = [DBT, *args, "--project-dir", str(PROJECT_DIR)]
    if "--vars" not in args:
        command += ["--vars", json.dumps(variables or dbt_vars(product, paths), sort_keys=True)]
    return subprocess.run(
        command,
        env=dbt_environment(paths) | dict(environment or {}),
        cwd=PROJECT_DIR,
        text=True,
        capture_output=capture,
        check=False,
    )


def sources_fingerprint(variables: Mapping[str, Any]) -> str:
    """The digest of everything that dbt reads of this project: SQL, seeds, macros, profiles and the variables."""
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True).encode())
    for folder in (PROJECT_DIR, MODELS_DIR, PROFILES_DIR):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".sql", ".yml", ".csv", ".md"} and "target" not in path.relative_to(folder).parts:
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def failed_nodes(paths: ProductPaths) -> list[tuple[str, str]]:
    """What failed in the newest dbt invocation: node names with dbt's first line about each."""
    newest = max(target_path(paths).rglob("run_results.json"), key=lambda file: file.stat().st_mtime, default=None)
    if newest is None:
        return []
    results = json.loads(newest.read_text())["results"]
    return [
        (result["unique_id"].split(".")[2], " ".join(str(result["message"]).split())[:400])
        for result in results
        if result["status"] in {"error", "fail", "runtime error"}
    ]
