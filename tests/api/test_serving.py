"""Which snapshot is served: swaps, refusals, cold starts; the last good one is served whatever comes."""

import json
import random
import threading

import pytest

SERIES = "S1|P1"


def pointer_of(home):
    return home / "demo/published/current.json"


def said(home):
    return json.loads(pointer_of(home).read_text())


def forecast(client, **params):
    return client.get("/v1/forecast", params={"product": "demo", "unique_id": SERIES, **params})


def replace_pointer(home, text):
    """As the publisher does it: another file, renamed."""
    temporary = pointer_of(home).with_suffix(".next")
    temporary.write_text(text)
    temporary.replace(pointer_of(home))


def test_a_new_snapshot_is_served_without_a_restart(client_of, publish_next, wait_until, home):
    client = client_of()
    before = forecast(client).json()
    snapshot_id = publish_next(shift=1.0)
    wait_until(lambda: forecast(client).json()["snapshot_id"] == snapshot_id)
    after = forecast(client).json()
    assert after["points"][0]["yhat"] == before["points"][0]["yhat"] + 1.0
    assert not after["stale"]


def test_a_rollback_is_served_without_a_restart(client_of, wait_until, home):
    from dagster_project.paths import ProductPaths
    from dagster_project.publishing.snapshots import rollback

    client = client_of()
    newest = forecast(client).json()
    earlier = rollback(ProductPaths(home, "demo")).snapshot_id
    wait_until(lambda: forecast(client).json()["snapshot_id"] == earlier)
    assert forecast(client).json()["points"][0]["yhat"] == newest["points"][0]["yhat"] + 5.0
    rollback(ProductPaths(home, "demo"), newest["snapshot_id"])
    wait_until(lambda: forecast(client).json() == newest)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda now: "", "current.json cannot be read"),
        (lambda now: '{"snapshot_id": "0000', "current.json cannot be read"),
        (
            lambda now: json.dumps(
                {**now, "snapshot_id": "000009-aaaaaaaaaa", "file": "snap_000009-aaaaaaaaaa.duckdb"}
            ),
            "missing",
        ),
        (lambda now: json.dumps({**now, "snapshot_id": "000009-aaaaaaaaaa", "sha256": "0" * 64}), "SHA-256"),
        (
            lambda now: json.dumps({**now, "snapshot_id": "000009-aaaaaaaaaa", "schema_version": "99"}),
            "schema version 99",
        ),
        (lambda now: json.dumps({**now, "file": "../../../etc/passwd"}), "current.json cannot be read"),
    ],
)
def test_a_bad_pointer_keeps_the_last_snapshot_and_says_why(client_of, wait_until, home, damage, reason):
    client = client_of()
    good, text = forecast(client).json(), pointer_of(home).read_text()
    replace_pointer(home, damage(said(home)))
    wait_until(lambda: forecast(client).json()["stale"])
    stale = forecast(client)
    assert stale.status_code == 200
    assert reason in stale.json()["stale_reason"]
    assert stale.json() == {**good, "stale": True, "stale_reason": stale.json()["stale_reason"]}
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert 'forecast_snapshot_stale{product="demo"} 1.0' in client.get("/metrics").text
    replace_pointer(home, text)
    wait_until(lambda: not forecast(client).json()["stale"])
    assert forecast(client).json() == good


def test_a_pointer_that_disappears_keeps_the_last_snapshot(client_of, wait_until, home):
    client = client_of()
    pointer_of(home).unlink()
    wait_until(lambda: forecast(client).json()["stale"])
    assert "current.json is missing" in forecast(client).json()["stale_reason"]


def test_a_damaged_new_snapshot_is_never_served(client_of, publish_next, wait_until, home):
    client = client_of()
    good = forecast(client).json()
    text = pointer_of(home).read_text()
    publish_next(shift=3.0)
    current = said(home)
    file = home / "demo/published" / current["file"]
    wait_until(lambda: forecast(client).json()["snapshot_id"] == current["snapshot_id"])
    replace_pointer(home, text)
    wait_until(lambda: forecast(client).json()["snapshot_id"] == good["snapshot_id"])
    whole = file.read_bytes()
    file.chmod(0o644)
    for seed in range(5):
        damaged = bytearray(whole)
        damaged[random.Random(seed).randrange(len(whole))] ^= 1 << seed
        file.write_bytes(damaged)
        replace_pointer(home, json.dumps({**current, "run_id": f"attempt{seed}"}))
        wait_until(lambda: forecast(client).json()["stale"])
        assert forecast(client).json()["points"] == good["points"]
        replace_pointer(home, text)
        wait_until(lambda: not forecast(client).json()["stale"])


def test_a_served_file_that_is_removed_goes_on_being_served(client_of, home):
    client = client_of()
    (home / "demo/published" / said(home)["file"]).unlink()
    assert forecast(client).status_code == 200
    assert client.get("/v1/history", params={"unique_id": SERIES}).status_code == 200


