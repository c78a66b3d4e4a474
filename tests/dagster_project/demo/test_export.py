"""The generated shop: what its truth says is what a correct cleaning of its files finds."""

import datetime as dt
import hashlib
import os
import subprocess
import sys

import duckdb
import pytest

from dagster_project.demo import write_demo
from dagster_project.errors import UsageError
from dagster_project.product import load_product

ORDER_LINES = """select * from read_csv('{}/order_lines.csv', all_varchar = true, quote = '"')"""
# The cleaning rules once more, written for the test alone: latest row of a key, known codes, matched cancellations.
CLEAN = """
with
lines as (
    select *, row_number() over () as position,
           try_cast(quantity as double) as units, try_cast(order_ts as timestamp) as moment
    from read_csv('{folder}/order_lines.csv', all_varchar = true, quote = '"')
),
plausible as (
    select *, trim(store_code) as store, trim(product_code) as product
    from lines
    where isfinite(units) and try_cast(unit_price as double) > 0 and isfinite(try_cast(unit_price as double))
      and moment between timestamp '2000-01-01' and timestamp '{as_of}'
      and trim(store_code) in (select store_code from read_csv('{folder}/stores.csv', all_varchar = true, quote = '"'))
      and trim(product_code) in (select product_code from read_csv('{folder}/products.csv', all_varchar = true, quote = '"'))
),
latest as (
    select * from plausible
    qualify row_number() over (partition by order_id, line_id order by ingested_at desc, position desc) = 1
),
kept as (
    select * from latest as line
    where line.line_type <> 'cancel' and not exists (
        select 1 from latest as cancel
        where cancel.line_type = 'cancel' and cancel.reference_order_id = line.order_id
          and cancel.store = line.store and cancel.product = line.product
    )
)
select store, product, moment::date as ds, sum(units)::bigint as y from kept group by all
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    return folder, write_demo(folder)


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_cleaning_the_export_gives_the_true_observations_to_the_last_unit(export):
    folder, truth = export
    cleaned = duckdb.sql(CLEAN.format(folder=folder, as_of=truth.as_of)).df()
    daily = truth.daily.merge(
        cleaned.assign(ds=cleaned["ds"].astype("datetime64[ns]")),
        how="outer", left_on=["store_code", "product_code", "ds"], right_on=["store", "product", "ds"],
        suffixes=("", "_cleaned"),
    )  # fmt: skip
    assert daily["y"].notna().all(), "the export sells something that was not on sale"
    assert (daily["y"] == daily["y_cleaned"].fillna(0)).all()


def test_the_shop_has_the_promised_size_and_span(export):
    _, truth = export
    assert 180 <= len(truth.series) <= 220
    assert 300_000 <= truth.rows["order_lines"] <= 600_000
    assert (truth.last_day - truth.first_day).days == 1095


def test_every_kind_of_dirt_is_there(export):
    _, truth = export
    kinds = {
        "exact_duplicate", "repeated_key", "cancellation", "return", "late_row", "impossible_date", "unknown_store",
        "unknown_product", "bad_number", "bad_price", "missing_key", "padded_code",
    }  # fmt: skip
    assert set(truth.dirt) == kinds
    assert all(len(rows) >= 8 for rows in truth.dirt.values())
    assert truth.daily["is_gap"].sum() > 100
    assert truth.daily["is_outlier"].sum() >= 5


def test_the_dirt_is_in_the_file_as_the_truth_says(export):
    folder, truth = export
    lines = duckdb.sql(ORDER_LINES.format(folder)).df()
    assert lines.duplicated().sum() == len(truth.dirt["exact_duplicate"])
    keyed = lines.drop_duplicates().groupby(["order_id", "line_id"]).size()
    assert (keyed > 1).sum() == len(truth.dirt["repeated_key"])
    assert (lines["line_type"] == "cancel").sum() == len(truth.dirt["cancellation"])
    assert (~lines["store_code"].str.strip().isin(truth.series["store_code"])).sum() == len(truth.dirt["unknown_store"])


def test_an_empty_shelf_sells_nothing_while_customers_still_ask(export):
    folder, truth = export
    empty = truth.daily[truth.daily["is_stockout"]]
    assert (empty["y"] == 0).all()
    assert empty["demand"].sum() > 1000
    told = duckdb.sql(f"select count(*) from read_csv('{folder}/inventory.csv') where on_hand = 0").fetchone()[0]
    assert told == len(empty)


def test_there_are_launches_discontinuations_and_an_intermittent_tail(export):
    _, truth = export
    first, last = truth.first_day.isoformat(), truth.last_day.isoformat()
    assert (truth.series["first_day"] > first).any()
    assert (truth.series["end_day"] < last).any()
    zeros = truth.daily.assign(zero=truth.daily["demand"] == 0).groupby(["store_code", "product_code"])["zero"].mean()
    assert (zeros > 0.7).mean() > 0.08


def test_promotions_lift_demand_and_are_announced_in_time(export):
    folder, truth = export
    promotions = duckdb.sql(
        f"select * from read_csv('{folder}/promotions.csv', types = {{'product_code': 'VARCHAR'}})"
    ).df()
    assert (promotions["announced_at"].dt.date < (promotions["start_date"] - dt.timedelta(days=41)).dt.date).all()
    assert (promotions["announced_at"] <= truth.as_of).all()
    assert promotions["end_date"].dt.date.max() > truth.last_day + dt.timedelta(days=load_product("demo").horizon)


def test_another_process_time_zone_and_hash_seed_write_the_same_bytes(export, tmp_path):
    folder, _ = export
    code = f"from pathlib import Path; from dagster_project.demo import write_demo; write_demo(Path({str(tmp_path)!r}))"
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert digests(tmp_path) == digests(folder)


def test_another_seed_is_another_shop(export, tmp_path):
    folder, _ = export
    write_demo(tmp_path, seed=1)
    assert digests(tmp_path)["order_lines.csv"] != digests(folder)["order_lines.csv"]


def test_a_later_export_repeats_history_and_adds_what_arrived(export, tmp_path):
    folder, truth = export
    write_demo(tmp_path, as_of=truth.as_of + dt.timedelta(days=7))
    read = ORDER_LINES
    missing = duckdb.sql(f"{read.format(folder)} except all {read.format(tmp_path)}").fetchall()
    added = duckdb.sql(f"{read.format(tmp_path)} except all {read.format(folder)}").df()
    assert missing == []
    assert (added["ingested_at"] > str(truth.as_of)).all()
    assert (added["order_ts"] < "2026-06-01").any(), "a week without late rows proves nothing"


def test_an_instant_outside_the_world_is_refused(tmp_path):
    with pytest.raises(UsageError, match="as_of between"):
        write_demo(tmp_path, as_of=dt.datetime.fromisoformat("2031-01-01"))
    assert list(tmp_path.iterdir()) == []
