"""Rows as a person would export them."""

import numpy as np
import pandas as pd


def panel(freq="D", start="2024-01-01", periods=200, keys=("A", "B"), whole=True):
    """Long rows of a few series, each with its own level, in order of series and time."""
    random = np.random.default_rng(7)
    times = pd.date_range(start, periods=periods, freq=freq)
    form = "%Y-%m-%d %H:%M:%S" if freq.endswith(("min", "h")) else "%Y-%m-%d"
    parts = []
    for number, key in enumerate(keys):
        y = random.poisson(20 * (number + 1), periods) if whole else random.normal(50, 5, periods).round(3)
        parts.append(pd.DataFrame({"when": times.strftime(form), "shop": key, "sold": y}))
    return pd.concat(parts, ignore_index=True)
