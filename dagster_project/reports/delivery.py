"""One delivery as a page: what came, what was accepted, what was not and why, and what it changed about the past."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from dagster_project.ingest.report import STAMP, IngestReport
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.publishing.durable import write_atomically
from dagster_project.reports.page import Column, cards, document, number, percent, section, table, whole
from dagster_project.warehouse import Warehouse

Rows = Sequence[Mapping[str, Any]]

NAVIGATION = (
    ("delivered", "Delivered"),
    ("refused", "Refused files"),
    ("schema", "Schema and lateness"),
    ("cleaning", "Cleaning"),
    ("quarantine", "Quarantine"),
    ("restatements", "Restatements"),
)
SAMPLES_PER_RULE = 3
LARGEST_CHANGES = 20
CLEANING = """
    select entity, rule_id, action, is_accepted, severity, owner, rationale, n_rows
    from monitoring.cleaning_log
    where list_contains($deliveries, delivery_id)
    order by entity, rule_id <> 'accepted', n_rows desc, rule_id
"""
QUARANTINE = """
    select entity, rule_id, source_file, row_number, reason, raw_values, n_rows
    from (
        select
            *,
            count(*) over (partition by entity, rule_id) as n_rows,
            row_number() over (partition by entity, rule_id order by source_file, row_number) as position
        from monitoring.quarantine
        where list_contains($deliveries, delivery_id)
    ) as numbered
    where position <= $n_samples
    order by entity, n_rows desc, rule_id, source_file, row_number
"""
KINDS = """
    select
        kind,
        count(*) as n_observations,
        count(distinct unique_id) as n_series,
        min(ds) as first_ds,
        max(ds) as last_ds,
        sum(delta::decimal(38, 9))::double as delta,
        sum(abs(delta)::decimal(38, 9))::double as absolute_delta
    from monitoring.restatements
    where delivered_at = $as_of
    group by kind
    order by n_observations desc, kind
"""
CHANGES = """
    select unique_id, ds, kind, old_y, new_y, delta, n_runs
    from monitoring.restatements
    where delivered_at = $as_of
    order by round(abs(delta), 6) desc, unique_id, ds
    limit $n_changes
