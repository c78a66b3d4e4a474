"""Naive: what was seen last goes on."""

import numpy as np

from forecasting.forecasters.history import last_observed
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats


class Naive(PanelForecaster):
    """The last observed value, for every period ahead.

    >>> import numpy as np
    >>> from forecasting.forecasters import Naive
    >>> Naive().forecast_panel(np.array([[1.0, 3.0, np.nan]]), h=2, season_length=1)
    array([[3., 3.]])
    """

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG002 - no season here
        return np.repeat(last_observed(y)[:, None], h, axis=1)
