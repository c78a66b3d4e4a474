"""What is to be forecast and how: the one configuration object of this package."""

from dataclasses import dataclass, field
from typing import Literal

TargetKind = Literal["count", "continuous", "intermittent"]
TargetTransform = Literal["identity", "ratio", "log1p", "log_ratio"]
SelectionMetric = Literal["wape", "mase", "rmspe"]
RefitPolicy = Literal["every", "first"] | int


@dataclass(frozen=True)
class LightGBMSettings:
    """How the global model is trained; `None` and `()` mean: chosen from the kind of target and the features.

    `num_leaves` and `min_data_in_leaf` are upper limits; few rows get smaller trees.
    `n_members` models with seeds of their own are averaged. Four of 90 fast trees cost what two of 180 slow ones do: on
    1,115 stores, three windows before any that is scored, WAPE was 0.0825 with the four and 0.0848 with the two.
    `weight_half_life` is in periods of the product: a row that old counts half of a row of the cutoff.
    `level_features` are the origin features that may serve as the level of a series, best first.
    """

    n_trees: int = 90
    learning_rate: float = 0.16
    num_leaves: int = 127
    min_data_in_leaf: int = 60
    feature_fraction: float = 0.3
    bagging_fraction: float = 0.7
    max_bin: int = 63
    lambda_l2: float = 5.0
    n_members: int = 4
    objective: Literal["regression", "regression_l1", "poisson", "tweedie"] | None = None
    tweedie_variance_power: float = 1.1
    transform: TargetTransform | None = None
    level_features: tuple[str, ...] = ()
    weight_half_life: float | None = None
    max_categories: int = 100


@dataclass(frozen=True)
class FeatureColumn:
    """One input of the global model; `is_categorical` values are codes without an order."""

    name: str
    is_categorical: bool = False


@dataclass(frozen=True)
class ForecastTask:
    """One forecasting problem, complete: the same task and the same rows give the same forecasts.

    `season_lengths` and `horizon` are in periods of `freq`; the first season is the main one.
    `features` empty means every column of the feature rows that is not a key.
    `n_calibration_windows` oldest windows of a backtest only calibrate intervals; they are scored without quantiles.
    `quantile_models` get backtest quantiles in addition to the models that serve. `leak_gain` is the share of the
    seasonal naive error whose removal raises the leak alarm. `refit` says at which backtest windows models with a
    training step learn again: at `every` one, only at the `first`, or at every k-th. With `bias_correction` a bias that
    finished windows prove to stay is taken out of what is served.
    """

    freq: str
    season_lengths: tuple[int, ...]
    horizon: int
    quantile_levels: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    target_kind: TargetKind = "continuous"
    allow_negative: bool = False
    candidates: tuple[str, ...] = ("naive", "seasonal_naive", "moving_average", "lightgbm")
    refit: RefitPolicy = "first"
    n_calibration_windows: int = 2
    seed: int = 2026
    num_threads: int = 2
    lightgbm: LightGBMSettings = field(default_factory=LightGBMSettings)
    features: tuple[FeatureColumn, ...] = ()
    selection_metric: SelectionMetric = "wape"
    quantile_models: tuple[str, ...] = ("seasonal_naive",)
    leak_gain: float = 0.95
    bias_correction: bool = False

    @property
    def season_length(self) -> int:
        """The main season, in periods."""
        return self.season_lengths[0]
