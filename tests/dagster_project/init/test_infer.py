"""Any tidy file becomes a product: what was inferred is what the file was made to be, and the product loads and ingests."""

import datetime as dt
import gzip

import numpy as np
import pandas as pd
import pytest
import yaml

from dagster_project.ingest import deliver
from dagster_project.init import Given, infer
from dagster_project.paths import ProductPaths
from tests.dagster_project.init.explained import why
from tests.dagster_project.init.own_rows import panel

FREQUENCIES = {
    "5min": ("2025-03-01", 2000),
    "15min": ("2025-03-01", 1500),
    "30min": ("2025-03-01", 800),
    "h": ("2025-03-01", 600),
    "20min": ("2025-03-01", 900),
    "2h": ("2025-03-01", 400),
    "6h": ("2025-03-01", 300),
    "D": ("2024-01-01", 400),
    **{f"W-{day}": ("2022-01-01", 120) for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")},
    "MS": ("2015-01-01", 72),
    "ME": ("2015-01-31", 72),
    "QS": ("2010-01-01", 40),
    "QE": ("2010-03-31", 40),
    "YS": ("1990-01-01", 30),
    "YE": ("1990-12-31", 30),
}


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_every_frequency_is_recognised(infer_from, freq):
    start, periods = FREQUENCIES[freq]
    product = infer_from(panel(freq, start, periods)).product
    assert product.freq == freq
    assert product.keys == ("shop",)
    assert product.horizon >= 1
    assert product.season_lengths[0] == {
        "D": 7,
        "h": 24,
        "30min": 48,
        "20min": 72,
        "15min": 96,
        "5min": 288,
        "2h": 12,
        "6h": 4,
    }.get(freq, {"W": 52, "M": 12, "Q": 4, "Y": 1}.get(freq[0]))


def test_rows_only_where_something_was_sold_do_not_hide_the_days(infer_from):
    frame = panel(periods=400, keys=[f"S{number}" for number in range(30)])
    sparse = frame[np.random.default_rng(3).random(len(frame)) < 0.15]
    product = infer_from(sparse).product
    assert product.freq == "D"
    assert product.target.kind == "intermittent"


def test_working_days_are_days(infer_from):
    inferred = infer_from(panel(freq="B", periods=300))
    assert inferred.product.freq == "D"
    assert "weekends have no rows" in why(inferred, "freq").reason


def test_ragged_starts_and_ends_do_not_matter(infer_from):
    frame = panel(periods=300, keys=list("ABCDE"))
    day = frame.groupby("shop").cumcount()
    first = frame["shop"].map({"A": 0, "B": 100, "C": 250, "D": 30, "E": 5})
    last = frame["shop"].map({"A": 300, "B": 180, "C": 300, "D": 299, "E": 40})
    product = infer_from(frame[(day >= first) & (day < last)]).product
    assert (product.freq, product.keys) == ("D", ("shop",))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("%d.%m.%Y", "%d.%m.%Y"),
        ("%m/%d/%Y", "%m/%d/%Y"),
        ("%d/%m/%Y", "%d/%m/%Y"),
        ("%Y%m%d", "%Y%m%d"),
        ("%d-%b-%Y", "%d-%b-%Y"),
        ("%Y-%m-%d", None),
        ("%Y-%m-%dT00:00:00Z", None),
        ("%Y-%m-%dT00:00Z", None),
        ("%Y-%m-%d 00:00:00 +0000", None),
        ("%d%b%Y", "%d%b%Y"),
        ("%b %d %Y", "%b %d %Y"),
        ("%A, %B %d, %Y", "%A, %B %d, %Y"),
        ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S"),
        ("%s", "unix"),
        ("%s000", "unix_ms"),
    ],
)
def test_dates_of_many_countries_are_read(infer_from, form, expected):
    frame = panel(start="2024-01-20")
    times = pd.to_datetime(frame["when"])
    seconds = (times.astype("datetime64[s]").astype("int64")).astype(str)
    frame["when"] = seconds.map(form.replace("%s", "{}").format) if "%s" in form else times.dt.strftime(form)
    product = infer_from(frame).product
    assert product.tidy.time_format == expected
    assert product.freq == "D"


