"""`serve`, `dagster`: the programs that stay up."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.session import Session, session_of
from dagster_project.errors import StepFailed
from dagster_project.instance import instance_directory, instance_of

LOCATION = '''"""The code location of one product; written by `forecast dagster`."""

from pathlib import Path

from dagster_project.definitions import definitions_for
from dagster_project.product import load_product

defs = definitions_for(load_product({product!r}), Path({home!r}))
'''


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(dagster)


Host = Annotated[str, typer.Option(help="Address to listen on.")]


def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """The REST API over the published snapshots of every product below the home directory."""
    session = session_of(context)
    _replace_process([sys.executable, "-m", "api", "--host", host, "--port", str(port)], session)


def dagster(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 3000,
) -> None:
    """The Dagster UI, one code location per product that has files below the home directory."""
    session = session_of(context)
    directory = instance_directory(session.home)
    locations = directory / "locations"
    locations.mkdir(exist_ok=True)
    workspace = ["load_from:"]
    for name in _products(session):
        file = locations / f"{Path(name).stem}.py"
        file.write_text(LOCATION.format(product=name, home=str(session.home)))
        workspace.append(f"  - python_file: {{relative_path: {file}, location_name: {Path(name).stem}}}")
    (directory / "workspace.yaml").write_text("\n".join(workspace) + "\n")
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-w",
        str(directory / "workspace.yaml"),
        "-h",
        host,
        "-p",
        str(port),
    ]
    _end_dead_runs(session)
    # Dagster warns of its own commands; the operator can do nothing about it.
    _replace_process(command, session, DAGSTER_HOME=str(directory), PYTHONWARNINGS="ignore")


def _end_dead_runs(session: Session) -> None:
    """Runs of a machine that went down count as running until somebody says that they are not."""
    from dagster_project.dead_runs import end_dead_runs  # noqa: PLC0415 - imports Dagster, which only this command needs

    with instance_of(session.home) as instance:
        for name in _products(session):
            end_dead_runs(instance, Path(name).stem)


def _products(session: Session) -> list[str]:
    """The command's product first, then every shipped product that has a working warehouse."""
    shipped = [path.parent.name for path in sorted(session.home.glob("*/warehouse.duckdb"))]
    others = [name for name in shipped if name != session.product.name and _is_shipped(name)]
    return [session.product_name, *others]


def _is_shipped(name: str) -> bool:
    return (Path(__file__).resolve().parents[1] / "products" / f"{name}.yml").exists()


def _replace_process(command: list[str], session: Session, **environment: str) -> None:
    variables = {
        **os.environ,
        "FORECAST_HOME": str(session.home),
        "FORECAST_PRODUCT": session.product_name,
        **environment,
    }
    try:
        os.execvpe(command[0], command, variables)
    except OSError as error:
        raise StepFailed(expected=f"to start {command[2]}", found=str(error), do="Run `forecast doctor`.") from error
