"""What a published snapshot promises: which schemas it holds, and columns and keys of the tables readers rely on.

Columns may be added freely. A column or table that is renamed or dropped here is a new `SCHEMA_VERSION`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

SCHEMA_VERSION = "1"
SERVING_SCHEMAS = ("marts", "registry", "monitoring", "compat")
ESSENTIAL_TABLES = ("marts.dim_series", "marts.forecast_latest")

# Working tables have a fixed number of slots; a product with two keys leaves key_3 and key_4 empty.
PADDING_COLUMN = re.compile(r"key_\d|driver_\d\d|attribute_\d")

# When something was made, or what it cost: different in every run, and no part of what a snapshot says.
MADE_AT_COLUMNS = frozenset({"generated_at", "checked_at", "measured_at", "published_at"})
MEASURED_TABLES = frozenset({"monitoring.run_cost"})


@dataclass(frozen=True, slots=True)
class TableContract:
    """Columns that a table must have, and the columns that identify a row."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    never_null: tuple[str, ...] = ()


CONTRACTS: dict[str, TableContract] = {
    "marts.dim_series": TableContract(
        columns=("unique_id", "level", "parent_id", "first_ds", "last_ds", "status", "demand_class", "unit"),
        key=("unique_id",),
        never_null=("unique_id",),
    ),
    "marts.fct_observations": TableContract(
        columns=("unique_id", "ds", "y", "is_imputed", "is_stockout", "is_outlier", "known_at"),
        key=("unique_id", "ds"),
        never_null=("unique_id", "ds"),
    ),
    "marts.bridge_hierarchy": TableContract(
        columns=("node_id", "level", "unique_id"), key=("node_id", "unique_id"), never_null=("node_id", "unique_id")
    ),
    "marts.fct_node_observations": TableContract(
        columns=("unique_id", "ds", "y", "n_series", "known_at"),
        key=("unique_id", "ds"),
        never_null=("unique_id", "ds", "y"),
    ),
    "marts.forecast_exclusions": TableContract(
        columns=("unique_id", "cutoff", "status", "reason"), key=("unique_id",), never_null=("unique_id", "reason")
    ),
    "marts.fct_forecasts": TableContract(
        columns=(
            "unique_id",
            "cutoff",
            "ds",
            "model",
            "yhat",
            "forecast_source",
            "model_version",
            "run_id",
            "generated_at",
            "stage",
        ),
        key=("unique_id", "cutoff", "ds", "model"),
        never_null=("yhat",),
    ),
    "marts.fct_forecast_quantiles": TableContract(
        columns=("unique_id", "cutoff", "ds", "model", "quantile_level", "yhat"),
        key=("unique_id", "cutoff", "ds", "model", "quantile_level"),
        never_null=("quantile_level", "yhat"),
    ),
    "marts.forecast_latest": TableContract(
        columns=(
            "unique_id",
            "ds",
            "yhat",
            "yhat_lower",
            "yhat_upper",
            "q10",
            "q50",
            "q90",
            "model",
            "model_version",
            "forecast_source",
            "cutoff",
            "generated_at",
            "is_stale",
        ),
        key=("unique_id", "ds"),
        never_null=("unique_id", "ds", "yhat", "model", "forecast_source", "cutoff"),
    ),
    "marts.fct_backtest_forecasts": TableContract(
        columns=("unique_id", "cutoff", "ds", "model", "h", "y", "yhat"),
        key=("unique_id", "cutoff", "ds", "model"),
        never_null=("yhat",),
    ),
    "marts.fct_backtest_metrics": TableContract(
        columns=("model", "cutoff", "segment_name", "segment_value", "h_bucket", "metric", "value", "n"),
        key=("model", "cutoff", "segment_name", "segment_value", "h_bucket", "metric"),
    ),
    "marts.fct_accuracy": TableContract(
        columns=("model", "window", "segment_name", "segment_value", "metric", "value", "n"),
        key=("model", "window", "segment_name", "segment_value", "metric"),
    ),
    "registry.model_versions": TableContract(columns=("model_version", "model"), key=("model_version",)),
}


def is_padding(column: str, own_names: Collection[str]) -> bool:
    """Whether the column is an unused slot, and not a name that the product itself uses.

    >>> is_padding("key_4", own_names=["store"]), is_padding("store", own_names=["store"])
    (True, False)
    """
    return PADDING_COLUMN.fullmatch(column) is not None and column not in own_names
