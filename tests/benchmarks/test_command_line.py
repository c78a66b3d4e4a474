"""`python -m benchmarks`: what it prints, where it writes, and how it refuses."""

import io
import json

import pytest
from rich.console import Console

import benchmarks.__main__ as command_line
from benchmarks.result import completed
from benchmarks.table import print_accuracy
from benchmarks.tasks import TASKS
from dagster_project.errors import StepFailed

RESULT = {
    "task": "m4_weekly",
    "protocol": {"headline": "owa", "n_series": 359},
    "chosen": "lightgbm",
    "metrics": {"seasonal_naive": {"smape": 16.0, "owa": 1.9}, "lightgbm": {"smape": 9.0, "owa": 0.8}},
    "windows": [{"cutoff": "2020-12-27", "metrics": {}}],
    "published": {
        **{f"entry {number}": {"owa": 0.7 + number / 100} for number in range(9)},
        "sNaive": {"owa": 1.0},
    },
    "wall_s": 1.0,
    "cpu_s": 2.0,
    "peak_rss_mb": 3.0,
}


def printed(result):
    console = Console(width=120, record=True, file=io.StringIO())
    print_accuracy(result, console)
    return console.export_text().splitlines()


def test_the_table_is_sorted_by_the_headline_with_published_scores_between():
    lines = printed(RESULT)
    models = [line.split("  ")[0].strip() for line in lines[2:-1]]
    assert models.index("entry 0") < models.index("lightgbm") < models.index("sNaive") < models.index("seasonal_naive")
    assert "entry 8" not in models, "only the best published scores and the naive ones are shown"
    assert lines[1].split()[:2] == ["model", "owa"]


def test_the_table_marks_what_was_chosen_and_the_baseline():
    lines = "\n".join(printed(RESULT))
    assert "chosen" in next(line for line in lines.splitlines() if line.startswith("lightgbm"))
    assert "baseline" in next(line for line in lines.splitlines() if line.startswith("seasonal_naive"))


def test_the_result_goes_to_the_file_or_to_standard_output(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command_line, "run_accuracy", lambda task, data, folder, series: dict(RESULT))
    assert command_line.main(["accuracy", "m4_weekly", "--out", str(tmp_path / "a" / "result.json")]) == 0
    written = json.loads((tmp_path / "a" / "result.json").read_text())
    assert written["chosen"] == "lightgbm"
    assert written["command"] == "python -m benchmarks accuracy m4_weekly"
    assert capsys.readouterr().out == ""
    assert command_line.main(["accuracy", "m4_weekly", "--series", "5"]) == 0
    assert json.loads(capsys.readouterr().out)["command"].endswith("m4_weekly --series 5")


def test_all_writes_one_file_per_task_and_goes_on_after_a_failure(monkeypatch, tmp_path, capsys):
    def run(task, data, folder, series):
        task.require_files(data)
        return {**RESULT, "task": task.name}

    monkeypatch.setattr(command_line, "run_accuracy", run)
    monkeypatch.setattr(command_line, "run_unseen", lambda folder: {**RESULT, "task": "unseen"})
    monkeypatch.setattr(command_line, "CASES", {})
    assert command_line.main(["all", "--data-dir", str(tmp_path), "--out", str(tmp_path / "results")]) == 2
    assert sorted(file.name for file in (tmp_path / "results").iterdir()) == ["scale.json", "unseen.json"]
    told = capsys.readouterr().err
    assert "rossmann_1d" in told
    assert "train.csv.gz" in told


def test_missing_data_are_exit_code_two_with_advice(monkeypatch, capsys):
    monkeypatch.delenv("FORECAST_DATA_DIR", raising=False)
    assert command_line.main(["accuracy", "tourism"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "tourism_small/data.csv" in told
    assert "--data-dir DIR" in told


def test_an_unknown_task_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(["accuracy", "m5"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert [name for name in TASKS if name not in told] == []


def test_a_chosen_model_without_metrics_cannot_be_written():

    with pytest.raises(StepFailed, match="metrics of the chosen model 'theta'"):
        completed({**RESULT, "chosen": "theta"}, "x")
