"""The sections of a product file, each with its defaults and what it refuses by itself."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from dagster_project.number_format import PLAIN, NumberFormat
from dagster_project.pull.settings import Pull
from dagster_project.strict_settings import Settings
from forecasting.candidate_choice import AUTO, DEFAULT_CPU_SECONDS

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, Field(min_length=3)]
Owner = Annotated[str, Field(pattern=r"^(team:[a-z0-9_-]+|[^@\s]+@[^@\s]+)$")]


class Problem(Settings):
    """Why the forecast exists; one sentence each."""

    decision: Sentence
    consumer: Sentence
    on_late: Sentence
    on_wrong: Sentence
    fallback: Sentence
    cadence: Sentence
    cron: Annotated[str | None, Field(description="When the schedule starts a run, as a cron expression.")] = None


class Owners(Settings):
    """Who answers for the data and for the model: `team:<name>` or an e-mail address."""

    data: Owner
    model: Owner


class Target(Settings):
    """What is forecast, in which unit; `kind` decides how zeros and decimals are read.

    `unit_value` names the driver or the attribute that says what one unit is worth; errors are then told in money too.
    `adds_up` is false for a price, a rate or an average: the sum over series means nothing, so nodes get no forecast.
    """

    name: Identifier
    unit: str
    kind: Literal["count", "continuous", "intermittent"]
    allow_negative: bool = False
    adds_up: bool = True
    demand: Literal["observed", "unconstrained"] = "observed"
    unit_value: Identifier | None = None


class Driver(Settings):
    """A column that moves the target. `ahead`: planned, usable after the cutoff; `past`: never used beyond it.

    `event` puts it on the time axis: every period of a `promotion` that is not zero, every change of a `price`.
    `min_coverage` is the share of series and periods of the horizon for which a plan must be told.
    """

    name: Identifier
    kind: Literal["binary", "numeric", "categorical"]
    known: Literal["ahead", "past"]
    unit: str | None = None
    event: Literal["promotion", "price"] | None = None
    min_coverage: Annotated[float, Field(ge=0, le=1)] = 0.9
    description: str = ""

    @property
    def feature(self) -> str:
        """The feature that holds its value on the day itself."""
        return f"driver_{self.name.removeprefix('driver_')}"


class Attribute(Settings):
    """A property of a series that does not change with time."""

    name: Identifier
    kind: Literal["categorical", "numeric"] = "categorical"
    description: str = ""


class Entity(Settings):
    """One table of the source: its contract, the files that bring it, and what a second delivery means.

    `pull`: the HTTP API that the files are fetched from; without it they are dropped into landing/.
    """

    contract: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
    mode: Literal["full", "incremental"] = "full"
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    optional: bool = False
    pull: Pull | None = None


class DataSettings(Settings):
    """Which version of history training sees, and from when.

    A series that is silent for more than `discontinued_after` periods gets no forecast; without it two seasons, of
    long ones a season and a horizon, at least the horizon. `sealed_daily`: for a source that delivers all day long; a
    day in the product's time zone counts once it is over, and nothing can be delivered into it any more.
    """

    as_known_then: bool = False
    sealed_daily: bool = False
    history_start: dt.date | None = None
    late_after_days: Annotated[int, Field(ge=0)] = 2
    discontinued_after: Annotated[int | None, Field(ge=1)] = None


class CalendarSettings(Settings):
    """Fiscal calendar and pay day; see the calendar macros."""

    payday: str = "month_end"
    fiscal_pattern: Literal["calendar", "4-4-5", "4-5-4", "5-4-4"] = "calendar"
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = 1
    fiscal_year_end_weekday: Annotated[int, Field(ge=0, le=6)] = 6
    fiscal_year_end_rule: Literal["last", "nearest"] = "nearest"


class Explanations(Settings):
    """How many of the served forecasts of the global model are explained, each by its `n_features` largest features.

    Explaining a row costs about as much as a hundred forecasts, so a large product explains a sample: the same steps of
    every series. 0 rows: none.
    """

    max_rows: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    n_features: Annotated[int, Field(ge=1, le=200)] = 8


class Tuning(Settings):
    """Whether other settings of the global model are tried, on the calibration windows before every scored one.

    `grid` tries a fixed list of combinations, `search` lets a seeded search propose them; at most `trials` beside the
    fixed settings, and none is begun after `seconds`. They are used only where they win on a window they were not
    tried on.
    """

    mode: Literal["off", "grid", "search"] = "off"
    trials: Annotated[int, Field(ge=1, le=30)] = 12
    seconds: Annotated[float, Field(gt=0)] = 300.0


class ModelSettings(Settings):
    """Which forecasters compete and at which grain the winner of the backtest is chosen.

    A candidate is a registered name or a forecaster specification such as `NaiveForecaster(strategy="last", sp=7)`.
    `auto` lets frequency, number and length of the series and the kind of demand decide, within `cpu_seconds` for the
    models that are fitted series by series. With `bias_correction` a bias that finished windows prove to stay is taken
    out of what is served; what is proven is told without it too.
    """

    candidates: Annotated[tuple[str, ...], Field(min_length=1)] = (AUTO,)
    cpu_seconds: Annotated[float, Field(ge=0)] = DEFAULT_CPU_SECONDS
    selection: Literal["product", "segment", "series"] = "product"
    metric: Literal["wape", "mase", "rmspe"] = "wape"
    parameters: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    bias_correction: bool = False
    explanations: Explanations = Explanations()
    tuning: Tuning = Tuning()

    @field_validator("candidates", mode="before")
    @classmethod
    def _auto_stands_alone(cls, candidates: object) -> object:
        if candidates == AUTO:
            return (AUTO,)
        if isinstance(candidates, list | tuple) and AUTO in candidates and len(candidates) > 1:
            raise ValueError(f"expected `auto` or a list of models, found both: {list(candidates)}")
        return candidates


class Backtest(Settings):
    """Rolling origins: `n_windows` cutoffs, `step_size` periods apart, the last one horizon periods before the end.

    `n_calibration_windows` older ones teach how wide intervals must be and are not scored.
    """

    n_windows: Annotated[int, Field(ge=1, le=500)] = 3
    n_calibration_windows: Annotated[int, Field(ge=0, le=50)] = 2
    step_size: Annotated[int, Field(ge=1)] = 28
    refit: Literal["every", "first"] | Annotated[int, Field(ge=1)] = "first"


class Features(Settings):
    """How many pasts training stands in, over how many periods levels and trends are taken, and how old they may be.

    A forecast from features whose newest delivery is older than `ttl_days` is warned of.
    """

    origin_step: Annotated[int, Field(ge=1)] = 7
    n_origins: Annotated[int, Field(ge=1)] = 104
    horizons_per_origin: Annotated[int, Field(ge=1)] = 4
    windows: Annotated[tuple[int, ...], Field(min_length=6, max_length=6)] = (7, 14, 28, 91, 182, 364)
    ttl_days: Annotated[int, Field(ge=1)] = 7

    @field_validator("windows")
    @classmethod
    def _windows_grow(cls, windows: tuple[int, ...]) -> tuple[int, ...]:
        if any(window < 1 for window in windows) or sorted(set(windows)) != list(windows):
            raise ValueError(f"expected six growing numbers of periods, found {list(windows)}")
        return windows


class Publish(Settings):
    """How many published snapshots are kept for rollback."""

    keep: Annotated[int, Field(ge=1, le=50)] = 3


class CriticalSegment(Settings):
    """A part of the business with limits of its own, over the scored windows; shares, not percent.

    `where` names keys and attributes with the values that belong to it. `max_bias` bounds forecast too high and too low
    alike. A limit that is not given is not checked; the gain over seasonal naive always is.
    """

    name: Identifier
    where: Annotated[dict[Identifier, tuple[str, ...]], Field(min_length=1)]
    min_gain_over_seasonal_naive: float = 0.0
    max_wape: Annotated[float | None, Field(gt=0)] = None
    max_bias: Annotated[float | None, Field(gt=0)] = None

    @field_validator("where", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, where: object) -> object:
        if not isinstance(where, dict):
            return where
        return {name: value if isinstance(value, list | tuple) else (value,) for name, value in where.items()}

    @field_validator("where")
    @classmethod
    def _every_name_has_values(cls, where: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        empty = sorted(name for name, values in where.items() if not values)
        if empty:
            raise ValueError(f"expected at least one value of each name, found none of {empty}")
        return where


class Gates(Settings):
    """Limits that stop publishing; shares, not percent.

    `max_median_change` warns: how far, as a share, the median forecast may move from what the last run said about the
    same periods. The two of segments only flag: how far a part of the business may be off on one side, and how many
    times the WAPE of its best served part the worst may have. `critical_segments` stop publishing, each by itself.
    """

    min_gain_over_seasonal_naive: float = 0.0
    max_fallback_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    min_coverage_80: Annotated[float, Field(ge=0, le=1)] = 0.65
    max_coverage_80: Annotated[float, Field(ge=0, le=1)] = 0.95
    max_series: Annotated[int, Field(ge=1)] = 100_000
    max_median_change: Annotated[float, Field(gt=0)] = 0.25
    max_segment_bias: Annotated[float, Field(gt=0)] = 0.05
    max_segment_ratio: Annotated[float, Field(ge=1)] = 3.0
    critical_segments: tuple[CriticalSegment, ...] = ()

    @model_validator(mode="after")
    def _limits_make_sense(self) -> Gates:
        if self.min_coverage_80 > self.max_coverage_80:
            raise ValueError(
                f"expected min_coverage_80 below max_coverage_80, found {self.min_coverage_80} and "
                f"{self.max_coverage_80}"
            )
        names = [segment.name for segment in self.critical_segments]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"expected every critical segment once, found {doubled} more than once")
        return self


class Generator(Settings):
    """A product whose deliveries are generated: same seed, same bytes."""

    seed: int = 20260701
    as_of: dt.datetime


class Tidy(Settings):
    """Which raw column plays which role in a delivery of one's own data.

    Keys, drivers and attributes map the product's name to the delivered column. `driver_entity` says which file holds
    the drivers: the observations themselves (rows after the last target are plans) or a file of their own. A key
    without a column is that of a file with a single series. `time_format` is that of strptime for times that are not
    ISO, or `unix` or `unix_ms`; `number_format` is how targets and drivers are written.
    """

    time: str
    target: str
    keys: dict[Identifier, str | None]
    drivers: dict[Identifier, str] = Field(default_factory=dict)
    attributes: dict[Identifier, str] = Field(default_factory=dict)
    driver_entity: Literal["observations", "drivers"] = "observations"
    attribute_entity: Literal["observations", "attributes"] = "attributes"
    time_format: str | None = None
    number_format: NumberFormat = PLAIN
    known_at: str | None = None
    duplicates: Literal["latest", "sum", "reject"] = "latest"
