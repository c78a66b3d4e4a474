"""GET and POST /v1/forecast, and the batch: what is served, and that everything else is refused by name."""

import json
import unicodedata

import duckdb
import pytest

from api.schemas import Batch, Forecast

SERIES = "S1|P1"
NASTY = "=cmd()'|\"/%2F;é|P1"


def get(client, **params):
    return client.get("/v1/forecast", params=params)


def test_a_forecast_is_the_published_one(client, published_once, forecast_fields):
    answer = get(client, product="demo", unique_id=SERIES)
    assert answer.status_code == 200
    body = answer.json()
    assert tuple(body) == forecast_fields
    Forecast.model_validate(body, strict=True)
    assert body["keys"] == {"store": "S1", "product": "P1"}
    assert (body["freq"], body["unit"], body["cutoff"]) == ("D", "units", "2024-06-30")
    assert (body["forecast_source"], body["model_version"]) == ("model", "lightgbm-0123456789ab")
    assert (body["stale"], body["stale_reason"], body["coverage"]) == (False, None, 0.8)
    assert body["generated_at"] == "2024-07-01T05:00:00Z"
    pointer = json.loads((published_once / "demo/published/current.json").read_text())
    assert body["snapshot_id"] == pointer["snapshot_id"]
    parquet = published_once / "demo/published/parquet" / pointer["snapshot_id"] / "marts/forecast_latest.parquet"
    rows = duckdb.execute(
        "select ds::varchar, yhat, yhat_lower, yhat_upper, q10, q50, q90 "
        f"from '{parquet}' where unique_id = 'S1|P1' order by ds"
    ).fetchall()
    assert len(rows) == 28
    served = [
        (p["ds"], p["yhat"], p["yhat_lower"], p["yhat_upper"], *(p["quantiles"][q] for q in ("0.1", "0.5", "0.9")))
        for p in body["points"]
    ]
    assert served == rows


def test_a_forecast_adjusted_by_hand_stands_beside_the_model_s(client):
    points = get(client, unique_id=SERIES).json()["points"]
    assert {point["ds"]: point["yhat_adjusted"] / point["yhat"] for point in points} == {
        point["ds"]: 2.0 if point["ds"] == "2024-07-02" else 1.0 for point in points
    }


def test_the_product_may_be_left_out_when_there_is_one(client):
    assert get(client, unique_id=SERIES).json() == get(client, product="demo", unique_id=SERIES).json()


def test_h_takes_the_first_periods(client):
    whole = get(client, unique_id=SERIES).json()
    short = get(client, unique_id=SERIES, h=7).json()
    assert short == {**whole, "points": whole["points"][:7]}
    assert get(client, unique_id=SERIES, h=28).content == get(client, unique_id=SERIES).content


def test_from_and_to_are_inclusive(client):
    points = get(client, unique_id=SERIES, **{"from": "2024-07-03", "to": "2024-07-05"}).json()["points"]
    assert [point["ds"] for point in points] == ["2024-07-03", "2024-07-04", "2024-07-05"]


def test_quantiles_can_be_chosen(client):
    points = get(client, unique_id=SERIES, quantiles="0.9,0.10").json()["points"]
    assert list(points[0]["quantiles"]) == ["0.9", "0.1"]


def test_business_keys_name_a_series_too(client):
    expected = get(client, unique_id=SERIES).json()
    assert get(client, product="demo", **{"key.store": "S1", "key.product": "P1"}).json() == expected
    assert get(client, product="demo", store="S1", **{"key.product": "P1"}).json() == expected
    assert client.post("/v1/forecast", json={"keys": {"store": "S1", "product": "P1"}, "h": 28}).json() == expected


def test_a_node_of_the_hierarchy_is_served_like_a_series(client):
    assert get(client, unique_id="total").json()["level"] == "total"
    assert get(client, unique_id="store=S1").json()["keys"] == {"store": "S1", "product": None}
    assert get(client, product="demo", **{"key.store": "S1"}).json()["unique_id"] == "store=S1"
    batch = client.post("/v1/forecast:batch", json={"unique_ids": ["total", "store=S1", SERIES], "h": 1}).json()
    assert [result["forecast"]["level"] for result in batch["results"]] == ["total", "store", "bottom"]


