"""What goes wrong with honest lines: they arrive late, are keyed in a hundredfold, or their store's feed is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dagster_project.demo.orders import DAY

# Store position, first day, days: the last one is a whole week.
LOST_FEEDS = ((0, 200, 1), (3, 415, 1), (4, 611, 2), (6, 760, 1), (1, 905, 1), (2, 940, 7), (4, 1090, 1))
LATENESS_DAYS = (3, 30, 400)
OUTLIER_FACTOR = 100


@dataclass(frozen=True)
class Mishaps:
    """Sale lines as they were exported, beside which rows of them are late, outliers or lost (boolean arrays)."""

    lines: pd.DataFrame
    is_late: np.ndarray
    is_outlier: np.ndarray
    is_lost: np.ndarray


def suffer(lines: pd.DataFrame, spared: np.ndarray, random: np.random.Generator) -> Mishaps:
    """Let mishaps befall sale lines, except the `spared` ones (rows that a cancellation or return refers to)."""
    lines = lines.copy()
    is_lost = np.zeros(len(lines), dtype=bool)
    for store, first, days in LOST_FEEDS:
        is_lost |= ((lines["store"] == store) & lines["day"].between(first, first + days - 1)).to_numpy()
    free = np.setdiff1d(np.flatnonzero(~is_lost), spared)
    chosen = random.choice(free, 640, replace=False)
    late, outliers = np.sort(chosen[:630]), np.sort(chosen[630:])
    is_late, is_outlier = np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool)
    is_late[late], is_outlier[outliers] = True, True
    delay = np.repeat(LATENESS_DAYS, (400, 200, 30))
    lines.loc[late, "arrives"] = lines.loc[late, "arrives"].to_numpy() + random.permutation(delay) * DAY
    lines.loc[outliers, "quantity"] *= OUTLIER_FACTOR
    return Mishaps(lines, is_late, is_outlier, is_lost)
