"""What each cutoff serves: a model per series, peers for series without history, and one answer for all levels."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from forecasting.cold_start import COLD_START, ColdStart, PeerGroups, cold_start
from forecasting.eligibility import Eligibility, EligibleSeries
from forecasting.level_history import LevelHistory, in_force
from forecasting.levels import RECONCILED, SERVED, Levels, LevelWindow, choose_level_model, level_window
from forecasting.panel import Floats, Panel, Texts
from forecasting.selection import Choice
from forecasting.tables import MODEL_CHOICES
from forecasting.task import ForecastTask
from forecasting.window_result import Flags, WindowResult, scale_at


@dataclass(frozen=True, eq=False)
class Structure:
    """What is known about the series beside their observations, as tables.

    `memberships` (`node_id, level, unique_id, valid_from, valid_to`) says which series add up to which node, and when:
    from a period on, until before another; empty is without end. `node_observations` (`unique_id, ds, y`) is what the
    nodes of today observed; without rows in it nodes are not forecast. `former_node_observations` (`cutoff, unique_id,
    ds, y`) is what nodes observed that had other members at an earlier cutoff, or were known otherwise at it.
    `eligibility` (`unique_id, cutoff, is_forecast, n_observations`) says which series are forecast at which cutoff.
    """

    memberships: pa.Table = field(repr=False)
    node_observations: pa.Table = field(repr=False)
    former_node_observations: pa.Table = field(repr=False)
    eligibility: pa.Table = field(repr=False)


@dataclass(frozen=True, eq=False)
class ServedCutoff:
    """One cutoff as it is served; `bottom` has the model `served`, `models` and `reasons` one entry per series.

    `corrected` are forecasts of the bottom series with their bias taken out, where the task asks for it.
    """

    bottom: WindowResult
    models: Texts
    reasons: Texts
    cold: ColdStart | None
    levels: LevelWindow | None
    level_choice: Choice | None
    corrected: Floats | None = field(default=None, repr=False)

    @property
    def is_reconciled(self) -> bool:
        """Whether the bottom series are served with reconciled forecasts."""
        return self.level_choice is not None and self.level_choice.model == RECONCILED

    @property
    def is_cold(self) -> Flags:
        """The series that their peers speak for."""
        return np.zeros(len(self.models), dtype=bool) if self.cold is None else self.cold.series

    def further_windows(self) -> list[WindowResult]:
        """What is said beside the candidates: for cold series, for nodes, and reconciled for the bottom series."""
        windows = [] if self.cold is None else [self.cold.window]
        if self.levels is not None:
            bottom = self.levels.bottom
            windows += [
                self.levels.nodes,
                replace(bottom, yhat={RECONCILED: bottom.yhat[RECONCILED]}, is_cold=self.is_cold),
            ]
        return windows

    def choice_rows(self) -> pa.Table:
        """`MODEL_CHOICES` of the cutoff: bottom series, then nodes."""
        return _choice_table(
            self.bottom.cutoff,
            self.bottom.unique_ids,
            self.models,
            self.reasons,
            self.bottom.eligible,
            self.level_choice,
            None if self.levels is None else self.levels.nodes.unique_ids[self.levels.nodes.eligible],
        )


class Server:
    """Serves the cutoffs of one panel, oldest first: each may learn from those before it."""

    def __init__(self, task: ForecastTask, panel: Panel, structure: Structure | None) -> None:
        self._task, self._panel = task, panel
        self._eligibility = None if structure is None else Eligibility(structure.eligibility)
        self._memberships = None if structure is None else structure.memberships
        # Every window asks for the hierarchy of its cutoff several times, and the later ones for those of all before.
        self._groups_at: dict[datetime, PeerGroups] = {}
        self._levels_at: dict[datetime, Levels] = {}
        self._levels: LevelHistory | None = None
        if structure is not None and structure.memberships.num_rows and structure.node_observations.num_rows:
            self._levels = LevelHistory.of(
                panel, structure.memberships, structure.node_observations, structure.former_node_observations
            )

    def groups_at(self, cutoff: datetime) -> PeerGroups:
        """Which series are peers, by the hierarchy of a cutoff."""
        if cutoff not in self._groups_at:
            members = None if self._memberships is None else in_force(self._memberships, cutoff)
            self._groups_at[cutoff] = PeerGroups.of(members, self._panel.unique_ids)
        return self._groups_at[cutoff]

    @property
    def has_levels(self) -> bool:
        """Whether nodes are forecast beside the series."""
        return self._levels is not None

    def levels_at(self, cutoff: datetime) -> Levels:
        """The hierarchy of a cutoff.

        Raises:
            ValueError: there are no levels.
        """
        if self._levels is None:
            raise ValueError("expected a hierarchy, found none. Ask only when levels are given.")
        if cutoff not in self._levels_at:
            self._levels_at[cutoff] = self._levels.at(cutoff)
        return self._levels_at[cutoff]

    def eligible_at(self, cutoff: datetime, panel: Panel) -> EligibleSeries:
        """Which series are forecast at a cutoff."""
        if self._eligibility is None:
            return EligibleSeries.everything_in(panel)
        return self._eligibility.at(cutoff, panel)

    def restricted(self, window: WindowResult) -> WindowResult:
        """The window without the series that are not forecast at its cutoff."""
        if self._eligibility is None:
            return window
        is_forecast = self._eligibility.at(window.cutoff, self._panel).is_forecast
        return replace(window, eligible=window.eligible & is_forecast)

    def series_at(self, window: WindowResult, choices: Sequence[Choice], labels: Texts) -> ServedCutoff:
        """The bottom series of a window as the choices of its cutoff serve them."""
        past = self._panel.until(np.datetime64(window.cutoff, "us"))
        eligible = self.eligible_at(window.cutoff, past)
        models, reasons = models_of(choices, labels)
        served = _chosen(window, models)
        cold = None
        if eligible.is_cold.any():
            mature = replace(served, eligible=served.eligible & ~eligible.is_cold)
            cold = cold_start(mature, SERVED, eligible.is_cold, past, self.groups_at(window.cutoff))
            served = _with_cold(served, cold)
            for i in np.flatnonzero(cold.series):
                models[i] = COLD_START
                reasons[i] = f"{eligible.n_observations[i]} observed periods; the mean of {cold.peers[i]}, at its level"
        return ServedCutoff(served, models, reasons, cold, None, None)

    def with_levels(self, served: ServedCutoff, earlier: Sequence[ServedCutoff]) -> ServedCutoff:
        """The same with forecasts of all levels, and the choice between them."""
        if self._levels is None:
            return served
        before = [done.levels for done in earlier if done.levels is not None]
        levels = level_window(self._task, self.levels_at(served.bottom.cutoff), served.bottom, before)
        choice = self.level_choice(before, served.bottom.cutoff)
        models, reasons = served.models, served.reasons
        if choice.model == RECONCILED:
            reasons = np.array([f"{choice.reason}; before it, {model}" for model in models], dtype=object)
            models = np.full(len(models), RECONCILED, dtype=object)
        return replace(served, models=models, reasons=reasons, levels=levels, level_choice=choice)

    def with_recorded_levels(self, served: ServedCutoff, nodes: WindowResult, reconciled: WindowResult) -> ServedCutoff:
        """The same with what was said about its levels when it was served, to learn from."""
        past = self.levels_at(nodes.cutoff).panel.until(np.datetime64(nodes.cutoff, "us"))
        nodes = replace(nodes, scale=scale_at(past))
        bottom = served.bottom.with_model(RECONCILED, reconciled.yhat[RECONCILED], reconciled.fell_back[RECONCILED])
        return replace(served, levels=LevelWindow(nodes, bottom))

    def level_choice(self, before: Sequence[LevelWindow], cutoff: datetime | None) -> Choice:
        """Bottom-up or reconciled, by the windows that were over at the cutoff."""
        if self._levels is None:
            raise ValueError("expected a hierarchy to choose for; found none. Ask only when levels are given.")
        known = [window if cutoff is None else window.known_until(cutoff) for window in before]
        return choose_level_model(known, self._levels.live.level_of)

    def choices_after(self, choices: Sequence[Choice], labels: Texts, done: Sequence[ServedCutoff]) -> pa.Table:
        """`MODEL_CHOICES` at the end of the panel, before anything is forecast there."""
        cutoff: datetime = self._panel.cutoff.astype("datetime64[us]").item()
        eligible = self.eligible_at(cutoff, self._panel)
        models, reasons = models_of(choices, labels)
        models[eligible.is_cold], reasons[eligible.is_cold] = COLD_START, "too few observed periods"
        level_choice, nodes = None, None
        if self._levels is not None:
            level_choice = self.level_choice([window.levels for window in done if window.levels is not None], None)
            live = self._levels.live
            nodes = live.panel.unique_ids[live.has_members]
            if level_choice.model == RECONCILED:
                models[:], reasons[:] = RECONCILED, level_choice.reason
        return _choice_table(cutoff, self._panel.unique_ids, models, reasons, eligible.is_forecast, level_choice, nodes)


def models_of(choices: Sequence[Choice], labels: Texts) -> tuple[Texts, Texts]:
    """The model and the reason of each series, by the label of its segment."""
    by_segment = {choice.segment: choice for choice in choices}
    of_series = [by_segment.get(label, by_segment["all"]) for label in labels]
    return (
        np.array([choice.model for choice in of_series], dtype=object),
        np.array([choice.reason for choice in of_series], dtype=object),
    )


def _chosen(window: WindowResult, models: Texts) -> WindowResult:
    """The window with one model, `served`: for each series the one that was chosen, else the first that answered."""
    first = window.models[0]
    yhat, fell_back = window.yhat[first].copy(), window.fell_back[first].copy()
    for model in set(models.tolist()) & set(window.models):
        here = models == model
        yhat[here], fell_back[here] = window.yhat[model][here], window.fell_back[model][here]
    return replace(window, yhat={SERVED: yhat}, fell_back={SERVED: fell_back})


def _with_cold(served: WindowResult, cold: ColdStart) -> WindowResult:
    yhat, fell_back = served.yhat[SERVED].copy(), served.fell_back[SERVED].copy()
    yhat[cold.series] = cold.window.yhat[COLD_START][cold.series]
    fell_back[cold.series] = False
    return replace(
        served,
        eligible=served.eligible | cold.series,
        yhat={SERVED: yhat},
        fell_back={SERVED: fell_back},
        scale=cold.window.scale,
    )


def _choice_table(
    cutoff: datetime,
    unique_ids: Texts,
    models: Texts,
    reasons: Texts,
    eligible: Flags,
    level_choice: Choice | None,
    nodes: Texts | None,
) -> pa.Table:
    ids, models, reasons = unique_ids[eligible], models[eligible], reasons[eligible]
    if level_choice is not None and nodes is not None:
        ids = np.concatenate([ids, nodes])
        models = np.concatenate([models, np.full(len(nodes), level_choice.model, dtype=object)])
        reasons = np.concatenate([reasons, np.full(len(nodes), level_choice.reason, dtype=object)])
    return pa.table(
        {
            "unique_id": pa.array(ids, pa.string()),
            "cutoff": pa.array([cutoff] * len(ids), pa.timestamp("us")),
            "model": pa.array(models, pa.string()),
            "reason": pa.array(reasons, pa.string()),
        },
        schema=MODEL_CHOICES,
    )
