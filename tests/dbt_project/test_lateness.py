"""A feed that comes after the time its contract says is late, on its owner's clock, and that is all: it is told, not refused."""

import duckdb
import pytest

from tests.dbt_project.macros import DBT_PROJECT, macro, model

MONITORING = DBT_PROJECT.parent / "models_sql" / "marts" / "monitoring"


@pytest.fixture
def freshness():
    """The freshness of a shop whose deliveries all came at 01:30:20 UTC on a day in July."""
    con = duckdb.connect()
    for entity in macro("source_entities")("demo_shop"):
        con.execute(
            f"create table raw_{entity} as select timestamp '2026-06-30 00:10:00' as _as_of "
            "union all select timestamp '2026-07-01 01:30:20'"
        )
    con.execute(
        """
        create table service_levels as select 'demo_shop' as source_system, * from (values
            ('order_lines', '03:00', 'Europe/Berlin', 'team:tills'),
            ('products', '03:30', 'Europe/Berlin', 'team:masters'),
            ('stores', '01:00', 'UTC', 'team:masters'),
            ('prices', '21:30', 'America/New_York', 'team:masters')
        ) as levels (entity, due, timezone, owner)
        """
    )
    con.execute(
        "create table dim_series as select 'a' as unique_id, 'bottom' as level, 'active' as status, date '2026-06-30' as last_ds"
    )
    con.execute(
        "create table feature_cutoffs as select date '2026-06-30' as cutoff, 20634 as cutoff_index, 'live' as role"
    )
    con.execute("create table fct_forecasts as select date '2026-06-29' as cutoff")
    con.execute("create table freshness as " + model(MONITORING / "freshness.sql"))
    yield con
    con.close()


def test_minutes_late_are_whole_ones_on_the_clock_of_the_owner(freshness):
    found = freshness.execute(
        "select entity, owner, minutes_late, sla_status, is_stale from freshness where subject = 'delivery' order by entity"
    ).fetchall()

    assert found == [
        ("order_lines", "team:tills", 30, "late", True),
        ("prices", "team:masters", 0, "on time", False),
        ("products", "team:masters", 0, "on time", False),
        ("stores", "team:masters", 30, "late", True),
    ]


def test_series_and_forecast_are_told_beside_the_deliveries(freshness):
    found = freshness.execute(
        "select subject, periods_behind, sla_status, is_stale from freshness where subject <> 'delivery' order by subject"
    ).fetchall()

    assert found == [("forecast", 1, None, True), ("series", 0, None, False)]


def test_a_late_delivery_is_a_warning_that_names_its_owner(freshness):
    freshness.execute(f"create table alert_rules as select * from read_csv('{DBT_PROJECT}/seeds/alert_rules.csv')")
    stale = model(MONITORING / "alerts.sql").split("stale as (")[1].split("),\n\ndrifted")[0]
    found = freshness.execute(
        f"""
        select stale.subject, stale.observed, rules.tier, stale.owner
        from ({stale}) as stale
        inner join alert_rules as rules on stale.rule_id = rules.rule_id
        where stale.rule_id = 'late_delivery' and stale.observed > rules.threshold
        order by all
        """
    ).fetchall()

    assert found == [("order_lines", 30.0, "warn", "team:tills"), ("stores", 30.0, "warn", "team:masters")]
