"""The SQL: dbt's models, seeds and tests as assets and checks, around the Python steps."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project.dbt import LATEST, LayerTranslator, dbt_environment, dbt_project, dbt_vars, target_path
from dagster_project.defs.settings import RunSettings
from dagster_project.locks import writer_lock
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.ledger import record_cost
from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.warehouse import Warehouse

# What reads the tables that Python writes; everything else comes before them. One definition for all would be split by
# Dagster into a dbt command per Python step, each with its own start-up.
AFTER_PYTHON = "source:forecasting+"


def warehouse_assets(product: Product, paths: ProductPaths, manifest: Path) -> list[dg.AssetsDefinition]:
    """Every dbt model of the product's manifest, in two dbt commands: up to the features, and after the forecasts."""
    return [
        _dbt_step(product, paths, manifest, "features", exclude=AFTER_PYTHON),
        _dbt_step(product, paths, manifest, "marts", select=AFTER_PYTHON),
    ]


def _dbt_step(
    product: Product,
    paths: ProductPaths,
    manifest: Path,
    step: str,
    *,
    select: str = "fqn:*",
    exclude: str | None = None,
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        select=select,
        exclude=exclude,
        project=dbt_project(paths),
        dagster_dbt_translator=LayerTranslator(),
        name=f"dbt_{step}",
        pool="duckdb_writer",
    )
    def dbt_step(context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: RunSettings) -> Iterator[Any]:
        """Build, test and contract-check the selected models, then say how many rows each table has."""
        variables = dbt_vars(product, paths, as_of=settings.as_of or LATEST, cutoff=settings.cutoff)
        reporter().step(f"dbt {step}")
        outputs: list[dg.Output[Any]] = []
        with writer_lock(paths, f"dbt build of {step}"), _environment(paths), measured(f"dbt_{step}") as cost:
            invocation = dbt.cli(
                ["build", "--vars", json.dumps(variables, sort_keys=True)],
                context=context,
                # The folder of the manifest: dbt parses again only what changed, and the checkout stays clean.
                target_path=target_path(paths),
            )
            checks = 0
            for event in invocation.stream():
                if isinstance(event, dg.Output):
                    outputs.append(event)
                    reporter().detail(event.output_name)
                else:
                    checks += isinstance(event, dg.AssetCheckResult)
                    yield event
        rows = Warehouse(paths.warehouse).row_counts()
        for output in outputs:
            key = context.asset_key_for_output(output.output_name)
            count = rows.get(".".join(key.path))
            metadata: dict[str, Any] = {**output.metadata}
            if count is not None:
                metadata["dagster/row_count"] = count
            yield dg.Output(None, output_name=output.output_name, metadata=metadata)
        record_cost(paths, cost)
        reporter().done(f"{len(outputs)} models, {checks} tests passed")

    return dbt_step


class _environment:  # noqa: N801 - reads as a statement in the with line
    """dagster-dbt hands this process's environment to dbt; the warehouse's place is in it while dbt runs."""

    def __init__(self, paths: ProductPaths) -> None:
        self._wanted = {
            name: value for name, value in dbt_environment(paths).items() if name in {"WAREHOUSE_PATH", "DBT_LOG_PATH"}
        }
        self._before: Mapping[str, str | None] = {}

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._wanted}
        os.environ.update(self._wanted)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