@pytest.mark.parametrize("form", ["%Y-%m-%d %H", "%Y%m%d%H", "%Y%m%d %H%M", "%Y-%m-%d %I %p", "%d/%m/%Y %H:%M"])
def test_hours_are_read_as_people_write_them(infer_from, form):
    frame = panel(freq="h", periods=400)
    frame["when"] = pd.to_datetime(frame["when"]).dt.strftime(form)
    product = infer_from(frame).product
    assert (product.freq, product.tidy.time_format) == ("h", form)


def test_unix_times_are_instants(infer_from):
    frame = panel(freq="h", periods=400)
    frame["when"] = pd.to_datetime(frame["when"]).astype("datetime64[s]").astype("int64")
    product = infer_from(frame, country="ES").product
    assert (product.freq, product.tidy.time_format, product.timezone) == ("h", "unix", "Europe/Madrid")


def test_month_and_day_that_both_fit_are_told_apart_by_regular_steps(infer_from):
    frame = panel(freq="MS", start="2015-01-01", periods=72)
    frame["when"] = pd.to_datetime(frame["when"]).dt.strftime("%m/%d/%Y")
    inferred = infer_from(frame)
    assert inferred.product.tidy.time_format in {"%m/%d/%Y", "%d/%m/%Y"}
    assert "both fit" in why(inferred, "time").reason


@pytest.mark.parametrize(
    ("freq", "form", "expected"),
    [
        ("MS", "%Y-%m", "MS"),
        ("MS", "%b %Y", "MS"),
        ("QS", "{0.year}Q{0.quarter}", "QS"),
        ("QS", "Q{0.quarter} {0.year}", "QS"),
        ("QS", "Q{0.quarter}/{0.year}", "QS"),
        ("W-MON", "%G-W%V", "W-MON"),
        ("W-MON", "%G%V", "W-MON"),
        ("W-MON", "%V/%G", "W-MON"),
        ("MS", "%Y%m", "MS"),
        ("MS", "%m/%Y", "MS"),
        ("YS", "%Y", "YS"),
        ("YS", "%Y.0", "YS"),
        ("YS", "FY%Y", "YS"),
    ],
)
def test_texts_that_name_periods_are_read(infer_from, freq, form, expected):
    frame = panel(freq=freq, start="1990-01-01", periods=130 if freq == "W-MON" else 40)
    times = pd.to_datetime(frame["when"])
    frame["when"] = times.map(form.format) if "{" in form else times.dt.strftime(form)
    assert infer_from(frame).product.freq == expected


def test_a_single_series_needs_no_key_column(infer_from):
    product = infer_from(panel(keys=("A",)).drop(columns="shop")).product
    assert product.keys == ("series",)
    assert product.tidy.keys == {"series": None}


def test_two_keys_are_found_and_become_levels(infer_from):
    frame = pd.concat(
        [panel(keys=list("ABC")).assign(item=item, colour="red" if item == "x" else "blue") for item in ("x", "y", "z")]
    )
    inferred = infer_from(frame)
    assert set(inferred.product.keys) == {"shop", "item"}
    assert ("shop",) in inferred.product.hierarchy
    assert ("item",) in inferred.product.hierarchy
    assert [item.name for item in inferred.product.attributes] == ["colour"]


def test_odd_identifiers_come_through(infer_from):
    keys = ["Café Süd", "A/B", "007", " 08 15", "=cmd()", "日本"]
    frame = panel(keys=keys).rename(columns={"shop": "Filiale (Größe)"})
    product = infer_from(frame, keys=("Filiale (Größe)",)).product
    assert product.keys == ("filiale_grosse",)
    assert product.tidy.keys == {"filiale_grosse": "Filiale (Größe)"}


def test_names_that_are_ours_get_an_ending(infer_from):
    frame = panel().rename(columns={"shop": "unique_id", "when": "ds", "sold": "y"}).assign(unit=range(400))
    product = infer_from(frame, time="ds", target="y").product
    assert product.keys == ("unique_id_value",)
    assert product.target.name == "y"


