"""Why a forecast is what it is: the items that add up to it, small enough to be stored for many forecasts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.feature_rows import floats
from forecasting.tables import CONTRIBUTIONS

BASELINE, OTHER, ADJUSTMENT = "baseline", "other", "adjustment"
"""What a row without features would get; all features beyond the largest ones; what was changed after the model, such
as a negative forecast cut to zero or a forecast made to agree with the levels above it."""

MEMBER = "member_"
"""Stands before the name of another member of an ensemble whose trees are explained."""

# A change of a forecast below this share of it is rounding.
_ROUNDING = 1e-9


def rows_to_explain(rows: pa.Table, unique_ids: pa.Array, max_rows: int) -> pa.Table:
    """At most `max_rows` feature rows of these series: the same steps of all, spread evenly over the horizon.

    More series than rows: the first step of every k-th series, in order of `unique_id`.
    """
    rows = rows.filter(_is_one_of(rows, unique_ids))
    if max_rows < 1 or rows.num_rows == 0:
        return rows.slice(0, 0)
    series = np.sort(rows.column("unique_id").cast(pa.string()).unique().to_numpy(zero_copy_only=False))
    steps = np.unique(floats(rows, "h"))
    if len(series) > max_rows:
        series, steps = series[:: -(-len(series) // max_rows)], steps[:1]
    n_steps = min(len(steps), max_rows // len(series))
    kept = steps[np.unique(np.round(np.linspace(0, len(steps) - 1, n_steps)).astype(int))]
    chosen = np.isin(floats(rows, "h"), kept) & _is_one_of(rows, series).to_numpy()
    return rows.filter(pa.array(chosen))


def _is_one_of(rows: pa.Table, unique_ids: npt.ArrayLike) -> pa.ChunkedArray:
    return pc.is_in(rows.column("unique_id").cast(pa.string()), pa.array(unique_ids, pa.string()))


def contribution_table(
    rows: pa.Table, contributions: pa.Table, forecasts: pa.Table, *, model: str, n_features: int
) -> pa.Table:
    """`CONTRIBUTIONS` of the forecasts in `forecasts` (`FORECASTS`) that are the model's own.

    `contributions` has one row per row of `rows`, as `TrainedModel.contributions` gives it. Each forecast gets its
    baseline, its `n_features` largest features, the others together, and the adjustment where there was one.
    """
    names = np.array([name for name in contributions.column_names if name not in {BASELINE, "yhat"}], dtype=object)
    yhat = _published(rows, forecasts, model)
    answered = np.flatnonzero(np.isfinite(yhat))
    values = np.column_stack([floats(contributions, str(name)) for name in names])[answered]
    n_kept = min(n_features, len(names))
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :n_kept]
    largest = np.take_along_axis(values, order, axis=1)
    baseline = floats(contributions, BASELINE)[answered]
    other = values.sum(axis=1) - largest.sum(axis=1)
    adjustment = yhat[answered] - baseline - largest.sum(axis=1) - other
    adjustment[np.abs(adjustment) <= _ROUNDING * np.maximum(np.abs(yhat[answered]), 1.0)] = 0.0
    items = np.column_stack([largest, other, baseline, adjustment])
    labels = np.column_stack(
        [names[order], *(np.full(len(answered), text, object) for text in (OTHER, BASELINE, ADJUSTMENT))]
    )
    kept = items != 0.0
    kept[:, -2] = True  # a forecast always has its baseline, so that none is without a row
    position = np.nonzero(kept)[0]
    keys = rows.select(["unique_id", "cutoff", "ds"]).take(pa.array(answered[position]))
    return pa.table(
        {
            "unique_id": pc.cast(keys.column("unique_id"), pa.string()),
            "cutoff": pc.cast(keys.column("cutoff"), pa.timestamp("us")),
            "ds": pc.cast(keys.column("ds"), pa.timestamp("us")),
            "model": pa.array([model] * len(position), pa.string()),
            "feature": pa.array(labels[kept], pa.string()),
            "contribution": items[kept],
        },
        schema=CONTRIBUTIONS,
    )


def within_ensemble(
    rows: pa.Table, contributions: pa.Table, weights: pa.Table, forecasts: Mapping[str, pa.Table], *, explained: str
) -> pa.Table:
    """What adds up to the ensemble's forecasts, given what adds up to those of its member `explained`: that, weighted.

    Every other member with a weight is an item of its own, `member_` and its name: its forecast times its weight.
    `weights` has `unique_id` and a column per member, `forecasts` the `FORECASTS` of each member.
    """
    series = pc.index_in(
        rows.column("unique_id").cast(pa.string()), value_set=weights.column("unique_id").combine_chunks()
    ).to_numpy()
    items = {
        name: floats(contributions, name) * floats(weights, explained)[series] for name in contributions.column_names
    }
    for member in forecasts:
        if member != explained:
            yhat = _forecast_of(rows, forecasts[member])
            weight = floats(weights, member)[series]
            # What has no weight has no say, whether it answered or not.
            items[f"{MEMBER}{member}"] = np.where(weight > 0, weight * yhat, 0.0)
    return pa.table(items)


def _published(rows: pa.Table, forecasts: pa.Table, model: str) -> npt.NDArray[np.float64]:
    """The forecast of every row as it leaves the run; NaN where the model did not answer itself."""
    own = forecasts.filter(
        pc.and_(pc.equal(forecasts.column("model"), model), pc.equal(forecasts.column("forecast_source"), "model"))
    )
    return _forecast_of(rows, own)


def _forecast_of(rows: pa.Table, forecasts: pa.Table) -> npt.NDArray[np.float64]:
    keys = pa.table(
        {
            "unique_id": pc.cast(rows.column("unique_id"), pa.string()),
            "ds": pc.cast(rows.column("ds"), pa.timestamp("us")),
            "position": np.arange(rows.num_rows),
        }
    )
    joined = keys.join(forecasts.select(["unique_id", "ds", "yhat"]), ["unique_id", "ds"]).sort_by("position")
    return floats(joined, "yhat")
