"""The first step of a run: at which instant the data is taken, and how that instant may be spelled."""

import datetime as dt

import duckdb
import pytest
from pydantic import ValidationError

from dagster_project.defs.settings import RunSettings
from dagster_project.errors import UsageError
from dagster_project.ingest import manifests_of
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivering import deliver_for_run
from dagster_project.product import load_product

NOW = dt.datetime.fromisoformat("2030-01-01T00:00:00")


def test_a_generated_product_is_delivered_as_it_was_at_the_instant_asked_for(tmp_path):
    paths = ProductPaths(tmp_path, "demo")
    instant = dt.datetime.fromisoformat("2025-01-15T01:00:00")
    report = deliver_for_run(load_product("demo"), paths, source=None, as_of=instant, now=NOW)
    assert report.changed
    delivered = [manifest for manifest in manifests_of(paths) if manifest.source == "demo_shop"]
    assert {manifest.as_of for manifest in delivered} == {instant}
    (orders,) = [manifest for manifest in delivered if manifest.entity == "order_lines"]
    parquet = paths.raw / orders.folder / orders.files[0].parquet
    ingested, ordered = duckdb.sql(
        f"select max(ingested_at), max(try_cast(order_ts as timestamp)) filter (where order_ts < '2100') from '{parquet}'"
    ).fetchone()
    assert "2025-01-14" < str(ingested) <= "2025-01-15 01:00:00"
    assert str(ordered) < "2025-01-15"
    again = deliver_for_run(load_product("demo"), paths, source=None, as_of=instant, now=NOW)
    assert not again.changed


def test_an_instant_outside_the_generated_world_is_refused_and_leaves_nothing(tmp_path):
    paths = ProductPaths(tmp_path, "demo")
    with pytest.raises(UsageError, match="as_of between"):
        deliver_for_run(
            load_product("demo"), paths, source=None, as_of=dt.datetime.fromisoformat("2001-01-01"), now=NOW
        )
    assert manifests_of(paths) == []


@pytest.mark.parametrize("spelled", ["2026-07-01", "2026-07-01T00:00:00", "2026-07-01 02:00:00+02:00"])
def test_the_same_instant_is_the_same_run_however_it_is_spelled(spelled):
    assert RunSettings(as_of=spelled, cutoff=spelled).as_of == "2026-07-01 00:00:00"


def test_a_time_that_is_none_is_refused():
    with pytest.raises((ValidationError, UsageError), match="ISO date"):
        RunSettings(cutoff="last week")
