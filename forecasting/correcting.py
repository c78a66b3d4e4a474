"""Takes a proven bias out of what is served, cutoff by cutoff: each learns from the uncorrected ones before it."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

import pyarrow as pa

from forecasting.bias_correction import CORRECTED, BiasDecision, corrected, decide
from forecasting.levels import SERVED
from forecasting.panel import Texts
from forecasting.selection import Choice
from forecasting.serving import ServedCutoff
from forecasting.tables import BIAS_DECISIONS
from forecasting.task import ForecastTask
from forecasting.window_result import WindowResult


class BiasCorrector:
    """Sees the cutoffs of one panel, oldest first; without `task.bias_correction` it decides and changes nothing."""

    def __init__(self, task: ForecastTask) -> None:
        self._task = task
        self._windows: list[WindowResult] = []
        self._labels: list[Texts] = []

    def at(self, served: ServedCutoff, labels: Texts) -> ServedCutoff:
        """The cutoff with the corrections that were proven at it; series that their peers speak for are left alone."""
        bottom = served.bottom
        decisions = self.decisions(bottom.cutoff) if self._task.bias_correction else ()
        self._windows.append(replace(bottom, eligible=bottom.eligible & ~served.is_cold))
        self._labels.append(labels)
        if not self._task.bias_correction:
            return served
        yhat = corrected(bottom.yhat[SERVED], labels, decisions, allow_negative=self._task.allow_negative)
        yhat[served.is_cold] = bottom.yhat[SERVED][served.is_cold]
        models, reasons = served.models.copy(), served.reasons.copy()
        for decision in decisions:
            here = (labels == decision.segment) & bottom.eligible & ~served.is_cold
            if decision.is_enabled:
                words = f"bias of segment {decision.segment} {decision.reason}; before it, "
                reasons[here] = [words + str(model) for model in models[here]]
                models[here] = CORRECTED
        bottom = replace(bottom, yhat={SERVED: yhat})
        return replace(served, bottom=bottom, models=models, reasons=reasons, corrected=yhat)

    def decisions(self, cutoff: datetime | None = None) -> tuple[BiasDecision, ...]:
        """What becomes of the bias of each segment at a cutoff, from what was known there; None is after everything."""
        windows = [window if cutoff is None else window.known_until(cutoff) for window in self._windows]
        return decide(windows, self._labels, SERVED, allow_negative=self._task.allow_negative)

    def chosen(self, choices: Sequence[Choice]) -> tuple[Choice, ...]:
        """The choices after all windows, with the segments that are corrected."""
        if not self._task.bias_correction:
            return tuple(choices)
        proven = {item.segment: item for item in self.decisions() if item.is_enabled}
        return (
            *(choice for choice in choices if choice.segment not in proven),
            *(Choice(segment, CORRECTED, f"its bias {item.reason}") for segment, item in proven.items()),
        )

    def decision_rows(self, cutoff: datetime) -> pa.Table:
        """`BIAS_DECISIONS` of a cutoff after all windows."""
        is_applied = self._task.bias_correction
        rows = [
            {**asdict(item), "cutoff": cutoff, "is_applied": is_applied and item.is_enabled}
            for item in self.decisions()
        ]
        return pa.Table.from_pylist(rows, BIAS_DECISIONS)


def with_corrected(windows: Sequence[WindowResult], served: Sequence[ServedCutoff]) -> tuple[WindowResult, ...]:
    """The windows with the corrected forecasts as one more model, where there are any."""
    return tuple(
        window
        if cutoff.corrected is None
        else window.with_model(CORRECTED, cutoff.corrected, cutoff.bottom.fell_back[SERVED])
        for window, cutoff in zip(windows, served, strict=True)
    )
