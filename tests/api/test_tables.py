"""Series, hierarchy, history, accuracy, comparison, models, monitoring, snapshots: published rows, page by page."""

import pytest

from api.schemas import Page

SERIES = "S1|P1"


def rows(client, path, **params):
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["rows"]


def test_products_say_what_they_are_about_and_how_fresh(client):
    (product,) = client.get("/v1/products").json()["products"]
    assert (product["product"], product["freq"], product["unit"], product["horizon"]) == ("demo", "D", "units", 28)
    assert product["keys"] == ["store", "product"]
    assert product["quantile_levels"] == ["0.1", "0.5", "0.9"]
    assert (product["n_series"], product["stale"]) == (16, False)


def test_series_are_listed_in_pages_that_cover_all_once(client):
    seen, cursor = [], None
    while True:
        page = client.get("/v1/series", params={"limit": 5, **({"cursor": cursor} if cursor else {})}).json()
        Page.model_validate(page, strict=True)
        seen += [row["unique_id"] for row in page["rows"]]
        if (cursor := page["next_cursor"]) is None:
            break
        assert len(page["rows"]) == 5
    assert len(seen) == 16
    assert seen == sorted(set(seen))


def test_the_next_page_is_also_a_link(client):
    answer = client.get("/v1/series", params={"limit": 5})
    target, _, relation = answer.headers["link"].partition("; ")
    assert relation == 'rel="next"'
    assert client.get(target.strip("<>")).json()["rows"][0]["unique_id"] > answer.json()["rows"][-1]["unique_id"]


def test_series_can_be_searched(client):
    assert [row["unique_id"] for row in rows(client, "/v1/series", level="total")] == ["total"]
    assert {row["product"] for row in rows(client, "/v1/series", parent="store=S1")} == {"P0", "P1", "P2", "P3"}
    assert [row["status"] for row in rows(client, "/v1/series", status="new")] == ["new"]
    assert [row["unique_id"] for row in rows(client, "/v1/series", q="s1|p")] == ["S1|P0", "S1|P1", "S1|P2", "S1|P3"]
    assert rows(client, "/v1/series", q="%") == [row for row in rows(client, "/v1/series") if "%" in row["unique_id"]]


def test_a_series_in_detail(client):
    body = client.get("/v1/series/detail", params={"unique_id": SERIES}).json()
    assert (body["store"], body["status"], body["demand_class"], body["unit"]) == ("S1", "new", "smooth", "units")
    assert (body["first_ds"], body["last_ds"]) == ("2024-05-01", "2024-06-30")
    assert (body["forecast_source"], body["n_points"]) == ("model", 28)


def test_the_hierarchy_is_a_tree_from_any_node(client):
    tree = rows(client, "/v1/hierarchy")
    assert [row["unique_id"] for row in tree if row["depth"] == 0] == ["total"]
    assert len([row for row in tree if row["depth"] == 2]) == 12
    below = rows(client, "/v1/hierarchy", root="store=S1", depth=1)
    assert [(row["unique_id"], row["depth"]) for row in below][:2] == [("store=S1", 0), ("S1|P0", 1)]
    assert [row["unique_id"] for row in rows(client, "/v1/hierarchy", depth=0)] == ["total"]


def test_history_is_in_the_order_of_time_with_its_flags(client):
    history = rows(client, "/v1/history", unique_id=SERIES, **{"from": "2024-06-24", "to": "2024-06-28"})
    assert [row["ds"] for row in history] == [f"2024-06-{day}" for day in range(24, 29)]
    assert [row["is_imputed"] for row in history] == [False, False, False, True, False]
    assert history[0]["known_at"] == "2024-06-30T00:00:00Z"


def test_history_pages_do_not_overlap(client):
    first = client.get("/v1/history", params={"unique_id": SERIES, "limit": 40}).json()
    second = client.get("/v1/history", params={"unique_id": SERIES, "limit": 40, "cursor": first["next_cursor"]}).json()
    days = [row["ds"] for row in first["rows"] + second["rows"]]
    assert (len(days), days) == (60, sorted(set(days)))
    assert second["next_cursor"] is None


