"""Croston's method and its corrections, for demand that is zero most of the time.

Sizes of demand and the time between demands are smoothed apart. Their ratio is the expected demand per period:
a rate, not a day on which something sells.
"""

from typing import Any, Literal

import numpy as np

from forecasting.forecasters.history import Booleans, last_values
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats

Variant = Literal["classic", "sba"]
_SBA_FACTOR = 0.95  # 1 - 0.1 / 2: what Syntetos and Boylan found Croston's ratio to be too high by
_FORGOTTEN = 1e-12


class Croston(PanelForecaster):
    """Smoothed demand size over smoothed interval between demands (Croston 1972), or with the SBA correction.

    Intervals count observed periods. A series that never sold is forecast as zero.

    >>> import numpy as np
    >>> from forecasting.forecasters import Croston
    >>> Croston().forecast_panel(np.array([[0.0, 6, 0, 6]]), h=2, season_length=1)
    array([[3., 3.]])
    """

    def __init__(self, alpha: float = 0.1, variant: Variant = "classic", season_length: int = 1) -> None:
        self.alpha = alpha
        self.variant = variant
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG002 - no season here
        memory = _memory(self.alpha)
        size = _smoothed(last_values(y, memory, only_non_zero=True), self.alpha)
        interval = _smoothed(_intervals(y, memory), self.alpha)
        rate = size / interval * (_SBA_FACTOR if self.variant == "sba" else 1.0)
        return _constant(rate, y, h)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{}, {"alpha": 0.3, "variant": "sba"}]


class TSB(PanelForecaster):
    """Smoothed demand size times smoothed probability of a demand (Teunter, Syntetos, Babai 2011).

    Unlike Croston's ratio it falls while nothing sells, so a discontinued item fades out.

    >>> import numpy as np
    >>> from forecasting.forecasters import TSB
    >>> TSB(alpha_probability=0.5).forecast_panel(np.array([[8.0, 0, 0]]), h=2, season_length=1)
    array([[2., 2.]])
    """

    def __init__(self, alpha_size: float = 0.1, alpha_probability: float = 0.1, season_length: int = 1) -> None:
        self.alpha_size = alpha_size
        self.alpha_probability = alpha_probability
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG002 - no season here
        size = _smoothed(last_values(y, _memory(self.alpha_size), only_non_zero=True), self.alpha_size)
        recent = last_values(y, _memory(self.alpha_probability))
        sold = np.where(np.isnan(recent), np.nan, (recent != 0).astype(np.float64))
        return _constant(size * _smoothed(sold, self.alpha_probability), y, h)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{}, {"alpha_size": 0.3, "alpha_probability": 0.05}]


def _memory(alpha: float) -> int:
    """How many values matter: the weight of older ones is below 1e-12."""
    return max(2, int(np.ceil(np.log(_FORGOTTEN) / np.log1p(-alpha))))


def _smoothed(values: Floats, alpha: float) -> Floats:
    """The level after exponential smoothing that starts at the first value; NaN without values.

    A weighted sum: the k-th last value weighs alpha (1 - alpha)^k, and the first one all that remains.
    """
    width = values.shape[1]
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    weights = alpha * (1.0 - alpha) ** np.arange(width - 1, -1, -1.0)
    count = known.sum(axis=1)
    first = filled[np.arange(len(values)), np.minimum(width - count, width - 1)]
    level = filled @ weights + (1.0 - alpha) ** count * first
    return np.where(count > 0, level, np.nan)


def _intervals(y: Floats, k: int) -> Floats:
    """The last k intervals between demands, in observed periods; the first one counts from the first observation."""
    sold: Booleans = ~np.isnan(y) & (y != 0)
    age = np.cumsum(~np.isnan(y), axis=1, dtype=np.float64)
    position = last_values(np.where(sold, age, 0.0), k + 1, only_non_zero=True)
    before = position[:, :-1]
    is_first = np.isnan(before) & ~np.isnan(position[:, 1:])
    return position[:, 1:] - np.where(is_first, 0.0, before)


def _constant(rate: Floats, y: Floats, h: int) -> Floats:
    never_sold = np.isnan(rate) & ~np.isnan(y).all(axis=1)
    return np.repeat(np.where(never_sold, 0.0, rate)[:, None], h, axis=1)
