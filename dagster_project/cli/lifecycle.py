"""`run`, `backtest`, `doctor`: the product's life."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dagster_project.cli.plan import dry_run_text
from dagster_project.cli.session import session_of
from dagster_project.cli.summary import run_summary
from dagster_project.instants import as_instant
from dagster_project.pipeline.backtest_settings import last_cutoff, with_backtest
from dagster_project.pipeline.diagnosis import diagnose
from dagster_project.pipeline.report import backtest_rows
from dagster_project.progress import reporting
from dagster_project.run_request import BACKTEST_JOB, FORECAST_JOB, LaunchSettings

Source = Annotated[Path | None, typer.Option("--from", help="Folder or file to deliver first; default: landing/.")]
AsOf = Annotated[str, typer.Option(help="UTC timestamp: deliveries after it do not count.")]
Cutoff = Annotated[str, typer.Option(help="Last period the forecasters may see (ISO date).")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(backtest)
    app.command()(doctor)


def run(
    context: typer.Context,
    source: Source = None,
    as_of: AsOf = "",
    cutoff: Cutoff = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Train anew although nothing changed.")] = False,
) -> None:
    """Everything: ingest, dbt build, features, backtest, train, forecast, checks, publish."""
    session = session_of(context)
    settings = LaunchSettings(
        source=str(source or ""),
        as_of=str(as_instant(as_of, "--as-of")) if as_of else "",
        cutoff=str(as_instant(cutoff, "--cutoff")) if cutoff else "",
        generated_at=session.started_at.isoformat(),
        force=force,
    )
    if dry_run:
        session.answer(*dry_run_text(session.product, session.paths, settings))
        return
    _launch(context, settings)
    record, text = run_summary(session.product, session.paths)
    session.answer(record, text)


def backtest(
    context: typer.Context,
    windows: Annotated[int | None, typer.Option(help="Number of scored cutoffs; default: the product file's.")] = None,
    step: Annotated[int | None, typer.Option(help="Periods between cutoffs; default: the product file's.")] = None,
    first_cutoff: Annotated[str, typer.Option(help="Oldest scored cutoff (ISO date); the others follow it.")] = "",
    models: Annotated[str, typer.Option(help="Comma-separated candidates; default: the product file's.")] = "",
    source: Source = None,
) -> None:
    """Rolling-origin evaluation, written as tables, with the baselines beside the models."""
    session = session_of(context)
    session.product = with_backtest(session.product, windows, step, models)
    cutoff = last_cutoff(session.product, first_cutoff) if first_cutoff else ""
    settings = LaunchSettings(str(source or ""), cutoff=cutoff, generated_at=session.started_at.isoformat())
    _launch(context, settings, BACKTEST_JOB)
    session.answer_table(backtest_rows(session.paths), title="Backtest: mean over the windows")


def doctor(context: typer.Context) -> None:
    """Versions, locks, disk, settings and snapshot health, in plain words."""
    session = session_of(context)
    findings = diagnose(session.product, session.paths)
    session.answer_table(
        [{"": "ok" if item.is_well else "!!", "what": item.what, "found": item.found} for item in findings]
    )
    if not all(item.is_well for item in findings):
        raise typer.Exit(1)


def _launch(context: typer.Context, settings: LaunchSettings, job: str = FORECAST_JOB) -> None:
    # Dagster takes seconds to import; commands that run nothing do without.
    from dagster_project.launch import launch  # noqa: PLC0415

    session = session_of(context)
    with reporting(None if session.as_json else Console(stderr=True)):
        launch(session.product, session.home, settings, job)
