"""A trained global model: what predicts, explains itself and can be stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forecasting.feature_rows import FeatureSchema
from forecasting.target_scaling import TargetScaling
from forecasting.zero_states import ZeroState, in_zero_state

Floats = NDArray[np.float64]

MEMBER_BORDER = "\n\n===== next member =====\n\n"
"""Stands between the members of a model in its text."""


@dataclass(frozen=True)
class TrainedModel:
    """A global model that has seen the rows up to `cutoff`; only this can predict.

    `model_text` holds its members in LightGBM's own text format. Their answers are averaged before the link function
    and the scaling are undone, so that what the members contribute still adds up. `typical` is the median of each
    feature that was never missing in training.
    """

    model_text: str
    schema: FeatureSchema
    scaling: TargetScaling
    cutoff: datetime
    horizon: int
    allow_negative: bool
    n_rows: int
    n_series: int
    zero_states: tuple[ZeroState, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    num_threads: int = 2
    typical: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def _members(self) -> tuple[lgb.Booster, ...]:
        return tuple(lgb.Booster(model_str=text) for text in self.model_text.split(MEMBER_BORDER))

    def predict(self, rows: pa.Table) -> Floats:
        """One forecast per row, in units of the target."""
        level = self.scaling.level(rows)
        yhat = self._from_link(self._mean_of_members(self._model_input(rows, level), raw_score=True), level)
        yhat[in_zero_state(rows, self.zero_states)] = 0.0
        return yhat if self.allow_negative else np.maximum(yhat, 0.0)

    def contributions(self, rows: pa.Table) -> pa.Table:
        """How much each feature moved each forecast away from what a row without features would get.

        Columns: `baseline`, one per feature, `yhat`; per row `baseline` + all features = `yhat`, in target units.
        Shapley values add up in the model's own space; the logarithmic mean of Ang (2005) carries them over a log
        link without a remainder. Clipping at zero is left out, so `yhat` may be below the published forecast. In a
        state in which nothing ever happens everything is zero.
        """
        level = self.scaling.level(rows)
        shapley = self._mean_of_members(self._model_input(rows, level), pred_contrib=True)
        total = shapley.sum(axis=1)
        baseline = self._from_link(shapley[:, -1], level)
        yhat = self._from_link(total, level)
        moved = total - shapley[:, -1]
        nothing_moved = np.abs(moved) < 1e-12
        per_unit = np.where(nothing_moved, 0.0, (yhat - baseline) / np.where(nothing_moved, 1.0, moved))
        answer = np.column_stack([baseline, shapley[:, :-1] * per_unit[:, None], yhat])
        answer[in_zero_state(rows, self.zero_states)] = 0.0
        names = ("baseline", *self.scaling.model_features(self.schema), "yhat")
        return pa.table({name: answer[:, i] for i, name in enumerate(names)})

    def importance(self) -> pa.Table:
        """Gain of each feature, with its rank: columns `feature`, `gain`, `rank` (1 is the most important).

        `gain` is the share of all gain, in thousandths: members with losses of their own have gains of their own size.
        """
        gains = [np.asarray(member.feature_importance("gain"), dtype=np.float64) for member in self._members]
        shares = [gain / gain.sum() if gain.sum() > 0 else gain for gain in gains]
        gain = 1000.0 * np.mean(shares, axis=0)
        features = self.scaling.model_features(self.schema)
        order = np.lexsort((np.array(features), -gain))
        names = [features[i] for i in order]
        ranks = pa.array(range(1, len(names) + 1), pa.int32())
        return pa.table({"feature": names, "gain": gain[order], "rank": ranks})

    def _model_input(self, rows: pa.Table, level: Floats) -> pa.Table:
        """What the members are given.

        LightGBM reads a missing value as zero where training had none: for the size of a window a collapse of demand.
        Stores that had been closed for months were forecast at twice their demand. The median says nothing instead.
        """
        block = self.scaling.model_input(rows, self.schema, level)
        for position, name in enumerate(block.column_names):
            if name in self.typical:
                column = block.column(name)
                missing = pc.is_null(column, nan_is_null=True)
                if pc.any(missing).as_py():
                    typical = pa.scalar(self.typical[name], column.type)
                    block = block.set_column(position, name, pc.if_else(missing, typical, column))
        return block

    def _mean_of_members(self, block: pa.Table, **options: bool) -> Floats:
        answers = [
            np.asarray(member.predict(block, num_threads=self.num_threads, **options)) for member in self._members
        ]
        return np.asarray(np.mean(answers, axis=0), dtype=np.float64)

    def _from_link(self, raw: Floats, level: Floats) -> Floats:
        has_log_link = self.scaling.objective in ("poisson", "tweedie")
        return self.scaling.from_model(np.exp(raw) if has_log_link else raw, level)
