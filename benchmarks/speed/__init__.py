"""The speed cases by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

CASES: Mapping[str, Callable[[Path, int | None, Path | None], dict[str, Any]]] = {}
