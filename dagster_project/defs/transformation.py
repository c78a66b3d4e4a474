"""The SQL: dbt's models, seeds and tests as assets and checks, around the Python steps."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from dagster_project.alerting.findings import of_tests
from dagster_project.alerting.sending import send
from dagster_project.dbt import LATEST, dbt_environment, dbt_vars, target_path
from dagster_project.dead_runs import writer_pool
from dagster_project.defs.dbt_translation import LayerTranslator, dbt_project
from dagster_project.defs.settings import RunSettings, started_at
from dagster_project.ingest.sealing import sealed_as_of
from dagster_project.locks import writer_lock
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.delivery_history import record_last_delivery, replay_missing_deliveries
from dagster_project.pipeline.failed_rows import failed_tests, keep_failed_rows
from dagster_project.pipeline.identity import plan_run
from dagster_project.pipeline.kept_build import (
    KeptBuild,
    KeptCheck,
    forget_build,
    input_fingerprint,
    keep_build,
    kept_build,
    written_fingerprint,
)
from dagster_project.pipeline.ledger import record_cost
from dagster_project.pipeline.report import backtest_rows, markdown, window_rows
from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.warehouse import Warehouse

# What reads the tables that Python writes; everything else comes before them. One definition for all would be split by
# Dagster into a dbt command per Python step, each with its own start-up.
AFTER_PYTHON = "source:forecasting+"
FEATURES, MARTS = "features", "marts"
METRICS = dg.AssetKey(["marts", "fct_backtest_metrics"])


def warehouse_assets(product: Product, paths: ProductPaths, manifest: Path) -> list[dg.AssetsDefinition]:
    """Every dbt model of the product's manifest, in two dbt commands: up to the features, and after the forecasts."""
    return [
        _dbt_step(product, paths, manifest, FEATURES, exclude=AFTER_PYTHON),
        _dbt_step(product, paths, manifest, MARTS, select=AFTER_PYTHON),
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
        pool=writer_pool(product.name),
    )
    def dbt_step(context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: RunSettings) -> Iterator[Any]:
        """Build, test and contract-check the selected models, then say how many rows each table has.

        Unit tests say nothing about the data of a run: `dbt build` from a shell and the test suite run them.
        What was built from the same input and the same SQL before is used again, with the outcomes of its tests.
        """
        as_of = sealed_as_of(product, paths, settings.as_of) or LATEST
        variables = dbt_vars(product, paths, as_of=as_of, cutoff=settings.cutoff)
        reporter().step(f"dbt {step}")
        with writer_lock(paths, f"dbt build of {step}"), measured(f"dbt_{step}") as cost:
            asked_for_all = context.selected_asset_keys == frozenset(dbt_step.keys)
            kept = kept_build(paths, step)
            if (
                kept
                and asked_for_all
                and not settings.force
                and kept.fingerprint == _fingerprint(paths, variables, step)
            ):
                # Dagster takes the assets of one step in the order of their dependencies only.
                order = TopologicalSorter(dbt_step.asset_deps).static_order()
                yield from _used_again(context, paths, kept, order)
                done = f"unchanged input: {len(context.selected_asset_keys)} models are used again"
            else:
                outputs: list[dg.Output[Any]] = []
                checks: list[KeptCheck] = []
                forget_build(paths, step)
                if step == FEATURES:
                    for delivery in replay_missing_deliveries(product, paths, as_of=as_of):
                        reporter().detail(f"the delivery of {delivery} was built again, to see what later ones changed")
                # What an earlier command found is not what this one finds, should it not even start.
                (target_path(paths) / "run_results.json").unlink(missing_ok=True)
                with _environment(paths, step):
                    invocation = dbt.cli(
                        [
                            "build",
                            "--exclude-resource-type",
                            "unit_test",
                            "--vars",
                            json.dumps(variables, sort_keys=True),
                        ],
                        context=context,
                        # The folder of the manifest: dbt parses again only what changed, and the checkout stays clean.
                        target_path=target_path(paths),
                    )
                    is_built = False
                    try:
                        for event in invocation.stream():
                            if isinstance(event, dg.Output):
                                outputs.append(event)
                                reporter().detail(event.output_name)
                                continue
                            if isinstance(event, dg.AssetCheckResult):
                                checks.append(_as_kept(event))
                            yield event
                        is_built = True
                    finally:
                        _tell_failures(context, product, paths, settings, step, has_cutoff=is_built or step == MARTS)
                if asked_for_all and context.selected_asset_check_keys == frozenset(dbt_step.check_keys):
                    # Only here is the build whole and green; a part of it, or one without its tests, is not kept.
                    if step == FEATURES:
                        record_last_delivery(product, paths, as_of=as_of)
                    keep_build(paths, step, _fingerprint(paths, variables, step), checks)
                yield from _with_row_counts(context, paths, outputs)
                done = f"{len(outputs)} models, {len(checks)} tests passed"
        record_cost(paths, cost)
        reporter().done(done)

    return dbt_step


