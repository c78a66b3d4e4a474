"""What the publisher says about a snapshot: `current.json` and the manifests beside the files."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

# A later publisher that renames or drops something readers rely on raises this number.
SUPPORTED_SCHEMA_VERSIONS = frozenset({"1"})


class ProductCard(BaseModel):
    """The product in the words of its owner."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    title: str
    freq: str
    season_length: int = 1
    horizon: int
    keys: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    target: str = "y"
    unit: str
    timezone: str = "UTC"
    cadence: str = ""
    fallback: str = ""


class Manifest(BaseModel):
    """One snapshot: the file, its digest, and the run that made it."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())

    snapshot_id: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")
    file: str = Field(pattern=r"^snap_[0-9A-Za-z_-]{1,64}\.duckdb$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    tables: dict[str, int]
    data_as_of: str
    cutoff: str
    model_version: str
    published_at: str
    run_id: str
    code_version: str
    schema_version: str
    product: ProductCard
    rolled_back_from: str | None = None


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file; a file that is not one raises `OSError` or `ValueError`."""
    return Manifest.model_validate_json(path.read_bytes())
