"""The demo product, from generated files to a published snapshot, as its user runs it: in a process of its own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import duckdb
import pytest
from dagster import AssetKey, DagsterEventType

from dagster_project.instance import instance_of
from tests.dagster_project.reports.report_reader import ReportReader

pytestmark = pytest.mark.timeout(900)


class Command:
    """`forecast --home HOME ...` in a fresh process."""

    def __init__(self, home, **environment):
        self.home = home
        self.environment = {**os.environ, **environment}

    def __call__(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "dagster_project.cli.main", "--home", str(self.home), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
        assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


LAUNCH = """
mutation Launch($job: String!) {
  launchRun(executionParams: {
    selector: {repositoryLocationName: "demo", repositoryName: "__repository__", jobName: $job}, runConfigData: {}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
STATUS = "query Status($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"


@contextlib.contextmanager
def operator_interface(home):
    """`forecast dagster` on a free port, ended with all its processes; asks it over GraphQL, as its own pages do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dagster_project.cli.main", "--home", str(home), "dagster", "--port", str(port)]

    def ask(query, **variables):
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            found = json.loads(answer.read())
        assert "errors" not in found, found
        return found["data"]

    with (
        (home / "dagster.log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as server,
    ):
        try:
            deadline = time.monotonic() + 240
            while True:
                try:
                    locations = ask("{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }")
                    entries = locations["workspaceOrError"]["locationEntries"]
                    if entries and all(entry["loadStatus"] == "LOADED" for entry in entries):
                        break
                except OSError:
                    pass
                assert server.poll() is None, (home / "dagster.log").read_text()[-3000:]
                assert time.monotonic() < deadline, (home / "dagster.log").read_text()[-3000:]
                time.sleep(1)
            yield ask
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(timeout=30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


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


def test_published_forecasts_add_up_at_every_level(first_run):
    with duckdb.connect(first_run["snapshot"]["file"], read_only=True) as snapshot:
        largest, nodes = snapshot.execute(
            """
            with sums as (
                select members.node_id, latest.ds, sum(latest.yhat) as yhat
                from marts.forecast_latest as latest
                inner join marts.bridge_hierarchy as members on latest.unique_id = members.unique_id
                where latest.level = 'bottom'
                group by members.node_id, latest.ds
            )
            select max(abs(sums.yhat - coalesce(latest.yhat, 1e9))), count(distinct sums.node_id)
            from sums
            left join marts.forecast_latest as latest on sums.node_id = latest.unique_id and sums.ds = latest.ds
            """
        ).fetchone()
    assert largest < 1e-6
    assert nodes > 20


def test_accuracy_is_told_for_every_level_before_and_after(first_run):
    levels = {row["level"]: row for row in first_run["levels"]}
    assert set(levels) == {"bottom", "total", "department", "category", "region", "region/category", "store"}
    for level, row in levels.items():
        assert row["reconciled"] > 0
        assert row["served"] > 0
        assert (row["bottom_up"] is None) == (level == "bottom")
    assert levels["total"]["served"] < levels["store"]["served"] < levels["bottom"]["served"]
    assert "windows" in first_run["level_choice"]


def test_discontinued_series_are_excluded_with_a_reason(first_run):
    with duckdb.connect(first_run["snapshot"]["file"], read_only=True) as snapshot:
        excluded = snapshot.execute("select unique_id, reason from marts.forecast_exclusions order by all").fetchall()
        discontinued = snapshot.execute(
            "select unique_id from marts.dim_series where level = 'bottom' and status = 'discontinued' order by all"
        ).fetchall()
        served = snapshot.execute("select distinct unique_id from marts.forecast_latest").fetchall()
    assert [name for name, _ in excluded] == [name for (name,) in discontinued] != []
    assert all(reason.startswith("discontinued: ") for _, reason in excluded)
    assert not {name for name, _ in excluded} & {name for (name,) in served}


def test_the_lineage_goes_from_features_to_raw_snapshots_without_a_null(forecast, first_run):
    rows = json.loads(forecast("--json", "query", "select * from monitoring.data_lineage"))
    assert None not in {value for row in rows for value in row.values()}
    assert {row["raw_table"] for row in rows} >= {"demo_shop.order_lines", "demo_shop.stores", "calendar.holidays"}
    (version,) = json.loads(forecast("--json", "data", "versions"))
    assert {row["features_version"] for row in rows} == {version["features"]}
    assert {row["clean_version"] for row in rows} == {version["clean"]}


def test_rows_that_a_test_found_are_kept_with_the_run_and_its_owner_was_told(forecast, first_run):
    found = json.loads(
        forecast(
            "--json",
            "query",
            "--working",
            "select distinct failed.run_id, failed.test_name, failed.tested, failed.failed_row "
            "from forecasting.failed_rows as failed inner join forecasting.live_run as live using (run_id)",
        )
    )
    # One store of the generated shop is silent on a day shortly before the cutoff.
    gaps = [row for row in found if row["test_name"].startswith("recent_feed_gap")]
    assert {row["tested"] for row in gaps} == {"feed_gaps"}
    assert json.loads(gaps[0]["failed_row"])["key_name"] == "store"
    told = (forecast.home / "demo/alerts/team_retail-data.jsonl").read_text().splitlines()
    assert "test_recent_feed_gap" in {json.loads(line)["rule_id"] for line in told}


def dbt_commands(home):
    """When each dbt command of the product wrote its results: another one makes another entry."""
    return {path: path.stat().st_mtime_ns for path in (home / "demo" / "dbt_target").rglob("run_results.json")}


def checks_of_runs(home):
    """The outcomes of every asset check, per run of the whole job, oldest first."""
    with instance_of(home) as instance:
        runs = sorted(instance.get_run_records(), key=lambda record: record.create_timestamp)
        return [
            {
                (event.asset_check_evaluation_data.asset_key, event.asset_check_evaluation_data.check_name): (
                    event.asset_check_evaluation_data.passed
                )
                for record in instance.get_records_for_run(
                    run.dagster_run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION
                ).records
                for event in [record.event_log_entry.dagster_event]
            }
            for run in runs
        ]


def test_a_second_run_builds_nothing_and_publishes_nothing_new(forecast, first_run):
    before = dbt_commands(forecast.home)
    again = json.loads(forecast("--json", "run"))
    assert again["snapshot"] == first_run["snapshot"]
    assert again["models"] == first_run["models"]
    assert dbt_commands(forecast.home) == before
    first, second = checks_of_runs(forecast.home)[-2:]
    assert second == first
    assert len(first) > 40


@pytest.mark.slow
def test_another_machine_publishes_the_same_bytes(first_run, tmp_path):
    """Another time zone and another number of threads; a day later is another `generated_at`, which is no table's."""
    elsewhere = Command(tmp_path, TZ="Asia/Tokyo", FORECAST_THREADS="3", FORECAST_DBT_THREADS="1")
    again = json.loads(elsewhere("--json", "run"))
    assert again["snapshot"]["snapshot_id"] == first_run["snapshot"]["snapshot_id"]
    assert again["models"] == first_run["models"]


def test_a_run_from_the_ui_does_what_the_command_does(forecast, first_run):
    with operator_interface(forecast.home) as ask:
        run_id = ask(LAUNCH, job="forecast_run")["launchRun"]["run"]["runId"]
        deadline = time.monotonic() + 600
        while (status := ask(STATUS, run=run_id)["runOrError"]["status"]) not in {"SUCCESS", "FAILURE", "CANCELED"}:
            assert time.monotonic() < deadline, status
            time.sleep(1)
    assert status == "SUCCESS"
    served = [row for row in json.loads(forecast("--json", "snapshots")) if row["served"]]
    assert [row["snapshot_id"] for row in served] == [first_run["snapshot"]["snapshot_id"]]
    runs = json.loads(forecast("--json", "query", "--working", "select count(*) as n from forecasting.runs"))
    assert runs == [{"n": 1}]


def test_the_operators_page_of_a_run_has_its_plots(forecast, first_run):
    with instance_of(forecast.home) as instance:
        event = instance.get_latest_materialization_event(AssetKey(["reports", "evaluation"]))
    shown = event.asset_materialization.metadata
    assert "| served | " in shown["accuracy"].value
    for plot in ("accuracy_by_step", "worst_by_MASE", "costs_most"):
        assert shown[plot].value.startswith("![")
        assert "](data:image/svg+xml;base64," in shown[plot].value


def test_every_unit_test_of_the_sql_passes(forecast, first_run):
    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0", forecast("dbt", "test", "--select", "test_type:unit"))
    assert passed is not None
    assert int(passed[1]) > 40


def test_a_build_that_a_shell_touched_is_kept_no_longer(forecast, first_run):
    kept = "select step from forecasting.kept_builds order by step"
    assert json.loads(forecast("--json", "query", "--working", kept)) == [{"step": "features"}, {"step": "marts"}]
    forecast("dbt", "test", "--select", "stg_forecasting__runs")
    assert len(json.loads(forecast("--json", "query", "--working", kept))) == 2
    forecast("dbt", "run", "--select", "stg_forecasting__runs")
    assert json.loads(forecast("--json", "query", "--working", kept)) == []


@pytest.mark.slow
def test_the_marts_follow_the_run_that_is_published(forecast, first_run):
    older = json.loads(forecast("--json", "run", "--cutoff", "2026-05-31"))
    assert older["snapshot"]["cutoff"].startswith("2026-05-31")
    assert older["models"] != first_run["models"]
    latest = "select distinct cutoff::varchar as cutoff from marts.forecast_latest"
    assert json.loads(forecast("--json", "query", latest)) == [{"cutoff": "2026-05-31"}]
    newest = "select max(cutoff)::varchar as cutoff from marts.fct_forecasts"
    assert json.loads(forecast("--json", "query", newest)) == [{"cutoff": "2026-05-31"}]
    again = json.loads(forecast("--json", "run"))
    assert again["models"] == first_run["models"]
    assert again["served"] == first_run["served"]
    assert again["snapshot"]["cutoff"] == first_run["snapshot"]["cutoff"]


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


def test_the_report_says_what_the_tables_say(forecast, first_run):
    path = Path(json.loads(forecast("--json", "report"))["report"])
    text = path.read_text(encoding="utf-8")
    report = ReportReader(text)
    assert report.fetched == []
    with duckdb.connect(first_run["snapshot"]["file"], read_only=True) as snapshot:

        def rows(sql):
            return snapshot.execute(sql).fetchall()

        wape = dict(
            rows(
                "select model, value from marts.fct_backtest_metrics where metric = 'wape' "
                "and segment_name = 'overall' and h_bucket = 'all' and cutoff is null"
            )
        )
        assert {row["model"]: float(row["wape"]) for row in report.tables["models"]} == wape
        n_scored = rows("select n from marts.fct_segment_accuracy where model = 'served' and segment_name = 'overall'")
        assert sum(report.bins) == n_scored[0][0]
        worst, best = rows(
            "select arg_min(unique_id, mase_rank), arg_max(unique_id, mase_rank) from marts.fct_top_offenders "
            "where model = 'served' and mase is not null"
        )[0]
        assert f"{worst}: worst by MASE " in report.headings
        assert f"{best}: best by MASE " in report.headings
        parts = rows("select segment_value, wape from marts.fct_segment_accuracy "
                     "where model = 'served' and segment_name = 'demand_class'")  # fmt: skip
        shown = {row["segment_value"]: float(row["wape"]) for row in report.tables["segment demand_class"]}
        assert shown == dict(parts)
        top = rows("select unique_id from marts.fct_top_offenders where model = 'served' and impact_rank = 1")[0][0]
        assert report.tables["offenders"][0]["unique_id"] == top
        assert rows("select count(*) from marts.fct_segment_parity where model = 'served'")[0][0] >= 8
    forecast("report")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_an_adjustment_by_hand_is_published_beside_the_forecast_and_trains_nothing(forecast, first_run, tmp_path):
    day, yhat, run_id = next(
        iter(
            json.loads(
                forecast(
                    "--json",
                    "query",
                    "select ds::varchar as ds, yhat, run_id from marts.forecast_latest "
                    "where unique_id = 'total' order by ds limit 1",
                )
            )
        )
    ).values()
    header = "unique_id,first_ds,last_ds,kind,amount,author,reason,decided_at"
    row = f"total,{day},{day},multiply,1.5,ann@example.org,Street festival,2026-07-01 09:00:00"
    (tmp_path / "adjustments.csv").write_text(f"{header}\n{row}\n")

    forecast("run", "--from", str(tmp_path / "adjustments.csv"))

    (adjusted,) = json.loads(forecast("--json", "query", "select * from marts.fct_forecast_adjustments"))
    assert (adjusted["run_id"], adjusted["yhat"], adjusted["author"]) == (run_id, yhat, "ann@example.org")
    (served,) = json.loads(
        forecast(
            "--json",
            "query",
            f"select yhat, yhat_adjusted, run_id from marts.forecast_latest where unique_id = 'total' and ds = '{day}'",
        )
    )
    assert served == {"yhat": yhat, "yhat_adjusted": yhat * 1.5, "run_id": run_id}
