"""The `forecast` command: global options, and what a user sees when something is wrong."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import click
import typer

from dagster_project.cli import data, docs, lifecycle, models, own_data, reports, services, snapshots, versions
from dagster_project.cli.session import Session
from dagster_project.errors import ForecastError

app = typer.Typer(
    name="forecast",
    help="Forecasts as trustworthy warehouse tables: from delivered files to a published snapshot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (own_data, data, versions, lifecycle, snapshots, models, reports, services, docs):
    commands.register(app)


@app.callback()
def options(
    context: typer.Context,
    product: Annotated[
        str, typer.Option(envvar="FORECAST_PRODUCT", help="A shipped product's name, or a product file.")
    ] = "demo",
    home: Annotated[
        Path, typer.Option(envvar="FORECAST_HOME", help="Where products keep their files.", file_okay=False)
    ] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON on standard output.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options that every command shares."""
    context.obj = Session(product_name=product, home=home.absolute(), as_json=as_json, debug=debug)


def run(arguments: list[str] | None = None) -> None:
    """Run the command line; errors become one paragraph and an exit code.

    Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 a gate or check refused.
    """
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given or os.environ.get("FORECAST_DEBUG") == "1"
    if not debug:
        # Warnings of the libraries underneath are for developers; what concerns the user is an error or a check.
        warnings.simplefilter("ignore")
    try:
        app(args=given)
    except ForecastError as error:
        if debug:
            raise
        _show(error, as_json="--json" in given)
        raise SystemExit(error.exit_code) from None
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"internal error: {type(error).__name__}: {error}\nRun again with --debug for the traceback.", err=True
        )
        raise SystemExit(1) from None


def _show(error: ForecastError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": type(error).__name__, "message": str(error), "exit_code": error.exit_code}))
    else:
        click.secho(f"{error}", err=True, fg="red" if sys.stderr.isatty() else None)


if __name__ == "__main__":
    run()
