"""A publish that is killed at any point leaves the last snapshot served, and a rerun ends as if nothing had happened."""

import signal

import duckdb
import pytest

from dagster_project.publishing.manifest import read_all, read_current
from dagster_project.publishing.protocol import FAILPOINTS
from dagster_project.publishing.snapshots import query_snapshot, verify_snapshot

SHOWN_BY = {"after_pointer", "after_manifest", "mid_retention"}


def yhat_of_total(paths):
    return query_snapshot(paths, "select min(yhat) as yhat from forecast_latest where unique_id = 'total'")["yhat"][
        0
    ].as_py()


@pytest.fixture(scope="module")
def unfaulted(tmp_path_factory, example):
    """Content digests of the two snapshots, published without any fault."""
    from dagster_project.paths import ProductPaths
    from dagster_project.publishing.protocol import publish

    paths = ProductPaths(tmp_path_factory.mktemp("unfaulted"), "demo")
    digests = []
    for shift in (0.0, 1.0):
        example.build_warehouse(paths.warehouse, shift=shift)
        publish(paths, example.CARD, example.LINEAGE, published_at=example.PUBLISHED_AT, keep=1)
        current = read_current(paths)
        digests.append((current.snapshot_id, current.content_digest, current.table_digests))
    return digests


@pytest.mark.parametrize("point", FAILPOINTS)
def test_a_kill_leaves_the_last_snapshot_and_a_rerun_finishes(published, publish_in_process, example, unfaulted, point):
    before = yhat_of_total(published)
    example.build_warehouse(published.warehouse, shift=1.0)

    killed = publish_in_process(published, fault=point, keep=1)
    assert killed.returncode == -signal.SIGKILL
    assert yhat_of_total(published) == before + (1.0 if point in SHOWN_BY else 0.0)
    verify_snapshot(published)

    rerun = publish_in_process(published, keep=1)
    assert rerun.returncode == 0, rerun.stderr
    assert yhat_of_total(published) == before + 1.0
    current = read_current(published)
    assert (current.snapshot_id, current.content_digest, current.table_digests) == unfaulted[1]
    assert [manifest.snapshot_id for manifest in read_all(published)][-1] == current.snapshot_id
    names = {file.name for file in published.published.iterdir()}
    assert not [name for name in names if name.endswith((".tmp", ".wal"))]


def test_without_the_protocol_the_same_kill_shows_readers_a_half_written_state(published):
    """The negative control: readers of the working warehouse see tables of different runs side by side."""
    with duckdb.connect(str(published.warehouse)) as con:
        con.execute("update marts.forecast_latest set yhat = yhat + 1.0")
    with duckdb.connect(str(published.warehouse), read_only=True) as con:
        torn = con.execute(
            "select count(*) from marts.forecast_latest as l inner join marts.fct_forecasts as f "
            "using (unique_id, cutoff, ds, model) where l.yhat <> f.yhat"
        ).fetchall()[0][0]
    assert torn == 15 * 28
    served = query_snapshot(
        published,
        "select count(*) as n from forecast_latest as l inner join fct_forecasts as f "
        "using (unique_id, cutoff, ds, model) where l.yhat <> f.yhat",
    )
    assert served["n"][0].as_py() == 0
