"""Drift: the line from the first to the last observation goes on."""

import numpy as np

from forecasting.forecasters.history import first_position, last_observed
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats


class Drift(PanelForecaster):
    """The last observed value plus the mean change per period between the first and the last observation.

    >>> import numpy as np
    >>> from forecasting.forecasters import Drift
    >>> Drift().forecast_panel(np.array([[1.0, np.nan, 3.0]]), h=2, season_length=1)
    array([[4., 5.]])
    """

    may_leave_range = True

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG002 - no season here
        observed = ~np.isnan(y)
        n_periods = y.shape[1]
        first = np.minimum(first_position(observed), n_periods - 1)
        final = n_periods - 1 - np.minimum(first_position(observed[:, ::-1]), n_periods - 1)
        last = last_observed(y)
        slope = (last - y[np.arange(len(y)), first]) / np.maximum(final - first, 1)
        ahead = (n_periods - 1 - final)[:, None] + np.arange(1, h + 1)
        yhat: Floats = last[:, None] + slope[:, None] * ahead
        return yhat
