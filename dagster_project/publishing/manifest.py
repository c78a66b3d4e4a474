"""The manifest of a snapshot, and `current.json`, the pointer that makes one of them the served one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from dagster_project.errors import SnapshotDamaged, StepFailed, Where
from dagster_project.paths import ProductPaths
from dagster_project.product import Product
from dagster_project.publishing.durable import write_atomically

SNAPSHOT_ID = re.compile(r"\d{6}-[0-9a-f]{10}")


class ProductCard(BaseModel):
    """What readers need to know about the product without its product file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    title: str
    freq: str
    season_length: int
    horizon: int
    keys: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    target: str
    unit: str
    timezone: str = "UTC"
    cadence: str = ""
    fallback: str = ""

    @property
    def own_names(self) -> tuple[str, ...]:
        """The names that the product itself gives to columns."""
        return (*self.keys, *self.attributes, *self.drivers)

    @classmethod
    def of(cls, product: Product) -> ProductCard:
        """The card of a product file."""
        return cls(
            name=product.name,
            title=product.title,
            freq=product.freq,
            season_length=product.season_length,
            horizon=product.horizon,
            keys=tuple(product.keys),
            attributes=tuple(attribute.name for attribute in product.attributes),
            drivers=tuple(driver.name for driver in product.drivers),
            target=product.target.name,
            unit=product.target.unit,
            timezone=product.timezone,
            cadence=product.problem.cadence,
            fallback=product.problem.fallback,
        )


class Manifest(BaseModel):
    """One snapshot: its file, what is in it, and which run made it. `current.json` holds the served one's."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    snapshot_id: str
    file: str
    sha256: str
    tables: dict[str, int]
    table_digests: dict[str, str]
    content_digest: str
    data_as_of: str
    cutoff: str
    model_version: str
    published_at: str
    run_id: str
    code_version: str
    schema_version: str
    duckdb_version: str
    product: ProductCard
    rolled_back_from: str | None = None

    @property
    def sequence(self) -> int:
        """The snapshot's number; a later snapshot has a higher one."""
        return int(self.snapshot_id.split("-")[0])


def manifest_path(paths: ProductPaths, snapshot_id: str) -> Path:
    """Where the manifest of a snapshot lies, beside its file."""
    return paths.published / f"snap_{snapshot_id}.json"


def read_current(paths: ProductPaths) -> Manifest | None:
    """The served snapshot, or None before the first publish.

    Raises:
        SnapshotDamaged: `current.json` is there and cannot be read.
    """
    return _read(paths.current) if paths.current.exists() else None


def read_manifest(paths: ProductPaths, snapshot_id: str) -> Manifest:
    """The manifest of one snapshot that is kept.

    Raises:
        StepFailed: no such snapshot; the message lists those that are kept.
    """
    path = manifest_path(paths, snapshot_id)
    if not SNAPSHOT_ID.fullmatch(snapshot_id) or not path.exists():
        kept = ", ".join(manifest.snapshot_id for manifest in read_all(paths)) or "none"
        raise StepFailed(
            expected="a snapshot that is kept",
            found=f"{snapshot_id!r}",
            do=f"Kept are: {kept}. `forecast snapshots` lists them.",
        )
    return _read(path)


def read_all(paths: ProductPaths) -> list[Manifest]:
    """Every readable manifest whose file is there, oldest first."""
    found = []
    for path in sorted(paths.published.glob("snap_*.json")):
        try:
            manifest = _read(path)
        except SnapshotDamaged:
            # A damaged manifest is no snapshot to offer; `verify_snapshot` names it when asked.
            continue
        if (paths.published / manifest.file).exists():
            found.append(manifest)
    return sorted(found, key=lambda manifest: manifest.sequence)


def write_manifest(paths: ProductPaths, manifest: Manifest) -> None:
    """Record a snapshot beside its file."""
    write_atomically(manifest_path(paths, manifest.snapshot_id), _text(manifest))


def point_to(paths: ProductPaths, manifest: Manifest) -> None:
    """Make a snapshot the served one, in one atomic step."""
    write_atomically(paths.current, _text(manifest))


def _text(manifest: Manifest) -> str:
    return json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def _read(path: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise SnapshotDamaged(
            expected="the manifest of a published snapshot",
            found=str(error).splitlines()[0],
            do="`forecast rollback` points to the newest intact snapshot; `forecast publish` makes a new one.",
            where=Where(file=path.name),
        ) from error
