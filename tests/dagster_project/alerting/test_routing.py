"""A breach reaches the owner of the contract, through the owner's channel, once."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import duckdb
import pytest

from dagster_project.alerting.findings import of_monitoring, of_tests
from dagster_project.alerting.sending import send
from dagster_project.contracts import load_contract
from dagster_project.errors import DeliveryRejected
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivering import deliver_for_run
from dagster_project.pipeline.failed_rows import FailedTest
from dagster_project.product import Product, load_product

NOW = datetime.fromisoformat("2026-07-02T01:00:00")
OWNER = load_contract("demo_shop").owner
BAD_PRICES = "product_code,valid_from\n00100,2023-07-01\n"


class Webhook:
    """A real endpoint on the loopback that keeps what it is sent, or answers with trouble."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.code = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.code == 200:
                    hook.received.append(json.loads(body))
                self.send_response(hook.code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the test's output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/secret-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def webhook(monkeypatch):
    hook = Webhook()
    monkeypatch.setenv("RETAIL_WEBHOOK", hook.url)
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


@pytest.fixture
def paths(tmp_path):
    return ProductPaths(tmp_path / "home", "demo").create()


def product(**owners) -> Product:
    notifications = {"owners": owners or {OWNER: {"kind": "webhook", "url_env": "RETAIL_WEBHOOK"}}}
    return Product.model_validate({**load_product("demo").model_dump(), "notifications": notifications})


def refuse(paths, tmp_path, settings=None) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir(exist_ok=True)
    (inbox / "prices.csv").write_text(BAD_PRICES)
    with pytest.raises(DeliveryRejected):
        deliver_for_run(settings or product(), paths, source=inbox, as_of=NOW, now=NOW)


def lines(paths, owner=OWNER):
    file = paths.root / "alerts" / f"{owner.replace(':', '_')}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_refused_delivery_reaches_the_owner_of_its_contract(paths, tmp_path, webhook):
    refuse(paths, tmp_path)

    prices = [alert for alert in webhook.received if alert["subject"] == "prices.csv"]
    (alert,) = prices
    assert (alert["owner"], alert["channel"], alert["tier"]) == ("team:retail-data", "#retail-data", "critical")
    assert (alert["rule_id"], alert["product"]) == ("delivery_refused", "demo")
    assert "list_price" in alert["message"]
    assert [line["alert_id"] for line in lines(paths)] == [alert["alert_id"] for alert in webhook.received]


def test_the_same_breach_is_told_once(paths, tmp_path, webhook):
    refuse(paths, tmp_path)
    told = len(webhook.received)
    refuse(paths, tmp_path)
    assert len(webhook.received) == told == len(lines(paths))


def test_an_owner_who_could_not_be_reached_is_told_later_and_the_address_stays_secret(paths, tmp_path, webhook):
    webhook.code = 503
    refuse(paths, tmp_path)
    assert webhook.received == []
    assert len(lines(paths)) > 0, "the file is written whatever becomes of the webhook"

    webhook.code = 200
    refuse(paths, tmp_path)
    assert len(webhook.received) == len(lines(paths))
    kept = "".join(file.read_text() for file in (paths.root / "alerts").iterdir())
    assert "HTTP 503" in kept
    assert "secret-path" not in kept


def test_owners_without_a_channel_of_their_own_have_a_file(paths, tmp_path, webhook):
    refuse(paths, tmp_path, product(**{"team:somebody-else": {"kind": "webhook", "url_env": "RETAIL_WEBHOOK"}}))
    assert webhook.received == []
    assert {line["owner"] for line in lines(paths)} == {OWNER}


@pytest.mark.parametrize(
    ("tested", "owner"),
    [
        ("demo_shop.order_lines", "team:retail-data"),
        ("adjustments.adjustments", "team:finance-operations"),
        ("fct_observations", "team:retail-data"),
    ],
)
def test_a_failed_test_is_for_the_owner_of_what_it_tests(tested, owner):
    test = FailedTest(name="contract_of_it", tested=tested, severity="warn", n_failures=7, sql="select 1")
    (alert,) = of_tests(product(), [test], "run")
    assert (alert.owner, alert.tier) == (owner, "warn")
    assert "7 rows" in alert.message


def test_rules_that_fired_are_sent_to_the_owner_they_name_and_information_is_not(paths, webhook):
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("create schema monitoring")
        con.execute(
            "create table monitoring.alerts as select * from (values "
            "('a1', 'warn', 'team:retail-data', 'late_delivery', 'order_lines', 'Late', 'docs#x'), "
            "('a2', 'info', 'team:retail-data', 'biased_segment', 'bias', 'Biased', 'docs#x'), "
            "('a3', 'critical', 'team:data-platform', 'stale_forecast', 'forecast', 'Stale', 'docs#x')) "
            "as v (alert_id, tier, owner, rule_id, subject, message, runbook)"
        )
    sent = send(product(), paths, of_monitoring(product(), paths), NOW)

    assert {(item.alert.alert_id, item.kind) for item in sent} == {("a1", "webhook"), ("a3", "file")}
    assert [(alert["alert_id"], alert["channel"]) for alert in webhook.received] == [("a1", "#retail-data")]
    assert [line["alert_id"] for line in lines(paths, "team:data-platform")] == ["a3"]


def test_who_is_told_changes_no_number():
    assert product().config_hash == load_product("demo").config_hash
