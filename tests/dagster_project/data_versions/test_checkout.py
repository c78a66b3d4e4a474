"""Any version of the data can be built again by its id, with the hashes that were recorded."""

from __future__ import annotations

import json
from datetime import timedelta

import duckdb
import pytest

from dagster_project.cli.main import run
from dagster_project.data_versions.checkout import check_out
from dagster_project.data_versions.record import CLEAN, VersionRecord, read_records, write_record
from dagster_project.data_versions.recording import record_versions
from dagster_project.dbt import dbt_vars, run_dbt
from dagster_project.errors import SnapshotDamaged, UsageError
from dagster_project.ingest.sealing import sealed_as_of
from dagster_project.pipeline.identity import deliveries_in_force, plan_run
from dagster_project.product import Product
from tests.dagster_project.ingest.shop import AS_OF, HEADER, Shop, tidy_settings

DAYS = [f"2026-01-{day:02d}" for day in range(1, 32)] + [f"2026-02-{day:02d}" for day in range(1, 29)]
FIRST = (
    "\n".join([HEADER, *(f"{day},{shop},{3 + i % 7},{i % 2}" for i, day in enumerate(DAYS) for shop in "AB")]) + "\n"
)
WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    """A product whose features were built and recorded, as a run does, and that got more data afterwards."""
    settings = tidy_settings(data={"sealed_daily": True}, country=None)
    settings["entities"]["observations"] |= {"mode": "incremental"}
    shop = Shop(Product.model_validate(settings), tmp_path_factory.mktemp("versions"))
    shop.deliver({"sales.csv": FIRST}, as_of=AS_OF)
    # An event of the day that is not over: nothing may read it.
    shop.deliver({"sales.csv": f"{HEADER}\n2026-03-01,A,999,0\n"}, as_of=AS_OF + timedelta(days=1, hours=8))
    as_of = sealed_as_of(shop.product, shop.paths, "")
    done = run_dbt(
        ["--quiet", "build", "--select", "+features", "+fct_node_observations", "+bridge_hierarchy", *WITHOUT_TESTS],
        shop.product,
        shop.paths,
        variables=dbt_vars(shop.product, shop.paths, as_of=as_of),
        capture=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    plan = plan_run(shop.product, shop.paths, as_of="", cutoff="", generated_at=AS_OF)
    record_versions(
        shop.product,
        shop.paths,
        deliveries_in_force(shop.paths, plan.asked_as_of),
        run_id=plan.run_id,
        raw_version=plan.data_hash,
        as_of=plan.asked_as_of,
        cutoff=plan.asked_cutoff,
        code_version=plan.code_version,
    )
    shop.deliver({"sales.csv": f"{HEADER}\n2026-03-02,B,5,0\n"}, as_of=AS_OF + timedelta(days=2))
    return shop


@pytest.fixture(scope="module")
def record(shop) -> VersionRecord:
    (record,) = read_records(shop.paths)
    return record


@pytest.fixture(scope="module")
def checkout(shop, record):
    return check_out(shop.product, shop.paths, record.version_of("features"))


def test_the_three_stages_are_built_again_with_the_recorded_hashes(shop, record, checkout):
    assert [table.stage for table in checkout.tables] == ["raw", *["clean"] * 5, *["features"] * 2]
    assert all(table.recorded == table.found != "" for table in checkout.tables)
    assert checkout.differing == ()
    assert checkout.paths.warehouse != shop.paths.warehouse
    with duckdb.connect(str(checkout.paths.warehouse), read_only=True) as con:
        assert con.execute("select count(*) from raw.tidy__observations").fetchone() == (len(DAYS) * 2,)
        assert con.execute("select count(*) from features.features").fetchone()[0] > 0


def test_only_the_sealed_snapshot_of_the_day_is_read(shop, record, checkout):
    """Neither the events of the unfinished day nor what came later are in any of the three stages."""
    assert record.sealed.startswith("sealed-20260301-")
    assert [snapshot.as_of for snapshot in record.raw] == [AS_OF]
    with duckdb.connect(str(checkout.paths.warehouse), read_only=True) as con:
        assert con.execute("select max(ds)::varchar, max(y) from marts.fct_observations").fetchone() == (
            "2026-02-28",
            9.0,
        )


def test_every_id_of_the_run_names_the_same_data(record):
    assert record.ids == (
        record.run_id,
        record.version_of("raw"),
        record.version_of("clean"),
        record.version_of("features"),
    )
    assert len(set(record.ids)) == 4


def test_the_lineage_is_a_table_without_nulls(shop, record):
    with duckdb.connect(str(shop.paths.warehouse), read_only=True) as con:
        rows = con.execute("select stage, version, name, n_rows, digest from forecasting.run_inputs").fetchall()
    assert {(stage, version) for stage, version, *_ in rows} == {
        ("raw", record.raw[0].delivery_id),
        ("clean", record.version_of("clean")),
        ("features", record.version_of("features")),
    }
    assert all(None not in row for row in rows)


def test_a_hash_that_differs_is_named_and_the_command_says_so_with_its_exit_code(shop, record, tmp_path, capsys):
    tampered = record.tables[1].model_copy(update={"digest": "0" * 16})
    assert tampered.table == "marts.fct_observations"
    tables = (record.tables[0], tampered, *record.tables[2:])
    write_record(shop.paths, record.model_copy(update={"run_id": "f" * 12, "tables": tables}))
    file = tmp_path / "tiny.json"
    file.write_text(shop.product.model_dump_json())
    product = file.rename(tmp_path / "tiny.yml")
    try:
        with pytest.raises(SystemExit) as ended:
            run(
                [
                    "--home",
                    str(shop.paths.home),
                    "--product",
                    str(product),
                    "data",
                    "checkout",
                    "f" * 12,
                    "--stage",
                    CLEAN,
                ]
            )
    finally:
        (shop.paths.root / "versions" / f"{'f' * 12}.json").unlink()
    assert ended.value.code == 3
    said = capsys.readouterr().err
    assert f"marts.fct_observations {record.tables[1].digest} instead of {'0' * 16}" in said
    assert "marts.dim_series" not in said


def test_a_raw_snapshot_alone_is_a_version_too(shop, record):
    done = check_out(shop.product, shop.paths, record.raw[0].delivery_id, stage="raw")
    with duckdb.connect(str(done.paths.warehouse), read_only=True) as con:
        assert con.execute("select count(*) from raw.tidy__observations").fetchone() == (len(DAYS) * 2,)
    assert [(table.stage, table.rows, table.agrees) for table in done.tables] == [("raw", len(DAYS) * 2, True)]


def test_a_raw_snapshot_that_was_changed_stops_the_checkout(shop, record):
    (parquet,) = (shop.paths.raw / record.raw[0].folder).glob("*.parquet")
    content = parquet.read_bytes()
    parquet.chmod(0o644)
    parquet.write_bytes(content + b"x")
    try:
        with pytest.raises(SnapshotDamaged, match=parquet.name):
            check_out(shop.product, shop.paths, record.run_id, stage="raw")
    finally:
        parquet.write_bytes(content)
        parquet.chmod(0o444)


def test_an_unknown_id_says_which_there_are(shop, record):
    with pytest.raises(UsageError, match=record.run_id):
        check_out(shop.product, shop.paths, "features-000000000000")


def test_versions_are_listed(shop, record, tmp_path, capsys):
    product = tmp_path / "tiny.yml"
    product.write_text(shop.product.model_dump_json())
    with pytest.raises(SystemExit) as ended:
        run(["--home", str(shop.paths.home), "--product", str(product), "--json", "data", "versions"])
    assert ended.value.code == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["run_id"], row["features"]) == (record.run_id, record.version_of("features"))
