"""The product's own pipeline in a temporary home: what a benchmark measures is what a user gets.

Nothing here trains or forecasts. The command is `forecast run`, in a cold process, on a delivery that a task prepared.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.child_process import Cost, run_measured
from dagster_project.errors import StepFailed
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.ledger import costs
from dagster_project.product import Product, load_product

PRODUCTS = Path(__file__).parent / "products"
DONE, GATE_REFUSED = 0, 3


@dataclass(frozen=True)
class ProductRun:
    """A finished run: its warehouse, total cost, the cost of each step, and whether the gates let it publish."""

    paths: ProductPaths
    cost: Cost
    steps: list[dict[str, Any]]
    published: bool

    @property
    def warehouse(self) -> Path:
        """The working warehouse, closed."""
        return self.paths.warehouse


def benchmark_product(name: str, **overrides: Any) -> Product:
    """The product of `products/<name>.yml`: complete, or a shipped product (`based_on`) with what the protocol fixes.

    `overrides` replace top-level settings, one level of mappings deep, after the file's own.
    """
    settings = yaml.safe_load((PRODUCTS / f"{name}.yml").read_text())
    base = settings.pop("based_on", None)
    described: dict[str, Any] = load_product(base).describe() if base else {}
    for layer in (settings, overrides):
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(described.get(key), dict)
            described[key] = {**described[key], **value} if both else value
    return Product.model_validate(described)


def run_product(product: Product, home: Path, source: Path) -> ProductRun:
    """Ingest `source` and run everything, in a process of its own.

    A gate that refuses to publish is a result, not a failure: the forecasts are in the warehouse all the same.

    Raises:
        StepFailed: the run ended early; the end of its output is in the message.
    """
    home.mkdir(parents=True, exist_ok=True)
    file = home / f"{product.name}.yml"
    file.write_text(yaml.safe_dump(product.model_dump(mode="json", exclude_none=True), sort_keys=False))
    command = [sys.executable, "-m", "dagster_project.cli.main"]
    options = ["--product", str(file), "--home", str(home), "run", "--from", str(source)]
    finished = run_measured([*command, *options], home / "run.log")
    if finished.exit_code not in {DONE, GATE_REFUSED}:
        raise StepFailed(
            expected=f"the run of {product.name} to finish",
            found=f"exit code {finished.exit_code}, and its output ends\n{finished.output[-2000:].strip()}\n",
            do="Run it by hand with --debug; the benchmark keeps its files with --keep DIR.",
        )
    paths = ProductPaths(home, product.name)
    return ProductRun(paths, finished.cost, one_row_per_step(costs(paths).to_pylist()), finished.exit_code == DONE)


def one_row_per_step(ledger: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Seconds summed and memory at its highest for steps that ran in parts, as dbt does around the Python steps."""
    steps: dict[str, dict[str, Any]] = {}
    for part in ledger:
        step = steps.setdefault(part["step"], {**part, "wall_s": 0.0, "cpu_s": 0.0, "peak_rss_mb": 0.0})
        step["wall_s"] += part["wall_s"]
        step["cpu_s"] += part["cpu_s"]
        step["peak_rss_mb"] = max(step["peak_rss_mb"], part["peak_rss_mb"])
    return list(steps.values())
