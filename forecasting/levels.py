"""Forecasts of every node of the hierarchy that agree with the forecasts below them.

Three answers stand beside each other at every cutoff: `base`, what models of the node's own history say, weighted per
level with the sum of its series; `bottom_up`, the sum of what its series are served with; and `reconciled`, the closest
forecasts to all bases that add up (`forecasting.reconcile`). Only the last two add up, so one of them serves:
bottom_up, unless finished windows say that reconciliation helps over the levels. Weights, error variances and that
choice come from windows that were over at the cutoff, in the backtest as in the live forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forecasting.candidates import run_panel_model
from forecasting.ensemble import combine, learn_weights
from forecasting.forecasters.classical import CLASSICAL
from forecasting.panel import Floats, Panel, Texts
from forecasting.reconcile import Hierarchy, reconcile
from forecasting.selection import Choice
from forecasting.task import ForecastTask
from forecasting.window_result import WindowResult, scale_at

SERVED, BASE, BOTTOM_UP, RECONCILED = "served", "base", "bottom_up", "reconciled"
# The ensemble of smoothing recursions takes 2 ms per node: for a few hundred nodes nothing, for ten thousand too much.
_MAX_NODES_OF_SLOW_MODELS = 2_000
_MODELS = ("seasonal_naive", "theta")
_SLOW_MODELS = ("smoothing_ensemble",)
# Models of the engine take 50 ms per node, and are taken only where the series have them too and the engine is loaded.
_MAX_NODES_OF_THE_ENGINE = 200
# The history of a series' own changes counts as much as so many backtest windows in its error variance.
_PRIOR_WINDOWS = 1.0
_MIN_WINDOWS = 2
# Below half a percent, an improvement over a handful of windows is noise.
_MIN_GAIN = 0.005


@dataclass(frozen=True, eq=False)
class Levels:
    """The hierarchy above the series of a panel, and what its nodes observed; nodes are in the order of both.

    It is the hierarchy of one cutoff, over the nodes of all cutoffs: a node without members there is silent.
    """

    hierarchy: Hierarchy = field(repr=False)
    panel: Panel = field(repr=False)
    level_of: Texts = field(repr=False)

    @property
    def has_members(self) -> npt.NDArray[np.bool_]:
        """Which nodes have a series at this cutoff."""
        return np.asarray(self.hierarchy.summing.sum(axis=1) > 0)


@dataclass(frozen=True, eq=False)
class LevelWindow:
    """All levels at one cutoff: `nodes` with every answer, `bottom` with `served` and `reconciled`."""

    nodes: WindowResult
    bottom: WindowResult

    @property
    def cutoff(self) -> datetime:
        """The cutoff of both."""
        return self.nodes.cutoff

    def known_until(self, cutoff: datetime) -> "LevelWindow":
        """The window as it looked at a later cutoff."""
        return LevelWindow(self.nodes.known_until(cutoff), self.bottom.known_until(cutoff))


def with_unobserved(observations: pa.Table, unique_ids: Sequence[str], cutoff: np.datetime64) -> pa.Table:
    """Observations with a row, without a value, for series that have none yet."""
    if not unique_ids:
        return observations
    columns = {
        "unique_id": pa.array(unique_ids, pa.string()),
        "ds": pa.array(np.full(len(unique_ids), cutoff.astype("datetime64[us]"))),
        "y": pa.nulls(len(unique_ids), pa.float64()),
    }
    told = observations.select(["unique_id", "ds", "y"])
    rows = pa.table({name: column.cast(told.schema.field(name).type) for name, column in columns.items()})
    return pa.concat_tables([told, rows.cast(told.schema)])


def node_models(levels: Levels, candidates: Sequence[str]) -> tuple[str, ...]:
    """The forecasters of the nodes' own histories, given those of the series."""
    n_nodes = levels.panel.n_series
    slow = _SLOW_MODELS if n_nodes <= _MAX_NODES_OF_SLOW_MODELS else ()
    engine = tuple(name for name in candidates if name in CLASSICAL) if n_nodes <= _MAX_NODES_OF_THE_ENGINE else ()
    return (*_MODELS, *slow, *engine)


def level_window(
    task: ForecastTask, levels: Levels, served: WindowResult, earlier: Sequence[LevelWindow]
) -> LevelWindow:
    """All levels at the cutoff of `served`, whose model `served` is what each bottom series is served with."""
    past = levels.panel.until(np.datetime64(served.cutoff, "us"))
    own_season = replace(task, season_lengths=task.season_lengths[:1])
    answers = [run_panel_model(name, own_season, past) for name in node_models(levels, task.candidates)]
    bottom = np.where(served.eligible[:, None], np.nan_to_num(served.yhat[SERVED]), 0.0)
    has_members = np.asarray(levels.hierarchy.summing @ served.eligible.astype(np.float64) > 0)
    nodes = WindowResult(
        cutoff=served.cutoff,
        freq=served.freq,
        unique_ids=past.unique_ids,
        eligible=has_members,
        y=levels.panel.actuals(np.datetime64(served.cutoff, "us"), served.horizon),
        scale=scale_at(past),
        yhat={**{answer.model: answer.yhat for answer in answers}, BOTTOM_UP: levels.hierarchy.aggregate(bottom)},
        fell_back={
            **{answer.model: answer.fell_back for answer in answers},
            BOTTOM_UP: np.zeros(past.n_series, dtype=bool),
        },
    )
    known = [window.known_until(served.cutoff) for window in earlier if window.cutoff < served.cutoff]
    nodes = _with_base(levels, nodes, past, [window.nodes for window in known], task.candidates)
    return _with_reconciled(task, levels, nodes, served, known)


