"""The result of a benchmark as JSON: one shape for accuracy and speed, checked before it is written."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions
from dagster_project.errors import StepFailed

RESULTS = Path(__file__).parent / "results"
MEASURED = ("wall_s", "cpu_s", "peak_rss_mb", "versions", "machine")
ACCURACY_KEYS = ("task", "protocol", "chosen", "metrics", "windows", "published", *MEASURED)
SPEED_KEYS = ("case", "protocol", "metrics", *MEASURED)


def completed(result: dict[str, Any], command: str) -> dict[str, Any]:
    """The result with the command that makes it again, versions and machine; NaN becomes null.

    Raises:
        StepFailed: a key of the interface is missing, or the chosen model has no metrics.
    """
    full: dict[str, Any] = _plain({**result, "command": command, "versions": versions(), "machine": machine()})
    missing = [key for key in (ACCURACY_KEYS if "task" in full else SPEED_KEYS) if key not in full]
    if missing:
        raise StepFailed("a complete result", f"no {', '.join(missing)}", "Add them where the result is made.")
    if "task" in full and full["chosen"] not in full["metrics"]:
        raise StepFailed(
            expected=f"metrics of the chosen model {full['chosen']!r}",
            found=f"metrics of {', '.join(full['metrics'])}",
            do="The chosen model must forecast every scored window.",
        )
    return full


def write_result(result: dict[str, Any], out: Path) -> None:
    """Write a completed result, keys in their order, one file per task or case."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def _plain(value: Any) -> Any:
    """JSON has no NaN, and NumPy's numbers are not its numbers; more than seven digits are noise."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    number = float(value)
    return round(number, 9) if math.isfinite(number) else None