def test_keys_that_name_no_single_node_are_unknown(client):
    assert get(client, product="demo", **{"key.product": "P1"}).status_code == 404


def test_post_answers_like_get_and_wants_the_horizon(client):
    assert client.post("/v1/forecast", json={"product": "demo", "unique_id": SERIES, "h": 7}).json() == (
        get(client, unique_id=SERIES, h=7).json()
    )
    missing = client.post("/v1/forecast", json={"unique_id": SERIES})
    assert (missing.status_code, missing.json()["param"]) == (422, "h")
    few = client.post("/v1/forecast", json={"unique_id": SERIES, "h": 2, "quantiles": [0.5]}).json()
    assert [list(point["quantiles"]) for point in few["points"]] == [["0.5"], ["0.5"]]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_identifier_is_found_in_either_unicode_form(client, form):
    answer = get(client, unique_id=unicodedata.normalize(form, NASTY))
    assert answer.json()["unique_id"] == NASTY


def test_a_baseline_forecast_says_so(client):
    body = get(client, unique_id="S1|P2").json()
    assert body["forecast_source"] == "baseline"
    assert body["model_version"] == "seasonal_naive-1"
    assert [warning["code"] for warning in body["warnings"]] == ["FORECAST_FROM_BASELINE"]


def test_a_cold_start_says_so(client):
    body = get(client, unique_id="S2|P2").json()
    assert body["forecast_source"] == "cold_start"
    assert [warning["code"] for warning in body["warnings"]] == ["COLD_START"]


def test_discontinued_new_and_missing_are_answers_with_a_warning_not_errors(client, example):
    codes = {
        series: [warning["code"] for warning in get(client, unique_id=series).json()["warnings"]]
        for series in (example.NASTY_STORE + "|P0", "S1|P1", "S2|P3")
    }
    assert list(codes.values()) == [["SERIES_DISCONTINUED"], ["SERIES_NEW"], ["NO_FORECAST"]]
    empty = get(client, unique_id="S2|P3", h=7)
    assert (empty.status_code, empty.json()["points"]) == (200, [])


