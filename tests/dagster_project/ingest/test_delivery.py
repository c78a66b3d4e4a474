"""What a delivery leaves behind, and what it leaves alone."""

import datetime as dt
import gzip
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagster_project.errors import DeliveryRejected, UsageError, WarehouseBusy
from dagster_project.ingest import deliver, manifests_of, verify_snapshots
from dagster_project.ingest.storage import only_one_ingest
from dagster_project.product import Product, load_product
from tests.dagster_project.ingest.shop import AS_OF, GOOD, HEADER, ROWS, Shop, tidy_settings

LATER = AS_OF + dt.timedelta(days=1)


def test_raw_rows_are_the_delivered_text_with_where_they_came_from(shop):
    text = 'date,shop,sold,promo\n2026-02-01, 007 ,1.50,\n2026-02-02,"a ""b"", c",-3e2,x\n'
    shop.deliver({"sales.csv": text})
    manifest = manifests_of(shop.paths)[0]
    columns = "date, shop, sold, promo, _delivery_id, _as_of, _source_file, _row_number"
    assert shop.rows(columns=columns) == [
        ("2026-02-01", " 007 ", "1.50", None, manifest.delivery_id, AS_OF, "sales.csv", 1),
        ("2026-02-02", 'a "b", c', "-3e2", "x", manifest.delivery_id, AS_OF, "sales.csv", 2),
    ]


def test_the_manifest_says_what_was_delivered(shop):
    shop.deliver({"sales.csv": GOOD})
    (path,) = shop.paths.raw.glob("source=tidy/entity=observations/dt=2026-03-01/run=*/manifest.json")
    manifest = json.loads(path.read_text())
    assert manifest["rows"] == len(ROWS)
    assert manifest["columns"] == HEADER.split(",")
    assert manifest["files"][0]["bytes"] == len(GOOD)
    assert manifest["received_at"] == manifest["as_of"] == "2026-03-01T02:00:00"
    assert path.parent.name == f"run={manifest['delivery_id']}"
    assert verify_snapshots(shop.paths) == []


def test_the_same_bytes_twice_change_nothing(shop):
    first = shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    second = shop.deliver({"sales.csv": GOOD}, as_of=LATER)
    assert [outcome.status for outcome in first.outcomes] == ["new"]
    assert [outcome.status for outcome in second.outcomes] == ["unchanged"]
    assert not second.changed
    assert shop.state() == before


def test_the_same_bytes_under_another_name_change_nothing(shop):
    shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    report = shop.deliver({"sales_copy.csv": GOOD, "sales_again.csv": GOOD}, as_of=LATER)
    assert [outcome.status for outcome in report.outcomes] == ["unchanged"]
    assert report.ignored_files == ("sales_copy.csv (the same bytes as another file)",)
    assert shop.state() == before


def test_a_new_delivery_leaves_the_earlier_one_untouched(shop):
    shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    shop.deliver({"sales.csv": GOOD + "2026-03-01,A,9,0\n"}, as_of=LATER)
    after = shop.state()
    assert before.items() < after.items()
    assert [manifest.rows for manifest in manifests_of(shop.paths)] == [len(ROWS), len(ROWS) + 1]


def test_going_back_to_old_bytes_is_a_delivery_of_its_own(shop):
    shop.deliver({"sales.csv": GOOD})
    shop.deliver({"sales.csv": GOOD + "2026-03-01,A,9,0\n"}, as_of=LATER)
    report = shop.deliver({"sales.csv": GOOD}, as_of=LATER + dt.timedelta(days=1))
    assert report.changed
    assert [manifest.rows for manifest in manifests_of(shop.paths)] == [56, 57, 56]
    again = shop.deliver({"sales.csv": GOOD}, as_of=LATER + dt.timedelta(days=2))
    assert not again.changed


def test_an_older_delivery_may_come_later(shop):
    shop.deliver({"sales.csv": GOOD}, as_of=LATER)
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *ROWS[:-2]])}, as_of=AS_OF)
    assert report.changed
    assert [manifest.as_of for manifest in manifests_of(shop.paths)] == [AS_OF, LATER]


