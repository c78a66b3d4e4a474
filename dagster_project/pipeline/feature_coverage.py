"""How much of each feature was there in the rows that a run forecast from."""

from __future__ import annotations

import pyarrow as pa

from dagster_project.pipeline.feature_loading import KEYS

FEATURE_COVERAGE = pa.schema([("feature", pa.string()), ("n_rows", pa.int64()), ("n_known", pa.int64())])


def feature_coverage(rows: pa.Table | None) -> pa.Table:
    """Rows and known values per feature; empty for a product without feature rows."""
    if rows is None:
        return FEATURE_COVERAGE.empty_table()
    names = [name for name in rows.column_names if name not in KEYS or name == "h"]
    return pa.table(
        {
            "feature": names,
            "n_rows": [rows.num_rows] * len(names),
            "n_known": [rows.num_rows - rows.column(name).null_count for name in names],
        },
        schema=FEATURE_COVERAGE,
    )
