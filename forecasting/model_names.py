"""Names of models that other parts refer to; importing them imports no model."""

GLOBAL_MODEL = "lightgbm"
DRIVER_MODEL = "driver_regression"
FALLBACK_MODEL = "seasonal_naive"
ENSEMBLE = "ensemble"
BASELINES = ("naive", "seasonal_naive", "drift", "moving_average", "seasonal_window_average")
"""What other models must beat; on no evidence none of them has a say beside one that learns."""
