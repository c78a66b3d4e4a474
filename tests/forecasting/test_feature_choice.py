import numpy as np
import pyarrow as pa

from forecasting.feature_choice import usable_features
from forecasting.feature_rows import FeatureSchema

DAY = np.datetime64("2024-01-01", "us")


def _rows(n_days: int) -> pa.Table:
    rng = np.random.default_rng(5)
    days = np.repeat(np.arange(n_days), 20)
    columns = {
        "ds": DAY + days * np.timedelta64(1, "D"),
        "n_history": days + 30.0,
        "day_of_year": days % 365 + 1.0,
        "month_of_year": days % 365 // 31 + 1.0,
        "year_sine": np.sin(2 * np.pi * days / 365),
        "rolling_mean_28": rng.gamma(2.0, 20.0, days.size),
        "adjusted_mean_28": rng.gamma(2.0, 20.0, days.size),
        "constant": np.ones(days.size),
        "late": np.where(days > n_days - 3, 1.0, np.nan),
    }
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def _names(n_days: int, **options) -> tuple[str, ...]:
    rows = _rows(n_days)
    names = tuple(name for name in rows.column_names if name != "ds")
    schema = FeatureSchema(names, tuple(str(rows.schema.field(name).type) for name in names))
    return usable_features(rows, schema, **{"has_zero_states": False} | options).names


def test_clocks_and_copies_of_the_day_of_the_year_are_left_out():
    assert _names(900) == (
        "day_of_year",
        "rolling_mean_28",
        "adjusted_mean_28",
        "constant",
        "late",
    )


def test_in_the_first_year_the_day_of_the_year_is_a_clock_as_well():
    assert "day_of_year" not in _names(300)


def test_plain_windows_count_closed_days_where_there_are_any():
    assert "rolling_mean_28" not in _names(900, has_zero_states=True)
    assert "adjusted_mean_28" in _names(900, has_zero_states=True)


def test_a_series_that_follows_time_keeps_its_only_feature():
    rows = _rows(300)
    schema = FeatureSchema(("n_history",), ("double",))
    assert usable_features(rows, schema, has_zero_states=False) == schema