"""


@dataclass(frozen=True)
class Judged:
    """What the warehouse says about a delivery once it was built; `is_built` is false before."""

    is_built: bool = False
    cleaning: Rows = ()
    quarantine: Rows = ()
    kinds: Rows = ()
    changes: Rows = ()


NOT_JUDGED = Judged()


def delivery_report_file(paths: ProductPaths, as_of: datetime) -> Path:
    """Where the report of a delivery lies."""
    return paths.reports / f"delivery_{as_of:{STAMP}}.html"


def write_delivery_report(product: Product, paths: ProductPaths, report: IngestReport, judged: Judged) -> Path:
    """Write the report of a delivery, with what the warehouse said about it; the same facts, the same bytes."""
    path = delivery_report_file(paths, report.as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, delivery_page(product, report, judged))
    return path


def delivery_page(product: Product, report: IngestReport, judged: Judged) -> str:
    """The page as text."""
    body = "".join(
        (
            _cards(report, judged),
            _delivered(report, judged),
            _refused(report),
            _schema(report),
            _cleaning(judged),
            _quarantine(judged),
            _restatements(product, judged),
        )
    )
    return document(
        f"{product.title}: delivery",
        f"product {product.name}, as of {report.as_of:%Y-%m-%d %H:%M} UTC, from {report.source}",
        NAVIGATION,
        body,
        "Received rows are accepted, dropped by a rule or put into quarantine; nothing else happens to a row. Raw "
        "snapshots keep every delivered row unchanged. Tables: monitoring.cleaning_log, monitoring.quarantine, "
        "monitoring.restatements.",
    )


def judged_by(warehouse: Warehouse, report: IngestReport) -> Judged:
    """What the warehouse says by now."""
    deliveries = [outcome.delivery_id for outcome in report.outcomes if outcome.delivery_id]
    if not deliveries or not warehouse.exists("monitoring.cleaning_log"):
        return NOT_JUDGED
    cleaning = warehouse.read(CLEANING, {"deliveries": deliveries}).to_pylist()
    if not cleaning:
        return NOT_JUDGED
    samples = {"deliveries": deliveries, "n_samples": SAMPLES_PER_RULE}
    # Restatements are told beside the runs that took the old values, so after the forecasts.
    is_told = warehouse.exists("monitoring.restatements")
    changes = {"as_of": report.as_of, "n_changes": LARGEST_CHANGES}
    return Judged(
        is_built=True,
        cleaning=cleaning,
        quarantine=warehouse.read(QUARANTINE, samples).to_pylist(),
        kinds=warehouse.read(KINDS, {"as_of": report.as_of}).to_pylist() if is_told else (),
        changes=warehouse.read(CHANGES, changes).to_pylist() if is_told else (),
    )


def _cards(report: IngestReport, judged: Judged) -> str:
    rows_by_action = {
        action: sum(row["n_rows"] for row in judged.cleaning if row["action"] == action)
        for action in ("drop", "quarantine")
    }
    accepted = sum(row["n_rows"] for row in judged.cleaning if row["is_accepted"])
    judged_cards = [
        ("Accepted", f"{accepted:,}"),
        ("Dropped by a rule", f"{rows_by_action['drop']:,}"),
        ("In quarantine", f"{rows_by_action['quarantine']:,}"),
        ("Restated observations", f"{sum(row['n_observations'] for row in judged.kinds):,}"),
    ]
    return cards(
        [
            ("Rows received", f"{report.rows:,}"),
            ("Files refused", f"{len(report.faults):,}"),
            *(judged_cards if judged.is_built else []),
            ("Warnings", f"{len(report.warnings):,}"),
        ]
    )


def _delivered(report: IngestReport, judged: Judged) -> str:
    accepted = {
        outcome.entity: sum(
            row["n_rows"] for row in judged.cleaning if row["entity"] == outcome.entity and row["is_accepted"]
        )
        for outcome in report.outcomes
        if any(row["entity"] == outcome.entity for row in judged.cleaning)
    }
    rows = [
        {
            **outcome.model_dump(),
            "files": ", ".join(outcome.files),
            "accepted_share": accepted[outcome.entity] / outcome.rows
            if outcome.entity in accepted and outcome.rows
            else None,
        }
        for outcome in report.outcomes
    ]
    columns = [
        Column("entity", "Entity", is_name=True),
        Column("status", "Status", is_name=True, html=lambda row: _status(row["status"])),
        Column("files", "Files", is_text=True),
        Column("rows", "Rows", whole),
        Column("columns", "Columns"),
        Column("accepted_share", "Accepted", lambda value: percent(value, 2)),
        Column("delivery_id", "Delivery", is_name=True),
    ]
    ignored = (
        f'<p class="soft">Left aside: {escape(", ".join(report.ignored_files))}</p>' if report.ignored_files else ""
    )
    return section(
        "delivered",
        "What was delivered",
        "One row per entity. Unchanged: the same bytes had come before, so nothing was stored again. Rejected: nothing "
        "of this delivery was stored.",
        table(rows, columns, name="delivered"),
        ignored,
    )


def _refused(report: IngestReport) -> str:
    columns = [
        Column("file", "File", is_text=True),
        Column("row", "Row"),
        Column("column", "Column", is_text=True),
        Column("expected", "Expected", is_text=True),
        Column("found", "Found", is_text=True),
        Column("do", "What to do", is_text=True),
        Column("quarantined_as", "Kept as", is_text=True),
    ]
    return section(
        "refused",
        "Files that were refused",
        "A file that is not what its contract says stops the whole delivery; it is kept beside the reason.",
        table([fault.model_dump() for fault in report.faults], columns, name="refused"),
    )


def _schema(report: IngestReport) -> str:
    rows = [
        {"entity": outcome.entity, "kind": kind, "text": text}
        for outcome in report.outcomes
        for kind, texts in (("warning", outcome.warnings), ("note", outcome.notes))
        for text in texts
    ]
    rows += [
        {"entity": outcome.entity, "kind": "late", "text": f"{outcome.minutes_late:,} minutes after it was due"}
        for outcome in report.outcomes
        if outcome.sla_status == "late"
    ]
    columns = [
        Column("entity", "Entity", is_name=True),
        Column("kind", "Kind", is_name=True),
        Column("text", "What differs", is_text=True),
    ]
    return section(
        "schema",
        "Schema and lateness",
        "What differs from the contract or from the delivery before: columns added, removed, renamed, retyped or "
        "moved, new categories, jumps of empty values and of distinct values, and deliveries after their time.",
        table(rows, columns, name="schema"),
    )


def _cleaning(judged: Judged) -> str:
    columns = [
        Column("entity", "Entity", is_name=True),
        Column("rule_id", "Rule", is_name=True),
        Column("action", "Action", is_name=True),
        Column("n_rows", "Rows", whole),
        Column("owner", "Owner", is_name=True),
        Column("rationale", "Why", is_text=True),
    ]
    return section(
        "cleaning",
        "Cleaning, rule by rule",
        "Every received row is counted once, at the first rule that applies to it; the rows of an entity add up to "
        "what was received.",
        table(judged.cleaning, columns, name="cleaning") if judged.is_built else _not_built(),
    )


def _quarantine(judged: Judged) -> str:
    columns = [
        Column("entity", "Entity", is_name=True),
        Column("rule_id", "Rule", is_name=True),
        Column("n_rows", "Rows", whole),
        Column("row_number", "Row of file", whole),
        Column("reason", "Reason", is_text=True),
        Column("raw_values", "As delivered", is_text=True, html=lambda row: f"<code>{escape(_own(row))}</code>"),
    ]
    return section(
        "quarantine",
        "Rows in quarantine",
        f"Rows that nobody can use as they are: per rule their number, and the first {SAMPLES_PER_RULE} as delivered. "
        "All of them are in monitoring.quarantine.",
        table(judged.quarantine, columns, name="quarantine") if judged.is_built else _not_built(),
    )


def _restatements(product: Product, judged: Judged) -> str:
    unit = product.target.unit
    kinds = [
        Column("kind", "Kind", is_name=True),
        Column("n_observations", "Observations", whole),
        Column("n_series", "Series", whole),
        Column("first_ds", "From", is_name=True),
        Column("last_ds", "To", is_name=True),
        Column("delta", f"Change, {unit}", number),
        Column("absolute_delta", f"Absolute change, {unit}", number),
    ]
    changes = [
        Column("unique_id", "Series", is_text=True),
        Column("ds", "Period", is_name=True),
        Column("kind", "Kind", is_name=True),
        Column("old_y", "Before", number),
        Column("new_y", "Now", number),
        Column("delta", "Change", number),
        Column("n_runs", "Runs that took the old value", whole),
    ]
    return section(
        "restatements",
        "What it changed about the past",
        "Observations of periods that an earlier delivery had already covered, by kind of change, and the largest "
        f"{LARGEST_CHANGES} of them. Known once the forecasts of a run stand beside them.",
        *(
            [table(judged.kinds, kinds, name="restatement_kinds"), table(judged.changes, changes, name="restatements")]
            if judged.kinds
            else [table([], kinds, name="restatement_kinds") if judged.is_built else _not_built()]
        ),
    )


def _own(row: Mapping[str, Any]) -> str:
    """The delivered values of a row, without the columns that ingest added."""
    values: dict[str, Any] = json.loads(row["raw_values"])
    return ", ".join(
        f"{name}={'' if value is None else value}" for name, value in values.items() if not name.startswith("_")
    )


def _status(status: str) -> str:
    return f'<span class="{"flag" if status == "rejected" else "fine"}">{escape(status)}</span>'


def _not_built() -> str:
    return '<p class="empty">The warehouse has not been built from this delivery yet.</p>'
