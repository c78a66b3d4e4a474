"""Forecasts of series with little or no history, from the series beside them in the hierarchy.

The level of the hierarchy that tells most about how large a series is decides who its peers are: the one at which the
mean of the others is closest to each mature series. A cold series takes the mean forecast of its peers, moved to its
own level as far as its few observations support that. How wrong this is, mature series show: forecast in the same way,
without themselves, at past cutoffs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.panel import Floats, Panel, Texts
from forecasting.quantiles import SeriesScale, WindowErrors, calibrate, predict_quantiles
from forecasting.window_result import Flags, WindowResult

COLD_START = "cold_start"
# So many periods of its own weigh as much as what the peers say about the level.
_WORTH_OF_PEERS = 7.0


@dataclass(frozen=True, eq=False)
class PeerGroups:
    """Which node each series (column) belongs to on each level (row); `nodes[codes[k, i]]` is its id, -1 is none."""

    codes: npt.NDArray[np.intp] = field(repr=False)
    nodes: Texts = field(repr=False)

    @classmethod
    def of(cls, memberships: pa.Table | None, unique_ids: Texts) -> Self:
        """Groups from `node_id`, `level`, `unique_id`; without memberships, all series are peers."""
        if memberships is None or memberships.num_rows == 0:
            return cls(np.zeros((1, len(unique_ids)), dtype=np.intp), np.array(["all series"], dtype=object))
        nodes = memberships.column("node_id").cast(pa.string()).combine_chunks().dictionary_encode()
        levels = memberships.column("level").cast(pa.string()).combine_chunks().dictionary_encode()
        series = pc.index_in(memberships.column("unique_id").cast(pa.string()), value_set=pa.array(unique_ids))
        inside = pc.is_valid(series).to_numpy()
        codes = np.full((len(levels.dictionary), len(unique_ids)), -1, dtype=np.intp)
        columns = pc.drop_null(series).to_numpy().astype(np.intp)
        codes[levels.indices.to_numpy()[inside], columns] = nodes.indices.to_numpy()[inside]
        # Coarse levels first: on a tie, the larger group is the safer one.
        order = np.argsort([np.unique(row).size for row in codes], kind="stable")
        return cls(codes[order], nodes.dictionary.to_numpy(zero_copy_only=False))


@dataclass(frozen=True, eq=False)
class ColdStart:
    """Forecasts of the cold series (NaN for the others), the error scales they inherit, and who their peers are."""

    window: WindowResult
    peers: Texts

    @property
    def series(self) -> Flags:
        """Which series are cold."""
        return self.window.eligible


def cold_start(served: WindowResult, model: str, is_cold: Flags, past: Panel, groups: PeerGroups) -> ColdStart:
    """Forecasts of the cold series of a window from what `model` says about the mature ones.

    `served` has the mature series as eligible ones; `past` ends at the window's cutoff.
    """
    mature = served.eligible & ~is_cold
    yhat = np.full_like(served.y, np.nan)
    peers = np.full(len(is_cold), None, dtype=object)
    scale = SeriesScale(
        *(values.copy() for values in (served.scale.level, served.scale.spread, served.scale.zero_share))
    )
    if is_cold.any() and mature.any():
        order = _levels_by_error(served.scale.level, mature, groups)
        cold = np.flatnonzero(is_cold)
        group, labels = _groups_of(cold, order, groups, mature)
        peers[cold] = labels
        parts = (served.scale.level, served.scale.spread, served.scale.zero_share)
        mean_level, mean_spread, mean_zeros = (group.mean(part[:, None])[:, 0] for part in parts)
        counts = past.is_observed[cold].sum(axis=1)
        totals = np.where(past.is_observed[cold], past.y[cold], 0.0).sum(axis=1)
        own_level = (totals + _WORTH_OF_PEERS * mean_level) / (counts + _WORTH_OF_PEERS)
        factor = np.divide(own_level, mean_level, out=np.ones_like(own_level), where=mean_level > 0)
        yhat[cold] = factor[:, None] * group.mean(served.yhat[model])
        scale.level[cold], scale.spread[cold], scale.zero_share[cold] = own_level, factor * mean_spread, mean_zeros
    answered = is_cold & ~np.isnan(yhat).any(axis=1)
    nobody = np.zeros_like(is_cold)
    window = WindowResult(
        served.cutoff,
        served.freq,
        served.unique_ids,
        answered,
        served.y,
        scale,
        {COLD_START: yhat},
        {COLD_START: nobody},
        answered,
    )
    return ColdStart(window, peers)


def errors_of_peers(served: WindowResult, model: str, groups: PeerGroups) -> WindowErrors:
    """What the peers would have said about each mature series of a finished window, beside what happened."""
    mature = served.eligible
    level = _levels_by_error(served.scale.level, mature, groups)[0]
    codes = groups.codes[level]
    others = _Others(codes, mature & (codes >= 0))
    yhat = others.mean(served.yhat[model])
    scale = SeriesScale(
        *(
            others.mean(values[:, None])[:, 0]
            for values in (served.scale.level, served.scale.spread, served.scale.zero_share)
        )
    )
    known = mature & ~np.isnan(yhat).any(axis=1)
    return WindowErrors(
        y=np.where(known[:, None], served.y, np.nan),
        yhat=yhat,
        scale=SeriesScale(*(np.nan_to_num(part) for part in (scale.level, scale.spread, scale.zero_share))),
    )


def cold_quantiles(
    cold: ColdStart, yhat: Floats, errors: Sequence[WindowErrors], levels: Sequence[float], *, allow_negative: bool
) -> npt.NDArray[np.float64] | None:
    """Quantiles around `yhat`, as wide as past forecasts from peers were wrong; None without any past."""
    if not any((~np.isnan(window.y)).any() for window in errors):
        return None
    calibration = calibrate(errors, levels)
    return predict_quantiles(calibration, np.nan_to_num(yhat), cold.window.scale, allow_negative=allow_negative)


class _Others:
    """Means over the other members of each series' group."""

    def __init__(self, codes: npt.NDArray[np.intp], members: Flags) -> None:
        self._codes, self._members = np.where(members, codes, 0), members
        self._counts = np.bincount(codes[members], minlength=int(self._codes.max(initial=0)) + 1)

    def mean(self, values: Floats) -> Floats:
        """One row per series; NaN for a series that is no member, or has no other one beside it."""
        own = np.where(self._members[:, None], values, 0.0)
        sums = np.zeros((self._counts.size, values.shape[1]))
        np.add.at(sums, self._codes, own)
        n_others = np.where(self._members, self._counts[self._codes] - 1, 0)[:, None]
        others = np.full_like(own, np.nan)
        return np.divide(sums[self._codes] - own, n_others, out=others, where=n_others > 0)


