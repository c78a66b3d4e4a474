"""Two products of the same deliveries, one as known then and one of the latest truth, through the command line.

Between two cutoffs of the backtest a delivery doubles eight days of one shop and tells the history of another for the
first time: exactly what these touch differs, at exactly the cutoffs before that delivery.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml

from tests.dagster_project.ingest.shop import tidy_settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FIRST, LAST = dt.date.fromisoformat("2025-01-01"), dt.date.fromisoformat("2025-04-30")
# The evenings before which each delivery ends, at one in the night.
DELIVERED = [dt.date.fromisoformat(f"2025-{day}") for day in ("04-12", "04-20", "05-01")]
DOUBLED = [dt.date.fromisoformat("2025-04-01") + dt.timedelta(days=number) for number in range(8)]
LATE_FROM = dt.date.fromisoformat("2025-03-01")
# Of the windows the first is for calibration.
CUTOFFS = [LAST - dt.timedelta(days=7 * number) for number in (4, 3, 2, 1)]
BEFORE = [cutoff for cutoff in CUTOFFS if cutoff < DELIVERED[1]]
MODELS = ["naive", "seasonal_naive", "moving_average"]


def _forecast(home: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli.main", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env=os.environ | {"FORECAST_PRODUCT": ""},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _deliveries(home: Path) -> list[Path]:
    """Each holds the whole history: the second one corrects shop b and is the first to know shop late."""
    days = [FIRST + dt.timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    random = np.random.default_rng(11)
    week = np.array([1.0, 0.9, 1.0, 1.1, 1.4, 1.8, 0.6])
    sold = {
        shop: random.poisson(level * week[[day.weekday() for day in days]])
        for shop, level in (("a", 30), ("b", 50), ("c", 80), ("late", 40))
    }
    files = []
    for number, delivered in enumerate(DELIVERED):
        lines = ["date,shop,sold"]
        for shop, values in sold.items():
            for day, value in zip(days, values, strict=True):
                if day >= delivered or (shop == "late" and (number == 0 or day < LATE_FROM)):
                    continue
                is_doubled = number > 0 and shop == "b" and day in DOUBLED
                lines.append(f"{day},{shop},{2 * value if is_doubled else value}")
        file = home / f"sales_{number}.csv"
        file.write_text("\n".join(lines) + "\n")
        files.append(file)
    return files


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The working warehouse of each mode."""
    home = tmp_path_factory.mktemp("known_then")
    files = _deliveries(home)
    found = {}
    for name, as_known_then in (("then", True), ("latest", False)):
        settings = tidy_settings(name=name, drivers=[], data={"as_known_then": as_known_then})
        settings["tidy"].pop("drivers")
        settings |= {
            "models": {"candidates": MODELS},
            "backtest": {"n_windows": 3, "n_calibration_windows": 1, "step_size": 7},
            "features": {"origin_step": 1, "n_origins": 60, "horizons_per_origin": 2},
        }
        (home / f"{name}.yml").write_text(yaml.safe_dump(settings))
        for file, delivered in zip(files, DELIVERED, strict=True):
            at = ("--as-of", f"{delivered}T01:00:00")
            _forecast(home, "--product", f"{name}.yml", "ingest", "--from", str(file), *at)
        _forecast(home, "--product", f"{name}.yml", "run")
        found[name] = home / name / "warehouse.duckdb"
    return found


def _different(warehouses: dict[str, Path], columns: str, relation: str) -> list[tuple]:
    """Rows of either mode that the other does not have in the same way."""
    found = {}
    for name, path in warehouses.items():
        with duckdb.connect(str(path), read_only=True) as connection:
            found[name] = Counter(connection.execute(f"select {columns} from {relation}").fetchall())
    return sorted([*(found["then"] - found["latest"]).elements(), *(found["latest"] - found["then"]).elements()])


def test_a_correction_moves_the_backtests_that_stand_on_what_it_corrected(warehouses: dict[str, Path]) -> None:
    relation = "marts.fct_backtest_forecasts where level = 'bottom' and model = 'seasonal_naive'"
    different = _different(warehouses, "unique_id, cutoff, ds, yhat", relation)

    of_b = {(cutoff, ds) for shop, cutoff, ds, _ in different if shop == "b"}
    stands_on = {cutoff: [ds for ds in DOUBLED if cutoff - dt.timedelta(days=7) < ds <= cutoff] for cutoff in BEFORE}
    week = dt.timedelta(days=7)
    assert of_b == {(cutoff, ds + week) for cutoff, days in stands_on.items() for ds in days}
    assert {shop for shop, *_ in different} == {"b", "late"}
    assert {cutoff for _, cutoff, *_ in different} <= set(BEFORE)


def test_a_shop_that_was_told_later_has_the_life_that_was_known(warehouses: dict[str, Path]) -> None:
    different = _different(warehouses, "unique_id, cutoff, n_observations, is_forecast", "marts.fct_series_eligibility")

    # Days that no earlier delivery had covered count from their own evening, older ones from the delivery that told them.
    then = {cutoff: max((cutoff - DELIVERED[0]).days + 1, 0) for cutoff in BEFORE}
    expected = [("late", cutoff, count, count > 0) for cutoff, count in then.items()]
    expected += [("late", cutoff, (cutoff - LATE_FROM).days + 1, True) for cutoff in BEFORE]
    assert different == sorted(expected)


def test_features_differ_at_the_cutoffs_at_which_other_numbers_were_known(warehouses: dict[str, Path]) -> None:
    different = _different(warehouses, "unique_id, cutoff, lag_1", "features.features")

    known = dt.date.fromisoformat("2025-04-20")
    of_b = {cutoff for shop, cutoff, _ in different if shop == "b"}
    of_late = {cutoff for shop, cutoff, _ in different if shop == "late"}
    assert of_b == set(DOUBLED)
    assert of_late
    assert max(of_late) < known
    assert {shop for shop, *_ in different} == {"b", "late"}


def test_what_is_said_about_the_future_is_the_same(warehouses: dict[str, Path]) -> None:
    relation = f"forecasting.forecasts where cutoff = '{LAST}' and model = any({MODELS})"

    assert _different(warehouses, "unique_id, ds, model, yhat", relation) == []
    with duckdb.connect(str(warehouses["then"]), read_only=True) as connection:
        counted = connection.execute(f"select count(*) from {relation}").fetchone()
    assert counted
    assert counted[0] >= 4 * 7 * len(MODELS)
