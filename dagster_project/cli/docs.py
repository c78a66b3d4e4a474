"""`query`, `dbt`, `docs`: SQL for people."""

from __future__ import annotations

import csv
import json
import sys
from typing import Annotated, Any

import pyarrow as pa
import typer

from dagster_project.cli.session import Session, as_table, session_of
from dagster_project.dbt import dbt_vars, run_dbt
from dagster_project.errors import StepFailed
from dagster_project.locks import writer_lock
from dagster_project.publishing.snapshots import query_snapshot
from dagster_project.warehouse import Warehouse

TERMINAL_ROWS = 50


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(query)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(dbt)
    app.command()(docs)


def query(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help='For example: "select * from marts.forecast_latest limit 5".')],
    working: Annotated[bool, typer.Option("--working", help="Ask the working warehouse, not the snapshot.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every row as CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Every row as JSON.")] = False,
) -> None:
    """Read-only SQL on the published snapshot; a terminal shows 50 rows, --csv and --json give every row."""
    session = session_of(context)
    answer = Warehouse(session.paths.warehouse).read(sql) if working else query_snapshot(session.paths, sql)
    if as_csv:
        _print_csv(answer)
    elif as_json or session.as_json:
        typer.echo(json.dumps(answer.to_pylist(), default=str, indent=2))
    else:
        _print_table(session, answer)


def dbt(context: typer.Context) -> None:
    """Run dbt for the product, with its warehouse and variables: `forecast dbt build --select features`."""
    session = session_of(context)
    with writer_lock(session.paths, f"dbt {' '.join(context.args[:2])}"):
        done = run_dbt(context.args or ["--help"], session.product, session.paths)
    raise typer.Exit(done.returncode)


def docs(context: typer.Context) -> None:
    """The dbt documentation site of the product's warehouse."""
    session = session_of(context)
    with writer_lock(session.paths, "dbt docs"):
        done = run_dbt(
            ["--quiet", "docs", "generate", "--static"],
            session.product,
            session.paths,
            variables=dbt_vars(session.product, session.paths),
            capture=True,
        )
    if done.returncode != 0:
        raise StepFailed(
            expected="dbt docs to be generated", found=(done.stdout + done.stderr)[-1000:], do="Mend that."
        )
    page = session.paths.root / "dbt_target" / "static_index.html"
    session.answer({"page": str(page)}, f"Open {page} in a browser.")


def _print_csv(answer: pa.Table) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.column_names)
    for batch in answer.to_batches():
        writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _print_table(session: Session, answer: pa.Table) -> None:
    rows: list[dict[str, Any]] = answer.slice(0, TERMINAL_ROWS).to_pylist()
    session.console.print(as_table(rows) if rows else f"no rows; columns: {', '.join(answer.column_names)}")
    if answer.num_rows > TERMINAL_ROWS:
        session.console.print(f"[dim]{TERMINAL_ROWS} of {answer.num_rows:,} rows; --csv gives all[/]")
