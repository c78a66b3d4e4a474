"""What every answer has, and what no request gets past: ids, caching, limits, headers, metrics, logs."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SERIES = {"unique_id": "S1|P1"}


def test_a_request_id_is_echoed_or_made(client):
    assert client.get("/health", headers={"X-Request-Id": "abc-123"}).headers["x-request-id"] == "abc-123"
    made = client.get("/health").headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert made != client.get("/health").headers["x-request-id"]
    for unsafe in ("a b", "x" * 65, "a;b"):
        assert client.get("/health", headers={"X-Request-Id": unsafe}).headers["x-request-id"] != unsafe


def test_a_problem_has_the_request_id_and_a_page(client):
    answer = client.get("/v1/forecast", params={"unique_id": "nope"}, headers={"X-Request-Id": "find-me"})
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "request_id", "param", "errors"}
    assert (problem["request_id"], problem["instance"], problem["status"]) == ("find-me", "/v1/forecast", 404)
    assert client.get(problem["type"]).json()["code"] == "UNKNOWN_SERIES"
    assert client.get("/problems/NOPE").status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_a_known_answer_is_not_sent_again(client):
    first = client.get("/v1/forecast", params=SERIES)
    again = client.get("/v1/forecast", params=SERIES, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=60, stale-if-error=86400"
    assert "Authorization" in first.headers["vary"]
    assert first.headers["last-modified"] == "Mon, 01 Jul 2024 05:12:09 GMT"
    assert first.headers["x-model-version"] == "lightgbm-0123456789ab"
    assert first.headers["x-snapshot-id"] == first.json()["snapshot_id"]


def test_a_weak_or_listed_validator_counts_and_another_does_not(client):
    etag = client.get("/v1/series").headers["etag"]
    for given_etag in (f"W/{etag}", f'"x", {etag}', "*"):
        assert client.get("/v1/series", headers={"If-None-Match": given_etag}).status_code == 304
    assert client.get("/v1/series", headers={"If-None-Match": '"another"'}).status_code == 200
    assert client.get("/v1/series", params={"limit": 3}, headers={"If-None-Match": etag}).status_code == 200


@settings(max_examples=100, deadline=None)
@given(
    a=st.tuples(st.sampled_from(["S1|P1", "total"]), st.integers(1, 28)),
    b=st.tuples(st.sampled_from(["S1|P1", "total"]), st.integers(1, 28)),
)
def test_two_requests_share_a_validator_only_if_they_share_the_answer(client, a, b):
    first = client.get("/v1/forecast", params={"unique_id": a[0], "h": a[1]})
    second = client.get(
        "/v1/forecast", params={"unique_id": b[0], "h": b[1]}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert (second.status_code == 304) == (a == b)


def test_a_new_snapshot_or_staleness_changes_the_validator(client_of, publish_next, wait_until, home):
    client = client_of()
    etag = client.get("/v1/forecast", params=SERIES).headers["etag"]
    (home / "demo/published/current.json").unlink()
    wait_until(lambda: client.get("/v1/forecast", params=SERIES).json()["stale"])
    stale = client.get("/v1/forecast", params=SERIES, headers={"If-None-Match": etag})
    assert stale.status_code == 200
    publish_next()
    wait_until(lambda: not client.get("/v1/forecast", params=SERIES).json()["stale"])
    assert client.get("/v1/forecast", params=SERIES).headers["etag"] not in {etag, stale.headers["etag"]}


def test_security_headers_are_on_every_answer(client):
    for path in ("/health", "/v1/forecast", "/nothing", "/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "content-security-policy" in headers
        assert "server" not in headers


def test_an_error_of_ours_is_500_without_its_text(client, monkeypatch):
    from api.routers import forecasts

    def fails(*_):
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(forecasts, "_find", fails)
    answer = client.get("/v1/forecast", params=SERIES)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL")
    assert "42" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_another_method_is_405_and_says_which_are_allowed(client, method):
    answer = client.request(method, "/v1/series")
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "GET")


def test_a_long_url_is_refused(client):
    answer = client.get("/v1/forecast", params={f"p{i}": "x" for i in range(5000)})
    assert (answer.status_code, answer.json()["code"]) == (400, "URL_TOO_LONG")


def test_a_large_body_is_refused_whether_declared_or_not(client):
    declared = client.post("/v1/forecast", content=b"x" * 1_000_001, headers={"Content-Type": "application/json"})
    assert (declared.status_code, declared.json()["code"]) == (413, "BODY_TOO_LARGE")

    def endless():
        for _ in range(20):
            yield b" " * 100_000

    chunked = client.post("/v1/forecast", content=endless(), headers={"Content-Type": "application/json"})
    assert (chunked.status_code, chunked.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_other_origins_may_not_call_unless_they_are_allowed(client, client_of):
    origin = {"Origin": "https://evil.example"}
    assert "access-control-allow-origin" not in client.get("/v1/series", headers=origin).headers
    allowing = client_of(cors_origins=("https://bi.example",))
    answer = allowing.get("/v1/series", headers={"Origin": "https://bi.example"})
    assert answer.headers["access-control-allow-origin"] == "https://bi.example"
    assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in allowing.get("/v1/series", headers=origin).headers
    preflight = allowing.options(
        "/v1/forecast", headers={"Origin": "https://bi.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 200
    assert preflight.headers["x-request-id"]


def test_the_limit_is_told_and_kept(client_of):
    client = client_of(rate_limit="5/minute")
    answers = [client.get("/v1/forecast", params=SERIES) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    refused = answers[-1]
    assert (refused.json()["code"], refused.headers["content-type"]) == ("RATE_LIMITED", "application/problem+json")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["ratelimit-policy"] == '"default";q=5;w=60'
    assert answers[0].headers["ratelimit"].startswith('"default";r=4;t=')
    assert client.get("/health").status_code == 200


def test_a_wrong_limit_is_said_at_the_start(settings_of):
    with pytest.raises(ValueError, match="couldn't parse"):
        settings_of(rate_limit="many")


def test_metrics_count_by_route_and_their_number_is_bounded(client_of):
    client = client_of()
    for number in range(300):
        client.get(f"/v1/nothing/{number}")
    client.get("/v1/models/unknown")
    client.get("/v1/forecast", params=SERIES)
    client.get("/v1/forecast", params={"unique_id": "S1|P2"})
    client.get("/v1/forecast", params={"unique_id": "nope"})
    text = client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/v1/forecast",status="200"} 2.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 300.0' in text
    assert 'route="/v1/models/{version}",status="404"' in text
    assert 'http_problems_total{code="UNKNOWN_SERIES"} 1.0' in text
    assert (
        'forecast_answers_total{forecast_source="baseline",model_version="seasonal_naive-1",product="demo"} 1.0' in text
    )
    assert 'http_request_duration_seconds_count{route="/v1/forecast"} 3.0' in text
    assert 'forecast_model_performance{metric="wape",model="lightgbm",product="demo"} 0.1' in text
    assert 'forecast_series{product="demo"} 16.0' in text
    assert len(set(re.findall(r'route="([^"]+)"', text))) <= 50
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")


def test_requests_are_logged_as_json_with_what_was_answered(client_of, capfdbinary):
    client = client_of(log_requests=True)
    client.get("/v1/forecast", params=SERIES, headers={"X-Request-Id": "one"})
    client.get("/v1/forecast", params={"unique_id": "evil\r\n{}"}, headers={"X-Request-Id": "two"})
    client.__exit__(None, None, None)
    lines = [json.loads(line) for line in capfdbinary.readouterr().err.splitlines() if b'"event":"request"' in line]
    client.__enter__()
    by_id = {line["request_id"]: line for line in lines}
    assert {
        "time", "level", "event", "request_id", "caller", "method", "route", "status", "latency_ms", "code", "product",
        "snapshot_id", "unique_id", "model_version", "forecast_source",
    } <= set(by_id["one"])  # fmt: skip
    assert (by_id["one"]["unique_id"], by_id["one"]["model_version"]) == ("S1|P1", "lightgbm-0123456789ab")
    assert (by_id["two"]["status"], by_id["two"]["code"]) == (422, "VALIDATION_FAILED")
    assert len(lines) == 2


def logged(home):
    files = sorted((home / "demo/logs/predictions").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_answered_forecasts_are_logged_for_the_pipeline(client_of, home, wait_until):
    client = client_of(prediction_log=True, prediction_log_share=1.0)
    client.post("/v1/forecast:batch", json={"unique_ids": ["S1|P1", "S1|P2", "nope"]}, headers={"X-Request-Id": "b1"})
    wait_until(lambda: (home / "demo/logs/predictions").exists() and len(logged(home)) == 3)
    entries = logged(home)
    assert [entry["outcome"] for entry in entries] == ["ok", "ok", "unknown_series"]
    assert [entry["forecast_source"] for entry in entries] == ["model", "baseline", None]
    assert {entry["request_id"] for entry in entries} == {"b1"}
    assert all(
        {"answered_at", "snapshot_id", "model_version", "latency_ms", "http_status"} <= set(entry) for entry in entries
    )


def test_fallbacks_and_errors_are_logged_whatever_the_share(client_of, home, wait_until):
    client = client_of(prediction_log=True, prediction_log_share=0.0)
    client.post("/v1/forecast:batch", json={"unique_ids": ["S1|P1", "S1|P2", "nope"]})
    wait_until(lambda: (home / "demo/logs/predictions").exists() and len(logged(home)) == 2)
    assert [entry["unique_id"] for entry in logged(home)] == ["S1|P2", "nope"]


def test_a_log_that_cannot_be_written_stops_no_answer(client_of, home):
    (home / "demo" / "logs").write_text("in the way")
    client = client_of(prediction_log=True, prediction_log_share=1.0)
    assert client.get("/v1/forecast", params=SERIES).status_code == 200


def test_the_documentation_can_be_switched_off(client_of, client):
    assert client.get("/docs").status_code == 200
    closed = client_of(docs_enabled=False)
    assert closed.get("/docs").status_code == closed.get("/openapi.json").status_code == 404


def test_wrong_settings_are_listed_together(monkeypatch, capsys):
    from api.__main__ import main

    monkeypatch.setenv("FORECAST_POLL_SECONDS", "often")
    monkeypatch.setenv("FORECAST_MAX_BATCH", "0")
    monkeypatch.delenv("FORECAST_HOME", raising=False)
    assert main([]) == 2
    said = capsys.readouterr().err
    assert {"FORECAST_HOME", "FORECAST_POLL_SECONDS", "FORECAST_MAX_BATCH"} == {
        line.split(":")[0] for line in said.splitlines()
    }


def test_settings_come_from_the_environment(monkeypatch, tmp_path):
    from api.settings import Settings

    monkeypatch.setenv("FORECAST_HOME", str(tmp_path))
    monkeypatch.setenv("FORECAST_PRODUCTS", "demo, store_item")
    assert Settings().home == tmp_path
    assert Settings().products == ("demo", "store_item")
