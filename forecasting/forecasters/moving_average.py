"""Moving average: the mean of the last k periods goes on."""

from typing import Any

import numpy as np

from forecasting.forecasters.history import mean_of_last
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats


class MovingAverage(PanelForecaster):
    """The mean of what was observed in the last `window` periods, for every period ahead.

    Without a window it is four main seasons (28 days of daily data), or 8 periods when there is no season.

    >>> import numpy as np
    >>> from forecasting.forecasters import MovingAverage
    >>> MovingAverage(window=2).forecast_panel(np.array([[9.0, 1.0, 3.0]]), h=2, season_length=1)
    array([[2., 2.]])
    """

    def __init__(self, window: int | None = None, season_length: int = 1) -> None:
        self.window = window
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        window = self.window or (4 * season_length if season_length > 1 else 8)
        return np.repeat(mean_of_last(y, window)[:, None], h, axis=1)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{"window": 4}, {}]
