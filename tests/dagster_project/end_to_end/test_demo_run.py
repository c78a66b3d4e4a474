"""The demo product, from generated files to a published snapshot, as its user runs it: in a process of its own."""

import json
import subprocess
import sys

import duckdb
import pytest

pytestmark = [pytest.mark.xdist_group("demo_run"), pytest.mark.timeout(900)]


class Command:
    """`forecast --home HOME ...` in a fresh process."""

    def __init__(self, home):
        self.home = home

    def __call__(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "dagster_project.cli.main", "--home", str(self.home), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def forecast(tmp_path_factory):
    return Command(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def first_run(forecast):
    return json.loads(forecast("--json", "run"))


def test_every_row_received_is_accepted_cleaned_away_or_quarantined(first_run):
    parts = ("rows_accepted", "rows_dropped", "rows_quarantined")
    assert first_run["rows_received"] == sum(first_run[part] for part in parts)
    assert first_run["rows_dropped"] > 0
    assert first_run["rows_quarantined"] > 0


def test_the_served_model_beats_seasonal_naive(first_run):
    wape = {row["model"]: row["wape"] for row in first_run["models"]}
    assert wape["served"] < wape["seasonal_naive"]
    assert wape["lightgbm"] < wape["seasonal_naive"]


def test_every_active_series_is_published_to_the_horizon(forecast, first_run):
    with duckdb.connect(first_run["snapshot"]["file"], read_only=True) as snapshot:
        short = snapshot.execute(
            """
            select count(*) from (
                select series.unique_id, count(latest.ds) as periods
                from marts.dim_series as series
                left join marts.forecast_latest as latest on series.unique_id = latest.unique_id
                where series.level = 'bottom' and series.status in ('new', 'active')
                group by series.unique_id
            ) where periods <> 28
            """
        ).fetchone()[0]
        columns = [row[0] for row in snapshot.execute("describe marts.forecast_latest").fetchall()]
    assert short == 0
    assert {"store", "product", "yhat", "yhat_lower", "yhat_upper", "q10", "q50", "q90"} <= set(columns)
    assert not any(column.startswith(("key_", "driver_", "attribute_")) for column in columns)


def test_a_second_run_uses_the_finished_one_again_and_publishes_nothing_new(forecast, first_run):
    again = json.loads(forecast("--json", "run"))
    assert again["snapshot"] == first_run["snapshot"]
    assert again["models"] == first_run["models"]


def test_a_doctor_finds_everything_well(forecast, first_run):
    findings = json.loads(forecast("--json", "doctor"))
    assert all(item[""] == "ok" for item in findings), findings


def test_sql_reads_the_snapshot_and_cannot_write_it(forecast, first_run):
    rows = json.loads(forecast("--json", "query", "select count(*) as n from marts.forecast_latest"))
    assert rows == [{"n": first_run["forecast_rows"]}]
    forecast("query", "delete from marts.forecast_latest", code=2)


def test_a_wrong_column_is_refused_and_the_snapshot_stays(forecast, first_run, tmp_path):
    (tmp_path / "order_lines.csv").write_text("order,line\n1,2\n")
    forecast("run", "--from", str(tmp_path / "order_lines.csv"), code=1)
    served = json.loads(forecast("--json", "snapshots"))
    assert [row["snapshot_id"] for row in served if row["served"]] == [first_run["snapshot"]["snapshot_id"]]
