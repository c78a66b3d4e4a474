"""The feature models of the dbt project, compiled once per product and run on small generated marts.

dbt compiles; DuckDB runs the compiled statements. So one product's SQL can be run on many versions of its data.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

DAILY: dict[str, Any] = {
    "freq": "D",
    "ds_type": "date",
    "season_length": 7,
    "season_lengths": [7, 364],
    "horizon": 14,
    "keys": ["store", "item"],
    "key_slots": ["store", "item", "key_3", "key_4"],
    "driver_slots": ["promo", "price", "visitors", *[f"driver_{slot:02d}" for slot in range(4, 17)]],
    "driver_kinds": ["binary", *["numeric"] * 15],
    "drivers_known_ahead": ["promo", "price"],
    "attribute_slots": ["region", "size", *[f"attribute_{slot}" for slot in range(3, 9)]],
    "attribute_kinds": ["categorical", "numeric", *["categorical"] * 6],
    "n_windows": 2,
    "step_size": 14,
    "n_calibration_windows": 1,
    "origin_step": 7,
    "n_origins": 10,
    "horizons_per_origin": 4,
    "windows": [7, 14, 28, 56, 91, 182],
    "timezone": "UTC",
    "cutoff": "",
}
WEEKLY: dict[str, Any] = {
    **DAILY,
    "freq": "W-SUN",
    "season_length": 52,
    "season_lengths": [52],
    "horizon": 4,
    "step_size": 4,
    "origin_step": 1,
    "n_windows": 1,
    "n_calibration_windows": 0,
    "n_origins": 3,
    "windows": [2, 8, 12, 26, 39, 52],
}
HOURLY: dict[str, Any] = {
    **DAILY,
    "freq": "h",
    "ds_type": "timestamp",
    "season_length": 24,
    "season_lengths": [24, 168],
    "horizon": 6,
    "step_size": 6,
    "origin_step": 6,
    "n_windows": 1,
    "n_calibration_windows": 0,
    "n_origins": 2,
    "windows": [3, 6, 12, 24, 48, 72],
    "timezone": "Europe/Madrid",
}


@dataclass(frozen=True)
class Marts:
    """The tables of schema marts that features are built from, as frames."""

    observations: pd.DataFrame
    series: pd.DataFrame
    drivers: pd.DataFrame
    periods: pd.DataFrame
    # `fct_observation_versions`, which only products read that ask what was known then.
    versions: pd.DataFrame | None = None

    def with_observations(self, **columns: Any) -> "Marts":
        """The same marts with columns of the observations replaced."""
        return replace(self, observations=self.observations.assign(**columns))

    def with_drivers(self, **columns: Any) -> "Marts":
        """The same marts with columns of the drivers replaced."""
        return replace(self, drivers=self.drivers.assign(**columns))


@dataclass(frozen=True)
class FeatureModels:
    """Compiled SQL of every feature model, in the order in which they depend on one another."""

    variables: Mapping[str, Any]
    statements: Mapping[str, tuple[str, str]]
    specification: Path
    folder: Path
    runs: list[int] = field(default_factory=list)

    def build(self, marts: Marts, *, threads: int = 2) -> duckdb.DuckDBPyConnection:
        """A warehouse with all feature tables of these marts."""
        self.runs.append(1)
        folder = self.folder / str(len(self.runs))
        folder.mkdir()
        connection = duckdb.connect(str(folder / "warehouse.duckdb"))
        connection.execute(f"set threads = {threads}; set timezone = 'UTC'")
        for schema in ("marts", "features"):
            connection.execute(f"create schema {schema}")
        for name, frame in {
            "fct_observations": marts.observations,
            "dim_series": marts.series,
            "fct_drivers": marts.drivers,
            "dim_periods": marts.periods,
            **({} if marts.versions is None else {"fct_observation_versions": marts.versions}),
        }.items():
            connection.register("given", frame)
            connection.execute(f"create table marts.{name} as select * from given")
            connection.unregister("given")
        for table, column in (("fct_observations", "ds"), ("dim_periods", "ds"), ("fct_drivers", "ds")):
            connection.execute(f"alter table marts.{table} alter {column} type {self.variables['ds_type']}")
        for column in ("first_ds", "last_ds"):
            connection.execute(f"alter table marts.dim_series alter {column} type {self.variables['ds_type']}")
        connection.execute(
            f"create table features.feature_specification as from read_csv('{self.specification}', header = true)"
        )
        for name, (kind, sql) in self.statements.items():
            connection.execute(f"create {kind} features.{name} as {sql}")
        return connection

    def rows(self, marts: Marts, *, threads: int = 2) -> pd.DataFrame:
        """The feature rows of these marts, in the order of series, cutoff and ds."""
        with self.build(marts, threads=threads) as connection:
            return connection.execute("from features.features order by series_number, cutoff, ds").df()


@pytest.fixture(scope="session")
def compile_features(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], FeatureModels]:
    """Compile the feature models for a product's variables; once per set of variables."""
    compiled: dict[str, FeatureModels] = {}

    def compile_once(variables: dict[str, Any]) -> FeatureModels:
        key = json.dumps(variables, sort_keys=True)
        if key not in compiled:
            compiled[key] = _compile(root, tmp_path_factory.mktemp("features"), variables)
        return compiled[key]

    return compile_once


