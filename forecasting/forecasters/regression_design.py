"""The columns of a regression on plans and calendar: which effects a series has of its own, and which all series share.

A column of a series has one value per series and period, a shared one a value per period. Unknown is none: zero.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from forecasting.regressors import Matrix, Regressors

Floats32 = npt.NDArray[np.float32]
_YEAR = 365.25
_HARMONICS = 4
_MOST_PLACES = 31  # of a season; a longer one is left to the year
_MOST_CATEGORIES = 8
_LARGEST_DEVIATION = 4.0  # standard deviations: a wrong price must not explode
# First and last days of a group, counted from the start or back from the end of a month: pay days and their weeks.
_DAYS_OF_MONTH = ((1, 2), (3, 4), (5, 7), (15, 17))
_DAYS_TO_MONTH_END = ((0, 1), (2, 3))
_BEFORE_HOLIDAY = ((1, 1), (2, 3), (4, 7), (8, 14))
_AFTER_HOLIDAY = ((1, 1), (2, 3), (4, 7))


Codes = Mapping[str, Sequence[float]]


def frequent_codes(regressors: Regressors) -> Codes:
    """The values of each categorical driver that get a column: the most frequent of all series but the first."""
    codes = {}
    for name, values in regressors.drivers.items():
        if regressors.kinds[name] == "categorical":
            found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
            by_frequency = found[np.argsort(-counts, kind="stable")]
            codes[name] = by_frequency[1 : _MOST_CATEGORIES + 1].tolist()
    return codes


def own_columns(
    regressors: Regressors, season_length: int, rows: slice, codes: Codes, *, left_out: tuple[str, ...] = ()
) -> Floats32:
    """The columns whose effects differ from series to series, shape (series of `rows`, periods, columns).

    The places of the season; every binary driver, alone, by place and in the periods before and after; the `codes` of a
    categorical driver; numeric drivers in standard deviations of their series. A driver of
    `left_out` counts only through the periods before and after.
    """
    n_places = season_length if season_length <= _MOST_PLACES else 1
    place = (regressors.start + np.arange(regressors.n_periods)) % n_places
    at_place = [(place == number).astype(np.float32) for number in range(n_places)]
    columns: list[Floats32] = []
    for name, values in regressors.drivers.items():
        part = values[rows]
        match regressors.kinds[name]:
            case "binary":
                columns.extend(_of_binary(part, at_place, alone=name not in left_out))
            case "categorical":
                columns.extend((part == code).astype(np.float32) for code in codes[name])
            case "numeric":
                columns.append(_standardised(part))
    n_series = rows.stop - rows.start
    places = [np.broadcast_to(column, (n_series, column.size)) for column in at_place]
    return np.stack([*places, *columns], axis=-1)


def _of_binary(values: Matrix, at_place: list[Floats32], *, alone: bool) -> Iterator[Floats32]:
    value = np.nan_to_num(values)
    if alone:
        yield value
        yield from (value * column for column in at_place[:-1])
    # Unlike the usual: what its neighbours say, relative to none.
    before, after = np.zeros_like(value), np.zeros_like(value)
    before[:, 1:], after[:, :-1] = value[:, :-1], value[:, 1:]
    yield before
    yield after


def _standardised(values: Matrix) -> Floats32:
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.nansum(values, axis=1, keepdims=True) / count
    centred = np.where(known, values - mean, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / count)
    scaled = np.divide(
        centred, spread, out=np.zeros_like(centred), where=spread > 1e-6 * np.maximum(np.abs(mean), 1e-6)
    )
    return np.asarray(np.clip(scaled, -_LARGEST_DEVIATION, _LARGEST_DEVIATION), dtype=np.float32)


def shared_columns(calendar: Mapping[str, Matrix]) -> Floats32:
    """The columns whose effects all series share, shape (periods, columns): the year, the month, days near holidays."""
    year = 2 * np.pi * np.nan_to_num(calendar["day_of_year"]) / _YEAR
    waves = [wave(k * year) for k in range(1, _HARMONICS + 1) for wave in (np.sin, np.cos)]
    month = [
        *(_between(calendar["day_of_month"], group) for group in _DAYS_OF_MONTH),
        *(_between(calendar["days_to_month_end"], group) for group in _DAYS_TO_MONTH_END),
    ]
    return np.stack([*waves, *month, *_near_holidays(calendar)], axis=-1).astype(np.float32)


def _near_holidays(calendar: Mapping[str, Matrix]) -> Iterator[Matrix]:
    yield _between(calendar["is_holiday"], (1, 1))
    yield from (_between(calendar["days_since_holiday"], group) for group in _AFTER_HOLIDAY)
    coming = calendar["next_holiday_code"]
    for code in np.unique(coming[~np.isnan(coming)]):
        of_this = (coming == code).astype(np.float32)
        yield from (of_this * _between(calendar["days_to_holiday"], group) for group in _BEFORE_HOLIDAY)


def _between(values: Matrix, group: tuple[int, int]) -> Matrix:
    first, last = group
    return ((values >= first) & (values <= last)).astype(np.float32)
