"""Which model families compete for a panel, and why: by frequency, number and length of series, and kind of demand.

Vectorised forecasters cost next to nothing and always run. Models fitted series by series are worth their cost where
series are few or short, and are taken in order of what they added in M4 until the budget is spent: fifty thousand
series never wait for an ETS search. The caller sees a verdict for every family, taken or not.
"""

from collections.abc import Callable
from dataclasses import dataclass

from forecasting.model_names import DRIVER_MODEL, ENSEMBLE, FALLBACK_MODEL, GLOBAL_MODEL
from forecasting.task import TargetKind

AUTO = "auto"
DEFAULT_CPU_SECONDS = 600.0
"""What the models fitted series by series may cost in one run, over all windows and the live forecast."""

_LEAST_ROWS_OF_A_TREE_MODEL = 2_000  # observations; below that trees learn single series by heart
_POOLED_ROWS = 1_000
# Fewer series do not tell their year from their noise.
_POOLED_SERIES, _WEEK, _TWO_YEARS = 10, 7, 2 * 364
# Plans and history of a series are held dense: 40 bytes per observation and driver.
_HALF_A_YEAR, _REGRESSION_ROWS = 182, 10_000_000
_SERIES_WITH_A_SEASON = 3
# The engine reads the last 512 periods, or four of the longest seasons (`SeriesBySeries.max_periods`).
_BASE_PERIODS = 512


@dataclass(frozen=True)
class PanelFacts:
    """What the choice depends on; lengths in periods, `n_periods` of the longest series.

    `n_forecasts` counts the cutoffs of one run: backtest windows, calibration windows and the live one; `n_plans` the
    drivers that are known ahead.
    """

    n_series: int
    n_periods: int
    n_observations: int
    season_lengths: tuple[int, ...]
    horizon: int
    target_kind: TargetKind
    allow_negative: bool
    n_forecasts: int
    n_plans: int = 0


@dataclass(frozen=True)
class Verdict:
    """Whether a model competes, the reason in words, and what it is expected to cost over the run."""

    model: str
    is_candidate: bool
    reason: str
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class _Family:
    """A model fitted series by series; `seconds` is what one series of 512 periods with a season costs, on one core.

    Measured with statsforecast 2.1, one thread, on waves with noise of 4 to 52 periods; without a season it takes
    `plain_seconds`, where that is not the same.
    """

    model: str
    seconds: float
    why: str
    suits: Callable[[PanelFacts], bool]
    plain_seconds: float | None = None

    def seconds_for(self, facts: PanelFacts) -> float:
        """What one series of 512 periods costs in this panel."""
        return self.seconds if self.plain_seconds is None or not _has_no_season(facts) else self.plain_seconds


def _has_one_season(facts: PanelFacts) -> bool:
    return len(_usable_seasons(facts)) <= 1


def _has_more_seasons(facts: PanelFacts) -> bool:
    return not _has_one_season(facts)


def _has_no_season(facts: PanelFacts) -> bool:
    return max(facts.season_lengths) == 1


def _is_short_season(facts: PanelFacts) -> bool:
    return _has_one_season(facts) and facts.season_lengths[0] <= 24


# In this order until the budget is spent. Beyond 24 places of a season the engine's ETS drops the season.
_SERIES_BY_SERIES = (
    _Family("auto_ces", 0.02, "complex exponential smoothing of level and season together", _has_one_season, 0.003),
    _Family("auto_ets", 0.3, "every exponential smoothing, chosen by its likelihood", _is_short_season, 0.03),
    _Family("dynamic_optimized_theta", 0.037, "theta with its own best settings, strong on trends", _has_one_season),
    _Family("auto_theta", 0.1, "the best of four thetas, by its errors one step ahead", _has_one_season),
    # Of yearly series the search takes 0.16 s, whatever their length, and of seasonal ones seconds. On seven yearly
    # panels it lowered the error of the ensemble by a quarter; on quarterly ones, noisy and short, by half a percent.
    _Family("auto_arima", 1.6, "trends that bend and go on, found among all ARIMA models", _has_no_season),
    _Family("mstl_ets", 0.2, "several seasons taken off one by one, the rest smoothed", _has_more_seasons),
)
_INTERMITTENT = (
    ("croston_sba", "demand sizes and intervals smoothed apart, without Croston's bias"),
    ("tsb", "fades out where nothing sells any more"),
    ("simple_exponential_smoothing", "the level of a rate, whatever the intervals"),
    ("moving_average", "the rate of the last periods"),
)


def choose_candidates(facts: PanelFacts, cpu_seconds: float = DEFAULT_CPU_SECONDS) -> tuple[Verdict, ...]:
    """A verdict for every family, baselines first: on a tie the simpler model serves.

    `cpu_seconds` bounds what all models fitted series by series may cost together.
    """
    verdicts = [
        Verdict("naive", True, "the last value: what every model must beat"),
        Verdict(FALLBACK_MODEL, True, "the last season: what every model must beat, and who stands in"),
    ]
    if facts.target_kind == "intermittent":
        verdicts += [Verdict(model, True, f"intermittent demand: {why}") for model, why in _INTERMITTENT]
        verdicts.append(_engine_verdict(_Family("imapa", 0.0004, "", lambda _: True), facts, cpu_seconds))
    else:
        verdicts += _for_regular_demand(facts, cpu_seconds)
    verdicts.append(_global_verdict(facts))
    verdicts.append(Verdict(ENSEMBLE, True, "mean of those that prove good, weighted series by series"))
    return tuple(verdicts)