def _compile(root: Path, folder: Path, variables: dict[str, Any]) -> FeatureModels:
    environment = {
        **os.environ,
        "WAREHOUSE_PATH": str(folder / "warehouse.duckdb"),
        "DBT_PROFILES_DIR": str(root / "profiles"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    command = [sys.executable, "-m", "dbt.cli.main", "compile", "--quiet", "--select", "path:../models_sql/features"]
    command += ["--no-introspect", "--vars", json.dumps(variables), "--project-dir", str(root / "dbt_project")]
    done = subprocess.run(
        command, env=environment, cwd=root / "dbt_project", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((folder / "target" / "manifest.json").read_text())
    models = {key: node for key, node in manifest["nodes"].items() if node["schema"] == "features"}
    # What nodes observed is no feature: it needs the hierarchy, which these marts do not have.
    models = {
        key: node
        for key, node in models.items()
        if node["resource_type"] == "model" and node["name"] != "feature_former_nodes"
    }
    statements: dict[str, tuple[str, str]] = {}
    waiting = dict(sorted(models.items()))
    while waiting:
        ready = [key for key, node in waiting.items() if not set(node["depends_on"]["nodes"]) & set(waiting)]
        for key in ready:
            node = waiting.pop(key)
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            statements[node["name"]] = (kind, node["compiled_code"])
    runs = folder / "runs"
    runs.mkdir()
    return FeatureModels(variables, statements, root / "dbt_project" / "seeds" / "feature_specification.csv", runs)


@pytest.fixture(scope="session")
def daily(compile_features: Callable[[dict[str, Any]], FeatureModels]) -> FeatureModels:
    """A daily product with two keys, a binary and a numeric driver known ahead, and one known for the past only."""
    return compile_features(DAILY)


@pytest.fixture(scope="session")
def daily_marts() -> Marts:
    """Six uneven series over 500 days: a late start, an early end, stock-outs, imputed days, negative and zero demand."""
    random = np.random.default_rng(20260101)
    first_day = np.datetime64("2023-01-02")
    n_days, horizon = 500, 14
    lives = {1: (0, 500), 2: (0, 500), 3: (310, 500), 4: (0, 430), 5: (60, 500), 6: (485, 500)}
    observations = []
    for number, (start, end) in lives.items():
        days = np.arange(start, end)
        level = 5.0 * number
        y = np.round(level * (1 + 0.3 * np.sin(days * 0.9)) * random.uniform(0.2, 2.0, len(days)), 2)
        y[random.random(len(days)) < 0.25] = 0.0
        if number == 2:
            y = y - 6.0
        observations.append(
            pd.DataFrame(
                {
                    "unique_id": f"s{number}",
                    "series_number": np.int32(number),
                    "ds": first_day + days,
                    "y": y,
                    "is_imputed": random.random(len(days)) < 0.03,
                    "is_stockout": random.random(len(days)) < 0.05,
                }
            )
        )
    frame = pd.concat(observations, ignore_index=True)
    frame["period_index"] = frame["ds"].to_numpy().astype("datetime64[D]").astype(np.int32)
    # The last day of every product is a real one.
    frame.loc[frame["ds"] == frame["ds"].max(), ["is_imputed", "is_stockout"]] = False
    return Marts(
        frame, _series(frame), _drivers(lives, first_day, n_days + horizon, random), _periods(first_day, n_days)
    )


def _series(observations: pd.DataFrame) -> pd.DataFrame:
    life = observations.groupby(["unique_id", "series_number"])["ds"].agg(["min", "max"]).reset_index()
    number = life["series_number"].to_numpy()
    texts = dict.fromkeys(("key_3", "key_4", *[f"attribute_{slot}" for slot in range(3, 9)]), pd.NA)
    return pd.DataFrame(
        {
            "unique_id": life["unique_id"],
            "series_number": number.astype(np.int32),
            "level": "bottom",
            "store": np.where(number <= 3, "north", "south"),
            "item": [f"item {n % 3}" for n in number],
            "region": np.where(number % 2 == 0, "even", "odd"),
            "size": [str(10.5 * n) for n in number],
            "first_ds": life["min"],
            "last_ds": life["max"],
            **texts,
        }
    ).astype(dict.fromkeys(texts, "string"))


def _drivers(
    lives: Mapping[int, tuple[int, int]], first_day: np.datetime64, n_days: int, random: np.random.Generator
) -> pd.DataFrame:
    frames = []
    for number, (start, _) in lives.items():
        days = first_day + np.arange(start, n_days)
        frames.append(
            pd.DataFrame(
                {
                    "unique_id": f"s{number}",
                    "series_number": np.int32(number),
                    "ds": days,
                    "period_index": days.astype("datetime64[D]").astype(np.int32),
                    "promo": (random.random(len(days)) < 0.4).astype(float),
                    "price": np.round(random.uniform(1, 3, len(days)), 2),
                    "visitors": random.integers(0, 100, len(days)).astype(float),
                    **{f"driver_{slot:02d}": np.full(len(days), np.nan) for slot in range(4, 17)},
                    "known_at": np.full(len(days), np.datetime64("NaT"), dtype="datetime64[us]"),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _periods(first_day: np.datetime64, n_days: int) -> pd.DataFrame:
    days = pd.DatetimeIndex(first_day + np.arange(-30, n_days + 60))
    return calendar_of(days, days.to_numpy().astype("datetime64[D]").astype(np.int32))


def calendar_of(local: pd.DatetimeIndex, period_index: np.ndarray, ds: pd.DatetimeIndex | None = None) -> pd.DataFrame:
    """`dim_periods` of these local starts, with Christmas and May Day as holidays."""
    holiday = pd.Series(pd.NA, index=range(len(local)), dtype="string")
    holiday[(local.month == 12) & (local.day == 25)] = "Christmas"
    holiday[(local.month == 5) & (local.day == 1)] = "May Day"
    days = pd.Series(local.normalize())
    holidays = pd.Series(sorted({day for day, name in zip(days, holiday, strict=True) if not pd.isna(name)}))
    until = [min(((h - day).days for h in holidays if h >= day), default=None) for day in days]
    since = [min(((day - h).days for h in holidays if h <= day), default=None) for day in days]
    return pd.DataFrame(
        {
            "ds": local if ds is None else ds,
            "period_index": period_index,
            "local_start": local,
            "hour_of_day": local.hour.astype(np.int32),
            "minute_of_hour": local.minute.astype(np.int32),
            "day_of_week": (local.dayofweek + 1).astype(np.int32),
            "day_of_month": local.day.astype(np.int32),
            "day_of_year": local.dayofyear.astype(np.int32),
            "iso_week": local.isocalendar().week.to_numpy().astype(np.int32),
            "month_of_year": local.month.astype(np.int32),
            "quarter_of_year": local.quarter.astype(np.int32),
            "is_holiday": holiday.notna().to_numpy(),
            "holiday_name": holiday,
            "is_school_holiday": local.month == 8,
            "days_since_holiday": pd.Series(since, dtype="Int32"),
            "days_until_holiday": pd.Series(until, dtype="Int32"),
            "is_close_period": local.day <= 3,
            "is_payday": local.day == 25,
            "n_business_days": ((local.dayofweek < 5) & holiday.isna().to_numpy()).astype(np.int32),
            "n_holidays": holiday.notna().to_numpy().astype(np.int32),
        }
    )


@pytest.fixture(scope="session")
def weekly(compile_features: Callable[[dict[str, Any]], FeatureModels]) -> FeatureModels:
    """A weekly product, weeks ending on Sunday."""
    return compile_features(WEEKLY)


@pytest.fixture(scope="session")
def hourly(compile_features: Callable[[dict[str, Any]], FeatureModels]) -> FeatureModels:
    """An hourly product on the clock of Madrid."""
    return compile_features(HOURLY)


@pytest.fixture(scope="session")
def one_series() -> Callable[..., Marts]:
    """Marts of a single series without drivers: `ds` with their period numbers, and what happened."""

    def marts(ds: pd.DatetimeIndex, period_index: np.ndarray, y: np.ndarray, calendar: pd.DataFrame) -> Marts:
        observations = pd.DataFrame(
            {
                "unique_id": "s1",
                "series_number": np.int32(1),
                "ds": ds,
                "y": y.astype(float),
                "is_imputed": False,
                "is_stockout": False,
                "period_index": period_index.astype(np.int32),
            }
        )
        drivers = _drivers({1: (0, 1)}, np.datetime64("2000-01-01"), 1, np.random.default_rng(0)).iloc[:0]
        return Marts(observations, _series(observations), drivers, calendar)

    return marts


@pytest.fixture(scope="session")
def calendar() -> Callable[..., pd.DataFrame]:
    """`dim_periods` of local starts and their period numbers."""
    return calendar_of