def test_columns_with_values_in_planned_rows_are_known_ahead_and_the_others_are_not(infer_from):
    frame = panel(periods=200)
    day = frame.groupby("shop").cumcount()
    frame["promo"] = (day % 5 == 0).astype(int)
    frame["weather"] = np.where(day < 180, np.random.default_rng(1).normal(10, 3, len(frame)).round(1), np.nan)
    frame["plan"] = np.where(day % 3 == 0, "big", "small")
    frame["sold"] = frame["sold"].where(day < 180)
    product = infer_from(frame).product
    assert {driver.name: (driver.kind, driver.known) for driver in product.drivers} == {
        "promo": ("binary", "ahead"),
        "plan": ("categorical", "ahead"),
        "weather": ("numeric", "past"),
    }
    assert {driver.name: driver.event for driver in product.drivers} == {
        "promo": "promotion",
        "plan": None,
        "weather": None,
    }
    assert product.horizon == 20, "the file plans 20 days"


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("Y", "N"), ("yes", "no"), ("1.0", "0.0"), ("t", "f")])
def test_yes_and_no_are_delivered_as_they_are_written(infer_from, yes, no):
    frame = panel().assign(promo=lambda rows: np.where(rows.index % 5 == 0, yes, no))
    assert [(item.name, item.kind) for item in infer_from(frame).product.drivers] == [("promo", "binary")]


@pytest.mark.parametrize("form", ["{:.1f}%", "€ {:.1f}"])
def test_numbers_that_are_written_otherwise_than_the_target_are_no_categories(infer_from, form):
    frame = panel().assign(share=lambda rows: (rows.index % 50 + 1000.5).map(form.format))
    inferred = infer_from(frame)
    assert inferred.product.drivers == ()
    assert "not written like the target" in why(inferred, "share").reason


def test_the_last_working_day_of_a_month_labels_its_end(infer_from):
    assert infer_from(panel(freq="BME", periods=60)).product.freq == "ME"


def test_a_few_rows_without_a_key_do_not_hide_it(tmp_path):
    frame = pd.concat([panel(), panel().head(5).assign(shop=None)])
    frame.to_csv(tmp_path / "sales.csv", index=False)
    assert infer(Given(tmp_path / "sales.csv", "when", "sold")).product.keys == ("shop",)


def test_without_planned_rows_nothing_is_taken_for_known_ahead(infer_from):
    frame = panel().assign(promo=lambda rows: rows.index % 2)
    inferred = infer_from(frame)
    assert [driver.known for driver in inferred.product.drivers] == ["past"]
    assert "no row after the last observation" in why(inferred, "promo").reason


def test_drivers_and_attributes_may_come_in_files_of_their_own(infer_from):
    times = pd.date_range("2024-01-01", periods=230).strftime("%Y-%m-%d")
    drivers = pd.DataFrame({"when": times, "price": np.linspace(1, 2, 230).round(3), "known_at": "2023-12-01"})
    attributes = pd.DataFrame({"shop": list("ABCD"), "region": list("NNSS"), "size": [1.5, 2.5, 3.5, 4.5]})
    product = infer_from(panel(keys=list("ABCD")), drivers=drivers, attributes=attributes).product
    assert [(driver.name, driver.known, driver.event) for driver in product.drivers] == [("price", "ahead", "price")]
    assert product.tidy.driver_entity == "drivers"
    assert product.tidy.known_at == "known_at"
    assert product.horizon == 30, "the driver file plans 30 days"
    assert {item.name for item in product.attributes} == {"region", "size"}
    assert product.hierarchy == (("region",),)


def test_what_moves_nothing_is_left_out_with_the_reason(infer_from):
    frame = panel(keys=list("ABC"))
    frame["Id"] = range(len(frame))
    frame["__index_level_0__"] = frame.groupby("shop").cumcount()
    frame["currency"] = "EUR"
    frame["shop_name"] = frame["shop"].map({"A": "Ann's", "B": "Bob's", "C": "Cid's"})
    frame["note"] = [f"free text {number}" for number in range(len(frame))]
    frame["empty"] = np.nan
    inferred = infer_from(frame, keys=("shop",))
    assert inferred.product.drivers == ()
    assert inferred.product.attributes == ()
    assert {item.topic: item.choice for item in inferred.explanations if item.choice == "not used"}.keys() == {
        "Id", "__index_level_0__", "currency", "shop_name", "note", "empty",
    }  # fmt: skip