def _tell_failures(
    context: dg.AssetExecutionContext,
    product: Product,
    paths: ProductPaths,
    settings: RunSettings,
    step: str,
    *,
    has_cutoff: bool,
) -> None:
    """Keep the rows that failed tests found, and tell their owners; nothing when every test passed."""
    tests = failed_tests(target_path(paths))
    if not tests:
        return
    run_id = context.run_id
    if has_cutoff:
        # Features that did not come to be have no cutoff, and the run no id yet. When it was made is no part of it.
        now = started_at(context, settings)
        run_id = plan_run(product, paths, as_of=settings.as_of, cutoff=settings.cutoff, generated_at=now).run_id
    keep_failed_rows(paths, tests, run_id=run_id, launch_id=context.run_id, step=step)
    send(product, paths, of_tests(product, tests, run_id), started_at(context, settings))


def _fingerprint(paths: ProductPaths, variables: Mapping[str, Any], step: str) -> str:
    built_from = input_fingerprint(paths, variables)
    return built_from if step == FEATURES else f"{built_from} {written_fingerprint(paths)}"


def _as_kept(result: dg.AssetCheckResult) -> KeptCheck:
    if result.asset_key is None or result.check_name is None:
        raise dg.Failure(f"expected dbt's test results to name their asset and check, found {result}")
    key = dg.AssetKey.from_coercible(result.asset_key)
    return KeptCheck(tuple(key.path), result.check_name, bool(result.passed), result.severity.value)


def _used_again(
    context: dg.AssetExecutionContext, paths: ProductPaths, kept: KeptBuild, order: Iterable[dg.AssetKey]
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    note = "unchanged, used again"
    rows = Warehouse(paths.warehouse).row_counts()
    for key in order:
        if key not in context.selected_asset_keys:
            continue
        count = rows.get(".".join(key.path))
        metadata: dict[str, Any] = {"build": note, "fingerprint": kept.fingerprint[:12], **_shown(paths, key)}
        yield dg.MaterializeResult(
            asset_key=key, metadata=metadata if count is None else {**metadata, "dagster/row_count": count}
        )
    for check in kept.checks:
        check_key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
        if check_key in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                asset_key=check_key.asset_key,
                check_name=check_key.name,
                passed=check.passed,
                severity=dg.AssetCheckSeverity(check.severity),
                metadata={"build": note},
            )


def _shown(paths: ProductPaths, key: dg.AssetKey) -> dict[str, Any]:
    """What an operator wants to see on the page of a table, beside its row count."""
    if key != METRICS:
        return {}
    return {
        "backtest": dg.MetadataValue.md(markdown(backtest_rows(paths))),
        "windows": dg.MetadataValue.md(markdown(window_rows(paths))),
    }


def _with_row_counts(
    context: dg.AssetExecutionContext, paths: ProductPaths, outputs: list[dg.Output[Any]]
) -> Iterator[dg.Output[Any]]:
    rows = Warehouse(paths.warehouse).row_counts()
    for output in outputs:
        key = context.asset_key_for_output(output.output_name)
        count = rows.get(".".join(key.path))
        metadata: dict[str, Any] = {**output.metadata, **_shown(paths, key)}
        if count is not None:
            metadata["dagster/row_count"] = count
        yield dg.Output(None, output_name=output.output_name, metadata=metadata)


class _environment:  # noqa: N801 - reads as a statement in the with line
    """dagster-dbt hands this process's environment to dbt; the warehouse's place is in it while dbt runs."""

    def __init__(self, paths: ProductPaths, step: str) -> None:
        self._wanted = {
            name: value for name, value in dbt_environment(paths).items() if name in {"WAREHOUSE_PATH", "DBT_LOG_PATH"}
        } | {"FORECAST_BUILD_STEP": step}
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
