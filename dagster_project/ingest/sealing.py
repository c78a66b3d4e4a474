"""Days of a source that delivers all day long: a day counts once it is over, and then never changes.

A day is over when something of a later day has arrived, or when the run is told a later `as_of`; no clock is read. The
deliveries of a day that a run has read are written down as its sealed snapshot, and nothing can be delivered into it
any more.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dagster_project.errors import DeliveryRejected, StepFailed
from dagster_project.ingest.manifest import manifests_of
from dagster_project.paths import ProductPaths
from dagster_project.product_settings import Product
from dagster_project.publishing.durable import write_atomically

_UTC = ZoneInfo("UTC")
_TICK = timedelta(microseconds=1)


class SealedDay(BaseModel):
    """One sealed day in the product's time zone: its snapshot's id, when it ended (UTC), and what had arrived."""

    model_config = ConfigDict(frozen=True)

    snapshot_id: str
    day: date
    ended_at: datetime
    deliveries: tuple[str, ...]


def sealed_as_of(product: Product, paths: ProductPaths, as_of: str) -> str:
    """Up to when deliveries count: `as_of` itself, or the end of the last day that is over for a sealed product.

    Raises:
        StepFailed: the first day is not over yet.
    """
    if not product.data.sealed_daily:
        return as_of
    seal = _seal(product, paths, as_of)
    return str(seal.ended_at - _TICK)


def sealed_snapshot(product: Product, paths: ProductPaths, as_of: str) -> str:
    """The id of the sealed snapshot that ends at `as_of` as `sealed_as_of` gave it; '' for other products."""
    if not product.data.sealed_daily:
        return ""
    return next(item.snapshot_id for item in _sealed(paths) if str(item.ended_at - _TICK) == as_of)


def refuse_sealed_day(product: Product, paths: ProductPaths, as_of: datetime) -> None:
    """Refuse a delivery that would change what a run has read as a whole day.

    Raises:
        DeliveryRejected: the day of `as_of` (UTC) is sealed.
    """
    sealed = max(_sealed(paths), key=lambda item: item.ended_at, default=None)
    if product.data.sealed_daily and sealed is not None and as_of < sealed.ended_at:
        raise DeliveryRejected(
            f"a delivery after {sealed.ended_at} UTC, as the day {sealed.day} is sealed ({sealed.snapshot_id})",
            f"one of {as_of}",
            "Deliver it as what is known today (a later --as-of): corrections of the past are found as such.",
        )


def _seal(product: Product, paths: ProductPaths, as_of: str) -> SealedDay:
    delivered = manifests_of(paths, product.source_system)
    edge = datetime.fromisoformat(as_of) if as_of else max((item.as_of for item in delivered), default=None)
    midnight = None if edge is None else _midnight(edge, product.timezone)
    before = [item for item in delivered if midnight is not None and item.as_of < midnight]
    if midnight is None or not before:
        raise StepFailed(
            expected="a day of deliveries that is over",
            found=f"{len(delivered)} deliveries, all of the day of {edge}" if delivered else "no delivery",
            do="Run again when something of the next day has arrived, or with --as-of the next day.",
        )
    # The last day that brought something; days without a delivery add nothing to it.
    ended_at = _midnight(before[-1].as_of, product.timezone, days=1)
    known = next((item for item in _sealed(paths) if item.ended_at == ended_at), None)
    return known or _write(product, paths, ended_at, [item.delivery_id for item in before])


def _write(product: Product, paths: ProductPaths, ended_at: datetime, deliveries: list[str]) -> SealedDay:
    last_instant = (ended_at - _TICK).replace(tzinfo=_UTC).astimezone(ZoneInfo(product.timezone))
    day = last_instant.date()
    digest = hashlib.sha256(json.dumps([str(day), deliveries]).encode()).hexdigest()[:12]
    sealed = SealedDay(
        snapshot_id=f"sealed-{day:%Y%m%d}-{digest}", day=day, ended_at=ended_at, deliveries=tuple(deliveries)
    )
    (paths.root / "sealed").mkdir(parents=True, exist_ok=True)
    write_atomically(paths.root / "sealed" / f"{day}.json", sealed.model_dump_json(indent=1) + "\n")
    return sealed


def _sealed(paths: ProductPaths) -> list[SealedDay]:
    return [
        SealedDay.model_validate_json(path.read_bytes()) for path in sorted((paths.root / "sealed").glob("????-*.json"))
    ]


def _midnight(instant: datetime, timezone: str, *, days: int = 0) -> datetime:
    """The beginning of the local day of a UTC instant, some days later, in UTC."""
    local = instant.replace(tzinfo=_UTC).astimezone(ZoneInfo(timezone))
    start = datetime.combine(local.date() + timedelta(days=days), datetime.min.time(), ZoneInfo(timezone))
    return start.astimezone(_UTC).replace(tzinfo=None)
