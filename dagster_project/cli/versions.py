"""`data versions`, `data checkout`: which data a run was made of, and any of it built again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dagster_project.cli.session import session_of
from dagster_project.data_versions.checkout import Checkout, check_out
from dagster_project.data_versions.record import FEATURES, STAGES, read_records
from dagster_project.errors import GateRefused, UsageError

data = typer.Typer(help="Versions of the data: raw, clean, features.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(data, name="data")


@data.command()
def versions(context: typer.Context) -> None:
    """List the recorded versions, newest deliveries first."""
    session = session_of(context)
    rows = [
        {
            "run_id": record.run_id,
            **{stage: record.version_of(stage) for stage in STAGES},
            "raw_snapshots": len(record.raw),
            "code_version": record.code_version,
        }
        for record in read_records(session.paths)
    ]
    session.answer_table(rows, title="Versions of the data")


@data.command()
def checkout(
    context: typer.Context,
    version: Annotated[
        str,
        typer.Argument(
            metavar="VERSION",
            help="A run id, a published or raw snapshot, or a raw-, clean- or features- version.",
        ),
    ],
    stage: Annotated[str, typer.Option(help="Build up to this stage: raw, clean or features.")] = FEATURES,
) -> None:
    """Build the raw, clean and feature tables of a version again, in a warehouse of their own; compare their hashes."""
    session = session_of(context)
    if stage not in STAGES:
        raise UsageError(f"a stage out of {', '.join(STAGES)}", repr(stage), "Correct --stage.")
    done = check_out(session.product, session.paths, version, stage=stage)
    rows = [{**asdict(table), "agrees": table.agrees} for table in done.tables]
    if session.as_json:
        session.answer({"version": version, "home": done.paths.home, "code": done.code, "tables": rows}, "")
    else:
        session.answer_table(rows, title=f"{version} in {done.paths.home}")
    if done.differing:
        raise _differs(done)


def _differs(done: Checkout) -> GateRefused:
    names = "; ".join(f"{table.table} {table.found} instead of {table.recorded}" for table in done.differing)
    other = done.recorded_code not in {"", done.code}
    do = (
        f"It was recorded with code {done.recorded_code} and built with {done.code}: check out that code and try again."
        if other
        else "The code is the same: compare the two warehouses, and `forecast verify-snapshot`."
    )
    return GateRefused(expected=f"the recorded hashes of {done.version}", found=names, do=do)
