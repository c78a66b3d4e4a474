"""Which series are of a kind: demand class and volume, both known at the cutoff.

The classes are those of Syntetos, Boylan and Croston (2005): the mean interval between demands (ADI) says how often,
the squared coefficient of variation of the non-zero demands (CV2) says how evenly something is wanted.
"""

import numpy as np
import numpy.typing as npt

from forecasting.panel import Panel, Texts

_ADI_BORDER = 1.32
_CV2_BORDER = 0.49
_VOLUMES = ("low", "middle", "high")


def demand_classes(panel: Panel) -> Texts:
    """`smooth`, `erratic`, `intermittent`, `lumpy`, or `none` for a series without any demand; one per series."""
    interval, variation = np.empty((2, panel.n_series))
    n_demands = np.empty(panel.n_series, dtype=np.int64)

    def measure(rows: slice) -> None:
        y = panel.y[rows]
        known = ~np.isnan(y)
        first = np.where(known.any(axis=1), np.argmax(known, axis=1), panel.n_periods)
        demand = known & (y != 0)
        size = np.where(demand, y, 0.0)
        counts = demand.sum(axis=1)
        mean = size.sum(axis=1) / np.maximum(counts, 1)
        squares = np.where(demand, (size - mean[:, None]) ** 2, 0.0).sum(axis=1)
        n_demands[rows] = counts
        interval[rows] = (panel.n_periods - first) / np.maximum(counts, 1)
        variation[rows] = squares / np.maximum(counts, 1) / np.maximum(mean**2, 1e-12)

    panel.for_each_block(measure)
    regular, even = interval < _ADI_BORDER, variation < _CV2_BORDER
    classes = np.select(
        [n_demands == 0, regular & even, regular, even], ["none", "smooth", "erratic", "intermittent"], "lumpy"
    )
    return np.asarray(classes, dtype=object)


def segments(panel: Panel) -> Texts:
    """Demand class and third of volume of each series, as `smooth/high`; the groups that may choose a model."""
    volume = np.empty(panel.n_series)

    def measure(rows: slice) -> None:
        known = ~np.isnan(panel.y[rows])
        volume[rows] = np.where(known, np.abs(panel.y[rows]), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)

    panel.for_each_block(measure)
    thirds: npt.NDArray[np.intp] = np.searchsorted(np.quantile(volume, [1 / 3, 2 / 3]), volume, side="left")
    names = np.array(_VOLUMES, dtype=object)[thirds]
    return np.array([f"{kind}/{third}" for kind, third in zip(demand_classes(panel), names, strict=True)], dtype=object)
