"""One series looked up at the newest cutoff has the very values that the history of features holds for it."""

from pathlib import Path

import numpy as np
import pandas as pd

from dagster_project.pipeline.feature_loading import WarehouseFeatures
from dagster_project.warehouse import Warehouse
from tests.features.conftest import DAILY, Marts


def many_series(marts: Marts, n_series: int) -> Marts:
    """The series of the marts again and again, each copy with a name and a level of its own."""
    old = marts.series
    n_copies = -(-n_series // len(old))

    def copies(frame: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for copy in range(n_copies):
            part = frame.assign(
                unique_id=[f"{name}#{copy}" for name in frame["unique_id"]],
                series_number=frame["series_number"] + copy * int(old["series_number"].max()),
            )
            parts.append(part.assign(y=part["y"] * (copy + 1)) if "y" in part else part)
        return pd.concat(parts, ignore_index=True)

    return Marts(copies(marts.observations), copies(old), copies(marts.drivers), marts.periods)


def test_a_hundred_random_series_are_looked_up_as_history_has_them(compile_features, daily_marts):
    models = compile_features(DAILY)
    marts = many_series(daily_marts, 120)
    with models.build(marts) as connection:
        path = Path(connection.execute("select path from duckdb_databases() where not internal").fetchone()[0])
        names = connection.execute("select feature from features.feature_columns where is_used").df()["feature"]
        history = (
            connection.execute(
                "from features.features where cutoff = (select max(cutoff) from features.features) order by series_number, h"
            )
            .to_arrow_table()
            .to_pandas()
        )
    chosen = np.random.default_rng(92).choice(sorted(history["unique_id"].unique()), size=100, replace=False).tolist()
    features = WarehouseFeatures(Warehouse(path), tuple(sorted(names)))
    found = features.latest(chosen).to_pandas()
    expected = history[history["unique_id"].isin(chosen)].reset_index(drop=True)
    assert found["unique_id"].nunique() == 100
    assert len(found) == 100 * DAILY["horizon"]
    pd.testing.assert_frame_equal(found, expected[list(found.columns)], check_dtype=False)
    everything = features.forecast_rows(history["cutoff"].max()).to_pandas()
    same = everything[everything["unique_id"].isin(chosen)].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, same.astype({"unique_id": object}))
