"""What an accuracy task is: a product, a delivery made from real files, and a protocol with a check of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.scoring import Score, Window
from dagster_project.errors import StepFailed, UsageError
from forecasting.panel import Floats, Panel

Sample = int | None
"""How many series to keep, for a quick look; None is the protocol."""


@dataclass(frozen=True)
class ProtocolCheck:
    """A forecast whose score everybody can reproduce, and the score: proof that the protocol is the published one.

    `forecast` gets the past of a window and the number of steps; the check compares the mean over the windows.
    """

    model: str
    metric: str
    expected: float
    forecast: Callable[[Window], Floats]
    tolerance: float = 5e-7

    def verify(self, windows: list[Window], score: Score) -> dict[str, Any]:
        """What was expected and found, as it is written beside the result.

        Raises:
            StepFailed: the score is another one; nothing that follows could be compared.
        """
        found = float(np.mean([score(window, self.forecast(window))[self.metric] for window in windows]))
        if not abs(found - self.expected) <= self.tolerance:
            raise StepFailed(
                expected=f"{self.metric} {self.expected} for {self.model}, which shows that the protocol is right",
                found=f"{found:.9f}",
                do="Compare files, windows and the periods that are scored with benchmarks/README.md.",
            )
        return {"model": self.model, "metric": self.metric, "expected": self.expected, "found": round(found, 9)}


@dataclass(frozen=True)
class AccuracyTask:
    """One task; `name` is also the product file below `products/`.

    `prepare` writes the delivery, `windows` returns what is scored, oldest cutoff first, from the original files and
    not from the product's tables. `complete` fills in forecasts of scored series that are sums of others.
    """

    name: str
    headline: str
    protocol: Mapping[str, Any]
    files: tuple[str, ...]
    prepare: Callable[[Path, Path, Sample], None]
    windows: Callable[[Path, Sample], list[Window]]
    score: Score
    check: ProtocolCheck | None = None
    published: Callable[[Path], dict[str, dict[str, float]]] = field(default=lambda _: {})
    complete: Callable[[Window, Floats], Floats] = lambda _, yhat: yhat

    def require_files(self, data_dir: Path | None) -> Path:
        """The data folder, with every file that the task reads.

        Raises:
            UsageError: no folder is named, or a file is missing.
        """
        if not self.files:
            return data_dir or Path()
        if data_dir is None:
            raise UsageError(
                expected=f"the folder of the real data, with {', '.join(self.files)}",
                found="neither --data-dir nor FORECAST_DATA_DIR",
                do="Name it with --data-dir DIR; benchmarks/README.md says where the files come from.",
            )
        missing = [name for name in self.files if not (data_dir / name).is_file()]
        if missing:
            raise UsageError(
                expected=f"{', '.join(self.files)} below the data folder",
                found=f"no {', '.join(missing)}",
                do="Put the original files there, compressed or not as named; benchmarks/README.md says where from.",
            )
        return data_dir


def scored_window(panel: Panel, cutoff: int, horizon: int, **references: Floats) -> Window:
    """The window that begins after period number `cutoff` of a panel that holds past and future."""
    first = cutoff - panel.start + 1
    return Window(panel.until(cutoff), panel.y[:, first : first + horizon], references)


def rolling_cutoffs(panel: Panel, horizon: int, n_windows: int, step_size: int) -> list[int]:
    """Period numbers of the cutoffs, oldest first; the last window ends with the panel."""
    newest = panel.end - horizon
    return [newest - step_size * number for number in reversed(range(n_windows))]
