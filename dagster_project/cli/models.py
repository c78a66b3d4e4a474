"""`models`, `compare`: what was trained, and how versions differ."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from dagster_project.cli.session import Session, session_of
from dagster_project.errors import UsageError
from dagster_project.warehouse import Warehouse

VERSIONS = """
    select
        model_version, model, cutoff, n_rows, n_series, feature_schema_hash, code_version, generated_at, parameters
    from forecasting.model_versions
    order by generated_at desc, model_version
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(models)
    app.command()(compare)


def models(context: typer.Context) -> None:
    """Trained models, newest first."""
    session = session_of(context)
    hidden = {"parameters"}
    session.answer_table(
        [{name: value for name, value in row.items() if name not in hidden} for row in _versions(session)],
        title="Model versions",
    )


def compare(
    context: typer.Context,
    first: Annotated[str, typer.Argument(metavar="V1")],
    second: Annotated[str, typer.Argument(metavar="V2")],
) -> None:
    """Every setting in which two model versions differ."""
    session = session_of(context)
    known = {row["model_version"]: row for row in _versions(session)}
    for version in (first, second):
        if version not in known:
            raise UsageError(
                expected="a known model version",
                found=version,
                do=f"Known are: {', '.join(known) or 'none'}. `forecast models` lists them.",
            )
    before, after = _facts(known[first]), _facts(known[second])
    rows = [
        {"fact": name, first: str(before.get(name, "")), second: str(after.get(name, ""))}
        for name in sorted(set(before) | set(after))
        if before.get(name) != after.get(name)
    ]
    if rows:
        session.answer_table(rows)
    else:
        session.answer({"differences": []}, "no difference")


def _versions(session: Session) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = Warehouse(session.paths.warehouse).read(VERSIONS).to_pylist()
    return rows


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: value for name, value in row.items() if name not in {"parameters", "model_version"}}
    return facts | {f"parameters.{name}": value for name, value in json.loads(row["parameters"] or "{}").items()}
