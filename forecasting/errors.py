"""What can go wrong in this package. Every message says what was expected, what was found, and what to do.

    ForecastingError
    ├── TableMismatchError      a frame is not the table that it should be
    ├── UnknownFrequencyError   a frequency that no product can have
    ├── InvalidPanelError       observations that are no panel: duplicates, days off the grid
    ├── UnknownForecasterError  a name or specification that builds no forecaster
    ├── FeatureMismatchError    feature rows that are not those of the model
    ├── NotEnoughHistoryError   a cutoff or a window for which there is no past
    └── BundleError             a stored model that is damaged or of another format

A single series that cannot be forecast is no error: it falls back and is reported as a row.
"""


class ForecastingError(ValueError):
    """The root: catch this to catch everything that this package raises on purpose."""


class TableMismatchError(ForecastingError):
    """A frame lacks columns, has others, or holds values that its table refuses."""


class UnknownFrequencyError(ForecastingError):
    """A frequency alias outside the supported ones, five minutes to a year."""


class InvalidPanelError(ForecastingError):
    """Observations that cannot become a panel, with the first offending series and time."""


class UnknownForecasterError(ForecastingError):
    """A forecaster name or specification string that cannot be resolved, with the nearest known names."""


class FeatureMismatchError(ForecastingError):
    """Feature rows that lack a feature, hold it in another type, or hold text."""


class NotEnoughHistoryError(ForecastingError):
    """A cutoff, or a set of backtest windows, that the observations do not reach back to."""


class BundleError(ForecastingError):
    """A stored model that is incomplete, altered, unreadable or of another format."""


class ConfigurationError(ForecastingError):
    """A stored configuration of a backtest that cannot be read, or knows settings that this version does not."""