def candidates_of(verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """The models that compete, in the order of the verdicts."""
    return tuple(verdict.model for verdict in verdicts if verdict.is_candidate)


def _for_regular_demand(facts: PanelFacts, cpu_seconds: float) -> list[Verdict]:
    verdicts = [Verdict("moving_average", True, "the level of the last season")]
    seasonal = any(m > 1 for m in _usable_seasons(facts))
    verdicts.append(
        Verdict("seasonal_window_average", seasonal, "the same place in the last seasons, averaged")
        if seasonal
        else Verdict("seasonal_window_average", False, "no season was seen twice")
    )
    verdicts.append(Verdict("theta", True, "trend and level on the adjusted series, for all series at once"))
    verdicts.append(Verdict("smoothing_ensemble", True, "the best of about a hundred smoothings of each series"))
    verdicts.append(_pooled_verdict(facts))
    verdicts.append(_pooled_level_verdict(facts))
    verdicts.append(_pooled_season_verdict(facts))
    verdicts.append(_driver_verdict(facts))
    spent = 0.0
    for family in _SERIES_BY_SERIES:
        if not family.suits(facts):
            seasons = ", ".join(map(str, facts.season_lengths))
            verdicts.append(Verdict(family.model, False, f"not made for the seasons of this product ({seasons})"))
            continue
        verdict = _engine_verdict(family, facts, cpu_seconds - spent)
        spent += verdict.cpu_seconds if verdict.is_candidate else 0.0
        verdicts.append(verdict)
    return verdicts


def _engine_verdict(family: _Family, facts: PanelFacts, left: float) -> Verdict:
    longest = max(_BASE_PERIODS, 4 * max(facts.season_lengths))
    length = min(facts.n_periods, longest)
    cost = facts.n_series * facts.n_forecasts * family.seconds_for(facts) * max(length / _BASE_PERIODS, 0.1)
    fits = cost <= left
    seconds = f"about {cost:,.0f}" if cost >= 1 else "less than one"
    unit = "CPU second" if cost < 1 else "CPU seconds"
    amount = f"{seconds} {unit} for {facts.n_series:,} series at {facts.n_forecasts} cutoffs"
    why = f"{family.why}; {amount}" if family.why else amount
    reason = why if fits else f"too costly: {amount}, {max(left, 0):,.0f} are left; name it in models.candidates"
    return Verdict(family.model, fits, reason, cost)


def _pooled_verdict(facts: PanelFacts) -> Verdict:
    if not any(m > 1 for m in _usable_seasons(facts)):
        return Verdict("pooled_autoregression", False, "no season was seen twice")
    if facts.n_observations < _POOLED_ROWS:
        reason = f"{facts.n_observations:,} observations; a memory of seasons needs about {_POOLED_ROWS:,}"
        return Verdict("pooled_autoregression", False, reason)
    return Verdict("pooled_autoregression", True, "one linear model with a memory of seasons for all series")


def _pooled_level_verdict(facts: PanelFacts) -> Verdict:
    name = "pooled_seasonal_level"
    if facts.season_lengths[0] != _WEEK:
        return Verdict(name, False, "made for daily data with weeks")
    if facts.n_periods >= _TWO_YEARS and facts.n_series >= _POOLED_SERIES:
        return Verdict(name, True, "the year and the growth that all series share, at the level of each")
    found = f"{facts.n_series:,} series over {facts.n_periods:,} days"
    return Verdict(name, False, f"{found}: {_POOLED_SERIES} and {_TWO_YEARS} are needed to see a year that they share")


def _pooled_season_verdict(facts: PanelFacts) -> Verdict:
    name = "pooled_season"
    if _usable_seasons(facts) != facts.season_lengths or len(facts.season_lengths) > 1:
        return Verdict(name, False, "made for a single season that was seen twice")
    if facts.season_lengths[0] == _WEEK:
        return Verdict(name, False, "days show their weeks often enough")
    if facts.n_series < _SERIES_WITH_A_SEASON or facts.allow_negative:
        found = "values below zero" if facts.allow_negative else f"{facts.n_series:,} series"
        reason = f"{found}; {_SERIES_WITH_A_SEASON} series of values from zero upwards can share a season"
        return Verdict(name, False, reason)
    return Verdict(name, True, "the season that all series share, each as far as its own confirms it")


def _driver_verdict(facts: PanelFacts) -> Verdict:
    if facts.season_lengths[0] != _WEEK:
        return Verdict(DRIVER_MODEL, False, "made for daily data with weeks")
    if facts.n_plans == 0 or facts.allow_negative:
        return Verdict(DRIVER_MODEL, False, "values below zero" if facts.n_plans else "no driver is known ahead")
    if facts.n_periods < _HALF_A_YEAR or facts.n_observations > _REGRESSION_ROWS:
        found = f"{facts.n_periods:,} days, {facts.n_observations:,} observations"
        reason = f"{found}; it is made for {_HALF_A_YEAR} days or more and up to {_REGRESSION_ROWS:,} observations"
        return Verdict(DRIVER_MODEL, False, reason)
    return Verdict(DRIVER_MODEL, True, "a regression on plans, weekdays and the year, each series as far as it differs")


def _global_verdict(facts: PanelFacts) -> Verdict:
    if facts.n_observations >= _LEAST_ROWS_OF_A_TREE_MODEL:
        return Verdict(GLOBAL_MODEL, True, f"{facts.n_observations:,} observations are enough for trees on features")
    return Verdict(
        GLOBAL_MODEL,
        False,
        f"{facts.n_observations:,} observations; trees need about {_LEAST_ROWS_OF_A_TREE_MODEL:,}",
    )


def _usable_seasons(facts: PanelFacts) -> tuple[int, ...]:
    """Seasons of more than one period that the longest series shows twice before the first cutoff."""
    return tuple(m for m in facts.season_lengths if m > 1 and 2 * m <= facts.n_periods)
