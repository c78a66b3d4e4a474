"""The measuring itself: costs of process trees, medians, ratios, and the load on an API."""

import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.child_process import Cost, run_child, run_measured
from benchmarks.children import baselines as baseline_child
from benchmarks.children.reconcile import m5_hierarchy
from benchmarks.children.reconcile import main as reconcile_once
from benchmarks.generated import Retail
from benchmarks.peers import environment
from benchmarks.peers.mlforecast_peer import lightgbm_parameters
from benchmarks.product_run import one_row_per_step
from benchmarks.result import completed
from benchmarks.speed import CASES
from benchmarks.speed.api import Call, _load
from benchmarks.speed.case import case_result, median_of
from benchmarks.speed.equal_accuracy import Attempt, time_ratio
from benchmarks.speed.own_run import lightgbm_settings
from dagster_project.errors import StepFailed

GRANDCHILD = """
import subprocess, sys
block = bytearray(60 * 2**20)
code = "b = bytearray(80 * 2**20); s = 0\\nfor i in range(3_000_000): s += i\\nimport time; time.sleep(0.4)"
subprocess.run([sys.executable, "-c", code], check=True)
print("done")
"""


def test_memory_and_cpu_of_grandchildren_count(tmp_path):
    finished = run_measured([sys.executable, "-c", GRANDCHILD], tmp_path / "log")
    assert finished.exit_code == 0
    assert finished.output == "done\n"
    assert finished.cost.peak_rss_mb > 60 + 80
    assert finished.cost.cpu_s > 0.05
    assert finished.cost.wall_s > 0.4


def test_every_library_gets_two_threads(tmp_path):
    code = "import os; print(os.environ['OMP_NUM_THREADS'], len(os.sched_getaffinity(0)) <= 2)"
    assert run_measured([sys.executable, "-c", code], tmp_path / "log").output == "2 True\n"


def test_a_failed_child_shows_the_end_of_its_output(tmp_path):
    with pytest.raises(StepFailed, match=r"(?s)exit code 1.*No module named"):
        run_child("benchmarks.no_such_module", [], tmp_path)


def test_the_median_run_is_one_run_and_not_a_mixture():
    runs = [Cost(3.0, 1.0, 30.0), Cost(1.0, 9.0, 10.0), Cost(2.0, 5.0, 90.0)]
    assert median_of(runs) == Cost(2.0, 5.0, 90.0)


def test_a_step_that_ran_in_parts_is_one_step():
    part = {"step": "dbt_marts", "wall_s": 1.0, "cpu_s": 2.0, "peak_rss_mb": 300.0, "rows_out": None}
    other = {"step": "train", "wall_s": 5.0, "cpu_s": 8.0, "peak_rss_mb": 100.0, "rows_out": 7}
    merged = one_row_per_step([part, other, {**part, "peak_rss_mb": 400.0}])
    assert merged == [{**part, "wall_s": 2.0, "cpu_s": 4.0, "peak_rss_mb": 400.0}, other]


def test_equal_accuracy_counts_the_fastest_run_that_is_as_accurate():
    def attempt(error, seconds):
        return Attempt("", error, Cost(seconds, seconds, 1.0))

    theirs = [attempt(0.20, 10.0), attempt(0.15, 60.0)]
    ours = [attempt(0.18, 2.0), attempt(0.15, 6.0), attempt(0.14, 9.0)]
    assert time_ratio(ours, theirs) == pytest.approx(10.0)
    assert time_ratio(ours[:1], theirs) != time_ratio(ours[:1], theirs), "never reached is no ratio"


def test_a_result_of_a_case_has_the_keys_of_the_interface():
    made = case_result(
        "x", {"n": 1}, {"ours": {"wall_s": 1.0, "wape": float("nan")}}, Cost(1.0, 2.0, 3.0), {"speed": 2.0}
    )
    result = json.loads(json.dumps(completed(made, "python -m benchmarks speed x")))
    assert result["metrics"]["ours"] == {"wall_s": 1.0, "wape": None}
    assert result["ratios"] == {"speed": 2.0}
    assert result["command"] == "python -m benchmarks speed x"
    assert {"wall_s", "cpu_s", "peak_rss_mb", "versions", "machine"} <= set(result)


def test_all_cases_of_the_interface_are_there():
    expected = {"features", "baselines", "scale", "backtest", "reconcile", "same_work", "equal_accuracy", "api"}
    assert expected <= set(CASES)


def test_the_hierarchy_has_the_twelve_levels_of_m5():
    hierarchy = m5_hierarchy(Retail())
    assert len(hierarchy.bottom_ids) == 30_490
    assert len(hierarchy.node_ids) + len(hierarchy.bottom_ids) == 42_840


def test_the_reconciliation_child_finds_agreeing_sums(tmp_path):
    reconcile_once(21, tmp_path / "answer.json")
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["reconcile"]["largest_disagreement"] < 1e-6
    assert answer["reconcile"]["smallest_forecast"] >= 0


def test_there_are_five_baselines():
    assert len(set(baseline_child.BASELINES)) == 5


def test_both_sides_of_the_same_work_get_the_same_trees():
    ours = lightgbm_settings()
    theirs = lightgbm_parameters(ours, n_trees=400)
    assert theirs["n_estimators"] == 400
    assert theirs["learning_rate"] == ours["learning_rate"]
    assert theirs["num_leaves"] == ours["num_leaves"]
    assert theirs["max_bin"] == ours["max_bin"]
    assert theirs["n_jobs"] == 2


class OneInFourIsMissing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(404 if self.path.endswith("3") else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def test_the_load_counts_what_failed():
    server = ThreadingHTTPServer(("127.0.0.1", 0), OneInFourIsMissing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    figures = _load(server.server_port, [Call("GET", f"/{number % 4}") for number in range(40)])
    server.shutdown()
    server.server_close()
    assert figures["failed"] == 10
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    assert figures["requests_per_s"] > 0


def test_the_peer_is_locked_with_hashes_and_names_no_address():
    lock = (Path(environment.__file__).parent / "mlforecast.lock").read_text()
    for name, version in environment.peer_versions("mlforecast").items():
        assert re.search(rf"^{name}=={re.escape(version)} \\\n\s+--hash=sha256:", lock, flags=re.MULTILINE), name
    assert not re.search(r"https?://|--index-url|--find-links", lock)


def test_the_environment_of_a_peer_lives_outside_the_repository(monkeypatch, tmp_path, root):
    monkeypatch.delenv(environment.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert environment.cache_folder() == tmp_path / "forecast-benchmarks"
    assert root not in environment.cache_folder().parents


def test_a_peer_that_cannot_be_installed_is_an_error_with_advice(monkeypatch, tmp_path):
    def pip_without_an_index(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found for mlforecast")

    monkeypatch.setenv(environment.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(environment.subprocess, "run", pip_without_an_index)
    with pytest.raises(StepFailed, match=r"No matching distribution.*Give pip a package index"):
        environment.peer_python("mlforecast")


def test_a_finished_environment_is_used_again(monkeypatch, tmp_path):
    monkeypatch.setenv(environment.CACHE_VARIABLE, str(tmp_path))
    calls = []

    def run(command, **_):
        calls.append(command)
        folder = next((Path(part) for part in command if part.startswith(str(tmp_path)) and "bin" not in part), None)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(environment.subprocess, "run", run)
    assert environment.peer_python("mlforecast") == environment.peer_python("mlforecast")
    assert len(calls) == 2, "made once: the environment, then its packages"
    assert "--require-hashes" in calls[1]
