import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from forecasting.errors import TableMismatchError
from forecasting.tables import BACKTEST_FORECASTS, FORECAST_QUANTILES, OBSERVATIONS, TABLES, conform, empty


def _quantile_rows(**changes):
    rows = {
        "unique_id": ["a", "b"],
        "cutoff": pd.to_datetime(["2024-01-31", "2024-01-31"]),
        "ds": pd.to_datetime(["2024-02-01", "2024-02-01"]),
        "model": ["naive", "naive"],
        "quantile_level": [0.5, 0.5],
        "yhat": [1.0, 2.0],
    }
    return pd.DataFrame(rows | changes)


def test_columns_come_out_in_the_declared_order_and_types():
    shuffled = _quantile_rows()[["yhat", "ds", "unique_id", "model", "quantile_level", "cutoff"]]
    assert conform(shuffled, FORECAST_QUANTILES).schema.equals(FORECAST_QUANTILES)


def test_missing_and_unexpected_columns_are_both_named():
    with pytest.raises(
        TableMismatchError, match=r"missing \['yhat'\], unexpected \['prediction'\]\. Select and rename"
    ):
        conform(_quantile_rows().rename(columns={"yhat": "prediction"}), FORECAST_QUANTILES)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_forecast_that_is_not_finite_does_not_leave(value):
    with pytest.raises(TableMismatchError, match=r"column yhat: expected a finite value in every row.*1 of 2"):
        conform(_quantile_rows(yhat=[1.0, value]), FORECAST_QUANTILES)


def test_a_series_without_a_name_does_not_leave():
    with pytest.raises(TableMismatchError, match="column unique_id"):
        conform(_quantile_rows(unique_id=["a", None]), FORECAST_QUANTILES)


def test_a_type_that_cannot_be_cast_is_named():
    with pytest.raises(TableMismatchError, match=r"column yhat: expected double, found string.*Cast before"):
        conform(_quantile_rows(yhat=["much", "little"]), FORECAST_QUANTILES)


def test_an_actual_that_is_not_known_is_null_not_nan():
    rows = {"unique_id": ["a"], "ds": pd.to_datetime(["2024-01-01"]), "y": [np.nan]}
    assert conform(rows, OBSERVATIONS).column("y").null_count == 1


def test_only_what_is_not_known_may_be_null():
    nullable = {(name, field.name) for name, schema in TABLES.items() for field in schema if field.nullable}
    unfinished = {("trials", "wape"), ("trials", "note")}
    untried = {("bias_decisions", name) for name in ("kind", "amount", "mean_bias", "bias_before", "bias_after")}
    assert nullable == {("observations", "y"), ("backtest_forecasts", "y")} | unfinished | untried


def test_times_are_microseconds_everywhere():
    times = {field.type for schema in TABLES.values() for field in schema if field.name in {"ds", "cutoff"}}
    assert times == {pa.timestamp("us")}


def test_an_empty_table_has_the_schema():
    assert empty(BACKTEST_FORECASTS).schema.equals(BACKTEST_FORECASTS)
    assert empty(BACKTEST_FORECASTS).num_rows == 0
