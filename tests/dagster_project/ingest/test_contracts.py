"""Contracts say everything they must, agree with the SQL, and are what dbt files and pages are generated from."""

import json

import pytest
import yaml

from dagster_project.contracts import entity_contract, load_contract, shipped_contracts
from dagster_project.contracts.contract import Contract
from dagster_project.contracts.generation import (
    SERVICE_LEVELS,
    contract_page,
    generated_files,
    schema_yml,
    service_levels,
    table_schema,
)
from dagster_project.errors import ContractError
from dagster_project.product import load_product, shipped_products


@pytest.mark.parametrize("source", shipped_contracts())
def test_every_source_table_of_dbt_has_a_contract_and_every_contract_its_table(root, source):
    path = root / "models_sql" / "staging" / source / f"_{source}__sources.yml"
    if not path.exists():
        path = path.with_name(f"_{source}__contract.yml")
    tables = [table["name"] for table in yaml.safe_load(path.read_text())["sources"][0]["tables"]]
    assert set(tables) == set(load_contract(source).entities)


@pytest.mark.parametrize("name", shipped_products())
def test_every_entity_of_a_product_has_a_contract(name):
    product = load_product(name)
    for entity in product.entities:
        assert entity_contract(product, entity).columns


@pytest.mark.parametrize("source", shipped_contracts())
def test_the_page_names_owner_columns_units_and_quirks(source):
    contract = load_contract(source)
    page = contract_page(contract)
    assert contract.owner in page
    for entity in contract.entities.values():
        for column in entity.columns:
            assert column.name.replace("|", "\\|") in page
            assert column.unit is None or column.unit in page
        assert all(sentence.rstrip(".") in page for sentence in (*entity.quirks, *entity.blocks, *entity.warns))


@pytest.mark.parametrize("source", shipped_contracts())
def test_the_dbt_file_holds_every_table_with_owner_and_freshness(source):
    contract = load_contract(source)
    (generated,) = yaml.safe_load(schema_yml(contract))["sources"]
    assert generated["config"]["meta"]["owner"] == contract.owner
    own_system = f"{{{{ var('source_system') == '{source}' }}}}"
    assert generated["config"]["enabled"] == (True if contract.for_every_product else own_system)
    for table in generated["tables"]:
        entity = contract.entities[table["name"]]
        assert table["config"]["freshness"]["warn_after"]["count"] == entity.sla.max_age_hours
        assert table["config"]["loaded_at_field"] == "_as_of"


def test_required_columns_and_accepted_values_become_a_test_that_warns():
    (generated,) = yaml.safe_load(schema_yml(load_contract("demo_shop")))["sources"]
    lines = next(table for table in generated["tables"] if table["name"] == "order_lines")
    (test,) = (test["contract_values"] for test in lines["data_tests"])
    assert test["config"]["severity"] == "warn"
    assert "order_id" in test["arguments"]["filled"]
    assert "product_code" not in test["arguments"]["filled"], "a nullable column may be empty"
    assert test["arguments"]["accepted"] == {"line_type": ["sale", "return", "cancel"]}


def test_the_schema_file_says_what_the_contract_says():
    schema = json.loads(table_schema(load_contract("demo_shop")))
    lines = schema["resources"]["order_lines"]
    fields = {field["name"]: field for field in lines["fields"]}
    assert lines["primaryKey"] == ["order_id", "line_id"]
    assert fields["quantity"]["constraints"] == {"required": True, "minimum": -500, "maximum": 500}
    assert fields["order_ts"]["type"] == "datetime"
    assert fields["product_code"].get("constraints") is None


@pytest.mark.parametrize("source", shipped_contracts())
def test_committed_files_are_the_generated_ones(root, source):
    for path, text in generated_files(load_contract(source), root).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is not what its contract generates"


def test_the_seed_of_service_levels_is_the_generated_one(root):
    contracts = [load_contract(source) for source in shipped_contracts()]
    assert (root / SERVICE_LEVELS).read_text(encoding="utf-8") == service_levels(contracts)


def contract_without(field):
    content = load_contract("demo_shop").model_dump(mode="json")
    if field in content:
        del content[field]
    else:
        del content["entities"]["order_lines"][field]
    return content


FIELDS = ["owner", "version", "channel", "sla", "late_arrival", "quirks", "blocks", "warns", "primary_key", "columns"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_contract_without_a_required_part_is_refused_by_name(tmp_path, field):
    (tmp_path / "demo_shop.yml").write_text(yaml.safe_dump(contract_without(field)))
    with pytest.raises(ContractError, match=field):
        load_contract("demo_shop", tmp_path)


def test_a_key_that_is_no_column_is_refused():
    content = load_contract("demo_shop").model_dump(mode="json")
    content["entities"]["prices"]["primary_key"] = ["sku"]
    with pytest.raises(ValueError, match="sku"):
        Contract.model_validate(content)


def test_a_source_without_a_contract_is_named():
    with pytest.raises(ContractError, match="'nowhere'"):
        load_contract("nowhere")
