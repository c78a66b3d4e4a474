"""Runs whose process is gone: Dagster goes on holding their place in the pool, and the next run would wait for ever.

Dagster frees the places of a run when the run ends, and a killed process ends nothing. Its daemon notices only runs
that its own launcher started, and the command line starts runs without a daemon.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import psutil
from dagster import DagsterEventType, DagsterRunStatus, RunsFilter

from dagster_project.errors import WarehouseBusy

UNFINISHED = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]


def writer_pool(product: str) -> str:
    """The pool of the steps that write a product's warehouse: one at a time, and no product waits for another."""
    return f"duckdb_writer_{product}"


def end_dead_runs(instance: dg.DagsterInstance, product: str) -> list[str]:
    """Mark a product's runs as failed whose process is gone, give back their place, and return their ids."""
    ended = []
    for run, process in _unfinished(instance, product):
        if process is None:
            instance.report_run_failed(run, "The process of this run was killed; nothing of it goes on.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def refuse_second_run(instance: dg.DagsterInstance, product: str) -> None:
    """Two runs of a product would wait for each other's steps without a word.

    Raises:
        WarehouseBusy: a run of the product is at work; the message names it and its process.
    """
    for run, process in _unfinished(instance, product):
        if process is not None:
            raise WarehouseBusy(
                expected=f"no other run of {product}",
                found=f"run {run.run_id[:8]} ({run.job_name}) at work in process {process.pid}",
                do="Wait until it ends, or end it in `forecast dagster`.",
            )


def _unfinished(instance: dg.DagsterInstance, product: str) -> Iterator[tuple[dg.DagsterRun, psutil.Process | None]]:
    """The runs that have begun and not ended, with their process if it still lives."""
    for run in instance.get_runs(RunsFilter(statuses=UNFINISHED, tags={"product": product})):
        began = _beginning(instance, run.run_id)
        if began is not None:
            yield run, _living(*began)


def _beginning(instance: dg.DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """PID and time of the executor's first event; None for a run that no process has taken up yet."""
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.ENGINE_EVENT).records
    for record in records:
        event = record.event_log_entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event is not None else None
        if pid is not None and str(pid.value).isdigit():
            return int(str(pid.value)), record.event_log_entry.timestamp
    return None


def _living(pid: int, since: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        # A process that began after the run has only inherited the number.
        return process if process.create_time() <= since and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