def test_thirty_thousand_series_take_seconds(tmp_path):
    days = pd.date_range("2025-01-01", periods=20).strftime("%Y-%m-%d")
    keys = [f"item {number}" for number in range(30_000)]
    frame = pd.DataFrame({"when": np.tile(days, len(keys)), "item": np.repeat(keys, len(days)), "sold": 1})
    frame["sold"] += frame.index % 7
    frame.to_parquet(tmp_path / "many.parquet")
    inferred = infer(Given(tmp_path / "many.parquet", "when", "sold"))
    assert inferred.product.keys == ("item",)
    assert why(inferred, "series").choice == "30,000"


def test_keys_of_a_large_file_are_found_from_some_of_its_times(tmp_path):
    days = pd.date_range("2024-01-01", periods=400).strftime("%Y-%m-%d")
    series = [(shop, item) for shop in range(25) for item in range(50)]
    frame = pd.DataFrame(
        {
            "when": np.tile(days, len(series)),
            "shop": np.repeat([f"s{shop}" for shop, _ in series], len(days)),
            "item": np.repeat([f"i{item}" for _, item in series], len(days)),
        }
    )
    frame["sold"] = frame.index % 11
    frame.to_parquet(tmp_path / "large.parquet")
    assert set(infer(Given(tmp_path / "large.parquet", "when", "sold")).product.keys) == {"shop", "item"}


def test_what_is_given_is_not_inferred(infer_from):
    inferred = infer_from(panel(), freq="D", horizon=5, name="mine", country="DE", timezone="Europe/Berlin")
    product = inferred.product
    assert (product.name, product.horizon, product.country, product.timezone) == ("mine", 5, "DE", "Europe/Berlin")
    assert "freq" not in {item.topic for item in inferred.explanations}


def test_a_file_named_like_a_shipped_product_becomes_a_product_of_its_own(infer_from):
    assert infer_from(panel(), name="demo.csv").product.name == "my_demo"


def test_a_country_in_small_letters_and_a_key_named_twice_are_meant_well(infer_from):
    product = infer_from(panel(), country="de", keys=("shop", "shop")).product
    assert (product.country, product.keys) == ("DE", ("shop",))


def test_the_target_in_the_driver_file_is_no_driver(infer_from):
    frame = panel(periods=200)
    inferred = infer_from(frame[frame.index % 200 < 180], drivers=frame.assign(promo=frame.index % 2))
    assert [driver.name for driver in inferred.product.drivers] == ["promo"]
    assert "no driver of itself" in why(inferred, "sold").reason


def test_a_driver_and_an_attribute_of_the_same_name_are_two_things(infer_from):
    frame = panel(periods=200)
    plans = frame.assign(grade=frame.index % 5)[["when", "shop", "grade"]]
    product = infer_from(
        frame, drivers=plans, attributes=pd.DataFrame({"shop": ["A", "B"], "grade": [1.5, 2.5]})
    ).product
    assert [driver.name for driver in product.drivers] == ["grade"]
    assert [item.name for item in product.attributes] == ["grade_2"]
    assert product.tidy.attributes == {"grade_2": "grade"}


def test_files_that_init_was_told_about_come_along_with_the_observations(tmp_path, infer_from):
    frame = panel(periods=200)
    plans = frame.assign(promo=frame.index % 2)[["when", "shop", "promo"]]
    product = infer_from(frame, drivers=plans).product
    (tmp_path / "drivers_of_others.csv").write_text("a,b\n1,2\n")
    report = deliver(
        product,
        ProductPaths(tmp_path / "new", "sales"),
        tmp_path / "sales.csv",
        dt.datetime.fromisoformat("2026-02-01"),
    )
    assert {item.entity: item.files for item in report.outcomes} == {
        "observations": ("sales.csv",),
        "drivers": ("drivers.csv",),
    }


def test_gzip_and_other_delimiters_are_read_as_ingest_reads_them(tmp_path):
    text = panel().to_csv(index=False, sep=";")
    (tmp_path / "sales.csv.gz").write_bytes(gzip.compress(text.encode("cp1252")))
    assert infer(Given(tmp_path / "sales.csv.gz", "when", "sold")).product.name == "sales"


def test_the_file_is_commented_and_plain_yaml(infer_from):
    text = infer_from(panel()).text
    assert text.count("#") > 5
    assert yaml.safe_load(text)["tidy"] == {"time": "when", "target": "sold", "keys": {"shop": "shop"}}


def test_the_same_file_gives_the_same_product(infer_from):
    assert infer_from(panel()).text == infer_from(panel()).text
