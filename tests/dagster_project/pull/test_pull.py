"""Pulling from a real HTTP server on the loopback: nothing twice, nothing missing, whatever happens on the way."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from dagster_project.errors import ProductError, StepFailed, UsageError
from dagster_project.ingest import deliver, manifests_of
from dagster_project.paths import ProductPaths
from dagster_project.product import Product, load_product
from dagster_project.pull.fetch import pull_entity
from tests.dagster_project.pull.fake_api import FakeApi

UNTIL = datetime.fromisoformat("2026-03-02T06:00:00")
# 23 hours of one indicator; the last page is not full.
RECORDS = [
    {"datetime": f"2026-03-01T{hour:02d}:00:00", "geo": {"name": "ES"}, "value": 20000.5 + hour} for hour in range(23)
]


@pytest.fixture
def api(monkeypatch):
    monkeypatch.setenv("GRID_TOKEN", "secret")
    server = FakeApi(RECORDS)
    yield server
    server.close()


def product_of(api: FakeApi, **pull) -> Product:
    settings = {
        "url": f"{api.url}/values",
        "params": {"start_date": "{start}", "end_date": "{end}"},
        "records": "indicator.values",
        "fields": {"load": "value", "time": "datetime", "zone": "geo.name"},
        "next": "meta.next",
        "total": "indicator.count",
        "token": {"env": "GRID_TOKEN", "header": "x-api-key"},
        "start": "2026-03-01T00:00:00",
        "backoff_s": 0.01,
    } | pull
    return Product.model_validate(
        {
            "name": "grid",
            "title": "Load of the grid",
            "source_system": "tidy",
            "problem": dict.fromkeys(
                ("decision", "consumer", "on_late", "on_wrong", "fallback", "cadence"), "As the test says."
            ),
            "owners": {"data": "team:grid", "model": "team:grid"},
            "freq": "h",
            "season_lengths": [24],
            "horizon": 24,
            "keys": ["zone"],
            "target": {"name": "load", "unit": "MW", "kind": "continuous"},
            "entities": {
                "observations": {
                    "contract": "tidy.observations",
                    "mode": "incremental",
                    "files": ["observations*.csv"],
                    "pull": settings,
                }
            },
            "tidy": {"time": "time", "target": "load", "keys": {"zone": "zone"}},
        }
    )


@pytest.fixture
def paths(tmp_path) -> ProductPaths:
    return ProductPaths(tmp_path / "home", "grid").create()


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as handle:
        return list(csv.DictReader(handle))


EXPECTED = [{"zone": "ES", "time": record["datetime"], "load": str(record["value"])} for record in RECORDS]


def test_two_failures_at_page_three_cost_patience_and_no_row(api, paths):
    api.failures = {"3": [503, 0]}

    pulled = pull_entity(product_of(api), paths, "observations", UNTIL)

    assert rows_of(pulled.file) == EXPECTED
    assert api.answered == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    assert api.asked[0] == {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-03-02T06:00:00Z"}
    assert (pulled.rows, pulled.pages, pulled.resumed_pages) == (23, 5, 0)


def test_a_pull_that_gives_up_goes_on_from_its_checkpoint(api, paths):
    product = product_of(api, attempts=2)
    api.failures = {"3": [500, 500]}
    with pytest.raises(StepFailed, match=r"HTTP 500 .*attempt 2 of 2"):
        pull_entity(product, paths, "observations", UNTIL)
    assert list(paths.landing.iterdir()) == []

    # The unfinished window is finished first, whatever the time is by now.
    pulled = pull_entity(product, paths, "observations", UNTIL + timedelta(days=7))

    assert rows_of(pulled.file) == EXPECTED
    assert api.answered == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    assert (pulled.pages, pulled.resumed_pages, pulled.end) == (3, 2, "2026-03-02T06:00:00Z")


def test_a_killed_pull_goes_on_from_its_checkpoint_and_is_delivered_once(api, paths, tmp_path, root):
    product = product_of(api)
    file = tmp_path / "grid.yml"
    file.write_text(yaml.safe_dump(json.loads(product.model_dump_json(exclude_none=True, exclude_defaults=True))))
    command = [sys.executable, "-m", "dagster_project.cli.main", "--home", str(paths.home), "--product", str(file)]
    api.stalled_page = "3"
    killed = subprocess.Popen([*command, "pull"], cwd=root, env={**os.environ})
    try:
        assert api.is_asked_for_stalled.wait(60)
    finally:
        killed.kill()
        killed.wait()
    api.stalled_page = None
    api.release.set()
    assert list(paths.landing.iterdir()) == []
    answered = api.answered["1"], api.answered["2"]

    done = subprocess.run([*command, "--json", "ingest"], cwd=root, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert answered == (1, 1)
    assert (api.answered["1"], api.answered["2"]) == (1, 1), "pages that were kept are not asked for again"
    (manifest,) = manifests_of(paths, "tidy", "observations")
    assert manifest.rows == 23
    (landed,) = paths.landing.iterdir()
    assert rows_of(landed) == EXPECTED


def test_the_next_pull_begins_where_the_last_ended(api, paths):
    product = product_of(api, overlap_hours=2)
    first = pull_entity(product, paths, "observations", UNTIL)
    api.records = [*RECORDS[-1:], {"datetime": "2026-03-02T06:00:00", "geo": {"name": "ES"}, "value": 1.5}]

    second = pull_entity(product, paths, "observations", UNTIL + timedelta(days=1))

    assert api.asked[-1]["start_date"] == "2026-03-02T04:00:00Z"
    assert second.file != first.file
    report = deliver(product, paths, None, UNTIL + timedelta(days=1))
    assert sorted(outcome.rows for outcome in report.outcomes) == [2, 23]


@pytest.mark.parametrize("way", ["file", "exchange"])
def test_a_token_that_expires_at_page_three_is_rotated(api, paths, tmp_path, monkeypatch, way):
    secret = tmp_path / "token"
    secret.write_text("secret\n")

    def expire() -> None:
        api.tokens = {"rotated"}
        secret.write_text("rotated\n")

    api.on_page = {"2": expire}
    token = {"env": "GRID_TOKEN", "header": "x-api-key"}
    if way == "file":
        monkeypatch.setenv("GRID_TOKEN_FILE", str(secret))
    else:
        # The long-lived secret opens the exchange only; the tokens it gives open the pages.
        monkeypatch.setenv("GRID_TOKEN", "long-lived")
        token["refresh_url"] = f"{api.url}/token"

    pulled = pull_entity(product_of(api, token=token), paths, "observations", UNTIL)

    assert rows_of(pulled.file) == EXPECTED
    assert api.answered == {"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}
    kept = "".join(file.read_text() for file in paths.root.rglob("*") if file.is_file())
    assert "rotated" not in kept


def test_a_refused_token_that_nobody_rotated_is_an_error_without_the_token(api, paths, monkeypatch):
    monkeypatch.setenv("GRID_TOKEN", "stolen")
    with pytest.raises(StepFailed, match=r"HTTP 401 .*attempt 1 of 5.*Check the token") as refused:
        pull_entity(product_of(api), paths, "observations", UNTIL)
    assert "stolen" not in str(refused.value)

    monkeypatch.delenv("GRID_TOKEN")
    with pytest.raises(UsageError, match="GRID_TOKEN_FILE"):
        pull_entity(product_of(api), paths, "observations", UNTIL)


def test_rows_that_others_pushed_onto_the_next_page_count_once(api, paths):
    late = {"datetime": "2026-02-28T23:00:00", "geo": {"name": "ES"}, "value": 7.25}
    # Between page 2 and 3 a row arrives at the front: the last row of page 2 is the first of page 3.
    api.on_page = {"2": lambda: api.records.insert(0, late)}
    product = product_of(api, total=None, next=None)
    api.records = list(RECORDS)

    pulled = pull_entity(product, paths, "observations", UNTIL)

    assert pulled.repeated_rows > 0
    assert [row["time"] for row in rows_of(pulled.file)] == [record["datetime"] for record in RECORDS]


def test_rows_that_slipped_between_two_pages_are_noticed(api, paths):
    product = product_of(api)
    api.records = list(RECORDS)
    # A row is deleted while pages are read: another one moves to a page that was read already.
    api.on_page = {"3": lambda: api.records.pop(0)}
    with pytest.raises(StepFailed, match="23 records, as the API counted them; found 22 at a later page"):
        pull_entity(product, paths, "observations", UNTIL)
    assert list(paths.landing.iterdir()) == []

    # What was fetched is no basis to go on from: everything is asked for again.
    api.records = list(RECORDS)
    assert rows_of(pull_entity(product, paths, "observations", UNTIL).file) == EXPECTED
    assert api.answered["1"] == 2


def test_a_redirect_does_not_carry_the_token_away(api, paths):
    other = FakeApi(RECORDS)
    try:
        api.redirect_to = f"{other.url}/values"
        with pytest.raises(StepFailed, match=r"HTTP 302"):
            pull_entity(product_of(api), paths, "observations", UNTIL)
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"records": "indicator.rows"}, "a list of records at indicator.rows"),
        ({"fields": {"load": "value", "time": "when", "zone": "geo.name"}}, "a value at when of every record"),
        ({"total": "count"}, "the number of all records at count"),
        ({"max_pages": 2}, "at most 2 pages"),
    ],
)
def test_an_answer_that_is_not_what_the_product_file_says_is_named(api, paths, change, message):
    with pytest.raises(StepFailed, match=message):
        pull_entity(product_of(api, **change), paths, "observations", UNTIL)
    assert list(paths.landing.iterdir()) == []


def test_a_product_without_a_pull_says_so(paths):
    with pytest.raises(ProductError, match="section `pull`"):
        pull_entity(load_product("demo"), paths, "order_lines", UNTIL)