def test_two_contents_of_one_instant_are_refused(shop):
    shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    error = shop.refused({"sales.csv": GOOD + "2026-03-01,A,9,0\n"})
    assert "--as-of" in str(error)
    assert shop.state() == before


def test_files_of_a_full_entity_are_one_delivery(shop):
    half = len(ROWS) // 2
    files = {f"sales_{name}.csv": "\n".join([HEADER, *rows]) for name, rows in (("1", ROWS[:half]), ("2", ROWS[half:]))}
    report = shop.deliver(files)
    assert [outcome.files for outcome in report.outcomes] == [("sales_1.csv", "sales_2.csv")]
    assert len(manifests_of(shop.paths)) == 1
    assert [row[0] for row in shop.rows(columns="_row_number")] == [*range(1, half + 1)] * 2


def test_files_of_an_incremental_entity_are_deliveries_of_their_own(tmp_path):
    settings = tidy_settings()
    settings["entities"]["observations"]["mode"] = "incremental"
    shop = Shop(Product.model_validate(settings), tmp_path)
    shop.deliver({"sales_01.csv": "\n".join([HEADER, *ROWS[:20]])})
    report = shop.deliver({"sales_02.csv": "\n".join([HEADER, *ROWS[20:]])}, as_of=LATER, keep=True)
    assert [outcome.status for outcome in report.outcomes] == ["unchanged", "new"]
    assert len(shop.rows()) == len(ROWS)


@pytest.mark.parametrize("name", ["sales.csv", "sales.csv.gz", "sales.parquet"])
def test_csv_gzip_and_parquet_give_the_same_rows(shop, name):
    table = pa.table(
        {
            "date": pa.array(["2026-02-01", "2026-02-02"]),
            "shop": pa.array(["01", "02"]),
            "sold": pa.array(["1.5", "2"]),
            "promo": pa.array(["0", None]),
        }
    )
    text = "date,shop,sold,promo\n2026-02-01,01,1.5,0\n2026-02-02,02,2,\n"
    content = gzip.compress(text.encode()) if name.endswith("gz") else text
    if name.endswith("parquet"):
        pq.write_table(table, shop.inbox / "source.parquet")
        content = (shop.inbox / "source.parquet").read_bytes()
    shop.deliver({name: content})
    assert shop.rows(columns="date, shop, sold, promo, _row_number") == [
        ("2026-02-01", "01", "1.5", "0", 1),
        ("2026-02-02", "02", "2", None, 2),
    ]


def test_typed_parquet_becomes_text_that_reads_back_as_the_same_values(shop, tmp_path):
    duckdb.sql(
        "copy (select date '2026-02-01' + i::int as date, 'A' as shop, 0.1::double * i as sold, i::bigint as promo "
        f"from range(30) r(i)) to '{tmp_path}/typed.parquet'"
    )
    shop.deliver({"sales.parquet": (tmp_path / "typed.parquet").read_bytes()})
    got = shop.rows(columns="date::date, sold::double, promo::bigint")
    assert got == [(dt.date(2026, 2, 1) + dt.timedelta(days=i), 0.1 * i, i) for i in range(30)]


def test_semicolons_and_tabs_are_found_by_the_promised_names(shop):
    shop.deliver({"sales.csv": GOOD.replace(",", ";")})
    shop.deliver({"sales.csv": GOOD.replace(",", "\t")}, as_of=LATER)
    assert [manifest.columns for manifest in manifests_of(shop.paths)] == [tuple(HEADER.split(","))] * 2


def test_an_added_column_is_kept_and_warned_about(shop):
    report = shop.deliver({"sales.csv": "date,shop,sold,promo,mood\n2026-02-01,A,1,0,good\n"})
    assert report.warnings == ("observations: added column 'mood': kept in the raw snapshot, read by nobody",)
    assert shop.rows(columns="mood") == [("good",)]


