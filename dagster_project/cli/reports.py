"""`report`: the evaluation of a run, or what became of a delivery, as one HTML file."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.cli.session import session_of
from dagster_project.instants import as_instant
from dagster_project.pipeline.delivery_reporting import report_of_delivery
from dagster_project.pipeline.reporting import report_of

LAST = "last"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(report)


def report(
    context: typer.Context,
    run: Annotated[
        str, typer.Option(metavar="RUN_ID", help="A run that left a report; the live one when not given.")
    ] = "",
    delivery: Annotated[
        str,
        typer.Option(metavar="AS_OF", help="Report on a delivery instead: its UTC timestamp, or 'last'."),
    ] = "",
) -> None:
    """Write the evaluation report of the live run, or of a delivery: one HTML file that opens without a network."""
    session = session_of(context)
    if delivery:
        as_of = None if delivery == LAST else as_instant(delivery, "--delivery")
        path = report_of_delivery(session.product, session.paths, as_of)
    else:
        path = report_of(session.product, session.paths, run)
    session.answer({"report": str(path)}, str(path))
