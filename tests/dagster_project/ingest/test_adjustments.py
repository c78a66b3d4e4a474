"""Adjustments by hand: a source with a contract; without author and reason there is none."""

import json

import pytest

from dagster_project.ingest import manifests_of
from dagster_project.pipeline.identity import deliveries_in_force
from tests.dagster_project.ingest.shop import AS_OF, GOOD

HEADER = "unique_id,first_ds,last_ds,kind,amount,author,reason,decided_at"
ROW = "A,2026-03-01,2026-03-02,multiply,1.2,ann@example.org,Street festival,2026-02-27 10:00:00"
FILE = f"{HEADER}\n{ROW}\n"


def test_a_file_with_author_and_reason_is_a_raw_snapshot_of_its_own(shop):
    shop.deliver({"sales.csv": GOOD})
    report = shop.deliver({"adjustments_march.csv": FILE})

    (manifest,) = manifests_of(shop.paths, "adjustments")
    assert [(item.entity, item.status, item.rows) for item in report.outcomes] == [("adjustments", "new", 1)]
    assert (manifest.entity, manifest.contract_version, manifest.rows) == ("adjustments", "1.0.0", 1)
    assert [item.status for item in shop.deliver({"adjustments_march.csv": FILE}).outcomes] == ["unchanged"]


def test_an_adjustment_is_no_history_and_asks_for_no_new_training(shop):
    shop.deliver({"sales.csv": GOOD})
    before = deliveries_in_force(shop.paths)
    shop.deliver({"adjustments.csv": FILE}, as_of=AS_OF.replace(day=5))
    assert deliveries_in_force(shop.paths) == before


@pytest.mark.parametrize(
    ("broken", "column", "row"),
    [
        (FILE.replace("ann@example.org", ""), "author", 1),
        (f"{FILE}{ROW.replace('Street festival', '')}\n", "reason", 2),
        (FILE.replace("multiply", "double"), "kind", 1),
        (FILE.replace("1.2", "a lot"), "amount", 1),
        (FILE.replace("2026-03-02", "soon"), "last_ds", 1),
    ],
)
def test_one_incomplete_row_refuses_the_whole_file_and_says_where(shop, broken, column, row):
    shop.deliver({"sales.csv": GOOD})
    refusal = shop.refused({"adjustments.csv": broken})

    assert (refusal.where.file, refusal.where.row, refusal.where.column) == ("adjustments.csv", row, column)
    assert manifests_of(shop.paths, "adjustments") == []
    (reason,) = shop.paths.quarantine.glob("*/reason.json")
    assert json.loads(reason.read_text())["column"] == column
    assert (reason.parent / "adjustments.csv").read_text() == broken


@pytest.mark.parametrize("column", ["author", "reason"])
def test_a_file_without_the_column_is_refused(shop, column):
    names = HEADER.split(",")
    place = names.index(column)
    without = "\n".join(
        ",".join(cell for i, cell in enumerate(line.split(",")) if i != place) for line in FILE.splitlines()
    )
    refusal = shop.refused({"sales.csv": GOOD, "adjustments.csv": without})

    assert column in refusal.expected
    # All or nothing: what came with it is not stored either.
    assert manifests_of(shop.paths) == []
