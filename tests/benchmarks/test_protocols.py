"""On the real files every protocol reproduces a score that others published."""

import duckdb
import numpy as np
import pytest

from benchmarks.tasks import TASKS
from benchmarks.tasks.rossmann import ROSSMANN_1D

REAL = sorted(set(TASKS) - {"scale"})


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_the_published_score_of_a_known_forecast_is_found_again(name, data_dir):
    task = TASKS[name]
    windows = task.windows(task.require_files(data_dir), None)
    assert task.check.verify(windows, task.score)["found"] == pytest.approx(
        task.check.expected, abs=task.check.tolerance
    )


@pytest.mark.real_data
def test_rossmann_stands_in_the_windows_of_fev_bench(data_dir):
    windows = ROSSMANN_1D.windows(data_dir, None)
    assert str(windows[0].cutoff)[:10] == "2014-04-07"
    assert str(windows[-1].cutoff)[:10] == "2015-06-13"
    assert {window.y.shape for window in windows} == {(1115, 48)}
    assert (np.diff([window.past.end for window in windows]) == 48).all()


@pytest.mark.real_data
def test_published_scores_are_those_of_the_same_task(data_dir):
    published = TASKS["rossmann_1d"].published(data_dir)
    assert published["Seasonal Naive"]["wape"] == pytest.approx(0.269245196, abs=1e-9)
    assert published["TabPFN-TS"]["wape"] == pytest.approx(0.0998, abs=5e-5)
    assert TASKS["tourism"].published(data_dir)["AutoETS"]["wape"] == pytest.approx(0.0970, abs=5e-5)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["rossmann_42d", "store_item", "m4_hourly", "m4_weekly", "tourism"])
def test_a_delivery_holds_nothing_of_the_scored_window(name, data_dir, tmp_path):
    task = TASKS[name]
    sample = 3
    task.prepare(data_dir, tmp_path, sample)
    window = task.windows(data_dir, sample)[0 if name != "tourism" else -1]
    file = next(file for file in tmp_path.iterdir() if file.name.startswith(("train", "observations")))
    column = {"rossmann_42d": "Date", "store_item": "date", "tourism": "quarter"}.get(name, "ds")
    source = f"read_csv('{file}')" if ".csv" in file.name else f"'{file}'"
    last = duckdb.sql(f"select max({column})::timestamp from {source}").fetchone()[0]
    end = window.cutoff.astype("datetime64[us]").item()
    if name == "tourism":
        assert last > end, "tourism is backtested: the delivery goes on"
    else:
        assert last == end
