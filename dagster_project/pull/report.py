"""What one pull did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: the file in landing/ (None: no records), pages asked for now and kept from before."""

    entity: str
    file: Path | None
    rows: int
    pages: int
    resumed_pages: int
    repeated_rows: int
    start: str
    end: str
