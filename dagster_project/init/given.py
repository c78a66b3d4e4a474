"""What the user of `forecast init` says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says; None is inferred. `keys=()` is a single series without a key column."""

    observations: Path
    time: str
    target: str
    keys: tuple[str, ...] | None = None
    drivers: Path | None = None
    attributes: Path | None = None
    freq: str | None = None
    horizon: int | None = None
    name: str | None = None
    country: str | None = None
    timezone: str | None = None
