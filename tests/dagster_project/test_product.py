"""Product files: what they derive, and how they say what is wrong."""

import pytest
import yaml

from dagster_project.errors import ForecastError, GateRefused, ProductError, Where
from dagster_project.frequency import FREQUENCIES
from dagster_project.paths import ProductPaths, home_directory
from dagster_project.product import SHIPPED, Product, load_product, shipped_products


@pytest.fixture
def written(tmp_path):
    """Write the demo product with changes (a dotted key to a value, or to `...` to remove it) and load it."""

    def _write(**changes):
        content = yaml.safe_load((SHIPPED / "demo.yml").read_text())
        for dotted, value in changes.items():
            *parents, last = dotted.split("__")
            part = content
            for parent in parents:
                part = part[parent]
            if value is ...:
                del part[last]
            else:
                part[last] = value
        path = tmp_path / "changed.yml"
        path.write_text(yaml.safe_dump(content))
        return load_product(path)

    return _write


def test_the_promised_products_are_shipped():
    assert set(shipped_products()) == {"demo", "store_item", "rossmann", "online_retail", "spain_load"}


@pytest.mark.parametrize("name", shipped_products())
def test_a_shipped_product_loads_under_its_own_name(name):
    assert load_product(name).name == name


@pytest.mark.parametrize("name", shipped_products())
def test_slots_have_fixed_lengths_and_different_names(name):
    product = load_product(name)
    slots = (product.key_slots, product.driver_slots, product.attribute_slots)
    assert [len(slot) for slot in slots] == [4, 16, 8]
    names = [item for slot in slots for item in slot]
    assert len(set(names)) == len(names)


def test_unused_slots_are_named_by_their_position():
    product = load_product("rossmann")
    assert product.key_slots == ("store", "key_2", "key_3", "key_4")
    assert product.driver_slots[4:6] == ("customers", "driver_06")
    assert product.attribute_slots[-1] == "attribute_8"


@pytest.mark.parametrize(
    ("name", "ds_type", "interval", "season"),
    [("demo", "date", "1 day", 7), ("spain_load", "timestamp", "1 hour", 24)],
)
def test_frequency_decides_types_and_intervals(name, ds_type, interval, season):
    product = load_product(name)
    assert (product.ds_type, product.period_interval, product.season_length) == (ds_type, interval, season)


@pytest.mark.parametrize("alias", FREQUENCIES)
def test_every_frequency_makes_a_product(written, alias):
    assert written(freq=alias).period_interval == FREQUENCIES[alias].interval


def test_the_hash_changes_with_a_setting_and_not_with_comments(written, tmp_path):
    plain = load_product("demo")
    commented = tmp_path / "commented.yml"
    commented.write_text("# another comment\n" + (SHIPPED / "demo.yml").read_text())
    assert load_product(commented).config_hash == plain.config_hash
    assert written(horizon=27).config_hash != plain.config_hash


def test_a_product_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load_product("demo").horizon = 3


FAULTS = [
    ({"horizn": 28}, ["unknown key", "horizn", "Did you mean 'horizon'?"]),
    ({"problem__consumer": ...}, ["problem.consumer", "Add 'problem.consumer'"]),
    ({"freq": "fortnight"}, ["a frequency out of", "'fortnight'"]),
    ({"horizon": 0}, ["horizon"]),
    ({"models__candidates": ["auto", "theta"]}, ["`auto` or a list of models"]),
    ({"country": False}, ["country: 'NO'"]),
    ({"country": "Germany"}, ["two-letter ISO code", "'Germany'"]),
    ({"timezone": "Berlin"}, ["time zone", "'Berlin'"]),
    ({"keys": ["store", "Product Code"]}, ["keys"]),
    ({"keys": ["a", "b", "c", "d", "e"]}, ["keys"]),
    ({"keys": ["store", "ds"]}, ["no table of ours uses", "'ds'"]),
    ({"drivers": [{"name": "driver_01", "kind": "numeric", "known": "ahead"}]}, ["no table of ours", "'driver_01'"]),
    ({"keys": ["store", "promo"]}, ["more than once", "'promo'"]),
    ({"hierarchy": [["country"]]}, ["hierarchy levels", "country"]),
    ({"quantile_levels": [0.1, 0.9]}, ["0.5"]),
    ({"features__windows": [7, 7, 28, 91, 182, 364]}, ["six growing numbers"]),
    ({"owners__data": "somebody"}, ["owners.data"]),
    ({"source_system": "tidy"}, ["tidy"]),
    ({"entities__prices__contract": "prices"}, ["entities.prices.contract"]),
    ({"drivers": [{"name": f"d{i}", "kind": "numeric", "known": "ahead"} for i in range(17)]}, ["drivers"]),
]


@pytest.mark.parametrize(
    ("changes", "words"), FAULTS, ids=[next(iter(changes)) + str(i) for i, (changes, _) in enumerate(FAULTS)]
)
def test_a_wrong_setting_is_named_with_what_to_write_instead(written, changes, words):
    with pytest.raises(ProductError) as caught:
        written(**changes)
    message = str(caught.value)
    assert all(word in message for word in ["changed.yml", *words]), message
    assert caught.value.exit_code == 2


def test_a_key_written_twice_is_refused(tmp_path):
    path = tmp_path / "twice.yml"
    path.write_text((SHIPPED / "demo.yml").read_text() + "horizon: 7\n")
    with pytest.raises(ProductError, match="'horizon' is written twice"):
        load_product(path)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: [", "name: \x00"])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "odd.yml"
    path.write_text(text)
    with pytest.raises(ProductError, match=r"odd\.yml"):
        load_product(path)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ProductError, match="Did you mean 'rossmann'") as caught:
        load_product("rosman")
    assert "store_item" in str(caught.value)


def test_a_name_is_looked_up_in_the_working_directory_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yml").write_text((SHIPPED / "demo.yml").read_text().replace("name: demo", "name: mine", 1))
    assert load_product("mine").name == "mine"
    assert load_product("mine.yml").name == "mine"


def test_a_product_survives_a_round_trip():
    product = load_product("rossmann")
    assert Product.model_validate_json(product.model_dump_json()) == product


def test_errors_say_expected_found_where_and_what_to_do():
    error = ForecastError(
        "5 columns", "4", "deliver the missing one", Where(file="a.csv", row=17, column="b", series="x|y")
    )
    assert str(error) == (
        "Expected 5 columns; found 4 (file a.csv, row 17, column 'b', series 'x|y'). Deliver the missing one."
    )
    assert GateRefused("a", "b", "c").exit_code == 3
    assert "(step publish)" in str(ForecastError("a", "b", "c", "step publish"))


def test_paths_are_absolute_and_apart_per_product(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = (ProductPaths(home_directory({}), name) for name in ("a", "b"))
    assert first.warehouse == tmp_path / "var" / "a" / "warehouse.duckdb"
    assert second.root.parent == first.root.parent
    assert home_directory({"FORECAST_HOME": "elsewhere"}) == tmp_path / "elsewhere"
    assert (
        first.delivery("s", "e", "2026-01-01", "abc")
        == first.raw / "source=s" / "entity=e" / "dt=2026-01-01" / "run=abc"
    )
