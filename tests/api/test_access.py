"""API keys: who may ask what, and that a limited key sees its own series and nothing else, anywhere."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

EVERYTHING = ["read:forecast", "read:accuracy", "read:monitoring", "read:export", "metrics"]


@pytest.fixture
def keyed(client_of, tmp_path):
    def entry(name, **more):
        return {
            "key_id": name,
            "sha256": hashlib.sha256(f"fk_{name}".encode()).hexdigest(),
            "scopes": EVERYTHING,
            **more,
        }

    keys = [
        entry("all"),
        entry("reader", scopes=["read:forecast"]),
        entry("s1", only={"store": ["S1"]}),
        entry("nobody", only={"no_such_column": ["x"]}),
        entry("old", expires_at="2020-01-01T00:00:00Z"),
        entry("gone", revoked=True),
        entry("elsewhere", products=["other"]),
    ]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": keys}))
    return client_of(api_keys_file=file)


def ask(client, name, path="/v1/forecast", **params):
    params = params or {"unique_id": "S1|P1"}
    return client.get(path, params=params, headers={"Authorization": f"Bearer fk_{name}"})


def test_without_a_key_only_health_ready_and_docs_answer(keyed):
    answer = keyed.get("/v1/forecast", params={"unique_id": "S1|P1"})
    assert (answer.status_code, answer.json()["code"]) == (401, "MISSING_KEY")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert keyed.get("/metrics").status_code == 401
    assert [keyed.get(path).status_code for path in ("/health", "/ready", "/docs")] == [200, 200, 200]


def test_a_key_is_taken_as_bearer_header_or_basic_password(keyed):
    basic = base64.b64encode(b"all:fk_all").decode()
    for headers in ({"Authorization": "Bearer fk_all"}, {"X-API-Key": "fk_all"}, {"Authorization": f"Basic {basic}"}):
        assert keyed.get("/v1/forecast", params={"unique_id": "S1|P1"}, headers=headers).status_code == 200


def test_a_key_in_the_url_is_an_unknown_parameter(keyed):
    answer = keyed.get(
        "/v1/forecast", params={"unique_id": "S1|P1", "api_key": "fk_all"}, headers={"X-API-Key": "fk_all"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer fk_wrong", "INVALID_KEY"),
        ("Bearer fk_gone", "INVALID_KEY"),
        ("Bearer fk_old", "KEY_EXPIRED"),
        ("Bearer ", "MISSING_KEY"),
        ("Basic !!!", "INVALID_KEY"),
        ("Basic " + base64.b64encode(b"all").decode(), "INVALID_KEY"),
        ("Digest x", "MISSING_KEY"),
    ],
)
def test_a_key_that_is_not_valid_is_401(keyed, header, code):
    answer = keyed.get("/v1/forecast", params={"unique_id": "S1|P1"}, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, code)


@pytest.mark.parametrize("path", ["/v1/accuracy", "/v1/monitoring/checks", "/v1/export/dim_series", "/metrics"])
def test_a_key_does_what_its_scopes_say(keyed, path):
    assert ask(keyed, "all", path, **({} if path == "/metrics" else {"product": "demo"})).status_code == 200
    refused = ask(keyed, "reader", path, product="demo")
    assert (refused.status_code, refused.json()["code"]) == (403, "SCOPE_MISSING")


def test_a_limited_key_gets_its_own_series_and_404_for_others(keyed):
    assert ask(keyed, "s1", unique_id="S1|P1").status_code == 200
    for series in ("S2|P1", "total", "store=S2"):
        hidden = ask(keyed, "s1", unique_id=series)
        unknown = ask(keyed, "s1", unique_id="no such")
        assert (hidden.status_code, hidden.json()["detail"]) == (404, unknown.json()["detail"])
    for path in ("/v1/series/detail", "/v1/history", "/v1/forecast/compare"):
        assert ask(keyed, "s1", path, unique_id="S2|P1").status_code == 404
    assert ask(keyed, "s1", "/v1/hierarchy", root="store=S2").status_code == 404


def test_a_limited_key_finds_only_its_series_in_lists_batches_and_exports(keyed):
    listed = ask(keyed, "s1", "/v1/series", product="demo").json()["rows"]
    assert {row["store"] for row in listed} == {"S1"}
    tree = ask(keyed, "s1", "/v1/hierarchy", depth=5).json()["rows"]
    assert {row["store"] for row in tree} == {"S1"}
    batch = keyed.post(
        "/v1/forecast:batch", json={"unique_ids": ["S1|P1", "S2|P1"]}, headers={"Authorization": "Bearer fk_s1"}
    ).json()
    assert [result["status"] for result in batch["results"]] == ["ok", "error"]
    exported = ask(keyed, "s1", "/v1/export/forecast_latest", format="csv").text
    assert "S1|P1" in exported
    assert "S2|P1" not in exported
    for path in ("/v1/export/monitoring.checks", "/v1/accuracy", "/v1/accuracy/exceptions", "/v1/monitoring/drift"):
        assert ask(keyed, "s1", path, product="demo").status_code == 403


def test_a_limit_on_a_column_that_is_not_there_shows_nothing(keyed):
    assert ask(keyed, "nobody").status_code == 404
    assert ask(keyed, "nobody", "/v1/series", product="demo").json()["rows"] == []


def test_a_key_of_another_product_does_not_learn_of_this_one(keyed):
    assert ask(keyed, "elsewhere", product="demo", unique_id="S1|P1").json()["code"] == "UNKNOWN_PRODUCT"
    products = keyed.get("/v1/products", headers={"X-API-Key": "fk_elsewhere"})
    assert products.json() == {"products": []}


def test_validators_of_differently_limited_keys_differ(keyed):
    etag = ask(keyed, "all", "/v1/series", product="demo").headers["etag"]
    limited = keyed.get(
        "/v1/series", params={"product": "demo"}, headers={"Authorization": "Bearer fk_s1", "If-None-Match": etag}
    )
    assert limited.status_code == 200


def test_limits_are_per_key(client_of, tmp_path):
    keys = [
        {"key_id": name, "sha256": hashlib.sha256(f"fk_{name}".encode()).hexdigest(), "scopes": EVERYTHING}
        for name in "ab"
    ]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": keys}))
    client = client_of(api_keys_file=file, rate_limit="2/minute")
    assert [ask(client, "a").status_code for _ in range(3)] == [200, 200, 429]
    assert ask(client, "b").status_code == 200


def test_no_key_is_ever_logged(client_of, tmp_path, capfdbinary):
    file = tmp_path / "keys.json"
    secret = "fk_very_secret"
    entry = {"key_id": "k", "sha256": hashlib.sha256(secret.encode()).hexdigest(), "scopes": EVERYTHING}
    file.write_text(json.dumps({"keys": [entry]}))
    client = client_of(api_keys_file=file, log_requests=True)
    client.get("/v1/forecast", params={"unique_id": "S1|P1"}, headers={"X-API-Key": secret})
    client.get("/v1/forecast", params={"unique_id": "S1|P1"}, headers={"Authorization": "Bearer fk_wrong_secret"})
    client.__exit__(None, None, None)
    said = capfdbinary.readouterr()
    client.__enter__()
    assert b'"caller":"k"' in said.err
    assert b"secret" not in said.err + said.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "keys.json"),
        ('{"keys": [{"key_id": "a", "key": "fk_plain"}]}', "sha256"),
        ('{"keys": [{"key_id": "a", "sha256": "%s", "scopes": ["write"]}]}' % ("0" * 64), "unknown scopes"),
    ],
)
def test_a_wrong_keys_file_is_said_at_the_start(settings_of, tmp_path, text, said):
    from api.main import create_app

    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=said):
        create_app(settings_of(api_keys_file=file))


def test_an_expiry_is_kept_to_the_second(tmp_path):
    from api.access import Keys
    from api.problems import Problem

    file = tmp_path / "keys.json"
    entry = {
        "key_id": "a",
        "sha256": hashlib.sha256(b"fk").hexdigest(),
        "scopes": [],
        "expires_at": "2024-01-01T00:00:00Z",
    }
    file.write_text(json.dumps({"keys": [entry]}))
    headers = {b"x-api-key": b"fk"}
    before = Keys.from_file(file, clock=lambda: datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert before.caller(headers).name == "a"
    after = Keys.from_file(file, clock=lambda: datetime(2024, 1, 1, tzinfo=UTC))
    with pytest.raises(Problem, match="expired"):
        after.caller(headers)
