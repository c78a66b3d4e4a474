"""`pull`, `ingest`, `verify-snapshot`, `snapshot-diff`: raw data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from dagster_project.cli.session import session_of
from dagster_project.errors import UsageError
from dagster_project.ingest import diff, manifests_of, verify_snapshots
from dagster_project.instants import as_instant
from dagster_project.pipeline.delivering import deliver_for_run, pull_all
from dagster_project.progress import reporting


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(pull)
    app.command()(ingest)
    app.command("verify-snapshot")(verify)
    app.command("snapshot-diff")(snapshot_diff)


def pull(
    context: typer.Context,
    as_of: Annotated[str, typer.Option(help="UTC timestamp up to which is fetched; default: now.")] = "",
) -> None:
    """Fetch what is new at the APIs of the product into landing/; a killed pull goes on where it was."""
    session = session_of(context)
    until = _delivered_at(as_of, session.started_at) if as_of else session.started_at
    pulled = pull_all(session.product, session.paths.create(), until=until)
    if not pulled:
        raise UsageError(
            f"an entity of {session.product.name} with a section `pull`",
            "none: its files are dropped into landing/",
            "Add entities.<name>.pull to the product file.",
        )
    rows = [{**asdict(item), "file": item.file.name if item.file else ""} for item in pulled]
    session.answer_table(rows, title=f"Pulled up to {until:%Y-%m-%d %H:%M} UTC")


def ingest(
    context: typer.Context,
    source: Annotated[Path | None, typer.Option("--from", help="Folder or file; default: landing/.")] = None,
    as_of: Annotated[str, typer.Option(help="UTC timestamp of the delivery; default: now.")] = "",
) -> None:
    """Store one delivery as an immutable raw snapshot; the same bytes twice change nothing."""
    session = session_of(context)
    with reporting(None if session.as_json else Console(stderr=True)):
        report = deliver_for_run(
            session.product,
            session.paths,
            source=source,
            as_of=_delivered_at(as_of, session.started_at) if as_of else None,
            now=session.started_at,
        )
    rows = [
        {
            "entity": outcome.entity,
            "status": outcome.status,
            "rows": outcome.rows,
            "files": ", ".join(outcome.files),
            "delivery": outcome.delivery_id or "",
            "warnings": "; ".join(outcome.warnings),
        }
        for outcome in report.outcomes
    ]
    session.answer_table(rows, title=f"Delivery of {report.as_of:%Y-%m-%d %H:%M} UTC")


def _delivered_at(text: str, now: datetime) -> datetime:
    """The instant of a delivery; one that lies ahead would hide every later delivery behind it."""
    as_of = as_instant(text, "--as-of")
    if as_of > now + timedelta(days=1):
        raise UsageError(
            expected="the time of a delivery, at most a day ahead of this machine's clock",
            found=text,
            do="Correct --as-of, or the clock.",
        )
    return as_of


def verify(context: typer.Context) -> None:
    """Prove that every raw snapshot has the bytes its manifest recorded."""
    session = session_of(context)
    damages = verify_snapshots(session.paths)
    if damages:
        session.answer_table([asdict(damage) for damage in damages], title="Damaged raw snapshots")
        raise damages[0].as_error()
    count = len(manifests_of(session.paths))
    session.answer({"intact": count}, f"{count} raw snapshots are intact")


def snapshot_diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="A delivery id, or a UTC timestamp.")],
    after: Annotated[str, typer.Argument(metavar="B")],
) -> None:
    """Keys that were added, removed or changed between two deliveries, with their values."""
    session = session_of(context)
    entities = diff(session.product, session.paths, before, after)
    counts = [
        {"entity": item.entity, "added": item.added, "removed": item.removed, "changed": item.changed}
        for item in entities
    ]
    changes = [{"entity": item.entity, **row} for item in entities for row in item.rows.to_pylist()]
    if session.as_json:
        session.answer({"entities": counts, "changes": changes}, "")
        return
    session.answer_table(counts, title=f"{before} → {after}")
    if changes:
        session.answer_table(changes)
