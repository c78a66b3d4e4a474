"""A report speaks of the run that the marts speak of."""

from types import SimpleNamespace

import duckdb
import pytest

from dagster_project.errors import UsageError
from dagster_project.paths import ProductPaths
from dagster_project.pipeline import reporting
from dagster_project.product import load_product

DEMO = load_product("demo")


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Two finished runs; the older one, at an earlier cutoff, is live. What would be written is the run's lineage."""
    paths = ProductPaths(tmp_path, "demo")
    paths.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(paths.warehouse)) as con:
        con.execute("create schema forecasting")
        con.execute(
            "create table forecasting.runs as from (values "
            "('older', date '2026-05-31', timestamp '2026-06-01', 'c1', 's1', timestamp '2026-06-01'), "
            "('newer', date '2026-06-30', timestamp '2026-07-01', 'c1', 's1', timestamp '2026-07-01')"
            ") as t (run_id, cutoff, as_of, code_version, config_hash, generated_at)"
        )
        con.execute("create table forecasting.live_run as select 'older' as run_id")

    def written(_, __, run_id, lineage):
        return SimpleNamespace(path=(run_id, lineage["cutoff"]))

    monkeypatch.setattr(reporting, "write_evaluation", written)
    return paths


def test_the_live_run_is_reported_and_not_the_one_made_last(paths):
    assert reporting.report_of(DEMO, paths) == ("older", "2026-05-31")
    assert reporting.report_of(DEMO, paths, "older") == ("older", "2026-05-31")


def test_another_run_has_the_report_that_it_left_and_never_the_numbers_of_the_live_one(paths):
    with pytest.raises(UsageError, match=r"no evaluation_newer\.html"):
        reporting.report_of(DEMO, paths, "newer")
    left = paths.reports / "evaluation_newer.html"
    left.parent.mkdir()
    left.write_text("as it was")
    assert reporting.report_of(DEMO, paths, "newer") == left
    assert left.read_text() == "as it was"
