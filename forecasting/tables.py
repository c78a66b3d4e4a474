"""The tables that leave this package, declared once as Arrow schemas, and the door they pass: `conform`.

`ds` and `cutoff` are always `timestamp[us]`; whoever stores them casts to a date where days are enough.
Columns that only a run knows (run_id, generated_at, model_version) are added where the tables are written.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.errors import TableMismatchError

TIMESTAMP = pa.timestamp("us")
TEXT = pa.string()
NUMBER = pa.float64()


def _table(nullable: Sequence[str] = (), **columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=name in nullable) for name, kind in columns.items()])


OBSERVATIONS = _table(unique_id=TEXT, ds=TIMESTAMP, y=NUMBER, nullable=["y"])
"""One row per series and period; a null `y` means: not observed."""

FORECASTS = _table(
    unique_id=TEXT, cutoff=TIMESTAMP, ds=TIMESTAMP, model=TEXT, h=pa.int32(), yhat=NUMBER, forecast_source=TEXT
)
"""One row per series, cutoff, period and model.

`forecast_source` is `model`, `baseline` where it fell back, or `cold_start` where peers spoke for a series without a
history of its own.
"""

FORECAST_QUANTILES = _table(
    unique_id=TEXT, cutoff=TIMESTAMP, ds=TIMESTAMP, model=TEXT, quantile_level=NUMBER, yhat=NUMBER
)
"""One row per series, cutoff, period, model and quantile level."""

BACKTEST_FORECASTS = _table(
    unique_id=TEXT,
    cutoff=TIMESTAMP,
    ds=TIMESTAMP,
    model=TEXT,
    h=pa.int32(),
    y=NUMBER,
    yhat=NUMBER,
    forecast_source=TEXT,
    nullable=["y"],
)
"""`FORECASTS` for past cutoffs, beside what happened; `y` is null where nothing was observed."""

BACKTEST_QUANTILES = FORECAST_QUANTILES
"""The same shape for past cutoffs."""

MODEL_CHOICES = _table(unique_id=TEXT, cutoff=TIMESTAMP, model=TEXT, reason=TEXT)
"""One row per series and cutoff: the model that serves it, and why."""

SERIES_FAILURES = _table(unique_id=TEXT, model=TEXT, cutoff=TIMESTAMP, reason=TEXT, fallback_model=TEXT)
"""One row per series, model and cutoff that could not be forecast as asked, and what stood in."""

FEATURE_IMPORTANCE = _table(feature=TEXT, gain=NUMBER, rank=pa.int32())
"""One row per feature of a global model; `gain` is the summed loss reduction, rank 1 is the largest."""

CONTRIBUTIONS = _table(unique_id=TEXT, cutoff=TIMESTAMP, ds=TIMESTAMP, model=TEXT, feature=TEXT, contribution=NUMBER)
"""One row per series, cutoff, period, model and item; in units of the target, the items of a forecast add up to it."""

BIAS_DECISIONS = _table(
    segment=TEXT,
    cutoff=TIMESTAMP,
    is_enabled=pa.bool_(),
    is_applied=pa.bool_(),
    kind=TEXT,
    amount=NUMBER,
    n_windows=pa.int32(),
    mean_bias=NUMBER,
    bias_before=NUMBER,
    bias_after=NUMBER,
    reason=TEXT,
    nullable=["kind", "amount", "mean_bias", "bias_before", "bias_after"],
)
"""One row per segment: whether its bias is proven to stay and could be, or is, taken out of what is served."""

TRIALS = _table(
    trial=pa.int32(),
    source=TEXT,
    tuning_window=TEXT,
    parameters=TEXT,
    wape=NUMBER,
    note=TEXT,
    is_chosen=pa.bool_(),
    nullable=["wape", "note"],
)
"""One row per trial of a tuning and window it was scored on; trial 0 are the fixed settings, `parameters` is JSON."""

TABLES: Mapping[str, pa.Schema] = {
    "observations": OBSERVATIONS,
    "forecasts": FORECASTS,
    "forecast_quantiles": FORECAST_QUANTILES,
    "backtest_forecasts": BACKTEST_FORECASTS,
    "backtest_quantiles": BACKTEST_QUANTILES,
    "model_choices": MODEL_CHOICES,
    "series_failures": SERIES_FAILURES,
    "feature_importance": FEATURE_IMPORTANCE,
    "contributions": CONTRIBUTIONS,
    "trials": TRIALS,
    "bias_decisions": BIAS_DECISIONS,
}


def conform(frame: pa.Table | pd.DataFrame | Mapping[str, object], schema: pa.Schema) -> pa.Table:
    """The same rows as an Arrow table of exactly this schema, in its column order.

    A null, NaN or infinite value in a column that is not nullable is refused: a forecast that is missing
    must not pass as a row. NaN in a nullable number becomes null.

    Raises:
        TableMismatchError: columns missing or unexpected, a type that cannot be cast, values not allowed.
    """
    table = _as_arrow(frame)
    missing = [name for name in schema.names if name not in table.column_names]
    unexpected = [name for name in table.column_names if name not in schema.names]
    if missing or unexpected:
        raise TableMismatchError(
            f"expected columns {schema.names}; missing {missing}, unexpected {unexpected}. "
            "Select and rename before calling conform()."
        )
    return pa.Table.from_arrays([_conform_column(table.column(f.name), f) for f in schema], schema=schema)


def empty(schema: pa.Schema) -> pa.Table:
    """A table of this schema without rows."""
    return schema.empty_table()


def _as_arrow(frame: pa.Table | pd.DataFrame | Mapping[str, object]) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame, preserve_index=False)
    return pa.table(dict(frame))


def _conform_column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    try:
        values = column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise TableMismatchError(
            f"column {field.name}: expected {field.type}, found {column.type} ({error}). Cast before calling conform()."
        ) from error
    if pa.types.is_floating(field.type):
        if field.nullable:
            return pc.if_else(pc.is_nan(values), pa.scalar(None, field.type), values)
        refused = values.null_count + int(np.count_nonzero(~np.isfinite(values.drop_null().to_numpy())))
    else:
        refused = 0 if field.nullable else values.null_count
    if refused:
        raise TableMismatchError(
            f"column {field.name}: expected a finite value in every row, found none in {refused} of {len(values)} "
            "rows. Fill or drop these rows before calling conform()."
        )
    return values
