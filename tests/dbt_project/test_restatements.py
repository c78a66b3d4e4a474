"""What later deliveries changed: every version of every observation, what kind of change it was, and which runs saw the old value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from dagster_project.dbt import dbt_vars, run_dbt
from dagster_project.ingest import deliver
from dagster_project.paths import ProductPaths
from dagster_project.pipeline.delivery_history import record_last_delivery, replay_missing_deliveries
from dagster_project.product import Product

pytestmark = pytest.mark.timeout(900)
LATEST = "9999-12-31 00:00:00"
DAYS = [dt.date(2024, 2, 1) + dt.timedelta(days=day) for day in range(31)]
ARRIVALS = [dt.datetime.fromisoformat(f"2024-03-0{day} 02:00") for day in (1, 2, 3)]
PRODUCT = Product.model_validate(
    {
        "name": "restated",
        "title": "Units sold by shop",
        "source_system": "tidy",
        "problem": dict.fromkeys(["decision", "consumer", "on_late", "on_wrong", "fallback", "cadence"], "As tested."),
        "owners": {"data": "team:tests", "model": "team:tests"},
        "freq": "D",
        "season_lengths": [7],
        "horizon": 7,
        "keys": ["shop"],
        "target": {"name": "sold", "unit": "units", "kind": "count"},
        "attributes": [{"name": "region"}],
        "hierarchy": [["region"]],
        "entities": {
            "observations": {"contract": "tidy.observations", "files": ["sales*"]},
            "attributes": {"contract": "tidy.attributes", "files": ["shops*"]},
        },
        "tidy": {"time": "date", "target": "sold", "keys": {"shop": "shop"}, "attributes": {"region": "region"}},
        "data": {"as_known_then": True},
    }
)
State = dict[tuple[str, dt.date], float]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2024-{text}")


def states() -> list[State]:
    """What each of three deliveries says; each is the whole history."""
    first = {
        (shop, ds): level + ds.isoweekday() for shop, level in (("north", 10.0), ("south", 20.0)) for ds in DAYS[:29]
    }
    del first["north", day("02-20")]
    second = first | {("north", DAYS[29]): 15.0, ("south", DAYS[29]): 25.0}
    second |= {("north", day("02-10")): 40.0, ("south", day("02-12")): 2.0, ("north", day("02-20")): 7.0}
    del second["south", day("02-15")]
    third = second | {("north", DAYS[30]): 16.0, ("south", DAYS[30]): 26.0, ("north", day("02-10")): 30.0}
    third["west", day("02-05")] = third.pop(("south", day("02-05")))
    third |= {("west", day("02-28")): 3.0, ("west", DAYS[30]): 4.0}
    return [first, second, third]


def deliver_state(paths: ProductPaths, inbox: Path, number: int) -> None:
    lines = [f"{ds},{shop},{y}" for (shop, ds), y in states()[number].items()]
    inbox.mkdir(exist_ok=True)
    (inbox / "sales.csv").write_text("\n".join(["date,shop,sold", *lines]) + "\n")
    # The third delivery moves a shop to another region.
    south = "coast" if number == 2 else "inland"
    (inbox / "shops.csv").write_text(f"shop,region\nnorth,inland\nsouth,{south}\nwest,coast\n")
    deliver(PRODUCT, paths, inbox, ARRIVALS[number])


def build(paths: ProductPaths) -> None:
    """The part of a run's build that is about history."""
    selected = [
        "+fct_observations",
        "+restatements",
        "+restated_forecasts",
        "+bridge_hierarchy_history",
        "+cleaning_log",
    ]
    # Tests that also look at the features would find none.
    command = ["build", "--select", *selected, "--indirect-selection", "buildable"]
    done = run_dbt(command, PRODUCT, paths, variables=dbt_vars(PRODUCT, paths), capture=True)
    assert done.returncode == 0, done.stdout[-4000:]
    record_last_delivery(PRODUCT, paths, as_of=LATEST)