def choose_level_model(windows: Sequence[LevelWindow], level_of: Texts) -> Choice:
    """Whether what is served is the sum of the series or reconciled, from windows that are over.

    The error of each level, the bottom one included, counts alike: WAPE, relative to that of bottom_up.
    """
    gains = [gain for window in windows if (gain := _gain(window, level_of)) is not None]
    if len(gains) < _MIN_WINDOWS:
        return Choice("all", BOTTOM_UP, f"sum of the series: {len(gains)} finished windows are no evidence for more")
    mean, n_better = float(np.mean(gains)), int(np.sum(np.array(gains) > 0))
    evidence = f"changes the error over the levels by {-100 * mean:+.2f} %, less in {n_better} of {len(gains)} windows"
    if mean > _MIN_GAIN and 3 * n_better >= 2 * len(gains):
        return Choice("all", RECONCILED, f"reconciled: it {evidence}")
    return Choice("all", BOTTOM_UP, f"sum of the series: reconciling {evidence}")


def _gain(window: LevelWindow, level_of: Texts) -> float | None:
    """By how much reconciling lowers the error of a level, as a mean of shares; None without anything to compare."""
    shares = []
    for level in np.unique(level_of):
        part = window.nodes.of(level_of == level)
        shares.append(_share(part, RECONCILED, BOTTOM_UP))
    shares.append(_share(window.bottom, RECONCILED, SERVED))
    found = [share for share in shares if share is not None]
    return 1.0 - float(np.mean(found)) if found else None


def _share(window: WindowResult, model: str, reference: str) -> float | None:
    known = window.eligible[:, None] & ~np.isnan(window.y)
    errors = [float(np.abs(window.yhat[name] - window.y)[known].sum()) for name in (model, reference)]
    return errors[0] / errors[1] if errors[1] > 0 else None


def _with_base(
    levels: Levels, nodes: WindowResult, past: Panel, earlier: Sequence[WindowResult], candidates: Sequence[str]
) -> WindowResult:
    """The node's own models and the sum of its series, weighted per level by what finished windows have shown."""
    models = [*node_models(levels, candidates), BOTTOM_UP]
    base = np.zeros_like(nodes.y)
    for level in np.unique(levels.level_of):
        here = levels.level_of == level
        known = [window.of(here) for window in earlier]
        is_seen = any((window.eligible[:, None] & ~np.isnan(window.y)).any() for window in known)
        weights = learn_weights(known, models) if is_seen else {BOTTOM_UP: np.ones(1)}
        base[here] = combine(nodes.of(here), weights)
    # A node of which nothing was observed yet has series that their peers speak for; its own models know nothing.
    is_silent = ~past.is_observed.any(axis=1)
    base[is_silent] = nodes.yhat[BOTTOM_UP][is_silent]
    return nodes.with_model(BASE, base, np.zeros(len(base), dtype=bool))


def _with_reconciled(
    task: ForecastTask, levels: Levels, nodes: WindowResult, served: WindowResult, earlier: Sequence[LevelWindow]
) -> LevelWindow:
    bottom = served.yhat[SERVED]
    variance = np.concatenate(
        [
            _step_variance(nodes, BASE, [window.nodes for window in earlier], levels.level_of),
            _step_variance(served, SERVED, [window.bottom for window in earlier], None)[served.eligible],
        ]
    )
    hierarchy = levels.hierarchy.without_others(served.eligible)
    base = np.concatenate([nodes.yhat[BASE], bottom[served.eligible]])
    coherent = reconcile(hierarchy, base, variance, allow_negative=task.allow_negative)[len(nodes.y) :]
    if not task.allow_negative:
        # A shop that is closed sells nothing, whatever the nodes above it would like to spread over it.
        coherent[bottom[served.eligible] == 0.0] = 0.0
    reconciled = np.full_like(served.y, np.nan)
    reconciled[served.eligible] = coherent
    sums = hierarchy.aggregate(coherent)
    return LevelWindow(
        nodes.with_model(RECONCILED, sums, np.zeros(len(sums), dtype=bool)),
        served.with_model(RECONCILED, reconciled, served.fell_back[SERVED]),
    )


def _step_variance(window: WindowResult, model: str, earlier: Sequence[WindowResult], groups: Texts | None) -> Floats:
    """Error variance of each row and step, from finished windows and, before there are any, the series' own changes.

    Within a row it grows with the forecast, as it does for counts: a step with little demand has little to give.
    """
    squared, counts = np.zeros(len(window.y)), np.zeros(len(window.y))
    for past in earlier:
        known = past.eligible[:, None] & ~np.isnan(past.y)
        error = np.where(known, past.yhat[model] - past.y, 0.0)
        squared += (error**2).sum(axis=1)
        counts += known.sum(axis=1)
    prior = _prior(window.scale.spread**2, squared, counts, groups)
    weight = _PRIOR_WINDOWS * window.horizon
    variance = (squared + weight * prior) / (counts + weight)
    size = np.abs(np.nan_to_num(window.yhat[model]))
    mean = size.mean(axis=1, keepdims=True)
    relative = np.divide(size, mean, out=np.ones_like(size), where=mean > 0)
    by_step: Floats = variance[:, None] * relative
    return by_step


def _prior(spread: Floats, squared: Floats, counts: Floats, groups: Texts | None) -> Floats:
    """Squared changes from season to season, brought to the size of the errors seen in each group."""
    labels = np.zeros(len(spread), dtype=np.intp) if groups is None else np.unique(groups, return_inverse=True)[1]
    seen = np.bincount(labels, weights=squared)
    expected = np.bincount(labels, weights=spread * counts)
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=(expected > 0) & (seen > 0))
    prior: npt.NDArray[np.float64] = spread * ratio[labels]
    return prior
