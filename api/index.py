"""The index of one snapshot: every forecast as finished JSON, so that answering is joining bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from api.manifest import Manifest
from api.sql_json import json_object, json_value, quoted, text

POINT_COLUMNS = ("ds", "yhat", "yhat_lower", "yhat_upper")
WARNINGS = (
    (
        "FORECAST_FROM_BASELINE",
        "forecasts.forecast_source <> 'model'",
        "The model failed for this series; a baseline forecast is served.",
    ),
    (
        "SERIES_DISCONTINUED",
        "series.status = 'discontinued'",
        "The series has ended; nothing is expected of it.",
    ),
    ("SERIES_NEW", "series.status = 'new'", "The series has little history; its forecast leans on others."),
    ("NO_FORECAST", "forecasts.n_points is null", "No forecast of this series was published."),
)
QUANTILE_COLUMN = re.compile(r"q(\d\d)")
# yhat_lower and yhat_upper bound the central 80 % interval: the contract of marts.forecast_latest.
COVERAGE = 0.8


@dataclass(frozen=True, slots=True)
class Selection:
    """Which points of a forecast are asked for: the first `h`, those between two moments, some quantile levels."""

    h: int | None = None
    first: str | None = None
    last: str | None = None
    levels: tuple[str, ...] | None = None

    def is_everything(self, n_points: int) -> bool:
        """Whether a forecast of so many points is asked for as it was published."""
        return self.first is None and self.last is None and self.levels is None and (self.h or n_points) >= n_points

    def of(self, points: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The points that are asked for."""
        first, last = self.first or "", self.last or "~"
        kept = [point for point in points[: self.h] if _starts(point, first) >= first and _starts(point, last) <= last]
        if self.levels is not None:
            for point in kept:
                point["quantiles"] = {level: point["quantiles"][level] for level in self.levels}
        return kept


def _starts(point: dict[str, Any], like: str) -> str:
    """The beginning of a point's ds that is as exact as what it is compared with: a day covers all its hours."""
    return str(point["ds"][: len(like) or None])


@dataclass(frozen=True, slots=True)
class ForecastIndex:
    """The served forecasts of one snapshot, by series; row i of every array is the same series.

    `heads` end before the fields that depend on the moment (stale, stale_reason), `points` are JSON arrays, and `tails`
    hold the warnings. `levels` are the published quantile levels.
    """

    unique_ids: pa.Array
    row_of: Mapping[str, int]
    row_of_keys: Mapping[tuple[str | None, ...], int]
    heads: pa.Array
    points: pa.Array
    tails: pa.Array
    n_points: pa.Array
    is_stale: pa.Array
    forecast_sources: pa.Array
    model_versions: pa.Array
    levels: tuple[str, ...]
    horizon: int

    def __len__(self) -> int:
        return len(self.heads)

    def body(self, row: int, middle: bytes) -> bytes:
        """The whole answer for a series; `middle` says how fresh the snapshot is."""
        return b"".join((self.heads[row].as_py(), middle, self.points[row].as_py(), self.tails[row].as_py()))

    def selected_body(self, row: int, middle: bytes, selection: Selection) -> bytes | None:
        """The answer with fewer points or quantiles; None when no point is left."""
        points = selection.of(orjson.loads(self.points[row].as_py()))
        if not points and self.n_points[row].as_py():
            return None
        return b"".join((self.heads[row].as_py(), middle, orjson.dumps(points), self.tails[row].as_py()))