def test_a_column_that_moved_since_the_last_delivery_is_named(shop):
    shop.deliver({"sales.csv": GOOD})
    report = shop.deliver({"sales.csv": "shop,date,sold,promo\nA,2026-02-01,1,0\n"}, as_of=LATER)
    assert any("reordered columns" in warning for warning in report.warnings)


def test_jumps_of_empty_and_of_different_values_are_named(shop):
    shop.deliver({"sales.csv": GOOD})
    rows = [f"2026-02-{day:02d},{shop_},{day},{'' if day % 2 else 1}" for day in range(1, 29) for shop_ in "ABCDEFGH"]
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *rows])}, as_of=LATER)
    assert any("empty values of 'promo' jumped from 0% to 50%" in warning for warning in report.warnings)


def test_a_few_bad_values_are_warned_about_with_row_and_value(shop):
    rows = [*ROWS, "2026-03-01,A,many,0", "not a day,A,3,0", ",A,3,0"]
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *rows])})
    assert report.rows == len(rows)
    assert [warning.split(";")[0] for warning in report.warnings] == [
        "observations: invalid: 1 of 59 rows, first 'not a day' (file sales.csv, row 58, column 'date')",
        "observations: empty: 1 of 59 rows, first an empty one (file sales.csv, row 59, column 'date')",
        "observations: invalid: 1 of 59 rows, first 'many' (file sales.csv, row 57, column 'sold')",
    ]


@pytest.mark.parametrize("value", ["NaN", "inf", "-inf", "1e400", "nan", "1,234", "1.234,5"])
def test_numbers_that_are_none_are_found(shop, value):
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *ROWS, f'2026-03-01,A,"{value}",0'])})
    assert any(f"first {value!r} (file sales.csv, row 57, column 'sold')" in warning for warning in report.warnings)


def test_a_value_outside_the_promised_range_is_named(shop):
    report = shop.deliver({"sales.csv": "\n".join([HEADER, *ROWS, "2026-03-01,A,-4,0"])})
    assert report.warnings == (
        "observations: out of range: '-4' (file sales.csv, row 57, column 'sold'); expected at least 0",
    )


def test_identifiers_come_through_untouched(shop):
    odd = ["007", "café", "cafe\u0301", " x ", "A/B", "=cmd()", "1-2", "😀", "שלום", "k" * 4096]
    rows = [f"2026-02-01,{name},1,0" for name in odd]
    shop.deliver({"sales.csv": "\n".join([HEADER, *rows])})
    assert [row[0] for row in shop.rows(columns="shop")] == odd


def test_a_single_named_file_is_taken_for_the_only_required_entity(shop, tmp_path):
    path = tmp_path / "whatever-it-is-called.csv"
    path.write_text(GOOD)
    report = deliver(shop.product, shop.paths, path, AS_OF)
    assert [outcome.entity for outcome in report.outcomes] == ["observations"]


def test_files_that_are_no_data_are_left_alone(shop):
    report = shop.deliver({"sales.csv": GOOD, "README.md": "hello", ".DS_Store": "x"})
    assert set(report.ignored_files) == {"README.md", ".DS_Store"}


def test_a_product_file_beside_the_data_is_no_delivery_although_a_pattern_fits_its_name(shop):
    report = shop.deliver({"sales.csv": GOOD, "drivers_of_mine.yml": "name: x", "sales.md": "notes"})
    assert [outcome.entity for outcome in report.outcomes] == ["observations"]
    assert set(report.ignored_files) == {"drivers_of_mine.yml", "sales.md"}


def test_optional_entities_have_an_empty_snapshot_with_the_promised_columns(shop):
    shop.deliver({"sales.csv": GOOD})
    (anchor,) = shop.paths.entity("tidy", "drivers").rglob("*.parquet")
    assert anchor.parent.name == "run=empty"
    assert pq.read_schema(anchor).names == ["shop", "date", "_delivery_id", "_as_of", "_source_file", "_row_number"]
    assert shop.rows("attributes") == []


