"""Running the product's job in this process: what `forecast run` does, and a schedule or the UI does elsewhere."""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path

import dagster as dg

from dagster_project.dbt import failed_nodes
from dagster_project.dead_runs import end_dead_runs, refuse_second_run
from dagster_project.definitions import definitions_for
from dagster_project.errors import ForecastError, GateRefused, StepFailed, retold
from dagster_project.instance import instance_of
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.run_request import FORECAST_JOB, LaunchSettings


def launch(product: Product, home: Path, settings: LaunchSettings, job_name: str = FORECAST_JOB) -> str:
    """Run the whole job, or another one of the product's, and return Dagster's run id.

    Raises:
        WarehouseBusy: another run of the product is at work.
        GateRefused: a blocking check refused to publish; its observation is in the message.
        ForecastError: whatever a step found wrong.
    """
    job = definitions_for(product, home).resolve_job_def(job_name)
    log = ProductPaths(home, product.name).logs / "dbt_output.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # dbt's own lines would run through the answer of the command; they are kept beside the other logs.
    with instance_of(home) as instance, log.open("w") as output, redirect_stdout(output):
        end_dead_runs(instance, product.name)
        refuse_second_run(instance, product.name)
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={
                "resources": {"settings": {"config": asdict(settings)}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    if not result.success:
        raise _why(result, ProductPaths(home, product.name))
    return result.run_id


def _why(result: dg.ExecuteInProcessResult, paths: ProductPaths) -> ForecastError:
    refused = [
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.blocking and evaluation.asset_key.path[0] == "forecasting"
    ]
    if refused:
        worst = refused[0]
        detail = {name: value.value for name, value in worst.metadata.items()}
        return GateRefused(
            expected=f"the check {worst.check_name} to observe at most {detail.get('threshold')}",
            found=f"{detail.get('observed')} ({detail.get('detail')})"
            + (f", and {len(refused) - 1} more failed checks" if len(refused) > 1 else ""),
            do="Nothing was published; the last snapshot stays. See: forecast query --working "
            '"select * from forecasting.check_results where not passed".',
        )
    nodes = failed_nodes(paths)
    if nodes and any(
        (event.node_name or "").startswith("dbt_") for event in result.filter_events(lambda e: e.is_step_failure)
    ):
        return StepFailed(
            expected="every dbt model and test to pass",
            found="; ".join(f"{node}: {message}" for node, message in nodes[:3])
            + (f"; and {len(nodes) - 3} more" if len(nodes) > 3 else ""),
            do="Nothing was published; the last snapshot stays. Rows that a test refused can be read with "
            "`forecast query --working`; the compiled SQL is below the product's dbt_target folder.",
        )
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            name, _, text = error.message.strip().partition(": ")
            name = name.rsplit(".", 1)[-1]
            # An error of ours already says what to do; wrapped in another sentence it would say it less well.
            return retold(name, text) or StepFailed(
                expected=f"the step {event.node_name} to finish", found=f"{name}: {text}", do=""
            )
    return StepFailed(expected="the run to finish", found="a failure without a message", do="Run again with --debug.")