def build_index(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> ForecastIndex:
    """Read `marts.forecast_latest` and `marts.dim_series` into an index.

    DuckDB writes the JSON: 30,490 series of 28 days take about a second there, four in Python.

    Raises:
        duckdb.Error: a contracted table or column is missing, or the file is damaged.
    """
    forecast_types = column_types(connection, "marts.forecast_latest")
    series_types = column_types(connection, "marts.dim_series")
    levels = {_level(name): name for name in sorted(forecast_types) if QUANTILE_COLUMN.fullmatch(name)}
    table = connection.sql(_index_sql(manifest, forecast_types, series_types, levels)).to_arrow_table().combine_chunks()
    identifiers = table["unique_id"].to_pylist()
    keys = [table[f"key_of_{name}"].to_pylist() for name in manifest.product.keys]
    return ForecastIndex(
        unique_ids=_flat(table["unique_id"]),
        row_of={identifier: row for row, identifier in enumerate(identifiers)},
        row_of_keys=_unambiguous(zip(*keys, strict=True)),
        heads=_bytes(table["head"]),
        points=_bytes(table["points"]),
        tails=_bytes(table["tail"]),
        n_points=_flat(table["n_points"]),
        is_stale=_flat(table["is_stale"]),
        forecast_sources=_flat(table["forecast_source"]),
        model_versions=_flat(table["model_version"]),
        levels=tuple(levels),
        horizon=int(pc.max(table["n_points"]).as_py() or 0),
    )


def column_types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Type of each column of a published table, in its order; an unknown table raises `duckdb.Error`."""
    return {row[0]: row[1] for row in connection.execute(f"describe {quoted(table)}").fetchall()}


def _level(column: str) -> str:
    return f"{int(column[1:]) / 100:g}"


def _unambiguous(keys: Iterable[tuple[str | None, ...]]) -> dict[tuple[str | None, ...], int]:
    found: dict[tuple[str | None, ...], int] = {}
    repeated = set()
    for row, key in enumerate(keys):
        if key in found:
            repeated.add(key)
        found[key] = row
    return {key: row for key, row in found.items() if key not in repeated}


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _bytes(column: pa.ChunkedArray) -> pa.Array:
    # 32-bit offsets end at 2 GB: 400,000 series of 28 points would pass it.
    return _flat(column.cast(pa.large_binary()))


def _index_sql(
    manifest: Manifest, forecast_types: Mapping[str, str], series_types: Mapping[str, str], levels: Mapping[str, str]
) -> str:
    point = {name: json_value(quoted(name), forecast_types[name]) for name in POINT_COLUMNS}
    point["quantiles"] = json_object({level: json_value(quoted(column), "DOUBLE") for level, column in levels.items()})
    keys = {name: f"series.{quoted(name)}" for name in manifest.product.keys if name in series_types}
    head = {
        "product": text(manifest.product.name),
        "unique_id": "series.unique_id",
        "level": "series.level",
        "keys": json_object(keys),
        "freq": text(manifest.product.freq),
        "unit": "series.unit",
        "cutoff": json_value("forecasts.cutoff", forecast_types["cutoff"]),
        "model": "forecasts.model",
        "model_version": "forecasts.model_version",
        "forecast_source": "forecasts.forecast_source",
        "generated_at": json_value("forecasts.generated_at", forecast_types["generated_at"]),
        "snapshot_id": text(manifest.snapshot_id),
    }
    key_columns = ", ".join(f"{expression} as {quoted(f'key_of_{name}')}" for name, expression in keys.items())
    warnings = ", ".join(
        f"case when {condition} then [{json_object({'code': text(code), 'message': text(message)})}] end"
        for code, condition, message in WARNINGS
    )
    # The closing brace of the head comes with the tail.
    return f"""
        with forecasts as (
            select
                unique_id,
                to_json(list({json_object(point)} order by ds)) as points,
                cast(count(*) as integer) as n_points,
                arg_min(model, ds) as model,
                arg_min(model_version, ds) as model_version,
                coalesce(min(forecast_source) filter (where forecast_source <> 'model'), 'model') as forecast_source,
                max(cutoff) as cutoff,
                max(generated_at) as generated_at,
                bool_or(is_stale) as is_stale
            from marts.forecast_latest
            group by unique_id
        )
        select
            series.unique_id,
            {key_columns},
            cast(to_json({json_object(head)}) as varchar)[:-2] as head,
            coalesce(cast(forecasts.points as varchar), '[]') as points,
            ',"warnings":' || coalesce(cast(to_json(list_concat({warnings})) as varchar), '[]') || '}}' as tail,
            coalesce(forecasts.n_points, 0) as n_points,
            coalesce(forecasts.is_stale, false) as is_stale,
            coalesce(forecasts.forecast_source, 'none') as forecast_source,
            coalesce(forecasts.model_version, '') as model_version
        from marts.dim_series as series
        left join forecasts on series.unique_id = forecasts.unique_id
        order by series.unique_id
    """  # noqa: S608 - names come from the snapshot's own contract and are quoted
