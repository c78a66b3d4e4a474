"""What the generator knows and no export says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class DemoTruth:
    """The world behind one export.

    `daily`: one row per store, product and day on sale up to the last exported day: `demand` (wanted), `y` (what a
    correct cleaning adds up to: sales without cancelled lines, minus returns on the day they were posted),
    `is_stockout`, `is_gap` (the store's feed never arrived), `is_outlier` (a line was keyed in a hundredfold).
    `dirt`: per kind the affected rows of order_lines, as exported (text).
    `rows`: exported data rows per entity.
    """

    seed: int
    as_of: dt.datetime
    first_day: dt.date
    last_day: dt.date
    series: pd.DataFrame
    daily: pd.DataFrame
    dirt: dict[str, pd.DataFrame]
    rows: dict[str, int]