def _levels_by_error(level: Floats, mature: Flags, groups: PeerGroups) -> npt.NDArray[np.intp]:
    """The levels of the hierarchy, the most telling one first."""
    typical = float(np.median(level[mature])) or 1.0
    size = np.arcsinh(level / typical)[:, None]
    overall = _Others(np.zeros(len(level), dtype=np.intp), mature).mean(size)
    errors = []
    for codes in groups.codes:
        expected = _Others(codes, mature & (codes >= 0)).mean(size)
        expected = np.where(np.isnan(expected), overall, expected)
        errors.append(np.nan_to_num(np.abs(size - expected)[mature]).mean())
    return np.argsort(np.round(errors, 9), kind="stable")


@dataclass(frozen=True, eq=False)
class _Groups:
    """The mature members of some groups, one after another: `members[starts[g] : starts[g] + counts[g]]`.

    `of_series` says which group speaks for each cold series.
    """

    of_series: npt.NDArray[np.intp]
    members: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    counts: npt.NDArray[np.intp]

    def mean(self, values: Floats) -> Floats:
        """The mean over the members of each cold series' group, one row per cold series."""
        sums = np.add.reduceat(values[self.members], self.starts, axis=0)
        means: Floats = (sums / self.counts[:, None])[self.of_series]
        return means


def _groups_of(
    cold: npt.NDArray[np.intp], order: npt.NDArray[np.intp], groups: PeerGroups, mature: Flags
) -> tuple[_Groups, Texts]:
    """For each cold series the group of the most telling level that has a mature member, and who that is in words."""
    chosen = np.full(cold.size, -1, dtype=np.intp)
    level_of = np.zeros(cold.size, dtype=np.intp)
    n_nodes = len(groups.nodes)
    for level in order:
        codes = groups.codes[level]
        has_mature = np.zeros(n_nodes, dtype=bool)
        has_mature[codes[mature & (codes >= 0)]] = True
        code = codes[cold]
        answers = (chosen < 0) & (code >= 0) & has_mature[code]
        chosen[answers], level_of[answers] = code[answers], level
    # Who belongs to no group with a mature member has all of them as peers: group number `n_nodes`.
    used, of_series = np.unique(np.where(chosen < 0, n_nodes, chosen), return_inverse=True)
    levels = np.zeros(n_nodes + 1, dtype=np.intp)
    levels[chosen[chosen >= 0]] = level_of[chosen >= 0]
    members = [
        np.flatnonzero(mature & (groups.codes[levels[node]] == node)) if node < n_nodes else np.flatnonzero(mature)
        for node in used
    ]
    counts = np.array([part.size for part in members], dtype=np.intp)
    found = _Groups(of_series, np.concatenate(members), np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    words = [
        f"{size} series of {groups.nodes[node]}" if node < n_nodes else "all series"
        for node, size in zip(used, counts, strict=True)
    ]
    return found, np.array(words, dtype=object)[of_series]
