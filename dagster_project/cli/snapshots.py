"""`publish`, `rollback`, `snapshots`: what readers see."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from dagster_project.cli.session import session_of
from dagster_project.pipeline.identity import plan_run
from dagster_project.pipeline.publication import publish_run
from dagster_project.publishing.difference import diff_snapshots
from dagster_project.publishing.snapshots import list_snapshots, rollback, verify_snapshot

kept = typer.Typer(help="The published snapshots that are kept.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(publish)
    app.command(name="rollback")(roll_back)
    app.add_typer(kept, name="snapshots")


def publish(context: typer.Context) -> None:
    """Publish what the working warehouse holds, if its checks passed; identical tables publish nothing new."""
    session = session_of(context)
    plan = plan_run(session.product, session.paths, as_of="", cutoff="", generated_at=session.started_at)
    published = publish_run(session.product, session.paths, plan, published_at=session.started_at)
    what = "already served, nothing changed" if published.unchanged else "published"
    session.answer(
        {"snapshot_id": published.snapshot_id, "file": published.file, "unchanged": published.unchanged},
        f"{published.snapshot_id}: {what}\n{published.file}",
    )


def roll_back(
    context: typer.Context,
    to: Annotated[
        str | None, typer.Option(help="Snapshot to serve; default: the newest one before the served.")
    ] = None,
) -> None:
    """Serve an earlier snapshot again: a swap of the pointer, nothing is rebuilt."""
    session = session_of(context)
    manifest = rollback(session.paths, to)
    session.answer(
        {"snapshot_id": manifest.snapshot_id}, f"served now: {manifest.snapshot_id} of {manifest.published_at}"
    )


@kept.callback()
def snapshots(context: typer.Context) -> None:
    """List the kept snapshots, newest first."""
    if context.invoked_subcommand:
        return
    session = session_of(context)
    rows: list[dict[str, Any]] = [
        {
            "snapshot_id": item.manifest.snapshot_id,
            "served": "yes" if item.is_served else "",
            "published_at": item.manifest.published_at,
            "cutoff": item.manifest.cutoff,
            "data_as_of": item.manifest.data_as_of,
            "model_version": item.manifest.model_version,
            "megabytes": round(item.size / 2**20, 1),
        }
        for item in list_snapshots(session.paths)
    ]
    session.answer_table(rows, title="Published snapshots")


@kept.command()
def verify(
    context: typer.Context,
    snapshot_id: Annotated[str | None, typer.Argument(help="Default: the served one.")] = None,
) -> None:
    """Prove that a snapshot has the bytes that were published."""
    session = session_of(context)
    manifest = verify_snapshot(session.paths, snapshot_id)
    session.answer({"snapshot_id": manifest.snapshot_id, "sha256": manifest.sha256}, f"{manifest.snapshot_id}: intact")


@kept.command()
def diff(context: typer.Context, before: str, after: str) -> None:
    """Tables whose rows differ between two snapshots."""
    session = session_of(context)
    rows = [asdict(item) for item in diff_snapshots(session.paths, before, after)]
    session.answer_table(rows, title=f"{before} → {after}") if rows else session.answer({"tables": []}, "no difference")
