"""When something happened and when it became known are two columns, from staging on, and are never mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dagster_project.contracts import load_contract, shipped_contracts
from tests.dbt_project.macros import DBT_PROJECT

STAGING = DBT_PROJECT.parent / "models_sql" / "staging"
# What Python wrote has no ingestion; it is stamped with its run.
FILES = sorted(path for path in STAGING.glob("*/_*__models.yml") if path.parent.name != "forecasting")
MODELS = {model["name"]: model for path in FILES for model in yaml.safe_load(path.read_text())["models"]}


def test_every_staging_model_is_looked_at() -> None:
    files = {path.stem for path in STAGING.glob("*/stg_*.sql") if path.parent.name != "forecasting"}
    assert set(MODELS) == files
    assert len(files) > 12


@pytest.mark.parametrize("name", MODELS)
def test_a_staging_model_keeps_event_time_and_ingestion_time_apart(name: str) -> None:
    model = MODELS[name]
    meta = model["config"]["meta"]
    columns = {column["name"] for column in model["columns"]}

    assert meta["ingestion_time"] == "_as_of"
    assert meta["ingestion_time"] in columns
    assert meta["event_time"] != meta["ingestion_time"]
    assert meta["event_time"] in {None, *columns}


def test_what_has_an_event_time_by_contract_has_one_in_staging() -> None:
    said = {
        f"stg_{source}__{entity}": bool(promised.event_time)
        for source in shipped_contracts()
        for entity, promised in load_contract(source).entities.items()
    }
    has = {name: model["config"]["meta"]["event_time"] is not None for name, model in MODELS.items()}
    # The frozen holidays have no contract: they are made, not delivered.
    assert has == {**said, "stg_calendar__holidays": True}


def test_both_are_dates_or_timestamps_in_the_warehouse(demo: duckdb.DuckDBPyConnection) -> None:
    rows = demo.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'staging'"
    ).fetchall()
    types = {(table, column): kind for table, column, kind in rows}
    looked_at = [name for name in MODELS if (name, "_as_of") in types]
    assert len(looked_at) >= 6
    for name in looked_at:
        meta = MODELS[name]["config"]["meta"]
        assert types[name, meta["ingestion_time"]] == "TIMESTAMP"
        if meta["event_time"]:
            assert types[name, meta["event_time"]] in {"DATE", "TIMESTAMP"}, name


def test_observations_stand_on_the_day_they_happened_whenever_they_came(demo: duckdb.DuckDBPyConnection) -> None:
    delivered = demo.execute("select count(distinct _as_of::date) from staging.stg_demo_shop__order_lines").fetchone()
    days, elsewhere = demo.execute(
        """
        with sold as (select distinct ds from marts.fct_observations where missing_kind = 'observed' and y <> 0)

        select count(*), count(*) filter (where ordered.day is null)
        from sold
        left join (select distinct ordered_at::date as day from staging.stg_demo_shop__order_lines) as ordered
            on sold.ds = ordered.day
        """
    ).fetchall()[0]

    assert delivered is not None
    assert days > 20 * delivered[0]
    assert elsewhere == 0


def test_no_feature_reads_when_something_was_ingested() -> None:
    """Lags, levels and trends are by `ds`; the only other time they look at is `known_at`, to leave things out."""
    folder: Path = DBT_PROJECT.parent / "models_sql" / "features"
    sql: dict[str, Any] = {path.name: path.read_text() for path in folder.glob("*.sql")}
    for word in ("_as_of", "ingested_at", "delivered_at", "received_at"):
        assert [name for name, text in sql.items() if word in text] == []
