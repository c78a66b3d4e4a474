"""Settings that follow from the size and spacing of the data."""

from __future__ import annotations

from dataclasses import dataclass

from dagster_project.frequency import Frequency
from dagster_project.init.history import History
from forecasting.candidate_choice import PanelFacts, Verdict, choose_candidates

# About as many training rows as a minute of training reads on two cores.
_TRAINING_ROWS = 1_500_000
_MAX_HORIZON = 1000
_ENOUGH_WINDOWS = 3


@dataclass(frozen=True, slots=True)
class Choices:
    """Horizon, seasons, windows of the backtest and of the features; `reasons` by setting.

    `models` says which forecasters `auto` takes for data of this size, and why; a run decides again on its own data.
    """

    horizon: int
    season_lengths: tuple[int, ...]
    n_windows: int
    n_calibration_windows: int
    origin_step: int
    n_origins: int
    models: tuple[Verdict, ...]
    reasons: dict[str, str]


def choose(freq: Frequency, history: History, horizon: int | None, n_plans: int = 0) -> Choices:
    """The settings for a product of this frequency and history; a given horizon stays.

    `n_plans` drivers are known ahead.
    """
    reasons: dict[str, str] = {}
    if horizon is not None:
        reasons["horizon"] = "as given"
    elif history.n_planned:
        horizon = min(history.n_planned, _MAX_HORIZON)
        reasons["horizon"] = f"the file plans {history.n_planned} periods beyond the last observation"
    else:
        horizon = max(1, min(freq.horizon, history.n_periods // 5))
        shortened = "" if horizon == freq.horizon else ", less for a short history"
        reasons["horizon"] = f"usual for {freq.alias} data{shortened}"
    seasons = tuple(season for season in freq.season_lengths if 2 * season <= history.n_periods)
    if not seasons:
        seasons = freq.season_lengths[:1] if freq.season_lengths[0] < history.n_periods else (1,)
    dropped = [season for season in freq.season_lengths if season not in seasons]
    reasons["season_lengths"] = f"usual for {freq.alias} data" + (
        f"; {dropped} left out, the history is shorter than two of them" if dropped else ""
    )
    n_windows, n_calibration = _windows(history.n_periods, seasons[0], horizon)
    room = n_windows + n_calibration
    reasons["backtest"] = f"{history.n_periods:,} periods leave room for {counted(room, 'window')} of {horizon}" + (
        ", of which the first only teach whom to trust" if n_calibration else ""
    )
    per_origin = history.n_series * min(4, horizon)
    affordable = max(26, _TRAINING_ROWS // max(per_origin, 1))
    origin_step = max(1, min(7 if freq.alias == "D" else 1, history.n_periods // 26 or 1))
    if freq.is_subdaily and history.n_periods > affordable:
        # An odd step visits every hour of the day.
        origin_step = (history.n_periods // affordable) | 1
    n_origins = max(4, min(history.n_periods // origin_step, affordable, 4000))
    return Choices(
        horizon=horizon,
        season_lengths=seasons,
        n_windows=n_windows,
        n_calibration_windows=n_calibration,
        origin_step=origin_step,
        n_origins=n_origins,
        models=choose_candidates(
            PanelFacts(
                n_series=history.n_series,
                n_periods=history.n_periods,
                n_observations=history.n_rows,
                season_lengths=seasons,
                horizon=horizon,
                target_kind=history.kind,
                allow_negative=history.allow_negative,
                n_forecasts=n_windows + n_calibration + 1,
                n_plans=n_plans,
            )
        ),
        reasons=reasons,
    )


def counted(number: int, noun: str) -> str:
    """The noun with its number, in the plural where it belongs."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _windows(n_periods: int, season_length: int, horizon: int) -> tuple[int, int]:
    """Scored windows and calibration windows before them: up to three and two.

    A window should stand on two seasons; where that leaves fewer than three windows, on one season and a horizon. The
    first windows are not scored, as what is served there was chosen without evidence.
    """
    room = (n_periods - max(2 * season_length, 2 * horizon)) // horizon
    if room < _ENOUGH_WINDOWS:
        room = max(room, (n_periods - max(season_length + horizon, 2 * horizon)) // horizon)
    room = min(room, 5)
    n_windows = max(1, min(3, room - 1))
    return n_windows, max(0, room - n_windows)
