"""What the product said at one cutoff, read from its warehouse and laid out as matrices of series x steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dagster_project.errors import StepFailed, Where
from dagster_project.warehouse import Warehouse
from forecasting.panel import Floats, Texts

Times = npt.NDArray[np.datetime64]

# A delivery that ends at the scored cutoff is forecast live, one that goes on is backtested: the same columns.
POINTS = """
    select unique_id, ds::timestamp as ds, model, yhat
    from forecasting.backtest_forecasts
    where cutoff = $cutoff
    union all
    select unique_id, ds::timestamp as ds, model, yhat
    from forecasting.forecasts
    where cutoff = $cutoff
"""
QUANTILES = """
    select unique_id, ds::timestamp as ds, model, quantile_level, yhat
    from forecasting.backtest_quantiles
    where cutoff = $cutoff
    union all
    select unique_id, ds::timestamp as ds, model, quantile_level, yhat
    from forecasting.forecast_quantiles
    where cutoff = $cutoff
"""
CHOICES = "select unique_id, model, reason from forecasting.model_choices where cutoff = $cutoff"


@dataclass(frozen=True, eq=False)
class Predictions:
    """Forecasts of one cutoff, NaN where the product said nothing.

    `yhat` has shape (series, steps) per model, `quantiles` (series, steps, levels); `chosen` names, per series, the
    model that the product serves it with at this cutoff, `reasons` why.
    """

    cutoff: np.datetime64
    yhat: dict[str, Floats] = field(repr=False)
    quantiles: dict[str, Floats] = field(repr=False)
    chosen: Texts = field(repr=False)
    reasons: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """Who forecast, in alphabetical order."""
        return tuple(sorted(self.yhat))


def read_predictions(
    warehouse: Path, cutoff: np.datetime64, unique_ids: Texts, ds: Times, quantile_levels: Sequence[float]
) -> Predictions:
    """The forecasts of one cutoff for these series and periods; without `quantile_levels` those of points alone.

    Raises:
        StepFailed: the product forecast nothing at this cutoff.
    """
    with Warehouse(warehouse).connect(read_only=True) as connection:
        at = {"cutoff": cutoff.astype("datetime64[us]").item()}
        points, levels_of_points, choices = (
            connection.execute(sql, at).to_arrow_table() for sql in (POINTS, QUANTILES, CHOICES)
        )
    if points.num_rows == 0:
        raise StepFailed(
            expected=f"forecasts made at {np.datetime_as_string(cutoff, unit='m')}",
            found="none",
            do="The windows of the product do not meet the protocol; see feature_cutoffs, and the warehouse's log.",
            where=Where(file=warehouse.name),
        )
    ids, times = pa.array(unique_ids, pa.string()), pa.array(ds.astype("datetime64[us]"))
    shape = (len(unique_ids), len(ds))
    yhat = {model: _matrix(rows, ids, times, shape) for model, rows in _by_model(points)}
    quantiles = {
        model: np.stack([_matrix(_at_level(rows, level), ids, times, shape) for level in quantile_levels], axis=-1)
        for model, rows in _by_model(levels_of_points)
        if quantile_levels
    }
    chosen = np.full(len(unique_ids), None, dtype=object)
    row = pc.index_in(choices["unique_id"].cast(pa.string()), value_set=ids)
    known = pc.is_valid(row).to_numpy()
    chosen[row.drop_null().to_numpy()] = np.array(choices["model"].to_pylist(), dtype=object)[known]
    return Predictions(cutoff, yhat, quantiles, chosen, tuple(sorted(set(choices["reason"].to_pylist()))))


def _by_model(rows: pa.Table) -> list[tuple[str, pa.Table]]:
    models = sorted(pc.unique(rows["model"]).to_pylist())
    return [(model, rows.filter(pc.equal(rows["model"], model))) for model in models]


def _at_level(rows: pa.Table, level: float) -> pa.Table:
    return rows.filter(pc.less(pc.abs(pc.subtract(rows["quantile_level"], level)), 1e-9))


def _matrix(rows: pa.Table, ids: pa.Array, times: pa.Array, shape: tuple[int, int]) -> Floats:
    series = pc.fill_null(pc.index_in(rows["unique_id"].cast(pa.string()), value_set=ids), -1).to_numpy()
    step = pc.fill_null(pc.index_in(rows["ds"].cast(pa.timestamp("us")), value_set=times), -1).to_numpy()
    inside = (series >= 0) & (step >= 0)
    matrix = np.full(shape, np.nan)
    matrix[series[inside], step[inside]] = rows["yhat"].to_numpy()[inside]
    return matrix
