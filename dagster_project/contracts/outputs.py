"""What the published tables promise: their columns and types, kept in one file, so that a breaking change is seen.

Columns may be added freely. A table or column that is dropped or renamed, or another type, breaks somebody's query; it
needs a step of `SCHEMA_VERSION` in `dagster_project/publishing/contract.py`, and the file is refused without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from dagster_project.errors import ContractError, Where
from dagster_project.publishing.contract import SCHEMA_VERSION

Tables = Mapping[str, Mapping[str, str]]
# The folder of a mart is its schema, except for those in schema `marts`.
_SCHEMAS = frozenset({"registry", "monitoring", "compat"})


def promised_tables(root: Path) -> dict[str, dict[str, str]]:
    """Column names and types of every mart, as the YAML of the marts states them."""
    folder = root / "models_sql" / "marts"
    tables = {}
    for file in sorted(folder.rglob("*.yml")):
        schema = file.parent.name if file.parent.name in _SCHEMAS else "marts"
        for model in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("models", []):
            columns = {column["name"]: column["data_type"] for column in model.get("columns", [])}
            tables[f"{schema}.{model['name']}"] = dict(sorted(columns.items()))
    return dict(sorted(tables.items()))


def breaking_changes(before: Tables, now: Tables) -> list[str]:
    """What of `before` does not hold any more, one sentence each; empty when everything does."""
    found = []
    for table, columns in before.items():
        if table not in now:
            found.append(f"{table} is gone")
            continue
        for column, kind in columns.items():
            if column not in now[table]:
                found.append(f"{table}.{column} is gone")
            elif now[table][column] != kind:
                found.append(f"{table}.{column} is {now[table][column]}, was {kind}")
    return found


def schema_text(root: Path, before: str | None) -> str:
    """The text of the file that keeps the promise; `before`: the text that it has now, if it exists.

    Raises:
        ContractError: a promise was broken without a step of the version.
    """
    now = promised_tables(root)
    if before is not None:
        kept = json.loads(before)
        broken = breaking_changes(kept["tables"], now) if kept["schema_version"] == SCHEMA_VERSION else []
        if broken:
            raise ContractError(
                f"everything that schema version {SCHEMA_VERSION} of the published tables promises",
                "; ".join(broken[:5]) + (f"; and {len(broken) - 5} more" if len(broken) > 5 else ""),
                "Keep the column, or step SCHEMA_VERSION and say in the changelog what readers must change.",
                Where(file="docs/contracts/published.json"),
            )
    return json.dumps({"schema_version": SCHEMA_VERSION, "tables": now}, indent=1) + "\n"
