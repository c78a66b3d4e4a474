"""The first step of a run: what was dropped, or what the generated product makes, becomes raw snapshots."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from dagster_project.alerting.findings import of_delivery
from dagster_project.alerting.sending import send
from dagster_project.errors import DeliveryRejected
from dagster_project.ingest import IngestReport, deliver
from dagster_project.locks import file_lock
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.cost import measured
from dagster_project.pipeline.ledger import record_cost, start_ledger
from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.pull.report import Pulled
from dagster_project.reports.delivery import NOT_JUDGED, write_delivery_report


def deliver_for_run(
    product: Product, paths: ProductPaths, *, source: Path | None, as_of: datetime | None, now: datetime
) -> IngestReport:
    """Deliver `source`, or what lies in landing/, as what was known at `as_of` (UTC), else `now`.

    A generated product makes its delivery: without `as_of` its first one, else what its systems export at `as_of`.
    What is fetched from an API is fetched first, unless `source` is given.

    Raises:
        DeliveryRejected: a file is wrong; nothing of the delivery was stored.
        UsageError: there is nothing at `source`.
    """
    start_ledger(paths.create())
    reporter().step("ingest")
    with measured("ingest") as cost:
        if source is None:
            pull_all(product, paths, until=as_of or now)
        try:
            report = _delivered(product, paths, source, as_of, now)
        except DeliveryRejected as refusal:
            if isinstance(refusal.report, IngestReport):
                write_delivery_report(product, paths, refusal.report, NOT_JUDGED)
                send(product, paths, of_delivery(product, refusal.report), now)
            raise
        cost.rows_out = report.rows
    record_cost(paths, cost)
    # Without the warehouse, which another run may hold: it has not judged these rows yet, and alerts must not wait.
    write_delivery_report(product, paths, report, NOT_JUDGED)
    send(product, paths, of_delivery(product, report), now)
    reporter().done(
        f"{report.rows:,} rows of {len(report.outcomes)} entities {'stored' if report.changed else 'unchanged'}"
    )
    return report


def _delivered(
    product: Product, paths: ProductPaths, source: Path | None, as_of: datetime | None, now: datetime
) -> IngestReport:
    if product.generator is None or source is not None:
        return deliver(product, paths, source, as_of or now)
    if as_of is None:
        # What a generator exports is dated in its own world, not by this machine's clock.
        return deliver(product, paths, None, product.generator.as_of)
    return deliver(product, paths, _exported(product.generator.seed, paths, as_of), as_of)


def pull_all(product: Product, paths: ProductPaths, *, until: datetime) -> list[Pulled]:
    """Fetch every entity of the product that comes from an API, up to `until` (UTC), into landing/."""
    pulled = []
    for entity, settings in product.entities.items():
        if settings.pull is not None:
            from dagster_project.pull.fetch import pull_entity  # noqa: PLC0415 - few products pull

            with file_lock(paths.root / "pull.lock", f"pull of {entity}"):
                pulled.append(pull_entity(product, paths, entity, until))
            last = pulled[-1]
            reporter().detail(f"{last.rows:,} rows of {entity} pulled in {last.pages + last.resumed_pages} pages")
    return pulled


def _exported(seed: int, paths: ProductPaths, as_of: datetime) -> Path:
    """The folder of the generated export at an instant, made anew unless it is there whole."""
    from dagster_project.demo import write_demo  # noqa: PLC0415 - needs pandas, and only the demo is generated

    folder = paths.root / "generated" / f"{as_of:%Y%m%dT%H%M%S}"
    if not folder.exists():
        unfinished = folder.with_name(f".{folder.name}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        write_demo(unfinished, seed=seed, as_of=as_of)
        unfinished.rename(folder)
    return folder
