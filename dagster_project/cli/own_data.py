"""`init`: one's own file becomes a product."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.cli.session import session_of
from dagster_project.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    context: typer.Context,
    observations: Annotated[Path, typer.Argument(help="CSV or Parquet with one row per series and time.")],
    time: Annotated[str, typer.Option(help="Column of the time.")],
    target: Annotated[str, typer.Option(help="Column to forecast.")],
    keys: Annotated[str | None, typer.Option(help="Columns that name a series: A,B; empty for a single one.")] = None,
    drivers: Annotated[Path | None, typer.Option(help="File of columns known in advance.")] = None,
    attributes: Annotated[Path | None, typer.Option(help="File of properties of the series.")] = None,
    freq: Annotated[str | None, typer.Option(help="pandas alias: 30min, h, D, W-MON, MS, QE, …")] = None,
    horizon: Annotated[int | None, typer.Option(help="Periods to forecast.", min=1)] = None,
    name: Annotated[str | None, typer.Option(help="Name of the product and its file.")] = None,
    country: Annotated[str | None, typer.Option(help="Two-letter code, for holidays.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Local clock of times without an offset: Europe/Madrid.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a product file that is there.")] = False,
) -> None:
    """Write NAME.yml for your own data, and say what was inferred and why; edit it, then run it."""
    # Only this command needs what it imports.
    from dagster_project.init import Given, infer  # noqa: PLC0415

    session = session_of(context)
    inference = infer(
        Given(
            observations=observations,
            time=time,
            target=target,
            keys=None if keys is None else tuple(part.strip() for part in keys.split(",") if part.strip()),
            drivers=drivers,
            attributes=attributes,
            freq=freq,
            horizon=horizon,
            name=name,
            country=country,
            timezone=timezone,
        )
    )
    file = Path(f"{inference.product.name}.yml")
    if file.exists() and not force:
        raise UsageError(
            expected=f"no file {file} yet",
            found="one",
            do="Name the product with --name, or replace the file with --force.",
        )
    file.write_text(inference.text, encoding="utf-8")
    reasons = [asdict(explanation) for explanation in inference.explanations]
    if session.as_json:
        session.answer({"product": inference.product.name, "file": str(file), "choices": reasons}, "")
        return
    session.answer_table(reasons, title=f"{file}: what was inferred, and why")
    command = f".venv/bin/forecast --product {file}"
    elsewhere = [
        path for path in (drivers, attributes) if path and path.absolute().parent != observations.absolute().parent
    ]
    steps = [f"{command} run --from {shlex.quote(str(observations))}"]
    if elsewhere:
        given = [observations, *(path for path in (drivers, attributes) if path)]
        steps = [*(f"{command} ingest --from {shlex.quote(str(path))}" for path in given), f"{command} run"]
    session.console.print("\nNext: " + "\n      ".join(steps), highlight=False, soft_wrap=True)