def rows(paths: ProductPaths, sql: str) -> list[tuple]:
    with duckdb.connect(str(paths.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def history(paths: ProductPaths) -> list[list[tuple]]:
    tables = (
        "marts.fct_observation_versions",
        "marts.bridge_hierarchy_history",
        "intermediate.int_observation_changes",
    )
    return [rows(paths, f"select * from {table} order by all") for table in tables]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> ProductPaths:
    """Three deliveries, then one build; a run of the first delivery stands in the books."""
    home = tmp_path_factory.mktemp("at_once")
    paths = ProductPaths(home, PRODUCT.name).create()
    for number in range(3):
        deliver_state(paths, home / "inbox", number)
    assert replay_missing_deliveries(PRODUCT, paths, as_of=LATEST) == ARRIVALS[:2]
    with duckdb.connect(str(paths.warehouse)) as connection:
        connection.execute(
            "insert into forecasting.runs (run_id, product, as_of, cutoff) values "
            "('early', 'restated', '2024-03-01 02:00', '2024-02-11'), ('late', 'restated', '2024-03-03 02:00', '2024-03-02')"
        )
        connection.execute(
            "insert into forecasting.forecasts (unique_id, cutoff, ds, model, yhat, run_id) "
            "values ('south', '2024-02-11', '2024-02-12', 'naive', 20, 'early')"
        )
        connection.execute(
            "insert into forecasting.model_choices (unique_id, cutoff, model, run_id) "
            "values ('south', '2024-02-11', 'naive', 'early')"
        )
    build(paths)
    return paths


def as_known(paths: ProductPaths, instant: dt.datetime) -> State:
    """Every observation as it was known at an instant: the listed versions over the table of observations."""
    sql = f"""
        select coalesce(versions.unique_id, observations.unique_id), coalesce(versions.ds, observations.ds),
            coalesce(versions.y, observations.y)
        from (select * from marts.fct_observations
              anti join marts.fct_observation_versions using (unique_id, ds)) as observations
        full outer join (
            select * from marts.fct_observation_versions
            where known_at <= '{instant}' and (superseded_at is null or superseded_at > '{instant}')
        ) as versions on false
        where versions.ds is not null or observations.known_at <= '{instant}'
    """
    return {(unique_id, ds): y for unique_id, ds, y in rows(paths, sql)}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_was_known_after_a_delivery_is_what_the_delivery_said(at_once: ProductPaths, number: int) -> None:
    known = as_known(at_once, ARRIVALS[number])
    told = states()[number]

    assert {key: known.get(key, 0.0) for key in told} == told
    # What no delivery had told by then was silence, and for counts silence is zero.
    assert {y for key, y in known.items() if key not in told} <= {0.0}


def test_as_known_then_and_latest_truth_differ_exactly_by_the_restatements(at_once: ProductPaths) -> None:
    end_of_february = dt.datetime.fromisoformat("2024-03-01")
    then, now = as_known(at_once, end_of_february), as_known(at_once, dt.datetime.fromisoformat("2025-01-01"))
    differing = {key for key in then.keys() | now.keys() if key[1] < day("03-01") and then.get(key) != now.get(key)}
    restated = rows(at_once, "select distinct unique_id, ds from monitoring.restatements where ds < '2024-03-01'")

    assert differing == set(restated)


def test_every_change_is_listed_once_with_its_kind(at_once: ProductPaths) -> None:
    listed = rows(
        at_once,
        "select delivered_at, unique_id, strftime(ds, '%m-%d'), kind, old_y, new_y, n_runs from monitoring.restatements order by all",
    )

    assert listed == [
        (ARRIVALS[1], "north", "02-10", "correction_up", 16.0, 40.0, 1),
        (ARRIVALS[1], "north", "02-20", "late_arrival", 0.0, 7.0, 0),
        (ARRIVALS[1], "south", "02-12", "correction_down", 21.0, 2.0, 0),
        (ARRIVALS[1], "south", "02-15", "deletion", 24.0, 0.0, 0),
        (ARRIVALS[2], "north", "02-10", "correction_down", 40.0, 30.0, 1),
        (ARRIVALS[2], "south", "02-05", "reclassification", 21.0, 0.0, 1),
        (ARRIVALS[2], "west", "02-05", "reclassification", None, 21.0, 1),
        (ARRIVALS[2], "west", "02-28", "new_series", None, 3.0, 0),
    ]


def test_a_run_is_followed_to_what_it_took_and_to_what_it_is_compared_with(at_once: ProductPaths) -> None:
    followed = rows(
        at_once,
        "select run_id, delivered_at, n_inputs, n_series, absolute_change, n_targets, absolute_error_as_known, "
        "absolute_error_as_restated from monitoring.restated_forecasts order by all",
    )

    assert followed == [
        ("early", ARRIVALS[1], 1, 1, 24.0, 1, 1.0, 18.0),
        ("early", ARRIVALS[2], 3, 3, 10.0 + 21.0 + 21.0, 0, None, None),
    ]


def test_a_shop_that_moves_takes_nothing_along_from_before(at_once: ProductPaths) -> None:
    sums = rows(
        at_once,
        """
        select bridge.level, bridge.node_id, observations.ds, sum(observations.y)
        from marts.bridge_hierarchy_history as bridge
        inner join marts.fct_observations as observations
            on
                bridge.unique_id = observations.unique_id
                and coalesce(observations.ds >= bridge.valid_from, true)
                and coalesce(observations.ds < bridge.valid_to, true)
        group by all
        """,
    )
    by_node = {(node, ds): y for _, node, ds, y in sums}
    last = states()[-1]
    for ds in DAYS:
        coast = {"west", "south"} if ds == DAYS[-1] else {"west"}
        in_coast = sum(y for (shop, told), y in last.items() if told == ds and shop in coast)
        everything = sum(y for (_, told), y in last.items() if told == ds)
        assert by_node.get(("region=coast", ds), 0.0) == in_coast
        assert by_node["region=inland", ds] == everything - in_coast
        assert by_node["total", ds] == everything


@pytest.mark.slow
def test_a_build_per_delivery_writes_what_one_build_at_the_end_writes(at_once: ProductPaths, tmp_path: Path) -> None:
    paths = ProductPaths(tmp_path, PRODUCT.name).create()
    replayed: Mapping[int, list[dt.datetime]] = {0: [], 1: ARRIVALS[:1], 2: []}
    for number in range(3):
        deliver_state(paths, tmp_path / "inbox", number)
        assert replay_missing_deliveries(PRODUCT, paths, as_of=LATEST) == replayed[number]
        build(paths)
        if number == 0:
            assert rows(paths, "select count(*) from intermediate.int_observation_changes") == [(0,)]

    assert history(paths) == history(at_once)
