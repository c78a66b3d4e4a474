"""What changed between two deliveries is listed exactly."""

import pytest

from dagster_project.errors import UsageError
from dagster_project.ingest import diff, manifests_of
from tests.dagster_project.ingest.shop import AS_OF, GOOD

LATER = AS_OF.replace(day=2)


@pytest.fixture
def two(shop):
    shop.deliver({"sales.csv": GOOD})
    changed = GOOD.replace("2026-02-03,A,6,1\n", "2026-02-03,A,7,\n").replace("2026-02-09,B,18,1\n", "")
    shop.deliver({"sales.csv": changed + "2026-03-01,A,5,0\n"}, as_of=LATER)
    return shop, [manifest.delivery_id for manifest in manifests_of(shop.paths, "tidy", "observations")]


def test_added_removed_and_changed_keys_come_with_their_values(two):
    shop, (before, after) = two
    (found,) = diff(shop.product, shop.paths, before, after)
    assert (found.added, found.removed, found.changed) == (1, 1, 1)
    assert found.rows.to_pylist() == [
        {"key": "A|2026-02-03", "change": "changed", "column": "promo", "before": "1", "after": None},
        {"key": "A|2026-02-03", "change": "changed", "column": "sold", "before": "6", "after": "7"},
        {"key": "A|2026-03-01", "change": "added", "column": "promo", "before": None, "after": "0"},
        {"key": "A|2026-03-01", "change": "added", "column": "sold", "before": None, "after": "5"},
        {"key": "B|2026-02-09", "change": "removed", "column": "promo", "before": "1", "after": None},
        {"key": "B|2026-02-09", "change": "removed", "column": "sold", "before": "18", "after": None},
    ]


def test_instants_name_what_was_in_force_then(two):
    shop, _ = two
    (found,) = diff(shop.product, shop.paths, "2026-03-01", "2026-03-02")
    assert (found.added, found.removed, found.changed) == (1, 1, 1)


def test_a_delivery_does_not_differ_from_itself(two):
    shop, (before, _) = two
    assert diff(shop.product, shop.paths, before, before) == []


def test_the_beginning_of_an_id_is_enough(two):
    shop, (before, after) = two
    (found,) = diff(shop.product, shop.paths, before[:8], after[:8])
    assert (found.before, found.after) == (before, after)


def test_the_list_is_bounded_and_the_counts_are_not(shop):
    shop.deliver({"sales.csv": GOOD})
    shop.deliver({"sales.csv": GOOD.replace(",0\n", ",1\n")}, as_of=LATER)
    first, second = (manifest.delivery_id for manifest in manifests_of(shop.paths))
    (found,) = diff(shop.product, shop.paths, first, second, limit=5)
    assert found.changed == 28
    assert found.rows.num_rows == 5


def test_repeated_keys_are_compared_in_their_order(shop):
    shop.deliver({"sales.csv": GOOD + "2026-02-01,A,50,0\n"})
    shop.deliver({"sales.csv": GOOD + "2026-02-01,A,51,0\n"}, as_of=LATER)
    first, second = (manifest.delivery_id for manifest in manifests_of(shop.paths))
    (found,) = diff(shop.product, shop.paths, first, second)
    assert found.rows.to_pylist() == [
        {"key": "A|2026-02-01", "change": "changed", "column": "sold", "before": "50", "after": "51"}
    ]


def test_an_unknown_delivery_is_wrong_usage(two):
    shop, (before, _) = two
    with pytest.raises(UsageError, match=before):
        diff(shop.product, shop.paths, "zzz", before)