def test_a_delivery_of_one_entity_is_enough_once_the_others_are_there(tmp_path):
    product = load_product("rossmann")
    shop = Shop(product, tmp_path)
    sales = (
        "Store,DayOfWeek,Date,Sales,Customers,Open,Promo,StateHoliday,SchoolHoliday\n1,5,2015-07-31,5263,555,1,1,0,1\n"
    )
    stores = (
        "Store,StoreType,Assortment,CompetitionDistance,CompetitionOpenSinceMonth,CompetitionOpenSinceYear,"
        "Promo2,Promo2SinceWeek,Promo2SinceYear,PromoInterval\n1,c,a,1270,9,2008,0,,,\n"
    )
    error = shop.refused({"train.csv": sales})
    assert "files of stores" in str(error)
    assert shop.state() == {}
    shop.deliver({"train.csv": sales, "store.csv": stores})
    report = shop.deliver({"train.csv": sales.replace("5263", "5264")}, as_of=LATER)
    assert [(outcome.entity, outcome.status) for outcome in report.outcomes] == [("sales", "new")]


def test_a_generated_product_fills_its_own_landing_folder(tmp_path):
    product = load_product("demo")
    shop = Shop(product, tmp_path)
    report = deliver(product, shop.paths, None, product.generator.as_of)
    assert {outcome.entity for outcome in report.outcomes} == set(product.entities) - {"adjustments"}
    assert not deliver(product, shop.paths, None, product.generator.as_of + dt.timedelta(days=1)).changed
    assert all(outcome.sla_status == "on time" for outcome in report.outcomes)


def test_a_late_feed_says_how_late_it_is_in_the_time_zone_of_its_owner(tmp_path):
    product = load_product("demo")
    shop = Shop(product, tmp_path)
    as_of = dt.datetime.fromisoformat("2026-07-01T16:30:00+00:00")
    outcomes = {item.entity: item for item in deliver(product, shop.paths, None, as_of).outcomes}
    # Due at 18:00 in Berlin, which is 16:00 UTC in July.
    assert (outcomes["promotions"].sla_status, outcomes["promotions"].minutes_late) == ("late", 30)
    assert outcomes["order_lines"].minutes_late == 15 * 60 + 30


def test_a_lost_parquet_is_restored_by_delivering_its_file_again(shop):
    shop.deliver({"sales.csv": GOOD})
    before = shop.state()
    (part,) = shop.paths.raw.glob("source=tidy/entity=observations/dt=2026*/run=*/part-0.parquet")
    part.unlink()
    report = shop.deliver({"sales.csv": GOOD}, as_of=LATER)
    assert [outcome.status for outcome in report.outcomes] == ["restored"]
    assert shop.state() == before
    assert verify_snapshots(shop.paths) == []


def test_every_ingest_leaves_a_report(shop):
    shop.deliver({"sales.csv": GOOD})
    report = json.loads((shop.paths.logs / "ingest" / "20260301T020000.json").read_text())
    assert report["outcomes"][0]["rows"] == len(ROWS)


def test_a_second_ingest_waits_outside(shop):
    with only_one_ingest(shop.paths), pytest.raises(WarehouseBusy, match="no other ingest of tiny"):
        shop.deliver({"sales.csv": GOOD})


def test_nothing_at_the_path_is_wrong_usage(shop, tmp_path):
    with pytest.raises(UsageError, match="a file or folder") as caught:
        deliver(shop.product, shop.paths, tmp_path / "nowhere", AS_OF)
    assert caught.value.exit_code == 2


def test_an_empty_landing_folder_says_which_files_are_missing(shop):
    with pytest.raises(DeliveryRejected, match=r"files of observations \(sales\*\)"):
        deliver(shop.product, shop.paths, None, AS_OF)


def test_the_answer_does_not_depend_on_time_zones_of_as_of(shop):
    shop.deliver({"sales.csv": GOOD}, as_of=dt.datetime.fromisoformat("2026-03-01T03:00:00+01:00"))
    assert manifests_of(shop.paths)[0].as_of == AS_OF
