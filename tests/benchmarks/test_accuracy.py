"""From a warehouse to a result: who was chosen, what is scored, what is refused."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.accuracy import run_accuracy, scored
from benchmarks.child_process import Cost
from benchmarks.product_run import ProductRun
from benchmarks.result import completed
from benchmarks.scoring import point_scores
from benchmarks.task import AccuracyTask, ProtocolCheck
from dagster_project.errors import StepFailed, UsageError
from dagster_project.paths import ProductPaths

LEVELS = (0.1, 0.5, 0.9)


def task(windows, **settings):
    return AccuracyTask(
        **{
            "name": "store_item",
            "headline": "wape",
            "protocol": {"horizon": 2},
            "files": (),
            "prepare": lambda data, delivery, sample: None,
            "windows": lambda data, sample: windows,
            "score": point_scores(("wape",), season_length=1),
            **settings,
        }
    )


@pytest.fixture
def filled(warehouse, two_windows):
    """`good` misses by one everywhere, `seasonal_naive` by two; `good` is chosen from the first window on."""
    for window in two_windows:
        warehouse.say(window, "good", window.y + 1)
        warehouse.say(window, "seasonal_naive", window.y + 2)
        warehouse.choose(window, ["good", "good"])
    return warehouse


def test_every_model_is_scored_and_the_mean_is_over_the_windows(filled, two_windows):
    result = scored(task(two_windows), two_windows, filled.path, LEVELS)
    first, second = 4 / (3 + 4 + 20 + 20), 4 / (5 + 6 + 10 + 10)
    assert result["chosen"] == "good"
    assert result["metrics"]["good"]["wape"] == pytest.approx((first + second) / 2)
    assert result["metrics"]["seasonal_naive"]["wape"] == pytest.approx(first + second)
    assert [window["cutoff"] for window in result["windows"]] == ["2024-01-02", "2024-01-04"]
    assert result["windows"][1]["metrics"]["good"]["wape"] == pytest.approx(second)


def test_the_choice_is_the_one_before_the_first_scored_window(warehouse, two_windows):
    for window in two_windows:
        warehouse.say(window, "early", window.y + 3)
        warehouse.say(window, "late", window.y)
    warehouse.choose(two_windows[0], ["early", "early"])
    warehouse.choose(two_windows[1], ["late", "late"])
    result = scored(task(two_windows), two_windows, warehouse.path, LEVELS)
    assert result["chosen"] == "early"
    assert result["chosen_because"] == ["told so"]


def test_series_with_different_models_are_scored_as_selected(filled, two_windows, warehouse):
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("update forecasting.model_choices set model = 'seasonal_naive' where unique_id = 'b'")
    result = scored(task(two_windows), two_windows, filled.path, LEVELS)
    assert result["chosen"] == "selected"
    assert result["chosen_models"] == {"good": 1, "seasonal_naive": 1}
    expected = np.mean([(1 + 1 + 2 + 2) / window.y.sum() for window in two_windows])
    assert result["metrics"]["selected"]["wape"] == pytest.approx(expected)


def test_quantiles_are_scored_where_the_product_has_them(filled, two_windows):
    for level, offset in zip(LEVELS, (-1, 0, 1), strict=True):
        filled.say_quantile(two_windows[1], "good", level, two_windows[1].y + offset)
    result = scored(task(two_windows), two_windows, filled.path, LEVELS)
    assert "wql" not in result["windows"][0]["metrics"]["good"]
    assert result["metrics"]["good"]["wql"] == pytest.approx(4 * (0.2 + 0.2) / 31 / 3)
    assert result["metrics"]["good"]["coverage_80"] == 1.0


def test_quantiles_of_some_series_only_are_not_scored(filled, two_windows):
    for level in LEVELS:
        filled.say_quantile(two_windows[1], "good", level, np.where([[True], [False]], two_windows[1].y, np.nan))
    result = scored(task(two_windows), two_windows, filled.path, LEVELS)
    assert "wql" not in result["metrics"]["good"]
    assert "wape" in result["metrics"]["good"]


def test_a_forecast_of_the_live_cutoff_counts_like_a_backtest(warehouse, two_windows):
    last = two_windows[1:]
    warehouse.say(last[0], "good", last[0].y, table="forecasts")
    warehouse.choose(last[0], ["good", "good"])
    assert scored(task(last), last, warehouse.path, LEVELS)["metrics"]["good"]["wape"] == 0.0


def test_a_model_with_gaps_is_named_and_not_scored(filled, two_windows):
    gappy = two_windows[0].y.copy()
    gappy[0, 0] = np.nan
    filled.say(two_windows[0], "gappy", gappy)
    filled.say(two_windows[1], "gappy", two_windows[1].y)
    result = scored(task(two_windows), two_windows, filled.path, LEVELS)
    assert result["incomplete"] == {"gappy": 1}
    assert "gappy" not in result["metrics"]


def test_a_chosen_model_with_gaps_is_an_error(warehouse, two_windows):
    gappy = two_windows[0].y.copy()
    gappy[0, 0] = np.nan
    warehouse.say(two_windows[0], "gappy", gappy)
    warehouse.choose(two_windows[0], ["gappy", "gappy"])
    with pytest.raises(StepFailed, match=r"found 1 missing"):
        scored(task(two_windows), two_windows[:1], warehouse.path, LEVELS)


def test_a_cutoff_that_the_product_did_not_stand_in_is_an_error(filled, two_windows):
    from tests.benchmarks.conftest import daily_panel, window_at

    elsewhere = window_at(daily_panel(np.ones((2, 6))), 3, 2)
    with pytest.raises(StepFailed, match="forecasts made at 2024-01-03"):
        scored(task(two_windows), [elsewhere], filled.path, LEVELS)


def test_no_choice_before_the_scored_windows_is_an_error(warehouse, two_windows):
    warehouse.say(two_windows[0], "good", two_windows[0].y)
    with pytest.raises(StepFailed, match="n_calibration_windows"):
        scored(task(two_windows), two_windows[:1], warehouse.path, LEVELS)


def test_the_result_has_the_keys_of_the_interface_and_is_json(filled, two_windows, tmp_path, monkeypatch):
    def run_product(product, home, source):
        return ProductRun(ProductPaths(tmp_path, "x"), Cost(12.345, 20.0, 512.0), [{"step": "train"}], published=True)

    monkeypatch.setattr(accuracy, "run_product", run_product)
    monkeypatch.setattr(ProductRun, "warehouse", property(lambda self: filled.path))
    checked = ProtocolCheck("the truth", "wape", 0.0, lambda window: window.y)
    done = run_accuracy(
        task(two_windows, check=checked, published=lambda data: {"Other": {"wape": 0.5}}), None, tmp_path / "work"
    )
    result = json.loads(json.dumps(completed(done, "python -m benchmarks accuracy x")))
    for key in ("task", "protocol", "chosen", "metrics", "windows", "published", "wall_s", "cpu_s", "peak_rss_mb"):
        assert key in result, key
    assert result["wall_s"] == 12.35
    assert result["published"] == {"Other": {"wape": 0.5}}
    assert result["protocol"]["check"]["found"] == 0.0
    assert {"python", "code", "duckdb"} <= set(result["versions"])
    assert {"processor", "cores", "memory_gb"} <= set(result["machine"])
    assert str(tmp_path) not in json.dumps(result)


def test_a_protocol_that_is_not_the_published_one_stops_before_anything_runs(two_windows, tmp_path):
    checked = ProtocolCheck("the truth plus one", "wape", 0.0, lambda window: window.y + 1)
    with pytest.raises(StepFailed, match="which shows that the protocol is right; found 0"):
        run_accuracy(task(two_windows, check=checked), None, tmp_path)


def test_missing_data_are_named_with_what_to_do(two_windows):
    needs = task(two_windows, files=("rossmann/train.csv.gz", "rossmann/store.csv"))
    with pytest.raises(UsageError, match=r"neither --data-dir nor FORECAST_DATA_DIR.*--data-dir DIR"):
        needs.require_files(None)
    with pytest.raises(UsageError, match=r"no rossmann/train.csv.gz, rossmann/store.csv"):
        needs.require_files(Path("nowhere"))
