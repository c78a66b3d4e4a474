"""`report`: the evaluation of a run as one HTML file."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.cli.session import session_of
from dagster_project.pipeline.reporting import report_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(report)


def report(
    context: typer.Context,
    run: Annotated[
        str, typer.Option(metavar="RUN_ID", help="A run that left a report; the live one when not given.")
    ] = "",
) -> None:
    """Write the evaluation report of the live run: one HTML file that opens without a network."""
    session = session_of(context)
    path = report_of(session.product, session.paths, run)
    session.answer({"report": str(path)}, str(path))