def test_accuracy_has_baselines_beside_the_model(client):
    live = rows(client, "/v1/accuracy", metric="wape", segment_name="overall")
    assert {row["model"]: row["value"] for row in live} == {"lightgbm": 0.1, "seasonal_naive": 0.2}
    backtest = rows(client, "/v1/accuracy", source="backtest", model="lightgbm", metric="bias", segment_name="overall")
    assert [(row["value"], row["cutoff"], row["h_bucket"]) for row in backtest] == [(0.01, None, "all")]


def test_exceptions_come_worst_first_with_the_baseline(client):
    worst = rows(client, "/v1/accuracy/exceptions", segment_name="unique_id", limit=3)
    assert [row["value"] for row in worst] == sorted((row["value"] for row in worst), reverse=True)
    assert len(worst) == 3
    assert all(row["baseline_value"] == pytest.approx(2 * row["value"]) for row in worst)
    assert {row["model"] for row in worst} == {"lightgbm"}


def test_two_forecasts_of_the_same_days_are_compared(client):
    compared = rows(client, "/v1/forecast/compare", unique_id=SERIES)
    assert {row["cutoff_a"] for row in compared} == {"2024-06-23"}
    assert {row["cutoff_b"] for row in compared} == {"2024-06-30"}
    assert len(compared) == 21
    assert [row["change"] for row in compared] == [row["yhat_b"] - row["yhat_a"] for row in compared]
    named = rows(client, "/v1/forecast/compare", unique_id=SERIES, cutoff_a="2024-06-23", cutoff_b="2024-06-30")
    assert named == compared


def test_model_versions_come_with_decisions_and_metrics(client):
    versions = rows(client, "/v1/models")
    assert [row["model_version"] for row in versions] == ["lightgbm-0123456789ab", "lightgbm-fedcba987654"]
    assert [row["stage"] for row in rows(client, "/v1/models", stage="Archived")] == ["Archived"]
    version = client.get("/v1/models/lightgbm-0123456789ab").json()
    assert (version["stage"], version["cutoff"], version["sha256"]) == ("Production", "2024-06-30", "beef")
    assert [decision["to_stage"] for decision in version["decisions"]] == ["Production"]
    assert {(row["model"], row["metric"]): row["value"] for row in version["backtest_metrics"]}[
        "lightgbm", "wape"
    ] == 0.1


def test_monitoring_tables_are_served_as_published(client):
    assert {row["check_name"] for row in rows(client, "/v1/monitoring/checks")} == {"completeness", "promo share"}
    assert [row["severity"] for row in rows(client, "/v1/monitoring/checks", passed="false")] == ["warn"]
    assert rows(client, "/v1/monitoring/drift")[0]["psi"] == 0.03
    assert rows(client, "/v1/monitoring/freshness")[0]["newest"] == "2024-06-30T00:00:00Z"
    assert rows(client, "/v1/monitoring/alerts", run_id="none") == []


