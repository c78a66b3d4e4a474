"""Which pasts to stand in: rolling origins, drawn before anything is forecast.

    past ───────────────┤cutoff 1├── horizon ──▶
    past ─────────────────────┤cutoff 2├── horizon ──▶
    past ───────────────────────────┤cutoff 3├── horizon ──▶ last observation

A window trains on `ds <= cutoff` and is scored on the `horizon` periods after it. There is no other way to split:
rows are never drawn at random, so a window cannot see what it is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from forecasting.errors import NotEnoughHistoryError
from forecasting.periods import Times, period_ds, period_index
from forecasting.task import RefitPolicy


@dataclass(frozen=True)
class Window:
    """One fold: trains up to and including `cutoff`, is scored from `first_ds` to `last_ds`."""

    cutoff: datetime
    first_ds: datetime
    last_ds: datetime

    def __post_init__(self) -> None:
        """A window that overlaps its own past cannot be built."""
        if not self.cutoff < self.first_ds <= self.last_ds:
            raise ValueError(
                f"expected cutoff < first_ds <= last_ds; found {self.cutoff}, {self.first_ds}, {self.last_ds}. "
                "Build windows with rolling_windows()."
            )


def rolling_windows(
    last_ds: datetime,
    freq: str,
    *,
    horizon: int,
    n_windows: int,
    step_size: int,
    first_ds: datetime | None = None,
    first_cutoff: datetime | None = None,
) -> tuple[Window, ...]:
    """`n_windows` windows, oldest first; the last one ends with the last observation.

    With `first_cutoff` the windows start there and step forward instead, as long as they end by `last_ds`.
    `horizon` and `step_size` are in periods of `freq`.
    Raises `NotEnoughHistoryError` when a window would start before `first_ds` or end after `last_ds`.
    """
    if min(horizon, n_windows, step_size) < 1:
        raise ValueError(
            f"expected horizon, n_windows and step_size of at least 1; found {horizon}, {n_windows}, {step_size}. "
            "Correct the backtest section of the product."
        )
    last = _number(last_ds, freq)
    newest = last - horizon
    first = newest - (n_windows - 1) * step_size if first_cutoff is None else _number(first_cutoff, freq)
    cutoffs = [first + step_size * number for number in range(n_windows)]
    if cutoffs[-1] > newest:
        raise NotEnoughHistoryError(
            f"expected {n_windows} windows of {horizon} periods, {step_size} apart, from {first_cutoff} to {last_ds}; "
            f"found room for {max(0, (newest - first) // step_size + 1)}. Start earlier or ask for fewer windows."
        )
    if first_ds is not None and cutoffs[0] < _number(first_ds, freq):
        raise NotEnoughHistoryError(
            f"expected observations up to {_time(cutoffs[0], freq)}, the cutoff of the oldest of {n_windows} windows; "
            f"found the first one on {first_ds}. Ask for fewer windows, a smaller step or a shorter horizon."
        )
    return tuple(
        Window(_time(cutoff, freq), _time(cutoff + 1, freq), _time(cutoff + horizon, freq)) for cutoff in cutoffs
    )


def windows_at(cutoffs: Sequence[datetime], freq: str, horizon: int) -> tuple[Window, ...]:
    """The windows of given cutoffs, oldest first, each once."""
    numbers = sorted({_number(cutoff, freq) for cutoff in cutoffs})
    return tuple(Window(_time(n, freq), _time(n + 1, freq), _time(n + horizon, freq)) for n in numbers)


def refit_at(n_windows: int, policy: RefitPolicy) -> tuple[bool, ...]:
    """For each window, oldest first, whether models learn again there; the oldest always does.

    >>> refit_at(5, "first"), refit_at(3, "every"), refit_at(5, 2)
    ((True, False, False, False, False), (True, True, True), (True, False, True, False, True))
    """
    if policy == "first":
        every = n_windows
    elif policy == "every":
        every = 1
    else:
        every = int(policy)
    if every < 1:
        raise ValueError(
            f"expected refit to be 'every', 'first' or a number of windows of at least 1; found {policy!r}."
        )
    return tuple(number % every == 0 for number in range(n_windows))


def _number(ds: datetime, freq: str) -> int:
    times: Times = np.array([ds], dtype="datetime64[us]")
    return int(period_index(times, freq)[0])


def _time(number: int, freq: str) -> datetime:
    moment: datetime = period_ds([number], freq)[0].item()
    return moment
