"""Feature tables are the same bytes whatever the order of the rows and the number of threads."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd


def _many(marts: Any, copies: int) -> Any:
    """The marts with every series `copies` times, each with demand of its own that has no exact binary form.

    DuckDB hands its threads 122,880 rows at a time: less than that is never summed by two of them.
    """
    random = np.random.default_rng(7)

    def repeated(frame: pd.DataFrame) -> pd.DataFrame:
        parts = []
        for copy in range(copies):
            part = frame.assign(series_number=(frame["series_number"] + 10 * copy).astype(np.int32))
            parts.append(part.assign(unique_id=part["unique_id"] + f"_{copy}"))
        return pd.concat(parts, ignore_index=True)

    observations = repeated(marts.observations)
    # The sizes of the addends differ much: their sum then depends on its order.
    y = observations["y"] * random.lognormal(0, 2, len(observations)) / 3
    return type(marts)(observations.assign(y=y), repeated(marts.series), repeated(marts.drivers), marts.periods)


def _shuffled(marts: Any) -> Any:
    return type(marts)(
        *(
            frame.sample(frac=1, random_state=number).reset_index(drop=True)
            for number, frame in enumerate((marts.observations, marts.series, marts.drivers, marts.periods))
        )
    )


def _digests(connection: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, tuple[Any, ...] | None]:
    with connection:
        return {
            name: connection.execute(
                f"select count(*), sum(hash(rows)::hugeint)::varchar from features.{name} as rows"
            ).fetchone()
            for name in names
        }


def test_order_and_threads_change_no_byte_of_any_feature_table(daily: Any, daily_marts: Any) -> None:
    marts = _many(daily_marts, 80)
    assert len(marts.observations) > 122_880
    tables = sorted(name for name, (kind, _) in daily.statements.items() if kind == "table")
    alone = _digests(daily.build(marts, threads=1), tables)
    together = _digests(daily.build(_shuffled(marts), threads=3), tables)
    assert {name: found for name, found in together.items() if found != alone[name]} == {}
    assert alone["feature_targets"][0] > 10_000
