"""Where a product keeps its files: one directory each, so that products never lock or break one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = Path("var")


def home_directory(environment: Mapping[str, str]) -> Path:
    """The directory that holds all products: `FORECAST_HOME`, else `var/` below the working directory; absolute."""
    return Path(environment.get("FORECAST_HOME") or DEFAULT_HOME).expanduser().resolve()


@dataclass(frozen=True, slots=True)
class ProductPaths:
    """The files of one product, below `HOME/<product>/`.

    Every path is absolute: dbt runs inside its own directory, and a relative path there is another file.
    """

    home: Path
    product: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", self.home.expanduser().resolve())

    @property
    def root(self) -> Path:
        """The product's own directory."""
        return self.home / self.product

    @property
    def landing(self) -> Path:
        """Where files are dropped."""
        return self.root / "landing"

    @property
    def raw(self) -> Path:
        """Immutable Parquet of every delivery."""
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        """The working DuckDB file; one writer, no other reader."""
        return self.root / "warehouse.duckdb"

    @property
    def warehouse_lock(self) -> Path:
        """The lock file that keeps a second writer out."""
        return self.root / "warehouse.lock"

    @property
    def models(self) -> Path:
        """Model bundles, one directory per version."""
        return self.root / "models"

    @property
    def published(self) -> Path:
        """Published snapshots and the pointer to the served one."""
        return self.root / "published"

    @property
    def published_parquet(self) -> Path:
        """The published tables once more, as Parquet, one directory per snapshot."""
        return self.published / "parquet"

    @property
    def current(self) -> Path:
        """The pointer to the served snapshot."""
        return self.published / "current.json"

    @property
    def quarantine(self) -> Path:
        """Rejected files, each beside the reason."""
        return self.root / "quarantine"

    @property
    def reports(self) -> Path:
        """Reports, one HTML file per run and one per delivery."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """Reports of runs and deliveries."""
        return self.root / "logs"

    def entity(self, source: str, entity: str) -> Path:
        """All deliveries of one entity."""
        return self.raw / f"source={source}" / f"entity={entity}"

    def delivery(self, source: str, entity: str, day: dt.date | str, delivery_id: str) -> Path:
        """One delivery of one entity: Parquet and manifest."""
        return self.entity(source, entity) / f"dt={day}" / f"run={delivery_id}"

    def create(self) -> ProductPaths:
        """Make the directories that other steps expect to exist."""
        for directory in (self.landing, self.raw, self.models, self.published, self.quarantine, self.logs):
            directory.mkdir(parents=True, exist_ok=True)
        return self
