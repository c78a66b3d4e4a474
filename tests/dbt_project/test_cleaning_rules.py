"""Rules, their seed and their unit tests name the same things."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import yaml

from tests.dbt_project.macros import DBT_PROJECT, macro

MODELS = DBT_PROJECT.parent / "models_sql" / "intermediate"
Rule = tuple[str, str, str]
# Columns of one's own attributes are the product's, so no unit test can name them: proven in test_own_data.py.
PROVEN_ELSEWHERE = {("tidy", "attributes", "duplicate_key")}


def seeded_rules() -> set[Rule]:
    with (DBT_PROJECT / "seeds" / "cleaning_rules.csv").open(newline="") as file:
        return {(row["source_system"], row["entity"], row["rule_id"]) for row in csv.DictReader(file)}


def rules_of_unit_tests() -> set[Rule]:
    found = set()
    for file in MODELS.glob("*/*.yml"):
        for test in yaml.safe_load(file.read_text()).get("unit_tests", []):
            model = re.fullmatch(r"int_(?P<system>.+?)__(?P<entity>.+?)_(judged|repeated)", test["model"])
            entities = [model["entity"]] if model else ["order_lines", "planned_days", "load"]
            for row in test["expect"]["rows"]:
                for rule in (row.get("rule_id"), row.get("flag_rule_id")):
                    found |= {(file.parent.name, entity, rule) for entity in entities if rule}
    return found


def test_every_rule_is_proven_by_a_unit_test_and_every_proven_rule_is_explained() -> None:
    rules = seeded_rules()
    proven = rules_of_unit_tests()

    assert rules - proven == PROVEN_ELSEWHERE
    # Verdict tests name no entity, so they may claim a rule for a neighbour; judged models may not.
    assert {rule[2] for rule in proven} <= {rule[2] for rule in rules}


def test_rules_exist_only_for_entities_that_are_judged() -> None:
    for system, entity, _ in seeded_rules():
        assert entity in macro("source_entities")(system)
        assert (MODELS / system / f"int_{system}__{entity}_judged.sql").exists()


def test_priorities_follow_the_order_in_which_rules_are_judged() -> None:
    with (DBT_PROJECT / "seeds" / "cleaning_rules.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for system, entity in {(row["source_system"], row["entity"]) for row in rows}:
        text = Path(MODELS / system / f"int_{system}__{entity}_judged.sql").read_text()
        rules = [row["rule_id"] for row in rows if (row["source_system"], row["entity"]) == (system, entity)]
        in_sql = sorted((rule for rule in rules if f"['{rule}'" in text), key=lambda rule: text.index(f"['{rule}'"))
        assert [rule for rule in rules if rule in in_sql] == in_sql