def test_a_cold_start_with_a_bad_snapshot_serves_the_one_before(client_of, home):
    current = said(home)
    file = home / "demo/published" / current["file"]
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-4096])
    client = client_of()
    answer = forecast(client).json()
    assert answer["snapshot_id"] < current["snapshot_id"]
    assert answer["stale"]
    assert "SHA-256" in answer["stale_reason"]
    assert client.get("/ready").json()["products"][0]["status"] == "degraded"


def test_a_cold_start_with_a_damaged_pointer_serves_the_newest_snapshot(client_of, home):
    newest = said(home)["snapshot_id"]
    replace_pointer(home, "{")
    answer = forecast(client_of()).json()
    assert (answer["snapshot_id"], answer["stale"]) == (newest, True)


def test_nothing_to_serve_is_503_and_still_alive(client_of, home):
    for file in (home / "demo/published").glob("snap_*"):
        file.unlink()
    client = client_of(products=("demo",))
    assert client.get("/health").json() == {"status": "ok"}
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    answer = forecast(client)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "NO_SNAPSHOT", "5")


def test_the_first_publish_after_the_start_is_served(client_of, home, publish_next, wait_until):
    for file in (home / "demo/published").iterdir():
        if file.is_file():
            file.unlink()
    client = client_of()
    assert client.get("/ready").status_code == 503
    publish_next()
    wait_until(lambda: client.get("/ready").status_code == 200)
    assert forecast(client).status_code == 200


def test_several_products_are_served_and_must_be_named(client_of, publish_next):
    publish_next(shift=9.0, name="other")
    client = client_of()
    assert [row["product"] for row in client.get("/v1/products").json()["products"]] == ["demo", "other"]
    unnamed = client.get("/v1/forecast", params={"unique_id": SERIES})
    assert (unnamed.status_code, unnamed.json()["param"]) == (422, "product")
    other = client.get("/v1/forecast", params={"product": "other", "unique_id": SERIES}).json()
    assert other["points"][0]["yhat"] == forecast(client).json()["points"][0]["yhat"] + 9.0


def test_only_the_products_of_the_settings_are_served(client_of, publish_next):
    publish_next(name="other")
    client = client_of(products=("other",))
    assert [row["product"] for row in client.get("/v1/products").json()["products"]] == ["other"]
    assert forecast(client).status_code == 404


def test_a_snapshot_that_is_too_old_is_called_stale(client_of):
    client = client_of(max_age_hours=24)
    answer = forecast(client).json()
    assert answer["stale"]
    assert "more than 24 hours ago" in answer["stale_reason"]
    assert client.get("/ready").json()["status"] == "degraded"


def test_a_forecast_from_before_the_last_observation_is_stale_though_the_snapshot_is_new(client_of, home, example):
    import duckdb

    from dagster_project.paths import ProductPaths
    from dagster_project.publishing.protocol import publish

    paths = ProductPaths(home, "demo")
    example.build_warehouse(paths.warehouse)
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("update marts.forecast_latest set is_stale = true where unique_id = 'S1|P1'")
    publish(paths, example.CARD, example.LINEAGE, published_at=example.PUBLISHED_AT)
    client = client_of()
    assert forecast(client).json()["stale_reason"] == "the forecast of this series was made before its last observation"
    assert not client.get("/v1/forecast", params={"unique_id": "total"}).json()["stale"]


def test_answers_during_swaps_are_whole(client_of, publish_next, home):
    """Every answer comes from one snapshot: the distance between two series is the same in all of them."""
    client = client_of()
    stop, wrong, seen = threading.Event(), [], set()

    def read():
        while not stop.is_set():
            body = client.post("/v1/forecast:batch", json={"unique_ids": ["total", SERIES]}).json()
            ids = {result["forecast"]["snapshot_id"] for result in body["results"]} | {body["snapshot_id"]}
            total, series = (result["forecast"]["points"][0]["yhat"] for result in body["results"])
            seen.add(body["snapshot_id"])
            if len(ids) != 1 or round(total - series, 6) != difference:
                wrong.append(body)

    first = client.post("/v1/forecast:batch", json={"unique_ids": ["total", SERIES]}).json()["results"]
    difference = round(first[0]["forecast"]["points"][0]["yhat"] - first[1]["forecast"]["points"][0]["yhat"], 6)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for shift in (1.0, 2.0, 3.0):
        publish_next(shift=shift)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(seen) >= 2


def test_an_error_of_ours_in_the_poller_does_not_end_it(client_of, publish_next, wait_until, monkeypatch):
    from api.serving import Serving

    client = client_of()
    real, calls = Serving._names, []

    def fails_once(self):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")
        return real(self)

    monkeypatch.setattr(Serving, "_names", fails_once)
    wait_until(lambda: len(calls) >= 2)
    snapshot_id = publish_next()
    wait_until(lambda: forecast(client).json()["snapshot_id"] == snapshot_id)
