"""Which snapshot of each product is served, and how the next one takes its place.

A poller looks at `current.json`. A new snapshot is verified and indexed in a thread, then one assignment swaps it in.
Whatever is wrong with it, the old one stays and every answer says why it is stale. On a cold start the snapshots before
the current one are tried too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import structlog

from api.index import COVERAGE
from api.manifest import Manifest, read_manifest
from api.settings import Settings
from api.snapshot import Snapshot, SnapshotRefused, open_snapshot

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Served:
    """A product as it is served now: a snapshot and why it is stale, if it is."""

    product: str
    snapshot: Snapshot
    stale_reason: str | None
    kept: tuple[Manifest, ...]
    middle: bytes
    stale_middle: bytes
    forecast_parameters: frozenset[str]

    @classmethod
    def of(cls, snapshot: Snapshot, stale_reason: str | None, kept: tuple[Manifest, ...]) -> Served:
        """A snapshot with the JSON that says how fresh it is."""
        carried = stale_reason or "the forecast of this series was made before its last observation"
        return cls(
            product=snapshot.manifest.product.name,
            snapshot=snapshot,
            stale_reason=stale_reason,
            kept=kept,
            middle=_freshness(stale_reason),
            stale_middle=_freshness(carried),
            forecast_parameters=_forecast_parameters(snapshot),
        )

    def middle_of(self, row: int) -> bytes:
        """How fresh the forecast of a series is, as part of its JSON."""
        return self.stale_middle if self.snapshot.index.is_stale[row] else self.middle


def _forecast_parameters(snapshot: Snapshot) -> frozenset[str]:
    keys = snapshot.manifest.product.keys
    return frozenset(("product", "unique_id", "h", "from", "to", "quantiles", *keys, *(f"key.{key}" for key in keys)))


def _freshness(stale_reason: str | None) -> bytes:
    fields = {"stale": stale_reason is not None, "stale_reason": stale_reason, "coverage": COVERAGE}
    return b"," + orjson.dumps(fields)[1:-1] + b',"points":'


@dataclass(slots=True)
class _Watch:
    """What the poller remembers of one product."""

    seen: tuple[int, int, int] | None = None
    problem: str | None = None


class Serving:
    """The served products; read by requests, written only by `refresh`."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self.products: dict[str, Served] = {}
        self.problems: dict[str, str] = {}
        self.refused_snapshots = 0
        self._clock = clock
        self._watches: dict[str, _Watch] = {}

    async def watch(self) -> None:
        """Look at every product until cancelled; a failure of ours in one round does not end the next."""
        while True:
            await asyncio.sleep(self.settings.poll_seconds)
            try:
                await self.refresh()
            except Exception:
                log.exception("refresh failed; the served snapshots stay")

    async def refresh(self) -> None:
        """Look at every product once, and swap in what is new."""
        for name in await asyncio.to_thread(self._names):
            served = await asyncio.to_thread(self._look, name)
            if served is not None:
                self.products[name] = served
        self.problems = {name: watch.problem for name, watch in self._watches.items() if watch.problem}

    def _names(self) -> tuple[str, ...]:
        if self.settings.products:
            return self.settings.products
        published = sorted(self.settings.home.glob("*/published/current.json"))
        return tuple(dict.fromkeys([*self.products, *(path.parent.parent.name for path in published)]))

    def _look(self, name: str) -> Served | None:
        folder = self.settings.home / name / "published"
        watch = self._watches.setdefault(name, _Watch())
        served = self.products.get(name)
        seen = _signature(folder / "current.json")
        if seen != watch.seen:
            watch.problem = None
            snapshot = self._load(folder, watch, served)
            # Remembered only now: a pointer that could not be read is looked at again when it changes.
            watch.seen = seen
            if snapshot is not None:
                return Served.of(snapshot, self._stale_reason(snapshot, watch), _kept(folder))
        if served is None:
            return None
        reason = self._stale_reason(served.snapshot, watch)
        return None if reason == served.stale_reason else Served.of(served.snapshot, reason, served.kept)

    def _load(self, folder: Path, watch: _Watch, served: Served | None) -> Snapshot | None:
        """The snapshot that the pointer names, else on a cold start the newest one that can be served."""
        current: Manifest | None = None
        try:
            current = read_manifest(folder / "current.json")
            if served is not None and served.snapshot.manifest.snapshot_id == current.snapshot_id:
                return replace(served.snapshot, manifest=current)
            snapshot = open_snapshot(folder, current, self.settings)
        except FileNotFoundError:
            watch.problem = "nothing is published: current.json is missing"
        except SnapshotRefused as refused:
            watch.problem = str(refused)
        except (OSError, ValueError) as error:
            watch.problem = f"current.json cannot be read: {str(error).splitlines()[0]}"
        else:
            log.info("snapshot served", snapshot_id=current.snapshot_id, series=len(snapshot.index))
            return snapshot
        self.refused_snapshots += 1
        log.error("snapshot refused", folder=folder.parent.name, reason=watch.problem)
        return None if served is not None else self._earlier(folder, current)

    def _earlier(self, folder: Path, current: Manifest | None) -> Snapshot | None:
        for manifest in _kept(folder):
            if current is not None and manifest.snapshot_id >= current.snapshot_id:
                continue
            try:
                snapshot = open_snapshot(folder, manifest, self.settings)
            except SnapshotRefused as refused:
                log.warning("snapshot refused", folder=folder.parent.name, reason=str(refused))
                continue
            log.warning("an earlier snapshot is served", snapshot_id=manifest.snapshot_id)
            return snapshot
        return None

    def _stale_reason(self, snapshot: Snapshot, watch: _Watch) -> str | None:
        if watch.problem:
            return f"the newest snapshot could not be loaded: {watch.problem}"
        limit = self.settings.max_age_hours
        if limit is not None and self._clock() - snapshot.published_at > timedelta(hours=limit):
            return f"published at {snapshot.manifest.published_at}, more than {limit:g} hours ago"
        return None


def _kept(folder: Path) -> tuple[Manifest, ...]:
    """Manifests of the snapshots on disk, newest first."""
    found = []
    for path in folder.glob("snap_*.json"):
        try:
            manifest = read_manifest(path)
        except (OSError, ValueError):
            continue
        if (folder / manifest.file).exists():
            found.append(manifest)
    return tuple(sorted(found, key=lambda manifest: manifest.snapshot_id, reverse=True))


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size