def test_snapshots_are_listed_with_their_lineage(client):
    kept = rows(client, "/v1/snapshots")
    assert [row["served"] for row in kept] == [True, False]
    assert kept[0]["run_id"] == "abc123def456"
    assert kept[0]["tables"]["marts.forecast_latest"] == 420


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/v1/series", {"limit": 0}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"limit": 1001}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"limit": " 5"}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"limit": ["5", "6"]}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"cursor": "nonsense"}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"cursor": "eyJzbmFwc2hvdCI6IjEiLCJhZnRlciI6M30"}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"status": "gone"}, 422, "VALIDATION_FAILED"),
        ("/v1/series", {"colour": "red"}, 422, "VALIDATION_FAILED"),
        ("/v1/series/detail", {"unique_id": "nope"}, 404, "UNKNOWN_SERIES"),
        ("/v1/series/detail", {}, 422, "VALIDATION_FAILED"),
        ("/v1/hierarchy", {"root": "nope"}, 404, "UNKNOWN_SERIES"),
        ("/v1/hierarchy", {"depth": 11}, 422, "VALIDATION_FAILED"),
        ("/v1/history", {"unique_id": "nope"}, 404, "UNKNOWN_SERIES"),
        ("/v1/history", {"unique_id": SERIES, "from": "yesterday"}, 422, "VALIDATION_FAILED"),
        ("/v1/forecast/compare", {"unique_id": SERIES, "cutoff_a": "1999-01-01"}, 404, "UNKNOWN_CUTOFF"),
        ("/v1/forecast/compare", {"unique_id": SERIES, "cutoff_a": "2024-06-30"}, 422, "VALIDATION_FAILED"),
        ("/v1/forecast/compare", {"unique_id": "S2|P3"}, 404, "UNKNOWN_CUTOFF"),
        ("/v1/models/none-such", {}, 404, "UNKNOWN_MODEL"),
        ("/v1/monitoring/secrets", {}, 422, "VALIDATION_FAILED"),
        ("/v1/products", {"x": "y"}, 422, "VALIDATION_FAILED"),
        ("/v1/nothing", {}, 404, "NOT_FOUND"),
        ("/v1/series/", {}, 404, "NOT_FOUND"),
    ],
)
def test_what_cannot_be_answered_has_a_code(client, path, params, status, code):
    answer = client.get(path, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_cursor_of_an_earlier_snapshot_has_expired(client_of, publish_next, wait_until):
    client = client_of()
    cursor = client.get("/v1/series", params={"limit": 5}).json()["next_cursor"]
    snapshot_id = publish_next()
    wait_until(lambda: client.get("/v1/series").json()["snapshot_id"] == snapshot_id)
    answer = client.get("/v1/series", params={"limit": 5, "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (410, "SNAPSHOT_EXPIRED")


def test_a_query_that_takes_too_long_is_stopped(client_of, monkeypatch):
    from api import pages

    client = client_of(query_deadline_s=0.2)
    monkeypatch.setattr(pages, "contains", lambda column: "(select count(*) from range(1e10::bigint)) > 0")
    from api.routers import series

    monkeypatch.setattr(
        series,
        "contains",
        lambda column: "? <> '' and (select sum(a.i * b.i) from range(1000000) a(i), range(1000000) b(i)) > 0",
    )
    answer = client.get("/v1/series", params={"q": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "QUERY_TIMEOUT")
    assert client.get("/v1/series").status_code == 200


INJECTIONS = [
    "' OR 1=1 --", "'; DROP TABLE marts.dim_series; --", "../../../etc/passwd", "%00", "%2e%2e%2f", "\r\nSet-Cookie: a=b",
    "${jndi:ldap://x}", "\u202eevil", "x" * 512, "{{7*7}}", "$(id)", "`id`", "a|b;c&d", "\\", '"', "🦆", "' UNION SELECT 1 --",
    "*", "%", "_", "NULL", "-1", "1e999", "<script>", "\t", "\x7f",
]  # fmt: skip
PARAMETERS = [
    ("/v1/forecast", "unique_id"), ("/v1/forecast", "product"), ("/v1/series", "q"), ("/v1/series", "parent"),
    ("/v1/series", "cursor"), ("/v1/series/detail", "unique_id"), ("/v1/hierarchy", "root"), ("/v1/history", "unique_id"),
    ("/v1/accuracy", "model"), ("/v1/models", "stage"), ("/v1/monitoring/checks", "run_id"), ("/v1/forecast/compare", "unique_id"),
    ("/v1/export/dim_series", "unique_id"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_nothing_can_be_injected(client, path, name):
    for text in INJECTIONS:
        answer = client.get(path, params={name: text})
        assert answer.status_code in {200, 404, 422}, (text, answer.text)
        assert "set-cookie" not in answer.headers
        for leaked in ("Binder Error", "Parser Error", "Catalog Error", "Traceback", "duckdb"):
            assert leaked not in answer.text
    assert len(rows(client, "/v1/series")) == 16