@pytest.mark.parametrize(
    ("params", "status", "code", "param"),
    [
        ({"unique_id": "S9|P9"}, 404, "UNKNOWN_SERIES", "unique_id"),
        ({"product": "demo", "key.store": "S9", "key.product": "P1"}, 404, "UNKNOWN_SERIES", "keys"),
        ({"product": "demo", "key.product": "P1"}, 404, "UNKNOWN_SERIES", "keys"),
        ({"product": "nope", "unique_id": SERIES}, 404, "UNKNOWN_PRODUCT", "product"),
        ({"unique_id": SERIES, "h": 29}, 400, "HORIZON_TOO_LONG", "h"),
        ({"unique_id": SERIES, "from": "2030-01-01"}, 400, "RANGE_OUTSIDE_HORIZON", "from"),
        ({}, 422, "VALIDATION_FAILED", "unique_id"),
        ({"unique_id": SERIES, "key.store": "S1"}, 422, "VALIDATION_FAILED", "unique_id"),
        ({"unique_id": SERIES, "horizon": 7}, 422, "VALIDATION_FAILED", "horizon"),
        ({"unique_id": SERIES, "h": "0"}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "h": " 7 "}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "h": "7.0"}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "h": "1_0"}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "h": "\u0667"}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "h": ["7", "8"]}, 422, "VALIDATION_FAILED", "h"),
        ({"unique_id": SERIES, "quantiles": "0.25"}, 422, "VALIDATION_FAILED", "quantiles"),
        ({"unique_id": SERIES, "quantiles": "nan"}, 422, "VALIDATION_FAILED", "quantiles"),
        ({"unique_id": SERIES, "from": "0"}, 422, "VALIDATION_FAILED", "from"),
        ({"unique_id": SERIES, "from": "2024-02-30"}, 422, "VALIDATION_FAILED", "from"),
        ({"unique_id": "S1\0|P1"}, 422, "VALIDATION_FAILED", "unique_id"),
        ({"unique_id": "x" * 600}, 422, "VALIDATION_FAILED", "unique_id"),
    ],
)
def test_a_request_that_cannot_be_answered_gets_its_code_and_the_parameter(client, params, status, code, param):
    answer = client.get("/v1/forecast", params=params)
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (status, code, param)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"unique_id": "S1|P1", "h": "7"}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "h": 7.0}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "h": true}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "h": 7, "extra": 1}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "h": 7, "h": 8}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": 7, "h": 7}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "a\\u0000", "h": 7}', 422, "VALIDATION_FAILED"),
        (b'{"keys": {"shop": "S1"}, "h": 7}', 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "keys": {"store": "S1"}, "h": 7}', 422, "VALIDATION_FAILED"),
        (b"[]", 422, "VALIDATION_FAILED"),
        (b"null", 422, "VALIDATION_FAILED"),
        (b'{"unique_id": "S1|P1", "h": NaN}', 400, "BAD_JSON"),
        (b'{"unique_id": "S1|P1", "h": 1e999}', 400, "BAD_JSON"),
        (b"[" * 100_000, 400, "BAD_JSON"),
        (b'{"unique_id": "\xff", "h": 7}', 400, "BAD_JSON"),
        (b"", 400, "BAD_JSON"),
        (b"h=7", 400, "BAD_JSON"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/forecast", "/v1/forecast:batch"])
def test_a_malformed_body_is_refused_without_being_repeated(client, path, body, status, code):
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(answer.content) < 1500


def test_only_json_bodies_are_read(client):
    body = json.dumps({"unique_id": SERIES, "h": 7})
    for headers in (
        {"Content-Type": "text/plain"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        answer = client.post("/v1/forecast", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def batch(client, **body):
    return client.post("/v1/forecast:batch", json=body)


def test_a_batch_answers_each_series_in_order_and_counts(client):
    answer = batch(client, product="demo", unique_ids=["S1|P1", "nope", "total", "S1|P1"], h=7)
    body = answer.json()
    assert answer.status_code == 200
    assert body["counts"] == {"ok": 3, "failed": 1}
    assert [result["unique_id"] for result in body["results"]] == ["S1|P1", "nope", "total", "S1|P1"]
    assert body["results"][1]["error"]["code"] == "UNKNOWN_SERIES"
    assert body["results"][0]["forecast"] == get(client, unique_id="S1|P1", h=7).json()
    Batch.model_validate(body, strict=True)


def test_a_batch_of_keys_finds_the_same_series(client):
    body = batch(client, keys=[{"store": "S1", "product": "P1"}, {"store": "S1", "product": "P9"}, {"x": "y"}]).json()
    assert [result["status"] for result in body["results"]] == ["ok", "error", "error"]
    assert body["results"][0]["forecast"] == get(client, unique_id=SERIES).json()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"unique_ids": []}, 422, "VALIDATION_FAILED"),
        ({}, 422, "VALIDATION_FAILED"),
        ({"unique_ids": ["a"], "keys": [{"store": "S1"}]}, 422, "VALIDATION_FAILED"),
        ({"unique_ids": ["a"] * 1001}, 413, "BATCH_TOO_LARGE"),
        ({"unique_ids": ["a"], "h": 29}, 400, "HORIZON_TOO_LONG"),
        ({"unique_ids": [None]}, 422, "VALIDATION_FAILED"),
    ],
)
def test_a_batch_that_cannot_be_meant_is_refused_as_a_whole(client, body, status, code):
    answer = batch(client, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_batch_of_unknown_series_is_still_an_answer(client):
    answer = batch(client, unique_ids=["x"] * 1000)
    assert (answer.status_code, answer.json()["counts"]) == (200, {"ok": 0, "failed": 1000})


def test_no_sql_is_run_on_the_hot_path(client, monkeypatch):
    from api.snapshot import Snapshot

    monkeypatch.setattr(Snapshot, "cursor", lambda _: pytest.fail("a query was run"))
    assert get(client, unique_id=SERIES, h=3).status_code == 200
    assert batch(client, unique_ids=[SERIES, "total"]).status_code == 200
