"""A breaking change of a published table without a version step is refused, and named."""

import json
import shutil

import pytest

from dagster_project.contracts.outputs import breaking_changes, promised_tables, schema_text
from dagster_project.errors import ContractError

YAML = "models_sql/marts/forecasts/_forecasts__models.yml"


@pytest.fixture
def checkout(root, tmp_path):
    """A copy of the marts that may be changed, with the file that keeps their promise."""
    shutil.copytree(root / "models_sql" / "marts", tmp_path / "models_sql" / "marts")
    return tmp_path


def changed(checkout, before, after):
    file = checkout / YAML
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def test_the_kept_file_is_what_the_marts_say(root):
    kept = (root / "docs" / "contracts" / "published.json").read_text()
    assert kept == schema_text(root, kept), "run python -m dagster_project.contracts"


def test_an_added_column_is_no_breaking_change(checkout):
    before = promised_tables(checkout)
    changed(
        checkout,
        "      - name: yhat\n",
        "      - {name: extra, data_type: double, description: More.}\n      - name: yhat\n",
    )
    assert breaking_changes(before, promised_tables(checkout)) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("- name: forecast_source\n", "- name: source_of_forecast\n", "marts.fct_forecasts.forecast_source is gone"),
        ("        data_type: varchar\n", "        data_type: integer\n", "is integer, was varchar"),
        ("- name: fct_forecast_quantiles\n", "- name: fct_quantiles\n", "marts.fct_forecast_quantiles is gone"),
    ],
)
def test_what_is_gone_renamed_or_of_another_type_is_refused_by_name(root, checkout, before, after, said):
    kept = schema_text(checkout, None)
    changed(checkout, before, after)
    with pytest.raises(ContractError, match=said):
        schema_text(checkout, kept)


def test_a_step_of_the_version_permits_it(checkout):
    kept = json.loads(schema_text(checkout, None)) | {"schema_version": "0"}
    changed(checkout, "- name: forecast_source\n", "- name: source_of_forecast\n")
    assert "source_of_forecast" in schema_text(checkout, json.dumps(kept))
