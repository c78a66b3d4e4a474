"""The report of a delivery: from the command that takes it, and again when the warehouse has judged its rows."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from dagster_project.cli.main import run
from dagster_project.paths import ProductPaths
from tests.dagster_project.ingest.shop import GOOD, HEADER, tidy_settings
from tests.dagster_project.reports.report_reader import ReportReader

FIRST, SECOND = "2026-03-01T02:00:00", "2026-03-02T02:00:00"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "tiny.yml").write_text(yaml.safe_dump(tidy_settings()))
    return tmp_path


@pytest.fixture
def forecast(home, capsys):
    """Run `forecast --json` on the product; its exit code and its answer."""

    def call(*arguments):
        product = ["--product", str(home / "tiny.yml"), "--home", str(home / "var"), "--json"]
        with pytest.raises(SystemExit) as left:
            run([*product, *arguments])
        return left.value.code or 0, json.loads(capsys.readouterr().out)

    return call


@pytest.fixture
def ingest(home, forecast):
    def deliver(content, as_of):
        (home / "sales.csv").write_text(content)
        return forecast("ingest", "--from", str(home / "sales.csv"), "--as-of", as_of)

    return deliver


@pytest.fixture
def paths(home):
    return ProductPaths(home / "var", "tiny")


def report_of(forecast, *options):
    code, answer = forecast("report", "--delivery", *(options or ["last"]))
    assert code == 0, answer
    return ReportReader(Path(answer["report"]).read_text(encoding="utf-8"))


def test_a_delivery_leaves_a_report_that_says_what_came(ingest, paths):
    ingest(GOOD, FIRST)
    report = ReportReader((paths.reports / "delivery_20260301T020000.html").read_text())
    assert report.fetched == []
    assert [(row["entity"], row["status"], row["rows"], row["files"]) for row in report.tables["delivered"]] == [
        ("observations", "new", "56", "sales.csv")
    ]
    assert "cleaning" not in report.tables, "nothing has judged the rows yet"


@pytest.mark.parametrize(("content", "code"), [(GOOD, 0), ("nothing of it\n", 1)])
def test_a_delivery_is_told_while_a_run_has_the_warehouse(ingest, paths, content, code):
    paths.warehouse.parent.mkdir(parents=True)
    holding = (
        f"import duckdb, sys; c = duckdb.connect({str(paths.warehouse)!r}); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run_at_work:
        assert run_at_work.stdout.readline() == b"held\n"
        found, answer = ingest(content, FIRST)
        run_at_work.stdin.close()
    assert found == code, answer
    assert (paths.reports / "delivery_20260301T020000.html").exists()


def test_a_column_that_came_is_named(ingest, forecast):
    ingest(GOOD, FIRST)
    ingest(
        GOOD.replace(HEADER, HEADER + ",weather")
        .replace("\n2026", ",dry\n2026", 0)
        .replace(",0\n", ",0,wet\n")
        .replace(",1\n", ",1,dry\n"),
        SECOND,
    )
    schema = report_of(forecast).tables["schema"]
    assert [row["entity"] for row in schema if "weather" in row["text"]] == ["observations"]


def test_a_refused_file_has_its_reason_and_its_place_in_quarantine(ingest, forecast, paths):
    ingest(GOOD, FIRST)
    code, _ = ingest(GOOD + "2026-03-01,A\n", SECOND)
    assert code == 1
    report = report_of(forecast)
    (fault,) = report.tables["refused"]
    assert (fault["file"], fault["row"]) == ("sales.csv", "57")
    assert (paths.quarantine / fault["quarantined_as"]).exists() or (paths.root / fault["quarantined_as"]).exists()
    assert {row["status"] for row in report.tables["delivered"]} == {"rejected"}


def test_an_earlier_delivery_can_be_asked_for_and_one_that_was_not_is_wrong_usage(ingest, forecast):
    ingest(GOOD, FIRST)
    ingest(GOOD.replace("2026-02-03,A,6", "2026-02-03,A,7"), SECOND)
    _, answer = forecast("report", "--delivery", FIRST)
    assert answer["report"].endswith("delivery_20260301T020000.html")
    code, answer = forecast("report", "--delivery", "2025-01-01")
    assert code == 2
    assert "2026-03-02 02:00:00" in answer["message"]


@pytest.fixture
def judged(ingest, paths):
    """A delivery, and the warehouse after dbt has built it: rules, quarantine and restatements."""
    _, answer = ingest(GOOD, FIRST)
    delivery = answer[0]["delivery"]
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("create schema monitoring")
        con.execute(
            "create table monitoring.cleaning_log as select * from (values "
            "('observations', ?, 'accepted', 'accept', true, null, null, null, 50::bigint), "
            "('observations', ?, 'non_finite_number', 'quarantine', false, 'warn', 'team:tests', 'No <number>', 4), "
            "('observations', ?, 'exact_duplicate', 'drop', false, 'warn', 'team:tests', 'Twice', 2), "
            "('observations', 'another', 'accepted', 'accept', true, null, null, null, 1000)"
            ") as t (entity, delivery_id, rule_id, action, is_accepted, severity, owner, rationale, n_rows)",
            [delivery] * 3,
        )
        con.execute(
            "create table monitoring.quarantine as select 'observations' as entity, ? as delivery_id, "
            "'sales.csv' as source_file, n as row_number, 'non_finite_number' as rule_id, 'sold is not finite' as reason, "
            """'{"shop":"<A>","sold":"NaN","_row_number":' || n || '}' as raw_values from range(1, 5) as r (n)""",
            [delivery],
        )
        con.execute(
            "create table monitoring.restatements as select timestamp '2026-03-01 02:00' as delivered_at, 'A' as unique_id, "
            "date '2026-02-01' + n::integer as ds, 'correction_up' as kind, 1.0 as old_y, 1.0 + n as new_y, n::double as delta, "
            "2::bigint as n_runs from range(1, 31) as r (n)"
        )
    return delivery


def test_once_the_warehouse_is_built_every_received_row_is_accounted_for(judged, forecast):
    report = report_of(forecast)
    cleaning = {row["rule_id"]: int(row["n_rows"]) for row in report.tables["cleaning"]}
    assert cleaning == {"accepted": 50, "non_finite_number": 4, "exact_duplicate": 2}
    assert sum(cleaning.values()) == int(report.tables["delivered"][0]["rows"])
    quarantine = report.tables["quarantine"]
    assert [(row["row_number"], row["n_rows"]) for row in quarantine] == [("1", "4"), ("2", "4"), ("3", "4")]


def test_restatements_are_counted_by_kind_and_the_largest_are_shown(judged, forecast):
    report = report_of(forecast)
    (kind,) = report.tables["restatement_kinds"]
    assert (kind["kind"], kind["n_observations"], float(kind["delta"])) == ("correction_up", "30", sum(range(1, 31)))
    shown = [float(row["delta"]) for row in report.tables["restatements"]]
    assert shown == [float(n) for n in range(30, 10, -1)]


def test_what_sources_write_is_text_and_nothing_else(judged, forecast, paths):
    report_of(forecast)
    text = (paths.reports / "delivery_20260301T020000.html").read_text()
    assert "shop=&lt;A&gt;, sold=NaN" in text
    assert "_row_number=" not in text
    assert "<A>" not in text


def test_the_same_facts_give_the_same_bytes(judged, forecast, paths):
    report_of(forecast)
    file = paths.reports / "delivery_20260301T020000.html"
    first = file.read_bytes()
    report_of(forecast)
    assert file.read_bytes() == first
